"""A partner's own topics are read from where it was, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest
from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewPartitions, NewTopic

from connectors.doors.sources import kafka_source
from connectors.fetching import Fetching
from connectors.outbox import Outbox
from connectors.settings import ConnectorSettings, Misconfigured
from schemas import topics
from schemas.control import QuarantinedMessage
from schemas.laboratory import ResultReported
from schemas.wire import decode_contract, to_message
from tests.connectors.fetched import Fetched, settings
from tests.connectors.messages import departure
from tests.connectors.running import ConnectorProcess, make_topics, published
from tests.connectors.test_runner import holds, id_of, in_order
from tests.words import said


def make(kafka: str, name: str, partitions: int = 1) -> AdminClient:
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([NewTopic(name, partitions, 1)])[name].result(30)
    return admin


def send(kafka: str, topic: str, *values: bytes | None, key: bytes | None = None) -> None:
    producer = Producer({"bootstrap.servers": kafka, "enable.idempotence": True})
    for value in values:
        producer.produce(topic, value, key)
    assert producer.flush(30) == 0


@pytest.fixture
def connector(kafka: str, tmp_path: Path, topic_prefix: str) -> Iterator[ConnectorProcess]:
    process = ConnectorProcess(tmp_path, kafka, f"{topic_prefix}courier")
    make_topics(kafka, process.partner)
    process.more["V2V_CONNECTOR_SOURCE_TOPICS"] = f"{topic_prefix}theirs"
    make(kafka, f"{topic_prefix}theirs")
    yield process
    if process._process is not None:
        process.kill()


def theirs(connector: ConnectorProcess) -> str:
    return connector.more["V2V_CONNECTOR_SOURCE_TOPICS"]


def test_a_partners_messages_are_translated_in_their_order(connector: ConnectorProcess) -> None:
    send(connector.servers, theirs(connector), *(departure(n) for n in range(50)))
    connector.start()
    send(connector.servers, theirs(connector), *(departure(n) for n in range(50, 100)))
    topic = topics.inbound("logistics", connector.partner)
    found = published(connector.servers, topic, holds(100))
    expected = [id_of(n, connector.partner) for n in range(100)]
    assert {message.key for message in found} == set(expected)
    assert in_order(found, expected)


@pytest.mark.faults
def test_a_killed_connector_goes_on_where_it_was(connector: ConnectorProcess) -> None:
    connector.start()
    chance, died = random.Random(5), Event()

    def killer() -> None:
        while not died.wait(chance.uniform(0.1, 0.8)):
            connector.kill()
            connector.start()

    thread = Thread(target=killer)
    thread.start()
    try:
        for start in range(0, 400, 20):
            send(
                connector.servers,
                theirs(connector),
                *(departure(n) for n in range(start, start + 20)),
            )
    finally:
        died.set()
        thread.join()
    topic = topics.inbound("logistics", connector.partner)
    found = published(connector.servers, topic, holds(400))
    expected = [id_of(n, connector.partner) for n in range(400)]
    assert {message.key for message in found} == set(expected)
    assert in_order(found, expected)


def test_our_own_events_go_on_byte_for_byte(connector: ConnectorProcess) -> None:
    connector.more["V2V_CONNECTOR_SOURCE_CARRIES"] = "events"
    event = to_message(said(ResultReported, "SAMPLE:S-1", test="VIABILITY"))
    producer = Producer({"bootstrap.servers": connector.servers})
    producer.produce(theirs(connector), event.value, event.key, headers=list(event.headers))
    producer.produce(theirs(connector), b"\xff no Avro \x00", b"\xff\xfe")
    producer.produce(theirs(connector), None, b"tombstone")
    assert producer.flush(30) == 0
    connector.start()
    topic = topics.inbound("logistics", connector.partner)
    consumer = Consumer(
        {
            "bootstrap.servers": connector.servers,
            "group.id": topic,
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    consumer.subscribe([topic])
    messages: list[Message] = []
    while len(messages) < 3:
        messages += [m for m in consumer.consume(10, 1.0) if m.error() is None]
    consumer.close()
    carried = {m.key(): m for m in messages}
    assert carried[event.key].value() == event.value
    assert carried[event.key].headers() == list(event.headers)
    assert carried[b"\xff\xfe"].value() == b"\xff no Avro \x00"
    assert carried[b"tombstone"].value() is None


def test_what_is_too_large_or_empty_is_told_to_quarantine(connector: ConnectorProcess) -> None:
    connector.more["V2V_CONNECTOR_SIZE_LIMIT"] = "2000"
    send(connector.servers, theirs(connector), b"x" * 2001, None, departure(1))
    connector.start()
    published(connector.servers, topics.inbound("logistics", connector.partner), holds(1))

    def ours(found):
        entries = [decode_contract(QuarantinedMessage, m.value) for m in found]
        return {e.reason for e in entries if e.partner == connector.partner}

    published(
        connector.servers, topics.QUARANTINE, lambda f: ours(f) == {"too_large", "empty_value"}
    )


def fetched(kafka: str, folder: Path, *names: str) -> Fetched:
    stated = settings(folder, source_topics=names, source_brokers=kafka)
    return Fetched(Outbox(stated.outbox), Fetching(stated), shortened=0.1)


def run(one: Fetched, count: int) -> list[bytes]:
    async def story() -> list[bytes]:
        await one.until(lambda: len(one.bodies) >= count)
        return one.bodies

    try:
        return asyncio.run(story())
    finally:
        one.outbox.close()


def test_what_the_source_has_deleted_unread_is_told(
    kafka: str, tmp_path: Path, topic_prefix: str
) -> None:
    name = f"{topic_prefix}short"
    admin = make(kafka, name)
    send(kafka, name, b"one")
    assert run(fetched(kafka, tmp_path, name), 1) == [b"one"]
    send(kafka, name, b"two", b"three", b"four")
    (deleted,) = admin.delete_records([TopicPartition(name, 0, 3)]).values()
    deleted.result(30)
    again = fetched(kafka, tmp_path, name)
    assert run(again, 2) == [b"one", b"four"]
    assert again.fetching.kafka is not None
    assert again.fetching.kafka.missed == 2
    assert "deleted offsets 1 to 2" in again.complaints[0]


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(
    kafka: str, tmp_path: Path, topic_prefix: str
) -> None:
    name = f"{topic_prefix}anew"
    admin = make(kafka, name)
    send(kafka, name, b"one", b"two")
    run(fetched(kafka, tmp_path, name), 2)
    admin.delete_topics([name])[name].result(30)
    for _ in range(100):
        if name not in admin.list_topics(timeout=10).topics:
            break
    make(kafka, name)
    send(kafka, name, b"three")
    again = fetched(kafka, tmp_path, name)
    assert run(again, 3) == [b"one", b"two", b"three"]
    assert "begins anew" in again.complaints[0]


def test_new_partitions_are_read_too(
    kafka: str, tmp_path: Path, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.doors.kafka_source.LOOK_SECONDS", 0.2)
    name = f"{topic_prefix}wider"
    admin = make(kafka, name)
    one = fetched(kafka, tmp_path, name)

    async def story() -> list[bytes]:
        running = asyncio.create_task(one.until(lambda: len(one.bodies) >= 2))
        await asyncio.to_thread(send, kafka, name, b"one")
        await asyncio.to_thread(
            lambda: admin.create_partitions([NewPartitions(name, 2)])[name].result(30)
        )
        producer = Producer({"bootstrap.servers": kafka})
        await asyncio.to_thread(_to_second, producer, name)
        await running
        return one.bodies

    try:
        assert sorted(asyncio.run(story())) == [b"one", b"two"]
    finally:
        one.outbox.close()


def _to_second(producer: Producer, name: str) -> None:
    while len(producer.list_topics(name, timeout=10).topics[name].partitions) < 2:
        pass
    producer.produce(name, b"two", partition=1)
    assert producer.flush(30) == 0


def test_a_missing_topic_is_told_and_read_once_it_is_there(
    kafka: str, tmp_path: Path, topic_prefix: str
) -> None:
    name = f"{topic_prefix}later"
    made: list[AdminClient] = []
    one = fetched(kafka, tmp_path, name)

    def there() -> bool:
        if one.complaints and not made:
            made.append(make(kafka, name))
            send(kafka, name, b"one")
        return bool(one.bodies)

    try:
        asyncio.run(one.until(there))
        assert one.bodies == [b"one"]
    finally:
        one.outbox.close()
    assert "there is no topic" in one.complaints[0]


def test_wrong_settings_are_told(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"group\.id"):
        kafka_source(settings(tmp_path, source_topics="a", source_kafka={"group.id": "x"}))
    with pytest.raises(ValueError, match="is a topic of this pipeline"):
        settings(tmp_path, source_topics="theirs, v2v.events")
    stated: ConnectorSettings = settings(tmp_path, source_topics="a, b,")
    assert stated.source_topics == ("a", "b")
