"""TLS and SASL, on a broker that takes nothing else."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from compose.broker_properties import as_text
from compose.kafka import LocalKafka
from compose.processes import Node
from tests.engine.world import World, eventually
from tests.faults.engine_workers import free_port

PASSWORD = "open sesame"


class SecuredKafka(LocalKafka):
    """A local Kafka with one more door: TLS, and a name and a password."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.address = f"127.0.0.1:{free_port()}"
        self.certificate, self._key = self_signed()

    def _configure(self, nodes: list[Node]) -> None:
        super()._configure(nodes)
        path = self._properties(0)
        properties = dict(line.split("=", 1) for line in path.read_text().splitlines())
        for name in ("listeners", "advertised.listeners"):
            properties[name] += f",SECURED://{self.address}"
        properties["listener.security.protocol.map"] += ",SECURED:SASL_SSL"
        login = "org.apache.kafka.common.security.plain.PlainLoginModule required"
        door = {
            "sasl.enabled.mechanisms": "PLAIN",
            "plain.sasl.jaas.config": f'{login} user_worker="{PASSWORD}";',
            "ssl.keystore.type": "PEM",
            "ssl.keystore.certificate.chain": one_line(self.certificate),
            "ssl.keystore.key": one_line(self._key),
        }
        properties |= {f"listener.name.secured.{name}": value for name, value in door.items()}
        path.write_text(as_text(properties))


def self_signed() -> tuple[bytes, bytes]:
    """A certificate for this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(pem), private


def one_line(pem: bytes) -> str:
    return pem.decode().strip().replace("\n", "\\n")


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SecuredKafka, str]]:
    kafka = SecuredKafka(tmp_path_factory.mktemp("secured"))
    try:
        yield kafka, kafka.up(tied=True)
    finally:
        kafka.down()


@pytest.fixture
def inside(secured: tuple[SecuredKafka, str], topic_prefix: str, tmp_path: Path) -> World:
    """The app's surroundings, through the broker's back door."""
    world = World(secured[1], f"{topic_prefix}app", tmp_path / "data")
    world.make_topics(**{"in": 2, "quarantine": 2})
    return world


def through_the_door(kafka: SecuredKafka, tmp_path: Path, password: str) -> tuple[str, ...]:
    authority = tmp_path / "ca.pem"
    authority.write_bytes(kafka.certificate)
    settings = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "worker",
        "sasl.password": password,
        "ssl.ca.location": str(authority),
    }
    return ("--brokers", kafka.address, "--librdkafka", json.dumps(settings))


@pytest.mark.kafka
def test_every_client_of_a_worker_comes_in_by_tls_and_sasl(secured, inside: World, tmp_path: Path):
    """Consumer, producer and administrator count; the restore reader fills an empty disk."""
    options = through_the_door(secured[0], tmp_path, PASSWORD)
    keys = [f"k{number}" for number in range(10)]
    inside.send(*((key, b"x") for key in keys))
    with inside.worker("count", *options) as worker:
        eventually(lambda: inside.counts() == dict.fromkeys(keys, 1))
        assert worker.stop() == 0
    shutil.rmtree(worker.folder)
    inside.send(*((key, b"x") for key in keys))
    with inside.worker("count", *options):
        eventually(lambda: inside.counts() == dict.fromkeys(keys, 2))


@pytest.mark.kafka
def test_a_wrong_password_is_said(secured, inside: World, tmp_path: Path):
    options = through_the_door(secured[0], tmp_path, "guess")
    with inside.worker("topics_missing", *options) as worker:
        assert worker.ended() == 2
        assert "does not let this worker in" in worker.last_line()
        assert f"{secured[0].address}/bootstrap: SASL authentication error" in worker.last_line()
