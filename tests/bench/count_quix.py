"""The counting job on Quix Streams, at least once, with its own state; it has no surer way that is faster."""

from __future__ import annotations

from typing import Any

from quixstreams import Application

from tests.bench import counting
from tests.bench.clock import Clock
from tests.bench.quix_watch import watch
from tests.bench.told import told

said = told()
clock = Clock(said.messages)
watch(clock)
app = Application(
    broker_address=said.brokers,
    consumer_group=said.run,
    auto_offset_reset="earliest",
    state_dir=said.folder,
    commit_every=10_000,
    loglevel="ERROR",
    producer_extra_config={"compression.type": "lz4"},
    auto_create_topics=True,
)
source = app.topic(said.topics[0], value_deserializer="bytes")
alerts = app.topic(f"{said.run}.alerts", value_serializer="str", key_serializer="str")


def count(value: bytes, state: Any) -> str | None:
    """Fold one event; its alert, if it raises one."""
    clock.took()
    record, alert = counting.fold(state.get("record"), counting.decode(value))
    state.set("record", record)
    return alert


frame = app.dataframe(source).apply(count, stateful=True)
frame.filter(lambda alert: alert is not None).to_topic(alerts, key=lambda alert: alert)

if __name__ == "__main__":
    app.run()
