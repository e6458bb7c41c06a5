"""The `v2v` command: start, watch, ask. Every verb has an example in its --help."""

from __future__ import annotations

import os
import sys
from typing import Any

import typer

from compose.trouble import CannotRun
from console import (
    accuracy,
    alert_verbs,
    broker_verbs,
    catalogue_verbs,
    drill_verb,
    event_verbs,
    file_verbs,
    looking_verbs,
    partner_verbs,
    profile_verbs,
    quarantine_verbs,
    running_verbs,
    showing,
    table_verbs,
    tower_verbs,
)
from console.trouble import Trouble

TROUBLE, WRONG_CALL, INTERRUPTED = 1, 2, 130
"""The exit codes; a worker that asks to be started again ends with 70."""

USAGE: Any = typer.BadParameter.__base__
"""Every wrong call, also where typer brings its own copy of click."""

app = typer.Typer(
    name="v2v",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Vein-to-vein: one exact record per therapy course, and alerts while there is time to act.",
)

for module in (
    running_verbs,
    file_verbs,
    event_verbs,
    partner_verbs,
    broker_verbs,
    table_verbs,
    looking_verbs,
    alert_verbs,
    quarantine_verbs,
    catalogue_verbs,
    profile_verbs,
    accuracy,
    tower_verbs,
    drill_verb,
):
    module.attach(app)


@app.callback()
def _options(
    context: typer.Context,
    debug: bool = typer.Option(False, "--debug", help="Show the stack trace of an error."),
) -> None:
    _asked["debug"] = debug


_asked = {"debug": False}


def command() -> Any:
    """The whole command as click knows it."""
    return typer.main.get_command(app)


def main(arguments: list[str] | None = None) -> None:
    """Run the command, and end with its exit code where that is not 0."""
    code = run(arguments)
    if code:
        sys.exit(code)


def run(arguments: list[str] | None = None) -> int:
    """Run the command; a trouble is one line on stderr. The answer is the exit code."""
    _asked["debug"] = False
    try:
        return app(arguments, standalone_mode=False) or 0
    except USAGE as wrong:
        wrong.show()
        return WRONG_CALL
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # whoever read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return TROUBLE
    except (Trouble, CannotRun) as trouble:
        return _tell(str(trouble), trouble)
    except OSError as trouble:
        return _tell(f"{trouble}: see that the path or address is right and open to you", trouble)
    except Exception as fault:  # noqa: BLE001 - nobody but a developer is helped by a stack trace
        name = type(fault).__name__
        return _tell(f"{name}: {fault}: run 'v2v doctor', or 'v2v --debug ...' for more", fault)


def _tell(text: str, error: Exception) -> int:
    if _asked["debug"]:
        raise error
    showing.err.print(f"[red]v2v:[/red] {showing.plain(' '.join(text.split()))}", soft_wrap=True)
    return TROUBLE


if __name__ == "__main__":
    main()
