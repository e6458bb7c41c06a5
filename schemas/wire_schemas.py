"""Which schema a message was written with: by its fingerprint, or by the id a registry gave it.

A schema that was released once stays readable for ever: the table holds the current schema of every
contract and every released one. Pure, but for the released schemas that come with the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import fastavro
from fastavro.schema import fingerprint as schema_fingerprint
from fastavro.schema import to_parsing_canonical_form
from pydantic import BaseModel

from schemas import avsc, catalogue
from schemas.derivation import Schema, derive
from schemas.reasons import Reason
from schemas.shape import qualified_name

PREFIX = "v2v."
"""What stands before a type name in Avro full names and in the CloudEvents type."""


class WireError(ValueError):
    """A message cannot be read; the reason is one of the closed list."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True, eq=False)
class Writer:
    """A schema that messages are written with, and how it is read today."""

    type_name: str
    contract: type[BaseModel] | None
    """None where the schema is of a type that the catalogue does not know."""
    written: Any
    """The schema of the bytes, parsed."""
    read_as: Any
    """The current schema, parsed; None where the bytes are of the current schema already."""


class SchemaIds(Protocol):
    """What a schema registry knows; the implementation asks it once per schema and remembers."""

    def writer(self, schema_id: int) -> Writer | None:
        """The schema of this id as `writer_of` prepares it; None where the registry has none."""

    def id_of(self, type_name: str) -> int:
        """The id of the current schema of a type."""


def contracts() -> tuple[type[BaseModel], ...]:
    """Every contract that goes over the wire, in the order of the catalogue."""
    return catalogue.CONTRACTS


def type_name_of(contract: type[BaseModel]) -> str:
    """The name of a contract on the wire, for example collection.CollectionCompleted."""
    return qualified_name(contract).removeprefix(PREFIX)


def fingerprint(schema: Schema) -> bytes:
    """The CRC-64-AVRO fingerprint of a schema's parsing canonical form, as it goes over the wire."""
    return bytes.fromhex(schema_fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))


@cache
def contract_named(type_name: str) -> type[BaseModel] | None:
    """The contract of this name, where there is one."""
    return {type_name_of(contract): contract for contract in contracts()}.get(type_name)


@cache
def current_fingerprint(contract: type[BaseModel]) -> bytes:
    """The fingerprint of a contract's current schema."""
    return fingerprint(derive(contract))


def writer_of(schema: Schema) -> Writer:
    """A schema made ready for reading what was written with it."""
    parsed: Any = fastavro.parse_schema(schema)
    type_name = str(parsed["name"]).removeprefix(PREFIX)
    contract = contract_named(type_name)
    if contract is None:
        return Writer(type_name, None, parsed, None)
    current = derive(contract)
    same = fingerprint(schema) == current_fingerprint(contract)
    return Writer(type_name, contract, parsed, None if same else fastavro.parse_schema(current))


def current_writer(type_name: str) -> Writer | None:
    """The current schema of a type as a writer; None where there is no such type."""
    contract = contract_named(type_name)
    return None if contract is None else writers()[current_fingerprint(contract)]


@cache
def writers() -> dict[bytes, Writer]:
    """Every writer we know by its fingerprint: the released ones, and the current ones before all."""
    known = [released.schema for released in avsc.released()]
    known += [derive(contract) for contract in contracts()]
    return {fingerprint(schema): writer_of(schema) for schema in known}
