"""Builders of the story of a product out of specification: its result, its case, its supply."""

from __future__ import annotations

from typing import Any

from schemas.envelope import Event
from schemas.laboratory import ResultAmended, ResultReported, Verdict
from schemas.quality import OosCaseChanged, OosState
from schemas.transport import CustodyHandedOver, ShipmentBooked, ShipmentKind
from schemas.treatment import InfusionStarted
from tests.words import (
    COURSE,
    When,
    said,
)

BATCH, OTHER_BATCH = "BATCH:B-1", "BATCH:B-2"
FOUR = (
    OosState.PHYSICIAN_REQUESTED,
    OosState.RISK_EVALUATED,
    OosState.PHYSICIAN_NOTIFIED,
    OosState.ACCEPTED,
)
NAMES = {
    OosState.PHYSICIAN_REQUESTED: "request of the physician",
    OosState.RISK_EVALUATED: "risk evaluation of the manufacturer",
    OosState.PHYSICIAN_NOTIFIED: "notice that the product is out of specification",
    OosState.ACCEPTED: "acceptance by the physician",
}


def missed(when: When = 20, batch: str = BATCH, **more: Any) -> ResultReported:
    fields: dict[str, Any] = {"test": "VIABILITY", "value": 60.0, "low": 80.0, **more}
    return said(
        ResultReported,
        "SAMPLE:S-1",
        batch,
        coi=COURSE,
        hour=when,
        **{"verdict": Verdict.OUT_OF_SPECIFICATION, **fields},
    )


def case(state: OosState, when: When = 30, batch: str = BATCH) -> OosCaseChanged:
    return said(OosCaseChanged, "OOS_CASE:O-1", batch, coi=COURSE, hour=when, state=state)


def path(*left_out: OosState, when: When = 30) -> list[Event]:
    """The records of the path, but for some."""
    return [case(state, when) for state in FOUR if state not in left_out]


def home(when: When = 50) -> list[Event]:
    """The product leaves the maker."""
    booked = said(
        ShipmentBooked,
        "SHIPMENT:H-1",
        BATCH,
        coi=COURSE,
        hour=25,
        kind=ShipmentKind.FINAL_PRODUCT,
    )
    left = said(
        CustodyHandedOver,
        "SHIPMENT:H-1",
        coi=COURSE,
        hour=when,
        from_party="MAKER",
        to_party="COURIER",
    )
    return [booked, left]


def infused(when: When = 90, batch: str = BATCH) -> InfusionStarted:
    return said(InfusionStarted, batch, coi=COURSE, hour=when)


def amended(when: When, **more: Any) -> ResultAmended:
    fields: dict[str, Any] = {"test": "VIABILITY", "value": 90.0, "low": 80.0, **more}
    return said(
        ResultAmended,
        "SAMPLE:S-1",
        BATCH,
        coi=COURSE,
        hour=when,
        **{"verdict": Verdict.PASS, **fields},
    )
