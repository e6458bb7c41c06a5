"""Files of lines and what the topics hold: export, publish and replay, each bounded and with progress."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from confluent_kafka import TIMESTAMP_NOT_AVAILABLE, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from console import outputs
from console.reading import Progress, bounded
from console.trouble import Trouble
from schemas import topics
from schemas.control import Tick
from schemas.json_form import canonical
from schemas.line_ids import ids_of
from schemas.lines import Arrival, BadLine, arrivals, parsed, to_line
from schemas.wire import SchemaIds, WireError, WireMessage, decode_contract
from streams.replay import Replay

KINDS = ("inbound", "events", "records", "alerts", "quarantine", "waiting")


def inbound_topics(partners: Iterable[tuple[str, str]]) -> list[str]:
    """Every topic through which something enters the pure chain."""
    sources = sorted({topics.inbound(system, partner) for system, partner in partners})
    return [*sources, topics.RELEASED, topics.ACTIONS, topics.TICKS]


def alert_topics() -> list[str]:
    """The alert topics of all hazards."""
    return [topics.alerts(hazard) for hazard in topics.HAZARDS]


def wire(message: Message) -> WireMessage:
    """A message of the log as our folds take it."""
    headers: Any = message.headers() or ()
    said = tuple((name, content or b"") for name, content in headers)
    kind, at = message.timestamp()
    published = None if kind == TIMESTAMP_NOT_AVAILABLE else at * 1000
    return WireMessage(message.key(), message.value(), said, published)


def read_inbound(
    brokers: str,
    partners: Iterable[tuple[str, str]],
    librdkafka: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Iterator[Arrival]:
    """Everything that has entered the pure chain so far."""
    names = inbound_topics(partners)
    for message in bounded(brokers, names, librdkafka=librdkafka, progress=progress):
        yield message.topic() or "", wire(message)


def read_latest(
    brokers: str,
    names: list[str],
    librdkafka: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> dict[str, dict[str, bytes]]:
    """The last value under each key of each topic."""
    latest: dict[str, dict[str, bytes]] = {name: {} for name in names}
    for message in bounded(brokers, names, librdkafka=librdkafka, progress=progress):
        kept, key, value = (
            latest[message.topic() or ""],
            (message.key() or b"").decode(),
            message.value(),
        )
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = value
    return latest


def export_lines(
    kind: str,
    brokers: str,
    partners: Iterable[tuple[str, str]],
    *,
    history: bool = False,
    librdkafka: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    ids: SchemaIds | None = None,
) -> Iterator[str]:
    """The lines of one kind of export."""
    if kind == "inbound":
        for topic, arrived in read_inbound(brokers, partners, librdkafka, progress):
            yield canonical(to_line(topic, arrived, ids=ids))
    elif kind == "events":
        seen: dict[str, str] = {}
        for message in bounded(brokers, [topics.EVENTS], librdkafka=librdkafka, progress=progress):
            line = to_line(topics.EVENTS, wire(message))
            line["v2vcourse"] = (message.key() or b"").decode()
            seen[f"{line['v2vcourse']}/{line.get('id')}"] = canonical(line)
        yield from (seen[key] for key in sorted(seen))
    elif kind == "alerts" and history:
        names = alert_topics()
        issued = bounded(brokers, names, librdkafka=librdkafka, progress=progress)
        yield from outputs.history_lines(m.value() or b"" for m in issued if m.value())
    else:
        names = {
            "records": [topics.RECORDS],
            "alerts": alert_topics(),
            "quarantine": [topics.QUARANTINE],
            "waiting": [topics.WAITING],
        }[kind]
        yield from lines_of(kind, read_latest(brokers, names, librdkafka, progress))


def lines_of(kind: str, latest: outputs.Latest) -> list[str]:
    """The lines of what stands under the keys of the outgoing topics."""
    match kind:
        case "records":
            return outputs.record_lines(latest)
        case "alerts":
            return outputs.alert_lines(latest)
        case "quarantine":
            return outputs.quarantine_lines(latest)
        case _:
            return outputs.waiting_lines(latest)


def write(path: Path, lines: Iterable[str]) -> int:
    """Write lines to a file that appears whole or not at all; how many there were."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    count = 0
    with part.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(line + "\n")
            count += 1
    part.replace(path)
    return count


def read_file(path: Path) -> Iterator[Arrival]:
    """The messages of an inbound file; one clear error for a line that cannot be read."""
    _demand_file(path)
    try:
        with path.open("rb") as file:
            yield from arrivals(file)
    except BadLine as wrong:
        raise Trouble(f"{path}: {wrong}", "mend the line, or leave it out") from wrong


def _demand_file(path: Path) -> None:
    if not path.is_file():
        raise Trouble(f"{path} is no file", "name a file of 'v2v export inbound'")


def newest_tick(brokers: str, librdkafka: Mapping[str, Any] | None = None) -> datetime | None:
    """The greatest of the last ticks of all partitions; None where there are none."""
    newest: datetime | None = None
    for message in bounded(brokers, [topics.TICKS], librdkafka=librdkafka, last=4):
        now = decode_contract(Tick, message.value()).now
        newest = now if newest is None else max(newest, now)
    return newest


def ids_of_file(path: Path) -> SchemaIds | None:
    """A registry's ids as an inbound file shows them; None where it shows none."""
    _demand_file(path)
    try:
        with path.open("rb") as file:
            framed = [line for _, line in parsed(file) if "v2vschemaid" in line]
        return ids_of(framed) if framed else None
    except BadLine as wrong:
        raise Trouble(f"{path}: {wrong}", "mend the line, or leave it out") from wrong


def publish(
    brokers: str,
    lines: Iterable[Arrival],
    librdkafka: Mapping[str, Any] | None = None,
) -> dict[str, int]:
    """Put messages onto their topics, all acknowledged; how many for each topic."""
    producer = Producer(
        {
            **(librdkafka or {}),
            "bootstrap.servers": brokers,
            "partitioner": "murmur2_random",
            "enable.idempotence": True,
            "message.max.bytes": topics.LARGEST_MESSAGE,
            "log_level": 0,
        }
    )
    failed: list[str] = []

    def heard(error: Any, message: Message) -> None:
        if error is not None:
            failed.append(f"{message.topic()}: {error.str()}")

    counts: dict[str, int] = {}
    ticked = _partitions(producer, topics.TICKS)
    for topic, message in lines:
        for place in _places(topic, message, ticked):
            more: dict[str, Any] = {} if place is None else {"partition": place}
            _produce(producer, topic, message, heard, more)
        counts[topic] = counts.get(topic, 0) + 1
    left = producer.flush(60)
    if left:
        raise Trouble(f"{left} message(s) were not taken in a minute", "see 'v2v doctor'")
    if failed:
        raise Trouble(
            f"{len(failed)} message(s) were not taken; first {failed[0]}", "see 'v2v doctor'"
        )
    return counts


def demand_topics(client: AdminClient, wanted: set[str]) -> None:
    """Refuses to publish to a topic that is not there; one clear error names it."""
    missing = wanted - set(client.list_topics(timeout=15).topics)
    if missing:
        raise Trouble(
            f"topic {min(missing)} does not exist",
            "name its partner in V2V_PARTNERS and run 'v2v topics apply'",
        )


def _places(topic: str, message: WireMessage, partitions: int) -> list[int | None]:
    """A tick of a file counts for all partitions; one that came from a partition goes there again."""
    if topic != topics.TICKS:
        return [None]
    try:
        partition = decode_contract(Tick, message.value).partition
    except WireError:
        return [None]
    return [partition] if 0 <= partition < partitions else list(range(partitions))


def _partitions(producer: Producer, topic: str) -> int:
    try:
        return len(producer.list_topics(topic, timeout=15).topics[topic].partitions)
    except KafkaException as error:
        raise Trouble(f"no broker answers: {error.args[0].str()}", "see 'v2v doctor'") from error


def _produce(
    producer: Producer, topic: str, message: WireMessage, heard: Any, more: dict[str, Any]
) -> None:
    while True:
        try:
            producer.produce(
                topic,
                message.value,
                message.key,
                headers=list(message.headers),
                on_delivery=heard,
                **more,
            )
            producer.poll(0)
            return
        except BufferError:
            producer.poll(0.1)


def replay_to(folder: Path, lines: Iterable[Arrival], ids: SchemaIds | None = None) -> Replay:
    """Take an inbound file through the whole pure chain, and write what leaves it."""
    replay = Replay(ids)
    replay.take_all(lines)
    for kind in ("records", "alerts", "quarantine", "waiting"):
        write(folder / f"{kind}.jsonl", lines_of(kind, replay.latest))
    write(folder / "alerts-history.jsonl", outputs.history_lines(replay.alerts))
    return replay
