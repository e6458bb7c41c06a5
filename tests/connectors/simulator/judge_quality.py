"""Judges quality by the facts of a course alone, written anew from the meanings of the exceptions.

It shares no code with the detectors nor with the script of a journey. It looks with hindsight: what
was wrong for a while counts too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from schemas.collection import CollectionCompleted
from schemas.envelope import Event, Scheme
from schemas.laboratory import ResultAmended, ResultReported, Verdict
from schemas.manufacture import AlarmChanged, AlarmState, BatchTerminated
from schemas.profile import TherapyProfile
from schemas.quality import BatchCertified, DeviationOpened
from schemas.transport import CustodyAccepted, CustodyHandedOver, ShipmentBooked, ShipmentKind
from schemas.treatment import InfusionStarted

A_DAY = timedelta(days=1)


def quality_exceptions(
    profile: TherapyProfile, events: Sequence[Event]
) -> Iterable[tuple[str, bool]]:
    """Each code of quality but QU-01, with whether the facts call for it."""
    results = [e for e in events if isinstance(e, ResultReported)]
    yield "QU-02", any(_dying(profile, result) for result in results)
    yield "QU-03", any(_contaminated(result) for result in results)
    yield "QU-04", any(isinstance(e, BatchTerminated) for e in events)
    yield "QU-05", _unwritten(events)
    yield "QU-06", _weak(profile, events)
    certified = [e.occurred_at for e in events if isinstance(e, BatchCertified)]
    amended = [e.occurred_at for e in events if isinstance(e, ResultAmended)]
    yield "QU-09", _reportable_and_gone(events)
    yield "QU-07", bool(certified and amended) and max(amended) > min(certified)


def _dying(profile: TherapyProfile, result: ResultReported) -> bool:
    if result.test != "VIABILITY" or not result.final or result.value is None:
        return False
    low = result.low or 0.0
    return result.value < max(low, profile.viability.percent if profile.viability else low)


def _contaminated(result: ResultReported) -> bool:
    looked_for = result.test in ("STERILITY", "MYCOPLASMA", "ENDOTOXIN")
    return looked_for and result.verdict is Verdict.OUT_OF_SPECIFICATION


def _unwritten(events: Sequence[Event]) -> bool:
    opened = [e.occurred_at for e in events if isinstance(e, DeviationOpened)]
    return any(
        not any(e.occurred_at <= at <= e.occurred_at + A_DAY for at in opened)
        for e in events
        if isinstance(e, AlarmChanged)
        and (e.critical, e.state) == (True, AlarmState.RAISED)
        and not e.named(Scheme.TANK)
    )


def _reportable_and_gone(events: Sequence[Event]) -> bool:
    """Whether a reportable deviation was known and the product had left, or was given."""
    reportable = any(isinstance(e, DeviationOpened) and e.reportable for e in events)
    way_home = {
        shipment
        for e in events
        if isinstance(e, ShipmentBooked) and e.kind is ShipmentKind.FINAL_PRODUCT
        for shipment in e.named(Scheme.SHIPMENT)
    }
    words = [e for e in events if isinstance(e, CustodyHandedOver | CustodyAccepted)]
    left = any(not way_home.isdisjoint(word.named(Scheme.SHIPMENT)) for word in words)
    return reportable and (left or any(isinstance(e, InfusionStarted) for e in events))


def _weak(profile: TherapyProfile, events: Sequence[Event]) -> bool:
    counts = [e.nucleated_cells for e in events if isinstance(e, CollectionCompleted)]
    known = [count for count in counts if count is not None]
    wanted = profile.nucleated_cells
    return wanted is not None and bool(known) and counts == known and sum(known) < wanted.cells
