"""What people do about exceptions and messages set aside: said to the log, so that a replay sees it.

Nothing is changed here. An action goes out with who, when, meaning and reason; what becomes of it comes
back through the stream. Whoever acts on a picture that is no longer true is told what has changed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from pydantic import ValidationError

from console.quarantine_verbs import RELEASABLE, released
from console.tower.access import Deed, Person
from console.tower.claims import Claims
from schemas import topics
from schemas.alert import ALERT_NAMESPACE, AlertState
from schemas.control import ActionKind, AlertAction, QuarantinedMessage
from schemas.dispositions import Disposition
from schemas.exceptions import EXCEPTION_BY_CODE, Ends
from schemas.json_form import from_json
from schemas.reasons import Reason
from schemas.wire import WireMessage, encode_contract
from streams.alert_work import why_not

Publish = Callable[[list[tuple[str, WireMessage]]], object]

DEEDS: dict[ActionKind, Deed] = {
    ActionKind.ACKNOWLEDGE: Deed.ACKNOWLEDGE,
    ActionKind.ASSIGN: Deed.ASSIGN,
    ActionKind.COMMENT: Deed.COMMENT,
    ActionKind.SHELVE: Deed.SHELVE,
    ActionKind.UNSHELVE: Deed.SHELVE,
    ActionKind.CLOSE: Deed.CLOSE,
    ActionKind.REOPEN: Deed.CLOSE,
}
"""Which right each kind of action needs."""
MEANING: dict[ActionKind, str] = {
    ActionKind.ACKNOWLEDGE: "I have seen it and take care of it",
    ActionKind.ASSIGN: "this person takes care of it",
    ActionKind.COMMENT: "this is known about it",
    ActionKind.SHELVE: "it may keep quiet for so long, for the reason I give",
    ActionKind.UNSHELVE: "it shall not keep quiet any longer",
    ActionKind.CLOSE: "it is over, for the reason I give",
    ActionKind.REOPEN: "it is not over, for the reason I give",
}
"""What a person states by each kind of action."""
NEED_A_REASON = frozenset(
    {ActionKind.COMMENT, ActionKind.SHELVE, ActionKind.CLOSE, ActionKind.REOPEN}
)
LONGEST_REASON = 2000


class Refused(Exception):
    """An action that cannot be: what is wrong with it, and how to mend it."""


class NotAllowed(Refused):
    """The person's roles do not let him."""


class Overtaken(Refused):
    """The picture that the person acted on is no longer true."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to do about one or many alerts."""

    kind: ActionKind
    reason: str = ""
    assignee: str = ""
    disposition: str = ""
    hours: float | None = None
    """For how long it is shelved."""


def grave(alert: dict[str, Any]) -> bool:
    """Whether only a person may end it; what this tower does not know counts as grave."""
    kind = EXCEPTION_BY_CODE.get(alert["code"])
    return kind is None or kind.ends is Ends.BY_PERSON


def demand_allowed(person: Person, wish: Wish, alert: dict[str, Any]) -> None:
    """Refuse what this person may not do about this alert, or what cannot be done about it."""
    deed = DEEDS.get(wish.kind)
    if deed is None:
        raise Refused(f"{wish.kind.value} is nothing that can be done here")
    if deed is Deed.CLOSE and grave(alert):
        deed = Deed.CLOSE_GRAVE
    if not person.may(deed):
        raise NotAllowed(f"your roles do not let you {wish.kind.value} {alert['code']}")
    if wish.kind in NEED_A_REASON and not wish.reason.strip():
        raise Refused(f"say why: {wish.kind.value} needs a reason")
    if len(wish.reason) > LONGEST_REASON:
        raise Refused(f"the reason has {len(wish.reason)} characters, the most is {LONGEST_REASON}")
    if wish.kind is ActionKind.ASSIGN and not wish.assignee.strip():
        raise Refused("say to whom: the staff code of a person or a role")
    if wish.kind is ActionKind.CLOSE and not wish.disposition.strip():
        raise Refused(f"say how it ended: {', '.join(Disposition)}")


def demand_effect(said: AlertAction, alert: dict[str, Any]) -> None:
    """Refuse what would have no effect on the alert as it stands, with the reason that the stream would give."""
    states = {state.value for state in AlertState}
    known = alert["code"] in EXCEPTION_BY_CODE and alert["state"] in states
    why = why_not(alert["code"], AlertState(alert["state"]), said) if known else None
    if why is not None:
        raise Refused(f"{said.kind.value} has no effect on {alert['code']}: {why}")


def action(person: Person, wish: Wish, alert: dict[str, Any], acted_at: datetime) -> AlertAction:
    """The action as it goes to the log. Pure."""
    until = None if wish.hours is None else acted_at + timedelta(hours=wish.hours)
    more: dict[str, Any] = {
        "reason": wish.reason.strip() or None,
        "assignee": wish.assignee.strip() or None,
        "disposition": wish.disposition.strip() or None,
        "until": until if wish.kind is ActionKind.SHELVE else None,
    }
    stated = [alert["alert_id"], wish.kind.value, person.staff_code, acted_at.isoformat(), more]
    try:
        return AlertAction(
            action_id=uuid5(ALERT_NAMESPACE, json.dumps(stated, default=str)),
            alert_id=UUID(alert["alert_id"]),
            key=alert.get("coi") or alert["object"],
            kind=wish.kind,
            acted_at=acted_at,
            actor=person.staff_code,
            **more,
        )
    except ValidationError as wrong:
        first = wrong.errors(include_url=False)[0]
        raise Refused(f"{first['loc'][0]}: {first['msg'].lower()}") from None


class Acting:
    """Says to the log what people do."""

    def __init__(self, claims: Claims, publish: Publish) -> None:
        self._claims, self._publish = claims, publish

    def act(
        self,
        person: Person,
        wish: Wish,
        alerts: Iterable[tuple[dict[str, Any], int]],
        clock: datetime,
        acted_at: datetime,
    ) -> None:
        """Do the same about each of the alerts, all or none; each comes with the revision that was seen."""
        seen = list(alerts)
        messages = []
        for alert, revision in seen:
            demand_allowed(person, wish, alert)
            if wish.kind is not ActionKind.COMMENT and alert["revision"] != revision:
                raise Overtaken(_what_changed(alert))
            said = action(person, wish, alert, acted_at)
            demand_effect(said, alert)
            messages.append(said)
        claimed: list[str] = []
        try:
            if wish.kind is not ActionKind.COMMENT:
                for alert, revision in seen:
                    self._claim(person, wish, alert, revision, clock, claimed)
            self._publish(
                [
                    (topics.ACTIONS, WireMessage(m.key.encode(), encode_contract(m)))
                    for m in messages
                ]
            )
        except BaseException:
            for alert_id in claimed:
                self._claims.give_up(alert_id)
            raise

    def _claim(
        self,
        person: Person,
        wish: Wish,
        alert: dict[str, Any],
        revision: int,
        clock: datetime,
        claimed: list[str],
    ) -> None:
        first = self._claims.claim(
            alert["alert_id"], revision, person.staff_code, wish.kind.value, clock
        )
        if first is not None:
            who, what = first
            raise Overtaken(f"{who} was first, and does this now: {what}; look at it again")
        claimed.append(alert["alert_id"])

    def release(
        self, person: Person, entry: dict[str, Any], reason: str, acted_at: datetime
    ) -> None:
        """Let a message that was set aside count after all."""
        if not person.may(Deed.RELEASE):
            raise NotAllowed("your roles do not let you release a message")
        if not reason.strip():
            raise Refused("say why the message may count")
        if entry.get("cleared"):
            raise Overtaken("it counts already: somebody has released it, or its link was mended")
        if entry["reason"] not in RELEASABLE or not entry.get("event_id"):
            raise Refused(f"{entry['reason']} cannot be released as it is: {entry['remedy']}")
        message = from_json(QuarantinedMessage, entry)
        self._publish(
            [(topics.RELEASED, released(message, person.staff_code, reason.strip(), acted_at))]
        )


def releasable(entry: dict[str, Any]) -> bool:
    """Whether a person can let this message count as it is."""
    known = {reason.value for reason in Reason}
    return (
        entry["reason"] in known
        and Reason(entry["reason"]) in RELEASABLE
        and bool(entry.get("event_id"))
        and not entry.get("cleared")
    )


def _what_changed(alert: dict[str, Any]) -> str:
    who = alert.get("acknowledged_by") or alert.get("assigned_to")
    by = f", {who} takes care of it" if who else ""
    return f"it has changed since you saw it: it is {alert['state']} now{by}; look at it again"
