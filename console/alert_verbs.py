"""Verbs for alerts: list them, follow them, look at one, and say what was done about it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import uuid5

import typer
from confluent_kafka import TopicPartition
from pydantic import ValidationError

from console import files, settings, showing
from console.reading import reader
from console.trouble import Trouble
from schemas import topics
from schemas.alert import ALERT_NAMESPACE, Alert, AlertState
from schemas.control import ActionKind, AlertAction
from schemas.dispositions import MEANINGS, Disposition
from schemas.exceptions import EXCEPTION_BY_CODE
from schemas.json_form import as_json as json_of
from schemas.wire import WireMessage, decode_contract, encode_contract
from streams.alert_work import why_not

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Id = Annotated[str, typer.Argument(help="The id, or its first characters.")]
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
        alert.escalated_to or alert.owner,
        standing(alert),
        str(alert.alert_id)[:8],
    ]


def standing(alert: Alert) -> str:
    """How an alert stands, in a word or two."""
    if alert.state is AlertState.SHELVED and alert.shelved_until is not None:
        return f"shelved until {alert.shelved_until:%m-%d %H:%M}Z"
    if alert.state is AlertState.ESCALATED:
        return f"escalated, tier {alert.tier}"
    return alert.state.value


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
    """List the open alerts, most grave and most urgent first, those on the shelf last.

    Example: v2v alerts ls --json
    """
    found = [alert for alert in latest().values() if everything or alert.open]
    quiet = AlertState.SHELVED
    found.sort(key=lambda a: (a.state is quiet, a.severity, a.harm_at or a.decide_by, a.alert_id))
    if as_json:
        for alert in found:
            showing.json_line(json_of(alert))
        return
    showing.table(
        COLUMNS, (row(alert) for alert in found), "Nothing is going wrong that we know of."
    )


@alerts.command("show")
def alerts_show(
    alert_id: Id,
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
    if alert.escalated_to and alert.escalated_at:
        told = f"{alert.escalated_to} was told at {alert.escalated_at:%Y-%m-%d %H:%M}Z"
        say(plain(f"tier {alert.tier}: {told}, since nobody had acknowledged it"))
    if alert.shelved_until:
        say(plain(f"shelved by {alert.shelved_by} until {alert.shelved_until:%Y-%m-%d %H:%M}Z"))
    if alert.due_at:
        reminded = "" if alert.reminder is None else f", {alert.reminder} % of the time are over"
        say(plain(f"{alert.timer}: due at {alert.due_at:%Y-%m-%d %H:%M}Z{reminded}"))
    if alert.harm_at:
        say(f"the therapy is harmed at {alert.harm_at:%Y-%m-%d %H:%M}Z")
    if alert.infusion_p50_at and alert.infusion_p90_at:
        when = f"{alert.infusion_p50_at:%Y-%m-%d}Z (P50), {alert.infusion_p90_at:%Y-%m-%d}Z (P90)"
        held = f"; {alert.holding} holds the course back" if alert.holding else ""
        say(plain(f"infusion expected {when}{held}"))
    if alert.disposition:
        say(plain(f"closed as {alert.disposition}"))
    say(plain(f"to close it: {EXCEPTION_BY_CODE[alert.code].evidence}"))
    for course in alert.harmed:
        harm = f"{course.harm_at:%Y-%m-%d %H:%M}Z"
        say(plain(f"  course {course.coi} is harmed at {harm}, awaits {course.awaits}"))
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


def _act(alert_id: str, kind: ActionKind, actor: str, as_json: bool, **more: Any) -> None:
    """Publish what a person does about an alert; refused here where it would have no effect."""
    alert, acted_at = _one(alert_id), datetime.now(UTC)
    key = alert.coi or alert.object
    stated = json.dumps([str(alert.alert_id), kind, actor, acted_at.isoformat(), more], default=str)
    try:
        action = AlertAction(
            action_id=uuid5(ALERT_NAMESPACE, stated),
            alert_id=alert.alert_id,
            key=key,
            kind=kind,
            acted_at=acted_at,
            actor=actor,
            **more,
        )
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise Trouble(f"{place}: {first['msg']}", f"see 'v2v alerts {kind} --help'") from wrong
    why = why_not(alert.code, alert.state, action)
    if why is not None:
        raise Trouble(f"{kind} has no effect: {why}", "see 'v2v alerts show' for how it stands")
    message = WireMessage(key.encode(), encode_contract(action))
    files.publish(settings.brokers(), [(topics.ACTIONS, message)], settings.librdkafka())
    if as_json:
        showing.json_line(json_of(action))
        return
    showing.say(f"{kind.value} of {alert.code} {alert.alert_id} is on {topics.ACTIONS}")


@alerts.command("acknowledge")
def alerts_acknowledge(alert_id: Id, actor: Actor, as_json: Json = False) -> None:
    """Say that you have seen an alert and take care of it; it climbs no further.

    Example: v2v alerts acknowledge 781ffb99 --actor STAFF-17
    """
    _act(alert_id, ActionKind.ACKNOWLEDGE, actor, as_json)


@alerts.command("assign")
def alerts_assign(
    alert_id: Id,
    actor: Actor,
    to: Annotated[str, typer.Option("--to", help="The staff code of who gets it.")],
    as_json: Json = False,
) -> None:
    """Give an alert to somebody.

    Example: v2v alerts assign 781ffb99 --to STAFF-20 --actor STAFF-17
    """
    _act(alert_id, ActionKind.ASSIGN, actor, as_json, assignee=to)


@alerts.command("comment")
def alerts_comment(
    alert_id: Id,
    actor: Actor,
    text: Annotated[str, typer.Option("--text", help="What you have to say of it.")],
    as_json: Json = False,
) -> None:
    """Add a comment to an alert.

    Example: v2v alerts comment 781ffb99 --text "courier called" --actor STAFF-17
    """
    _act(alert_id, ActionKind.COMMENT, actor, as_json, reason=text)


@alerts.command("shelve")
def alerts_shelve(
    alert_id: Id,
    actor: Actor,
    reason: Annotated[str, typer.Option("--reason", help="Why it may keep quiet; needed.")],
    hours: Annotated[
        float, typer.Option("--hours", min=0.01, max=1000, help="For how many hours.")
    ] = 8,
    as_json: Json = False,
) -> None:
    """Keep an alert quiet for some hours; it stays open, and comes back by itself.

    Identity and release exceptions cannot be shelved.

    Example: v2v alerts shelve 781ffb99 --hours 4 --reason "the courier waits at customs" --actor STAFF-17
    """
    until = datetime.now(UTC) + timedelta(hours=hours)
    _act(alert_id, ActionKind.SHELVE, actor, as_json, reason=reason, until=until)


@alerts.command("unshelve")
def alerts_unshelve(
    alert_id: Id,
    actor: Actor,
    as_json: Json = False,
) -> None:
    """Bring a shelved alert back before its time.

    Example: v2v alerts unshelve 781ffb99 --actor STAFF-17
    """
    _act(alert_id, ActionKind.UNSHELVE, actor, as_json)


@alerts.command("close")
def alerts_close(
    alert_id: Id,
    actor: Actor,
    reason: Annotated[str, typer.Option("--reason", help="Why it is over; needed.")],
    disposition: Annotated[
        Disposition, typer.Option("--disposition", help="How it ended; see 'dispositions'.")
    ],
    as_json: Json = False,
) -> None:
    """Close an alert with a disposition and a reason.

    Example: v2v alerts close 781ffb99 --disposition mended --reason "two persons checked both labels" --actor STAFF-17
    """
    _act(
        alert_id,
        ActionKind.CLOSE,
        actor,
        as_json,
        reason=reason,
        disposition=disposition.value,
    )


@alerts.command("reopen")
def alerts_reopen(
    alert_id: Id,
    actor: Actor,
    as_json: Json = False,
) -> None:
    """Open an alert again that a person closed; it has to be acknowledged anew.

    Example: v2v alerts reopen 781ffb99 --actor STAFF-17
    """
    _act(alert_id, ActionKind.REOPEN, actor, as_json)


@alerts.command("dispositions")
def alerts_dispositions(as_json: Json = False) -> None:
    """Say with which dispositions an alert may be closed.

    Example: v2v alerts dispositions
    """
    rows = [{"disposition": word.value, "meaning": MEANINGS[word]} for word in Disposition]
    if as_json:
        for row_of in rows:
            showing.json_line(row_of)
        return
    columns = ("disposition", "meaning")
    showing.table(columns, ([row_of[name] for name in columns] for row_of in rows), "none")
