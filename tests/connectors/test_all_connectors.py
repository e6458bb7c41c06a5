"""One suite for all connectors: the same promises, whatever a partner speaks."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors import CONNECTORS, load
from connectors.check import Answer, answer, answers
from connectors.connector import CannotUnderstand, Decision, Held, Mapped, Raw, Refused
from connectors.formats import SIZE_LIMIT
from connectors.metrics import Metrics
from connectors.outbox import Outbox
from connectors.translation import Translation
from connectors.understand import understand, without_content
from schemas.authority import authority
from schemas.catalogue import EVENT_BY_NAME
from schemas.reasons import Reason
from tests.connectors.mutations import mutant
from tests.connectors.specimens import GOLDEN, HERE, TOKENS, messages, own_samples, partner, told

SAMPLES = [(system, file) for system in CONNECTORS for file in own_samples(system)]
every_sample = pytest.mark.parametrize(
    ("system", "sample"), SAMPLES, ids=[f"{system}/{file.name}" for system, file in SAMPLES]
)
every_connector = pytest.mark.parametrize("system", CONNECTORS)


def said_of(system: str) -> dict[str, list[Answer]]:
    """What is said of every own sample of a system, file by file, halves brought together."""
    found: dict[str, list[Answer]] = defaultdict(list)
    own = messages(own_samples(system), HERE / system / "samples")
    for reply in answers(load(system), own, partner(system), TOKENS):
        found[str(reply.pop("file"))].append(reply)
    return found


@every_connector
def test_a_connector_has_samples_of_its_own(system: str) -> None:
    assert len(own_samples(system)) >= 3


@every_sample
def test_a_sample_is_understood_as_reviewed(system: str, sample: Path, rewrite: bool) -> None:
    name = sample.relative_to(HERE / system / "samples").as_posix()
    golden = sample.with_name(sample.name + GOLDEN)
    said = json.dumps(said_of(system)[name], indent=2, ensure_ascii=False) + "\n"
    if rewrite:
        golden.write_text(said, encoding="utf-8")
    assert golden.exists(), (
        f"no golden file beside {sample.name}; write it with --rewrite, review it"
    )
    assert json.loads(said) == json.loads(golden.read_text(encoding="utf-8"))


@every_connector
def test_reading_twice_says_the_same_with_the_same_ids(system: str) -> None:
    assert said_of(system) == said_of(system)


@every_connector
def test_no_two_different_facts_share_an_id(system: str) -> None:
    facts: dict[object, str] = {}
    for replies in said_of(system).values():
        for event in _events(replies):
            content = json.dumps(event, sort_keys=True)
            assert facts.setdefault(event["event_id"], content) == content


@every_connector
def test_a_system_says_only_what_it_may_say(system: str) -> None:
    spoken = partner(system)
    for replies in said_of(system).values():
        for event in _events(replies):
            assert event["system"] == system
            assert event["partner"] == spoken.name
            assert authority(str(event["type"]), spoken.system) is not None, event["type"]
            assert str(event["type"]) in EVENT_BY_NAME


@every_connector
def test_a_connector_maps_at_least_something(system: str) -> None:
    assert any(_events(replies) for replies in said_of(system).values())


@every_connector
def test_what_identifies_a_person_is_in_no_event(system: str) -> None:
    planted = told(system, "planted", "PLANTED", ())
    assert isinstance(planted, tuple)
    assert planted, f"tests/connectors/{system}/planted.py names no personal data"
    carried = "".join(f.read_text("utf-8", errors="replace") for f in own_samples(system))
    for personal in planted:
        assert personal in carried, f"{personal!r} is planted in no sample any more"
    for name, replies in said_of(system).items():
        said = json.dumps([_published(reply) for reply in replies], ensure_ascii=False).casefold()
        for personal in planted:
            assert personal.casefold() not in said, f"{personal!r} leaves the connector by {name}"


@every_connector
def test_what_identifies_a_person_is_in_no_line_and_no_metric(system: str, tmp_path: Path) -> None:
    """Of all samples, whole and cut short, because a cut moves data to where nobody expects it."""
    planted = told(system, "planted", "PLANTED", ())
    assert isinstance(planted, tuple)
    outbox, about = Outbox(tmp_path / "outbox"), partner(system)
    translation = Translation(load(system), about, TOKENS)
    whole = messages(own_samples(system), HERE / system / "samples")
    cut = [Raw(r.name, r.body[:at]) for r in whole for at in range(0, len(r.body), 97)]
    chance = Random(1)
    bent = [Raw(r.name, mutant(r.body, chance)) for r in whole for _ in range(20)]
    outbox.receive(whole + cut + bent, 0.0)
    while translation.step(outbox, 1000, lambda: False):
        pass
    said = b"".join(
        b"".join((line.key, line.value or b"", *(content for _, content in line.headers)))
        for _, line in outbox.unpublished(1_000_000)
    ).lower()
    metrics = Metrics(system, about.name)
    metrics.counts = outbox.counts()
    said += metrics.text().lower()
    outbox.close()
    for personal in planted:
        place = said.find(personal.lower().encode())
        assert place < 0, f"{personal!r} leaves the connector: {said[place - 80 : place + 80]!r}"


def _published(reply: Answer) -> Answer:
    """What of an answer would reach a topic."""
    detail = reply.get("detail")
    return reply | {"detail": without_content(str(detail)) if detail else None}


def _events(replies: list[Answer]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for reply in replies:
        events = reply["events"]
        assert isinstance(events, list)
        found.extend(events)
    return found


XML_BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE b [<!ENTITY a "0123456789"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><b>&b;</b>"""
XML_FETCH = b"""<?xml version="1.0"?>
<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><b>&a;</b>"""

GARBAGE = {
    "nothing": b"",
    "blanks": b" \r\n\t ",
    "zeros": b"\0" * 1000,
    "every byte": bytes(range(256)) * 4,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "an archive": b"PK\x03\x04" + bytes(200),
    "a web page": b"<!DOCTYPE html><html><body>Not found</body></html>",
    "a word": b"hello",
    "a number": b"42",
    "null": b"null",
    "an empty object": b"{}",
    "an empty array": b"[]",
    "an empty element": b"<a/>",
    "an open element": b"<a><b>",
    "an entity bomb": XML_BOMB,
    "an entity that fetches": XML_FETCH,
    "deep elements": b"<a>" * 50_000 + b"</a>" * 50_000,
    "deep arrays": b"[" * 50_000 + b"]" * 50_000,
    "deep objects": b'{"a":' * 900 + b"1" + b"}" * 900,
    "a lone header": b"MSH|^~\\&|",
    "a header without a sender": b"MSH|^~\\&|||||||ORU^R01|1|P|2.5\r",
    "too much": b'{"a":"' + b"x" * (SIZE_LIMIT + 1) + b'"}',
}


@every_connector
@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_is_refused_or_ignored(system: str, body: bytes) -> None:
    for decision in _decisions(system, body):
        assert not isinstance(decision, Mapped)


@every_sample
def test_a_truncated_sample_never_breaks_the_connector(system: str, sample: Path) -> None:
    body = sample.read_bytes()
    for cut in range(0, len(body), max(1, len(body) // 60)):
        _decisions(system, body[:cut])


@every_connector
@settings(max_examples=400, deadline=None)
@given(chance=st.integers(0, 2**32).map(Random))
def test_a_mutated_sample_never_breaks_the_connector(system: str, chance: Random) -> None:
    _decisions(system, mutant(chance.choice(own_samples(system)).read_bytes(), chance))


def _decisions(system: str, body: bytes) -> list[Decision]:
    """What is said of these bytes, with and without a companion; never by a failure of ours."""
    connector, raw = load(system), Raw("mutated", body)
    said = list(understand(connector, raw, partner(system), TOKENS))
    if any(isinstance(decision, Held) for decision in said):
        for companion in messages(own_samples(system), HERE / system / "samples"):
            said += understand(connector, raw, partner(system), TOKENS, (companion,))
    for decision in said:
        assert not (isinstance(decision, Refused) and decision.reason is Reason.HANDLER_FAILED), (
            decision
        )
        answer("mutated", decision)  # what is said can be told
    return said


def test_a_failure_of_ours_is_refused_with_its_class() -> None:
    from connectors.connector import Connector
    from schemas.envelope import System

    def broken(*_: object) -> tuple[Mapped, ...]:
        raise KeyError("PATIENT")

    connector = Connector(System.LIMS, "none", broken)
    (decision,) = understand(connector, Raw("a", b"x"), partner("lims"), TOKENS)
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.HANDLER_FAILED
    assert decision.detail.startswith("KeyError in test_all_connectors.py:")
    assert "PATIENT" not in decision.detail


def test_what_cannot_be_understood_is_refused_with_its_reason() -> None:
    from connectors.connector import Connector
    from schemas.envelope import System

    def strict(*_: object) -> tuple[Mapped, ...]:
        raise CannotUnderstand(Reason.FIELD_MISSING, "MSH-10 is empty")

    connector = Connector(System.LIMS, "none", strict)
    assert understand(connector, Raw("a", b"x"), partner("lims"), TOKENS) == (
        Refused(Reason.FIELD_MISSING, "MSH-10 is empty"),
    )
