"""EPCIS in XML says what the same event says in JSON, whichever version wraps it."""

from __future__ import annotations

import time

import orjson
import pytest

from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.logistics import CONNECTOR, epcis_xml
from connectors.understand import understand
from schemas.envelope import Event, System
from schemas.reasons import Reason
from schemas.transport import ConditionRead, CustodyHandedOver
from tests.connectors.clinic.envelopes import OpenTokens

COURIER = Partner("fast-and-cold", System.LOGISTICS)
EPCIS_1, EPCIS_2 = "urn:epcglobal:epcis:xsd:1", "urn:epcglobal:epcis:xsd:2"

TIMES = """
  <eventTime>2026-03-05T13:02:10+01:00</eventTime>
  <eventTimeZoneOffset>+01:00</eventTimeZoneOffset>"""
THINGS = """
  <epcList><epc>urn:epc:id:sscc:0614141.1234567890</epc></epcList>
  <action>OBSERVE</action>
  <bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep>"""
PARTIES = """
  <sourceList>
    <source type="urn:epcglobal:cbv:sdt:possessing_party">urn:epc:id:pgln:4012345.00225</source>
  </sourceList>"""
SENSOR = """
  <sensorElementList><sensorElement>
    <sensorReport type="gs1:Temperature" value="{value}" uom="CEL" time="2026-03-05T12:00:00Z"/>
  </sensorElement></sensorElementList>"""


def document(events: str, version: str = "2.0", namespaces: str = "") -> bytes:
    place = EPCIS_2 if version.startswith("2") else EPCIS_1
    return (
        f'<e:EPCISDocument xmlns:e="{place}" schemaVersion="{version}" {namespaces}'
        f' creationDate="2026-03-05T13:02:10Z"><EPCISBody><EventList>{events}'
        "</EventList></EPCISBody></e:EPCISDocument>"
    ).encode()


def said(body: bytes) -> tuple[Decision, ...]:
    return understand(CONNECTOR, Raw("m.xml", body), COURIER, OpenTokens())


def facts(body: bytes) -> tuple[Event, ...]:
    (decision,) = said(body)
    assert isinstance(decision, Mapped), decision
    return decision.events


def refused(body: bytes) -> Refused:
    (decision,) = said(body)
    assert isinstance(decision, Refused), decision
    return decision


OLD = f"<ObjectEvent>{TIMES}{THINGS}<extension>{PARTIES}</extension></ObjectEvent>"
NEW = f"<ObjectEvent>{TIMES}{THINGS}{PARTIES}</ObjectEvent>"
IN_JSON = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-05T12:02:10.000Z",
    "eventTimeZoneOffset": "+01:00",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "epcList": ["https://id.gs1.org/00/106141412345678908"],
    "sourceList": [
        {"type": "possessing_party", "source": "https://id.gs1.org/417/4012345002256"},
    ],
}


@pytest.mark.parametrize(
    "body",
    [document(OLD, "1.0"), document(OLD, "1.1"), document(OLD, "1.2"), document(NEW), NEW.encode()],
    ids=["1.0", "1.1", "1.2", "2.0", "alone"],
)
def test_one_event_is_one_event_in_every_version_and_in_json(body: bytes) -> None:
    (fact,) = facts(body)
    assert isinstance(fact, CustodyHandedOver)
    assert fact.from_party == "4012345002256"
    (in_json,) = facts(orjson.dumps(IN_JSON))
    assert fact == in_json  # the id too, which comes from the content


def test_a_document_in_utf_16_is_read() -> None:
    plain = document(NEW).decode()
    assert facts(plain.encode("utf-16")) == facts(plain.encode())


def test_a_default_namespace_of_the_standard_changes_nothing() -> None:
    plain = document(NEW).decode().replace("e:EPCISDocument", "EPCISDocument")
    assert facts(plain.replace("xmlns:e=", "xmlns=").encode()) == facts(document(NEW))


def test_sensors_are_read_from_their_attributes() -> None:
    event = NEW.replace("</ObjectEvent>", SENSOR.format(value="-151.5") + "</ObjectEvent>")
    _, read = facts(document(event))
    assert isinstance(read, ConditionRead)
    assert [reading.temperature for reading in read.readings] == [-151.5]


@pytest.mark.parametrize("value", ["cold", "1e999", "NaN", "--5", ""])
def test_a_sensor_value_that_is_no_number_breaks_the_standard(value: str) -> None:
    event = NEW.replace("</ObjectEvent>", SENSOR.format(value=value) + "</ObjectEvent>")
    assert refused(document(event)).reason is Reason.STANDARD_VIOLATED


def test_a_quantity_event_is_the_observation_of_a_quantity() -> None:
    event = (
        f"<QuantityEvent>{TIMES}<epcClass>urn:epc:class:lgtin:4012345.012345.B1</epcClass>"
        "<quantity>1</quantity><bizStep>urn:epcglobal:cbv:bizstep:departing</bizStep>"
        "</QuantityEvent>"
    )
    (fact,) = facts(document(event, "1.0"))
    assert [str(one) for one in fact.identifiers] == ["BATCH:B1"]


def test_a_quantity_without_a_value_is_left_out() -> None:
    nil = 'xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    event = (
        f"<ObjectEvent>{TIMES}{THINGS}<quantityList><quantityElement>"
        f"<epcClass>urn:epc:class:lgtin:4012345.012345.B1</epcClass><quantity {nil}/>"
        "</quantityElement></quantityList></ObjectEvent>"
    )
    (fact,) = facts(document(event))
    assert "BATCH:B1" in [str(one) for one in fact.identifiers]


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        (("<action>OBSERVE</action>", ""), "action"),
        (("<action>OBSERVE</action>", "<action>OBSERVE</action>" * 2), "more than once"),
        (("</epcList>", "<epcClass>x</epcClass></epcList>"), "only epc is listed"),
        (("</epcList>", "</epcList><epcList/>"), "more than once"),
        (("</ObjectEvent>", "<note>hello</note></ObjectEvent>"), "no member of EPCIS"),
        (("13:02:10+01:00", "13:02:10"), "eventTime"),
    ],
)
def test_an_event_that_breaks_the_standard_is_refused(change: tuple[str, str], detail: str) -> None:
    found = refused(document(NEW.replace(*change)))
    assert found.reason is Reason.STANDARD_VIOLATED
    assert detail in found.detail


@pytest.mark.parametrize("version", ["3.0", "0.9", "x"])
def test_another_version_is_refused_by_its_name(version: str) -> None:
    body = document(NEW).replace(b'schemaVersion="2.0"', f'schemaVersion="{version}"'.encode())
    assert refused(body).reason is Reason.UNSUPPORTED_VERSION


@pytest.mark.parametrize("missing", ["schemaVersion", "creationDate"])
def test_a_document_must_say_its_version_and_its_date(missing: str) -> None:
    body = document(NEW).replace(missing.encode(), b"other")
    assert refused(body).reason is Reason.STANDARD_VIOLATED


@pytest.mark.parametrize(
    "body",
    [
        b"<ObjectEvent xmlns='urn:somebody:else'/>",
        b"<Order xmlns='urn:epcglobal:epcis:xsd:2'/>",
        b"<IDOC/>",
    ],
)
def test_other_xml_is_no_epcis(body: bytes) -> None:
    assert refused(body).reason is Reason.UNKNOWN_FORMAT


def test_a_query_and_master_data_state_nothing() -> None:
    query = (
        b'<q:EPCISQueryDocument xmlns:q="urn:epcglobal:epcis-query:xsd:1" schemaVersion="1.2"'
        b' creationDate="2026-03-05T13:02:10Z"><EPCISBody><q:Poll/></EPCISBody>'
        b"</q:EPCISQueryDocument>"
    )
    assert said(query) == (Ignored("a query asks a repository and states nothing"),)


def test_a_namespace_of_ones_own_keeps_its_name_and_its_structure() -> None:
    own = "<x:box><x:lid>1</x:lid><x:lid>2</x:lid></x:box><x:box>3</x:box>"
    body = document(NEW.replace("</ObjectEvent>", own + "</ObjectEvent>"), "2.0", 'xmlns:x="urn:x"')
    read = epcis_xml.read(body)
    assert not isinstance(read, str)
    (event,) = read.events
    assert isinstance(event, dict)
    (prefix,) = read.context
    assert event[f"{prefix}:box"] == [{f"{prefix}:lid": ["1", "2"]}, "3"]


@pytest.mark.parametrize(
    "inside",
    [
        "<v:note/>" * 30_000,
        "<v:note><a/>" + "<a/>" * 30_000 + "</v:note>",
        "<certificationInfo>x</certificationInfo>" * 30_000,
        "<epcList>" + "<epc>urn:epc:id:sscc:0614141.1234567890</epc>" * 30_000 + "</epcList>",
    ],
    ids=["members", "inner members", "certificates", "things"],
)
def test_many_repeats_are_read_in_no_time(inside: str) -> None:
    event = NEW.replace("</ObjectEvent>", inside + "</ObjectEvent>")
    began = time.process_time()
    said(document(event, "2.0", 'xmlns:v="urn:v"'))
    assert time.process_time() - began < 10


def test_more_namespaces_than_anyone_needs_are_refused() -> None:
    many = "".join(f'<a xmlns="urn:{n}"/>' for n in range(5000))
    fault = refused(document(NEW.replace("</ObjectEvent>", many + "</ObjectEvent>")))
    assert fault.reason is Reason.STANDARD_VIOLATED
