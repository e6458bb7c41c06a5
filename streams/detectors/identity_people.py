"""Steps that two persons have to look at, and one did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.alert import Finding, Severity
from schemas.collection import CheckContext, IdentityVerified, LabelApplied
from schemas.envelope import Event, Scheme
from schemas.manufacture import LabelsReconciled
from schemas.profile import SecondPerson
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.view import View

NAME_TWO: tuple[type[Event], ...] = (IdentityVerified, LabelApplied, LabelsReconciled)

BEFORE_THE_PATIENT = (CheckContext.THAW, CheckContext.BEDSIDE)


@detector("ID-09", *NAME_TWO)
def second_person_missing(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The second person of a check is missing, or is the first person again.

    Why: most mix-ups are found by the second pair of eyes; one person does not see their own error.
    Act: let another person check now, and open a deviation for the step that went on without one.
    """
    asked = None if view.profile is None else view.profile.second_person
    for kind in NAME_TWO:
        for event in view.of(kind):
            alone = _alone(event, asked)
            if alone is None or _seen_by_another(view, event, asked):
                continue
            since, detail = alone
            if since and now < micros(event.occurred_at + since):
                yield AskAgain(micros(event.occurred_at + since))
                continue
            containers = event.named(Scheme.CONTAINER)
            grave = isinstance(event, IdentityVerified) and event.context in BEFORE_THE_PATIENT
            yield Finding(
                object=f"CONTAINER:{containers[0]}" if containers else f"COI:{view.coi}",
                anchor=str(event.event_id),
                raised_at=event.occurred_at + since,
                detail=f"{event.type_name()}: {detail}",
                severity=Severity.S1 if grave else Severity.S2,
                evidence=(event.event_id,),
                missing=("check by another person", "deviation"),
            )


def _alone(event: Event, asked: SecondPerson | None) -> tuple[timedelta, str] | None:
    """How long after the step it counts as made by one person only, and why; None when two are named."""
    if event.actor is not None and event.actor == event.second_actor:
        return timedelta(0), f"{event.actor} is both the first and the second person"
    if event.second_actor is not None or asked is None or not isinstance(event, IdentityVerified):
        return None
    if event.context not in asked.at:
        return None
    return timedelta(minutes=asked.minutes), f"no second person at {event.context.value}"


def _seen_by_another(view: View, event: Event, asked: SecondPerson | None) -> bool:
    """Whether two persons made the same check, each in an entry of their own."""
    if asked is None or not isinstance(event, IdentityVerified):
        return False
    late, things = timedelta(hours=asked.late_hours), set(event.named(Scheme.CONTAINER))
    persons = {
        person
        for other in view.of(IdentityVerified)
        if other.context is event.context
        and set(other.named(Scheme.CONTAINER)) == things
        and abs(other.occurred_at - event.occurred_at) <= late
        for person in (other.actor, other.second_actor)
        if person is not None
    }
    return len(persons) > 1


DETECTORS: tuple[Detector, ...] = (second_person_missing,)
