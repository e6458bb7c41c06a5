"""Verbs for the long-running parts: worker, connect; and the doctor."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from compose.kafka import named_brokers
from connectors import CONNECTORS, load
from connectors.runner import run as run_connector
from connectors.settings import Misconfigured, read_settings, usable
from console import connect_check, demo, doctor, settings, showing, topics
from console.trouble import Trouble

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def attach(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.command("demo")(demo.demo)
    app.command("worker")(worker)
    app.command("connect")(connect)
    app.command("doctor")(doctor.doctor)


def worker(
    name: Annotated[str | None, typer.Option(help="The worker's name (V2V_WORKER).")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where it keeps its tables.")] = None,
    accept_loss: Annotated[
        bool,
        typer.Option(
            "--accept-loss",
            help="Go on although the brokers have lost what this worker had; each loss is logged.",
        ),
    ] = False,
) -> None:
    """Run one stream worker until it is told to stop; start it again whenever it ends with 70.

    Example: v2v worker --name w1
    """
    from streams.app import run

    stated = settings.worker(name, folder).model_copy(update={"accept_loss": accept_loss})

    def check() -> None:
        client = topics.admin(stated.brokers, stated.librdkafka)
        topics.demand(client, topics.wanted(stated.partners), settings.plan())

    run(stated, check)


def connect(
    system: Annotated[str, typer.Argument(help=" | ".join(CONNECTORS))],
    check_path: Annotated[
        Path | None,
        typer.Option("--check", help="Only say what is understood of a file or folder."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings file, YAML or TOML.")] = None,
    fields: Annotated[
        bool, typer.Option("--fields", help="With --check: where each field goes.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="With --check: also write a page to this file.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="With --check: exit 1 when a message is refused.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Run one connector, or with --check say what it understands, without a broker.

    Example: v2v connect lims --check results/ --html report.html
    """
    if system not in CONNECTORS:
        raise Trouble(f"found {system!r}", f"choose one of {', '.join(CONNECTORS)}")
    try:
        if check_path is not None:
            well = connect_check.run(
                system, check_path, config, as_json=as_json, fields=fields, html=html
            )
            raise typer.Exit(1 if strict and not well else 0)
        environment = dict(os.environ)
        if not named_brokers() and config is None:
            environment["V2V_BROKERS"] = settings.brokers()
        stated = read_settings(system, environment, config)
        usable(load(system), stated.spoken_for)
    except Misconfigured as wrong:
        raise Trouble(str(wrong)) from wrong
    raise typer.Exit(run_connector(stated, _announce, settings.schema_ids()))


def _announce(text: str) -> None:
    showing.err.print(showing.plain(text), soft_wrap=True)
