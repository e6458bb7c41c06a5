"""A change that breaks a released schema is found, said so that one can mend it, and truly breaks."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple

import fastavro
import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.avsc import Released, released
from schemas.catalogue import EVENTS
from schemas.compatibility import incompatibilities, unreadable
from schemas.derivation import derive
from schemas.envelope import Event
from schemas.laboratory import ResultReported
from schemas.wire import contracts, encode, type_name_of, writer_of
from tests.schemas.strategies import any_of

BEFORE = derive(ResultReported)
NAME = "laboratory.ResultReported"


def field(schema: Any, name: str) -> Any:
    return next(field for field in schema["fields"] if field["name"] == name)


def without(schema: Any, name: str) -> None:
    schema["fields"] = [field for field in schema["fields"] if field["name"] != name]


def signature(schema: Any) -> Any:
    return field(schema, "signature")["type"][1]


def scheme(schema: Any) -> Any:
    return field(field(schema, "identifiers")["type"]["items"], "scheme")["type"]


class Change(NamedTuple):
    """One change of a released schema, and what it should break."""

    what: str
    make: Callable[[Any], Any]
    current_cannot_read: str | None = None
    release_cannot_read: str | None = None


NEW = {"name": "colour", "type": "string"}
CHANGES = [
    Change("nothing", lambda s: None),
    Change("words only", lambda s: s.update(doc="Other words.")),
    Change("fields in another order", lambda s: s["fields"].reverse()),
    Change("an optional field added", lambda s: s["fields"].append({**NEW, "default": ""})),
    Change("an optional field removed", lambda s: without(s, "unit")),
    Change(
        "a required field added",
        lambda s: s["fields"].append(NEW),
        current_cannot_read="ResultReported.colour: the reader needs this field",
    ),
    Change(
        "a required field removed",
        lambda s: without(s, "test"),
        release_cannot_read="ResultReported.test: the reader needs this field",
    ),
    Change(
        "a field renamed",
        lambda s: field(s, "test").update(name="assay"),
        current_cannot_read="ResultReported.assay: the reader needs this field",
        release_cannot_read="ResultReported.test: the reader needs this field",
    ),
    Change(
        "a field renamed with its old name kept for one side",
        lambda s: field(s, "test").update(name="assay", aliases=["test"]),
        release_cannot_read="ResultReported.test: the reader needs this field",
    ),
    Change(
        "a type changed",
        lambda s: field(s, "final").update(type="string", default=""),
        current_cannot_read="ResultReported.final: the reader expects string, the writer writes bool",
        release_cannot_read="ResultReported.final: the reader expects boolean, the writer writes str",
    ),
    Change(
        "a number widened",
        lambda s: field(s, "sequence").update(type=["null", "double"]),
        release_cannot_read="ResultReported.sequence: the writer may write double",
    ),
    Change("a word added to a choice", lambda s: scheme(s)["symbols"].append("PALLET")),
    Change("a word taken from a choice", lambda s: scheme(s)["symbols"].remove("BATCH")),
    Change(
        "a word taken from a choice that has no word for the unknown",
        lambda s: (scheme(s)["symbols"].remove("BATCH"), scheme(s).pop("default")),
        current_cannot_read="scheme: the reader does not know BATCH and has no default",
    ),
    Change(
        "a choice renamed",
        lambda s: scheme(s).update(name="Kind"),
        current_cannot_read="the reader expects v2v.envelope.Kind, the writer writes",
        release_cannot_read="the reader expects v2v.envelope.Scheme, the writer writes",
    ),
    Change(
        "a field that may no longer be empty",
        lambda s: field(s, "unit").update(type="string", default=""),
        current_cannot_read="ResultReported.unit: the reader expects string, the writer writes null",
    ),
    Change(
        "a field that may now be empty",
        lambda s: field(s, "test").update(type=["null", "string"], default=None),
        release_cannot_read="ResultReported.test: the reader expects string, the writer writes null",
    ),
    Change(
        "a union narrowed",
        lambda s: field(s, "value").update(type=["null", "long"]),
        current_cannot_read="ResultReported.value: the writer may write double, the reader takes only",
    ),
    Change(
        "a list made of a single value",
        lambda s: field(s, "evidence").update(type="string", default=""),
        current_cannot_read="ResultReported.evidence: the reader expects string, the writer writes",
        release_cannot_read="ResultReported.evidence: the reader expects array, the writer writes",
    ),
    Change(
        "a required field added deep inside",
        lambda s: signature(s)["fields"].append(NEW),
        current_cannot_read="ResultReported.signature.colour: the reader needs this field",
    ),
]


def after(change: Change) -> Any:
    schema = deepcopy(BEFORE)
    change.make(schema)
    return schema


def said(found: tuple[Any, ...]) -> str:
    return "\n".join(map(str, found))


each_change = pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.what)


@each_change
def test_a_change_is_judged_in_both_directions(change: Change) -> None:
    for found, expected in (
        (unreadable(after(change), BEFORE), change.current_cannot_read),
        (unreadable(BEFORE, after(change)), change.release_cannot_read),
    ):
        if expected is None:
            assert found == ()
        else:
            assert expected in said(found)


@each_change
def test_what_we_call_compatible_is_read_and_what_we_call_broken_is_not(change: Change) -> None:
    """The same question put to fastavro, with data."""
    forward = _every_example_read(BEFORE, after(change))
    backward = _every_example_read(after(change), BEFORE)

    assert forward == (change.current_cannot_read is None)
    assert backward == (change.release_cannot_read is None)


def _every_example_read(writer: Any, reader: Any) -> bool:
    parsed_writer, parsed_reader = fastavro.parse_schema(writer), fastavro.parse_schema(reader)
    for example in _examples(writer):
        body = io.BytesIO()
        fastavro.schemaless_writer(body, parsed_writer, example)
        body.seek(0)
        try:
            fastavro.schemaless_reader(body, parsed_writer, parsed_reader)
        except fastavro.read.SchemaResolutionError:
            return False
    return True


def _examples(schema: Any) -> list[Any]:
    """Values that between them use every branch and every word of a schema."""
    if isinstance(schema, list):
        return [example for branch in schema for example in _examples(branch)]
    kind = schema if isinstance(schema, str) else schema["type"]
    if kind == "record":
        columns = {field["name"]: _examples(field["type"]) for field in schema["fields"]}
        most = max(map(len, columns.values()))
        return [
            {name: values[min(i, len(values) - 1)] for name, values in columns.items()}
            for i in range(most)
        ]
    if kind == "enum":
        return list(schema["symbols"])
    if kind == "array":
        return [_examples(schema["items"])]
    if isinstance(schema, dict) and schema.get("logicalType") == "uuid":
        return ["0f4d4f6e-4d57-5d0e-9f0c-5a2f3c1b7e11"]
    return [{"null": None, "string": "text", "long": 7, "double": 0.5, "boolean": True}[kind]]


def test_the_same_bytes_under_another_meaning_are_a_break() -> None:
    schema = deepcopy(BEFORE)
    field(schema, "occurred_at")["type"]["logicalType"] = "timestamp-millis"

    assert "the reader takes it as timestamp-millis, the writer as timestamp-micros" in said(
        unreadable(schema, BEFORE)
    )


def test_a_break_names_the_type_the_release_the_field_and_what_to_do() -> None:
    schema = deepcopy(BEFORE)
    schema["fields"].append(NEW)

    assert said(incompatibilities({NAME: schema}, [Released("0.1.0", NAME, BEFORE)])) == (
        "laboratory.ResultReported: the current contract cannot read what 0.1.0 wrote: "
        "ResultReported.colour: the reader needs this field, the writer does not write it; "
        "give it a default: add and remove only such fields"
    )


def test_a_change_is_held_against_every_release_and_not_only_the_last() -> None:
    older = deepcopy(BEFORE)
    without(older, "test")
    found = incompatibilities(
        {NAME: BEFORE}, [Released("0.1.0", NAME, older), Released("0.2.0", NAME, BEFORE)]
    )

    assert [one.version for one in found] == ["0.1.0"]


def test_a_type_that_is_gone_is_a_break() -> None:
    assert "the type is gone" in said(incompatibilities({}, [Released("0.1.0", NAME, BEFORE)]))


def test_every_released_schema_and_the_current_one_read_each_other() -> None:
    current = {type_name_of(contract): derive(contract) for contract in contracts()}

    assert said(incompatibilities(current, released())) == ""


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.type_name())
def test_what_is_written_today_is_read_by_every_release_and_the_other_way_round(
    kind: type[Event],
) -> None:
    """Data, not rules: bytes of today through each frozen schema and back."""
    frozen = [writer_of(r.schema) for r in released() if r.type_name == kind.type_name()]
    current = fastavro.parse_schema(derive(kind))

    @settings(max_examples=10, deadline=None)
    @given(any_of(kind))
    def read_by_all(event: Event) -> None:
        for release in frozen:
            theirs = fastavro.schemaless_reader(
                io.BytesIO(encode(event)[10:]), current, release.written
            )
            body = io.BytesIO()
            fastavro.schemaless_writer(body, release.written, theirs)
            body.seek(0)
            kind.model_validate(fastavro.schemaless_reader(body, release.written, current))

    read_by_all()


@st.composite
def two_changes(draw: st.DrawFn) -> tuple[Any, Any]:
    """Two schemas, each a compatible or incompatible change away from one release."""
    return after(draw(st.sampled_from(CHANGES))), after(draw(st.sampled_from(CHANGES)))


@settings(max_examples=100, deadline=None)
@given(two_changes())
def test_between_any_two_changed_schemas_the_rules_agree_with_the_data(
    pair: tuple[Any, Any],
) -> None:
    writer, reader = pair

    assert (unreadable(reader, writer) == ()) == _every_example_read(writer, reader)


def test_a_real_registry_gives_the_same_answers(registry: str, topic_prefix: str) -> None:
    answers: dict[str, bool] = {}
    with SchemaRegistryClient({"url": registry}) as client:
        for number, change in enumerate(CHANGES):
            subject = f"{topic_prefix}{number}"
            client.register_schema(subject, Schema(json.dumps(BEFORE), "AVRO"))
            client.set_compatibility(subject_name=subject, level="FULL_TRANSITIVE")
            changed = Schema(json.dumps(after(change)), "AVRO")
            answers[change.what] = client.test_compatibility(subject, changed)

    assert answers == {
        change.what: not (change.current_cannot_read or change.release_cannot_read)
        for change in CHANGES
    }
