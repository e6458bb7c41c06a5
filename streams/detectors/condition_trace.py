"""What the trace of a leg tells beside the limit itself: time outside a band, trends, thaw and refreeze."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import takewhile
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.envelope import Event, Scheme
from schemas.manufacture import InProcessControlRecorded
from schemas.profiles import platform_limits
from schemas.transport import CheckpointPassed, PackagePacked, ShipmentBooked
from schemas.treatment import ProductStored, ThawPhase, ThawRecorded
from streams.detectors.condition import frozen_limit
from streams.detectors.condition_legs import READS, fresh_band, watched
from streams.detectors.detector import AskAgain, Detector, detector
from streams.messages import Trend
from streams.moments import Micros, micros, moment
from streams.trace import WINDOW
from streams.view import View, when

MINUTE, HOUR = 60_000_000, 3_600_000_000

FREEZING = "FREEZING"
"""In-process controls whose code begins so are points of the controlled-rate freezing curve."""


@detector("TC-01", *READS)
def fresh_material_outside_its_band(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Fresh cells have been outside their band for longer, in all, than is tolerated.

    Why: warm cells use up their medium and die, and cells that freeze without protection burst.
    Act: get the full trace, and let quality judge the cells before manufacture starts.
    """
    for each in watched(view):
        band = fresh_band(view, each.packed)
        if band is None:
            continue
        warm = dict(each.leg.excursions).get(band.warmest, ())
        cold = dict(each.leg.below).get(band.coldest, ())
        allowed = int(band.minutes * MINUTE)
        outside, over_at = 0, None
        for start, end in sorted((e.start, each.lasts(e)) for e in (*warm, *cold)):
            if over_at is None and outside + end - start > allowed:
                over_at = start + allowed - outside
            outside += end - start
        if over_at is None:
            continue
        yield Finding(
            object=each.name,
            anchor=each.anchor,
            raised_at=moment(over_at),
            detail=f"{each.by}: {outside / MINUTE:.0f} min outside {band.coldest:g} to "
            f"{band.warmest:g} degrees Celsius, {band.minutes:g} min tolerated, "
            f"coldest {each.leg.coldest:g}, warmest {each.leg.warmest:g}",
            severity=Severity.S1,
            evidence=(each.packed.event_id, *(UUID(e) for e in each.leg.events)),
            missing=("full trace", "stability judgement"),
        )


def expected(view: View, packed: PackagePacked) -> datetime | None:
    """When the shipment is expected to arrive, as was said last."""
    shipments = set(packed.named(Scheme.SHIPMENT))
    said: list[tuple[tuple[datetime, UUID], datetime]] = []
    for passed in view.of(CheckpointPassed):
        if passed.arrival_expected_at and shipments & set(passed.named(Scheme.SHIPMENT)):
            said.append((when(passed), passed.arrival_expected_at))
    for booked in view.of(ShipmentBooked):
        if booked.arrival_planned_at and shipments & set(booked.named(Scheme.SHIPMENT)):
            said.append((when(booked), booked.arrival_planned_at))
    return max(said)[1] if said else None


@detector("TC-03", *READS, CheckpointPassed)
def warming_trend(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The shipper gets warmer at a rate that reaches the limit before the shipment arrives.

    Why: hours are left in which the cells can still be cooled; after the limit there are none.
    Act: have the shipper filled or swapped on the way, or the way made shorter.
    """
    for each in watched(view):
        band, limit = fresh_band(view, each.packed), frozen_limit(view, each.packed)
        limit = band.warmest if band is not None else limit
        due = expected(view, each.packed)
        if limit is None or due is None or each.arrived is not None or each.leg.warmest > limit:
            continue
        heading = list(
            takewhile(lambda t: _crosses(t, limit, due), reversed(each.leg.trends))  # noqa: B023
        )
        if not heading:
            continue
        latest = heading[0]
        reached = latest.at + max(0, round((limit - latest.level) / latest.slope * HOUR))
        yield Finding(
            object=each.name,
            anchor=each.anchor,
            raised_at=moment(heading[-1].at),
            detail=f"{each.by}: {latest.level:.1f} degrees Celsius, {latest.slope:+.2f} an hour; "
            f"reaches {limit:g} about {moment(reached):%Y-%m-%d %H:%M} UTC, "
            f"expected to arrive {due:%Y-%m-%d %H:%M} UTC",
            severity=Severity.S2,
            harm_at=moment(reached),
            evidence=(each.packed.event_id,),
            missing=("plan to cool again or to swap",),
        )


def _crosses(trend: Trend, limit: float, due: datetime) -> bool:
    # nothing is foretold further ahead than the trend looks back, or noise would reach any limit
    hours = min(WINDOW, (micros(due) - trend.at) / HOUR)
    # no reading is beyond the limit yet, so that only a line that rises is
    return hours > 0 and trend.level + trend.slope * hours > limit


@detector("TC-07", *READS, ThawRecorded, ProductStored)
def thawed_and_frozen_again(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Frozen cells have been thawed and frozen again: on their way, or put back after the thaw had begun.

    Why: ice crystals of a second freezing kill the cells, and nothing outside shows it.
    Act: do not infuse; quality decides whether to discard.
    """
    refreeze = platform_limits().refreeze.celsius
    for each in watched(view):
        if frozen_limit(view, each.packed) is None:
            continue
        for warm in dict(each.leg.excursions).get(refreeze, ()):
            # what is warm from the first reading on is a logger that was put in warm
            if warm.start == each.leg.first or warm.back == warm.end:
                continue
            yield Finding(
                object=each.name,
                anchor=each.anchor,
                raised_at=moment(warm.back),
                detail=f"{each.by}: as warm as {warm.warmest:g} degrees Celsius, "
                f"and colder than {refreeze:g} again",
                severity=Severity.S1,
                evidence=(each.packed.event_id, *(UUID(e) for e in each.leg.events)),
                missing=("decision to discard",),
            )
            break
    yield from _put_back(view)


def _put_back(view: View) -> Iterator[Finding]:
    for stored in view.of(ProductStored):
        bags = set(stored.named(Scheme.CONTAINER))
        thawed = [
            (bag, thaw)
            for thaw in view.of(ThawRecorded)
            if thaw.phase is ThawPhase.STARTED and thaw.occurred_at < stored.occurred_at
            for bag in bags & set(thaw.named(Scheme.CONTAINER))
        ]
        for bag, thaw in sorted(thawed, key=lambda found: (found[0], when(found[1]))):
            yield Finding(
                object=f"{Scheme.CONTAINER}:{bag}",
                anchor=f"{stored.event_id}/{thaw.event_id}",
                raised_at=stored.occurred_at,
                detail=f"stored at {stored.occurred_at.isoformat()}, "
                f"its thaw began at {thaw.occurred_at.isoformat()}",
                severity=Severity.S1,
                evidence=(stored.event_id, thaw.event_id),
                missing=("decision to discard",),
            )


@detector("TC-08", InProcessControlRecorded)
def freezing_curve_deviates(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A point of the controlled-rate freezing curve lies outside its limits.

    Why: cells that freeze too fast or too slowly are dead after the thaw.
    Act: judge the whole curve, and test viability after a thaw of a retained sample.
    """
    for _, finding in view.by_itself(_off_the_curve):
        yield finding


def _off_the_curve(control: Event) -> Finding | None:
    """What is wrong with one point of the curve; None for whatever is no such point."""
    if not isinstance(control, InProcessControlRecorded) or control.value is None:
        return None
    value, low, high = control.value, control.low, control.high
    if not control.test.startswith(FREEZING):
        return None
    if (low is None or value >= low) and (high is None or value <= high):
        return None
    return Finding(
        object=control.test,
        anchor=str(control.event_id),
        raised_at=control.occurred_at,
        detail=f"{control.test} {value:g}{f' {control.unit}' if control.unit else ''}, limits "
        f"{'none' if low is None else f'{low:g}'} to {'none' if high is None else f'{high:g}'}",
        severity=Severity.S2,
        evidence=(control.event_id,),
        missing=("freezing curve", "viability"),
    )


DETECTORS: tuple[Detector, ...] = (
    fresh_material_outside_its_band,
    warming_trend,
    thawed_and_frozen_again,
    freezing_curve_deviates,
)
