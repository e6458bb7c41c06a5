"""The full job on all engines: every stage, from the partners' messages to records and open alerts."""

from __future__ import annotations

from console.files import alert_topics, read_latest
from console.outputs import alert_lines, record_lines
from schemas import topics
from streams.passing_on import INTERNAL
from tests.bench.backlog import PAIRS, backlog, expected, facts, told_to
from tests.bench.place import PARTITIONS, Place
from tests.bench.races import Race

TABLES = ("admitted", "things", "courses", "due")
FAUST_EVENTS = 500


def sources() -> tuple[str, ...]:
    """Every topic that the job reads."""
    partners = (topics.inbound(system, partner) for system, partner in PAIRS)
    return (*partners, topics.RELEASED, topics.TICKS, topics.ACTIONS, *sorted(INTERNAL))


def race(events: int) -> Race:
    """The race over at least so many events."""

    def share(engine: str) -> int:
        return min(events, FAUST_EVENTS) if engine == "faust" else events

    def prepare(place: Place, engine: str, run: str) -> tuple[int, int, tuple[str, ...]]:
        place.make(topic.name for topic in topics.catalogue(PAIRS))
        if engine in ("faust", "hand"):
            place.make(f"{run}-{table}-changelog" for table in TABLES)
        place.publish(backlog(share(engine)))
        count = len(facts(share(engine)))
        return count, told_to(share(engine), PARTITIONS), sources()

    def right(place: Place, engine: str, run: str) -> bool:
        latest = read_latest(place.brokers, [topics.RECORDS, *alert_topics()])
        return (record_lines(latest), alert_lines(latest)) == expected(share(engine))

    bars = {"quix": 1.2, "hand": 0.8}
    return Race("full", ("v2v", "faust", "quix", "quix_tuned", "hand"), bars, prepare, right)
