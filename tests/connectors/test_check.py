"""`--check` says of every message what the running connector would make of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors import load
from connectors.check import answers, check
from connectors.connector import Raw
from schemas.reasons import REMEDIES, Reason
from tests.connectors.messages import NOT_EPCIS, departure
from tests.connectors.specimens import TOKENS
from tests.connectors.test_translation import PARTNER, TRANSLATION


def test_a_folder_is_answered_file_by_file_in_order(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "late.json").write_bytes(departure(2))
    (tmp_path / "a.json").write_bytes(departure(1))
    (tmp_path / "c.json").write_bytes(NOT_EPCIS)
    (tmp_path / ".hidden").write_bytes(b"x")
    replies = list(check("logistics", tmp_path))
    assert [(r["file"], r["decision"]) for r in replies] == [
        ("a.json", "mapped"),
        ("b/late.json", "mapped"),
        ("c.json", "refused"),
    ]
    assert json.loads(json.dumps(replies)) == replies


def test_an_answer_holds_the_events_that_were_understood(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(departure(1))
    (reply,) = check("logistics", file)
    assert reply["file"] == "a.json"
    assert reply["reason"] is None
    events = reply["events"]
    assert isinstance(events, list)
    assert [event["type"] for event in events] == ["transport.CheckpointPassed"]
    assert events[0]["occurred_at"] == "2026-03-05T00:00:01Z"


def test_a_refusal_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b'{"type": ')
    (reply,) = check("logistics", file)
    assert reply["decision"] == "refused"
    assert reply["reason"] == "not_well_formed"
    assert "line 1" in str(reply["detail"])
    assert reply["remedy"] == REMEDIES[Reason.NOT_WELL_FORMED]


def test_a_file_too_large_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b"x" * 101)
    (reply,) = check("logistics", file, size_limit=100)
    assert (reply["decision"], reply["reason"]) == ("refused", "too_large")


def test_halves_are_brought_together_and_a_lonely_one_waits() -> None:
    said = [Raw("1", b"notice D1"), Raw("2", b"record D2"), Raw("3", b"record D1")]
    replies = list(answers(TRANSLATION.connector, said, PARTNER, TOKENS))
    assert [(r["file"], r["decision"], r["reason"]) for r in replies] == [
        ("1", "mapped", "told together with 3"),
        ("3", "mapped", None),
        ("2", "ignored", "waits for its notice"),
    ]


def test_a_path_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file or folder"):
        list(check("logistics", tmp_path / "none"))


def test_a_connector_that_is_not_there_is_told() -> None:
    with pytest.raises(LookupError, match="there are clinic, erp"):
        load("pharmacy")
