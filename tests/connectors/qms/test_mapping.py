"""A customer's mapping is checked before anything is translated with it, and then it decides."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

import connectors.qms.mapping as shipped_in
from connectors.connector import Decision, Held, Ignored, Mapped, Partner, Raw, Refused
from connectors.qms.mapping import MappingUnusable, read, shipped
from connectors.qms.translate import translate
from schemas.envelope import System
from schemas.quality import DeviationOpened
from schemas.reasons import Reason
from tests.connectors.clinic.envelopes import OpenTokens

Json = dict[str, Any]


def own() -> Json:
    """The shipped mapping as a customer would copy it."""
    path = Path(shipped_in.__file__).with_name("mapping.yaml")
    content: Json = yaml.safe_load(path.read_text(encoding="utf-8"))
    return content


def test_the_shipped_mapping_reads_as_a_customers_would() -> None:
    assert read(own()) == shipped() == read({})


def test_the_shipped_mapping_means_every_state_of_an_oos_case() -> None:
    kind = shipped().kind("investigation__qdm")
    assert kind is not None
    assert len({meaning.sets["state"] for meaning in kind.states.values()}) == 7


def _no_event(mapping: Json) -> None:
    mapping["kinds"][0]["states"]["open_state__c"]["event"] = "quality.DeviationImagined"


def _other_stage(mapping: Json) -> None:
    mapping["kinds"][0]["states"]["open_state__c"]["event"] = "treatment.InfusionStarted"


def _no_field(mapping: Json) -> None:
    mapping["kinds"][0]["fields"]["colour"] = {"path": "data.colour__c"}


def _given_field(mapping: Json) -> None:
    mapping["fields"]["event_id"] = {"path": "data.id"}


def _no_path(mapping: Json) -> None:
    mapping["coi"] = "record.coi"


def _two_meanings(mapping: Json) -> None:
    mapping["kinds"][0]["silent"].append("open_state__c")


def _missing(mapping: Json) -> None:
    del mapping["trail"]


FAULTS = [
    (_no_event, "kinds.0"),
    (_other_stage, "kinds.0"),
    (_no_field, "colour"),
    (_given_field, "event_id"),
    (_no_path, "coi"),
    (_two_meanings, "open_state__c"),
    (_missing, "trail"),
]


@pytest.mark.parametrize(("spoil", "named"), FAULTS, ids=[f[0].__name__ for f in FAULTS])
def test_a_wrong_mapping_is_refused_with_the_place(spoil: Any, named: str) -> None:
    mapping = own()
    spoil(mapping)
    with pytest.raises(MappingUnusable, match=named):
        read(mapping)


SALESFORCE: Json = {
    "reason": "a vendor on another platform",
    "coi": "data.Coi__c",
    "trail": {"at": "at", "field": "field", "old": "old", "new": "new"},
    "changed_at": ["data.LastModifiedDate"],
    "fields": {"actor": {"path": "notice.user", "staff": True}},
    "kinds": [
        {
            "object": "Q__Non_Conformance__c",
            "state": "data.Q__Status__c",
            "states": {"Open": {"event": "quality.DeviationOpened"}},
            "silent": ["Draft"],
            "identifiers": [
                {"scheme": "DEVIATION", "path": "data.Name"},
                {"scheme": "BATCH", "path": "data.Q__Batch__r.Name"},
            ],
            "fields": {
                "classification": {
                    "path": "data.Q__Severity__c",
                    "words": {"3 - severe": "critical"},
                    "raw": "raw_classification",
                }
            },
        }
    ],
}


def said(record: Json | None = None, **header: Any) -> Decision:
    """What a Salesforce-like change event and its record say."""
    event = {
        "entityName": "Q__Non_Conformance__c",
        "recordIds": ["a0B1"],
        "changeType": "CREATE",
        "commitTimestamp": 1_776_930_000_123,
        "commitUser": "005-anna",
        "transactionKey": "tx-1",
        "sequenceNumber": 2,
    } | header
    fields = {
        "fetched_for": "tx-1/2",
        "attributes": {"type": "Q__Non_Conformance__c"},
        "Id": "a0B1",
        "Name": "NC-7",
        "Q__Status__c": "Open",
        "Q__Severity__c": "3 - severe",
        "Q__Batch__r": {"Name": "B26000123"},
    } | (record or {})
    notice = Raw("n", orjson.dumps({"payload": {"ChangeEventHeader": event}}))
    customer = Partner("north-star", System.QMS, mapping=copy.deepcopy(SALESFORCE))
    (decision,) = translate(Raw("r", orjson.dumps(fields)), customer, OpenTokens(), (notice,))
    return decision


def test_another_vendor_is_another_mapping_and_no_code() -> None:
    decision = said()
    assert isinstance(decision, Mapped)
    (event,) = decision.events
    assert isinstance(event, DeviationOpened)
    assert (event.classification, event.raw_classification) == ("critical", "3 - severe")
    assert [str(i) for i in event.identifiers] == ["DEVIATION:NC-7", "BATCH:B26000123"]
    assert event.occurred_at.isoformat() == "2026-04-23T07:40:00.123000+00:00"
    assert event.actor == "005-anna"


def test_a_change_of_fields_that_we_do_not_follow_is_ignored() -> None:
    assert isinstance(said(changeType="UPDATE", changedFields=["Description"]), Ignored)
    assert isinstance(said(changeType="UPDATE", changedFields=["Q__Status__c"]), Mapped)


def test_a_state_or_a_word_that_the_mapping_does_not_name_is_refused() -> None:
    for record in ({"Q__Status__c": "Released anyway"}, {"Q__Severity__c": "unheard of"}):
        decision = said(record)
        assert isinstance(decision, Refused)
        assert decision.reason is Reason.FIELD_INVALID


def test_a_record_fetched_for_another_notice_never_completes_this_one() -> None:
    assert said({"fetched_for": "tx-1/1"}) == Held("tx-1/1", "notice")


def test_a_silent_state_is_ignored_and_a_deletion_is_not() -> None:
    assert isinstance(said({"Q__Status__c": "Draft"}), Ignored)
    assert isinstance(said(changeType="DELETE"), Refused)
