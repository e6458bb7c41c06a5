"""A CloudEvent is one message whatever mode carried it, and hands over what it carries unchanged."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import load
from connectors.cloudevents import BATCH, STRUCTURED, NoCloudEvent, messages, opened
from connectors.connector import (
    Connector,
    Decision,
    Ignored,
    Mapped,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from connectors.pseudonyms import Withheld
from connectors.understand import understand
from schemas.envelope import System
from schemas.reasons import Reason
from tests.connectors.messages import departure

ATTRIBUTES = {"specversion": "1.0", "id": "1", "source": "/lab", "type": "org.example.result"}
BINARY = [(f"ce-{name}", value) for name, value in ATTRIBUTES.items()]
COURIER = Partner(name="courier", system=System.LOGISTICS)

texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)


def sent(body: bytes, media: str, *headers: tuple[str, str]) -> tuple[bytes, ...] | None:
    return messages((("Content-Type", media), *headers), body)


@given(data=st.binary(min_size=1), id=texts, source=texts)
def test_what_binary_mode_carries_is_what_was_sent(data: bytes, id: str, source: str) -> None:
    stated = [*BINARY[:1], ("ce-id", quote(id)), ("ce-source", quote(source)), BINARY[3]]
    found = sent(data, "application/octet-stream", *stated)
    assert found is not None
    event = opened(Raw("", found[0]))
    assert event is not None
    assert (event.data, event.attributes["id"], event.attributes["source"]) == (data, id, source)


def test_two_events_with_the_same_data_are_two_messages() -> None:
    one = sent(b'{"order": 1}', "application/json", *BINARY)
    other = sent(b'{"order": 1}', "application/json", *BINARY[:1], ("ce-id", "2"), *BINARY[2:])
    assert one is not None
    assert other is not None
    assert one != other
    assert sent(b'{"order": 1}', "application/json", *BINARY) == one


def test_structured_mode_is_kept_byte_for_byte() -> None:
    body = json.dumps(ATTRIBUTES | {"data": {"order": 1}}, indent=4).encode()
    assert sent(body, f"{STRUCTURED}; charset=utf-8") == (body,)


def test_a_batch_is_as_many_messages_as_it_holds() -> None:
    batch = [ATTRIBUTES | {"id": str(n)} for n in range(3)]
    found = sent(json.dumps(batch).encode(), BATCH)
    assert found is not None
    assert [json.loads(body) for body in found] == batch
    assert sent(b"[]", BATCH) == ()


@pytest.mark.parametrize(
    ("body", "media", "headers", "said"),
    [
        (b"{}", STRUCTURED, (), "specversion is missing"),
        (b"[]", STRUCTURED, (), "JSON object"),
        (b"{", STRUCTURED, (), "not JSON"),
        (b"{}", BATCH, (), "array"),
        (json.dumps([ATTRIBUTES, 7]).encode(), BATCH, (), "event 1 of the batch"),
        (json.dumps(ATTRIBUTES | {"specversion": "0.3"}).encode(), STRUCTURED, (), "1.0 is read"),
        (
            json.dumps(ATTRIBUTES | {"data": 1, "data_base64": "QQ=="}).encode(),
            STRUCTURED,
            (),
            "exclude each other",
        ),
        (b"<a/>", "application/cloudevents+xml", (), "are read as"),
        (b"x", "text/plain", BINARY[:1], "id is missing"),
        (b"{", "application/json", BINARY, "not JSON"),
        (b"x", "text/plain", [*BINARY, ("ce-data", "y")], "no attribute of binary mode"),
    ],
)
def test_what_is_no_cloudevent_is_told(body, media, headers, said) -> None:
    with pytest.raises(NoCloudEvent, match=said):
        sent(body, media, *headers)


def test_anything_else_is_left_to_the_connector() -> None:
    assert sent(b"MSH|", "text/plain") is None
    assert opened(Raw("", b'{"resourceType": "Patient"}')) is None
    assert opened(Raw("", b'{"specversion": "1.0"}')) is None
    assert opened(Raw("", b'MSH|^~\\&|"specversion"')) is None


def understood(body: bytes) -> tuple[Decision, ...]:
    return understand(load("logistics"), Raw("", body), COURIER, Withheld())


@pytest.mark.parametrize(
    "carried",
    [
        {"data": json.loads(departure(1))},
        {"data": departure(1).decode(), "datacontenttype": "text/plain"},
    ],
)
def test_the_message_inside_says_what_it_says_by_itself(carried: dict[str, object]) -> None:
    (alone,) = understood(departure(1))
    (within,) = understood(json.dumps(ATTRIBUTES | carried).encode())
    assert isinstance(within, Mapped)
    assert within == alone


def test_bytes_inside_that_are_no_base64_are_refused() -> None:
    (decision,) = understood(json.dumps(ATTRIBUTES | {"data_base64": "%"}).encode())
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.NOT_WELL_FORMED


def test_a_connector_of_notices_reads_the_envelope_but_not_around_another_format() -> None:
    heard: list[bytes] = []

    def translate(
        raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...]
    ) -> tuple[Decision, ...]:
        heard.append(raw.body)
        return (Ignored("heard"),)

    notices = Connector(System.ERP, "notices", translate, reads_cloudevents=True)
    whole = json.dumps(ATTRIBUTES | {"data": {"SalesOrder": "1"}}).encode()
    text = json.dumps(ATTRIBUTES | {"data": "<IDOC/>", "datacontenttype": "text/xml"}).encode()
    for body in (whole, text):
        understand(notices, Raw("", body), COURIER, Withheld())
    assert heard == [whole, b"<IDOC/>"]


def test_halves_inside_cloudevents_meet_as_they_are() -> None:
    heard: list[tuple[bytes, ...]] = []

    def translate(
        raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...]
    ) -> tuple[Decision, ...]:
        heard.append(tuple(half.body for half in companions))
        return (Ignored("heard"),)

    wrapped = json.dumps(ATTRIBUTES | {"data": {"half": 1}}).encode()
    halves = (Raw("", wrapped), Raw("", b'{"half":2}'))
    qms = Connector(System.QMS, "halves", translate)
    understand(qms, Raw("", b"{}"), COURIER, Withheld(), halves)
    assert heard == [(b'{"half":1}', b'{"half":2}')]
