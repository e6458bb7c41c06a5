"""Events that lead to no course: they wait, and after their grace time somebody is told (ID-04)."""

from __future__ import annotations

from schemas.alert import Finding
from schemas.exceptions import EXCEPTION_BY_CODE
from schemas.profiles import platform_limits
from streams.identity import loggers
from streams.identity.thing import Thing
from streams.moments import NEVER, Micros, moment, span

CODE = "ID-04"


def grace() -> Micros:
    """How long an event may wait, in microseconds."""
    return span(platform_limits().orphan_grace)


def judge(thing: Thing, identifier: str, clock: Micros) -> tuple[list[Finding], Micros | None]:
    """An admitted event leads to no course after its grace time.

    Why: what it says is seen by nobody while it waits.
    Act: send the link from the system of record, or correct the event.
    """
    found: list[Finding] = []
    again_at: Micros | None = None
    after = grace()
    for event_id, known_by in _waiting(thing):
        due = known_by + after
        if due > clock:
            again_at = due if again_at is None else min(again_at, due)
            continue
        found.append(
            Finding(
                object=identifier,
                anchor=event_id,
                raised_at=moment(due),
                detail=f"nobody has said which course {identifier} belongs to",
                severity=EXCEPTION_BY_CODE[CODE].severity,
                evidence=(event_id,),  # type: ignore[arg-type]
                missing=(f"the link of {identifier} from its system of record",),
            )
        )
    return found, again_at


def _waiting(thing: Thing) -> list[tuple[str, Micros]]:
    """What still needs a link: neither what has been replaced, nor what only withdraws something."""
    held = [
        (event_id, min(c.known_by for c in carries))
        for event_id, carries in thing.waiting.items()
        if not thing.replaced(event_id, len(carries))
    ]
    return [one for one in held if one[1] != NEVER] + loggers.unclaimed(thing)
