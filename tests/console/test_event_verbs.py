"""A partner writes an event, has it judged, and sends only what would be believed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from schemas.catalogue import EVENTS
from schemas.reasons import REMEDIES, Reason
from tests.console.conftest import Ask

RESULT = "laboratory.ResultReported"


def written(ask: Ask, folder: Path, *more: str, **changed: object) -> Path:
    """A new event in a file, with some of its data changed."""
    line = json.loads(ask("event", "new", RESULT, *more).out)
    line["data"].update(changed)
    path = folder / "event.json"
    path.write_text(json.dumps(line), encoding="utf-8")
    return path


@pytest.mark.parametrize("kind", EVENTS, ids=[kind.type_name() for kind in EVENTS])
def test_whatever_is_written_validates(ask: Ask, tmp_path: Path, kind) -> None:
    new = ask("event", "new", kind.type_name(), "--all")
    assert new.code == 0
    (tmp_path / "new.json").write_text(new.out, encoding="utf-8")
    answer = ask("event", "validate", tmp_path / "new.json", "--json")
    assert answer.code == 0
    assert answer.json["outcome"] in ("admitted", "waiting")
    assert answer.json["type"] == kind.type_name()


def test_a_type_that_does_not_exist_names_those_that_are_near(ask: Ask) -> None:
    answer = ask("event", "new", "resultreported")
    assert answer.code == 1
    assert "take laboratory.ResultReported" in answer.err
    assert "v2v catalogue events" in ask("event", "new", "weather.Rained").err


def test_who_may_not_say_it_and_a_name_that_is_none_are_told(ask: Ask) -> None:
    assert "choose lims" in ask("event", "new", RESULT, "--system", "erp").err
    assert "small letters" in ask("event", "new", RESULT, "--partner", "Lab 1").err


def test_the_partner_and_the_system_are_those_asked_for(ask: Ask) -> None:
    new = ask("event", "new", "collection.IdentityVerified", "--system", "mes", "--partner", "m-1")
    assert json.loads(new.out)["source"] == "/mes/m-1"


def test_a_wrong_field_is_told_with_its_remedy(ask: Ask, tmp_path: Path) -> None:
    answer = ask("event", "validate", written(ask, tmp_path, verdict="fine"), "--json")
    assert answer.code == 1
    assert answer.json["reason"] == Reason.CONTRACT_VIOLATION
    assert answer.json["remedy"] == REMEDIES[Reason.CONTRACT_VIOLATION]
    assert "verdict" in answer.json["detail"]


def test_what_would_be_set_aside_is_told_as_live_would(ask: Ask, tmp_path: Path) -> None:
    path = written(ask, tmp_path, system="erp")
    assert ask("event", "validate", path, "--json").json["reason"] == Reason.WRONG_OWNER
    path = written(ask, tmp_path, identifiers=[])
    assert ask("event", "validate", path, "--json").json["reason"] == Reason.NO_IDENTIFIER


def test_lines_arrays_and_single_events_are_read(ask: Ask, tmp_path: Path) -> None:
    one = json.loads(written(ask, tmp_path).read_text("utf-8"))
    other = one | {"id": "another"}
    array, lines = tmp_path / "array.json", tmp_path / "lines.jsonl"
    array.write_text(json.dumps([one, other]))
    lines.write_text(f"{json.dumps(one)}\n\n{json.dumps(other)}\n")
    places = [row["place"] for row in ask("event", "validate", array, "--json").lines]
    assert places == ["event 1", "event 2"]
    places = [row["place"] for row in ask("event", "validate", lines, "--json").lines]
    assert places == ["line 1", "line 3"]


def test_one_id_with_two_contents_is_told_of_the_file(ask: Ask, tmp_path: Path) -> None:
    one = json.loads(written(ask, tmp_path).read_text("utf-8"))
    other = json.loads(json.dumps(one))
    other["data"]["test"] = "STERILITY"
    (tmp_path / "two.json").write_text(json.dumps([one, other]))
    answer = ask("event", "validate", tmp_path / "two.json", "--json")
    assert answer.code == 1
    assert {row["reason"] for row in answer.lines} == {Reason.SAME_ID_OTHER_CONTENT}


@pytest.mark.parametrize("content", ["", "[]", "{", "[1]", "null"])
def test_a_file_that_holds_no_event_is_told(ask: Ask, tmp_path: Path, content: str) -> None:
    path = tmp_path / "file"
    path.write_text(content)
    answer = ask("event", "validate", path)
    assert answer.code == 1
    assert "v2v event new" in answer.err
    assert ask("event", "validate", tmp_path / "none").code == 1


def test_nothing_is_sent_unless_all_validate(ask: Ask, tmp_path: Path) -> None:
    answer = ask("event", "send", written(ask, tmp_path, verdict="fine"))
    assert answer.code == 1
    assert "nothing was sent" in answer.err
    assert "quarantined" in answer.out or "unreadable" in answer.out


def test_people_are_told_in_words(ask: Ask, tmp_path: Path) -> None:
    told = ask("event", "validate", written(ask, tmp_path)).out
    assert "waiting" in told
    assert "until a system of record links BATCH:BATCH-1" in told


def test_an_event_is_sent_and_arrives_on_its_partners_topic(
    ask: Ask, tmp_path: Path, kafka: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from confluent_kafka.admin import AdminClient, NewTopic

    from schemas import topics
    from schemas.wire import decode
    from tests.connectors.running import published

    monkeypatch.setenv("V2V_BROKERS", kafka)
    partner = f"{topic_prefix}lab"
    path = written(ask, tmp_path, "--partner", partner)
    missing = ask("event", "send", path)
    assert missing.code == 1
    assert "v2v topics apply" in missing.err
    topic = topics.inbound("lims", partner)
    admin = AdminClient({"bootstrap.servers": kafka})
    for name in (topic, topics.TICKS):
        if name not in admin.list_topics(timeout=10).topics:
            admin.create_topics([NewTopic(name, 1, 1)])[name].result(30)
    assert ask("event", "send", path, "--json").json == {topic: 1}
    (message,) = published(kafka, topic, bool)
    assert decode(message.value, message.headers.items()).event.partner == partner
