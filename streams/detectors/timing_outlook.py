"""The time from vein to vein against the target of the product, as it is forecast and as it runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.alert import Finding, Severity
from schemas.collection import CollectionCompleted
from schemas.profile import PATH_BEGINS, TherapyProfile
from schemas.record import Forecast
from schemas.treatment import InfusionStarted
from streams.detectors.detector import AskAgain, Detector, detector
from streams.forecast import READS, kept_facts, kept_forecast
from streams.moments import Micros, micros
from streams.path import Facts, forecast
from streams.plans import over, plans_said_at
from streams.view import View


@detector("TW-04", *READS)
def vein_to_vein_overrun(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The infusion is expected later after the collection than the product's target, or is so already.

    Why: while the cells are away the disease goes on, and a late therapy helps less.
    Act: patient operations tell the clinic the new date, and speed up the step that holds the course back.
    """
    profile, collected = view.profile, view.last(CollectionCompleted)
    if profile is None or profile.vein_to_vein is None or collected is None:
        return
    if over(view) or view.of(InfusionStarted):
        return
    limit = collected.ended_at + timedelta(hours=profile.vein_to_vein.hours)
    expected = kept_forecast(view)
    overrun = now >= micros(limit)
    if not overrun:
        yield AskAgain(micros(limit))
    if not overrun and (expected is None or expected.infusion_p50_at <= limit):
        return
    told = "" if expected is None else _told(expected)
    yield Finding(
        object="vein to vein",
        anchor=str(collected.event_id),
        raised_at=_since(view, profile, limit),
        detail=f"the infusion was to begin by {limit.isoformat()}{told}",
        severity=Severity.S2 if overrun else Severity.S3,
        evidence=(collected.event_id,),
        missing=("new plan, told to the clinic",),
    )


def _told(expected: Forecast) -> str:
    held = f"; {expected.holding} holds the course back" if expected.holding else ""
    return f" and is expected on {expected.infusion_p50_at.isoformat()}{held}"


def _since(view: View, profile: TherapyProfile, limit: datetime) -> datetime:
    """The fact since which the forecast has been beyond the limit; the limit where only time has passed."""
    facts = kept_facts(view)
    if facts is None:
        return limit
    planned_at = plans_said_at(view)
    moments = sorted({*facts.done.values(), *planned_at.values()})
    since: datetime | None = None
    for at in moments:
        before = Facts(
            {step: done for step, done in facts.done.items() if done <= at},
            {s: p for s, p in facts.planned.items() if s not in planned_at or planned_at[s] <= at},
            facts.limits,
        )
        made = forecast(profile.path, before) if PATH_BEGINS in before.done else None
        beyond = made is not None and made.infusion_p50_at > limit
        since = (since or at) if beyond else None
    return limit if since is None else min(since, limit)


DETECTORS: tuple[Detector, ...] = (vein_to_vein_overrun,)
