"""The Avro schema follows from the contract, alone and always the same."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import fastavro
import pytest
from pydantic import BaseModel, Field

from schemas.__main__ import derived, differences, main
from schemas.avsc import FOLDER
from schemas.catalogue import CONTRACTS, EVENTS
from schemas.contract import Contract, Instant
from schemas.derivation import derive
from schemas.envelope import Identifier
from schemas.shape import NotDerivable
from schemas.units import Celsius
from schemas.wire import type_name_of


class Colour(StrEnum):
    """What it looks like."""

    RED = "red"
    UNKNOWN_TO_READER = "unknown_to_reader"


class Level(StrEnum):
    """Words that Avro does not allow, so that their names are written."""

    LOW = "L-1"
    HIGH = "H-1"


class Bag(Contract):
    """One bag
    of cells."""

    label: str
    """What is printed on it."""
    filled_at: Instant | None = None
    warmest: Celsius | None = None
    colour: Colour = Colour.RED
    levels: tuple[Level, ...] = (Level.HIGH,)
    contents: dict[str, float] = {}
    first: Identifier
    second: Identifier | None = None
    bags: tuple[Identifier, ...] = ()
    count: Annotated[int, Field(ge=0)] = 3
    note: str | None = "none"
    day: date = date(1970, 1, 3)
    at: datetime = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)
    told_by: UUID = UUID(int=0)
    raw: bytes = b"\xff"
    loose: str | float | None = None


def field(name: str) -> Any:
    return next(field for field in derive(Bag)["fields"] if field["name"] == name)


def test_the_name_is_the_module_and_the_class() -> None:
    schema = derive(Bag)

    assert (schema["namespace"], schema["name"]) == ("v2v.test_derivation", "Bag")
    assert schema["doc"] == "One bag of cells."


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("label", "string"),
        ("filled_at", ["null", {"type": "long", "logicalType": "timestamp-micros"}]),
        ("warmest", ["null", "double"]),
        ("contents", {"type": "map", "values": "double"}),
        ("second", ["null", "v2v.envelope.Identifier"]),
        ("bags", {"type": "array", "items": "v2v.envelope.Identifier"}),
        ("count", "long"),
        ("note", ["string", "null"]),
        ("day", {"type": "int", "logicalType": "date"}),
        ("told_by", {"type": "string", "logicalType": "uuid"}),
        ("raw", "bytes"),
        ("loose", ["null", "string", "double"]),
    ],
)
def test_each_kind_of_field_has_its_avro_type(name: str, kind: Any) -> None:
    assert field(name)["type"] == kind


@pytest.mark.parametrize(
    ("name", "default"),
    [
        ("filled_at", None),
        ("colour", "red"),
        ("levels", ["HIGH"]),
        ("contents", {}),
        ("count", 3),
        ("note", "none"),
        ("day", 2),
        ("at", 1_000_000),
        ("told_by", "00000000-0000-0000-0000-000000000000"),
        ("raw", "ÿ"),
    ],
)
def test_each_default_is_written_as_avro_has_it(name: str, default: Any) -> None:
    assert field(name)["default"] == default


def test_what_is_required_has_no_default() -> None:
    assert "default" not in field("label")
    assert "default" not in field("first")


def test_words_and_units_become_documentation() -> None:
    assert field("label")["doc"] == "What is printed on it."
    assert field("warmest")["doc"] == "degrees Celsius"


def test_a_choice_names_the_word_for_what_a_reader_does_not_know() -> None:
    assert field("colour")["type"] == {
        "type": "enum",
        "name": "Colour",
        "namespace": "v2v.test_derivation",
        "doc": "What it looks like.",
        "symbols": ["red", "unknown_to_reader"],
        "default": "unknown_to_reader",
    }


def test_words_that_avro_does_not_allow_are_written_by_their_names() -> None:
    assert field("levels")["type"]["items"]["symbols"] == ["LOW", "HIGH"]


def test_a_nested_type_is_defined_once_and_keeps_its_own_namespace() -> None:
    assert field("first")["type"]["namespace"] == "v2v.envelope"
    assert str(derive(Bag)).count("'name': 'Identifier'") == 1


@pytest.mark.parametrize(
    "annotation",
    [object, complex, set[str], tuple[int, str], dict[int, str], str | UUID, Bag | Identifier],
)
def test_what_has_no_form_on_the_wire_is_refused_by_name(annotation: Any) -> None:
    contract = type(
        "Holding",
        (BaseModel,),
        {
            "__annotations__": {"held": annotation},
            "model_config": {"arbitrary_types_allowed": True},
        },
    )

    with pytest.raises(NotDerivable, match=r"Holding\.held"):
        derive(contract)


def test_two_classes_of_one_name_are_refused() -> None:
    other = type("Identifier", (BaseModel,), {"__module__": "elsewhere.envelope"})
    both = type("Both", (BaseModel,), {"__annotations__": {"one": Identifier, "other": other}})

    with pytest.raises(NotDerivable, match=r"v2v\.envelope\.Identifier is the name of two classes"):
        derive(both)


@pytest.mark.parametrize("kind", CONTRACTS, ids=lambda kind: kind.__name__)
def test_every_schema_is_avro_and_says_what_each_type_is(kind: type[Contract]) -> None:
    schema = derive(kind)

    assert fastavro.parse_schema(schema)
    assert schema["doc"]


@pytest.mark.parametrize("kind", CONTRACTS, ids=lambda kind: kind.__name__)
def test_every_choice_can_grow(kind: type[Contract]) -> None:
    """An enum without a word for the unknown could never get another word."""
    without = [one["name"] for one in _enums(derive(kind)) if "default" not in one]

    assert without == []


def _enums(schema: Any) -> list[Any]:
    if isinstance(schema, dict):
        own = [schema] if schema.get("type") == "enum" else []
        return own + [one for part in schema.values() for one in _enums(part)]
    if isinstance(schema, list):
        return [one for part in schema for one in _enums(part)]
    return []


# -------------------------------------------------------------------------------- python -m schemas


def test_the_committed_schemas_follow_from_the_contracts() -> None:
    assert differences(FOLDER) == []


def test_events_are_named_on_the_wire_as_they_name_themselves() -> None:
    assert [type_name_of(event) for event in EVENTS] == [event.type_name() for event in EVENTS]


def test_every_difference_is_named(tmp_path: Path) -> None:
    for name, content in derived().items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    (tmp_path / "alert.Alert.avsc").unlink()
    (tmp_path / "control.Tick.avsc").write_text("{}", encoding="utf-8")
    (tmp_path / "weather.RainFell.avsc").write_text("{}", encoding="utf-8")

    assert differences(tmp_path) == [
        "alert.Alert.avsc: missing",
        "control.Tick.avsc: differs from its contract",
        "weather.RainFell.avsc: of no contract",
    ]


def test_another_process_derives_the_same_bytes() -> None:
    """Neither the order of a set nor a hash seed may show."""
    code = "from schemas.__main__ import derived; print(''.join(derived().values()), end='')"
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(Path(__file__).parents[2])},
    ).stdout

    assert other == "".join(derived().values())


def test_a_release_is_frozen_and_never_written_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("schemas.__main__.RELEASED", tmp_path)

    assert main(["--release", "9.9.9"]) == 0
    assert differences(tmp_path / "9.9.9") == []
    assert main(["--release", "9.9.9"]) == 1
    assert "released already" in capsys.readouterr().err
    assert main(["--release", "next"]) == 1
    assert "'next' is not a version" in capsys.readouterr().err


def test_the_checks_pass_on_what_is_committed() -> None:
    assert main(["--check"]) == 0
    assert main(["--compatible"]) == 0
