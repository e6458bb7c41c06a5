"""What may be set on the engine, and the librdkafka configuration that follows from it.

Pure: reads no environment. Whoever starts a worker reads the environment and hands the values in.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

#: The guarantee rests on these; nobody may set them from outside.
HELD_BY_THE_ENGINE = frozenset(
    {
        "auto.offset.reset",
        "bootstrap.servers",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.idempotence",
        "enable.partition.eof",
        "error_cb",
        "group.id",
        "group.instance.id",
        "group.protocol",
        "isolation.level",
        "partition.assignment.strategy",
        "session.timeout.ms",
        "transaction.timeout.ms",
        "transactional.id",
    }
)

_HEARTBEAT_MS = 250


class EngineSettings(BaseModel):
    """One worker's settings; every field is told in the engine's README."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    worker: str = Field(
        default="w0",
        pattern=r"^[A-Za-z0-9._-]+$",
        description="this worker's name: one process each, the same after every restart",
    )
    static_membership: bool = Field(
        default=True, description="keep its partitions for it while a worker restarts"
    )
    session_timeout_s: float = Field(
        default=10.0, ge=1, description="when a silent worker's partitions go to others"
    )
    max_batch: int = Field(
        default=5_000, ge=1, description="most messages in one transaction; slow agents get fewer"
    )
    linger_s: float = Field(
        default=0.001, ge=0, description="how long a batch is collected: latency against throughput"
    )
    look_ahead_from: int = Field(
        default=200,
        ge=1,
        description="messages in a batch from which on the next one is handed out while it is being "
        "committed; what a smaller one sends is read back the sooner without",
    )
    idle_s: float = Field(
        default=0.1, gt=0, le=1, description="how long one poll waits when there is nothing to do"
    )
    transaction_timeout_ms: int = Field(
        default=10_000, ge=1_000, description="when the broker gives up on an open transaction"
    )
    tries_before_quarantine: int = Field(
        default=3, ge=0, description="tries before a failing message is set aside; 0: for ever"
    )
    quarantine_topic: str | None = Field(
        default=None, description="where such messages go, unless `app.quarantine` is set"
    )
    overlay_entries: int = Field(
        default=100_000, ge=1, description="decoded values that each table keeps in memory"
    )
    overlay_mb: float = Field(
        default=16.0,
        gt=0,
        description="megabytes of values, as they are encoded, that each table keeps decoded; decoded, "
        "they may take many times as much",
    )
    freeze_every_s: float = Field(
        default=1.0,
        ge=0,
        description="how often the search for circular garbage is freed of what it need not see; 0: never",
    )
    broker_patience_s: float = Field(
        default=60.0,
        gt=0,
        description="how long a first start waits for the brokers; once let in, a worker waits without end",
    )
    restore_patience_s: float = Field(
        default=600.0, gt=0, description="how long a restore may take"
    )
    stop_within_s: float = Field(
        default=8.0, gt=0, description="how long a stop may take, whatever hangs"
    )
    accept_loss: bool = Field(
        default=False,
        description="go on, once, although the brokers have lost what this app had; else that is refused",
    )
    http: str | None = Field(
        default="127.0.0.1:0",
        description="host:port of `/health` and `/metrics`; port 0: a free one, logged",
    )
    librdkafka: Mapping[str, Any] = Field(
        default_factory=dict, description="settings of every client: TLS, SASL, ..."
    )
    consumer: Mapping[str, Any] = Field(
        default_factory=dict, description="further settings of the readers"
    )
    producer: Mapping[str, Any] = Field(
        default_factory=dict, description="further settings of the producer"
    )

    @model_validator(mode="after")
    def _leave_the_guarantee_alone(self) -> Self:
        for name in ("librdkafka", "consumer", "producer"):
            if taken := sorted(HELD_BY_THE_ENGINE & getattr(self, name).keys()):
                raise ValueError(f"{name} may not set {', '.join(taken)}: the engine holds it")
        return self

    def transactional_id(self, app_id: str) -> str:
        """The name under which an earlier process of this worker is fenced."""
        return f"{app_id}-{self.worker}"


def common_config(settings: EngineSettings, servers: str) -> dict[str, Any]:
    """What every client shares: the brokers, TLS, SASL and whatever else librdkafka knows."""
    return {
        "reconnect.backoff.max.ms": 1_000,
        "log_level": 0,  # what matters is raised, or heard by `Complaints`
        **settings.librdkafka,
        "bootstrap.servers": servers,
    }


def consumer_config(settings: EngineSettings, servers: str, group: str) -> dict[str, Any]:
    """The group member: reads what is committed, never commits by itself."""
    config = {
        **common_config(settings, servers),
        "fetch.wait.max.ms": 50,
        "queued.max.messages.kbytes": 65_536,
        # a member hears of a rebalance by its heartbeats, and the others stand still until all have
        "heartbeat.interval.ms": min(_HEARTBEAT_MS, int(settings.session_timeout_s * 1000 / 5)),
        **settings.consumer,
        "group.id": group,
        "session.timeout.ms": int(settings.session_timeout_s * 1000),
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "auto.offset.reset": "error",  # a place that is gone is never passed over in silence
        "partition.assignment.strategy": "range",
    }
    if settings.static_membership:
        config["group.instance.id"] = settings.worker
    return config


def restore_config(settings: EngineSettings, servers: str, group: str) -> dict[str, Any]:
    """The plain reader of changelogs: in bulk, outside any group (the id is never joined)."""
    return {
        **common_config(settings, servers),
        "fetch.wait.max.ms": 50,
        "queued.max.messages.kbytes": 65_536,
        **settings.consumer,
        "group.id": f"{group}-restore",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "isolation.level": "read_committed",
        "auto.offset.reset": "error",
    }


def producer_config(settings: EngineSettings, servers: str, app_id: str) -> dict[str, Any]:
    """The one transactional producer of the worker."""
    return {
        **common_config(settings, servers),
        "linger.ms": 2,
        "partitioner": "murmur2_random",
        "queue.buffering.max.messages": 1_000_000,
        "compression.type": "lz4",
        **settings.producer,
        "transactional.id": settings.transactional_id(app_id),
        "transaction.timeout.ms": settings.transaction_timeout_ms,
    }
