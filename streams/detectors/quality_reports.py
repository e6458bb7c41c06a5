"""Deviations that an authority must hear of, once the product has been distributed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.alert import Finding, Severity
from schemas.envelope import Scheme
from schemas.profiles import platform_limits
from schemas.quality import DeviationOpened, DeviationReported
from streams.detectors.detector import AskAgain, Detector, detector
from streams.detectors.release_outside import SUPPLIES, About, supplies
from streams.moments import Micros, micros
from streams.view import View, when


@detector("QU-09", DeviationOpened, DeviationReported, *SUPPLIES)
def deviation_unreported(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A deviation of a distributed product must be reported to the authority, and is not yet.

    Why: the report is due within forty-five calendar days, and others may have the same product.
    Act: regulatory affairs send the report, and the quality unit records it with the deviation.
    """
    supplied = supplies(view)
    for number, opened in sorted(_reportable(view).items()):
        about = About(opened, f"{Scheme.DEVIATION}:{number}", frozenset(opened.named(Scheme.BATCH)))
        left = [supply for supply in supplied if supply.concerns(about)]
        if not left:
            continue
        begins = max(about, left[0], key=lambda one: when(one.event))
        reports = view.having(DeviationReported, Scheme.DEVIATION, number)
        yield from _unreported(about, begins.at, left[0], reports, now)


def _reportable(view: View) -> dict[str, DeviationOpened]:
    """The reportable deviations by number, each by the first word that says so."""
    found: dict[str, DeviationOpened] = {}
    for opened in view.of(DeviationOpened):
        if opened.reportable:
            for number in opened.named(Scheme.DEVIATION) or (str(opened.event_id),):
                found.setdefault(number, opened)
    return found


def _unreported(
    about: About, began: datetime, left: About, reports: list[DeviationReported], now: Micros
) -> Iterator[Finding | AskAgain]:
    limits = platform_limits()
    due = limits.deviation_report.due(began)
    urgent = began + timedelta(hours=limits.deviation_report_urgent.hours)
    first = reports[:1]
    if any(report.occurred_at <= due for report in first):
        return
    graver = bool(first) or now >= micros(urgent)
    if not graver:
        yield AskAgain(micros(urgent))
    late = f", reported late at {first[0].occurred_at.isoformat()}" if first else ""
    yield Finding(
        object=about.thing,
        anchor="report",
        raised_at=began,
        detail=f"{left.thing} on {left.at.isoformat()}, report due by {due.isoformat()}{late}",
        severity=Severity.S2 if graver else Severity.S3,
        evidence=tuple(
            sorted({about.event.event_id, left.event.event_id, *(r.event_id for r in first)})
        ),
        missing=() if first else ("reference of the report",),
        timer="deviation_report",
        timer_began_at=began,
    )


DETECTORS: tuple[Detector, ...] = (deviation_unreported,)
