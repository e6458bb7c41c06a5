"""What SAP quality management decides is told by the customer's words, and an accepted lot is no certificate."""

from __future__ import annotations

import copy
from importlib.resources import files
from typing import Any

import orjson
import pytest
import yaml

from connectors.connector import Decision, Held, Ignored, Mapped, Partner, Raw, Refused
from connectors.qms import CONNECTOR
from connectors.qms.mapping import MappingUnusable, read, shipped
from connectors.understand import understand
from schemas.authority import Authority, authority
from schemas.envelope import Event, System
from schemas.quality import BatchCertified, BatchRejected, DeviationClosed, DeviationOpened
from schemas.reasons import Reason
from tests.connectors.clinic.envelopes import OpenTokens

Json = dict[str, Any]
SOURCE = "/default/sap.s4.beh/Q01"
PLANT = Partner("plant-quality", System.QMS, mapping={"shipped": "sap"})


def event(kind: str, number: str, change: str = "Changed") -> Json:
    return {
        "specversion": "1.0",
        "type": f"sap.s4.beh.{kind.lower()}.v1.{kind}.{change}.v1",
        "source": SOURCE,
        "id": "e1",
        "time": "2026-03-28T07:00:00Z",
        "data": {kind: number},
    }


def fetched(**record: str) -> Json:
    return {"fetched_for": f"{SOURCE}/e1", "d": record}


def said(document: Json, *companions: Json, partner: Partner = PLANT) -> Decision:
    raws = tuple(Raw("half", orjson.dumps(one)) for one in companions)
    raw = Raw("m.json", orjson.dumps(document))
    (decision,) = understand(CONNECTOR, raw, partner, OpenTokens(), raws)
    return decision


def fact(notice: Json, record: Json, partner: Partner = PLANT) -> Event:
    decision = said(notice, record, partner=partner)
    assert isinstance(decision, Mapped), decision
    assert said(record, notice, partner=partner) == decision  # in either order
    (found,) = decision.events
    return found


LOT = event("InspectionLot", "10000000042", "UsageDecisionMade")


def lot(valuation: str, number: str = "10000000042") -> Json:
    return fetched(InspectionLot=number, InspLotUsageDecisionValuation=valuation, Batch="B26000123")


def test_each_half_waits_for_the_other() -> None:
    assert said(LOT) == Held(f"{SOURCE}/e1", "record 10000000042")
    assert said(lot("R")) == Held(f"{SOURCE}/e1", "notice")


def test_a_rejecting_usage_decision_rejects_the_batch_at_the_events_own_time() -> None:
    found = fact(LOT, lot("R"))
    assert isinstance(found, BatchRejected)
    assert [str(one) for one in found.identifiers] == ["BATCH:B26000123"]
    assert found.occurred_at.isoformat() == "2026-03-28T07:00:00+00:00"


def test_a_usage_decision_that_accepts_is_no_certificate_until_the_customer_says_so() -> None:
    assert isinstance(said(LOT, lot("A")), Ignored)
    own = yaml.safe_load((files("connectors.qms") / "mapping_sap.yaml").read_text(encoding="utf-8"))
    kind = next(kind for kind in own["kinds"] if kind["object"] == "InspectionLot")
    kind["states"]["A"] = {"event": "quality.BatchCertified"}
    kind["silent"].remove("A")
    certifying = Partner("plant-quality", System.QMS, mapping=own)
    assert isinstance(fact(LOT, lot("A"), certifying), BatchCertified)


def test_a_valuation_that_the_mapping_does_not_name_is_refused() -> None:
    decision = said(LOT, lot("F"))
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.FIELD_INVALID


@pytest.mark.parametrize("number", ["10000000042", "010000000042"])
def test_zeros_before_a_number_make_no_other_lot(number: str) -> None:
    assert isinstance(fact(LOT, lot("R", number)), BatchRejected)


def test_the_record_of_another_lot_never_completes_this_one() -> None:
    assert said(LOT, lot("R", "10000000043")) == Held(f"{SOURCE}/e1", "record 10000000042")


def defect(**more: str) -> Json:
    plain = {"Defect": "4711", "DefectCategory": "06", "DefectClass": "02", "Batch": "B26000123"}
    return fetched(**(plain | more))


DEFECT = event("Defect", "000000004711", "Created")


def test_a_defect_opens_a_deviation_with_the_class_beside_the_plants_own_word() -> None:
    found = fact(DEFECT, defect())
    assert isinstance(found, DeviationOpened)
    assert (found.classification, found.raw_classification) == ("major", "02")
    assert [str(one) for one in found.identifiers] == ["DEVIATION:000000004711", "BATCH:B26000123"]


def test_an_empty_batch_is_no_batch() -> None:
    found = fact(DEFECT, defect(Batch=""))
    assert [str(one) for one in found.identifiers] == ["DEVIATION:000000004711"]


def test_a_person_of_the_plant_is_a_token() -> None:
    found = fact(DEFECT, defect(LastChangedByUser="JDOE42"))
    assert found.actor == OpenTokens().staff(PLANT.name, "JDOE42")


@pytest.mark.parametrize(
    ("phase", "kind"), [("1", DeviationOpened), ("4", DeviationClosed), ("3", None)]
)
def test_a_notification_opens_and_closes_with_its_phase(
    phase: str, kind: type[Event] | None
) -> None:
    notice = event("QualityNotification", "200000123")
    record = fetched(
        QualityNotification="200000123",
        NotifProcessingPhase=phase,
        NotificationPriority="1",
        Batch="B26000123",
    )
    if kind is None:
        assert isinstance(said(notice, record), Ignored)
    else:
        assert type(fact(notice, record)) is kind


def test_a_deleted_object_states_no_fact() -> None:
    decision = said(event("Defect", "4711", "Deleted"))
    assert isinstance(decision, Refused)


@pytest.mark.parametrize("gone", ["time", "source", "data"])
def test_an_event_without_what_it_needs_is_refused(gone: str) -> None:
    notice = {name: value for name, value in LOT.items() if name != gone}
    decision = said(notice)
    assert isinstance(decision, Refused)


def test_several_records_for_one_event_are_refused() -> None:
    records = {"fetched_for": f"{SOURCE}/e1", "value": [{"Defect": "1"}, {"Defect": "2"}]}
    decision = said(DEFECT, records)
    assert isinstance(decision, Held)  # the record is refused by itself
    assert isinstance(said(records), Refused)


def test_records_that_nobody_asked_for_do_not_say_what_changed() -> None:
    decision = said({"d": {"results": [{"Defect": "1"}]}})
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.FIELD_MISSING


ALONE: Json = {
    "__metadata": {"type": "API_DEFECT_SRV.A_DefectType"},
    "Defect": "4711",
    "DefectCategory": "06",
    "DefectClass": "01",
    "Batch": "B26000123",
    "CreationDate": "/Date(1773964800000)/",
    "CreationTime": "PT12H32M29S",
}


def test_a_defect_that_nobody_asked_for_tells_of_its_creation_in_the_plants_zone() -> None:
    berlin = Partner("plant-quality", System.QMS, zone="Europe/Berlin", mapping={"shipped": "sap"})
    decision = said(ALONE, partner=berlin)
    assert isinstance(decision, Mapped)
    (found,) = decision.events
    assert isinstance(found, DeviationOpened)
    assert found.occurred_at.isoformat() == "2026-03-20T11:32:29+00:00"
    assert said({"value": [ALONE]}, partner=berlin) == decision
    relogged = ALONE | {
        "CreationDate": "2026-03-20T09:00:00+09:00"
    }  # midnight in UTC, as a tool writes it
    again = said(relogged, partner=berlin)
    assert isinstance(again, Mapped)
    assert again.events[0].occurred_at == found.occurred_at


def test_several_records_alone_are_told_one_by_one() -> None:
    raw = Raw("m", orjson.dumps({"d": {"results": [ALONE, ALONE | {"DefectClass": "77"}]}}))
    told, aside = understand(CONNECTOR, raw, PLANT, OpenTokens())
    assert isinstance(told, Mapped)
    assert isinstance(aside, Refused)


@pytest.mark.parametrize("change", [{"CreationDate": ""}, {"CreationTime": "noon"}, {"Defect": ""}])
def test_a_record_alone_that_does_not_say_when_is_set_aside(change: Json) -> None:
    assert isinstance(said(ALONE | change), Refused)


def test_a_kind_that_is_read_alone_needs_its_key() -> None:
    own = shipped("sap").model_dump(mode="json")
    del own["kinds"][0]["key"]
    with pytest.raises(MappingUnusable, match="alone"):
        read(own)


def test_only_the_quality_unit_owns_what_a_usage_decision_says() -> None:
    """A usage decision comes through this connector, whoever's SAP it is: an ERP may not reject a batch."""
    assert authority(BatchRejected.type_name(), System.QMS) is Authority.OWNER
    assert authority(BatchRejected.type_name(), System.ERP) is None


def test_a_mapping_that_is_shipped_is_named_and_another_name_refused() -> None:
    assert read({"shipped": "sap"}) == shipped("sap")
    assert read({"shipped": "vault"}) == shipped() == read({})
    with pytest.raises(MappingUnusable, match="vault, sap"):
        read({"shipped": "oracle"})


def test_a_vendors_message_within_a_cloudevent_is_read_as_the_message() -> None:
    spark = {
        "message_id": "m-1",
        "enter_queue_timestamp": "2026-04-02T07:30:20Z",
        "message": {"attributes": {"object": "Defect"}, "items": ["4711"]},
    }
    outer = {"specversion": "1.0", "type": "x", "source": "s", "id": "1", "data": spark}
    assert said(copy.deepcopy(outer)) == said(spark) == Held("m-1", "record 4711")
