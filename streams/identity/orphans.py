"""Events that lead to no course: they wait, and after their grace time somebody is told (ID-04)."""

from __future__ import annotations

from datetime import timedelta

from schemas.alert import Alert, Finding
from schemas.control import AlertAction
from schemas.exceptions import EXCEPTION_BY_CODE
from schemas.profiles import platform_limits
from schemas.wire import decode_contract
from streams.alerting import alert_of, apply, reissue
from streams.identity import loggers
from streams.identity.thing import Thing
from streams.messages import NEVER, Micros, Out, moment

CODE = "ID-04"


def grace() -> Micros:
    """How long an event may wait, in microseconds."""
    return int(
        timedelta(minutes=platform_limits().orphan_grace.minutes) / timedelta(microseconds=1)
    )


def next_due(thing: Thing, clock: Micros) -> Micros | None:
    """The next moment at which something that waits here becomes overdue."""
    dues = (known_by + grace() for _, known_by in _waiting(thing))
    return min((due for due in dues if due > clock), default=None)


def judge(identifier: str, thing: Thing, clock: Micros, cause: Micros = 0) -> list[Out]:
    """The orphan alerts to send now, because the grace of an event is over or its link has come."""
    if not thing.issued and (not (thing.waiting or thing.readings)):
        return []
    wanted: dict[str, Alert] = {}
    actions = [decode_contract(AlertAction, raw) for raw in thing.actions.values()]
    for event_id, known_by in _waiting(thing):
        due = known_by + grace()
        if due > clock:
            continue
        finding = Finding(
            object=identifier,
            anchor=event_id,
            raised_at=moment(due),
            detail=f"nobody has said which course {identifier} belongs to",
            severity=EXCEPTION_BY_CODE[CODE].severity,
            evidence=(event_id,),  # type: ignore[arg-type]
            missing=(f"the link of {identifier} from its system of record",),
        )
        alert = apply(actions, alert_of(CODE, None, finding, platform_limits().label))
        wanted[str(alert.alert_id)] = alert
    thing.issued, outs = reissue(thing.issued, wanted, cause, clock)
    return outs


def _waiting(thing: Thing) -> list[tuple[str, Micros]]:
    """What still needs a link: neither what has been replaced, nor what only withdraws something."""
    held = [
        (event_id, min(c.known_by for c in carries))
        for event_id, carries in thing.waiting.items()
        if not thing.replaced(event_id, len(carries))
    ]
    return [one for one in held if one[1] != NEVER] + loggers.unclaimed(thing)
