"""The counting job as a loop by hand: confluent-kafka, at least once, batches of 2,000.

Decoded records are kept in memory; what a batch changed goes to the changelog, then into RocksDB in
one write, then the offsets are committed.
"""

from __future__ import annotations

from collections.abc import Sequence

from confluent_kafka import Message

from tests.bench import counting
from tests.bench.clock import Clock
from tests.bench.hand_loop import HandLoop, HandTable
from tests.bench.told import told


def main() -> None:
    """Run until everything is taken."""
    said = told()
    loop = HandLoop(said)
    records = HandTable(loop, "records", counting.encode_record, counting.decode_record)
    alerts = f"{said.run}.alerts"
    tables = {number: records.of(number) for number in range(said.partitions)}

    def take(topic: str, partition: int, messages: Sequence[Message]) -> None:
        table = tables[partition]
        for message in messages:
            event = counting.decode(message.value())  # type: ignore[arg-type]
            course = event["course"]
            table[course], alert = counting.fold(table.get(course), event)
            if alert:
                loop.produce(alerts, alert.encode(), b"{}")

    loop.run(Clock(said.messages), take)


if __name__ == "__main__":
    main()
