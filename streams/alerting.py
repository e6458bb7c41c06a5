"""From findings to alerts: what is open, and what changed since it was last said.

A detector says what is wrong now. Here it becomes an alert with an id that is the same wherever and
whenever it is found, and only a change is issued. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

import msgspec

from schemas import topics
from schemas.alert import Alert, AlertState, Finding, alert_id
from schemas.control import ActionKind, AlertAction
from schemas.exceptions import EXCEPTION_BY_CODE
from schemas.wire import decode_contract, encode_contract
from streams.alert_work import clock_of, comment, refusal, why_not
from streams.messages import Out
from streams.moments import Micros, moment

RULES = "1"
"""The version of the detectors; it goes up whenever one of them judges differently."""


class Issued(msgspec.Struct, frozen=True, array_like=True):
    """An alert as it was last issued."""

    revision: int
    open: bool
    content: bytes


_issued_encoder = msgspec.msgpack.Encoder()
_issued_decoder = msgspec.msgpack.Decoder(Issued)


class Outlook(NamedTuple):
    """What the alerts of a course say of its way to the infusion."""

    infusion_p50_at: datetime | None = None
    infusion_p90_at: datetime | None = None
    holding: str | None = None
    harm_at: datetime | None = None
    """When the first open limit of the course passes."""


NO_OUTLOOK = Outlook()


def alert_of(
    code: str, coi: str | None, finding: Finding, profile: str, outlook: Outlook = NO_OUTLOOK
) -> Alert:
    """The alert that a finding stands for, before anybody has acted."""
    kind = EXCEPTION_BY_CODE[code]
    timer, began = finding.timer, finding.timer_began_at
    return Alert(
        alert_id=alert_id(code, coi, finding.object, finding.anchor),
        code=code,
        title=kind.title,
        hazard=kind.hazard,
        coi=coi,
        object=finding.object,
        anchor=finding.anchor,
        state=AlertState.OPEN,
        severity=finding.severity,
        raised_at=finding.raised_at,
        acknowledge_by=finding.raised_at + timedelta(minutes=kind.acknowledge_within),
        decide_by=finding.raised_at + timedelta(minutes=kind.decide_within),
        harm_at=finding.harm_at or outlook.harm_at,
        infusion_p50_at=outlook.infusion_p50_at,
        infusion_p90_at=outlook.infusion_p90_at,
        holding=outlook.holding,
        owner=kind.owner,
        timer=timer,
        timer_began_at=began,
        due_at=clock_of(timer).due(began) if timer and began else None,
        detail=finding.detail,
        evidence=tuple(sorted(finding.evidence)),
        missing=tuple(sorted(finding.missing)),
        harmed=finding.harmed,
        rule=f"{code}/{RULES}",
        profile=profile,
    )


def reissue(
    issued: Mapping[str, bytes],
    wanted: Mapping[str, Alert],
    cause: Micros,
    clock: Micros,
    unchanged: Container[str] = (),
) -> tuple[dict[str, bytes], list[Out]]:
    """What is now issued, and the alerts to send because they are new, changed or over.

    `unchanged` names those that are wanted as they were the last time: nobody has to look at them. `cause` is the time of the fact that was just taken in: an alert that ends by a fact dated at or
    before it was raised was never true, and is retracted.
    """
    kept = dict(issued)
    outs: list[Out] = []
    for key, alert in wanted.items():
        if key in unchanged:
            continue
        last = _issued_decoder.decode(issued[key]) if key in issued else None
        if last is None and not alert.open:
            continue
        content = encode_contract(alert)
        if last is not None and last.content == content:
            continue
        revision = 1 if last is None else last.revision + 1
        kept[key] = _issued_encoder.encode(Issued(revision, alert.open, content))
        outs.append(_out(alert, revision))
    for key in issued.keys() - wanted.keys():
        last = _issued_decoder.decode(issued[key])
        if not last.open:
            continue
        over = _ended(decode_contract(Alert, last.content), cause, clock)
        kept[key] = _issued_encoder.encode(Issued(last.revision + 1, False, encode_contract(over)))
        outs.append(_out(over, last.revision + 1))
    return kept, outs


def note_when_gone(
    issued: Mapping[str, bytes], action: AlertAction
) -> tuple[dict[str, bytes], list[Out]]:
    """Let an alert whose finding is gone say what somebody still did about it."""
    key = str(action.alert_id)
    kept = dict(issued)
    if key not in kept:
        return kept, []
    last = _issued_decoder.decode(kept[key])
    alert = decode_contract(Alert, last.content)
    why = why_not(alert.code, alert.state, action)
    if action.kind is ActionKind.REOPEN:
        why = "what it told of is so no more"
    if why is not None and action.kind is ActionKind.COMMENT:
        return kept, []
    told = comment(action) if why is None else refusal(action, why)
    noted = alert.model_copy(update={"comments": (*alert.comments, told)})
    kept[key] = _issued_encoder.encode(Issued(last.revision + 1, False, encode_contract(noted)))
    return kept, [_out(noted, last.revision + 1)]


def still_open(issued: Mapping[str, bytes]) -> list[Alert]:
    """The issued alerts that somebody still has to act on."""
    found = (_as_open(raw) for raw in issued.values())
    return [alert for alert in found if alert is not None]


@lru_cache(maxsize=10_000)
def _as_open(raw: bytes) -> Alert | None:
    """The alert as issued, or None when it is over; kept, because every record asks again."""
    issued = _issued_decoder.decode(raw)
    return decode_contract(Alert, issued.content, trusted=True) if issued.open else None


def _ended(alert: Alert, cause: Micros, clock: Micros) -> Alert:
    never_true = moment(cause) <= alert.raised_at
    state = AlertState.RETRACTED if never_true else AlertState.RESOLVED
    ended_at = max(alert.raised_at, moment(max(cause, clock)))
    return alert.model_copy(update={"state": state, "ended_at": ended_at})


def _out(alert: Alert, revision: int) -> Out:
    stated = alert.model_copy(update={"revision": revision})
    return Out(topics.alerts(alert.hazard), str(alert.alert_id), encode_contract(stated))
