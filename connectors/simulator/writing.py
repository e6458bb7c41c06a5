"""Writes a play as files: one folder of messages per system, with the labels, the schedule and the ticks beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import orjson

from connectors.simulator.network import Play

TICK_EVERY = timedelta(hours=6)


class FolderNotEmpty(ValueError):
    """The folder to write to already holds something."""


def write(
    play: Play,
    folder: Path,
    *,
    every: timedelta = TICK_EVERY,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, int]:
    """Writes a play into a new or empty folder; says how many messages each system sends.

    A message that is sent twice is two files of the same bytes. The number before a file's name is its place
    among everything that is sent.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderNotEmpty(
            f"{folder} is not empty: name a new folder, or empty this one, to write the simulation to"
        )
    sendings = play.schedule.sendings
    digits = max(6, len(str(len(sendings))))
    count: dict[str, int] = {}
    listed: list[dict[str, object]] = []
    for place, sending in enumerate(sendings, start=1):
        system = sending.system.value
        if system not in count:
            (folder / system).mkdir(parents=True)
        count[system] = count.get(system, 0) + 1
        file = f"{system}/{place:0{digits}d}-{sending.message.name}"
        (folder / file).write_bytes(sending.message.body)
        listed.append(
            {"at": sending.at, "system": system, "partner": sending.partner, "file": file}
        )
        if progress is not None:
            progress(place, len(sendings))
    _lines(folder / "schedule.jsonl", listed)
    _lines(folder / "labels.jsonl", (label.model_dump(mode="json") for label in play.labels))
    _lines(
        folder / "ticks.jsonl",
        (tick.model_dump(mode="json") for tick in play.schedule.ticks(every)),
    )
    return dict(sorted(count.items()))


def _lines(file: Path, values: Iterable[object]) -> None:
    file.write_bytes(b"".join(orjson.dumps(value) + b"\n" for value in values))
