"""The counting job on Faust as its manual has it: an agent, a RocksDB table, one write for each event.

The watch stops at the last event, not at its commit: Faust commits every few seconds, and a short run
would mostly measure that wait.
"""

from __future__ import annotations

import sys
from typing import Any

import faust

from tests.bench import counting
from tests.bench.clock import Clock
from tests.bench.told import told

said = told()
clock = Clock(said.messages)
app = faust.App(
    said.run,
    broker=f"kafka://{said.brokers}",
    store="rocksdb://?driver=rocksdict",
    datadir=str(said.folder),
    topic_partitions=said.partitions,
    processing_guarantee="at_least_once",
)
source = app.topic(said.topics[0], key_type=bytes, value_type=bytes, value_serializer="raw")
alerts = app.topic(f"{said.run}.alerts", key_serializer="raw", value_serializer="raw")
records = app.Table("records", partitions=said.partitions)


@app.agent(source)
async def count(values: Any) -> None:
    async for value in values:
        clock.begin()
        event = counting.decode(value)
        course = event["course"]
        records[course], alert = counting.fold(records.get(course), event)
        if alert:
            await alerts.send(key=alert.encode(), value=b"{}")
        clock.took()


@app.timer(0.02)  # type: ignore[untyped-decorator]
async def end() -> None:
    """When all is taken: let what was sent arrive, and tell the figures of before."""
    if clock.left <= 0:
        clock.stop()
        await app.producer.flush()
        clock.tell()


if __name__ == "__main__":
    sys.argv[1:] = ["worker", "-l", "error", "--without-web"]
    app.main()
