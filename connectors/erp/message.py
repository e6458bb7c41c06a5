"""One IDoc and who sent it: what every translation of the ERP starts from.

Our extension of an IDoc type is `Z1V2VEXT`, repeated, with the fields NAME and VALUE: an added field
of `connectors.agreed` each. It may stand in any place of the IDoc.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TypeVar

from connectors.agreed import Added, distinct, happened, identifier, own_fields, state
from connectors.connector import CannotUnderstand, Partner, Tokens
from connectors.erp.idoc import Idoc, Segment
from connectors.times import When
from schemas.envelope import Environment, Event, Identifier, Scheme, event_id
from schemas.reasons import Reason

EXTENSION = "Z1V2VEXT"
READ = frozenset(
    {
        "collection_planned_at",
        "infusion_planned_at",
        "earliest_at",
        "starts_at",
        "ends_at",
        "remanufacture",
        "issuer",
    }
)
"""The fields of facts that may be added; every other one stands in a field of SAP's own."""

PATIENT_FUNCTION = "ZP"
"""The partner function, in E1EDKA1 PARVW, under which an order names its patient."""

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Message:
    """An IDoc of a partner, with what was added to it."""

    idoc: Idoc
    partner: Partner
    tokens: Tokens
    added: Added

    @classmethod
    def of(cls, idoc: Idoc, partner: Partner, tokens: Tokens) -> Message:
        """The message, its extension read."""
        pairs = tuple((s.get("NAME"), s.get("VALUE")) for s in idoc.body.every(EXTENSION))
        return cls(idoc, partner, tokens, Added(tuple(pair for pair in pairs if all(pair))))

    @property
    def body(self) -> Segment:
        """All segments of the IDoc."""
        return self.idoc.body

    @property
    def clock(self) -> tzinfo:
        """The zone of times that name none."""
        return self.partner.clock

    def moment(self, name: str, native: When | None = None) -> datetime | None:
        """An instant that was added; else the one in SAP's own field."""
        added = self.added.moment(name, self.clock)
        return added if added is not None else native.instant if native else None

    def event(
        self,
        kind: type[E],
        identifiers: Iterable[Identifier] = (),
        occurred: When | None = None,
        part: str = "",
        /,
        **facts: object,
    ) -> E:
        """The fact with the envelope of this message."""
        created = self.idoc.created(self.clock)
        when = self.added.occurred(self.clock) or occurred or created
        if when is None:
            raise CannotUnderstand(Reason.FIELD_MISSING, "EDI_DC40.CREDAT is empty")
        fields = self.added.envelope(self.partner, self.tokens)
        fields.setdefault("recorded_at", created.instant if created else None)
        if site := next((s.get("WERKS") for s in _items(self.body) if s.get("WERKS")), None):
            fields.setdefault("site", site)
        if fields["subject"] is None:
            fields["subject"] = self._patient()
        if corrected := self.added.one("CORRECTS"):
            fields["corrects"] = self._id(kind, f"{self.idoc.sender}/{corrected}", part)
        if self.idoc.control.get("TEST"):
            fields["environment"] = Environment.TEST
        fields |= happened(when) | {
            "event_id": self._id(kind, self.idoc.key, part),
            "identifiers": distinct((*identifiers, *self.added.identifiers())),
            "source_message": f"{self.idoc.kind} {self.idoc.key}"[:100],
        }
        self.added.check(own_fields(kind) & READ)
        return state(kind, self.partner, fields | facts)

    def named(self, scheme: Scheme, value: str) -> tuple[Identifier, ...]:
        """The identifier in one of SAP's own fields; none when the field is empty."""
        return (identifier(scheme, value),) if value else ()

    def _patient(self) -> str | None:
        party = self.body.first("E1EDKA1", PARVW=PATIENT_FUNCTION)
        number = party.number("PARTN")
        issuer = party.number("ILNNR") or party.get("IHREZ") or self.partner.name
        return self.tokens.subject(issuer, number) if number else None

    def _id(self, kind: type[Event], native: str, part: str) -> object:
        name = self.partner.name
        return event_id(self.partner.system, name, native, kind.type_name(), part)


def _items(body: Segment) -> Iterable[Segment]:
    for name in ("E1EDP01", "E1EDL24", "E1AFKOL"):
        yield from body.every(name)
