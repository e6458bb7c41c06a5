"""The path of a product out of specification: four records before its use, one notice after it.

A product that misses its specification may still be given where a physician asks for it: on request,
with a risk evaluation, a notice that it is out of specification, and an acceptance.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from schemas.alert import Finding, Severity
from schemas.envelope import Event, Scheme
from schemas.laboratory import ResultAmended, ResultReported, SampleRegistered
from schemas.profiles import platform_limits
from schemas.quality import OosCaseChanged, OosState
from schemas.record import Answer
from schemas.transport import CustodyAccepted, CustodyHandedOver, PackagePacked, ShipmentBooked
from schemas.treatment import InfusionStarted
from streams.detectors.detector import AskAgain, Detector, detector
from streams.detectors.quality import latest_results, meets
from streams.detectors.sequence import pick_ups
from streams.detectors.sequence_order import in_doubt
from streams.moments import Micros, micros
from streams.view import View, made_of, when

RECORDS: dict[OosState, str] = {
    OosState.PHYSICIAN_REQUESTED: "request of the physician",
    OosState.RISK_EVALUATED: "risk evaluation of the manufacturer",
    OosState.PHYSICIAN_NOTIFIED: "notice that the product is out of specification",
    OosState.ACCEPTED: "acceptance by the physician",
}
"""The four records without which a product out of specification is not supplied."""

SUPPLIES: tuple[type[Event], ...] = (
    ShipmentBooked,
    PackagePacked,
    CustodyHandedOver,
    CustodyAccepted,
    InfusionStarted,
)
"""What `supplies` reads."""

READS: tuple[type[Event], ...] = (
    SampleRegistered,
    ResultReported,
    ResultAmended,
    OosCaseChanged,
    *SUPPLIES,
)


class About(NamedTuple):
    """A fact with the batches that it is about; none where nobody has said."""

    event: Event
    thing: str
    batches: frozenset[str]

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.event.occurred_at

    def concerns(self, other: About) -> bool:
        """Whether both may be about one batch."""
        return not (self.batches and other.batches) or bool(self.batches & other.batches)


@made_of(ShipmentBooked, PackagePacked, CustodyHandedOver, CustodyAccepted, InfusionStarted)
def supplies(view: View) -> list[About]:
    """Each shipment of the product as it left, and the first infusion of each batch, in order."""
    found: list[About] = []
    for shipment, left in pick_ups(view):
        batches = {
            batch
            for kind in (ShipmentBooked, PackagePacked, CustodyHandedOver, CustodyAccepted)
            for event in view.having(kind, Scheme.SHIPMENT, shipment)
            for batch in event.named(Scheme.BATCH)
        }
        found.append(About(left, f"{Scheme.SHIPMENT}:{shipment}", frozenset(batches)))
    infused: set[frozenset[str]] = set()
    for infusion in view.of(InfusionStarted):
        batch = frozenset(infusion.named(Scheme.BATCH))
        if batch not in infused:
            infused.add(batch)
            found.append(About(infusion, "infusion", batch))
    return sorted(found, key=lambda supply: when(supply.event))


@made_of(SampleRegistered, ResultReported, ResultAmended)
def failures(view: View) -> list[About]:
    """The latest results that miss their specification, by sample and test."""
    found: list[About] = []
    for (sample, test), result in sorted(latest_results(view).items()):
        if meets(result) is not Answer.NOT_SATISFIED:
            continue
        batches = set(result.named(Scheme.BATCH))
        for kind in (SampleRegistered, ResultReported, ResultAmended):
            for event in view.having(kind, Scheme.SAMPLE, sample):
                batches.update(event.named(Scheme.BATCH))
        found.append(About(result, f"{Scheme.SAMPLE}:{sample}/{test}", frozenset(batches)))
    return found


def cases(view: View, *states: OosState) -> list[About]:
    """The words about out-of-specification cases that are in one of these states."""
    numbered: dict[str, set[str]] = {}
    for case in view.of(OosCaseChanged):
        for number in case.named(Scheme.OOS_CASE):
            numbered.setdefault(number, set()).update(case.named(Scheme.BATCH))
    return [
        About(
            case,
            "case",
            frozenset(case.named(Scheme.BATCH)).union(
                *(numbered[n] for n in case.named(Scheme.OOS_CASE))
            ),
        )
        for case in view.of(OosCaseChanged)
        if case.state in states
    ]


def known_outside(view: View) -> list[About]:
    """What says that the product is out of specification: results, and confirmed cases."""
    return [*failures(view), *cases(view, OosState.CONFIRMED)]


@detector("RE-04", *READS)
def outside_path_incomplete(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A product out of specification has been supplied or infused without its four records.

    Why: outside its specification the product may be used only on a request, a risk evaluation, a
    notice and an acceptance; without them its use is not lawful.
    Act: quality assurance and the physician produce the records, or stop the use.
    """
    outside = known_outside(view)
    if not outside or in_doubt(view, OosCaseChanged):
        return
    for supply in supplies(view):
        known = [o for o in outside if o.at <= supply.at and o.concerns(supply)]
        if not known or _found_void(view, supply):
            continue
        missing = [
            name
            for state, name in RECORDS.items()
            if not any(c.at <= supply.at and c.concerns(supply) for c in cases(view, state))
        ]
        if not missing:
            continue
        first = min(known, key=lambda o: when(o.event))
        yield Finding(
            object=supply.thing,
            anchor="out of specification",
            raised_at=supply.at,
            detail=f"{supply.thing} on {supply.at.isoformat()}, out of specification since "
            f"{first.at.isoformat()}; {len(missing)} of {len(RECORDS)} records missing",
            severity=Severity.S1,
            harm_at=supply.at,
            evidence=(supply.event.event_id, first.event.event_id),
            missing=tuple(missing),
        )


def _found_void(view: View, supply: About) -> bool:
    """Whether the case was closed before the supply and nobody ever asked for the product's use."""
    closed = [c for c in cases(view, OosState.CLOSED) if c.at <= supply.at and c.concerns(supply)]
    asked = [c for c in cases(view, OosState.PHYSICIAN_REQUESTED) if c.concerns(supply)]
    return bool(closed) and not asked


@detector("RE-05", *READS)
def authority_notice_due(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The authorities have no notice that a product out of specification was supplied.

    Why: the notice is due within two days of the supply; somebody is told when half of them are over.
    Act: regulatory affairs send the notice and the quality unit records it with the case.
    """
    used = [
        (max(supply, outside, key=lambda about: when(about.event)), supply, outside)
        for outside in known_outside(view)
        for supply in supplies(view)
        if outside.concerns(supply) and not _found_void(view, supply)
    ]
    if not used or in_doubt(view, OosCaseChanged):
        return
    begins, supply, outside = min(used, key=lambda use: when(use[0].event))
    clock = platform_limits().authority_notice
    remind_at, due = clock.at(clock.remind_at[0], begins.at), clock.due(begins.at)
    notices = [c for c in cases(view, OosState.AUTHORITY_NOTIFIED) if c.concerns(supply)]
    if any(notice.at <= due for notice in notices):
        return
    if not notices and now < micros(remind_at):
        yield AskAgain(micros(remind_at))
        return
    over = bool(notices) or now >= micros(due)
    if not over:
        yield AskAgain(micros(due))
    late = f", given late at {notices[0].at.isoformat()}" if notices else ""
    yield Finding(
        object="notice to the authority",
        anchor=str(supply.event.event_id),
        raised_at=remind_at,
        detail=f"supplied out of specification, notice due by {due.isoformat()}{late}",
        severity=Severity.S1 if over else Severity.S2,
        harm_at=due,
        evidence=tuple(
            sorted(
                {supply.event.event_id, outside.event.event_id}
                | {notice.event.event_id for notice in notices}
            )
        ),
        missing=() if notices else ("reference of the notice",),
        timer="authority_notice",
        timer_began_at=begins.at,
    )


@detector("RE-07", *READS)
def failed_after_supply(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A test has failed after the product had left, or had been infused.

    Why: the patient has, or is about to get, a product that would not have been released.
    Act: tell the physician at once and agree on a plan for the patient.
    """
    supplied = supplies(view)
    for failure in failures(view):
        before = [s for s in supplied if s.at < failure.at and s.concerns(failure)]
        if not before:
            continue
        last = before[-1]
        sample, _, test = failure.thing.rpartition("/")
        yield Finding(
            object=sample,
            anchor=test,
            raised_at=failure.at,
            detail=f"{test} failed on {failure.at.isoformat()}, {last.thing} on "
            + last.at.isoformat(),
            severity=Severity.S1,
            harm_at=failure.at,
            evidence=(failure.event.event_id, last.event.event_id),
            missing=("notification of the physician", "plan for the patient"),
        )


DETECTORS: tuple[Detector, ...] = (
    outside_path_incomplete,
    authority_notice_due,
    failed_after_supply,
)
