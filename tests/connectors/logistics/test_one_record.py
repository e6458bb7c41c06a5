"""ONE Record is read by the meaning of its names, and states only what has happened."""

from __future__ import annotations

import copy
import time
from typing import Any

import orjson
import pytest

from connectors.connector import Decision, Held, Ignored, Mapped, Partner, Raw, Refused
from connectors.logistics import CONNECTOR
from connectors.understand import understand
from schemas.envelope import Event, Scheme, System
from schemas.reasons import Reason
from schemas.transport import CheckpointPassed, ConditionRead, ShipmentDelivered
from tests.connectors.clinic.envelopes import OpenTokens

Json = dict[str, Any]
CARRIER = Partner("air-carrier", System.LOGISTICS)
CARGO = "https://onerecord.iata.org/ns/cargo#"
CONTEXT = {"cargo": CARGO, "api": "https://onerecord.iata.org/ns/api#"}
SHIPMENT = "https://1r.carrier.example/logistics-objects/shp-1"

EVENT: Json = {
    "@context": CONTEXT,
    "@type": "cargo:LogisticsEvent",
    "@id": f"{SHIPMENT}/logistics-events/1",
    "cargo:eventCode": {"@id": "https://onerecord.iata.org/ns/code-lists/StatusCode#DEP"},
    "cargo:eventTimeType": {"@id": "cargo:ACTUAL"},
    "cargo:eventDate": {"@type": "xsd:dateTime", "@value": "2026-03-05T19:30:00Z"},
    "cargo:eventFor": {"@type": "cargo:Shipment", "@id": SHIPMENT},
}


def said(document: object, *companions: object, partner: Partner = CARRIER) -> tuple[Decision, ...]:
    raws = tuple(Raw("half", orjson.dumps(one)) for one in companions)
    raw = Raw("m.json", orjson.dumps(document))
    return understand(CONNECTOR, raw, partner, OpenTokens(), raws)


def fact(document: object, partner: Partner = CARRIER) -> Event:
    (decision,) = said(document, partner=partner)
    assert isinstance(decision, Mapped), decision
    (found,) = decision.events
    return found


def event(status: str = "DEP", **more: object) -> Json:
    code = {"@id": f"https://onerecord.iata.org/ns/code-lists/StatusCode#{status}"}
    return EVENT | {"cargo:eventCode": code} | {f"cargo:{n}": v for n, v in more.items()}


SPELLINGS: dict[str, Json] = {
    "a vocabulary": {
        "@context": {"@vocab": CARGO},
        **{k.removeprefix("cargo:"): v for k, v in EVENT.items() if k != "@context"},
        "@type": ["LogisticsEvent"],
        "eventTimeType": "ACTUAL",
        "eventFor": {"@type": "Shipment", "@id": SHIPMENT},
    },
    "full names": {
        **{k.replace("cargo:", CARGO): v for k, v in EVENT.items() if k != "@context"},
        "@type": f"{CARGO}LogisticsEvent",
        f"{CARGO}eventTimeType": {"@id": f"{CARGO}ACTUAL"},
        f"{CARGO}eventFor": {"@type": f"{CARGO}Shipment", "@id": SHIPMENT},
    },
    "another prefix": orjson.loads(
        orjson.dumps(EVENT).replace(b'"cargo":', b'"c":').replace(b'"cargo:', b'"c:')
    ),
    "the older list of codes": EVENT
    | {"cargo:eventCode": {"@id": "https://onerecord.iata.org/ns/coreCodeLists#StatusCode_DEP"}},
    "a code within": EVENT
    | {"cargo:eventCode": {"@type": "cargo:CodeListElement", "cargo:code": "DEP"}},
    "a graph": {"@context": CONTEXT, "@graph": [{k: v for k, v in EVENT.items() if k[1] != "c"}]},
}


@pytest.mark.parametrize("document", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_an_event_is_one_event_however_its_names_are_written(document: Json) -> None:
    assert fact(document) == fact(EVENT)


def test_a_departure_is_a_point_of_the_way_of_its_shipment() -> None:
    found = fact(EVENT)
    assert isinstance(found, CheckpointPassed)
    assert [str(one) for one in found.identifiers] == [f"SHIPMENT:{SHIPMENT}"]
    assert found.occurred_at.isoformat() == "2026-03-05T19:30:00+00:00"


@pytest.mark.parametrize(
    ("status", "held", "cause"),
    [
        ("RCS", False, None),
        ("TGC", True, None),
        ("NFD", True, None),
        ("DIS_OFLD", True, "DIS_OFLD"),
        ("DIS_FDCA", False, "DIS_FDCA"),
    ],
)
def test_what_a_status_says_of_the_way(status: str, held: bool, cause: str | None) -> None:
    found = fact(event(status))
    assert isinstance(found, CheckpointPassed)
    assert (found.held, found.delay_code) == (held, cause)


@pytest.mark.parametrize("status", ["DLV", "DDL"])
def test_a_delivery_of_the_whole_is_a_delivery(status: str) -> None:
    assert isinstance(fact(event(status)), ShipmentDelivered)
    part = fact(event(status, partialEventIndicator=True))
    assert isinstance(part, CheckpointPassed)
    assert part.delay_code == "PARTIAL"


@pytest.mark.parametrize("status", ["BKD", "MAN", "AWR", "CRC", "x" * 40])
def test_papers_and_plans_tell_nothing_of_the_way(status: str) -> None:
    (decision,) = said(event(status))
    assert isinstance(decision, Ignored)


def test_a_plan_has_not_happened_and_a_word_that_is_missing_is_no_plan() -> None:
    (planned,) = said(event(eventTimeType={"@id": "cargo:PLANNED"}))
    assert isinstance(planned, Ignored)
    (unsaid,) = said({k: v for k, v in EVENT.items() if k != "cargo:eventTimeType"})
    assert isinstance(unsaid, Refused)
    assert unsaid.reason is Reason.FIELD_MISSING
    (other,) = said(event(eventTimeType="PERHAPS"))
    assert isinstance(other, Refused)
    assert other.reason is Reason.FIELD_INVALID


def test_the_code_of_a_place_goes_before_its_name_and_an_agreed_code_before_both() -> None:
    place = {"cargo:locationName": "Munich", "cargo:locationCodes": [{"cargo:code": "MUC"}]}
    assert fact(event(eventLocation=place)).model_dump()["checkpoint"] == "MUC"
    named = {"cargo:locationName": "Munich"}
    assert fact(event(eventLocation=named)).model_dump()["checkpoint"] == "Munich"
    agreed = Partner("air-carrier", System.LOGISTICS, mapping={"places": {"MUC": "SITE-1"}})
    assert fact(event("DLV", eventLocation=place), agreed).model_dump()["place"] == "SITE-1"
    assert fact(event("DLV", eventLocation=place)).model_dump()["place"] is None


def test_an_event_of_a_piece_leads_to_the_shipment_that_it_is_in() -> None:
    piece = {"@type": "cargo:Piece", "@id": f"{SHIPMENT}/piece"}
    whole = {
        "@context": CONTEXT,
        "@type": "cargo:Shipment",
        "@id": SHIPMENT,
        "cargo:waybill": {"cargo:waybillPrefix": "020", "cargo:waybillNumber": "12345675"},
        "cargo:pieces": [piece | {"cargo:upid": "00395211410000002460"}],
        "cargo:events": [event(eventFor=piece)],
    }
    found = [str(one) for one in fact(whole).identifiers]
    assert found == ["SSCC:395211410000002460", "WAYBILL:020-12345675", f"SHIPMENT:{SHIPMENT}"]


def test_an_event_of_something_else_names_nothing_that_we_follow() -> None:
    (decision,) = said(event(eventFor={"@type": "cargo:TransportMovement", "@id": f"{SHIPMENT}x"}))
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.NO_IDENTIFIER
    systems = {"https://1r.carrier.example/logistics-objects/": Scheme.SHIPMENT}
    partner = Partner("air-carrier", System.LOGISTICS, identifier_systems=systems)
    found = fact(event(eventFor=SHIPMENT), partner)
    assert [str(one) for one in found.identifiers] == ["SHIPMENT:shp-1"]


def test_a_person_who_recorded_it_is_a_token() -> None:
    person = {"@type": "cargo:Person", "@id": "urn:person:7", "cargo:lastName": "Beispiel"}
    found = fact(event(recordingActor=person))
    assert found.actor == OpenTokens().staff(CARRIER.name, "urn:person:7")
    assert "Beispiel" not in found.model_dump_json()


def sensor(*measured: Json, kind: str = "THERMOMETER") -> Json:
    return {
        "@context": CONTEXT,
        "@type": "cargo:Sensor",
        "cargo:serialNumber": "142NL",
        "cargo:sensorType": {"@id": f"{CARGO}{kind}"},
        "cargo:measurements": list(measured),
    }


def measured(value: object, unit: object = "CEL", at: str = "2026-03-05T16:00:00Z") -> Json:
    return {
        "cargo:measurementTimestamp": at,
        "cargo:measurementValue": {"cargo:numericalValue": value, "cargo:unit": unit},
    }


def test_what_a_thermometer_measured_is_told_in_celsius() -> None:
    unit = {"@id": "https://onerecord.iata.org/ns/code-lists/MeasurementUnitCode#FAH"}
    found = fact(sensor(measured("-151.5"), measured(-240.7, unit, "2026-03-05T17:00:00Z")))
    assert isinstance(found, ConditionRead)
    assert [reading.temperature for reading in found.readings] == [-151.5, -151.5]
    assert [str(one) for one in found.identifiers] == ["LOGGER:142NL"]
    assert found.occurred_at == found.readings[1].at


def test_a_temperature_without_its_unit_is_set_aside() -> None:
    (decision,) = said(sensor(measured(-151.5, "")))
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.UNIT_UNKNOWN


@pytest.mark.parametrize("stated", ["much", [1], [None]])
def test_measurements_that_are_none_are_set_aside(stated: object) -> None:
    (decision,) = said(sensor() | {"cargo:measurements": stated})
    assert isinstance(decision, Refused)


def test_another_sensor_measures_nothing_that_we_follow() -> None:
    (decision,) = said(sensor(measured(12, "P1"), kind="HYGROMETER"))
    assert isinstance(decision, Ignored)


NOTICE: Json = {
    "@context": CONTEXT,
    "@type": "api:Notification",
    "api:hasEventType": {"@id": "api:LOGISTICS_EVENT_RECEIVED"},
    "api:hasLogisticsObject": {"@id": SHIPMENT},
}
FETCHED: Json = {
    "@context": CONTEXT,
    "@type": "api:Collection",
    "fetched_for": SHIPMENT,
    "api:hasItem": [{k: v for k, v in EVENT.items() if k != "@context"}],
}


def test_a_notice_and_the_events_fetched_for_it_are_one_fact_in_either_order() -> None:
    assert said(NOTICE) == (Held(SHIPMENT, "events of the object"),)
    assert said(FETCHED) == (Held(SHIPMENT, "notice"),)
    (decision,) = said(FETCHED, NOTICE)
    assert isinstance(decision, Mapped)
    assert decision.events == (fact(EVENT),)
    assert said(NOTICE, FETCHED) == (decision,)


def test_a_notice_about_another_object_does_not_let_the_events_go() -> None:
    other = copy.deepcopy(NOTICE)
    other["api:hasLogisticsObject"]["@id"] = f"{SHIPMENT}00"
    assert said(FETCHED, other) == (Held(SHIPMENT, "notice"),)


def test_an_older_version_is_refused_by_its_name() -> None:
    (decision,) = said({"@type": "https://onerecord.iata.org/Event", "eventCode": "DEP"})
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.UNSUPPORTED_VERSION


@pytest.mark.parametrize(
    "document",
    [
        {"@context": {f"p{n}": "urn:x" for n in range(20_000)}, "@graph": [{}] * 20_000},
        EVENT | {"cargo:eventFor": [{"@id": SHIPMENT}] * 10_000},
        sensor(*[measured(-150)] * 5000),
        {"@context": CONTEXT, "@graph": [{k: v for k, v in EVENT.items() if k[1] != "c"}] * 3000},
    ],
    ids=["prefixes", "objects", "measurements", "events"],
)
def test_many_repeats_are_read_in_no_time(document: Json) -> None:
    began = time.process_time()
    said(document)
    assert time.process_time() - began < 10
