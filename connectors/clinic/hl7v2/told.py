"""One message of a clinic: what it names, whose it is, and who enters it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from connectors.connector import Partner, Tokens
from connectors.hl7v2.identifiers import authority, distinct, named_in, scheme_of
from connectors.hl7v2.message import Components, Message, Segment, part
from connectors.hl7v2.said import Said, SomeEvent
from connectors.times import When
from schemas.envelope import OCCUPIED_SCHEMES, Identifier

COMMON = frozenset({"PID", "PV1", "SCH", "OBX"})
"""Segments that name things for the whole message, where it has no orders."""

PREFERRED = ("MR", "PI", "PT")
"""Kinds of a patient's number (HL7 table 0203), the hospital number first."""


@dataclass(frozen=True, slots=True)
class Told:
    """A message as one clinic says it, and what it names."""

    said: Said
    named: tuple[Identifier, ...]
    agreed: Segment | None = None
    """Our own segment, where one belongs to what is told."""

    @property
    def message(self) -> Message:
        """The message itself."""
        return self.said.message

    @property
    def partner(self) -> Partner:
        """The clinic."""
        return self.said.partner

    @property
    def trigger(self) -> str:
        """The trigger event of MSH-9, or of the older EVN-1."""
        evn = self.message.first("EVN")
        return self.message.header.text(9, 2) or ("" if evn is None else evn.text(1))

    @property
    def leads(self) -> bool:
        """Whether anything that it names can lead to a course."""
        return leading(self.named)

    def event(
        self, cls: type[SomeEvent], at: When, part_of: str = "", **fields: object
    ) -> SomeEvent:
        """The event of this class that the message states."""
        stated = self._entered() | fields
        return self.said.event(cls, at, part_of, self.named, self.agreed, **stated)

    def naming(self, identifiers: Iterable[Identifier]) -> Told:
        """The same message with more that it names."""
        return replace(self, named=distinct((*self.named, *identifiers)))

    def with_agreed(self, *segments: Segment | None) -> Told:
        """The same message with the first of our own segments that there is."""
        found = (segment for segment in segments if segment is not None)
        return replace(self, agreed=next(found, self.agreed))

    def happened(self, *places: tuple[Segment | None, int]) -> When:
        """The first of these fields that states a time, else when the event occurred or was entered."""
        evn = self.message.first("EVN")
        return self.said.needed(*places, (evn, 6), (evn, 2))

    def _entered(self) -> dict[str, object]:
        """Who entered it, why, and where."""
        evn, sch = self.message.first("EVN"), self.message.first("SCH")
        if evn is not None:
            recorded = self.said.when((evn, 2))
            return {
                "actor": self.said.staff(evn.text(5), evn.text(5, 9)),
                "reason_code": evn.text(4) or None,
                "site": evn.text(7) or None,
                "recorded_at": None if recorded is None else recorded.instant,
            }
        if sch is not None:
            # the words beside the code are left out: people write names there
            return {
                "actor": self.said.staff(sch.text(20), sch.text(20, 9)),
                "reason_code": sch.text(6) or None,
            }
        return {}


def told(message: Message, partner: Partner, tokens: Tokens, segments: frozenset[str]) -> Told:
    """The message with what these of its segments name, and the token of the patient it names first."""
    pid = message.first("PID")
    subject = None if pid is None else token_of(pid.repetitions(3), partner, tokens)
    named = (i for s in message.segments if s.name in segments for i in named_in(s, partner))
    # where there are orders, it belongs to one of them
    agreed = None if message.first("OBR") is not None else message.first("ZVV")
    return Told(Said(message, partner, tokens, subject), distinct(named), agreed)


def leading(identifiers: Iterable[Identifier]) -> bool:
    """Whether any of these can lead to a course."""
    return any(i.scheme not in OCCUPIED_SCHEMES for i in identifiers)


def patient_numbers(numbers: Iterable[Components], partner: Partner) -> list[Components]:
    """The numbers that are the patient's own, the hospital number before every other."""
    own = [cx for cx in numbers if part(cx, 1) and scheme_of(*authority(cx)[:2], partner) is None]
    rank = {kind: place for place, kind in enumerate(PREFERRED)}
    return sorted(own, key=lambda cx: rank.get(part(cx, 5), len(rank)))


def token_of(numbers: Iterable[Components], partner: Partner, tokens: Tokens) -> str | None:
    """The token of the patient who has these numbers."""
    own = patient_numbers(numbers, partner)
    return token(own[0], partner, tokens) if own else None


def token(number: Components, partner: Partner, tokens: Tokens) -> str:
    """The token made of one number; its authority is named as FHIR names it, so that both give the same.

    The partner's `mapping["patients"]` may say which issuing system an authority stands for.
    """
    namespace, universal, kind = authority(number)
    agreed = partner.mapping.get("patients")
    for issuer in (namespace, universal):
        if isinstance(agreed, dict) and issuer in agreed:
            return tokens.subject(str(agreed[issuer]), part(number, 1))
    issuer = f"urn:oid:{universal}" if universal and kind == "ISO" else universal or namespace
    return tokens.subject(issuer or partner.name, part(number, 1))
