"""Fields that a partner adds, by agreement, where its own format has no place for them.

A few facts of a therapy have no field in a format made for goods: the chain-of-identity identifier,
a signature, a planned infusion. An SAP partner adds them as name and value in a segment of its own
extension, a partner that speaks B2MML as parameters whose id begins with `V2V.`; the names are the
same. A name that is not agreed is refused, because leaving it out could leave out a fact.
Pure: text in, values out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import Enum
from functools import cache, cached_property
from typing import TypeVar

import orjson
from pydantic import ValidationError

from connectors.connector import CannotUnderstand, Partner, Tokens
from connectors.times import When, parse_xsd
from schemas.envelope import Environment, Event, Identifier, Precision, Scheme
from schemas.reasons import Reason

ENVELOPE = frozenset(
    {
        "COI",
        "OCCURRED",
        "PRECISION",
        "RECORDED",
        "SITE",
        "DEVICE",
        "ACTOR",
        "ACTOR_ROLE",
        "SECOND_ACTOR",
        "CAPTURE",
        "SEQUENCE",
        "CORRECTS",
        "REASON_CODE",
        "REASON_TEXT",
        "SIGNATURE",
        "EVIDENCE",
    }
)
"""The names that any message may add; `ID.<scheme>` and `PATIENT` may carry an issuer behind a dot."""

_PLAIN = ("SITE", "DEVICE", "ACTOR_ROLE", "CAPTURE", "SEQUENCE", "REASON_CODE", "REASON_TEXT")

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Added:
    """The added fields of one message or of one part of it, in the partner's order."""

    pairs: tuple[tuple[str, str], ...] = ()

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for name, value in self.pairs:
            found.setdefault(name, []).append(value)
        return found

    def all(self, name: str) -> tuple[str, ...]:
        """Every value given under a name."""
        return tuple(self._by_name.get(name, ()))

    def one(self, name: str) -> str | None:
        """The value under a name; two different ones are refused, because one must be wrong."""
        values = self._by_name.get(name)
        if not values:
            return None
        if len(different := set(values)) > 1:
            detail = f"{name}: one value expected, found {len(different)}"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        return values[0]

    def moment(self, name: str, clock: tzinfo) -> datetime | None:
        """The instant under a name."""
        stated = self.one(name)
        return None if stated is None else parse_xsd(stated, clock, name).instant

    def occurred(self, clock: tzinfo) -> When | None:
        """When it happened, where the partner added that."""
        stated = self.one("OCCURRED")
        if stated is None:
            return None
        when = parse_xsd(stated, clock, "OCCURRED")
        precision = self.one("PRECISION")
        if precision is None:
            return when
        if precision not in (Precision.DAY, Precision.MINUTE, Precision.INSTANT):
            detail = f"PRECISION: expected day, minute or instant, found {precision[:40]!r}"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        return When(when.instant, when.offset_minutes, Precision(precision))

    def identifiers(self) -> tuple[Identifier, ...]:
        """The identifiers given as `ID.<scheme>` or `ID.<scheme>.<issuer>`."""
        return self._identifiers

    @cached_property
    def _identifiers(self) -> tuple[Identifier, ...]:
        found: list[Identifier] = []
        for name, value in self.pairs:
            if name.startswith("ID."):
                scheme, _, issuer = name.removeprefix("ID.").partition(".")
                found.append(identifier(scheme, value, issuer or None))
        return tuple(found)

    def objects(self, name: str) -> tuple[object, ...]:
        """The objects given under a name, each as a text of JSON."""
        return tuple(_object(value, name) for value in self.all(name))

    def patient(self, tokens: Tokens, partner: Partner) -> str | None:
        """The token of the patient whose number was given; the number goes no further."""
        found = {
            (name.partition(".")[2] or partner.name, value)
            for name, value in self.pairs
            if name == "PATIENT" or name.startswith("PATIENT.")
        }
        if len(found) > 1:
            raise CannotUnderstand(Reason.FIELD_INVALID, f"PATIENT: {len(found)} patients named")
        return next((tokens.subject(issuer, value) for issuer, value in found), None)

    def envelope(self, partner: Partner, tokens: Tokens) -> dict[str, object]:
        """The fields that every event has, as far as they were added."""
        fields: dict[str, object] = {
            name.lower(): value for name in _PLAIN if (value := self.one(name)) is not None
        }
        fields["coi"] = self.one("COI")
        fields["subject"] = self.patient(tokens, partner)
        if recorded := self.moment("RECORDED", partner.clock):
            fields["recorded_at"] = recorded
        for name in ("ACTOR", "SECOND_ACTOR"):
            if staff := self.one(name):
                fields[name.lower()] = tokens.staff(partner.name, staff)
        if signature := self.one("SIGNATURE"):
            fields["signature"] = _object(signature, "SIGNATURE")
        fields["evidence"] = self.objects("EVIDENCE")
        return fields

    def check(self, facts: Collection[str] = ()) -> None:
        """Refuses names that nothing reads: neither the envelope nor these fields of the fact."""
        known = ENVELOPE | {field.upper() for field in facts}
        for name, _ in self.pairs:
            if name not in known and name.partition(".")[0] not in ("ID", "PATIENT"):
                detail = f"{name[:40]!r} is not an agreed field of this message"
                raise CannotUnderstand(Reason.FIELD_INVALID, detail)


@cache
def own_fields(kind: type[Event]) -> frozenset[str]:
    """The fields of a type beyond the envelope."""
    return frozenset(set(kind.model_fields) - set(Event.model_fields))


def identifier(scheme: str, value: str, issuer: str | None = None) -> Identifier:
    """An identifier of one of our schemes."""
    try:
        if scheme == Scheme.UNKNOWN_TO_READER:
            raise ValueError(scheme)
        return Identifier(scheme=Scheme(scheme), value=value, issuer=issuer)
    except ValueError:
        detail = f"{value[:40]!r} is no identifier of scheme {scheme[:40]!r}"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail) from None


def distinct(identifiers: Iterable[Identifier]) -> tuple[Identifier, ...]:
    """Each thing once, in the order given; a name with its issuer wins over the bare one."""
    kept: dict[tuple[Scheme, str], Identifier] = {}
    for one in identifiers:
        seen = kept.get((one.scheme, one.value))
        if seen is None or seen.issuer is None:
            kept[one.scheme, one.value] = one
    return tuple(kept.values())


def state(kind: type[E], partner: Partner, fields: Mapping[str, object]) -> E:
    """The event with these fields; what its contract refuses is said by the name of the field."""
    given = {"site": partner.site, "environment": partner.environment, **fields}
    if given["environment"] is None:
        given["environment"] = Environment.PRODUCTION
    try:
        event = kind.model_validate({**given, "system": partner.system, "partner": partner.name})
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the event"
        missing = first["type"] == "missing" or first["input"] is None
        reason = Reason.FIELD_MISSING if missing else Reason.FIELD_INVALID
        detail = f"{kind.type_name()}: {place}: {first['msg']}"
        raise CannotUnderstand(reason, detail[:500]) from None
    for name, value in fields.items():
        # a word for readers of newer data only; no partner has anything to say by it
        said = getattr(event, name, None)
        if isinstance(said, Enum) and value == said.value == "unknown_to_reader":
            raise CannotUnderstand(Reason.FIELD_INVALID, f"{kind.type_name()}: {name}: {value}")
    return event


def happened(when: When) -> dict[str, object]:
    """The fields of the envelope that say when."""
    return {
        "occurred_at": when.instant.astimezone(UTC),
        "occurred_offset_minutes": when.offset_minutes,
        "occurred_precision": when.precision,
    }


def _object(text: str, name: str) -> object:
    try:
        found: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise CannotUnderstand(Reason.FIELD_INVALID, f"{name}: expected a JSON object")
    return found
