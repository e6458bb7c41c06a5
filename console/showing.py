"""How the console speaks: tables for people, JSON for programs, progress on stderr.

What partners wrote is shown as text and nothing else: it can neither colour a line nor move a cursor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import orjson
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

NARROW = 26
"""Cells up to this length are never broken, so that identifiers can be copied."""
PIPED = 240
"""The width of a table that nobody looks at in a terminal."""

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def visible(value: object) -> str:
    """Text in which no character does anything but stand there."""
    text = str(value)
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text
    )


def plain(value: object) -> str:
    """Text that may stand within markup without being taken for it."""
    return escape(visible(value))


def say(markup: str) -> None:
    """One line for people; what comes from outside goes through `plain` first."""
    out.print(markup, soft_wrap=True)


def json_line(value: object) -> None:
    """One JSON value on one line of stdout."""
    print(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode(), flush=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """A table, or a sentence when it has no rows."""
    found = [[visible(cell) for cell in row] for row in rows]
    if not found:
        out.print(empty)
        return
    shown = Table(header_style="bold", box=None, pad_edge=False)
    for place, name in enumerate(columns):
        longest = max(len(row[place]) for row in found)
        shown.add_column(name, no_wrap=longest <= NARROW, overflow="fold")
    for row in found:
        shown.add_row(*(Text(cell) for cell in row))
    out.print(shown, width=None if out.is_terminal else PIPED)


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr, shown only where somebody looks."""
    if not err.is_terminal:
        yield lambda done, total: None
        return
    bar = Progress(
        TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=err
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=max(total, done))
