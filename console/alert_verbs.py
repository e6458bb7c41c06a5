"""Verbs for alerts: list them, follow them, look at one, and say what was done about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid5

import typer
from confluent_kafka import TopicPartition

from console import files, settings, showing
from console.reading import reader
from console.trouble import Trouble
from schemas import topics
from schemas.alert import ALERT_NAMESPACE, Alert, Severity
from schemas.control import ActionKind, AlertAction
from schemas.exceptions import EXCEPTION_BY_CODE, Ends
from schemas.json_form import as_json as json_of
from schemas.wire import WireMessage, decode_contract, encode_contract

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Actor = Annotated[str, typer.Option("--actor", help="Your staff code, never a name.")]


def attach(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(alerts, name="alerts")


alerts = typer.Typer(no_args_is_help=True, help="What is going wrong, and who must act.")


def latest() -> dict[str, Alert]:
    """Every alert as it was last issued, by id."""
    with showing.progress("reading alerts") as heard:
        found = files.read_latest(
            settings.brokers(), files.alert_topics(), settings.librdkafka(), heard
        )
    return {
        key: decode_contract(Alert, value) for kept in found.values() for key, value in kept.items()
    }


def row(alert: Alert) -> list[str]:
    """An alert as a row of a table."""
    return [
        alert.severity.value,
        alert.code,
        alert.coi or "-",
        alert.object,
        alert.title,
        f"{alert.acknowledge_by:%Y-%m-%d %H:%M}Z",
        f"{alert.harm_at:%Y-%m-%d %H:%M}Z" if alert.harm_at else "-",
        alert.owner,
        alert.state.value,
        str(alert.alert_id)[:8],
    ]


COLUMNS = (
    "sev",
    "code",
    "course",
    "about",
    "what",
    "acknowledge by",
    "harm at",
    "who acts",
    "state",
    "id",
)


@alerts.command("ls")
def alerts_ls(
    everything: Annotated[bool, typer.Option("--all", help="Also those that are over.")] = False,
    as_json: Json = False,
) -> None:
    """List the open alerts, most grave and most urgent first.

    Example: v2v alerts ls --json
    """
    found = [alert for alert in latest().values() if everything or alert.open]
    found.sort(key=lambda a: (a.severity, a.harm_at or a.decide_by, a.alert_id))
    if as_json:
        for alert in found:
            showing.json_line(json_of(alert))
        return
    showing.table(
        COLUMNS, (row(alert) for alert in found), "Nothing is going wrong that we know of."
    )


@alerts.command("show")
def alerts_show(
    alert_id: Annotated[str, typer.Argument(help="The id, or its first characters.")],
    as_json: Json = False,
) -> None:
    """Show one alert: what, why, who must act, by when, and which evidence is missing.

    Example: v2v alerts show 781ffb99
    """
    alert = _one(alert_id)
    if as_json:
        showing.json_line(json_of(alert))
        return
    say, plain = showing.say, showing.plain
    head = f"{alert.severity.value}  {alert.state.value}"
    say(f"[bold]{plain(f'{alert.code} {alert.title}')}[/bold]  {head}")
    say(plain(f"course {alert.coi or 'not known'}, {alert.object}"))
    say(plain(alert.detail))
    rule = f"by rule {alert.rule}, profile {alert.profile or 'none'}"
    say(plain(f"raised {alert.raised_at:%Y-%m-%d %H:%M:%S}Z {rule}"))
    by = f"by {alert.acknowledge_by:%Y-%m-%d %H:%M}Z and decides by {alert.decide_by:%Y-%m-%d %H:%M}Z"
    say(plain(f"{alert.owner} acknowledges {by}"))
    if alert.harm_at:
        say(f"the therapy is harmed at {alert.harm_at:%Y-%m-%d %H:%M}Z")
    say(plain(f"to close it: {EXCEPTION_BY_CODE[alert.code].evidence}"))
    for missing in alert.missing:
        say(plain(f"  missing: {missing}"))
    for event_id in alert.evidence:
        say(f"  rests on event {event_id}")
    for comment in alert.comments:
        say(plain(f"  {comment}"))


@alerts.command("tail")
def alerts_tail(
    as_json: Json = False,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Begin with the oldest.")
    ] = False,
) -> None:
    """Follow alerts as they are issued, until interrupted.

    Example: v2v alerts tail --json
    """
    consumer = reader(settings.brokers(), settings.librdkafka())
    there = consumer.list_topics(timeout=15).topics
    starts: list[TopicPartition] = []
    for name in files.alert_topics():
        if name not in there:
            raise Trouble(f"topic {name} does not exist", "run 'v2v topics apply'")
        for number in there[name].partitions:
            low, high = consumer.get_watermark_offsets(TopicPartition(name, number), timeout=15)
            starts.append(TopicPartition(name, number, low if from_start else high))
    consumer.assign(starts)
    try:
        while True:
            message = consumer.poll(1)
            if message is None or message.error() or message.value() is None:
                continue
            alert = decode_contract(Alert, message.value())
            if as_json:
                showing.json_line(json_of(alert))
            else:
                showing.say(showing.plain("  ".join(row(alert))))
    finally:
        consumer.close()


def _one(alert_id: str) -> Alert:
    found = [alert for key, alert in latest().items() if key.startswith(alert_id)]
    if len(found) != 1:
        raise Trouble(
            f"{len(found)} alerts begin with {alert_id!r}", "list them with 'v2v alerts ls --all'"
        )
    return found[0]


def _act(alert: Alert, kind: ActionKind, actor: str, **more: str | None) -> None:
    acted_at = datetime.now(UTC)
    stated = json.dumps([str(alert.alert_id), kind, actor, acted_at.isoformat(), more])
    key = alert.coi or alert.object
    action = AlertAction(
        action_id=uuid5(ALERT_NAMESPACE, stated),
        alert_id=UUID(str(alert.alert_id)),
        key=key,
        kind=kind,
        acted_at=acted_at,
        actor=actor,
        **more,
    )
    message = WireMessage(key.encode(), encode_contract(action))
    files.publish(
        settings.brokers(),
        [(topics.ACTIONS, message)],
        settings.librdkafka(),
    )
    showing.say(f"{kind.value} of {alert.code} {alert.alert_id} is on {topics.ACTIONS}")


@alerts.command("acknowledge")
def alerts_acknowledge(alert_id: str, actor: Actor) -> None:
    """Say that you have seen an alert and take care of it.

    Example: v2v alerts acknowledge 781ffb99 --actor STAFF-17
    """
    _act(_one(alert_id), ActionKind.ACKNOWLEDGE, actor)


@alerts.command("assign")
def alerts_assign(alert_id: str, actor: Actor, to: Annotated[str, typer.Option("--to")]) -> None:
    """Give an alert to somebody.

    Example: v2v alerts assign 781ffb99 --to STAFF-20 --actor STAFF-17
    """
    _act(_one(alert_id), ActionKind.ASSIGN, actor, assignee=to)


@alerts.command("comment")
def alerts_comment(
    alert_id: str, actor: Actor, text: Annotated[str, typer.Option("--text")]
) -> None:
    """Add a comment to an alert.

    Example: v2v alerts comment 781ffb99 --text "courier called" --actor STAFF-17
    """
    _act(_one(alert_id), ActionKind.COMMENT, actor, reason=text)


@alerts.command("close")
def alerts_close(
    alert_id: str,
    actor: Actor,
    reason: Annotated[str, typer.Option("--reason", help="Why it is over; needed.")],
    disposition: Annotated[str | None, typer.Option("--disposition")] = None,
) -> None:
    """Close an alert with a reason.

    Example: v2v alerts close 781ffb99 --reason "both labels checked by two persons" --actor STAFF-17
    """
    alert = _one(alert_id)
    if not reason.strip():
        raise Trouble("found an empty reason", "say why the alert is over")
    if EXCEPTION_BY_CODE[alert.code].ends is Ends.BY_PERSON and alert.severity is Severity.S1:
        showing.err.print(f"{alert.code} is ended by people only; your reason is kept with it.")
    _act(alert, ActionKind.CLOSE, actor, reason=reason, disposition=disposition)
