"""The example producers run as they stand, and what they send is believed."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from confluent_kafka.admin import AdminClient, NewTopic

from schemas import topics
from schemas.envelope import Event
from schemas.wire import decode
from streams.registry import RegistrySchemaIds
from tests.connectors.running import published

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "schemas" / "avsc" / "laboratory.ResultReported.avsc"
PRODUCERS = ROOT / "docs" / "producers"


def sent_by(program: str, kafka: str, partner: str, **more: str) -> str:
    """Run a program as a partner would, beside nothing of ours; the id that it says."""
    admin = AdminClient({"bootstrap.servers": kafka})
    for made in admin.create_topics([NewTopic(topics.inbound("lims", partner), 1, 1)]).values():
        made.result(30)
    done = subprocess.run(
        [sys.executable, "-P", PRODUCERS / program, SCHEMA],
        env={"PATH": os.environ["PATH"], "V2V_BROKERS": kafka, "V2V_PARTNER": partner, **more},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def received(kafka: str, partner: str, event_id: str, registry: str | None = None) -> Event:
    (message,) = published(kafka, topics.inbound("lims", partner), bool)
    assert message.key == event_id
    if registry is None:
        return decode(message.value, message.headers.items()).event
    with closing(RegistrySchemaIds.at(registry)) as ids:
        return decode(message.value, message.headers.items(), ids=ids).event


def test_the_producer_for_a_plain_cluster_is_understood(kafka: str, topic_prefix: str) -> None:
    partner = f"{topic_prefix}lab"
    event = received(kafka, partner, sent_by("plain_cluster.py", kafka, partner))
    assert event.type_name() == "laboratory.ResultReported"
    assert event.partner == partner


def test_the_producer_with_a_registry_is_understood(
    kafka: str, registry: str, topic_prefix: str
) -> None:
    partner = f"{topic_prefix}lab"
    said = sent_by("with_registry.py", kafka, partner, V2V_REGISTRY=registry)
    event = received(kafka, partner, said, registry)
    assert event.type_name() == "laboratory.ResultReported"
