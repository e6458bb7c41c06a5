"""Every inbound message survives as a line, byte for byte, and people can write lines by hand."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import topics
from schemas.catalogue import CONTRACTS, EVENTS
from schemas.collection import CollectionCompleted
from schemas.contract import Contract
from schemas.control import ActionKind, AlertAction, QuarantinedMessage, Tick
from schemas.envelope import Event, event_id
from schemas.json_form import as_json, from_json
from schemas.laboratory import ResultReported
from schemas.line_ids import ids_of
from schemas.lines import BadLine, arrivals, canonical, from_line, parsed, to_line
from schemas.wire import WireMessage, decode, encode, encode_contract, to_message
from tests.schemas.strategies import any_of
from tests.schemas.test_wire import COLLECTED, EVENT_ID, NOON, Ids

TOPIC = "v2v.in.clinic.clinic-a"


def through_a_file(topic: str, message: WireMessage, ids: Ids | None = None) -> WireMessage:
    """The message after it was written to a file and read again."""
    ((back_on, back),) = arrivals([canonical(to_line(topic, message, ids=ids))])
    assert back_on == topic
    return back


# ----------------------------------------------------------------------------------------- byte for byte


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.type_name())
def test_every_event_survives_in_words(kind: type[Event]) -> None:
    @settings(max_examples=10, deadline=None)
    @given(any_of(kind))
    def survives(event: Event) -> None:
        message = to_message(event)
        line = to_line("v2v.in.some.where", message)
        assert line["type"] == f"v2v.{kind.type_name()}"
        assert through_a_file("v2v.in.some.where", message) == message

    survives()


@settings(max_examples=150, deadline=None)
@given(
    st.text(min_size=1, max_size=20),
    st.none() | st.binary(max_size=60),
    st.none() | st.binary(max_size=60),
    st.lists(st.tuples(st.text(max_size=8), st.binary(max_size=8)), max_size=3).map(tuple),
)
def test_what_nobody_can_read_survives_byte_for_byte(
    topic: str, key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes], ...]
) -> None:
    message = WireMessage(key, value, headers)

    assert to_line(topic, message)["type"] == "v2v.raw"
    assert through_a_file(topic, message) == message


@pytest.mark.parametrize(
    "other",
    [
        WireMessage(b"another key", encode(COLLECTED), to_message(COLLECTED).headers),
        WireMessage(None, encode(COLLECTED), to_message(COLLECTED).headers),
        WireMessage(str(EVENT_ID).encode(), encode(COLLECTED), ()),
        WireMessage(str(EVENT_ID).encode(), encode(COLLECTED) + b"\x00"),
    ],
)
def test_a_message_that_we_would_not_send_so_survives_as_it_is(other: WireMessage) -> None:
    assert to_line(TOPIC, other)["type"] == "v2v.raw"
    assert through_a_file(TOPIC, other) == other


def test_a_message_framed_by_a_registry_survives_and_needs_no_registry_to_be_read_again() -> None:
    message = to_message(COLLECTED, ids=Ids())
    line = to_line(TOPIC, message, ids=Ids())

    assert line["v2vschemaid"] == Ids().id_of("collection.CollectionCompleted")
    assert from_line(line) == (TOPIC, message)
    assert decode(message.value, message.headers, ids=ids_of([line])).event == COLLECTED


def test_a_number_that_json_cannot_hold_survives_as_bytes() -> None:
    result = ResultReported.model_construct(
        **{**_fields_of(COLLECTED, ResultReported), "test": "CD3", "value": float("inf")}
    )
    message = to_message(result)

    assert to_line(TOPIC, message)["type"] == "v2v.raw"
    assert through_a_file(TOPIC, message) == message


def _fields_of(event: Event, kind: type[Event]) -> dict[str, Any]:
    return {name: value for name, value in event.__dict__.items() if name in kind.model_fields}


@given(any_of(Tick), any_of(AlertAction))
def test_ticks_and_actions_survive_in_words(tick: Tick, action: AlertAction) -> None:
    said = (
        (topics.TICKS, WireMessage(b"0", encode_contract(tick)), "v2v.control.Tick"),
        (topics.TICKS, WireMessage(b"7", encode_contract(tick)), "v2v.control.Tick"),
        (
            topics.ACTIONS,
            WireMessage(action.key.encode(), encode_contract(action)),
            "v2v.control.AlertAction",
        ),
    )
    for topic, message, kind in said:
        assert to_line(topic, message)["type"] == kind
        assert through_a_file(topic, message) == message


def test_a_tick_that_cannot_be_read_survives_as_it_is() -> None:
    message = WireMessage(b"0", b"noon")

    assert through_a_file(topics.TICKS, message) == message


# ------------------------------------------------------------------------------------------ what it says


def test_a_line_says_what_the_event_says() -> None:
    line = to_line(TOPIC, to_message(COLLECTED))

    assert line == {
        "specversion": "1.0",
        "id": str(EVENT_ID),
        "source": "/clinic/clinic-a",
        "type": "v2v.collection.CollectionCompleted",
        "time": "2026-03-01T12:00:00.000000Z",
        "subject": "CHA999926ABC123",
        "datacontenttype": "application/json",
        "data": {
            "event_id": str(EVENT_ID),
            "coi": "CHA999926ABC123",
            "identifiers": [{"scheme": "DIN", "value": "A999926123456"}],
            "occurred_at": "2026-03-01T12:00:00.000000Z",
            "occurred_precision": "instant",
            "system": "clinic",
            "partner": "clinic-a",
            "capture": "interface",
            "evidence": [],
            "environment": "production",
            "ended_at": "2026-03-01T12:00:00.000000Z",
            "volume": 212.5,
            **({"withdraws": False} if "withdraws" in Event.model_fields else {}),
        },
    }


def test_the_topic_is_named_only_where_it_is_not_the_partners_own() -> None:
    assert "v2vtopic" not in to_line(TOPIC, to_message(COLLECTED))
    assert to_line("v2v.in.erp.x", to_message(COLLECTED))["v2vtopic"] == "v2v.in.erp.x"


def test_canonical_json_is_one_text_for_one_value() -> None:
    assert canonical({"b": [1, 2.5], "a": "ä"}) == '{"a":"ä","b":[1,2.5]}'


@pytest.mark.parametrize("kind", CONTRACTS, ids=lambda kind: kind.__name__)
def test_every_contract_survives_as_json(kind: type[Contract]) -> None:
    @settings(max_examples=10, deadline=None)
    @given(any_of(kind))
    def survives(contract: Contract) -> None:
        assert from_json(kind, json.loads(canonical(as_json(contract)))) == contract

    survives()


def test_bytes_are_base64_in_json() -> None:
    entry = QuarantinedMessage(
        quarantine_id=EVENT_ID,
        reason="unknown_framing",
        detail="",
        remedy="",
        stage="admission",
        topic=TOPIC,
        key=None,
        value=b"\xff\x00",
    )

    assert as_json(entry)["value"] == "/wA="
    assert as_json(entry)["key"] is None


# ---------------------------------------------------------------------------------- lines people write


def by_hand(**said: object) -> Event:
    line = {
        "id": str(EVENT_ID),
        "source": "/clinic/clinic-a",
        "type": "collection.CollectionCompleted",
        "time": "2026-03-01T13:00:00+01:00",
        "data": {"ended_at": "2026-03-01T12:00:00Z"},
        **said,
    }
    topic, message = from_line(line)
    assert topic == TOPIC
    return decode(message.value, message.headers).event


def test_the_envelope_fills_what_the_content_leaves_out() -> None:
    event = by_hand(subject="CHA999926ABC123")

    assert isinstance(event, CollectionCompleted)
    assert event.event_id == EVENT_ID
    assert (event.system, event.partner) == ("clinic", "clinic-a")
    assert event.occurred_at == NOON
    assert event.coi == "CHA999926ABC123"


def test_the_type_may_carry_its_prefix_or_not() -> None:
    assert by_hand(type="v2v.collection.CollectionCompleted") == by_hand()


def test_an_id_that_is_no_uuid_is_the_partners_own_key() -> None:
    expected = event_id("clinic", "clinic-a", "visit 7", "collection.CollectionCompleted")

    assert by_hand(id="visit 7").event_id == expected


def test_a_tick_may_be_written_in_one_short_line() -> None:
    topic, message = from_line({"type": "control.Tick", "data": {"now": "2026-03-01T12:00:00Z"}})

    assert (topic, message) == (
        topics.TICKS,
        WireMessage(b"0", encode_contract(Tick(now=datetime(2026, 3, 1, 12, tzinfo=UTC)))),
    )


def test_an_action_goes_to_its_topic_under_its_key() -> None:
    action = AlertAction(
        action_id=EVENT_ID,
        alert_id=EVENT_ID,
        key="CHA999926ABC123",
        kind=ActionKind.ACKNOWLEDGE,
        acted_at=NOON,
        actor="nurse-7",
    )
    topic, message = from_line({"type": "control.AlertAction", "data": as_json(action)})

    assert (topic, message.key) == (topics.ACTIONS, b"CHA999926ABC123")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: found list, expected a JSON object"),
        ("{}", "line 2: type: missing"),
        ('{"type":"weather.RainFell"}', "line 2: type: 'weather.RainFell' is no event type"),
        ('{"type":"v2v.record.PatientBatchRecord"}', "is no event type"),
        ('{"type":"collection.CollectionFailed"}', "line 2: data: missing"),
        (
            '{"type":"collection.CollectionFailed","data":{"partner":"Anna Meier"}}',
            "line 2: data: event_id: missing; occurred_at: missing; system: missing; and 1 more",
        ),
        (
            '{"type":"collection.CollectionFailed","source":"/clinic/Anna Meier","id":"7","time":"2026-03-01T12:00:00Z","data":{}}',
            "partner: String should match pattern '^[a-z0-9][a-z0-9-]{0,48}$', "
            "found 10 characters like 'Aaaa Aaaaa'",
        ),
        (
            '{"type":"collection.CollectionFailed","data":{"occurred_at":"0001-01-01T00:00:00+14:00"}}',
            "line 2: data: ",
        ),
        ('{"type":"v2v.raw","v2vtopic":"t","data_base64":"!"}', "line 2: key_base64, data_base64"),
        ('{"type":"v2v.raw"}', "line 2: v2vtopic: missing"),
    ],
)
def test_a_bad_line_is_named_with_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(BadLine) as caught:
        list(arrivals(["\n", text]))

    assert complaint in str(caught.value)
    assert "Meier" not in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=500, deadline=None)
@given(
    st.sampled_from(
        [
            to_line(TOPIC, to_message(COLLECTED)),
            to_line(TOPIC, to_message(COLLECTED, ids=Ids()), ids=Ids()),
            to_line(TOPIC, WireMessage(b"k", b"v", (("h", b"x"),))),
            to_line(topics.TICKS, WireMessage(b"3", encode_contract(Tick(now=NOON)))),
        ]
    ),
    st.data(),
)
def test_any_value_anywhere_in_a_line_is_taken_or_named(line: dict[str, Any], data: Any) -> None:
    changed = {**line, "data": {**line.get("data", {})}}
    part = data.draw(st.sampled_from([changed, changed["data"] or changed]))
    part[data.draw(st.sampled_from(sorted(part)))] = data.draw(json_values)

    with suppress(BadLine):
        topic, message = from_line(changed)
        assert isinstance(topic, str)
        assert isinstance(message, WireMessage)


def test_empty_lines_count_but_say_nothing() -> None:
    assert [number for number, _ in parsed(["{}", "", " \n", "{}"])] == [1, 4]
