"""Events framed by a real registry's ids are read again, also by somebody who never wrote them."""

from __future__ import annotations

import json

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from schemas.collection import CollectionCompleted
from schemas.wire import decode, encode, to_message
from streams.registry import RegistrySchemaIds
from tests.words import COURSE, at, said

JSON_SCHEMA = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}
COLLECTED = said(CollectionCompleted, "DIN:A999926123456", coi=COURSE, ended_at=at(1))


def test_an_event_goes_through_a_registry_and_comes_back(registry: str) -> None:
    with (
        SchemaRegistryClient({"url": registry}) as ours,
        SchemaRegistryClient({"url": registry}) as theirs,
    ):
        message = to_message(COLLECTED, ids=RegistrySchemaIds(ours))
        decoded = decode(message.value, message.headers, ids=RegistrySchemaIds(theirs))

    assert message.value is not None
    assert message.value[:1] == b"\x00"
    assert decoded.event == COLLECTED
    assert decoded.value == encode(COLLECTED)


def test_an_id_that_the_registry_has_not_given_and_a_schema_of_another_kind_are_unknown(
    registry: str, topic_prefix: str
) -> None:
    with SchemaRegistryClient({"url": registry}) as client:
        schema = Schema(json.dumps(JSON_SCHEMA), "JSON")
        other_kind = client.register_schema(f"{topic_prefix}json", schema)
        ids = RegistrySchemaIds(client)

        assert ids.writer(987_654) is None
        assert ids.writer(other_kind) is None
