"""The events that satisfy every gate of one course, by a name of each, so that a test can leave one out."""

from __future__ import annotations

from typing import Any

from schemas.collection import CheckContext, Comparison, IdentityVerified
from schemas.enrolment import ConsentChanged, ConsentState
from schemas.envelope import Event, Scheme
from schemas.laboratory import CertificateOfAnalysisIssued, ResultReported, Verdict
from schemas.manufacture import (
    BatchRecordCompleted,
    MaterialDecided,
    MaterialDecision,
    MaterialReceived,
)
from schemas.ordering import AvailabilityConfirmed, BatchNumberAssigned
from schemas.profiles import profile_of
from schemas.quality import BatchCertified
from schemas.record import Gate, GateAnswer
from schemas.treatment import ProductReceived, SiteReadinessConfirmed, ThawPhase, ThawRecorded
from streams.replay import Replay
from tests.words import COURSE, OTHER, Arrival, heard, ordered, records, said

BATCH, SECOND = "BATCH:B-1", "BATCH:B-2"


def step(kind: Any, hour: float = 5, *identifiers: str, **more: Any) -> Any:
    """A word about this course."""
    return said(kind, *identifiers, coi=COURSE, hour=hour, **more)


def checked(context: CheckContext, hour: float = 5, *containers: str, **more: Any) -> Any:
    """An identity check by two persons that agrees, unless it is told otherwise."""
    told: dict[str, Any] = {"found": COURSE, "actor": "A", "second_actor": "B", **more}
    pair = Comparison(scheme=Scheme.COI, expected=COURSE, found=told.pop("found"))
    told.setdefault("comparisons", (pair,))
    return step(IdentityVerified, hour, *containers, context=context, **told)


def named(hour: float = 3, batch: str = BATCH, **more: Any) -> BatchNumberAssigned:
    """The batch number of the course."""
    return said(BatchNumberAssigned, batch, coi=COURSE, hour=hour, **more)


def tests_passed() -> list[Event]:
    """Everything that the release of the product rests on."""
    profile = profile_of("AXICEL")
    assert profile is not None
    results = [
        step(ResultReported, 20, f"SAMPLE:{t.test}", test=t.test, verdict=Verdict.PASS)
        for t in profile.release.tests
    ]
    return [step(BatchRecordCompleted, 20), step(CertificateOfAnalysisIssued, 21), *results]


FACTS: dict[str, Event] = {
    "consent": step(ConsentChanged, 1, state=ConsentState.GIVEN),
    "received": step(MaterialReceived, 6),
    "receipt check": checked(CheckContext.RECEIPT, 6),
    "accepted": step(MaterialDecided, 7, decision=MaterialDecision.ACCEPTED),
    "batch": named(),
    "certificate": step(BatchCertified, 30, BATCH),
    "available": step(AvailabilityConfirmed, 31),
    "arrived": step(ProductReceived, 40, BATCH),
    "ready": step(SiteReadinessConfirmed, 41, bed=True, staff=True, tocilizumab_doses=2),
    "thaw check": checked(CheckContext.THAW, 50),
    "thaw": step(ThawRecorded, 51, phase=ThawPhase.COMPLETED),
    "bedside check": checked(CheckContext.BEDSIDE, 52),
}

NEEDS: dict[Gate, tuple[str, ...]] = {
    Gate.COLLECTION_ALLOWED: ("consent",),
    Gate.MANUFACTURE_ALLOWED: ("received", "receipt check", "accepted", "batch"),
    Gate.SHIPMENT_ALLOWED: ("certificate",),
    Gate.PRODUCT_AVAILABLE: ("available",),
    Gate.LYMPHODEPLETION_ALLOWED: ("available",),
    Gate.THAW_ALLOWED: ("arrived", "certificate", "thaw check", "ready"),
    Gate.INFUSION_ALLOWED: ("thaw", "certificate", "bedside check"),
}
"""What each gate needs besides the order and the chain of identity."""


def journey(*left_out: str) -> list[Event]:
    """A course that passes every gate, but for some facts."""
    facts = [event for name, event in FACTS.items() if name not in left_out]
    return [*ordered("AXICEL"), *facts, *tests_passed()]


def asked(gate: Gate, *story: Event | Arrival) -> GateAnswer:
    """What a gate says at the end of a story."""
    return answered(heard(*story))[gate]


def answered(replay: Replay) -> dict[Gate, GateAnswer]:
    """What every gate of the course says."""
    return {answer.gate: answer for answer in records(replay)[COURSE].gates}


def elsewhere(event: Event) -> Event:
    """The same words under the same id and with another content: nobody knows which of them counts."""
    return event.model_copy(update={"site": "ELSEWHERE"})


__all__ = ["COURSE", "OTHER"]
