"""Inbound messages as lines of a file: one CloudEvents JSON object for each message.

A message that can be read, and that is framed, keyed and addressed as `to_message` does, is written
with its content in words; every other one as type v2v.raw, with its bytes in base64. Either way the
message comes back byte for byte. Lines that people write may leave out what follows from the rest:
the envelope fills the content (id, time, source, subject). Pure.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any
from uuid import UUID

import orjson
from pydantic import BaseModel, ValidationError

from schemas import topics
from schemas.contract import in_utc
from schemas.control import AlertAction, Tick
from schemas.envelope import Event, event_id
from schemas.json_form import NotJson, as_json, canonical, from_json, rfc3339
from schemas.line_ids import OneId
from schemas.violation import violation
from schemas.wire import (
    SchemaIds,
    WireError,
    WireMessage,
    decode,
    decode_contract,
    encode_contract,
    to_message,
    type_name_of,
)
from schemas.wire_schemas import PREFIX, contract_named

__all__ = ["BadLine", "arrivals", "canonical", "from_line", "parsed", "to_line"]

Line = dict[str, Any]
Arrival = tuple[str, WireMessage]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

RAW = "v2v.raw"
PLATFORM = "/v2v"
CONTROL: dict[str, type[Tick] | type[AlertAction]] = {
    topics.TICKS: Tick,
    topics.ACTIONS: AlertAction,
}
"""What enters the pipeline besides events, by its topic."""


class BadLine(ValueError):
    """A line that is no inbound message, with what was found and how to mend it."""


# ------------------------------------------------------------------------------------------ writing


def to_line(topic: str, message: WireMessage, *, ids: SchemaIds | None = None) -> Line:
    """The line of a message; `from_line` gives the same message back, byte for byte."""
    try:
        if topic in CONTROL:
            return _control_line(topic, message) or _raw_line(topic, message)
        return _event_line(topic, message, ids) or _raw_line(topic, message)
    except (WireError, NotJson):
        return _raw_line(topic, message)


def _event_line(topic: str, message: WireMessage, ids: SchemaIds | None) -> Line | None:
    event = decode(message.value, message.headers, ids=ids).event
    schema_id = None
    if message.value is not None and message.value[:1] == b"\x00":
        schema_id = int.from_bytes(message.value[1:5], "big")
    if message != _event_message(event, schema_id):
        return None
    line: Line = {
        "specversion": "1.0",
        "id": str(event.event_id),
        "source": f"/{event.system}/{event.partner}",
        "type": PREFIX + event.type_name(),
        "time": rfc3339(event.occurred_at),
    }
    if event.coi is not None:
        line["subject"] = event.coi
    if topic != topics.inbound(event.system, event.partner):
        line["v2vtopic"] = topic
    if schema_id is not None:
        line["v2vschemaid"] = schema_id
    return {**line, "datacontenttype": "application/json", "data": as_json(event)}


def _control_line(topic: str, message: WireMessage) -> Line | None:
    said = decode_contract(CONTROL[topic], message.value)
    if message.key is None or message.headers or message.value != encode_contract(said):
        return None
    key = message.key.decode("utf-8", "replace")
    if key.encode() != message.key:
        return None
    line: Line = {
        "specversion": "1.0",
        "id": _control_id(said),
        "source": PLATFORM,
        "type": PREFIX + type_name_of(type(said)),
        "time": rfc3339(said.now if isinstance(said, Tick) else said.acted_at),
        "v2vtopic": topic,
    }
    if key != _control_key(said):
        line["v2vkey"] = key
    return {**line, "datacontenttype": "application/json", "data": as_json(said)}


def _raw_line(topic: str, message: WireMessage) -> Line:
    headers = [[name, _base64(content)] for name, content in message.headers]
    line: Line = {
        "specversion": "1.0",
        "source": PLATFORM,
        "type": RAW,
        "v2vtopic": topic,
        "key_base64": _base64(message.key),
        "data_base64": _base64(message.value),
        "headers": headers,
    }
    if message.published_at is not None:
        line["v2vpublished"] = rfc3339(_EPOCH + timedelta(microseconds=message.published_at))
    return {**line, "id": blake2b(canonical(line).encode(), digest_size=16).hexdigest()}


def _base64(content: bytes | None) -> str | None:
    return None if content is None else b64encode(content).decode()


def _control_id(said: Tick | AlertAction) -> str:
    return (
        f"{rfc3339(said.now)}/{said.partition}" if isinstance(said, Tick) else str(said.action_id)
    )


def _control_key(said: Tick | AlertAction) -> str:
    return str(max(said.partition, 0)) if isinstance(said, Tick) else said.key


# ------------------------------------------------------------------------------------------ reading


def parsed(lines: Iterable[str | bytes]) -> Iterator[tuple[int, Line]]:
    """The lines of a file as objects, with their numbers; empty lines are left out."""
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            line = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise BadLine(f"line {number}: not JSON: {error}") from None
        if not isinstance(line, dict):
            raise BadLine(f"line {number}: found {type(line).__name__}, expected a JSON object")
        yield number, line


def arrivals(lines: Iterable[str | bytes]) -> Iterator[Arrival]:
    """The messages of an inbound file, each with its topic; an error names its line."""
    for number, line in parsed(lines):
        try:
            yield from_line(line)
        except BadLine as error:
            raise BadLine(f"line {number}: {error}") from None


def from_line(line: Line) -> Arrival:
    """The topic and the message of a line."""
    name = _wanted(line, "type").removeprefix(PREFIX)
    if PREFIX + name == RAW:
        return _wanted(line, "v2vtopic"), _raw_message(line)
    contract = contract_named(name)
    if contract is not None and contract in CONTROL.values():
        return _control_message(line, contract)
    if contract is None or not issubclass(contract, Event):
        raise BadLine(f"type: {name!r} is no event type (v2v catalogue events lists them)")
    event = _content(contract, _completed(line, name))
    schema_id = line.get("v2vschemaid")
    if schema_id is not None and not (isinstance(schema_id, int) and 0 <= schema_id < 2**32):
        raise BadLine("v2vschemaid: not the id of a schema")
    topic = _text(line, "v2vtopic", topics.inbound(event.system, event.partner))
    return topic, _event_message(event, schema_id)


def _event_message(event: Event, schema_id: int | None) -> WireMessage:
    return to_message(event, ids=None if schema_id is None else OneId(schema_id))


def _control_message(line: Line, contract: type[BaseModel]) -> Arrival:
    said = _content(contract, line.get("data"))
    assert isinstance(said, Tick | AlertAction)
    topic = next(topic for topic, kind in CONTROL.items() if kind is type(said))
    key = _text(line, "v2vkey", _control_key(said))
    return _text(line, "v2vtopic", topic), WireMessage(key.encode(), encode_contract(said))


def _raw_message(line: Line) -> WireMessage:
    try:
        headers = tuple((str(name), b64decode(held)) for name, held in line.get("headers", ()))
        key, value = (
            None if line.get(part) is None else b64decode(line[part], validate=True)
            for part in ("key_base64", "data_base64")
        )
    except (TypeError, ValueError) as error:
        raise BadLine(f"key_base64, data_base64 or headers: {error}") from None
    return WireMessage(key, value, headers, _published_at(line))


def _published_at(line: Line) -> int | None:
    """When the broker got the message; without it nobody could say when an unreadable one was sent."""
    if "v2vpublished" not in line:
        return None
    text = _wanted(line, "v2vpublished")
    try:
        return (in_utc(datetime.fromisoformat(text)) - _EPOCH) // timedelta(microseconds=1)
    except ValueError:
        raise BadLine(
            f"v2vpublished: found {text!r}, expected a time such as 2026-03-02T10:00:00Z"
        ) from None


def _completed(line: Line, type_name: str) -> dict[str, Any]:
    """The content of an event line, with what the envelope says filled in."""
    data = line.get("data")
    if not isinstance(data, dict):
        raise BadLine("data: missing, or no JSON object")
    said: dict[str, Any] = {}
    source = line.get("source")
    if isinstance(source, str):
        parts = source.strip("/").split("/")
        if len(parts) == 2:
            said["system"], said["partner"] = parts
    if "subject" in line:
        said["coi"] = line["subject"]
    if "time" in line:
        said["occurred_at"] = line["time"]
    whole = {**said, **data}
    if "event_id" not in whole and "id" in line:
        whole["event_id"] = _id_of(str(line["id"]), whole, type_name)
    return whole


def _id_of(given: str, whole: dict[str, Any], type_name: str) -> UUID:
    """An id that is no UUID is the partner's own key of the record."""
    try:
        return UUID(given)
    except ValueError:
        return event_id(str(whole.get("system")), str(whole.get("partner")), given, type_name)


def _content(contract: type[BaseModel], fields: Any) -> Any:
    if not isinstance(fields, dict):
        raise BadLine("data: missing, or no JSON object")
    try:
        return from_json(contract, fields)
    except ValidationError as error:
        raise BadLine(f"data: {violation(error)}") from None
    except (ValueError, OverflowError) as error:
        raise BadLine(f"data: {error}") from None


def _wanted(line: Line, name: str) -> str:
    value = line.get(name)
    if not isinstance(value, str) or not value:
        raise BadLine(f"{name}: missing")
    return value


def _text(line: Line, name: str, otherwise: str) -> str:
    return _wanted(line, name) if name in line else otherwise
