"""The alerts of things: what concerns no course yet, or none at all, is judged where it is known.

A thing is asked by the same rules as a course: what is wrong now, what people did, how late it is.
Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Callable

from schemas.alert import Alert, Finding
from schemas.control import AlertAction
from schemas.profiles import platform_limits
from schemas.wire import decode_contract
from streams.alert_work import by_alert_in_order, stand
from streams.alerting import alert_of, note_when_gone, reissue
from streams.identity import incidents, orphans, partners
from streams.identity.thing import Thing
from streams.messages import INCIDENT_PREFIX, WATCHED, Out
from streams.moments import Micros

Judge = Callable[[Thing, str, Micros], tuple[list[Finding], Micros | None]]
"""`(thing, identifier, now)`; what is wrong, and when to ask again if nothing else happens."""

OF_IDENTIFIERS: tuple[tuple[str, Judge], ...] = ((orphans.CODE, orphans.judge),)
"""What is asked of every identifier."""

OF_INCIDENTS: tuple[tuple[str, Judge], ...] = (
    *OF_IDENTIFIERS,
    (incidents.SECURITY, incidents.judge_security),
    (incidents.PRIVACY, incidents.judge_privacy),
)
"""What is asked of the number of an incident."""


def judges_of(identifier: str) -> tuple[tuple[str, Judge], ...]:
    """What is asked of this thing: of partners, partitions and incidents something else than of the rest."""
    if identifier.startswith(WATCHED):
        return partners.JUDGES
    return OF_INCIDENTS if identifier.startswith(INCIDENT_PREFIX) else OF_IDENTIFIERS


def judge(identifier: str, thing: Thing, clock: Micros, cause: Micros = 0) -> list[Out]:
    """The alerts of a thing to send now, because facts, people or the time have changed them."""
    if not (thing.waiting or thing.readings or thing.issued) and (
        judges_of(identifier) is OF_IDENTIFIERS
    ):
        thing.__dict__["again_at"], thing.__dict__["wanted"] = None, frozenset[str]()
        return []  # as most identifiers are: nothing waits here, and nothing was ever wrong
    found = [(code, *ask(thing, identifier, clock)) for code, ask in judges_of(identifier)]
    dues = [again_at for _, _, again_at in found if again_at is not None]
    wanted: dict[str, Alert] = {}
    actions = (
        by_alert_in_order(decode_contract(AlertAction, raw) for raw in thing.actions.values())
        if any(findings for _, findings, _ in found)
        else {}
    )
    for code, findings, _ in found:
        for finding in findings:
            alert = alert_of(code, None, finding, platform_limits().label)
            acted = actions.get(alert.alert_id, ())
            stands = stand(alert, acted, platform_limits().escalation, clock)
            wanted[str(alert.alert_id)] = stands.alert
            if stands.again_at is not None:
                dues.append(stands.again_at)
    thing.__dict__["again_at"] = min(dues, default=None)
    thing.__dict__["wanted"] = wanted.keys()
    if not (thing.issued or wanted):
        return []
    thing.issued, outs = reissue(thing.issued, wanted, cause, clock)
    return outs


def act(identifier: str, thing: Thing, action: AlertAction, clock: Micros) -> list[Out]:
    """What a person's action changes; said on the alert even where what it told of is gone."""
    outs = judge(identifier, thing, clock)
    if str(action.alert_id) not in thing.__dict__["wanted"]:
        thing.issued, noted = note_when_gone(thing.issued, action)
        outs += noted
    return outs


def next_due(thing: Thing) -> Micros | None:
    """When the thing has to be looked at again, as it was judged last."""
    again_at: Micros | None = thing.__dict__["again_at"]
    return again_at
