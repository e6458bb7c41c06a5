"""Work done: production (V0401, V0600), operations (V0600, V0700) and work performance (V0600, V0700).

Plain B2MML, without any agreement:

| said | fact |
| --- | --- |
| response with a start | BatchStarted; the place of the response is the room |
| segment with an actual end | StepCompleted; lots consumed are its material lots |
| parameter of an ended segment: a number with a unit | InProcessControlRecorded |
| ended segment that produced sublots | ProductFilled; the sublots are the containers |

By agreement, a segment whose ProcessSegmentID is one of `SEGMENTS` is that fact and no step. A partner
that keeps its own names says in its mapping, under `segments`, which name stands for which of ours.
A segment without an actual end is work in progress and says nothing yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from connectors.agreed import identifier
from connectors.connector import CannotUnderstand, Decision, Ignored, Mapped
from connectors.mes.b2mml import children, first, text, texts
from connectors.mes.controls import agreed_controls, controls, temperature
from connectors.mes.message import Message, leads_to_a_course
from connectors.mes.parts import Stated, materials, place, stated
from schemas import collection, manufacture, transport
from schemas.envelope import Event, Identifier, Scheme
from schemas.reasons import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SEGMENTS: dict[str, type[Event]] = {
    "V2V.BatchStart": manufacture.BatchStarted,
    "V2V.MaterialReceipt": manufacture.MaterialReceived,
    "V2V.InProcessControl": manufacture.InProcessControlRecorded,
    "V2V.Alarm": manufacture.AlarmChanged,
    "V2V.LineClearance": manufacture.LineClearanceRecorded,
    "V2V.LabelPrinting": manufacture.LabelsPrinted,
    "V2V.LabelReconciliation": manufacture.LabelsReconciled,
    "V2V.FillAndFreeze": manufacture.ProductFilled,
    "V2V.BatchRecordReview": manufacture.BatchRecordCompleted,
    "V2V.BatchTermination": manufacture.BatchTerminated,
    "V2V.IdentityCheck": collection.IdentityVerified,
    "V2V.Packing": transport.PackagePacked,
    "V2V.CustodyHandOver": transport.CustodyHandedOver,
    "V2V.CustodyAcceptance": transport.CustodyAccepted,
}
"""Agreed process segment id to the fact it states."""

WORK = "WorkResponse"
"""A piece of work is no batch: that it began does not say that the batch did."""
RESPONSES = ("ProductionResponse", "OperationsResponse", WORK)
STARTS = ("ActualStartTime", "StartTime")
ENDS = ("ActualEndTime", "EndTime")
NAMES = (
    *("ProcessSegmentID", "OperationsSegmentID", "WorkMasterID", "WorkDirectiveID"),
    *("WorkDefinitionID", "OperationsDefinitionID"),
)
"""What was done, as each version and level of the standard names it."""
GIVEN_UP = frozenset({"aborted", "canceled", "cancelled", "stopped"})
"""States in which a segment has an end and was not completed."""


def performance(message: Message) -> Decision:
    """The facts of every response, in the order of the document."""
    events: list[Event] = []
    for one in message.document.objects:
        for response in children(one, *RESPONSES):
            events.extend(_response(message, response, len(events)))
    if not events:
        return Ignored(f"{message.document.noun}: no start, no ended step of a batch")
    return Mapped(tuple(events))


@dataclass(frozen=True, slots=True)
class _Part:
    """A response or a segment of it, with what is asked of it more than once."""

    element: Element
    materials: tuple[Identifier, ...]
    stated: Stated
    kind: type[Event] | None
    """The fact that its name stands for."""

    @classmethod
    def of(cls, message: Message, element: Element) -> _Part:
        found = materials(element, message.partner)
        return cls(element, found, stated(element), _agreed(message, element))


def _response(message: Message, response: Element, before: int) -> list[Event]:
    batches: set[Identifier] = set()
    parts: list[_Part] = []
    for element in (response, *_segments(response)):
        part = _Part.of(message, element)
        named = (*part.materials, *part.stated.added.identifiers())
        batches |= {found for found in named if found.scheme is Scheme.BATCH}
        parts.append(part)
    whole, *segments = parts
    # the one batch of a response is that of all its segments; of two it would be a guess
    shared = tuple(batches) if len(batches) == 1 else ()
    listed = texts(response, "BatchID")
    shared = (*shared, *(identifier(Scheme.BATCH, batch) for batch in listed))
    events: list[Event] = []
    if all(segment.kind is not manufacture.BatchStarted for segment in segments):
        events.extend(_started(message, whole, shared, before))
    for segment in segments:
        events.extend(_segment(message, segment, shared, before + len(events)))
    return events


def _started(
    message: Message, whole: _Part, shared: tuple[Identifier, ...], number: int
) -> tuple[Event, ...]:
    response, found = whole.element, whole.stated.added
    start = message.when(first(response, *STARTS), "StartTime")
    if start is None or response.tag == WORK or not leads_to_a_course(found, shared):
        return ()
    facts = {"room": place(response)} | message.facts(manufacture.BatchStarted, found)
    return (
        message.event(
            manufacture.BatchStarted, response, found, start, shared, _part(number), **facts
        ),
    )


def _segment(
    message: Message, part_of: _Part, shared: tuple[Identifier, ...], number: int
) -> list[Event]:
    segment, kind, (found, own) = part_of.element, part_of.kind, part_of.stated
    things = (*part_of.materials, *shared)
    ended = message.when(first(segment, *ENDS), "ActualEndTime")
    if kind is not None:
        if not leads_to_a_course(found, things):
            detail = f"{kind.type_name()}: no batch, container or course is named"
            raise CannotUnderstand(Reason.NO_IDENTIFIER, detail)
        return _agreed_fact(message, segment, kind, part_of.stated, things, number)
    if ended is None or _given_up(segment) or not leads_to_a_course(found, things):
        return []
    step = first(segment, *NAMES) or text(segment, "ID")
    start = message.when(first(segment, *STARTS), "ActualStartTime")
    found.check()
    events: list[Event] = [
        message.event(
            manufacture.StepCompleted,
            segment,
            found,
            ended,
            things,
            _part(number),
            step=step or None,
            started_at=start.instant if start else None,
        )
    ]
    if any(thing.scheme is Scheme.CONTAINER for thing in part_of.materials):
        filled = manufacture.ProductFilled
        part = _part(number + len(events))
        events.append(message.event(filled, segment, found, ended, things, part))
    for control in controls(own):
        part = _part(number + len(events))
        kept = manufacture.InProcessControlRecorded
        events.append(message.event(kept, segment, found, ended, things, part, **control))
    return events


def _agreed_fact(
    message: Message,
    segment: Element,
    kind: type[Event],
    said: Stated,
    things: tuple[Identifier, ...],
    number: int,
) -> list[Event]:
    found = said.added
    time = first(segment, *ENDS) or first(segment, *STARTS)
    when = message.when(time, "ActualEndTime")
    facts = message.facts(kind, found)
    if "room" in kind.model_fields:
        facts.setdefault("room", place(segment))
    if kind is manufacture.MaterialReceived:
        facts |= temperature(segment)
    if kind is not manufacture.InProcessControlRecorded:
        part = _part(number)
        return [message.event(kind, segment, found, when, things, part, **facts)]
    events: list[Event] = []
    for control in agreed_controls(said.own):
        part = _part(number + len(events))
        given = facts | control
        events.append(message.event(kind, segment, found, when, things, part, **given))
    return events


def _given_up(segment: Element) -> bool:
    state = first(segment, "SegmentState", "JobState", "ResponseState")
    return state.casefold() in GIVEN_UP


def _agreed(message: Message, segment: Element) -> type[Event] | None:
    """The fact that a segment's name stands for."""
    renamed = message.partner.mapping.get("segments")
    for name in (*(n for named in NAMES for n in texts(segment, named)), text(segment, "ID")):
        ours = renamed.get(name, name) if isinstance(renamed, Mapping) else name
        if ours in SEGMENTS:
            return SEGMENTS[ours]
    return None


def _segments(response: Element) -> list[Element]:
    """The segments at any depth, outer ones first."""
    found: list[Element] = []
    for segment in children(response, "SegmentResponse", "JobResponse"):
        found += [segment, *_segments(segment)]
    return found


def _part(number: int) -> str:
    """What tells the facts of one document apart: the first has no number."""
    return str(number) if number else ""
