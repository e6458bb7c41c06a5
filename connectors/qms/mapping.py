"""Which of a customer's quality records and states mean which of our facts: data, checked at start.

No quality system has an open format, and every customer configures its own objects, fields and
states. A mapping names them; what it does not name is refused, because a state that nobody has
thought about may be a release. Paths are names joined by dots, from `data` (the record), `audit`
(the entry of its audit trail that the notice is about) or `notice`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any

import orjson
import yaml
from pydantic import Field, StringConstraints, ValidationError, model_validator

from schemas.catalogue import EVENT_BY_NAME
from schemas.contract import Contract
from schemas.envelope import Event, Scheme

FieldPath = Annotated[str, StringConstraints(pattern=r"^(data|audit|notice)(\.[A-Za-z0-9_]+)+$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]

SHIPPED: Mapping[str, str] = {"vault": "mapping.yaml", "sap": "mapping_sap.yaml"}
"""The mappings that come with the project, by name."""

GIVEN = frozenset(
    {"event_id", "identifiers", "occurred_at", "occurred_offset_minutes", "system", "partner"}
    | {"source_message", "signature", "subject", "coi"}
)
"""Fields of an event that no mapping may fill by itself."""


class MappingUnusable(ValueError):
    """A customer's mapping cannot be used; the message says which place is wrong."""


class Filled(Contract):
    """Where one field of ours comes from."""

    path: FieldPath
    words: Mapping[str, Any] = Field(default_factory=dict)
    """The customer's words and what they mean; as given when there are none."""
    raw: Name | None = None
    """The field of ours that keeps the customer's own word."""
    staff: bool = False
    """A member of staff, who becomes a token."""


class Identified(Contract):
    """Where an identifier comes from."""

    scheme: Scheme
    path: FieldPath
    digits: Annotated[int, Field(ge=1, le=40)] | None = None
    """How long SAP keeps the number inside: it gets its leading zeros back, and of zeros only it is none."""


class Listed(Contract):
    """A list of further identifiers in the record, and the names of its members."""

    path: FieldPath
    scheme: Name
    value: Name
    issuer: Name


class Meaning(Contract):
    """What it means that a record has come into a state."""

    event: Name
    """The type of our event, for example quality.HoldPlaced."""
    sets: Mapping[str, Any] = Field(default_factory=dict)
    """Fields of ours that the state alone decides."""

    @property
    def type(self) -> type[Event]:
        """The class of the event."""
        return EVENT_BY_NAME[self.event]


class Dated(Contract):
    """Where the time of the fact stands in the record itself: a date and a time without zone, as SAP has them."""

    date: FieldPath
    time: FieldPath


class Kind(Contract):
    """One kind of record."""

    object: Name
    """The customer's name of the kind."""
    key: FieldPath | None = None
    """Where the id stands by which a notice names the record; `data.id` when none is given."""
    alone: Dated | None = None
    """When its fact happened, where records of this kind are read without any notice; it needs `key`."""
    state: FieldPath
    states: Mapping[str, Meaning]
    silent: tuple[str, ...] = ()
    """States that tell nothing that we follow."""
    identifiers: tuple[Identified, ...] = ()
    fields: Mapping[str, Filled] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _names_exist(self) -> Kind:
        for word, meaning in self.states.items():
            found = EVENT_BY_NAME.get(meaning.event)
            if found is None or not meaning.event.startswith("quality."):
                raise ValueError(f"states.{word}: there is no event {meaning.event!r} of quality")
            _exist(meaning.sets, found.model_fields, f"states.{word}.sets")
        if self.alone is not None and self.key is None:
            raise ValueError("alone: a kind that is read without a notice needs its key")
        if both := sorted(self.states.keys() & set(self.silent)):
            raise ValueError(f"silent: {both[0]!r} also has a meaning")
        possible = {name for m in self.states.values() for name in m.type.model_fields}
        _exist(self.fields, possible, "fields")
        return self


class Trail(Contract):
    """How an entry of the audit trail says what it says."""

    at: Name
    field: Name
    old: Name
    new: Name
    user: Name | None = None
    signature: Name | None = None
    """The member that holds a signature: signer, meaning, signed_at, digest, algorithm."""


class QualityMapping(Contract):
    """The whole mapping of one customer."""

    reason: str
    """Why it is as it is, for the people who review it."""
    coi: FieldPath
    trail: Trail
    changed_at: tuple[FieldPath, ...]
    """Where the time of the change stands when no audit trail came with the record."""
    related: Listed | None = None
    corrects: FieldPath | None = None
    """The message id and item, joined by +, of the notice that is corrected."""
    fields: Mapping[str, Filled] = Field(default_factory=dict)
    """Fields that every event has."""
    kinds: tuple[Kind, ...]

    @model_validator(mode="after")
    def _names_exist(self) -> QualityMapping:
        _exist(self.fields, Event.model_fields, "fields")
        return self

    def kind(self, name: str) -> Kind | None:
        """The kind of record of this name."""
        return next((kind for kind in self.kinds if kind.object == name), None)


def read(stated: Mapping[str, object]) -> QualityMapping:
    """A customer's own mapping, or the one that is shipped when there is none.

    `{shipped: sap}` names the other one that is shipped, for SAP quality management.
    """
    if not stated:
        return shipped()
    if set(stated) == {"shipped"}:
        name = str(stated["shipped"])
        if name not in SHIPPED:
            known = ", ".join(SHIPPED)
            raise MappingUnusable(f"mapping: shipped: there is none named {name!r}, but {known}")
        return shipped(name)
    return _checked(orjson.dumps(stated, option=orjson.OPT_SORT_KEYS))


@lru_cache(maxsize=4)
def shipped(name: str = "vault") -> QualityMapping:
    """A mapping that comes with the project, an example for every customer's own."""
    content = files("connectors.qms").joinpath(SHIPPED[name]).read_text(encoding="utf-8")
    return _checked(orjson.dumps(yaml.safe_load(content)))


@lru_cache(maxsize=32)
def _checked(content: bytes) -> QualityMapping:
    try:
        return QualityMapping.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "mapping"
        raise MappingUnusable(f"mapping: {place}: {first['msg']}") from None


def _exist(named: Mapping[str, Any], known: Mapping[str, Any] | set[str], at: str) -> None:
    for name in named:
        if name not in known or name in GIVEN:
            raise ValueError(f"{at}: {name!r} is no field that a mapping may fill")
