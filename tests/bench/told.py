"""What an engine's process is told on its command line."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Told:
    """One run: where, what, and how many messages there are."""

    brokers: str
    run: str
    folder: Path
    messages: int
    topics: tuple[str, ...]
    partitions: int


def told() -> Told:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    for name in ("brokers", "run", "folder", "topics"):
        parser.add_argument(f"--{name}", required=True)
    for name in ("messages", "partitions"):
        parser.add_argument(f"--{name}", type=int, required=True)
    said = parser.parse_args()
    names = tuple(said.topics.split(","))
    return Told(said.brokers, said.run, Path(said.folder), said.messages, names, said.partitions)
