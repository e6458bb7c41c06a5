"""The counting job on our engine: exactly once, an agent that takes batches."""

from __future__ import annotations

from collections.abc import AsyncIterator

from streams.engine import App, Batch, Batches, Codec, EngineSettings
from tests.bench import counting
from tests.bench.clock import Clock
from tests.bench.engine_watch import start, watch
from tests.bench.told import Told, told


def make(said: Told) -> App:
    """The app, as its author would write it."""
    app = App(
        said.run,
        broker=f"rdkafka://{said.brokers}",
        datadir=str(said.folder),
        engine=EngineSettings(worker="bench", http=None, tries_before_quarantine=0),
    )
    records = app.Table(
        "records",
        partitions=said.partitions,
        codec=Codec(counting.encode_record, counting.decode_record),
    )
    alerts = f"{said.run}.alerts"

    @app.agent(app.topic(*said.topics, schema=Batches()))
    async def count(batches: AsyncIterator[Batch]) -> None:
        async for batch in batches:
            for message in batch:
                event = counting.decode(message.value())  # type: ignore[arg-type]
                course = event["course"]
                records[course], alert = counting.fold(records.get(course), event)
                if alert:
                    app.produce(alerts, alert.encode(), b"{}")

    return app


if __name__ == "__main__":
    said = told()
    watch(Clock(said.messages))
    start(make(said))
