"""The schema ids of a registry that speaks as Confluent's does, each asked once and remembered.

It performs: the registry is asked over HTTP. A registry that cannot be reached is an outage, which
nobody's message is to blame for: reading then says so by an error of its own.
"""

from __future__ import annotations

import json

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from schemas.derivation import derive
from schemas.wire import Writer, writer_of
from schemas.wire_schemas import PREFIX, contract_named

NOT_FOUND = 404


class RegistryAway(Exception):
    """The registry has not answered; the message at hand waits for it."""


class RegistrySchemaIds:
    """`SchemaIds` of a real registry; the subject of a type is its full name."""

    def __init__(self, client: SchemaRegistryClient) -> None:
        self._client = client
        self._writers: dict[int, Writer | None] = {}
        self._ids: dict[str, int] = {}

    @classmethod
    def at(cls, url: str) -> RegistrySchemaIds:
        """The registry at an address, for example http://127.0.0.1:8081/apis/ccompat/v7."""
        return cls(SchemaRegistryClient({"url": url}))

    def close(self) -> None:
        """Let the connection go."""
        self._client.close()

    def writer(self, schema_id: int) -> Writer | None:
        """The schema of this id; None where the registry has none, or none that is Avro."""
        if schema_id not in self._writers:
            found = self._ask(schema_id)
            if found is None:
                return None
            self._writers[schema_id] = found
        return self._writers[schema_id]

    def id_of(self, type_name: str) -> int:
        """The id of the current schema of a type; it is registered where it is not yet."""
        if type_name not in self._ids:
            contract = contract_named(type_name)
            if contract is None:
                raise KeyError(type_name)
            schema = Schema(json.dumps(derive(contract)), "AVRO")
            self._ids[type_name] = self._client.register_schema(PREFIX + type_name, schema)
        return self._ids[type_name]

    def _ask(self, schema_id: int) -> Writer | None:
        try:
            schema = self._client.get_schema(schema_id)
        except SchemaRegistryError as error:
            if error.http_status_code == NOT_FOUND:
                return None
            raise RegistryAway(str(error)) from error
        except Exception as error:  # its client lets through whatever its HTTP library raises
            raise RegistryAway(str(error) or type(error).__name__) from error
        if schema.schema_type != "AVRO" or schema.schema_str is None:
            return None
        return writer_of(json.loads(schema.schema_str))
