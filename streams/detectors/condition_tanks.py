"""Storage tanks in which cells of the course lie."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.envelope import Scheme
from streams.detectors.detector import AskAgain, Detector, detector
from streams.messages import Concern
from streams.moments import Micros, moment
from streams.using import TANK_WORDS, tanks_used
from streams.view import View


@detector("TC-09", Concern, *TANK_WORDS)
def tank_in_alarm(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A storage tank in which cells of the course lie has an alarm.

    Why: a tank that runs dry or warm loses everything that is in it within hours.
    Act: the facility refills the tank or moves all containers to another one, and writes down which.
    """
    for thing, told in view.concerns.items():
        tank = thing.removeprefix(f"{Scheme.TANK}:")
        kept = tanks_used(view).get(tank) if told.troubles else None
        if kept is None:
            continue  # it is no tank, or nothing of the course is left in it
        for trouble in told.troubles:
            yield Finding(
                object=thing,
                anchor=trouble.event_id,
                raised_at=max(kept.said.occurred_at, moment(trouble.since)),
                detail=f"tank {tank} has the alarm {trouble.about}, and cells of the course lie in it",
                severity=Severity.S1,
                evidence=(UUID(trouble.event_id), kept.said.event_id),
                missing=("transfer record",),
            )


DETECTORS: tuple[Detector, ...] = (tank_in_alarm,)
