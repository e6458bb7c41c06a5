"""A partner may state our own events by its door, and nobody else's."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from connectors import load
from connectors.connector import Decision, Mapped, Partner, Raw, Refused
from connectors.pseudonyms import Withheld
from connectors.understand import understand
from schemas import topics
from schemas.envelope import System
from schemas.lines import to_line
from schemas.ordering import CoiAssigned
from schemas.reasons import Reason
from schemas.wire import encode, to_message
from tests.words import COURSE, said

ERP = Partner(name="partner-1", system=System.ERP)
EVENT = said(CoiAssigned, "ORDER:4711", coi=COURSE, issuer="ISBT128")
LINE = to_line(topics.inbound("erp", "partner-1"), to_message(EVENT))


def understood(line: dict[str, object], partner: Partner = ERP) -> Decision:
    raw = Raw("", json.dumps(line).encode())
    (decision,) = understand(load(partner.system.value), raw, partner, Withheld())
    return decision


def refusal(decision: Decision) -> Reason:
    assert isinstance(decision, Refused), decision
    return decision.reason


def test_an_event_stated_as_json_is_believed_as_it_stands() -> None:
    assert understood(LINE) == Mapped((EVENT,))


def test_an_event_stated_as_avro_is_the_same_event() -> None:
    avro = {name: value for name, value in LINE.items() if name not in ("data", "datacontenttype")}
    avro["data_base64"] = b64encode(encode(EVENT)).decode()
    assert understood(avro) == Mapped((EVENT,))
    assert refusal(understood(avro | {"data_base64": "AAAA"})) is Reason.UNKNOWN_FRAMING


@pytest.mark.parametrize(
    "partner",
    [Partner(name="partner-2", system=System.ERP), Partner(name="partner-1", system=System.MES)],
)
def test_an_event_of_somebody_else_is_refused(partner: Partner) -> None:
    assert refusal(understood(LINE, partner)) is Reason.WRONG_TOPIC


def test_a_place_that_the_sender_names_changes_nothing() -> None:
    elsewhere = LINE | {"v2vtopic": topics.RECORDS, "v2vkey": "x", "v2vschemaid": 7}
    assert understood(elsewhere) == Mapped((EVENT,))


@pytest.mark.parametrize(
    "type", ["v2v.raw", "v2v.control.Tick", "v2v.control.AlertAction", "v2v.ordering.Nothing"]
)
def test_what_is_no_event_of_the_catalogue_is_refused(type: str) -> None:
    assert refusal(understood(LINE | {"type": type})) is Reason.UNKNOWN_TYPE


def test_what_the_contract_refuses_is_told_without_the_text() -> None:
    data = LINE["data"] | {"coi": "x" * 100, "issuer": ["Nora Patient"]}
    decision = understood(LINE | {"data": data})
    assert refusal(decision) is Reason.CONTRACT_VIOLATION
    assert isinstance(decision, Refused)
    assert "Nora" not in decision.detail
    assert refusal(understood(LINE | {"data": None})) is Reason.CONTRACT_VIOLATION
