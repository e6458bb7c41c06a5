"""EPCIS events are told as what they state: no more than that, and nothing of it twice."""

from __future__ import annotations

import copy
from typing import Any

import orjson
import pytest

from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.logistics.translate import translate
from schemas.envelope import Event, Scheme, System
from schemas.reasons import Reason
from schemas.transport import (
    CheckpointPassed,
    ConditionRead,
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentDelivered,
)
from tests.connectors.clinic.envelopes import OpenTokens

Json = dict[str, Any]
COURIER = Partner("fast-and-cold", System.LOGISTICS, site="SITE-9")

SHIPPING: Json = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-05T13:02:10+01:00",
    "eventTimeZoneOffset": "+01:00",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "epcList": ["urn:epc:id:sscc:0614141.1234567890"],
    "sourceList": [{"type": "possessing_party", "source": "https://vein-to-vein.org/id/party/A"}],
}


def said(*events: Json, partner: Partner = COURIER, **context: str) -> tuple[Decision, ...]:
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", context],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-05T13:02:10Z",
        "epcisBody": {"eventList": list(events)},
    }
    return translate(Raw("m.json", orjson.dumps(document)), partner, OpenTokens())


def fact(event: Json, partner: Partner = COURIER, **context: str) -> Event:
    (decision,) = said(event, partner=partner, **context)
    assert isinstance(decision, Mapped), decision
    (found,) = decision.events
    return found


def refused(decision: Decision) -> Refused:
    assert isinstance(decision, Refused), decision
    return decision


@pytest.mark.parametrize(
    "step",
    [
        "shipping",
        "cbv:BizStep-shipping",
        "c:BizStep-shipping",
        "https://ref.gs1.org/cbv/BizStep-shipping",
        "urn:epcglobal:cbv:bizstep:shipping",
    ],
)
def test_a_business_step_is_one_step_however_it_is_written(step: str) -> None:
    found = fact(SHIPPING | {"bizStep": step}, c="https://ref.gs1.org/cbv/")
    assert isinstance(found, CustodyHandedOver)
    assert found.from_party == "A"


def test_a_step_of_their_own_is_ignored_and_named() -> None:
    (decision,) = said(SHIPPING | {"bizStep": "x:juggling"}, x="https://x.example/")
    assert decision == Ignored("ObjectEvent OBSERVE x:juggling is no kind that we follow")


def test_custody_is_never_taken_from_an_owner() -> None:
    owner = [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00225"}]
    found = fact(SHIPPING | {"sourceList": owner})
    assert isinstance(found, CheckpointPassed)
    assert found.checkpoint == "shipping"


def test_two_different_holders_are_refused() -> None:
    two = [
        {"type": "possessing_party", "source": f"urn:epc:id:pgln:4012345.0022{n}"} for n in (5, 6)
    ]
    (decision,) = said(SHIPPING | {"sourceList": two})
    assert refused(decision).reason is Reason.FIELD_INVALID


@pytest.mark.parametrize("step", ["receiving", "accepting"])
def test_receiving_with_a_holder_is_accepting_custody(step: str) -> None:
    to = [{"type": "possessing_party", "destination": "urn:epc:id:pgln:4012345.00225"}]
    found = fact(SHIPPING | {"bizStep": step, "destinationList": to})
    assert isinstance(found, CustodyAccepted)
    assert (found.from_party, found.to_party) == ("A", "4012345002256")


@pytest.mark.parametrize(
    ("point", "kind"),
    [
        ("urn:epc:id:sgln:4012345.00005.0", ShipmentDelivered),
        ("urn:epc:id:sgln:4012345.00006.0", CheckpointPassed),
    ],
)
def test_arriving_is_a_delivery_only_at_the_destination(point: str, kind: type[Event]) -> None:
    end = [{"type": "location", "destination": "https://id.gs1.org/414/4012345000054"}]
    arrival = {"bizStep": "arriving", "destinationList": end, "readPoint": {"id": point}}
    assert type(fact(SHIPPING | arrival)) is kind


def test_packing_names_shipper_containers_and_logger() -> None:
    packing = {
        "type": "AggregationEvent",
        "action": "ADD",
        "bizStep": "packing",
        "parentID": "urn:epc:id:giai:4012345.BOX1",
        "childEPCs": ["urn:epc:id:giai:4012345.LG7", "urn:epc:id:sgtin:0614141.107346.2017"],
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:1:ORD-5"}],
    }
    event = {k: v for k, v in SHIPPING.items() if k not in ("epcList", "sourceList")} | packing
    found = fact(event)
    assert isinstance(found, PackagePacked)
    assert [str(i) for i in found.identifiers] == [
        "SHIPPER:4012345BOX1",
        "LOGGER:4012345LG7",
        "CONTAINER:10614141073464.2017",
        "ORDER:ORD-5",
    ]


def test_a_partner_may_name_prefixes_of_its_own() -> None:
    schemes = {"https://c.example/": Scheme.CONTAINER, "https://c.example/l/": Scheme.LOGGER}
    own = Partner("c", System.LOGISTICS, identifier_systems=schemes)
    things = ["https://c.example/l/7", "https://c.example/bag%201"]
    found = fact(SHIPPING | {"epcList": things}, partner=own)
    assert [str(i) for i in found.identifiers] == ["LOGGER:7", "CONTAINER:bag 1"]


def test_the_site_is_the_location_or_else_what_the_settings_say() -> None:
    there = {"bizLocation": {"id": "https://vein-to-vein.org/id/place/LAB%202"}}
    assert fact(SHIPPING | there).site == "LAB 2"
    assert fact(SHIPPING).site == "SITE-9"


def test_the_order_of_the_members_does_not_change_the_id() -> None:
    turned = dict(reversed(SHIPPING.items()))
    assert fact(turned).event_id == fact(SHIPPING).event_id


def test_another_content_has_another_id_and_a_record_time_has_not() -> None:
    later = {"recordTime": "2026-03-06T00:00:00Z"}
    assert fact(SHIPPING | later).event_id == fact(SHIPPING).event_id
    other = {"epcList": ["urn:epc:id:sscc:0614141.1234567891"]}
    assert fact(SHIPPING | other).event_id != fact(SHIPPING).event_id


@pytest.mark.parametrize("key", [{}, {"eventID": "urn:uuid:0c1c1f0e-6f5e-5b07-9a40-2f1f0b6c0003"}])
def test_an_error_declaration_withdraws_the_event_that_it_repeats(key: Json) -> None:
    wrong = SHIPPING | key
    declared = {"declarationTime": "2026-03-06T08:00:00Z", "reason": "did_not_occur"}
    withdrawal = fact(wrong | {"errorDeclaration": declared})
    assert withdrawal.corrects == fact(wrong).event_id
    assert withdrawal.event_id != fact(wrong).event_id
    assert withdrawal.reason_code == "did_not_occur"
    assert withdrawal.withdraws
    assert type(withdrawal) is CustodyHandedOver


def test_one_broken_event_sets_the_document_aside() -> None:
    broken = SHIPPING | {"eventTime": "yesterday"}
    (decision,) = said(SHIPPING, broken)
    assert refused(decision).reason is Reason.STANDARD_VIOLATED
    assert refused(decision).detail.startswith("event 2: eventTime")


BREACHES: list[Json] = [
    {"eventTime": "2026-03-05T13:02:10"},
    {"eventTimeZoneOffset": "+15:00"},
    {"action": "observe"},
    {"bizStep": "flying"},
    {"disposition": "lost"},
    {"epcList": ["not a uri"]},
    {"epcList": []},
    {"colour": "red"},
    {"ilmd": {"lot": "1"}},
    {"readPoint": {}},
    {"sourceList": [{"type": "holder", "source": "urn:x:y"}]},
    {"sourceList": [{"source": "urn:x:y"}]},
    {"sourceList": {}},
    {"bizTransactionList": [{"type": "po"}]},
    {"quantityList": [{"epcClass": "urn:x:y", "quantity": "3"}]},
    {"sensorElementList": [{"sensorMetadata": {}}]},
    {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": "4"}]}]},
    {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "time": "noon"}]}]},
    {"errorDeclaration": {"reason": "did_not_occur"}},
    {"errorDeclaration": {"declarationTime": "2026-03-06T08:00:00Z", "reason": "oops"}},
    {"persistentDisposition": {"set": ["lost"]}},
    {"type": "TransactionEvent"},
    {"type": "AssociationEvent"},
    {"type": "AggregationEvent", "action": "ADD"},
    {"type": "TransformationEvent"},
]


@pytest.mark.parametrize("breach", BREACHES, ids=lambda b: str(b)[:60])
def test_what_breaks_the_standard_is_refused(breach: Json) -> None:
    (decision,) = said(copy.deepcopy(SHIPPING) | breach)
    assert refused(decision).reason is Reason.STANDARD_VIOLATED


@pytest.mark.parametrize("version", ["1.2", "3.0"])
def test_another_version_is_refused(version: str) -> None:
    body = orjson.dumps({"type": "EPCISDocument", "schemaVersion": version, "@context": []})
    from connectors.logistics import CONNECTOR
    from connectors.understand import understand

    (decision,) = understand(CONNECTOR, Raw("m", body), COURIER, OpenTokens())
    assert refused(decision).reason is Reason.UNSUPPORTED_VERSION


def test_staff_become_tokens() -> None:
    class Marked(OpenTokens):
        def staff(self, issuer: str, value: str) -> str:
            return f"T-{issuer}-{len(value)}"

    event = SHIPPING | {"https://vein-to-vein.org/epcis/actor": "J. Doe"}
    body = orjson.dumps([event])
    (decision,) = translate(Raw("m", body), COURIER, Marked())
    assert isinstance(decision, Mapped)
    assert decision.events[0].actor == "T-fast-and-cold-6"


def sensed(**element: Any) -> Json:
    return SHIPPING | {"bizStep": "sensor_reporting", "sensorElementList": [element]}


def test_a_summary_gives_its_extremes_and_not_its_mean() -> None:
    report = {"type": "Temperature", "minValue": -181, "maxValue": -110, "meanValue": -150}
    interval = {"startTime": "2026-03-05T10:00:00Z", "endTime": "2026-03-05T11:00:00Z"}
    found = fact(sensed(sensorMetadata=interval, sensorReport=[report | {"uom": "CEL"}]))
    assert isinstance(found, ConditionRead)
    assert [(r.at.hour, r.temperature) for r in found.readings] == [(10, -181.0), (11, -110.0)]


@pytest.mark.parametrize(
    "report",
    [
        {"type": "Temperature", "uom": "CEL"},
        {"type": "Temperature", "uom": "CEL", "meanValue": -180.5},
        {"type": "https://vein-to-vein.org/epcis/MT-LidOpen", "stringValue": "open"},
        {"type": "RelativeHumidity", "value": 40, "uom": "P1"},
    ],
)
def test_a_report_without_a_value_that_we_follow_makes_no_reading(report: Json) -> None:
    (decision,) = said(sensed(sensorReport=[report]))
    assert isinstance(decision, Ignored)

    measured = {"type": "Temperature", "value": -190.5, "uom": "CEL"}
    found = fact(sensed(sensorReport=[report, measured]))
    assert isinstance(found, ConditionRead)
    assert [reading.temperature for reading in found.readings] == [-190.5]


def test_an_impossible_temperature_is_refused() -> None:
    report = {"type": "Temperature", "value": -300, "uom": "CEL"}
    (decision,) = said(sensed(sensorReport=[report]))
    assert refused(decision).reason is Reason.FIELD_INVALID


def test_two_loggers_of_one_event_are_two_events() -> None:
    element = [
        {
            "sensorMetadata": {"deviceID": f"urn:epc:id:giai:4012345.LG{n}"},
            "sensorReport": [{"type": "Temperature", "value": n, "uom": "CEL"}],
        }
        for n in (1, 2)
    ]
    (decision,) = said(SHIPPING | {"bizStep": "inspecting", "sensorElementList": element})
    assert isinstance(decision, Mapped)
    assert [e.named(Scheme.LOGGER) for e in decision.events] == [("4012345LG1",), ("4012345LG2",)]
    assert len({e.event_id for e in decision.events}) == 2
