"""What enters beside partner events: time, what people decide, and messages that were set aside whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from schemas.contract import Contract
from schemas.control import (
    ActionKind,
    AlertAction,
    Header,
    QuarantinedMessage,
    Tick,
    WaitingEvent,
)
from schemas.json_form import as_json, from_json
from schemas.wire import decode_contract, encode_contract
from tests.schemas.strategies import any_of

ONE, TWO = (
    UUID("0f4d4f6e-4d57-5d0e-9f0c-5a2f3c1b7e11"),
    UUID("0f4d4f6e-4d57-5d0e-9f0c-5a2f3c1b7e12"),
)
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACTION: dict[str, Any] = {
    "action_id": ONE,
    "alert_id": TWO,
    "key": "CHA999926000001",
    "kind": "close",
    "acted_at": NOON,
    "actor": "STAFF-1",
}
SET_ASIDE: dict[str, Any] = {
    "quarantine_id": ONE,
    "reason": "too_large",
    "detail": "6000000 bytes",
    "remedy": "split the message",
    "stage": "admission",
    "topic": "v2v.in.lims.lab-1",
    "key": None,
    "value": None,
}
KINDS = (Tick, AlertAction, QuarantinedMessage, WaitingEvent)


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: k.__name__)
def test_each_comes_back_from_avro_and_from_json_as_it_went(kind: type[Contract]) -> None:
    @given(any_of(kind))
    @settings(max_examples=30, deadline=None)
    def law(value: Contract) -> None:
        assert decode_contract(kind, encode_contract(value)) == value
        assert from_json(kind, as_json(value)) == value

    law()


# ------------------------------------------------------------------------------------------- time


def test_a_tick_in_a_file_counts_for_all_partitions() -> None:
    assert Tick(now=NOON).partition == -1


@pytest.mark.parametrize(("partition", "stands"), [(-2, False), (-1, True), (0, True), (11, True)])
def test_a_tick_is_of_a_partition_or_of_all(partition: int, stands: bool) -> None:
    if stands:
        assert Tick(now=NOON, partition=partition).partition == partition
        return
    with pytest.raises(ValidationError, match="partition"):
        Tick(now=NOON, partition=partition)


def test_time_knows_its_zone() -> None:
    with pytest.raises(ValidationError, match="zone"):
        Tick(now=NOON.replace(tzinfo=None))


# ----------------------------------------------------------------------------------------- people


@pytest.mark.parametrize("missing", ACTION)
def test_an_action_names_itself_its_alert_who_did_what_and_when(missing: str) -> None:
    fields = {name: value for name, value in ACTION.items() if name != missing}
    with pytest.raises(ValidationError, match=missing):
        AlertAction.model_validate(fields)


@pytest.mark.parametrize(
    ("key", "stands"), [("", False), ("K", True), ("K" * 200, True), ("K" * 201, False)]
)
def test_an_action_goes_where_its_alert_is_and_so_needs_a_key(key: str, stands: bool) -> None:
    if stands:
        assert AlertAction.model_validate({**ACTION, "key": key}).key == key
        return
    with pytest.raises(ValidationError, match="key"):
        AlertAction.model_validate({**ACTION, "key": key})


@pytest.mark.parametrize("actor", ["", " ", " STAFF-1", "STAFF-1 "])
def test_who_acted_is_a_name_without_blanks_around_it(actor: str) -> None:
    with pytest.raises(ValidationError, match="actor"):
        AlertAction.model_validate({**ACTION, "actor": actor})


def test_what_people_may_do_is_a_closed_list_that_an_older_reader_survives() -> None:
    assert [kind.value for kind in ActionKind][-1] == "unknown_to_reader"
    assert {"acknowledge", "assign", "comment", "close", "reopen"} <= set(ActionKind)
    with pytest.raises(ValidationError, match="kind"):
        AlertAction.model_validate({**ACTION, "kind": "delete"})


def test_a_reason_is_kept_word_for_word() -> None:
    reason = "Sample mixed up in the laboratory;\n  see deviation D-17 – “closed”."
    action = AlertAction.model_validate({**ACTION, "reason": reason})
    assert decode_contract(AlertAction, encode_contract(action)).reason == reason


# ------------------------------------------------------------------------------------- quarantine


@pytest.mark.parametrize(
    "value", [None, b"", b"\x00", bytes(range(256)), "ünï".encode(), b"MSH|^~\\&|\r\n"]
)
def test_a_message_is_kept_byte_for_byte_and_an_empty_one_is_not_a_missing_one(
    value: bytes | None,
) -> None:
    entry = QuarantinedMessage.model_validate(
        {**SET_ASIDE, "key": value, "value": value}
    ).model_copy(update={"headers": (Header(name="ce_type", value=value or b""),)})
    for back in (
        decode_contract(QuarantinedMessage, encode_contract(entry)),
        from_json(QuarantinedMessage, as_json(entry)),
    ):
        assert (back.key, back.value) == (value, value)
        assert back.headers == entry.headers


def test_two_headers_of_one_name_stay_two_and_in_their_order() -> None:
    headers = (Header(name="via", value=b"2"), Header(name="via", value=b"1"))
    entry = QuarantinedMessage.model_validate({**SET_ASIDE, "headers": headers})
    assert decode_contract(QuarantinedMessage, encode_contract(entry)).headers == headers


def test_what_is_set_aside_stays_so_until_somebody_clears_it() -> None:
    entry = QuarantinedMessage.model_validate(SET_ASIDE)
    assert entry.cleared is False
    assert entry.courses == ()
    assert entry.event_id is None


@pytest.mark.parametrize(
    "missing", ["reason", "detail", "remedy", "stage", "topic", "key", "value"]
)
def test_nothing_is_set_aside_without_its_reason_its_remedy_and_its_bytes(missing: str) -> None:
    fields = {name: value for name, value in SET_ASIDE.items() if name != missing}
    with pytest.raises(ValidationError, match=missing):
        QuarantinedMessage.model_validate(fields)


# ---------------------------------------------------------------------------------------- waiting


def test_an_event_waits_with_its_identifiers_and_its_bytes() -> None:
    waiting = WaitingEvent(
        event_id=ONE,
        type_name="laboratory.ResultReported",
        system="lims",
        partner="lab-1",
        identifiers=("SAMPLE:S-9",),
        occurred_at=NOON,
        value=b"\xc3\x01\x00",
    )
    assert decode_contract(WaitingEvent, encode_contract(waiting)) == waiting
    assert as_json(waiting)["value"] == "wwEA"
    with pytest.raises(ValidationError, match="identifiers"):
        WaitingEvent.model_validate(waiting.model_dump(exclude={"identifiers"}))
