"""The archives are those of the committed lists, and no others."""

from __future__ import annotations

import re

import pytest

from compose.jars import (
    KAFKA_LOCK,
    KAFKA_VERSION,
    REGISTRY_LOCK,
    REGISTRY_VERSION,
    fetched,
    locked,
)
from compose.trouble import CannotRun


def test_every_part_of_kafka_has_the_version_of_the_broker():
    versions = {jar.artifact: jar.version for jar in locked(KAFKA_LOCK) if "kafka" in jar.group}
    assert {"kafka_2.13", "kafka-clients", "kafka-raft", "kafka-storage"} <= versions.keys()
    assert set(versions.values()) == {KAFKA_VERSION}


def test_the_logging_binding_fits_the_logging_interface():
    [api, binding] = [
        next(jar for jar in locked(KAFKA_LOCK) if jar.artifact == name)
        for name in ("slf4j-api", "slf4j-simple")
    ]
    assert api.version == binding.version


@pytest.mark.parametrize("lock", [KAFKA_LOCK, REGISTRY_LOCK], ids=lambda lock: lock.name)
def test_every_archive_is_named_once_with_its_checksum_and_its_size(lock):
    archives = locked(lock)
    assert len({(each.group, each.artifact) for each in archives}) == len(archives)
    assert all(re.fullmatch("[0-9a-f]{64}", each.sha256) for each in archives)
    assert all(each.size > 0 for each in archives)


def test_the_registry_is_one_archive_of_its_version():
    [archive] = locked(REGISTRY_LOCK)
    assert (archive.version, archive.packaging) == (REGISTRY_VERSION, "tar.gz")


def test_an_archive_that_was_cut_short_is_refused_and_removed(tmp_path, monkeypatch):
    monkeypatch.setenv("V2V_CACHE", str(tmp_path))
    lock = tmp_path / "one.lock.toml"
    checksum = "0" * 64
    lock.write_text(
        '[[archive]]\ngroup = "org.slf4j"\nartifact = "slf4j-simple"\nversion = "1.7.36"\n'
        f'sha256 = "{checksum}"\nsize = 15333\n'
    )
    damaged = tmp_path / "maven/org/slf4j/slf4j-simple/1.7.36/slf4j-simple-1.7.36.jar"
    damaged.parent.mkdir(parents=True)
    damaged.write_bytes(b"half of a")
    with pytest.raises(CannotRun, match=r"slf4j-simple:1\.7\.36 .* run the same command again"):
        fetched(lock, "a jar")
    assert not damaged.exists()
