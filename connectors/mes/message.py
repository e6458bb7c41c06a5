"""One B2MML document and who sent it: what every translation of the MES starts from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import TYPE_CHECKING, TypeVar

from connectors.agreed import Added, distinct, happened, own_fields, state
from connectors.connector import CannotUnderstand, Partner, Tokens
from connectors.mes.b2mml import Document
from connectors.mes.parts import equipment, people, performers
from connectors.times import When, parse_xsd
from schemas.envelope import OCCUPIED_SCHEMES, Event, Identifier, event_id
from schemas.reasons import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Message:
    """A B2MML document of a partner."""

    document: Document
    partner: Partner
    tokens: Tokens

    @property
    def clock(self) -> tzinfo:
        """The zone of times that name none."""
        return self.partner.clock

    def when(self, stated: str, field: str) -> When | None:
        """The moment that a field states; None when it is empty."""
        return parse_xsd(stated, self.clock, field) if stated else None

    def facts(self, kind: type[Event], added: Added) -> dict[str, object]:
        """The fields of a type beyond the envelope, as far as they were added; others are refused."""
        added.check(own_fields(kind))
        found: dict[str, object] = {}
        for field in own_fields(kind):
            name = field.upper()
            if isinstance(kind.model_fields[field].default, tuple):
                found[field] = added.objects(name)
            elif field.endswith("_at"):
                found[field] = added.moment(name, self.clock)
            elif (value := added.one(name)) is not None:
                found[field] = value
        return {field: value for field, value in found.items() if value is not None}

    def event(
        self,
        kind: type[E],
        part: Element,
        added: Added,
        occurred: When | None,
        identifiers: Iterable[Identifier] = (),
        number: str = "",
        /,
        **facts: object,
    ) -> E:
        """The fact that one part of the document states."""
        created = self.document.created_at(self.clock)
        when = added.occurred(self.clock) or occurred or created
        if when is None:
            raise CannotUnderstand(Reason.FIELD_MISSING, "CreationDateTime is missing")
        fields = self._envelope(part, added)
        fields.setdefault("recorded_at", created.instant if created else None)
        if corrected := added.one("CORRECTS"):
            fields["corrects"] = self._derived(kind, f"{self.document.sender}/{corrected}", number)
        source = f"{self.document.verb}{self.document.noun} V{self.document.version}"
        fields |= happened(when) | {
            "event_id": self.id_of(kind, number),
            "identifiers": distinct((*identifiers, *added.identifiers())),
            "source_message": f"{source} {self.document.key}"[:100].strip(),
        }
        return state(kind, self.partner, fields | facts)

    def _envelope(self, part: Element, added: Added) -> dict[str, object]:
        fields = added.envelope(self.partner, self.tokens)
        if device := equipment(part):
            fields.setdefault("device", device)
        present = people(part) or performers(part)
        for name, (number, _) in zip(("actor", "second_actor"), present, strict=False):
            if number:
                fields.setdefault(name, self.tokens.staff(self.partner.name, number))
        if present and present[0][1]:
            fields.setdefault("actor_role", present[0][1])
        return fields

    def id_of(self, kind: type[Event], number: str) -> object:
        """The id of one fact of this document."""
        return self._derived(kind, self.document.key, number)

    def _derived(self, kind: type[Event], native: str, number: str) -> object:
        name = self.partner.name
        return event_id(self.partner.system, name, native, kind.type_name(), number)


def leads_to_a_course(added: Added, identifiers: Iterable[Identifier]) -> bool:
    """Whether anything named can lead to a therapy course; what is used again never does."""
    named = (*identifiers, *added.identifiers())
    return bool(added.one("COI")) or any(i.scheme not in OCCUPIED_SCHEMES for i in named)
