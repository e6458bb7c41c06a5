"""The files of a run: what the topics hold, what replays of the same messages say, and where they differ.

inbound.jsonl    all that entered the line, as exported
live/            what left it, as exported
replay/          what a replay of inbound.jsonl says; equal to live/ byte for byte, but for one thing: an
                 export may tell a release before the contents that it settles, and of two contents
                 under one id the one heard second is set aside; of ids that a person has settled
                 nothing is compared in quarantine
shuffled/        what a replay of its lines says, each twice and in another order; equal too, but
                 there chance decides which of two contents is heard second, so the ids are compared
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import orjson

from console import files
from schemas import topics
from schemas.reasons import Reason
from tests.faults.line_observed import KINDS

MOST_SHOWN = 3


def write_live(brokers: str, partners: tuple[tuple[str, str], ...], folder: Path) -> None:
    """Export what entered and what left, as `v2v export` does."""
    files.write(folder / "inbound.jsonl", files.export_lines("inbound", brokers, partners))
    for kind in KINDS:
        lines = files.export_lines(kind, brokers, partners)
        files.write(folder / "live" / f"{kind}.jsonl", lines)


def write_replays(folder: Path, chance: random.Random) -> None:
    """Replay the exported lines as they are, and once more shuffled and doubled."""
    inbound, shuffled = folder / "inbound.jsonl", folder / "shuffled.jsonl"
    files.replay_to(folder / "replay", files.read_file(inbound))
    lines = inbound.read_text(encoding="utf-8").splitlines() * 2
    chance.shuffle(lines)
    files.write(shuffled, lines)
    files.replay_to(folder / "shuffled", files.read_file(shuffled))


def compare(folder: Path) -> list[str]:
    """Every file that differs, and the first lines that do."""
    found: list[str] = []
    settled = _released(folder / "inbound.jsonl")
    for kind in KINDS:
        live, replay, shuffled = (
            (folder / place / f"{kind}.jsonl").read_bytes()
            for place in ("live", "replay", "shuffled")
        )
        if kind == "quarantine":
            live, replay, shuffled = (
                b"\n".join(_unsettled(lines, settled)) for lines in (live, replay, shuffled)
            )
        found += _differences(f"live/{kind}.jsonl and replay/{kind}.jsonl", live, replay)
        if kind == "quarantine":
            replay, shuffled = (without_chance(lines) for lines in (replay, shuffled))
        found += _differences(f"replay/{kind}.jsonl and shuffled/{kind}.jsonl", replay, shuffled)
    return found


def _released(inbound: Path) -> set[str]:
    """The event ids that a person has released."""
    read = files.read_file(inbound)
    return {(message.key or b"").decode() for topic, message in read if topic == topics.RELEASED}


def _unsettled(quarantine: bytes, settled: set[str]) -> Iterator[bytes]:
    """The lines of quarantine but those of contested ids that a person has settled."""
    for line in quarantine.splitlines():
        entry = orjson.loads(line)
        if entry["reason"] != Reason.SAME_ID_OTHER_CONTENT or entry["event_id"] not in settled:
            yield line


def without_chance(quarantine: bytes) -> bytes:
    """The lines of quarantine, those of contested ids reduced to the id."""
    lines: set[bytes] = set()
    for line in quarantine.splitlines():
        entry = orjson.loads(line)
        if entry["reason"] == Reason.SAME_ID_OTHER_CONTENT:
            line = orjson.dumps({"reason": entry["reason"], "event_id": entry["event_id"]})
        lines.add(line)
    return b"\n".join(sorted(lines))


def _differences(what: str, one: bytes, other: bytes) -> Iterator[str]:
    if one == other:
        return
    ours, theirs = set(one.splitlines()), set(other.splitlines())
    only, missing = sorted(ours - theirs), sorted(theirs - ours)
    yield f"{what}: {len(only)} lines only in the first, {len(missing)} only in the second"
    for sign, lines in (("first", only), ("second", missing)):
        for line in lines[:MOST_SHOWN]:
            yield f"    only in the {sign}: {line[:300].decode(errors='replace')}"
