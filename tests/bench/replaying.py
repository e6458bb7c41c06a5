"""Replay of an inbound file beside the pure fold over the same messages in memory."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from console.files import read_file, write
from schemas.json_form import canonical
from schemas.lines import to_line
from streams.replay import Replay
from tests.bench.backlog import backlog, facts

BAR = 0.8


def measure(events: int, rounds: int) -> dict[str, Any]:
    """Messages a second of both, in turn, and their ratio."""
    with tempfile.TemporaryDirectory(prefix="v2v-bench-") as name:
        path = Path(name) / "inbound.jsonl"
        messages = backlog(events)
        write(path, (canonical(to_line(topic, message)) for topic, message in messages))
        folds, replays, same = [], [], True
        for _ in range(rounds):
            folded, seconds = _timed(lambda: messages)
            folds.append(len(messages) / seconds)
            replayed, seconds = _timed(lambda: read_file(path))
            replays.append(len(messages) / seconds)
            same = same and replayed.latest == folded.latest
    ratio = median(replays) / median(folds)
    return {
        "job": "replay",
        "events": len(facts(events)),
        "replay_per_s": round(median(replays)),
        "fold_per_s": round(median(folds)),
        "ratio": round(ratio, 3),
        "right": same,
        "bars": {f"replay/fold >= {BAR}": ratio >= BAR},
    }


def _timed(source: Callable[[], Any]) -> tuple[Replay, float]:
    replay = Replay()
    began = time.perf_counter()
    lines: Any = source()
    replay.take_all(lines)
    return replay, time.perf_counter() - began
