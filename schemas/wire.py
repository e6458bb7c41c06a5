"""How a contract travels: Avro in one of two framings, with CloudEvents headers beside it.

Without a registry a value is an Avro single object: C3 01, the CRC-64-AVRO fingerprint of its schema
(eight bytes), the body. With one it is framed as every registry client does: 00, the schema's id
(four bytes), the body. Readers take both. What cannot be read is a `WireError` with its reason, and
nothing else; a text that was found is described by its shape and never repeated, since it may be a
patient's. Pure: a registry is something handed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from io import BytesIO
from typing import Any, NamedTuple, TypeVar, cast

import fastavro
from fastavro.read import SchemaResolutionError
from pydantic import BaseModel, ValidationError

from schemas.envelope import Event
from schemas.json_form import rfc3339
from schemas.reasons import Reason
from schemas.violation import violation
from schemas.wire_body import Write, body_of, builder, many, part_writers, whole, writer
from schemas.wire_schemas import (
    PREFIX,
    SchemaIds,
    WireError,
    Writer,
    contract_named,
    contracts,
    current_fingerprint,
    fingerprint,
    type_name_of,
    writer_of,
    writers,
)

__all__ = [
    "LIMIT",
    "Decoded",
    "SchemaIds",
    "WireError",
    "WireMessage",
    "Writer",
    "body_of",
    "contracts",
    "decode",
    "decode_contract",
    "decode_trusted",
    "digest_of",
    "encode",
    "encode_contract",
    "encode_written",
    "fingerprint",
    "forget_recent",
    "many",
    "part_writers",
    "to_message",
    "type_name_of",
    "writer_of",
]

LIMIT = 1_000_000
"""The greatest value in bytes that we take from a partner."""

SINGLE_OBJECT = b"\xc3\x01"
REGISTRY = b"\x00"

Headers = Iterable[tuple[str, bytes | None]]
AnyContract = TypeVar("AnyContract", bound=BaseModel)

MALFORMED = (
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    SchemaResolutionError,
    TypeError,
    ValueError,
)
"""What fastavro raises on bytes that are not of the schema."""


@dataclass(frozen=True, slots=True)
class WireMessage:
    """A message as Kafka holds it."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    published_at: int | None = field(default=None, compare=False)
    """When the broker got it, in microseconds since 1970, where that is known."""


class Decoded(NamedTuple):
    """An event that was read, with what tells its content from another's."""

    event: Event
    digest: bytes
    """Sixteen bytes; equal for equal content, whatever framing or schema version carried it."""
    value: bytes
    """The event under the current schema, as `encode` writes it."""


# ------------------------------------------------------------------------------------------ writing


@cache
def _writing(contract: type[BaseModel]) -> tuple[bytes, Write]:
    return SINGLE_OBJECT + current_fingerprint(contract), writer(contract)


def encode_contract(contract: BaseModel) -> bytes:
    """Any contract as an Avro single object."""
    prefix, write = _writing(type(contract))
    return prefix + write(contract)


def encode_written(contract: type[BaseModel], written: Mapping[str, bytes]) -> bytes:
    """A contract whose every field has been written already, as `encode_contract` would write it."""
    return _writing(contract)[0] + whole(contract, written)


def encode(event: Event) -> bytes:
    """An event as an Avro single object."""
    return encode_contract(event)


def digest_of(event: Event) -> bytes:
    """What tells the content of this event from another's: the digest that `decode` gives."""
    return _digest(writer(type(event))(event))


def _digest(body: bytes) -> bytes:
    """What tells a content from another: the body without what is absent at its end.

    A later release may let an event say one thing more; who does not say it has said the same as before.
    Fields that are absent are written as zeros, and how many of them follow is known from what stands
    before; so two contents never become one.
    """
    return blake2b(body.rstrip(b"\0"), digest_size=16).digest()


def to_message(event: Event, *, ids: SchemaIds | None = None) -> WireMessage:
    """An event as it is sent: framed by the registry's id where there is a registry."""
    name = event.type_name()
    body = writer(type(event))(event)
    if ids is None:
        value = SINGLE_OBJECT + current_fingerprint(type(event)) + body
    else:
        value = REGISTRY + ids.id_of(name).to_bytes(4, "big") + body
    event_id = str(event.event_id).encode()
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", event_id),
        ("ce_source", f"/{event.system}/{event.partner}".encode()),
        ("ce_type", f"{PREFIX}{name}".encode()),
        ("ce_time", rfc3339(event.occurred_at).encode()),
    ]
    if event.coi is not None:
        headers.append(("ce_subject", event.coi.encode()))
    headers.append(("content-type", b"application/avro"))
    return WireMessage(event_id, value, tuple(headers))


# ------------------------------------------------------------------------------------------ reading


def decode(
    value: bytes | None, headers: Headers | None = (), *, ids: SchemaIds | None = None
) -> Decoded:
    """The event of a partner's message, checked against its contract."""
    if value is not None and len(value) > LIMIT:
        raise WireError(Reason.TOO_LARGE, f"{len(value)} bytes, the limit is {LIMIT}")
    written_by, start = _opened(value, headers or (), ids)
    contract = written_by.contract
    if contract is None or not issubclass(contract, Event):
        raise WireError(Reason.UNKNOWN_TYPE, f"{written_by.type_name} is no type of the catalogue")
    event = _checked(contract, _read(written_by, cast(bytes, value), start))
    prefix, write = _writing(contract)
    body = write(event)
    whole_value = prefix + body
    _remember(whole_value, event)
    return Decoded(event, _digest(body), whole_value)


def decode_contract(
    contract: type[AnyContract],
    value: bytes | None,
    *,
    ids: SchemaIds | None = None,
    trusted: bool = False,
) -> AnyContract:
    """A record, alert, tick or action from its value; `trusted` leaves out the checks."""
    written_by, start = _opened(value, (), ids)
    if written_by.contract is not contract:
        raise WireError(
            Reason.UNKNOWN_TYPE, f"found {written_by.type_name}, expected {type_name_of(contract)}"
        )
    read = _read(written_by, cast(bytes, value), start)
    return builder(contract)(read) if trusted else _checked(contract, read)


_RECENT: dict[bytes, Event] = {}
_MOST_RECENT = 256


def _remember(value: bytes, event: Event) -> None:
    """Keep the last few events that were read: a worker takes an event through several folds at once.

    An event is frozen, so that whoever reads the same bytes may have the same event.
    """
    if len(_RECENT) >= _MOST_RECENT:
        _RECENT.clear()  # in one step, whatever other threads read meanwhile
    _RECENT[value] = event


def forget_recent() -> None:
    """Read everything anew from here on; for whoever measures."""
    _RECENT.clear()


def decode_trusted(value: bytes, *, ids: SchemaIds | None = None) -> Event:
    """The event of a value that admission has checked before; its fields are not checked again."""
    recent = _RECENT.get(value)
    if recent is not None:
        return recent
    written_by, start = _opened(value, (), ids)
    contract = written_by.contract
    if contract is None or not issubclass(contract, Event):
        raise WireError(Reason.UNKNOWN_TYPE, f"{written_by.type_name} is no type of the catalogue")
    event: Event = builder(contract)(_read(written_by, value, start))
    _remember(value, event)
    return event


def _opened(value: bytes | None, headers: Headers, ids: SchemaIds | None) -> tuple[Writer, int]:
    """Which schema the value was written with, and where its body begins."""
    if not value:
        raise WireError(Reason.EMPTY_VALUE, "the message has no value")
    said = next((content for name, content in headers if name == "ce_type"), None)
    if value[:2] == SINGLE_OBJECT and len(value) >= 10:
        mark, start = f"fingerprint {value[2:10].hex()}", 10
        written_by = writers().get(value[2:10])
    elif value[:1] == REGISTRY and len(value) >= 5 and ids is not None:
        schema_id = int.from_bytes(value[1:5], "big")
        mark, start = f"registry id {schema_id}", 5
        written_by = ids.writer(schema_id)
    else:
        raise WireError(Reason.UNKNOWN_FRAMING, _framing_found(value, ids))
    named = None if said is None else said.decode("utf-8", "replace").removeprefix(PREFIX)
    if named is not None and contract_named(named) is None:
        raise WireError(Reason.UNKNOWN_TYPE, f"ce_type {named[:80]!r} is no type of the catalogue")
    if written_by is None:
        raise WireError(Reason.UNKNOWN_FINGERPRINT, f"no schema is known for {mark}")
    if named is not None and named != written_by.type_name:
        raise WireError(
            Reason.SCHEMA_VIOLATION, f"ce_type is {named}, the value is {written_by.type_name}"
        )
    return written_by, start


def _framing_found(value: bytes, ids: SchemaIds | None) -> str:
    if value[:1] == REGISTRY and len(value) >= 5 and ids is None:
        return "framed with a registry's schema id, and no registry is configured"
    return (
        f"{len(value)} bytes that begin with {value[:2].hex(' ')}; expected c3 01 and a "
        "fingerprint, or 00 and a registry's schema id"
    )


def _read(written_by: Writer, value: bytes, start: int) -> dict[str, Any]:
    stream = BytesIO(value)
    stream.seek(start)
    try:
        read = fastavro.schemaless_reader(stream, written_by.written, written_by.read_as)
    except MALFORMED as error:
        raise WireError(
            Reason.SCHEMA_VIOLATION,
            f"not a {written_by.type_name}: {type(error).__name__} near byte {stream.tell()}",
        ) from None
    if stream.tell() != len(value):
        rest = len(value) - stream.tell()
        raise WireError(Reason.SCHEMA_VIOLATION, f"{rest} bytes follow the {written_by.type_name}")
    return cast(dict[str, Any], read)


def _checked(contract: type[AnyContract], read: dict[str, Any]) -> AnyContract:
    try:
        return contract.model_validate(read)
    except ValidationError as error:
        raise WireError(Reason.CONTRACT_VIOLATION, violation(error)) from None
