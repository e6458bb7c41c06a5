"""Verbs for the catalogues: events, exceptions, topics, authority, profiles, reasons, settings."""

from __future__ import annotations

from typing import Annotated

import typer

from console import showing
from console.catalogues import CATALOGUES
from console.trouble import Trouble

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def attach(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command("catalogue")(catalogue)


def catalogue(
    which: Annotated[str, typer.Argument(help=" | ".join(CATALOGUES))] = "events",
    as_json: Json = False,
) -> None:
    """Show a catalogue: what exists, and nothing exists outside of it.

    Example: v2v catalogue exceptions --json
    """
    if which not in CATALOGUES:
        raise Trouble(f"found {which!r}", f"choose one of {', '.join(CATALOGUES)}")
    rows = CATALOGUES[which]()
    if as_json:
        showing.json_line(rows)
        return
    columns = tuple(rows[0]) if rows else ()
    shown = ([str(row[name] if row[name] is not None else "-") for name in columns] for row in rows)
    showing.table(columns, shown, "empty")
