"""Verbs for the ground: a local Kafka, a local registry, and the topics."""

from __future__ import annotations

from typing import Annotated

import typer

from compose.kafka import LocalKafka
from compose.places import kafka_folder, registry_folder
from compose.registry import LocalRegistry
from console import settings, showing, topics
from console.trouble import Trouble

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def attach(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(kafka, name="kafka")
    app.add_typer(registry, name="registry")
    app.add_typer(topic_verbs, name="topics")


kafka = typer.Typer(no_args_is_help=True, help="Apache Kafka on this machine, without Docker.")
registry = typer.Typer(no_args_is_help=True, help="Apicurio Registry on this machine.")
topic_verbs = typer.Typer(no_args_is_help=True, help="The topics of this deployment.")


@kafka.command("up")
def kafka_up(
    brokers: Annotated[
        int | None, typer.Option(help="How many brokers: 1 or 3; as before when not said.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The first port; a free one otherwise.")] = None,
    as_json: Json = False,
) -> None:
    """Start Kafka and wait until it answers.

    Example: v2v kafka up --brokers 3
    """
    servers = LocalKafka(kafka_folder(), brokers, port).up()
    if as_json:
        showing.json_line({"brokers": servers})
    else:
        showing.out.print(f"Kafka answers at {servers}")


@kafka.command("down")
def kafka_down() -> None:
    """Stop Kafka; its data stays.

    Example: v2v kafka down
    """
    LocalKafka(kafka_folder()).down()
    showing.out.print("Kafka is down")


@kafka.command("status")
def kafka_status(as_json: Json = False) -> None:
    """Say what runs, and where.

    Example: v2v kafka status --json
    """
    status = LocalKafka(kafka_folder()).status()
    rows = [
        {"broker": b.index, "address": b.address, "pid": b.pid, "log": str(b.log)}
        for b in status.brokers
    ]
    if as_json:
        showing.json_line({"running": status.running, "brokers": rows})
        return
    showing.table(
        ("broker", "address", "pid", "log"),
        (
            [str(r["broker"]), str(r["address"]), str(r["pid"] or "down"), str(r["log"])]
            for r in rows
        ),
        "No Kafka has been started here; 'v2v kafka up' does.",
    )


@kafka.command("wipe")
def kafka_wipe(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Stop Kafka and delete all its data.

    Example: v2v kafka wipe --yes
    """
    if not yes:
        typer.confirm(f"Delete everything under {kafka_folder()}?", abort=True)
    LocalKafka(kafka_folder()).wipe()
    showing.out.print("Kafka and its data are gone")


@registry.command("up")
def registry_up(
    port: Annotated[int | None, typer.Option(help="The port; a free one otherwise.")] = None,
    as_json: Json = False,
) -> None:
    """Start the schema registry; it is downloaded on first use.

    Example: v2v registry up
    """
    address = LocalRegistry(registry_folder(), port).up()
    if as_json:
        showing.json_line({"registry": address})
    else:
        showing.out.print(f"the registry answers at {address}")


@registry.command("down")
def registry_down() -> None:
    """Stop the schema registry.

    Example: v2v registry down
    """
    LocalRegistry(registry_folder()).down()
    showing.out.print("the registry is down")


@topic_verbs.command("apply")
def topics_apply(as_json: Json = False) -> None:
    """Make every topic that is missing; nothing that exists is changed.

    Example: V2V_PARTITIONS=12 v2v topics apply
    """
    client = topics.admin(settings.brokers(), settings.librdkafka())
    made = topics.apply(client, topics.wanted(settings.partners()), settings.plan())
    wrong = topics.check(client, topics.wanted(settings.partners()), settings.plan())
    if as_json:
        showing.json_line({"made": made, "wrong": wrong})
    else:
        showing.out.print(f"{len(made)} topic(s) made")
    if wrong:
        raise Trouble("; ".join(wrong), "make these topics anew, or mend V2V_PARTITIONS")


@topic_verbs.command("check")
def topics_check(as_json: Json = False) -> None:
    """Compare the topics with the catalogue; exit 1 when one is missing or wrong.

    Example: v2v topics check --json
    """
    client = topics.admin(settings.brokers(), settings.librdkafka())
    wrong = topics.check(client, topics.wanted(settings.partners()), settings.plan())
    if as_json:
        showing.json_line({"wrong": wrong})
    elif not wrong:
        showing.out.print("every topic is as the catalogue says")
    if wrong:
        raise Trouble("; ".join(wrong), "run 'v2v topics apply', or make a wrong topic anew")
