"""Lines reach a real broker in order, and one that it will never take does not stop those behind it."""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from connectors.connector import Partner
from connectors.delivery import deliver
from connectors.lines import Line
from connectors.outbox import Outbox
from connectors.publisher import Publisher
from schemas import topics
from schemas.control import QuarantinedMessage
from schemas.envelope import System
from schemas.wire import decode_contract
from tests.connectors.running import Published, make_topics, published


def never() -> bool:
    return False


def line(topic: str, key: str, value: bytes) -> Line:
    return Line(topic, key.encode(), value, (("ce_id", key.encode()),))


def test_a_line_too_large_for_its_topic_goes_to_quarantine_in_its_place(
    kafka: str, tmp_path: Path, topic_prefix: str
) -> None:
    partner = Partner(name=f"{topic_prefix}small", system=System.LOGISTICS)
    make_topics(kafka, f"{topic_prefix}other")  # which makes the quarantine too
    topic = topics.inbound("logistics", partner.name)
    small = NewTopic(topic, 1, 1, config={"max.message.bytes": "2000"})
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([small])[topic].result(30)
    outbox, publisher = Outbox(tmp_path / "outbox"), Publisher(kafka, {"compression.type": "none"})
    outbox.add(line(topic, "first", b"x"))
    outbox.add(line(topic, "large", b"x" * 100_000))
    outbox.add(line(topic, "last", b"x"))
    while deliver(outbox, publisher, partner, never):
        pass
    assert outbox.backlog().lines == 0
    found = published(kafka, topic, lambda found: len(found) >= 2)
    assert [message.key for message in found] == ["first", "last"]

    def ours(found: list[Published]) -> list[QuarantinedMessage]:
        entries = [decode_contract(QuarantinedMessage, message.value) for message in found]
        return [entry for entry in entries if entry.partner == partner.name]

    entries = published(kafka, topics.QUARANTINE, lambda found: bool(ours(found)))
    assert [entry.reason for entry in ours(entries)] == ["too_large"]
    publisher.close()
    outbox.close()


def test_a_topic_that_does_not_exist_is_told(kafka: str, topic_prefix: str) -> None:
    inbound = make_topics(kafka, f"{topic_prefix}there")
    publisher = Publisher(kafka, {})
    assert publisher.missing_topics((inbound, "v2v.in.nobody")) == ("v2v.in.nobody",)
    publisher.close()


def test_lines_for_a_topic_that_is_gone_stay_in_the_outbox(
    kafka: str, tmp_path: Path, topic_prefix: str
) -> None:
    partner = Partner(name="gone", system=System.LOGISTICS)
    outbox, publisher = Outbox(tmp_path / "outbox"), Publisher(kafka, {})
    outbox.add(line(f"{topic_prefix}gone", "a", b"x"))
    assert not deliver(outbox, publisher, partner, never)
    assert outbox.backlog().lines == 1
    assert publisher.trouble is not None
    assert "UNKNOWN_TOPIC" in publisher.trouble.upper()
    publisher.close()
    outbox.close()


def test_nobody_at_the_brokers_address_is_no_missing_topic(tmp_path: Path) -> None:
    outbox, publisher = Outbox(tmp_path / "outbox"), Publisher("127.0.0.1:9", {})
    assert publisher.missing_topics(("a",), patience=0.5) is None
    outbox.add(line("a", "a", b"x"))
    asked = iter([False, False, True])
    partner = Partner(name="gone", system=System.LOGISTICS)
    assert not deliver(outbox, publisher, partner, lambda: next(asked, True))
    assert outbox.backlog().lines == 1
    publisher.close()
    outbox.close()


@pytest.mark.parametrize("setting", ["acks", "enable.idempotence", "partitioner"])
def test_the_promise_cannot_be_set_away(setting: str) -> None:
    from connectors.publisher import producer_config

    assert producer_config("a:1", {setting: "none", "linger.ms": "9"})[setting] != "none"
    assert producer_config("a:1", {"linger.ms": "9"})["linger.ms"] == "9"
