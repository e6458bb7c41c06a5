"""The catalogue of exceptions is the whole taxonomy: what is looked for, and what is not, and why."""

from __future__ import annotations

from collections import Counter

from connectors.simulator.faults import CODES
from schemas.exceptions import EXCEPTIONS
from schemas.exceptions.undetected import UNDETECTED
from streams.detectors import DETECTORS
from streams.identity.asked import ASKED_OF_THINGS
from tests.console.conftest import Ask

TAXONOMY = {
    "ID": 11,
    "CU": 8,
    "TW": 10,
    "TC": 9,
    "SQ": 8,
    "QU": 9,
    "RE": 8,
    "SC": 7,
    "IF": 7,
    "DI": 11,
}
EVERY_CODE = [
    f"{letters}-{number:02d}"
    for letters, count in TAXONOMY.items()
    for number in range(1, count + 1)
]


def test_the_catalogue_lists_all_88_codes_in_their_order(ask: Ask) -> None:
    rows = ask("catalogue", "exceptions", "--json").json

    assert [row["code"] for row in rows] == EVERY_CODE
    assert len(rows) == 88


def test_every_code_is_either_looked_for_or_has_a_reason_and_none_both() -> None:
    listed = Counter([k.code for k in EXCEPTIONS] + [left.code for left in UNDETECTED])

    assert {code: times for code, times in listed.items() if times > 1} == {}
    assert sorted(listed) == sorted(EVERY_CODE)


def test_what_is_called_detected_has_a_detector_and_a_fault_that_shows_it(ask: Ask) -> None:
    rows = ask("catalogue", "exceptions", "--json").json
    detected = {row["code"] for row in rows if row["detected"]}

    assert detected == {detector.code for detector in DETECTORS} | set(ASKED_OF_THINGS)
    assert detected == set(CODES)


def test_every_code_says_who_acts_how_grave_it_is_and_why(ask: Ask) -> None:
    for row in ask("catalogue", "exceptions", "--json").json:
        assert row["hazard"]
        assert row["owner"]
        assert row["severity"] in ("S1", "S2", "S3")
        assert row["reason"].endswith("."), row["code"]


def test_a_person_reads_of_a_code_that_nothing_looks_for_why(ask: Ask) -> None:
    told = ask("catalogue", "exceptions").out

    assert all(left.code in told for left in UNDETECTED)
