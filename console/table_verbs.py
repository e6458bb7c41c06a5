"""Looking at the worker's tables, as their changelogs have them."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, NamedTuple

import typer

from console import settings, showing, topics
from console.reading import bounded

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class Kept(NamedTuple):
    """What is kept in one row: how many bytes, and in which form; none where the row is a piece of a value."""

    size: int
    form: int | None


def attach(app: typer.Typer) -> None:
    """Add the verb to the command."""
    app.command("tables")(tables)


def tables(as_json: Json = False) -> None:
    """Count what the worker's tables hold, and in which forms; an earlier decoder may go when none is left.

    Example: v2v tables --json
    """
    from streams.engine.codec import form_of
    from streams.engine.local_store import CONTROL
    from streams.engine.pieces import PIECE

    names = dict(zip((t.name for t in topics.changelogs()), topics.TABLES, strict=True))
    held: dict[str, dict[bytes, Kept]] = {table: {} for table in topics.TABLES}
    with showing.progress("reading changelogs") as heard:
        for message in bounded(
            settings.brokers(), list(names), librdkafka=settings.librdkafka(), progress=heard
        ):
            key, value = message.key() or CONTROL, message.value()
            table = held[names[str(message.topic())]]
            if value is None:
                table.pop(key, None)
            elif not key.startswith(CONTROL):  # else the engine's own
                piece = key.startswith(PIECE)
                table[key] = Kept(len(value), None if piece else form_of(value))
    counts = {
        name: Counter(str(kept.form) for kept in table.values() if kept.form is not None)
        for name, table in held.items()
    }
    sizes = {name: sum(kept.size for kept in table.values()) for name, table in held.items()}
    if as_json:
        for name in held:
            showing.json_line(
                {
                    "table": name,
                    "keys": counts[name].total(),
                    "bytes": sizes[name],
                    "forms": dict(counts[name]),
                }
            )
        return
    showing.table(
        ("table", "keys", "bytes", "keys by form"),
        (
            [
                name,
                str(counts[name].total()),
                str(sizes[name]),
                ", ".join(f"{form}: {count}" for form, count in sorted(counts[name].items()))
                or "-",
            ]
            for name in held
        ),
        "There are no tables.",
    )
