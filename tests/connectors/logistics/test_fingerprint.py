"""An event without an eventID has the name that CBV 2.0 gives it, and no other event has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from connectors.logistics import epcis_xml, names
from connectors.logistics.fingerprint import event_hash, native_key, spelled
from tests.connectors.specimens import SHARED

Json = dict[str, Any]

SHIPPING: Json = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-05T13:02:10.0005+01:00",
    "eventTimeZoneOffset": "+01:00",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "epcList": ["urn:epc:id:sscc:0614141.1234567890", "urn:epc:id:sgtin:0614141.107346.2017"],
    "sourceList": [{"source": "urn:epc:id:pgln:4012345.00225", "type": "possessing_party"}],
    "sensorElementList": [
        {"sensorReport": [{"value": 4.0, "uom": "CEL", "type": "gs1:Temperature"}]}
    ],
    "x:note": {"inner": "one", "x:other": 2},
}
DECLARED = names.prefixes({"x": "https://x.example/"})


def test_the_text_that_is_hashed_has_one_spelling_and_one_order() -> None:
    assert spelled(SHIPPING, DECLARED) == (
        "eventType=ObjectEvent"
        "eventTime=2026-03-05T12:02:10.001Z"
        "eventTimeZoneOffset=+01:00"
        "epcListepc=https://id.gs1.org/00/106141412345678908"
        "epc=https://id.gs1.org/01/10614141073464/21/2017"
        "action=OBSERVE"
        "bizStep=https://ref.gs1.org/cbv/BizStep-shipping"
        "sourceListtype=https://ref.gs1.org/cbv/SDT-possessing_party"
        "source=https://id.gs1.org/417/4012345002256"
        "sensorElementListsensorElementsensorReporttype=https://gs1.org/voc/Temperature"
        "value=4uom=CEL"
        "{https://x.example/}noteinner=one{https://x.example/}other=2"
    )


@pytest.mark.parametrize(
    "other",
    [
        {"epcList": list(reversed(SHIPPING["epcList"]))},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"},
        {"eventTime": "2026-03-05T12:02:10.001Z"},
        {"recordTime": "2026-03-06T00:00:00Z"},
        {"errorDeclaration": {"declarationTime": "2026-03-06T00:00:00Z"}},
        {"http://www.w3.org/2000/01/rdf-schema#comment": "look"},
        {
            "sourceList": [
                {
                    "source": "https://a.example/417/4012345002256",
                    "type": "cbv:SDT-possessing_party",
                }
            ]
        },
    ],
)
def test_another_spelling_of_an_event_has_the_same_name(other: Json) -> None:
    assert event_hash(SHIPPING | other, DECLARED) == event_hash(SHIPPING, DECLARED)


@pytest.mark.parametrize(
    "other",
    [
        {"epcList": SHIPPING["epcList"][:1]},
        {"bizStep": "receiving"},
        {"eventTimeZoneOffset": "+02:00"},
        {"x:note": {"inner": "two", "x:other": 2}},
        {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4}]}]},
        {"ilmd": {"x:lot": "1"}},
    ],
)
def test_another_event_has_another_name(other: Json) -> None:
    assert event_hash(SHIPPING | other, DECLARED) != event_hash(SHIPPING, DECLARED)


def test_a_partners_own_name_goes_first() -> None:
    assert native_key(SHIPPING | {"eventID": "urn:uuid:1"}, DECLARED) == "urn:uuid:1"
    assert native_key(SHIPPING, DECLARED).startswith("ni:///sha-256;")


PUBLISHED = {
    "TimeStampRoundOff.jsonld": "TimeStampRoundOff.hashes",
    "epcisQueryDocHavingEventWithIgnoreFields.jsonld": "epcisQueryDocHavingEventWithIgnoreFields.hashes",
    "epcisDocWithSingleEvent.jsonld": "epcisDocWithDefaultSchemaInContext.hashes",
    "ReferenceEventHashAlgorithm3.xml": "ReferenceEventHashAlgorithm3.hashes",
    "epcisDocWith2DifferentTransformationEvents.xml": "epcisDocWith2DifferentTransformationEvents.hashes",
    "epcisDocWithTransformationEventWithExtension.xml": "epcisDocWithTransformationEventWithExtension.hashes",
}
"""Documents and the published hashes of their events; the third has its event first of two."""


def hashed(raw: bytes) -> Iterator[str]:
    if raw.startswith(b"<"):
        read = epcis_xml.read(raw)
        assert not isinstance(read, str)
        for event in read.events:
            assert isinstance(event, dict)
            yield event_hash(event, names.prefixes(read.context))
        return
    document: Json = orjson.loads(raw)
    body = document["epcisBody"]
    events = body.get("eventList") or body["queryResults"]["resultsBody"]["eventList"]
    left_out = body.get("queryResults", {}).get("repository-x:ignoreFields", [])
    for event in events:
        said = {name: value for name, value in event.items() if name not in left_out}
        yield event_hash(said, names.prefixes(document["@context"]))


@pytest.mark.samples
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_published_hashes_agree(name: str) -> None:
    folder = SHARED / "logistics" / "epcis_hash_vectors"
    if not folder.is_dir():
        pytest.skip("the public samples are not beside the project (../shared/samples)")
    found = list(hashed((folder / name).read_bytes()))
    published = (folder / PUBLISHED[name]).read_text().split()
    assert found
    assert found == published[: len(found)]
