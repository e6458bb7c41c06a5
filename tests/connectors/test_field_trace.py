"""What a translation reads is found by asking it, so it cannot be told otherwise than it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from connectors.connector import Connector, Decision, Ignored, Mapped, Partner, Raw, Refused, Tokens
from connectors.field_trace import DECIDES, Tracing, others, trace
from connectors.fields import Leaf
from connectors.pseudonyms import Withheld
from schemas.envelope import Identifier, Scheme, System, event_id
from schemas.laboratory import ResultReported
from schemas.reasons import Reason

PARTNER = Partner(name="lab", system=System.LIMS)
MESSAGE: dict[str, Any] = {
    "kind": "result",
    "key": "R-1",
    "sample": "S-1",
    "at": "2026-03-02T08:00:00+00:00",
    "result": {"test": "VIAB", "value": 87.5},
    "comment": "nobody reads this",
    "patient": "4711",
    "strict": "A1",
}


def translate(
    raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...]
) -> tuple[Decision, ...]:
    """A small laboratory."""
    said = orjson.loads(raw.body)
    if said["kind"] != "result":
        return (Ignored("another kind"),)
    if said["strict"] != "A1":
        return (Refused(Reason.FIELD_INVALID, "strict"),)
    name = ResultReported.type_name()
    event = ResultReported(
        event_id=event_id("lims", "lab", said["key"], name),
        identifiers=(Identifier(scheme=Scheme.SAMPLE, value=said["sample"]),),
        subject=tokens.subject("lab", said["patient"]),
        occurred_at=datetime.fromisoformat(said["at"]).astimezone(UTC),
        system=System.LIMS,
        partner="lab",
        test=said["result"]["test"],
        value=said["result"]["value"],
    )
    return (Mapped((event,)),)


def traced(body: dict[str, Any], how: Callable[..., Any] = translate) -> Any:
    return trace(Connector(System.LIMS, "small", how), Raw("", orjson.dumps(body)), PARTNER)


def test_every_field_is_told_with_where_it_goes() -> None:
    found = traced(MESSAGE)
    kind = "laboratory.ResultReported"
    assert found.goes_to == {
        "at": (f"{kind}.occurred_at",),
        "key": (f"{kind}.event_id",),
        "kind": (DECIDES,),
        "patient": (f"{kind}.subject",),
        "result.test": (f"{kind}.test",),
        "result.value": (f"{kind}.value",),
        "sample": (f"{kind}.identifiers.SAMPLE",),
        "strict": (DECIDES,),
    }
    assert found.ignored == ("comment",)
    assert found.unknown == ()


def test_a_mapping_that_changes_is_traced_otherwise() -> None:
    """The planted mistake: a translation that reads another field is not told as the one above."""

    def mistaken(*about: Any) -> tuple[Decision, ...]:
        raw, *rest = about
        said = orjson.loads(raw.body)
        said["sample"] = said["comment"]
        return translate(Raw("", orjson.dumps(said)), *rest)

    found = traced(MESSAGE, mistaken)
    assert "sample" in found.ignored
    assert found.goes_to["comment"] == ("laboratory.ResultReported.identifiers.SAMPLE",)


def test_a_message_with_too_many_fields_says_which_were_not_asked() -> None:
    connector = Connector(System.LIMS, "small", translate)
    found = trace(connector, Raw("", orjson.dumps(MESSAGE)), PARTNER, questions=5)
    assert found is not None
    assert found.ignored == ()
    assert "comment" in found.unknown


def test_no_token_and_no_value_is_in_the_answer() -> None:
    told = repr(traced(MESSAGE))
    assert "SUB-" not in told
    assert "4711" not in told


def test_what_is_no_document_is_not_traced() -> None:
    assert trace(Connector(System.LIMS, "small", translate), Raw("", b"x"), PARTNER) is None


def test_each_shape_of_message_is_asked_once() -> None:
    asked: list[bytes] = []

    def counting(*about: Any) -> tuple[Decision, ...]:
        asked.append(about[0].body)
        return translate(*about)

    connector = Connector(System.LIMS, "small", counting)
    tracing = Tracing(connector, PARTNER)

    def one(**changed: Any) -> Any:
        raw = Raw("", orjson.dumps(MESSAGE | changed))
        return tracing.of(raw, translate(raw, PARTNER, Withheld(), ()))

    first = one()
    questions = len(asked)
    assert one(sample="S-2") is first
    assert len(asked) == questions
    assert one(more="another field") is not first


@pytest.mark.parametrize("value", ["2026-03-02", "S-1", "z", "9", "é", "", 1, 1.5, True, 0])
def test_another_value_is_always_another_one(value: Any) -> None:
    found = others(Leaf(0, "", value))
    assert found
    assert value not in found
    assert len(set(found)) == len(found)
