"""The `v2v` command: start, watch, ask. Every verb has an example in its --help."""

from __future__ import annotations

import os
import sys
from typing import Any

import click
import typer
from rich.console import Console

from compose.trouble import CannotRun
from console import (
    alert_verbs,
    broker_verbs,
    catalogue_verbs,
    file_verbs,
    looking_verbs,
    quarantine_verbs,
    running_verbs,
)
from console.trouble import Trouble

app = typer.Typer(
    name="v2v",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Vein-to-vein: one exact record per therapy course, and alerts while there is time to act.",
)

_errors = Console(stderr=True, highlight=False)

for module in (
    running_verbs,
    file_verbs,
    broker_verbs,
    looking_verbs,
    alert_verbs,
    quarantine_verbs,
    catalogue_verbs,
):
    module.attach(app)


@app.callback()
def _options(
    debug: bool = typer.Option(False, "--debug", help="Show the stack trace of an error."),
) -> None:
    if debug:
        os.environ["V2V_DEBUG"] = "1"


def command() -> Any:
    """The whole command as click knows it."""
    return typer.main.get_command(app)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command; a trouble is one line on stderr and exit code 1, or 2 for a wrong call."""
    try:
        return app(arguments, standalone_mode=False)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except (Trouble, CannotRun) as trouble:
        if os.environ.get("V2V_DEBUG"):
            raise
        _errors.print(f"[red]v2v:[/red] {trouble}", soft_wrap=True, markup=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
