"""How the console speaks: tables for people, JSON for programs, progress on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def json_line(value: object) -> None:
    """One JSON value on one line of stdout."""
    print(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode(), flush=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
    """A table, or a sentence when it has no rows."""
    found = list(rows)
    if not found:
        out.print(empty)
        return
    shown = Table(*columns, header_style="bold", box=None, pad_edge=False)
    for row in found:
        shown.add_row(*row)
    out.print(shown)


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
