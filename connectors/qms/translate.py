"""What the quality unit's system says, in our words, once both halves of it are here.

The notice says that records changed, the record says what they are; under the notice's own id the
halves are brought together. The time of a fact is the time of the change in the audit trail, never
the time at which a queue took the notice. A state that the customer's mapping does not name is
refused: a state that nobody has thought about may be a release.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from pydantic import ValidationError

from connectors.connector import (
    CannotUnderstand,
    Decision,
    Held,
    Ignored,
    Mapped,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from connectors.odata import clock, day, padded
from connectors.qms import halves
from connectors.qms.halves import Alone, Notice, Record
from connectors.qms.mapping import Filled, Kind, Meaning, QualityMapping, read
from connectors.qms.trail import Then, as_of
from connectors.times import When, parse_rfc3339, parse_sap
from schemas.envelope import Event, Identifier, Scheme, event_id
from schemas.reasons import Reason

Json = Mapping[str, object]


def translate(
    raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...] = ()
) -> tuple[Decision, ...]:
    """What a notice and its records say together; a half that is alone is held."""
    mapping = read(partner.mapping)
    half = halves.read(raw.body)
    if isinstance(half, Alone):
        return tuple(_alone(record, mapping, partner, tokens) for record in half.records)
    known = [half, *_others(companions, half.key)]
    notice = next((one for one in known if isinstance(one, Notice)), None)
    if notice is None:
        return (Held(half.key, "notice"),)
    kind = mapping.kind(notice.kind)
    if kind is None:
        return (Ignored(f"records of kind {notice.kind[:60]} tell nothing that we follow"),)
    if notice.deleted:
        detail = f"a {notice.kind[:60]} was deleted, which states no fact; ask the quality unit why"
        return (Refused(Reason.FIELD_INVALID, detail),)
    if not notice.items:
        return (Refused(Reason.FIELD_MISSING, "the notice names no record"),)
    records = {_item(one, kind): one for one in known if isinstance(one, Record)}
    missing = [item for item in notice.items if _number(item) not in records]
    if missing:
        return (Held(notice.key, f"record {', '.join(missing[:3])}"),)
    told = _Told(notice, kind, mapping, partner, tokens)
    return tuple(told.decision(item, records[_number(item)]) for item in notice.items)


def _item(record: Record, kind: Kind) -> str:
    """The id by which a notice names the record."""
    found: object = record.item
    if kind.key is None and not record.item:
        raise CannotUnderstand(Reason.FIELD_MISSING, "data.id: missing")
    if kind.key is not None:
        found = _along(kind.key, record.data)
    return _number(found if isinstance(found, str) else "")


def _number(item: str) -> str:
    """The same id, however many zeros stand before its digits: systems show them or not."""
    return item.lstrip("0") if item.isdigit() else item


def _alone(data: Json, mapping: QualityMapping, partner: Partner, tokens: Tokens) -> Decision:
    """What a record says that nobody asked for, where the mapping says when its fact happened."""
    for kind in mapping.kinds:
        item = _along(kind.key, data) if kind.alone is not None and kind.key is not None else None
        if kind.alone is None or not isinstance(item, str) or not item:
            continue
        try:
            date, time = _along(kind.alone.date, data), _along(kind.alone.time, data)
            stated = {"date": date, "time": time}
            when = parse_sap(day(stated, "date"), clock(stated, "time"), partner.clock, "date")
            if when is None:
                raise CannotUnderstand(Reason.FIELD_MISSING, f"{kind.alone.date}: missing")
        except CannotUnderstand as fault:
            return Refused(fault.reason, f"{item[:40]}: {fault.detail}")
        content = orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
        key = f"{kind.object}/{hashlib.sha256(content).hexdigest()[:32]}"
        notice = Notice(key, kind.object, (item,), when, commits=True)
        told = _Told(notice, kind, mapping, partner, tokens)
        return told.decision(item, Record(key, item, data, ()))
    detail = "fetched_for: name the notice (its source and id) that the record was fetched for"
    return Refused(Reason.FIELD_MISSING, detail)


def _along(path: str, data: Json) -> object:
    """What stands at a path of the record."""
    found: object = data
    for step in path.split(".")[1:]:
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _others(companions: tuple[Raw, ...], key: str) -> Iterator[Notice | Record]:
    """The halves kept under the same key."""
    for companion in companions:
        try:
            half = halves.read(companion.body)
        except CannotUnderstand:
            continue  # it was refused by itself
        if not isinstance(half, Alone) and half.key == key:
            yield half


@dataclass(frozen=True, slots=True)
class _Told:
    """A notice of a kind that we follow, and what is needed to read its records."""

    notice: Notice
    kind: Kind
    mapping: QualityMapping
    partner: Partner
    tokens: Tokens

    def decision(self, item: str, record: Record) -> Decision:
        try:
            return self._decision(item, record)
        except CannotUnderstand as fault:
            return Refused(fault.reason, f"{item[:40]}: {fault.detail}")

    def _decision(self, item: str, record: Record) -> Decision:
        state_field = self.kind.state.rpartition(".")[2]
        then = as_of(self.notice, record, self.mapping, state_field)
        changed = then.changed
        if changed is not None and not changed & self._followed():
            return Ignored(
                f"only {', '.join(sorted(changed))[:80]} changed, which we do not follow"
            )
        state = self._at(self.kind.state, then)
        if not isinstance(state, str):
            raise CannotUnderstand(Reason.FIELD_MISSING, f"{self.kind.state}: missing")
        if state in self.kind.silent:
            return Ignored(f"{self.notice.kind[:60]} in state {state[:60]} tells nothing")
        meaning = self.kind.states.get(state)
        if meaning is None:
            detail = f"{self.kind.state}: the mapping does not name the state {state[:60]!r}"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        return Mapped((self._event(item, then, meaning, state),))

    def _followed(self) -> frozenset[str]:
        """The fields of the record that can change what we say."""
        paths = [self.kind.state, self.mapping.coi]
        paths += [one.path for one in self.kind.identifiers]
        paths += [one.path for one in self.kind.fields.values()]
        if "withdraws" in self.mapping.fields:
            paths.append(self.mapping.fields["withdraws"].path)
        return frozenset(path.rpartition(".")[2] for path in paths)

    def _event(self, item: str, then: Then, meaning: Meaning, state: str) -> Event:
        when = then.at or self._changed_at(then)
        native = f"{self.notice.key}+{item}"
        content: dict[str, Any] = {
            "site": self.partner.site,
            "environment": self.partner.environment,
            **self._fields(meaning.type, then),
            **meaning.sets,
            "system": self.partner.system,
            "partner": self.partner.name,
            "event_id": self._id(native, meaning.type),
            "source_message": native[:100],
            "identifiers": self._identifiers(then),
            "occurred_at": when.instant,
            "occurred_offset_minutes": when.offset_minutes,
        }
        if "raw_state" in meaning.type.model_fields:
            content["raw_state"] = state
        if (coi := self._at(self.mapping.coi, then)) is not None:
            content["coi"] = coi
        if self.mapping.corrects is not None:
            replaced = self._at(self.mapping.corrects, then)
            if isinstance(replaced, str):
                content["corrects"] = self._id(replaced, meaning.type)
        if (signature := self._signature(then)) is not None:
            content["signature"] = signature
        if not content["identifiers"] and "coi" not in content:
            detail = "the record names no batch, no course and no case"
            raise CannotUnderstand(Reason.NO_IDENTIFIER, detail)
        return _stated(meaning.type, content)

    def _fields(self, kind: type[Event], then: Then) -> dict[str, Any]:
        """The fields that the mapping fills, with the customer's own words beside ours."""
        found: dict[str, Any] = {}
        for name, filled in {**self.mapping.fields, **self.kind.fields}.items():
            value = self._at(filled.path, then)
            if value is None or name not in kind.model_fields:
                continue
            found[name] = self._meant(name, filled, value)
            if filled.raw is not None and filled.raw in kind.model_fields:
                found[filled.raw] = value
        return found

    def _meant(self, name: str, filled: Filled, value: object) -> object:
        if filled.staff:
            return self.tokens.staff(self.partner.name, str(value))
        if not filled.words:
            return value
        if not isinstance(value, str) or value not in filled.words:
            detail = f"{filled.path}: the mapping does not name {str(value)[:60]!r} for {name}"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        return filled.words[value]

    def _identifiers(self, then: Then) -> tuple[Identifier, ...]:
        found = []
        for one in self.kind.identifiers:
            value = self._at(one.path, then)
            if one.digits is not None and isinstance(value, str):
                value = padded(value.strip(), one.digits) if value.strip().strip("0") else None
            if value is not None and value != "":
                found.append(_identifier(one.scheme, value, None, one.path))
        if (related := self.mapping.related) is not None:
            listed = self._at(related.path, then)
            for row in listed if isinstance(listed, list) else ():
                said = row if isinstance(row, dict) else {}
                scheme, issuer = said.get(related.scheme), said.get(related.issuer)
                found.append(_identifier(scheme, said.get(related.value), issuer, related.path))
        return tuple(dict.fromkeys(found))

    def _signature(self, then: Then) -> dict[str, object] | None:
        """A signature of the change; its signer is staff and becomes a token."""
        name = self.mapping.trail.signature
        said = then.row.get(name) if name is not None else None
        if not isinstance(said, dict):
            return None
        signer = said.get("signer")
        if not isinstance(signer, str) or not signer:
            raise CannotUnderstand(Reason.FIELD_MISSING, "audit.signature.signer: missing")
        members = ("meaning", "signed_at", "digest", "algorithm")
        stated = {member: said[member] for member in members if member in said}
        return {**stated, "signer": self.tokens.staff(self.partner.name, signer)}

    def _changed_at(self, then: Then) -> When:
        """When the record changed, where no audit trail tells."""
        for path in self.mapping.changed_at:
            stated = self._at(path, then)
            if isinstance(stated, str):
                return parse_rfc3339(stated, path)
        detail = f"{' or '.join(self.mapping.changed_at)}: nothing says when the record changed"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)

    def _at(self, path: str, then: Then) -> object:
        """What stands at a path; None where the record leaves it out."""
        root, *steps = path.split(".")
        notice = {"user": self.notice.user, "kind": self.notice.kind}
        found: object = {"data": then.data, "audit": then.row, "notice": notice}[root]
        for step in steps:
            found = found.get(step) if isinstance(found, dict) else None
        return found

    def _id(self, native: str, kind: type[Event]) -> UUID:
        return event_id(self.partner.system, self.partner.name, native, kind.type_name())


def _identifier(scheme: object, value: object, issuer: object, at: str) -> Identifier:
    try:
        return Identifier.model_validate(
            {"scheme": Scheme(str(scheme)), "value": value, "issuer": issuer}
        )
    except ValueError:
        detail = f"{at}: {str(value)[:40]!r} is no identifier of scheme {str(scheme)[:40]!r}"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail) from None


def _stated(kind: type[Event], content: Mapping[str, Any]) -> Event:
    """The event; what its contract refuses is said by the name of the field."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        reason = Reason.FIELD_MISSING if first["type"] == "missing" else Reason.FIELD_INVALID
        place = ".".join(str(part) for part in first["loc"]) or "the event"
        raise CannotUnderstand(reason, f"{place}: {first['msg']}") from None
