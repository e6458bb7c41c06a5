"""A message with all that it says about a fact, ready to be said as our event. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from uuid import UUID

from connectors.connector import CannotUnderstand, Partner, Tokens
from connectors.hl7v2.agreement import ZVV
from connectors.hl7v2.identifiers import personal_data
from connectors.hl7v2.message import Message, Segment, part
from connectors.personal import blanked
from connectors.times import When, parse_hl7
from schemas.envelope import (
    Capture,
    Environment,
    Event,
    EvidenceReference,
    Identifier,
    Scheme,
    Signature,
    event_id,
)
from schemas.reasons import Reason

SomeEvent = TypeVar("SomeEvent", bound=Event)

FREE_TEXT = frozenset({"reason_text", "value_text"})
"""Fields in which people write what they like."""


@dataclass(frozen=True)
class Said:
    """One message, as one partner says it."""

    message: Message
    partner: Partner
    tokens: Tokens
    subject: str | None = None
    """The patient's token, where it may be made."""

    @property
    def native(self) -> str:
        """The partner's own key of the message: its sender and its control id."""
        return self._key(self.message.header.text(10))

    def _key(self, control_id: str) -> str:
        header = self.message.header
        return "|".join((header.text(3), header.text(4), control_id))

    def when(self, *places: tuple[Segment | None, int]) -> When | None:
        """The first of these fields that states a time."""
        for segment, number in places:
            if segment is not None and (stated := segment.text(number)):
                if (
                    segment.text(number, 2) == "D"
                ):  # HL7 2.3 says beside the time that only its day is known
                    stated = stated[:8]
                return parse_hl7(stated, self.partner.clock, f"{segment.name}-{number}")
        return None

    def needed(self, *places: tuple[Segment | None, int]) -> When:
        """The same, or the time of the message itself."""
        found = self.when(*places, (self.message.header, 7))
        if found is None:
            raise CannotUnderstand(Reason.FIELD_MISSING, "MSH-7: the message states no time")
        return found

    def event(
        self,
        cls: type[SomeEvent],
        at: When,
        part_of: str,
        identifiers: tuple[Identifier, ...],
        agreed: Segment | None,
        **fields: object,
    ) -> SomeEvent:
        """The event of this class that a part of the message states."""
        courses = [i.value for i in identifiers if i.scheme is Scheme.COI]
        rest = [i for i in identifiers if i.scheme is not Scheme.COI or i.value != courses[0]]
        stated: dict[str, object] = {
            "event_id": self.id_of(cls, part_of),
            "coi": courses[0] if courses else None,
            "identifiers": tuple(rest),
            "subject": self.subject,
            "occurred_at": at.instant,
            "occurred_offset_minutes": at.offset_minutes,
            "occurred_precision": at.precision,
            "system": self.partner.system,
            "partner": self.partner.name,
            "site": self.partner.site,
            "sequence": self._sequence(),
            "source_message": self._source(),
            "environment": self._environment(),
        }
        stated |= {} if agreed is None else self._agreed(agreed, part_of)
        stated |= {name: value for name, value in fields.items() if value is not None}
        for name in FREE_TEXT & stated.keys():
            stated[name] = blanked(str(stated[name]), self._personal)
        return cls.model_validate(stated)

    @cached_property
    def _personal(self) -> tuple[str, ...]:
        return personal_data(self.message)

    def id_of(self, cls: type[Event], part_of: str) -> UUID:
        """The id of the fact of this class that a part of the message states."""
        system, partner = self.partner.system, self.partner.name
        return event_id(system, partner, self.native, cls.type_name(), part_of)

    def staff(self, number: str, authority: str = "") -> str | None:
        """The token of a member of staff."""
        return self.tokens.staff(authority or self.partner.name, number) if number else None

    def _sequence(self) -> int | None:
        stated = self.message.header.text(13)
        if stated and not stated.isdecimal():
            raise CannotUnderstand(Reason.FIELD_INVALID, f"MSH-13: {stated[:40]!r} is no number")
        return int(stated) if stated else None

    def _source(self) -> str:
        header = self.message.header
        return f"{header.text(4) or header.text(3)}:{header.text(10)}"[:100].strip()

    def _environment(self) -> Environment:
        real = self.partner.environment is Environment.PRODUCTION
        if real and self.message.header.text(11) in ("T", "D"):
            return Environment.TEST
        return self.partner.environment

    def _agreed(self, zvv: Segment, part_of: str) -> dict[str, object]:
        """What our own segment adds."""
        stated: dict[str, object] = {
            "actor_role": zvv.text(ZVV.ACTOR_ROLE),
            "second_actor": self.staff(zvv.text(ZVV.SECOND_ACTOR)),
            "actor": self.staff(zvv.text(ZVV.ACTOR)),
            "reason_code": zvv.text(ZVV.REASON_CODE),
            "reason_text": zvv.text(ZVV.REASON_TEXT),
            "site": zvv.text(ZVV.SITE),
            "device": zvv.text(ZVV.DEVICE),
        }
        if capture := zvv.text(ZVV.CAPTURE):
            if capture not in {c.value for c in Capture} - {Capture.UNKNOWN_TO_READER.value}:
                detail = f"ZVV-1: {capture[:40]!r} is no way of capture"
                raise CannotUnderstand(Reason.FIELD_INVALID, detail)
            stated["capture"] = Capture(capture)
        if corrected := zvv.text(ZVV.CORRECTS):
            stated["corrects"] = event_id(
                self.partner.system,
                self.partner.name,
                self._key(corrected),
                zvv.text(ZVV.CORRECTS, 2),
                part_of,
            )
            stated["withdraws"] = zvv.text(ZVV.WITHDRAWS) == "Y"
        signed = zvv.parts(ZVV.SIGNATURE)
        if part(signed, 1):
            stated["signature"] = Signature(
                signer=self.staff(part(signed, 1)) or "unknown",
                meaning=part(signed, 2) or "signed",
                signed_at=parse_hl7(part(signed, 3), self.partner.clock, "ZVV-8.3").instant,
                digest=part(signed, 4) or None,
                algorithm=part(signed, 5) or None,
            )
        stated["evidence"] = tuple(
            EvidenceReference(uri=part(e, 1), sha256=part(e, 2), kind=part(e, 3) or None)
            for e in zvv.repetitions(ZVV.EVIDENCE)
        )
        return {name: value for name, value in stated.items() if value}
