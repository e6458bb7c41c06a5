"""What a logistics platform says in EPCIS, in our words: JSON, JSON-LD and XML alike.

A document is one message to the standard: when one of its events breaks the standard, the whole is
set aside, as an EPCIS repository does by default. Of a sound document every event is judged by
itself. An event may state two facts, a step of the journey and what its sensors measured; where
only the sensors cannot be understood, the step is still told and the measurement is set aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

from pydantic import ValidationError

from connectors.connector import (
    CannotUnderstand,
    Decision,
    Ignored,
    Mapped,
    Partner,
    Refused,
    Tokens,
)
from connectors.logistics import conditions, document, extension, facts, names, standard, things
from connectors.logistics.fingerprint import native_key
from connectors.logistics.vocabulary import OURS
from connectors.times import When, parse_offset, parse_rfc3339
from schemas.envelope import Event, Identifier, event_id
from schemas.reasons import Reason
from schemas.transport import ConditionFileUploaded, ConditionRead

Said = Mapping[str, object]


def decisions(
    envelope: document.Envelope, partner: Partner, tokens: Tokens
) -> tuple[Decision, ...]:
    """What the document says, event by event."""
    faults = list(islice(_breaches(envelope), 5))
    if faults:
        return (Refused(Reason.STANDARD_VIOLATED, "; ".join(faults)),)
    found: list[Decision] = []
    common = names.prefixes(envelope.context)
    for event in envelope.events:
        assert isinstance(event, dict)
        own = event.get("@context")
        declared = common if own is None else names.prefixes(envelope.context, own)
        found.extend(_Reader(event, declared, partner, tokens).decisions())
    return tuple(found) or (Ignored("the document holds no event"),)


def _breaches(envelope: document.Envelope) -> Iterator[str]:
    yield from envelope.breaches
    if envelope.document:
        yield from standard.breaches_of_document(envelope.document)
    for place, event in enumerate(envelope.events, 1):
        yield from (f"event {place}: {breach}" for breach in standard.breaches(event))


@dataclass(frozen=True)
class _Reader:
    """One sound event of EPCIS, and what is needed to read it."""

    said: Said
    declared: Mapping[str, str]
    partner: Partner
    tokens: Tokens

    def decisions(self) -> Iterator[Decision]:
        """The facts that the event states, and what of it has to be set aside."""
        events: list[Event] = []
        refused: list[Refused] = []
        for stated in (self._steps, self._measurements):
            try:
                found, faults = stated()
            except CannotUnderstand as fault:
                refused.append(Refused(fault.reason, fault.detail))
            else:
                events.extend(found)
                refused.extend(Refused(fault.reason, fault.detail) for fault in faults)
        if events:
            yield Mapped(tuple(events))
        yield from dict.fromkeys(refused)  # the same fault may concern the step and its sensors
        if not events and not refused:
            yield Ignored(self._kind())

    def _steps(self) -> tuple[list[Event], list[CannotUnderstand]]:
        fact = facts.fact_of(facts.step_of(self.said, self.declared))
        if fact is None:
            return [], []
        return [self._event(fact.event, fact.fields, self._things)], []

    def _measurements(self) -> tuple[list[Event], list[CannotUnderstand]]:
        """One event for each logger, and one for each file that a logger has left."""
        events: list[Event] = []
        faults: list[CannotUnderstand] = []
        named = self._things
        for device in conditions.readings(self.said, self._at, self.partner, self.declared):
            faults.extend(device.faults)
            if device.readings:
                fields: dict[str, Any] = {"readings": tuple(device.readings)}
                events.append(self._of_logger(ConditionRead, fields, device.logger, named))
        for file in conditions.stored_files(self.said, self.partner, self.declared):
            fields = {
                "first_at": file.first and file.first.instant,
                "last_at": file.last and file.last.instant,
                "evidence": file.evidence,
            }
            events.append(self._of_logger(ConditionFileUploaded, fields, file.logger, named))
        return events, faults

    def _of_logger(
        self,
        kind: type[Event],
        fields: Mapping[str, Any],
        logger: Identifier | None,
        named: tuple[Identifier, ...],
    ) -> Event:
        part = "" if logger is None else logger.value
        return self._event(kind, fields, things.unique([*named, logger]), part)

    def _event(
        self,
        kind: type[Event],
        fields: Mapping[str, Any],
        identifiers: tuple[Identifier, ...],
        part: str = "",
    ) -> Event:
        """An event of ours with everything that all of them carry."""
        content: dict[str, Any] = {
            "system": self.partner.system,
            "partner": self.partner.name,
            "environment": self.partner.environment,
            "identifiers": identifiers,
            **self._when_and_where(),
            **{name: value for name, value in fields.items() if value is not None},
            **extension.fields(self._own, kind, self.partner, self.tokens),
        }
        if not identifiers and "coi" not in content:
            detail = "the event names nothing that we can follow: no serial, lot, SSCC or shipment"
            raise CannotUnderstand(Reason.NO_IDENTIFIER, detail)
        replaced = self._own.get(OURS + extension.CORRECTS)
        key = self._key
        content["source_message"] = key[:100]
        if isinstance(declaration := self.said.get("errorDeclaration"), dict):
            replaced = key
            key = f"{key}#error@{declaration['declarationTime']}"
            content |= self._withdrawal(declaration)
        if isinstance(replaced, str):
            content["corrects"] = self._id(replaced, kind, part)
        content["event_id"] = self._id(key, kind, part)
        try:
            return kind.model_validate(content)
        except ValidationError as error:
            raise _breaks_contract(error) from None

    def _withdrawal(self, declaration: Said) -> dict[str, Any]:
        """An error declaration repeats the event that was wrong, and says since when and why."""
        reason = names.word(str(declaration.get("reason", "")), "ER", self.declared)
        stated = str(declaration["declarationTime"])
        return {
            "recorded_at": parse_rfc3339(stated, "errorDeclaration.declarationTime").instant,
            "reason_code": reason[:100] or "error_declared",
            "withdraws": True,
        }

    def _when_and_where(self) -> dict[str, Any]:
        recorded = self.said.get("recordTime")
        site = self.said.get("bizLocation")
        return {
            "occurred_at": self._at.instant,
            "occurred_offset_minutes": parse_offset(str(self.said["eventTimeZoneOffset"])),
            "recorded_at": (
                parse_rfc3339(recorded, "recordTime").instant if isinstance(recorded, str) else None
            ),
            "site": things.code(str(site["id"])) if isinstance(site, dict) else self.partner.site,
        }

    @cached_property
    def _things(self) -> tuple[Identifier, ...]:
        return things.identifiers(self.said, self.partner, self.declared)

    @cached_property
    def _own(self) -> dict[str, object]:
        """What the event says in namespaces that are not the standard's."""
        return names.extensions(self.said, self.declared)

    @cached_property
    def _key(self) -> str:
        return native_key(self.said, self.declared)

    @cached_property
    def _at(self) -> When:
        return parse_rfc3339(str(self.said["eventTime"]), "eventTime")

    def _id(self, native: str, kind: type[Event], part: str) -> Any:
        return event_id(self.partner.system, self.partner.name, native, kind.type_name(), part)

    def _kind(self) -> str:
        """The kind of event that tells us nothing, named so that a person can disagree."""
        named = (self.said["type"], self.said.get("action"), self.said.get("bizStep"))
        return f"{' '.join(str(name)[:60] for name in named if name)} is no kind that we follow"


def _breaks_contract(error: ValidationError) -> CannotUnderstand:
    """Which field of ours is out of range, without its content."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    first = found[0]
    missing = first["type"] == "missing"
    detail = f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"
    return CannotUnderstand(Reason.FIELD_MISSING if missing else Reason.FIELD_INVALID, detail)
