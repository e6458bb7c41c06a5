"""A message of very many parts takes time for each part, and not for each pair of them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from connectors import load
from connectors.clinic.codes import STEP_SYSTEM
from connectors.clinic.identifiers import OUR_SYSTEMS
from connectors.connector import Raw
from connectors.understand import understand
from tests.connectors.specimens import TOKENS, partner

PARTS = 4_000
PATIENCE_S = 10
"""Seconds of the processor, as of one bent message; they take a second at most where each part is read once."""


def _records_with_their_provenance() -> bytes:
    entries: list[dict[str, Any]] = []
    for number in range(PARTS):
        record = {"resourceType": "Procedure", "id": str(number), "status": "completed"}
        entries.append({"resource": record | {"subject": {"reference": "Patient/1"}}})
        about = {"reference": f"Procedure/{number}"}
        entries.append({"resource": {"resourceType": "Provenance", "target": [about]}})
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def _record_with_all_that_it_refers_to() -> bytes:
    contained = [{"resourceType": "Device", "id": str(number)} for number in range(PARTS)]
    record = {
        "resourceType": "Procedure",
        "status": "completed",
        "code": {"coding": [{"system": STEP_SYSTEM, "code": "thaw"}]},
        "subject": {"reference": "Patient/1"},
        "identifier": [{"system": OUR_SYSTEMS[0] + "coi", "value": "COI-1"}],
        "performedDateTime": "2026-03-02T10:00:00Z",
        "contained": contained,
        "basedOn": [{"reference": f"#{device['id']}"} for device in contained],
    }
    return json.dumps(record).encode()


def _results_in_words() -> bytes:
    head = (
        "MSH|^~\\&|LAB|L|V2V|V|20260325120000||ORU^R01|M1|P|2.5.1\r"
        "PID|1||12345^^^HOSP^MR||Doe^John\rORC|RE|O1|F1^LAB\r"
        "OBR|1|O1|F1|X^Test^L|||20260325110000|||||||||||||||20260325115900|||F\r"
        "OBX|1|ST|BATCH^Batch^V2V-ID||B26000123||||||F\r"
    )
    result = "OBX|{}|ST|T{}^Test^L||no growth||||||F\r"
    return (head + "".join(result.format(n, n) for n in range(2, 3 * PARTS))).encode()


def _results_of_an_instrument() -> bytes:
    result = "R|{}|^^^T{}|1.5|mmol/L||N||F||||20260325110000\r"
    results = "".join(result.format(number, number) for number in range(1, PARTS))
    return f"H|\\^&|M1||ANALYZER\rP|1\rO|1|S-8805\r{results}L|1|N\r".encode()


def _frames_of_an_instrument() -> bytes:
    framed = []
    records = ["H|\\^&|M1||ANALYZER", *(f"C|{n}|I|x" for n in range(20 * PARTS)), "L|1|N"]
    for number, record in enumerate(records, 1):
        text = f"{number % 8}{record}\r\x03".encode()
        framed.append(b"\x02" + text + f"{sum(text) % 256:02X}\r\n".encode())
    return b"\x05" + b"".join(framed) + b"\x04"


def _exceptions_of_no_batch() -> bytes:
    recipe = "<ExecutedControlRecipe><ID>{0}</ID><BatchID>B{0}</BatchID></ExecutedControlRecipe>"
    event = (
        "<Event><ID>{0}</ID><TimeStamp>2026-03-22T12:10:00Z</TimeStamp>"
        "<EventType>Exception</EventType></Event>"
    )
    recipes = "".join(recipe.format(number) for number in range(PARTS))
    events = "".join(event.format(number) for number in range(PARTS))
    return (
        f'<BatchProductionRecord xmlns="http://www.mesa.org/xml/BatchML"><ID>EBR-9</ID>'
        f"{recipes}<Events>{events}</Events></BatchProductionRecord>"
    ).encode()


@pytest.mark.parametrize(
    ("system", "message"),
    [
        ("clinic", _records_with_their_provenance),
        ("clinic", _record_with_all_that_it_refers_to),
        ("lims", _results_in_words),
        ("lims", _results_of_an_instrument),
        ("lims", _frames_of_an_instrument),
        ("mes", _exceptions_of_no_batch),
    ],
)
def test_many_parts_take_time_for_each_and_not_for_each_pair(
    system: str, message: Callable[[], bytes]
) -> None:
    raw = Raw("large", message())
    began = time.process_time()
    understand(load(system), raw, partner(system), TOKENS)
    assert time.process_time() - began < PATIENCE_S
