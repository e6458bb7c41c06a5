"""The logger itself: silent, not the one that was packed, not calibrated, or handled roughly with the cells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.collection import CollectionFailed
from schemas.envelope import Scheme
from schemas.manufacture import BatchTerminated, MaterialDecided
from schemas.ordering import OrderChanged
from schemas.profiles import platform_limits
from schemas.quality import BatchRejected
from schemas.transport import ConditionFileUploaded, PackagePacked
from schemas.treatment import InfusionCompleted
from streams.detectors.condition import frozen_limit
from streams.detectors.condition_legs import READS, Watched, watched, with_loggers
from streams.detectors.detector import AskAgain, Detector, detector
from streams.messages import Handling
from streams.moments import Micros, micros, moment
from streams.plans import over
from streams.view import View

ENDS = (
    CollectionFailed,
    BatchTerminated,
    BatchRejected,
    InfusionCompleted,
    OrderChanged,
    MaterialDecided,
)
"""What can end a course; nobody waits for the logger of a course that is over."""

GRAVE = timedelta(hours=1)
"""Frozen cells of which nothing is known for longer are judged as if they had warmed."""


@detector("TC-04", *READS, ConditionFileUploaded, *ENDS)
def logger_silent(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A logger on its way says nothing, or after its arrival readings or its file are missing.

    Why: what nobody has measured has not passed.
    Act: read the logger out; without a trace quality judges the cells as if they had warmed.
    """
    for each in with_loggers(view):
        if each.arrived is None:
            if not over(view):
                yield _on_its_way(each, now)
        else:
            yield from _after_arrival(view, each, each.arrived, now)


def _on_its_way(each: Watched, now: Micros) -> Finding | AskAgain:
    heard = moment(each.leg.last) if each.leg.readings else each.packed.occurred_at
    due = heard + timedelta(minutes=platform_limits().logger_silence.minutes)
    if now < micros(due):
        return AskAgain(micros(due))
    return Finding(
        object=each.name,
        anchor=f"{each.anchor}/on-its-way",
        raised_at=due,
        detail=f"logger {each.logger}: nothing heard since {heard.isoformat()}",
        severity=Severity.S2,
        evidence=(each.packed.event_id,),
        missing=("readings",),
    )


def _after_arrival(
    view: View, each: Watched, arrived: datetime, now: Micros
) -> Iterator[Finding | AskAgain]:
    holes = _holes(each, arrived)
    missing = [f"readings from {a.isoformat()} to {b.isoformat()}" for a, b in holes]
    if not _files(view, each):
        missing.append("the logger's file")
    if not missing:
        return
    due = arrived + timedelta(minutes=platform_limits().logger_read_out.minutes)
    if now < micros(due):
        yield AskAgain(micros(due))
        return
    frozen = frozen_limit(view, each.packed) is not None
    grave = frozen and any(b - a > GRAVE for a, b in holes)
    yield Finding(
        object=each.name,
        anchor=f"{each.anchor}/read-out",
        raised_at=due,
        detail=f"logger {each.logger}: {len(holes)} hole(s) in its readings, "
        f"file {'missing' if missing[-1].endswith('file') else 'there'}",
        severity=Severity.S1 if grave else Severity.S2,
        evidence=(each.packed.event_id,),
        missing=tuple(missing),
    )


def _holes(each: Watched, arrived: datetime) -> list[tuple[datetime, datetime]]:
    """Where readings are missing; a leg known by its file alone, or by a few readings, has no interval to judge by."""
    leg = each.leg
    if not leg.interval:
        return []
    edges = (
        (micros(each.packed.occurred_at), leg.first),
        *((hole.start, hole.end) for hole in leg.holes),
        (leg.last, micros(arrived)),
    )
    return [(moment(a), moment(b)) for a, b in edges if b - a > 2 * leg.interval]


def _files(view: View, each: Watched) -> list[ConditionFileUploaded]:
    """The files of this logger's leg; one that names no logger is the shipment's own."""
    return [
        file
        for shipment in each.packed.named(Scheme.SHIPMENT)
        for file in view.having(ConditionFileUploaded, Scheme.SHIPMENT, shipment)
        if each.logger in file.named(Scheme.LOGGER) or not file.named(Scheme.LOGGER)
    ]


@detector("TC-05", PackagePacked, ConditionFileUploaded)
def wrong_or_uncalibrated_logger(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The trace of a shipment is of a logger that was not packed with it, or that was out of calibration.

    Why: a trace of something else, or a wrong one, proves nothing about these cells.
    Act: find the logger that travelled, and its calibration certificate.
    """
    for file in view.of(ConditionFileUploaded):
        loggers = set(file.named(Scheme.LOGGER))
        for shipment in file.named(Scheme.SHIPMENT):
            packings = view.having(PackagePacked, Scheme.SHIPMENT, shipment)
            packed = {logger for p in packings for logger in p.named(Scheme.LOGGER)}
            if loggers and packed and not loggers & packed:
                yield _logger_finding(
                    file,
                    f"{Scheme.SHIPMENT}:{shipment}",
                    "serial",
                    f"file of logger {', '.join(sorted(loggers))}, "
                    f"packed was {', '.join(sorted(packed))}",
                    tuple(p.event_id for p in packings),
                )
        until, used = file.calibrated_until, file.last_at or file.occurred_at
        if until is not None and until < used:
            yield _logger_finding(
                file,
                f"{Scheme.LOGGER}:{min(loggers, default='unknown')}",
                "calibration",
                f"calibrated until {until.isoformat()}, used until {used.isoformat()}",
                (),
            )


def _logger_finding(
    file: ConditionFileUploaded, thing: str, what: str, detail: str, more: tuple[UUID, ...]
) -> Finding:
    return Finding(
        object=thing,
        anchor=f"{file.event_id}/{what}",
        raised_at=file.occurred_at,
        detail=detail,
        severity=Severity.S2,
        evidence=(file.event_id, *more),
        missing=("calibration certificate of the logger that travelled",),
    )


@detector("TC-06", *READS)
def roughly_handled(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A shipper on its way has been tilted for long, has taken a hard shock, or has been opened.

    Why: a dry shipper on its side holds for a fraction of its time, and a shock can break a bag.
    Act: have it set upright, inspect on arrival, and compute the hold time again.
    """
    for each in watched(view):
        for kind in ("tilt", "shock", "lid"):
            told = [h for h in each.leg.handled if h.kind == kind and _counts(each, h)]
            if not told:
                continue
            worst = max(h.worst for h in told)
            begun = moment(told[0].start)
            if kind == "tilt":
                begun += timedelta(minutes=platform_limits().tilt.minutes)
            yield Finding(
                object=each.name,
                anchor=f"{each.anchor}/{kind}",
                raised_at=begun,
                detail=f"{each.by}: {_WORDS[kind].format(count=len(told), worst=worst)}",
                severity=Severity.S2,
                evidence=(each.packed.event_id, *dict.fromkeys(UUID(h.event) for h in told)),
                missing=("inspection", "hold time computed again"),
            )


_WORDS = {
    "tilt": "tilted {count} time(s), up to {worst:g} degrees",
    "shock": "{count} shock(s), up to {worst:g} g",
    "lid": "lid open in {count} reading(s)",
}


def _counts(each: Watched, handled: Handling) -> bool:
    """Tilt counts when it lasts; the lid when it is open between packing and arrival, and not at either."""
    match handled.kind:
        case "tilt":
            minutes = platform_limits().tilt.minutes
            return each.lasts(handled) - handled.start > minutes * 60_000_000
        case "lid":
            arrived = each.arrived
            after = handled.start > micros(each.packed.occurred_at)
            return after and (arrived is None or handled.start < micros(arrived))
        case _:
            return True


DETECTORS: tuple[Detector, ...] = (
    logger_silent,
    wrong_or_uncalibrated_logger,
    roughly_handled,
)
