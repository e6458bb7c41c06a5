"""What the console is told by the environment: the cluster, the partners, the worker's place."""

from __future__ import annotations

import atexit
import json
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from compose.kafka import LocalKafka, named_brokers
from compose.places import home_folder, kafka_folder
from compose.registry import named_registry
from console.trouble import Trouble
from schemas.envelope import System
from schemas.topics import TopicPlan
from streams.registry import RegistrySchemaIds
from streams.settings import WorkerSettings

DEFAULT_PARTNERS = (
    ("clinic", "hospital-1"),
    ("erp", "maker-1"),
    ("lims", "lab-1"),
    ("logistics", "courier-1"),
    ("mes", "maker-1"),
    ("qms", "maker-1"),
)

SETTINGS: tuple[tuple[str, str, str], ...] = (
    (
        "V2V_BROKERS",
        "the local Kafka of this folder",
        "host:port of the cluster, several by commas",
    ),
    (
        "V2V_REGISTRY",
        "none",
        "a schema registry's Confluent-compatible address; without one, single-object encoding",
    ),
    (
        "V2V_PARTNERS",
        "six demo partners",
        "system:partner pairs by commas, for example mes:maker-1",
    ),
    ("V2V_PARTITIONS", "12", "partitions of every topic; fixed once the topics are made"),
    ("V2V_REPLICATION", "1", "copies of every topic; 3 in production"),
    ("V2V_KAFKA", "{}", "JSON with librdkafka settings for every client: TLS, SASL"),
    ("V2V_WORKER", "w0", "the worker's name; unique among running workers"),
    ("V2V_WORKER_HTTP", "127.0.0.1:0", "where the worker shows metrics and health"),
    ("V2V_MAX_BATCH", "2000", "most messages in one transaction"),
    ("V2V_TICK_SECONDS", "1", "how often a worker sends the time; 0 where somebody else does"),
    ("V2V_SESSION_SECONDS", "10", "silence after which a worker counts as gone"),
    (
        "V2V_STATIC_MEMBERSHIP",
        "true",
        "whether a worker that comes back within that time finds its partitions again; true or false",
    ),
    ("V2V_LINGER_SECONDS", "0.005", "how long the worker waits for more messages to send together"),
    ("V2V_LOG_LEVEL", "info", "what the worker writes: debug, info, warning, error or critical"),
    ("V2V_TRIES", "3", "tries before a message that fails its handler is set aside"),
    ("V2V_HOME", ".v2v", "folder for the local Kafka, the worker's tables and outboxes"),
    ("V2V_CACHE", "~/.cache/v2v", "folder for downloaded jars"),
)
"""(name, default, meaning) of every setting of the console and the worker."""


VARIABLES = {
    "partitions": "V2V_PARTITIONS",
    "replication": "V2V_REPLICATION",
    "worker": "V2V_WORKER",
    "max_batch": "V2V_MAX_BATCH",
    "tick_every_s": "V2V_TICK_SECONDS",
    "tries_before_quarantine": "V2V_TRIES",
    "session_timeout_s": "V2V_SESSION_SECONDS",
    "http": "V2V_WORKER_HTTP",
    "static_membership": "V2V_STATIC_MEMBERSHIP",
    "linger_s": "V2V_LINGER_SECONDS",
    "loglevel": "V2V_LOG_LEVEL",
}
"""Under which name a worker's setting is set."""


def brokers() -> str:
    """The cluster to talk to: the one that is named, or the local one while it runs."""
    named = named_brokers()
    if named:
        return named
    status = LocalKafka(kafka_folder()).status()
    if not status.running:
        raise Trouble(
            "no Kafka: V2V_BROKERS is not set and no local one runs here",
            "run 'v2v kafka up', or set V2V_BROKERS=host:port",
        )
    return status.servers


def partners() -> tuple[tuple[str, str], ...]:
    """The (system, partner) pairs of this deployment."""
    text = os.environ.get("V2V_PARTNERS", "").strip()
    if not text:
        return DEFAULT_PARTNERS
    known = {s.value for s in System} - {"unknown_to_reader", "platform"}
    pairs: list[tuple[str, str]] = []
    for part in text.split(","):
        system, colon, partner = part.strip().partition(":")
        if not colon or system not in known or not partner:
            raise Trouble(
                f"V2V_PARTNERS: found {part.strip()!r}",
                f"write system:partner, with a system of {', '.join(sorted(known))}",
            )
        pairs.append((system, partner))
    return tuple(pairs)


def registry() -> str | None:
    """The address of the schema registry, where there is one."""
    return named_registry()


def schema_ids() -> RegistrySchemaIds | None:
    """The ids of the schema registry, where there is one."""
    address = registry()
    return None if address is None else _ids_at(address)


@cache
def _ids_at(address: str) -> RegistrySchemaIds:
    """One client for each registry, closed when the command ends."""
    ids = RegistrySchemaIds.at(address)
    atexit.register(ids.close)
    return ids


def _whole(name: str, default: int) -> int:
    text = os.environ.get(name, "")
    try:
        return int(text) if text else default
    except ValueError:
        raise Trouble(f"{name}: found {text!r}", "write a whole number") from None


def _number(name: str, default: float) -> float:
    text = os.environ.get(name, "")
    try:
        return float(text) if text else default
    except ValueError:
        raise Trouble(f"{name}: found {text!r}", "write a number") from None


def _yes_or_no(name: str, default: bool) -> bool:
    text = os.environ.get(name, "").strip().lower()
    if text not in ("", "true", "false"):
        raise Trouble(f"{name}: found {text!r}", "write true or false")
    return text == "true" if text else default


def plan() -> TopicPlan:
    """How many partitions and copies every topic has."""
    try:
        return TopicPlan(
            partitions=_whole("V2V_PARTITIONS", 12),
            replication=_whole("V2V_REPLICATION", 1),
        )
    except ValidationError as wrong:
        raise _named(wrong) from None


def _named(wrong: ValidationError) -> Trouble:
    """A setting that cannot be, by the name under which it was set."""
    first = wrong.errors(include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    name = VARIABLES.get(field, field)
    return Trouble(f"{name}: found {first['input']!r}", first["msg"].lower())


def librdkafka() -> Mapping[str, Any]:
    """Settings for every Kafka client, as librdkafka names them."""
    text = os.environ.get("V2V_KAFKA", "{}")
    try:
        found = json.loads(text)
    except ValueError as wrong:
        raise Trouble(
            f"V2V_KAFKA is no JSON: {wrong}", 'for example {"security.protocol": "SSL"}'
        ) from wrong
    if not isinstance(found, dict):
        raise Trouble("V2V_KAFKA is no JSON object", 'for example {"security.protocol": "SSL"}')
    return found


def as_text(kafka: Mapping[str, Any]) -> dict[str, str]:
    """The same settings as text, as librdkafka reads them."""
    return {name: str(v).lower() if isinstance(v, bool) else str(v) for name, v in kafka.items()}


def worker(name: str | None = None, folder: Path | None = None) -> WorkerSettings:
    """The settings of a worker, from the environment."""
    topics = plan()
    try:
        return WorkerSettings(
            brokers=brokers(),
            partners=partners(),
            worker=name or os.environ.get("V2V_WORKER", "w0"),
            folder=folder or home_folder() / "worker",
            partitions=topics.partitions,
            replication=topics.replication,
            max_batch=_whole("V2V_MAX_BATCH", 2000),
            tick_every_s=_number("V2V_TICK_SECONDS", 1),
            tries_before_quarantine=_whole("V2V_TRIES", 3),
            session_timeout_s=_number("V2V_SESSION_SECONDS", 10),
            http=os.environ.get("V2V_WORKER_HTTP", "127.0.0.1:0"),
            static_membership=_yes_or_no("V2V_STATIC_MEMBERSHIP", True),
            linger_s=_number("V2V_LINGER_SECONDS", 0.005),
            loglevel=os.environ.get("V2V_LOG_LEVEL", "info").lower(),  # type: ignore[arg-type]
            librdkafka=librdkafka(),
            registry=registry(),
        )
    except ValidationError as wrong:
        raise _named(wrong) from None
