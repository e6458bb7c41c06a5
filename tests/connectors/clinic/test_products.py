"""Products as R4 has them and as R5 has them, and the dispense that only R5 has."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.collection import LabelApplied, MaterialCryopreserved
from schemas.envelope import Scheme
from schemas.reasons import Reason
from schemas.transport import CustodyHandedOver
from schemas.treatment import ProductStored
from tests.connectors.clinic.words import COI, Json, decisions, events, ignored, refused, step

DIN = {
    "system": "https://www.isbt128.org/uri/DonationIdentificationNumber",
    "value": "W000026123456",
}
AT = "2026-04-09T13:45:00+02:00"


def product(**more: Any) -> Json:
    return {
        "resourceType": "BiologicallyDerivedProduct",
        "id": "b1",
        "meta": {"versionId": "1"},
        "biologicalSourceEvent": DIN,
        "productStatus": {"code": "available"},
    } | more


def told(code: str, **value: Any) -> Json:
    return {"type": step(code)} | value


def dispense(status: str = "issued", **more: Any) -> Json:
    return {
        "resourceType": "BiologicallyDerivedProductDispense",
        "id": "d1",
        "meta": {"versionId": "2"},
        "status": status,
        "product": {"identifier": COI},
        "patient": {"reference": "Patient/1"},
        "location": {"identifier": {"value": "CELL-LAB"}},
        "destination": {"identifier": {"value": "WARD-7"}},
        "whenHandedOver": AT,
    } | more


def test_a_product_of_r5_is_known_by_its_donation() -> None:
    (stored,) = events(product(property=[told("storage", valuePeriod={"start": AT})]))
    assert isinstance(stored, ProductStored)
    assert stored.named(Scheme.DIN) == ("W000026123456",)
    assert stored.occurred_at.hour == 11


def test_what_was_done_to_a_product_of_r5_stands_in_its_properties() -> None:
    period = {"valuePeriod": {"start": AT, "end": "2026-04-09T15:00:00+02:00"}}
    frozen, labelled = events(
        product(property=[told("cryopreservation", **period), told("labelling", **period)])
    )
    assert isinstance(frozen, MaterialCryopreserved)
    assert isinstance(labelled, LabelApplied)
    assert frozen.completed_at == frozen.occurred_at


def test_other_properties_of_a_product_are_none_of_ours() -> None:
    why = ignored(product(property=[{"type": {"text": "BagVolume"}, "valueString": "50 mL"}]))
    assert why == "a BiologicallyDerivedProduct to which no step of the therapy was done"


def test_a_property_that_says_no_time_is_refused() -> None:
    assert refused(product(property=[told("storage", valueBoolean=True)])) is Reason.FIELD_MISSING


def test_a_donation_number_that_was_misread_is_refused() -> None:
    wrong = product(
        biologicalSourceEvent=DIN | {"value": "W0000"},
        property=[told("storage", valuePeriod={"start": AT})],
    )
    assert refused(wrong) is Reason.IDENTIFIER_MALFORMED


def test_a_product_that_is_issued_is_handed_over_to_the_ward() -> None:
    (handed,) = events(dispense())
    assert isinstance(handed, CustodyHandedOver)
    assert (handed.from_party, handed.to_party) == ("CELL-LAB", "WARD-7")
    assert handed.coi == COI["value"]


def test_a_product_that_is_returned_needs_the_time_of_its_return() -> None:
    assert refused(dispense("returned")) is Reason.FIELD_MISSING


@pytest.mark.parametrize("status", ["preparation", "in-progress", "allocated", "unfulfilled"])
def test_what_is_only_prepared_is_not_handed_over(status: str) -> None:
    assert ignored(dispense(status)).endswith("nothing was handed over")


def test_a_dispense_of_somebody_elses_product_is_none_of_ours() -> None:
    assert ignored(dispense(product={"reference": "x"})) == "a dispense that names no course"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"location": None}, Reason.FIELD_MISSING),
        ({"whenHandedOver": None}, Reason.FIELD_MISSING),
        ({"status": "given"}, Reason.STANDARD_VIOLATED),
        ({"patient": None}, Reason.STANDARD_VIOLATED),
    ],
)
def test_a_dispense_that_leaves_out_what_matters_is_refused(change: Json, reason: Reason) -> None:
    assert refused(dispense() | change) is reason


def test_a_dispense_entered_in_error_takes_back_what_it_said() -> None:
    (said,) = events(dispense() | {"meta": {"versionId": "1"}})
    (gone,) = events(dispense("entered-in-error"))
    assert gone.withdraws
    assert gone.corrects == said.event_id


def test_a_product_of_r4_is_read_as_before() -> None:
    old = {
        "resourceType": "BiologicallyDerivedProduct",
        "identifier": [COI],
        "storage": [{"description": "TANK-2", "timePeriod": {"start": AT}}],
    }
    (stored,) = events(old)
    assert isinstance(stored, ProductStored)
    assert stored.position == "TANK-2"
    assert len(decisions(old)) == 1
