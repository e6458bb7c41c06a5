"""The broker loses everything under its workers: they must refuse to begin anew, and say why."""

from __future__ import annotations

import time

from tests.faults.engine_cluster import ProxiedKafka
from tests.faults.engine_observed import Feeder, Observed, make_topics
from tests.faults.engine_plan import Tally
from tests.faults.engine_run import PARTITIONS, Run
from tests.faults.engine_workers import Workers

WORDS = "was filled from cluster"
EVENTS = 300
REFUSES_WITHIN_S = 90.0


def data_lost(run: Run, own: ProxiedKafka, servers: str) -> None:
    """The last fault of a run: another cluster answers in the place of theirs, with the same topics.

    What the workers make of what stands there counts as doubled: they began from zero.
    """
    workers = run.workers
    names = workers.names
    workers.must_refuse = True
    own.forget_everything()
    make_topics(servers, run.app, PARTITIONS)
    feeder = Feeder(servers, run.app, run.random.randrange(1_000))
    feeder.send(EVENTS)
    feeder.flush()
    began = time.monotonic()
    while workers.names and time.monotonic() - began < REFUSES_WITHIN_S:
        time.sleep(0.1)
    took = time.monotonic() - began
    _say_why(workers, names)
    observed = Observed(servers, run.app, PARTITIONS)
    made = observed.read()
    observed.close()
    run.tallies["data lost"] = Tally("data lost", 1, 0, made, [round(took, 1)])
    run.say(f"  data lost: {made} records made of nothing, all refused after {took:.1f} s")


def _say_why(workers: Workers, names: list[str]) -> None:
    for name in names:
        if name in workers.names:
            workers.unexpected.append(f"{name} goes on although the broker has lost everything")
        elif WORDS not in workers.said(name):
            workers.unexpected.append(f"{name} did not say {WORDS!r}")
