"""The full job as it is run: the worker's own app, exactly once."""

from __future__ import annotations

from schemas import topics
from streams import app
from streams.passing_on import INTERNAL
from streams.settings import WorkerSettings
from tests.bench.clock import Clock
from tests.bench.engine_watch import start, watch
from tests.bench.told import told

if __name__ == "__main__":
    said = told()
    watch(Clock(said.messages), INTERNAL)
    app.APP_ID = said.run
    settings = WorkerSettings(
        brokers=said.brokers,
        partners=topics.partners_of(said.topics),
        worker="bench",
        folder=said.folder,
        partitions=said.partitions,
        tick_every_s=0,
    )
    start(app.make(settings))
