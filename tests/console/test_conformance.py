"""A partner is told of each message what was understood, and of all together what is missing."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from connectors import CONNECTORS
from connectors.check import Answer
from console.conformance import conformance
from console.conformance_page import POLICY, page
from tests.connectors.messages import NOT_EPCIS, departure
from tests.console.conftest import Ask

EVIL = "<script>alert(1)</script><img src=x onerror=alert(1)>"


class Markup(HTMLParser):
    """What a browser would take for markup."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    """Two departures, one of them below another folder, and what is no EPCIS."""
    folder = tmp_path / "sent"
    (folder / "day-2").mkdir(parents=True)
    (folder / "a.json").write_bytes(departure(1))
    (folder / "day-2" / "b.json").write_bytes(departure(2))
    (folder / "c.json").write_bytes(NOT_EPCIS)
    return folder


def test_people_read_what_when_and_of_what(ask: Ask, sent: Path) -> None:
    told = ask("connect", "logistics", "--check", sent).out
    assert "mapped day-2/b.json" in told
    assert "transport.CheckpointPassed 2026-03-05T00:00:01Z (partner's offset +60 min)" in told
    assert "SSCC:" in told
    assert "refused c.json: " in told
    assert "remedy: " in told


def test_the_summary_names_what_is_missing_for_which_milestone(ask: Ask, sent: Path) -> None:
    *_, last = ask("connect", "logistics", "--check", sent, "--json").lines
    summary = last["summary"]
    assert summary["decisions"] == {"mapped": 2, "refused": 1}
    by_code = {m["milestone"]: m for m in summary["milestones"]}
    assert by_code["M09"]["state"] == "partly"
    assert by_code["M09"]["told"] == {"transport.CheckpointPassed": 2}
    assert "transport.ConditionRead" in by_code["M09"]["missing"]
    assert by_code["M08"]["state"] == "missing"
    assert set(by_code) == {"M08", "M09", "M10", "M18", "M19"}
    assert summary["events"]["transport.CheckpointPassed"]["left_open"]["delay_code"] == 2
    assert summary["pipeline"] == {"waiting": 2}
    assert all(set(gate) == {"gate", "asks", "needs"} for gate in summary["gates"])


def test_fields_are_told_with_where_they_go(ask: Ask, sent: Path) -> None:
    answer = ask("connect", "logistics", "--check", sent / "a.json", "--fields", "--json")
    first, last = answer.lines
    assert first["fields"]["read"]["eventTime"] == ["transport.CheckpointPassed.occurred_at"]
    assert last["summary"]["unread"] == dict.fromkeys(first["fields"]["ignored"], 1)
    told = ask("connect", "logistics", "--check", sent / "a.json", "--fields").out
    assert "eventTime -> transport.CheckpointPassed.occurred_at" in told


def test_strict_ends_with_1_when_something_was_refused(ask: Ask, sent: Path) -> None:
    assert ask("connect", "logistics", "--check", sent).code == 0
    assert ask("connect", "logistics", "--check", sent, "--strict").code == 1
    assert ask("connect", "logistics", "--check", sent / "a.json", "--strict").code == 0


@pytest.mark.parametrize("system", CONNECTORS)
def test_every_system_is_told_of_its_own_milestones(ask: Ask, partners: Path, system: str) -> None:
    *_, last = ask("connect", system, "--check", partners / system, "--json").lines
    summary = last["summary"]
    assert summary["milestones"]
    assert any(m["told"] for m in summary["milestones"])
    assert sum(summary["pipeline"].values()) > 0


def test_the_page_holds_everything_and_runs_nothing(ask: Ask, sent: Path, tmp_path: Path) -> None:
    hostile = json.loads(departure(3))
    hostile["readPoint"] = {"id": f"urn:x:{EVIL}"}
    hostile[EVIL] = EVIL
    (sent / f"{EVIL.replace('/', '_')}.json").write_text(json.dumps(hostile))
    (sent / "d.json").write_text(json.dumps({EVIL: EVIL}))
    html = tmp_path / "report.html"
    assert ask("connect", "logistics", "--check", sent, "--html", html).code == 0
    text = html.read_text("utf-8")
    seen = Markup(text)
    assert "script" not in seen.tags
    assert "img" not in seen.tags
    assert seen.attributes <= {"lang", "charset", "http-equiv", "content", "name", "class"}
    assert POLICY in text
    assert "transport.CheckpointPassed" in seen.text
    assert "day-2/b.json" in seen.text
    assert "alert(1)" in seen.text, "what the partner wrote is shown, as text"


def test_a_value_in_every_place_of_the_page_is_only_text() -> None:
    answers: list[Answer] = [
        {"file": EVIL, "decision": "refused", "reason": EVIL, "detail": EVIL, "remedy": EVIL, "events": []},
        {"file": EVIL, "decision": "ignored", "reason": EVIL, "events": [],
         "fields": {"read": {EVIL: (EVIL,)}, "ignored": (EVIL,), "unknown": (EVIL,)}},
    ]  # fmt: skip
    summary = conformance("lims", answers).summary()
    assert {"script", "img"}.isdisjoint(Markup(page(answers, summary)).tags)
