"""A local registry comes up, keeps what is registered, and judges compatibility."""

from __future__ import annotations

import json

import pytest
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient

from compose.registry import LocalRegistry, registry_for
from compose.trouble import CannotRun

pytestmark = pytest.mark.registry


def schema(*fields: dict[str, str]) -> Schema:
    return Schema(json.dumps({"type": "record", "name": "Said", "fields": fields}), "AVRO")


COI = {"name": "coi", "type": "string"}
SITE = {"name": "site", "type": "string"}


def test_it_keeps_what_was_registered_until_it_is_wiped(tmp_path, monkeypatch):
    monkeypatch.delenv("V2V_REGISTRY", raising=False)
    registry = LocalRegistry(tmp_path / "registry")
    try:
        first = registry.up()
        with SchemaRegistryClient({"url": first}) as client:
            client.register_schema("said-value", schema(COI))
        registry.down()
        assert not registry.status().running
        with (
            registry_for(tmp_path / "registry") as again,
            SchemaRegistryClient({"url": again}) as client,
        ):
            assert client.get_subjects() == ["said-value"]
        assert not registry.status().running
    finally:
        registry.wipe()
    assert not (tmp_path / "registry").exists()


def test_it_refuses_a_field_without_which_old_readers_would_stop(registry, topic_prefix):
    subject = f"{topic_prefix}said-value"
    with SchemaRegistryClient({"url": registry}) as client:
        client.register_schema(subject, schema(COI))
        client.set_compatibility(subject, "FULL_TRANSITIVE")
        assert client.test_compatibility(subject, schema(COI, {**SITE, "default": ""}))
        assert not client.test_compatibility(subject, schema(COI, SITE))


def test_where_a_registry_is_named_nothing_is_started(tmp_path, monkeypatch):
    monkeypatch.setenv("V2V_REGISTRY", "http://registry.example/apis/ccompat/v7")
    with registry_for(tmp_path / "registry") as url:
        assert url == "http://registry.example/apis/ccompat/v7"
    assert not (tmp_path / "registry").exists()


def test_a_folder_that_holds_something_else_is_not_removed(tmp_path):
    with pytest.raises(CannotRun, match="holds no local registry; nothing was removed"):
        LocalRegistry(tmp_path).wipe()
