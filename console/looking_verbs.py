"""Verbs for looking at patient-batch records."""

from __future__ import annotations

from typing import Annotated

import typer

from console import files, settings, showing
from console.forecast_told import told_of_forecast
from console.gates_told import told_of_gates
from console.trouble import Trouble
from schemas import topics
from schemas.json_form import as_json as json_of
from schemas.record import PatientBatchRecord
from schemas.wire import decode_contract

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def attach(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(record, name="record")


record = typer.Typer(no_args_is_help=True, help="Patient-batch records, one per therapy course.")


def records() -> dict[str, PatientBatchRecord]:
    """Every record as it stands, by course."""
    with showing.progress("reading records") as heard:
        latest = files.read_latest(
            settings.brokers(), [topics.RECORDS], settings.librdkafka(), heard
        )
    found = latest[topics.RECORDS]
    return {coi: decode_contract(PatientBatchRecord, found[coi]) for coi in sorted(found)}


@record.command("ls")
def record_ls(as_json: Json = False) -> None:
    """List every therapy course.

    Example: v2v record ls --json
    """
    found = records()
    if as_json:
        for one in found.values():
            showing.json_line(json_of(one))
        return
    showing.table(
        ("course", "product", "phase", "open alerts", "events"),
        (
            [
                one.coi,
                one.product or "unknown",
                one.phase.value.replace("_", " "),
                ", ".join(a.code for a in one.alerts) or "-",
                str(len(one.milestones)),
            ]
            for one in found.values()
        ),
        "No course is known yet.",
    )


@record.command("show")
def record_show(
    coi: Annotated[str, typer.Argument(help="The chain-of-identity identifier.")],
    as_json: Json = False,
) -> None:
    """Show one course: what happened, who held it, its conditions, gates, forecast and alerts.

    Example: v2v record show CHA999926000001
    """
    found = records().get(coi)
    if found is None:
        raise Trouble(f"no record of {coi}", "list the courses with 'v2v record ls'")
    if as_json:
        showing.json_line(json_of(found))
        return
    _print(found)


def _print(found: PatientBatchRecord) -> None:
    say, plain = showing.say, showing.plain
    product = plain(found.product or "product unknown")
    say(f"[bold]{plain(found.coi)}[/bold]  {product}  {found.phase.value.replace('_', ' ')}")
    say(f"judged by {plain(found.profile or 'no profile: nothing passes')}")
    for line in told_of_gates(found):
        say(line)
    for line in told_of_forecast(found):
        say(line)
    say("\n[bold]What happened[/bold]")
    for milestone in found.milestones:
        objects = plain(" ".join(milestone.objects))
        say(f"  {milestone.occurred_at:%Y-%m-%d %H:%M:%S}Z  {milestone.type_name:<38} {objects}")
    if found.custody:
        say("\n[bold]Custody[/bold]")
    for held in found.custody:
        given = f"{held.handed_over_at:%Y-%m-%d %H:%M}Z" if held.handed_over_at else "not stated"
        taken = f"{held.accepted_at:%Y-%m-%d %H:%M}Z" if held.accepted_at else "not stated"
        parties = f"{held.party} gave {given}, {held.to_party or 'nobody'} took {taken}"
        say(plain(f"  {held.shipment}: {parties}"))
    if found.conditions:
        say("\n[bold]Conditions[/bold]")
    for leg in found.conditions:
        limit = "no limit is known" if leg.limit is None else f"limit {leg.limit:g}"
        if leg.lower_limit is not None:
            limit = f"band {leg.lower_limit:g} to {leg.limit:g}"
        outside = len(leg.excursions) + len(leg.excursions_below)
        say(
            plain(
                f"  {leg.shipment} logger {leg.logger}: {leg.readings} readings, "
                f"{leg.coldest:g} to {leg.warmest:g} degrees Celsius, {limit}, "
                f"{outside} excursion(s)"
            )
        )
    if found.withheld:
        say("\n[bold]Does not count[/bold]")
    for withheld in found.withheld:
        say(plain(f"  {withheld.type_name} {withheld.event_id}: {withheld.why.value}"))
    say("\n[bold]Open alerts[/bold]")
    for alert in found.alerts:
        say(plain(f"  {alert.severity.value} {alert.code} {alert.state.value} {alert.alert_id}"))
    if not found.alerts:
        say("  none")
