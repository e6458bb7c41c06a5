"""Laws of the wire: what is written is read, by us and by any Avro library, and nothing else is believed."""

from __future__ import annotations

import io
import itertools
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas import avsc, wire, wire_schemas
from schemas.catalogue import CONTRACTS, EVENTS
from schemas.collection import CollectionCompleted
from schemas.contract import Contract, Text
from schemas.control import QuarantinedMessage, Tick
from schemas.derivation import derive, text
from schemas.envelope import Event, Identifier, Scheme, System
from schemas.reasons import Reason
from schemas.transport import ConditionRead, Reading
from schemas.wire import (
    LIMIT,
    Decoded,
    WireError,
    Writer,
    decode,
    decode_contract,
    decode_trusted,
    digest_of,
    encode,
    encode_contract,
    fingerprint,
    to_message,
    writer_of,
)
from schemas.wire_schemas import current_writer
from tests.schemas.strategies import any_of

EVENT_ID = UUID("0f4d4f6e-4d57-5d0e-9f0c-5a2f3c1b7e11")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
COLLECTED = CollectionCompleted(
    event_id=EVENT_ID,
    coi="CHA999926ABC123",
    identifiers=(Identifier(scheme=Scheme.DIN, value="A999926123456"),),
    occurred_at=NOON,
    system=System.CLINIC,
    partner="clinic-a",
    ended_at=NOON,
    volume=212.5,
)

any_event = st.sampled_from(EVENTS).flatmap(any_of)


class Ids:
    """A registry's ids, in the order of the catalogue."""

    def __init__(self, *further: Writer) -> None:
        self.names = [event.type_name() for event in EVENTS]
        self.further = further

    def id_of(self, type_name: str) -> int:
        return self.names.index(type_name) + 1

    def writer(self, schema_id: int) -> Writer | None:
        if 1 <= schema_id <= len(self.names):
            return current_writer(self.names[schema_id - 1])
        return dict(enumerate(self.further, start=1000)).get(schema_id)


def refusal(value: bytes | None, headers: Any = (), ids: Ids | None = None) -> WireError:
    with pytest.raises(WireError) as caught:
        decode(value, headers, ids=ids)
    return caught.value


def confluent(schema_id: int, body: bytes) -> bytes:
    return b"\x00" + schema_id.to_bytes(4, "big") + body


# ---------------------------------------------------------------------------------------- round trips


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.type_name())
def test_every_event_comes_back_as_it_went(kind: type[Event]) -> None:
    @settings(max_examples=15, deadline=None)
    @given(any_of(kind))
    def comes_back(event: Event) -> None:
        message, framed = to_message(event), to_message(event, ids=Ids())
        single, registered = (
            decode(message.value, message.headers),
            decode(framed.value, framed.headers, ids=Ids()),
        )
        assert single.event == registered.event == event
        assert single == registered
        assert single.value == message.value == encode(event)
        assert single.digest == digest_of(event)

    comes_back()


@pytest.mark.parametrize("kind", CONTRACTS, ids=lambda kind: kind.__name__)
def test_what_is_read_without_checks_is_the_same_object(kind: type[Contract]) -> None:
    @settings(max_examples=10, deadline=None)
    @given(any_of(kind))
    def same(contract: Contract) -> None:
        trusted = decode_contract(kind, encode_contract(contract), trusted=True)
        assert trusted == contract == decode_contract(kind, encode_contract(contract))
        assert repr(trusted) == repr(contract)
        assert trusted.model_dump_json() == contract.model_dump_json()
        assert trusted.model_copy() == contract
        assert hash(trusted) == hash(contract)

    if kind is not QuarantinedMessage and "value" not in kind.model_fields:
        same()


@pytest.mark.parametrize("kind", CONTRACTS, ids=lambda kind: kind.__name__)
def test_our_writer_writes_what_fastavro_writes(kind: type[Contract]) -> None:
    @settings(max_examples=10, deadline=None)
    @given(any_of(kind))
    def alike(contract: Contract) -> None:
        theirs = io.BytesIO()
        fastavro.schemaless_writer(theirs, fastavro.parse_schema(derive(kind)), _plain(contract))
        assert encode_contract(contract)[10:] == theirs.getvalue()

    alike()


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return {name: _plain(held) for name, held in value.__dict__.items()}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def test_events_that_admission_has_checked_come_back_typed() -> None:
    event = decode_trusted(encode(COLLECTED))

    assert event == COLLECTED
    assert event.named(Scheme.DIN) == ("A999926123456",)
    assert isinstance(event.identifiers[0], Identifier)


# ------------------------------------------------------------------------------------- the two framings


def test_a_single_object_begins_as_the_specification_says() -> None:
    value = encode(COLLECTED)

    assert value[:2] == b"\xc3\x01"
    assert value[2:10] == fingerprint(derive(CollectionCompleted))


@pytest.mark.parametrize(
    ("schema", "crc"),
    [
        ("int", 0x7275D51A3F395C8F),
        ("string", 0x8F014872634503C7),
        ("null", 0x63DD24E7CC258F8A),
        ("bytes", 0x4FC016DAC3201965),
    ],
)
def test_fingerprints_are_those_of_the_avro_specification(schema: Any, crc: int) -> None:
    assert fingerprint(schema) == crc.to_bytes(8, "little")


def test_the_headers_say_what_the_message_is() -> None:
    message = to_message(COLLECTED)

    assert message.key == str(EVENT_ID).encode()
    assert dict(message.headers) == {
        "ce_specversion": b"1.0",
        "ce_id": str(EVENT_ID).encode(),
        "ce_source": b"/clinic/clinic-a",
        "ce_type": b"v2v.collection.CollectionCompleted",
        "ce_time": b"2026-03-01T12:00:00.000000Z",
        "ce_subject": b"CHA999926ABC123",
        "content-type": b"application/avro",
    }


def test_a_newer_partner_is_understood_as_far_as_we_know_the_words() -> None:
    newer = derive(CollectionCompleted)
    newer["fields"].append({"name": "colour", "type": ["null", "string"], "default": None})
    scheme = newer["fields"][2]["type"]["items"]["fields"][0]["type"]
    scheme["symbols"].insert(0, "PALLET")
    written = {**_plain(COLLECTED), "colour": "red"}
    written["identifiers"] = [{"scheme": "PALLET", "value": "17", "issuer": None}]
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(newer), written)

    event = decode(confluent(1000, body.getvalue()), ids=Ids(writer_of(newer))).event

    assert event.identifiers == (Identifier(scheme=Scheme.UNKNOWN_TO_READER, value="17"),)
    assert event.coi == COLLECTED.coi


def test_what_was_written_under_a_released_schema_is_read_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = derive(CollectionCompleted)
    older["fields"] = [f for f in older["fields"] if f["name"] not in ("volume", "bags", "site")]
    (tmp_path / "0.0.9").mkdir()
    (tmp_path / "0.0.9" / "collection.CollectionCompleted.avsc").write_text(text(older))
    body = io.BytesIO()
    fastavro.schemaless_writer(body, fastavro.parse_schema(older), _plain(COLLECTED))
    value = b"\xc3\x01" + fingerprint(older) + body.getvalue()
    assert refusal(value).reason is Reason.UNKNOWN_FINGERPRINT

    monkeypatch.setattr(avsc, "RELEASED", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(wire, "writers", wire_schemas.writers.__wrapped__)
        patch.setattr(avsc, "released", avsc.released.__wrapped__)
        decoded = decode(value)

    without_volume = COLLECTED.model_copy(update={"volume": None})
    assert decoded.event == without_volume
    assert decoded.digest == digest_of(without_volume)
    assert decoded.value == encode(without_volume)


def test_content_in_another_avro_layout_has_the_same_digest() -> None:
    reading = Reading(at=NOON, temperature=4.5)
    event = ConditionRead(
        event_id=EVENT_ID,
        occurred_at=NOON,
        system=System.LOGISTICS,
        partner="courier",
        readings=(reading, reading),
    )
    ours = encode(event)
    # Readings are the last field. Go's encoders write an array as blocks with a size: -count, bytes.
    size = (len(ours) - ours.rindex(b"\x04", 0, -2 * 13) - 2) // 2
    item = ours[-1 - size : -1]
    blocked = ours[: -2 - 2 * size] + b"\x03" + bytes([4 * size]) + item + item + b"\x00"

    assert blocked != ours
    assert decode(blocked).event == event
    assert decode(blocked).digest == decode(ours).digest


# --------------------------------------------------------------------------------------------- refusals


class Later(CollectionCompleted):
    """The event as a later release may know it."""

    remark: Text | None = None


def test_what_a_later_release_lets_an_event_say_changes_no_content_that_does_not_say_it() -> None:
    said = COLLECTED.model_dump()
    assert encode(Later(**said))[10:] == encode(COLLECTED)[10:] + b"\0"
    assert digest_of(Later(**said)) == digest_of(COLLECTED)
    assert digest_of(Later(**said, remark="more")) != digest_of(COLLECTED)


def test_an_empty_value_is_refused_as_such() -> None:
    assert refusal(None).reason is refusal(b"").reason is Reason.EMPTY_VALUE


def test_five_megabytes_are_too_large() -> None:
    assert refusal(encode(COLLECTED) + bytes(5_000_000)).reason is Reason.TOO_LARGE
    assert refusal(b"{" * (LIMIT + 1)).reason is Reason.TOO_LARGE


@pytest.mark.parametrize("value", [b"{}", b"\xc3\x01short", b"\x00\x00", b"Obj\x01"])
def test_a_value_in_no_framing_is_refused_as_such(value: bytes) -> None:
    wrong = refusal(value, ids=Ids())

    assert wrong.reason is Reason.UNKNOWN_FRAMING
    assert value[:2].hex(" ") in wrong.detail


def test_a_registry_id_without_a_registry_says_so() -> None:
    wrong = refusal(confluent(1, b"x"))

    assert wrong.reason is Reason.UNKNOWN_FRAMING
    assert "no registry is configured" in wrong.detail


def test_a_fingerprint_or_id_that_nobody_knows_is_refused() -> None:
    by_fingerprint = refusal(b"\xc3\x01" + bytes(8) + b"x")
    by_id = refusal(confluent(77, b"x"), ids=Ids())

    assert by_fingerprint.reason is by_id.reason is Reason.UNKNOWN_FINGERPRINT
    assert by_fingerprint.detail == "no schema is known for fingerprint 0000000000000000"
    assert by_id.detail == "no schema is known for registry id 77"


def test_a_type_outside_the_catalogue_is_refused() -> None:
    foreign = {"type": "record", "name": "v2v.weather.RainFell", "fields": []}

    by_header = refusal(encode(COLLECTED), [("ce_type", b"v2v.weather.RainFell")])
    by_schema = refusal(confluent(1000, b""), ids=Ids(writer_of(foreign)))
    no_event = refusal(encode_contract(Tick(now=NOON)))

    assert by_header.reason is by_schema.reason is no_event.reason is Reason.UNKNOWN_TYPE


def test_a_header_that_names_another_type_is_a_violation() -> None:
    wrong = refusal(encode(COLLECTED), [("ce_type", b"v2v.collection.CollectionFailed")])

    assert wrong.reason is Reason.SCHEMA_VIOLATION
    assert wrong.detail == (
        "ce_type is collection.CollectionFailed, the value is collection.CollectionCompleted"
    )


def test_a_body_that_is_cut_or_too_long_is_a_violation() -> None:
    assert refusal(encode(COLLECTED)[:-1]).reason is Reason.SCHEMA_VIOLATION
    assert refusal(encode(COLLECTED) + b"\x00").detail.startswith("1 bytes follow")


def test_what_the_contract_refuses_is_named_by_field_and_never_repeated() -> None:
    broken = COLLECTED.model_copy(update={"partner": "Anna Meier", "volume": -3.0})

    wrong = refusal(encode(broken))

    assert wrong.reason is Reason.CONTRACT_VIOLATION
    assert "partner: " in wrong.detail
    assert "'Aaaa Aaaaa'" in wrong.detail
    assert "volume: " in wrong.detail
    assert "found -3.0" in wrong.detail
    assert "Meier" not in wrong.detail


def test_a_deep_field_is_named_by_its_path() -> None:
    nameless = COLLECTED.identifiers[0].model_copy(update={"value": ""})
    broken = COLLECTED.model_copy(update={"identifiers": (nameless,)})

    assert refusal(encode(broken)).detail.startswith("identifiers.0.value: ")


def test_a_large_quarantine_entry_is_read_though_partners_may_not_send_as_much() -> None:
    entry = QuarantinedMessage(
        quarantine_id=EVENT_ID,
        reason="too_large",
        detail="",
        remedy="",
        stage="admission",
        topic="v2v.in.clinic.a",
        key=None,
        value=bytes(5_000_000),
    )

    assert decode_contract(QuarantinedMessage, encode_contract(entry)) == entry


# ------------------------------------------------------------------------------------------------- fuzz

SOUND = [encode(COLLECTED), to_message(COLLECTED, ids=Ids()).value or b""]


def read_or_refused(value: bytes) -> Decoded | None:
    """What was read; None where it was refused. Any other error fails the test."""
    with suppress(WireError):
        return decode(value, ids=Ids())
    return None


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda event, rest: b"\xc3\x01" + fingerprint(derive(event)) + rest,
            st.sampled_from(EVENTS[:8]),
            st.binary(max_size=200),
        ),
        st.builds(confluent, st.integers(0, 80), st.binary(max_size=200)),
    )
)
def test_random_bytes_are_refused_or_read_and_nothing_else_happens(value: bytes) -> None:
    read_or_refused(value)


@settings(max_examples=800, deadline=None)
@given(
    st.sampled_from(SOUND),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=4),
    st.integers(0, 20),
)
def test_mutated_messages_are_refused_or_read_and_nothing_else_happens(
    sound: bytes, changes: list[tuple[int, int]], cut: int
) -> None:
    value = bytearray(sound)
    for place, byte in changes:
        value[place % len(value)] = byte
    decoded = read_or_refused(bytes(value[: len(value) - cut]))
    if decoded is not None:
        assert decode(decoded.value) == decoded
        assert decode_trusted(decoded.value) == decoded.event


def test_every_single_byte_may_be_anything() -> None:
    for place, byte in itertools.product(range(len(SOUND[0])), range(0, 256, 5)):
        value = bytearray(SOUND[0])
        value[place] = byte
        read_or_refused(bytes(value))
