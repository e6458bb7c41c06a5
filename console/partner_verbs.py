"""The verb for a partner's own question: what became of what we sent?"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from confluent_kafka import Consumer, Message, TopicPartition

from console import files, partner_report, settings, showing
from console.partner_report import Fate, Received
from console.reading import bounded, reader
from console.trouble import Trouble
from schemas import topics
from schemas.envelope import System
from schemas.reasons import REMEDIES, Reason

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
WORKERS = "v2v"
"""The group in which the workers read."""


def attach(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(partner, name="partner")


partner = typer.Typer(no_args_is_help=True, help="What became of what a partner sent.")


@partner.command("check")
def partner_check(
    name: Annotated[str, typer.Argument(help="The partner's name in topics.")],
    last: Annotated[int, typer.Option(min=1, max=100_000, help="So many latest messages.")] = 100,
    system: Annotated[str | None, typer.Option(help="Only this system of the partner.")] = None,
    as_json: Json = False,
) -> None:
    """Say of a partner's last messages whether each was admitted, doubled, waits or was set aside; exit 1 if any was.

    Example: v2v partner check lab-1 --last 20
    """
    brokers, librdkafka = settings.brokers(), settings.librdkafka()
    names = _inbound(brokers, librdkafka, name, system)
    with showing.progress("reading the partner's topics") as heard:
        latest = heapq.nlargest(
            last,
            (_received(m) for m in bounded(brokers, names, librdkafka=librdkafka, last=last)),
            key=lambda one: (one.at, one.topic, one.offset, one.partition),
        )
        earlier = _earlier(latest, bounded(brokers, names, librdkafka=librdkafka, progress=heard))
    kept = files.read_latest(brokers, [topics.QUARANTINE, topics.WAITING], librdkafka)
    found = partner_report.fates(
        reversed(latest),
        earlier,
        _read_to(brokers, librdkafka, names),
        kept[topics.QUARANTINE],
        kept[topics.WAITING],
        settings.schema_ids(),
    )
    refused = partner_report.connector_refusals(kept[topics.QUARANTINE], name)
    _tell(found, refused, as_json)
    if refused or any(fate.outcome == "quarantined" for fate in found):
        raise typer.Exit(1)


def _inbound(
    brokers: str, librdkafka: Mapping[str, Any], name: str, system: str | None
) -> list[str]:
    consumer = reader(brokers, librdkafka)
    try:
        there = set(consumer.list_topics(timeout=15).topics)
    finally:
        consumer.close()
    systems = [system] if system else [one.value for one in System]
    found = sorted(there & {topics.inbound(one, name) for one in systems})
    if not found:
        known = sorted({partner for _, partner in topics.partners_of(there)})
        raise Trouble(
            f"no topic of a partner {name!r}", f"there are {', '.join(known) or 'none yet'}"
        )
    return found


def _received(message: Message) -> Received:
    _, milliseconds = message.timestamp()
    at = datetime.fromtimestamp(max(milliseconds, 0) / 1000, UTC)
    place = (message.topic() or "", message.partition() or 0, message.offset() or 0)
    return Received(*place, at, files.wire(message))


def _earlier(
    latest: Iterable[Received], everything: Iterable[Message]
) -> dict[tuple[str, int, bytes], list[Received]]:
    """The messages of the topics that have the key of one of the latest."""
    asked = {(one.topic, one.partition, one.message.key or b"") for one in latest}
    found: dict[tuple[str, int, bytes], list[Received]] = {}
    for message in everything:
        key = (message.topic() or "", message.partition() or 0, message.key() or b"")
        if key in asked:
            found.setdefault(key, []).append(_received(message))
    return found


def _read_to(
    brokers: str, librdkafka: Mapping[str, Any], names: Iterable[str]
) -> dict[tuple[str, int], int]:
    """How far the workers have read each partition; they commit what they have finished."""
    consumer = Consumer(
        {**librdkafka, "bootstrap.servers": brokers, "group.id": WORKERS, "log_level": 0}
    )
    try:
        there = consumer.list_topics(timeout=15).topics
        places = [TopicPartition(n, p) for n in names for p in there[n].partitions]
        committed = consumer.committed(places, timeout=15)
    finally:
        consumer.close()
    return {(place.topic, place.partition): max(place.offset, 0) for place in committed}


def _tell(found: list[Fate], refused: Mapping[str, int], as_json: bool) -> None:
    if as_json:
        for fate in found:
            showing.json_line(fate.row())
        showing.json_line({"counts": partner_report.counted(found), "refused": dict(refused)})
        return
    showing.table(
        ("at", "outcome", "type", "event", "why", "what to do"),
        (
            [
                f"{fate.received.at:%Y-%m-%d %H:%M:%S}Z",
                fate.outcome,
                fate.type,
                (fate.event_id or "-")[:8],
                f"{fate.reason}: {fate.detail}" if fate.reason else fate.detail or "-",
                fate.remedy or "-",
            ]
            for fate in found
        ),
        "The partner has sent nothing.",
    )
    counts = ", ".join(f"{outcome} {n}" for outcome, n in partner_report.counted(found).items())
    showing.say(counts)
    for reason, count in refused.items():
        remedy = REMEDIES[Reason(reason)]
        showing.say(showing.plain(f"not understood by the connector: {count} {reason}: {remedy}"))
