"""What people and the clock make of an alert: acknowledged, shelved, closed; escalated, reminded of.

All of it is a function of the alert's facts, the set of what people did, and how late it is. When a
person acted decides, never when that was heard. An alert that comes back, off the shelf or opened
again, has to be acknowledged anew from that moment on: nobody has to remember for how long it slept.
An action that may not be has no effect, and the alert says so. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from schemas.alert import OPEN_STATES, Alert, AlertState
from schemas.control import ActionKind, AlertAction
from schemas.dispositions import Disposition
from schemas.exceptions import EXCEPTION_BY_CODE
from schemas.profile import EscalationTier, RegulatoryClock
from schemas.profiles import platform_limits
from streams.moments import Micros, micros

LONGEST = 4000
"""A comment of an alert is cut at so many characters, as its contract wants it."""


class Stands(NamedTuple):
    """An alert as it stands at a moment, and when it will stand otherwise if nothing else happens."""

    alert: Alert
    again_at: Micros | None


def by_alert_in_order(actions: Iterable[AlertAction]) -> dict[UUID, list[AlertAction]]:
    """What people did about each alert, in the order in which they did it."""
    found: dict[UUID, list[AlertAction]] = {}
    for action in sorted(actions, key=lambda action: (action.acted_at, action.action_id)):
        found.setdefault(action.alert_id, []).append(action)
    return found


def stand(
    alert: Alert, actions: Sequence[AlertAction], tiers: tuple[EscalationTier, ...], now: Micros
) -> Stands:
    """The alert once people's actions, given in their order, and the time count."""
    work = _Work(alert, alert.raised_at)
    for action in actions:
        work.take(action)
    if work.shelved is not None and micros(_end_of(work.shelved)) <= now:
        work.comes_back(_end_of(work.shelved))
    changes: dict[str, object] = work.changes()
    changes.update(_reminded(alert, work.closed, now))
    climbed = tuple(_deadlines(alert, work.since, tiers))
    stopped = work.stopped_at
    heard = now if stopped is None else min(now, micros(stopped))
    passed = [(tier, at) for tier, at in climbed if micros(at) <= heard]
    if passed:
        tier, at = passed[-1]
        changes |= {"tier": len(passed), "escalated_to": tier.role, "escalated_at": at}
        if work.state is AlertState.OPEN:
            changes["state"] = AlertState.ESCALATED
    ahead = [micros(at) for _, at in climbed if stopped is None or at <= stopped]
    ahead += [micros(at) for _, at in _reminders(alert, work.closed)]
    if work.shelved is not None:
        ahead.append(micros(_end_of(work.shelved)))
    again_at = min((at for at in ahead if at > now), default=None)
    return Stands(alert.model_copy(update=changes) if changes else alert, again_at)


def why_not(code: str, state: AlertState, action: AlertAction) -> str | None:
    """Why an action has no effect on an alert that stands like this; None where it has."""
    over = state not in OPEN_STATES
    match action.kind:
        case ActionKind.COMMENT:
            return None if _said(action) else "it says nothing"
        case ActionKind.REOPEN:
            return None if state is AlertState.CLOSED else "only a closed alert can be opened again"
        case _ if over:
            return "the alert is over"
        case ActionKind.ASSIGN if not action.assignee:
            return "it names nobody"
        case ActionKind.CLOSE:
            return _why_not_closed(action)
        case ActionKind.SHELVE:
            return _why_not_shelved(code, action)
        case ActionKind.UNSHELVE if state is not AlertState.SHELVED:
            return "the alert is not on the shelf"
        case ActionKind.UNKNOWN_TO_READER:
            return "this version does not know the action"
        case _:
            return None


def _why_not_closed(action: AlertAction) -> str | None:
    if not _said(action):
        return "closing needs a reason"
    if action.disposition is not None and action.disposition not in set(Disposition):
        return f"{action.disposition} is no disposition of the catalogue"
    return None


def _why_not_shelved(code: str, action: AlertAction) -> str | None:
    if not EXCEPTION_BY_CODE[code].may_be_shelved:
        return f"{code} is a matter of identity or release, which nobody may shelve"
    if not _said(action):
        return "shelving needs a reason"
    if action.until is None or action.until <= action.acted_at:
        return "shelving needs a later moment at which the alert comes back"
    longest = timedelta(hours=platform_limits().longest_shelf.hours)
    if action.until - action.acted_at > longest:
        hours = platform_limits().longest_shelf.hours
        return f"an alert may be shelved for {hours:g} h in one go"
    return None


def _said(action: AlertAction) -> bool:
    return bool(action.reason and action.reason.strip())


def refusal(action: AlertAction, why: str) -> str:
    """What an alert says of an action that had no effect."""
    return f"{action.actor}: {action.kind.value} has no effect: {why}"[:LONGEST]


def comment(action: AlertAction, did: str = "") -> str:
    """What an alert says of the words that somebody left with it."""
    return f"{action.actor}{did}: {action.reason}"[:LONGEST]


def _end_of(shelved: AlertAction) -> datetime:
    assert shelved.until is not None  # else it would not have been shelved
    return shelved.until


@dataclass(slots=True)
class _Work:
    """What people have made of an alert, one action after the other."""

    alert: Alert
    since: datetime
    """From when on it has to be acknowledged."""
    acknowledged: AlertAction | None = None
    shelved: AlertAction | None = None
    closed: AlertAction | None = None
    assignee: str | None = None
    comments: list[str] = field(default_factory=list)

    @property
    def state(self) -> AlertState:
        """Where the alert stands, as far as people decide it."""
        if self.closed is not None:
            return AlertState.CLOSED
        if self.shelved is not None:
            return AlertState.SHELVED
        return AlertState.OPEN if self.acknowledged is None else AlertState.ACKNOWLEDGED

    @property
    def stopped_at(self) -> datetime | None:
        """When the climb stopped, because somebody took care of the alert."""
        stops = (self.acknowledged, self.shelved, self.closed)
        return min((action.acted_at for action in stops if action is not None), default=None)

    def take(self, action: AlertAction) -> None:
        """Let one action count, or say why it has no effect."""
        if self.shelved is not None and _end_of(self.shelved) <= action.acted_at:
            self.comes_back(_end_of(self.shelved))
        why = why_not(self.alert.code, self.state, action)
        if why is not None:
            if action.kind is not ActionKind.COMMENT:
                self.comments.append(refusal(action, why))
            return
        match action.kind:
            case ActionKind.ACKNOWLEDGE:
                self.shelved = None
                self.acknowledged = self.acknowledged or action
            case ActionKind.ASSIGN:
                self.assignee = action.assignee
            case ActionKind.COMMENT:
                self.comments.append(comment(action))
            case ActionKind.SHELVE:
                self.shelved = action
                until = f"{_end_of(action):%Y-%m-%d %H:%M}Z"
                self.comments.append(comment(action, f" shelved until {until}"))
            case ActionKind.UNSHELVE:
                self.comes_back(action.acted_at)
            case ActionKind.CLOSE:
                self.closed = action
                self.comments.append(comment(action, " closed"))
            case ActionKind.REOPEN:
                self.comes_back(action.acted_at)
            case ActionKind.UNKNOWN_TO_READER:
                pass  # why_not has said so

    def comes_back(self, at: datetime) -> None:
        """Ask for somebody to take care of it, from this moment on."""
        self.since, self.acknowledged, self.shelved, self.closed = at, None, None, None

    def changes(self) -> dict[str, object]:
        """What the alert says otherwise than before anybody acted."""
        found: dict[str, object] = {}
        alert, state = self.alert, self.state
        if state is not AlertState.OPEN:
            found["state"] = state
        if self.since != alert.raised_at:
            later = self.since - alert.raised_at
            found["acknowledge_by"] = alert.acknowledge_by + later
            found["decide_by"] = alert.decide_by + later
        if self.acknowledged is not None:
            found["acknowledged_by"] = self.acknowledged.actor
            found["acknowledged_at"] = self.acknowledged.acted_at
        if self.shelved is not None and self.closed is None:
            found["shelved_by"] = self.shelved.actor
            found["shelved_until"] = self.shelved.until
        if self.closed is not None:
            found["ended_at"] = self.closed.acted_at
            found["disposition"] = self.closed.disposition
        if self.assignee is not None:
            found["assigned_to"] = self.assignee
        if self.comments:
            found["comments"] = tuple(self.comments)
        return found


def _deadlines(
    alert: Alert, since: datetime, tiers: tuple[EscalationTier, ...]
) -> Iterator[tuple[EscalationTier, datetime]]:
    """When each tier is told, if nobody acknowledges the alert before."""
    allowed = alert.acknowledge_by - alert.raised_at
    for tier in tiers:
        yield tier, since + allowed * (1 + tier.share) + timedelta(minutes=tier.minutes)


def clock_of(timer: str) -> RegulatoryClock:
    """The regulatory clock of this name."""
    clock = getattr(platform_limits(), timer)
    assert isinstance(clock, RegulatoryClock), f"{timer} is no regulatory clock"
    return clock


def _reminders(alert: Alert, closed: AlertAction | None) -> Iterator[tuple[int, datetime]]:
    """At which shares of its regulatory time, in per cent, people are reminded, and when."""
    if alert.timer is None or alert.timer_began_at is None:
        return
    clock = clock_of(alert.timer)
    for share in clock.remind_at:
        at = clock.at(share, alert.timer_began_at)
        if closed is None or at <= closed.acted_at:
            yield round(share * 100), at


def _reminded(alert: Alert, closed: AlertAction | None, now: Micros) -> dict[str, object]:
    passed = [(share, at) for share, at in _reminders(alert, closed) if micros(at) <= now]
    if not passed:
        return {}
    share, at = passed[-1]
    return {"reminder": share, "reminded_at": at}
