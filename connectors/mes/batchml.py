"""The batch record of BatchML: what was executed of a recipe, and the exceptions on the way.

| said | fact |
| --- | --- |
| recipe element with an end (CompletionTime, ActualEndTime) | StepCompleted; the step is the last part of its ID |
| outermost element with a start | BatchStarted |
| parameter of an ended element: a number with a unit | InProcessControlRecorded |
| element whose name is agreed, as in B2MML | the fact of that name |
| event that is an exception or an alarm | AlarmChanged: raised; cleared as well once its status says closed |

A record is exported again and again while it grows. So a fact has its id from the record's own ID, the
element's and what it states, whatever the export: a step that is told again says nothing new, and when
the export was made is no part of it. People become tokens; free names and comments stay with the plant.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from connectors.agreed import Added, identifier
from connectors.connector import CannotUnderstand, Decision, Ignored, Mapped, Refused
from connectors.mes.alarms import CLEARED
from connectors.mes.b2mml import child, children, text, texts
from connectors.mes.controls import controls
from connectors.mes.message import Message
from connectors.mes.parts import added, materials, stated
from connectors.mes.performance import SEGMENTS
from connectors.personal import blanked
from connectors.times import When
from schemas import manufacture
from schemas.envelope import Event, Identifier, Scheme
from schemas.manufacture import AlarmState
from schemas.reasons import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

RECORD = "BatchProductionRecord"
LISTS = ("BatchInformation", "BatchProductionRecordInformation", "BatchProductionRecords")
ELEMENT = "RuntimeRecipeElement"
ENDS = ("ActualEndTime", "EndTime", "CompletionTime")
STARTS = ("ActualStartTime", "StartTime")
EXCEPTIONS = frozenset({"exception", "alarm"})
PEOPLE = frozenset({"PersonID", "PersonName", "Performer"})
PERSON = "[person]"
MOST_PEOPLE = 100
GRAVE = frozenset({"high", "critical"})
"""The risks of an exception that a deviation is expected for."""

Things = tuple[Identifier, ...]


def batch_records(message: Message) -> tuple[Decision, ...]:
    """The facts of every batch record of the document; what cannot be understood is set aside alone."""
    records = [
        record
        for one in message.document.objects
        for record in ((one,) if message.document.noun == RECORD else children(one, RECORD))
    ]
    events: dict[object, Event] = {}
    refused: dict[Refused, None] = {}
    for record in records:
        read = _Record.of(message, record)
        events |= {event.event_id: event for event in read.events()}
        refused |= {Refused(fault.reason, fault.detail): None for fault in read.faults}
    told: list[Decision] = [Mapped(tuple(events.values()))] if events else []
    silent = Ignored(f"{message.document.noun}: nothing executed of a batch that we follow")
    return (*told, *refused) or (silent,)


@dataclass(frozen=True)
class _Record:
    """One batch record, under its own ID instead of the export's."""

    message: Message
    record: Element
    recipes: tuple[tuple[Things | None, Element], ...]
    """Each executed recipe with its batch; None for a product that is not followed."""
    people: frozenset[str]
    """Who is named anywhere in the record: free text of it must not name them again."""
    signed: Mapping[str, list[str]]
    """When each exception was signed or commented on."""
    faults: list[CannotUnderstand] = field(default_factory=list)

    @classmethod
    def of(cls, message: Message, record: Element) -> _Record:
        own_id = text(record, "ID") or message.document.key
        document = replace(message.document, noun=RECORD, stated_key=own_id, created="")
        recipes = tuple(_recipes(message, record))
        people = frozenset(e.text or "" for e in record.iter() if e.tag in PEOPLE)
        inner = replace(message, document=document)
        return cls(inner, record, recipes, people, _signed(record))

    def events(self) -> Iterator[Event]:
        """Everything that the record states, in its order."""
        places: dict[str, Things | None] = {}
        for things, recipe in self.recipes:
            for element in children(recipe, ELEMENT):
                places |= {text(e, "ID"): things for e in element.iter() if e.tag == ELEMENT}
                if things is not None:
                    yield from self._tried(self._started(element, things))
                    yield from self._executed(element, things)
        for one in children(child(self.record, "Events"), "Event"):
            yield from self._tried(self._exception(one, places))

    def _tried(self, told: Iterator[Event]) -> Iterator[Event]:
        """The facts of one part; one that cannot be understood does not stop the others."""
        try:
            yield from told
        except CannotUnderstand as fault:
            self.faults.append(fault)

    def _started(self, element: Element, things: Things) -> Iterator[Event]:
        start = self._when(element, STARTS)
        if start is not None:
            yield self._event(manufacture.BatchStarted, element, _none(), start, things, "start")

    def _executed(self, element: Element, things: Things) -> Iterator[Event]:
        yield from self._tried(self._ended(element, things))
        for inner in children(element, ELEMENT):
            yield from self._executed(inner, things)

    def _ended(self, element: Element, about: Things) -> Iterator[Event]:
        end = self._when(element, ENDS)
        if end is None:
            return
        things = (*materials(element, self.message.partner), *about)
        (found, own), step = stated(element), _step(element)
        kind = self._agreed(element, step)
        if kind is not None:
            facts = self.message.facts(kind, found)
            yield self._event(kind, element, found, end, things, "", **facts)
            return
        found.check()
        start = self._when(element, STARTS)
        yield self._event(
            manufacture.StepCompleted,
            element,
            found,
            end,
            things,
            "",
            step=step,
            started_at=start.instant if start else None,
        )
        for number, control in enumerate(controls(own)):
            kept = manufacture.InProcessControlRecorded
            yield self._event(kept, element, found, end, things, str(number), **control)

    def _agreed(self, element: Element, step: str | None) -> type[Event] | None:
        renamed = self.message.partner.mapping.get("segments")
        for name in (step, text(element, "ID")):
            ours = renamed.get(name, name) if isinstance(renamed, Mapping) else name
            if ours in SEGMENTS:
                return SEGMENTS[ours]
        return None

    def _exception(self, one: Element, places: Mapping[str, Things | None]) -> Iterator[Event]:
        subtype = child(one, "EventSubType")
        words = (text(one, "EventType"), "" if subtype is None else (subtype.text or "").strip())
        if not any(word.casefold() in EXCEPTIONS for word in words):
            return
        things = self._concerned(one, places)
        if things is None:
            return
        stated = dict(subtype.attrib) if subtype is not None else {}
        risk, status = stated.get("Risk", ""), stated.get("Status", "")
        facts = {
            "alarm": text(one, "ID"),
            "critical": risk.casefold() in GRAVE,
            "message": self._message(one),
        }
        raised = self._when(one, ("TimeStamp",))
        kind = manufacture.AlarmChanged
        found = added(one)
        found.check()
        yield self._event(
            kind, one, found, raised, things, "raised", state=AlarmState.RAISED, **facts
        )
        if status.casefold() in CLEARED:
            ended = self._closed(one) or raised
            yield self._event(
                kind, one, found, ended, things, "cleared", state=AlarmState.CLEARED, **facts
            )

    def _concerned(self, one: Element, places: Mapping[str, Things | None]) -> Things | None:
        """The batch that an exception is of: that of its element, or the only one of the record."""
        for reference in texts(one, "ProceduralElementReference"):
            if reference in places:
                return places[reference]
        if len(self._batches) == 1:
            return next(iter(self._batches))
        detail = f"Event {text(one, 'ID')[:40]!r}: it names none of {len(self._batches)} batches"
        raise CannotUnderstand(Reason.NO_IDENTIFIER, detail)

    @cached_property
    def _batches(self) -> frozenset[Things | None]:
        return frozenset(things for things, _ in self.recipes)

    def _closed(self, one: Element) -> When | None:
        """The last signature or comment on an exception; nothing else says when it was closed."""
        times = [
            self.message.when(stated, "TimeStamp")
            for stated in self.signed.get(text(one, "ID"), ())
        ]
        return max((t for t in times if t is not None), key=lambda t: t.instant, default=None)

    def _message(self, one: Element) -> str | None:
        """The text of an exception; none where so many are named that nobody could be sure of it."""
        if len(self.people) > MOST_PEOPLE:
            return None
        return blanked(text(one, "MessageText"), self.people, PERSON) or None

    def _when(self, element: Element, names: tuple[str, ...]) -> When | None:
        stated = next((found for name in names if (found := text(element, name))), "")
        return self.message.when(stated, names[0])

    def _event(
        self,
        kind: type[Event],
        element: Element,
        found: Added,
        when: When | None,
        things: Things,
        part: str,
        /,
        **facts: Any,
    ) -> Event:
        """The fact, under an id that comes from what it states."""
        if when is None:
            place = text(element, "ID")[:60]
            raise CannotUnderstand(Reason.FIELD_MISSING, f"{place!r}: no time is stated")
        event = self.message.event(kind, element, found, when, things, "", **facts)
        stated = event.model_dump_json(exclude={"event_id"})
        digest = hashlib.sha256(stated.encode()).hexdigest()[:32]
        number = f"{text(element, 'ID')}/{part}/{digest}"
        return event.model_copy(update={"event_id": self.message.id_of(kind, number)})


def _signed(record: Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for holder, name, target in (
        ("PersonnelIdentifications", "PersonnelIdentification", "ReferencedElement"),
        ("Comments", "Comment", "TargetID"),
    ):
        for said in children(child(record, holder), name):
            found.setdefault(text(said, target), []).append(text(said, "TimeStamp"))
    return found


def _recipes(message: Message, record: Element) -> Iterator[tuple[Things | None, Element]]:
    """Each executed recipe with the batch that it made; None for a product that is not followed."""
    holders = (record, *children(record, "ExecutedControlRecipes"))
    listed = message.partner.mapping.get("products")
    for recipe in (r for holder in holders for r in children(holder, "ExecutedControlRecipe")):
        product = text(child(recipe, "Header"), "ProductID")
        if isinstance(listed, Mapping) and product not in listed:
            yield None, recipe
            continue
        batches = texts(recipe, "BatchID") or texts(record, "BatchID")
        things = (*(identifier(Scheme.BATCH, b) for b in batches), *added(recipe).identifiers())
        if not things:
            detail = f"ExecutedControlRecipe {text(recipe, 'ID')[:40]!r}: BatchID is missing"
            raise CannotUnderstand(Reason.NO_IDENTIFIER, detail)
        yield things, recipe


def _step(element: Element) -> str | None:
    """The name of an element within the one around it; the number of its repetition is left out."""
    last = text(element, "ID").rpartition("|")[2].partition("[")[0].strip()
    return last[:100].strip() or None


def _none() -> Added:
    return Added()
