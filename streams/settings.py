"""What a worker is told when it starts. Pure: whoever starts it reads the environment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class WorkerSettings(BaseModel):
    """One worker's settings; every field has a setting of the same name in the README."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    brokers: str
    """host:port, several separated by commas."""
    partners: tuple[tuple[str, str], ...]
    """(system, partner) pairs whose inbound topics are read."""
    worker: str = "w0"
    """The worker's name; another process of the same name is refused."""
    folder: Path = Path(".v2v/worker")
    partitions: int = Field(default=12, ge=1, le=512)
    replication: int = Field(default=1, ge=1)
    static_membership: bool = True
    session_timeout_s: float = 10.0
    max_batch: int = Field(default=2_000, ge=1)
    linger_s: float = Field(default=0.005, ge=0)
    tries_before_quarantine: int = Field(default=3, ge=1)
    tick_every_s: float = Field(default=1.0, ge=0)
    """How often the worker sends the time; 0 where somebody else does, as in the demo."""
    accept_loss: bool = False
    """Go on although the brokers have lost what this worker had; for one start, said by its caller."""
    http: str = "127.0.0.1:0"
    """Where metrics and health are shown."""
    loglevel: Literal["debug", "info", "warning", "error", "critical"] = "info"
    librdkafka: Mapping[str, Any] = {}
    """TLS, SASL and whatever else every client needs."""
    registry: str | None = None
    """A schema registry's address; without one only single-object encoding is read."""
