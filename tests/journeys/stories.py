"""The journeys whose meaning must never change: what was sent, as it was sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from connectors.simulator.delays import send
from connectors.simulator.journey import Journey, tell_journeys
from connectors.simulator.network import ends_at
from schemas import topics
from schemas.collection import CollectionCompleted
from schemas.control import Tick
from schemas.laboratory import ResultReported, SampleRegistered
from schemas.manufacture import BatchStarted
from schemas.ordering import AliasRevoked, BatchNumberAssigned
from schemas.profile import Material
from schemas.quality import BatchCertified, BatchRejected
from schemas.transport import ConditionRead, PackagePacked, Reading, ShipmentKind
from schemas.treatment import LymphodepletionStarted
from schemas.wire import WireMessage, decode, encode_contract
from tests.words import COURSE, OTHER, Arrival, at, corrected, named, ordered, said, sent, tick

SEED, JOURNEYS = 26, 40
EVERY = timedelta(hours=12)


def _told(journey: Journey) -> list[Arrival]:
    """A journey of the simulated network as it is sent, repeats and all, with a tick every half day."""
    course = journey.course
    lines = [(at, s.line.event(course)) for s in send(journey.script) for at in s.at]
    lines.sort(key=lambda line: (line[0], line[1].event_id))
    found: list[Arrival] = []
    due = lines[0][0]
    for sent_at, event in lines:
        while due <= sent_at:
            found.append(_tick(due))
            due += EVERY
        found.append(sent(event))
    found.append(_tick(ends_at([event for _, event in lines], lines[-1][0])))
    return found


def _tick(now) -> Arrival:
    return topics.TICKS, WireMessage(b"0", encode_contract(Tick(now=now)))


def _clean(material: Material) -> list[Arrival]:
    for journey in tell_journeys(JOURNEYS, SEED):
        if journey.fault is None and journey.course.profile.material is material:
            return _told(journey)
    raise LookupError(f"no clean journey with {material} material")


def clean_fresh() -> list[Arrival]:
    """A therapy from fresh cells in which nothing goes wrong."""
    return _clean(Material.FRESH)


def clean_frozen() -> list[Arrival]:
    """A therapy from frozen cells in which nothing goes wrong."""
    return _clean(Material.FROZEN)


def much_goes_wrong() -> list[Arrival]:
    """A clean therapy that is bent: warm on its way, uncertified, and the patient prepared too early."""
    story = clean_fresh()
    bent: list[Arrival] = []
    for topic, message in story:
        if topic == topics.TICKS:
            bent.append((topic, message))
            continue
        event = decode(message.value, message.headers).event
        if isinstance(event, BatchCertified):
            continue
        bent.append((topic, message))
        if isinstance(event, PackagePacked) and event.kind is ShipmentKind.FINAL_PRODUCT:
            logger = next(i for i in event.identifiers if i.scheme == "LOGGER")
            later = event.occurred_at + timedelta(hours=1)
            warm = said(
                ConditionRead, str(logger), readings=(Reading(at=later, temperature=-101.5),)
            ).model_copy(update={"occurred_at": later})
            bent.append(sent(warm))
        if isinstance(event, CollectionCompleted):
            early = said(LymphodepletionStarted, *map(str, event.identifiers), coi=event.coi)
            bent.append(sent(early.model_copy(update={"occurred_at": event.ended_at})))
    return bent


def one_batch_of_two_courses() -> list[Arrival]:
    """Two courses claim one batch; one link is revoked, one event corrected, and one waits for ever."""
    ours, theirs = (
        said(BatchNumberAssigned, "BATCH:B-1", order, hour=5 + n)
        for n, order in enumerate(("ORDER:O-1", "ORDER:O-2"))
    )
    started = said(BatchStarted, "BATCH:B-1", hour=30)
    revoked = said(AliasRevoked, hour=40, alias=named("BATCH:B-1"), target=named("ORDER:O-2"))
    collected = said(CollectionCompleted, "DIN:D-1", "ORDER:O-1", hour=2, ended_at=at(2))
    result = said(ResultReported, "SAMPLE:S-1", "BATCH:B-1", hour=50, test="VIABILITY", value=70.0)
    return [
        *map(sent, ordered("TISACEL", COURSE, "O-1")),
        sent(started),
        sent(theirs),
        tick(20),
        *map(sent, ordered("TISACEL", OTHER, "O-2")),
        sent(ours),
        sent(collected),
        tick(35),
        sent(revoked),
        sent(result),
        sent(said(SampleRegistered, "SAMPLE:S-1", "BATCH:B-1", hour=45)),
        sent(said(ResultReported, "SAMPLE:S-404", hour=50, test="STERILITY")),
        sent(corrected(result, low=80.0, verdict="out_of_specification")),
        sent(said(BatchRejected, "BATCH:B-1", hour=60)),
        tick(900),
    ]


STORIES: dict[str, Callable[[], list[Arrival]]] = {
    "clean_fresh": clean_fresh,
    "clean_frozen": clean_frozen,
    "much_goes_wrong": much_goes_wrong,
    "one_batch_of_two_courses": one_batch_of_two_courses,
}
