"""Received messages become lines: events, refusals without content, and halves brought together."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.connector import (
    Connector,
    Decision,
    Held,
    Ignored,
    Mapped,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from connectors.heartbeat import heartbeat, heartbeat_line
from connectors.kept import Stored
from connectors.lines import Origin, digest_of, lines
from connectors.outbox import Outbox
from connectors.translation import Translation
from connectors.understand import without_content
from schemas import topics
from schemas.control import QuarantinedMessage
from schemas.envelope import System
from schemas.platform import MessageSetAside
from schemas.quality import BatchRejected
from schemas.reasons import REMEDIES, Reason
from schemas.wire import decode, decode_contract
from tests.connectors.specimens import TOKENS

PARTNER = Partner(name="acme", system=System.QMS)


def rejected(number: int, **about: object) -> BatchRejected:
    fields = {
        "event_id": f"00000000-0000-5000-8000-{number:012d}",
        "occurred_at": "2026-03-01T10:00:00Z",
        "system": "qms",
        "partner": "acme",
        **about,
    }
    return BatchRejected.model_validate(fields)


def speak(
    raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...]
) -> tuple[Decision, ...]:
    """A small language: `notice K` and `record K` belong together, everything else says what it is."""
    kind, _, rest = raw.body.decode().partition(" ")
    halves = {"notice": "record", "record": "notice"}
    if kind in halves:
        if rest == "bad" and companions:
            return (_unreadable(rest),)
        if any(other.body == f"{halves[kind]} {rest}".encode() for other in companions):
            return (Mapped((rejected(7),)),)
        return (Held(rest, halves[kind]),)
    if kind == "many":
        return (Mapped((rejected(1), rejected(2))), Ignored("small talk"), _unreadable(rest))
    return (Ignored("small talk"),) if kind == "hello" else (_unreadable(rest),)


def _unreadable(rest: str) -> Refused:
    return Refused(Reason.FIELD_INVALID, f"birth: expected a time, found {rest!r}")


TRANSLATION = Translation(Connector(System.QMS, "a small language", speak), PARTNER, TOKENS)


def never() -> bool:
    return False


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox")


def told(outbox: Outbox, *bodies: str) -> list[tuple[str, bytes]]:
    """What is to be published after these messages came, one after the other."""
    outbox.receive([Raw(f"{n}", body.encode()) for n, body in enumerate(bodies)], 0.0)
    while TRANSLATION.step(outbox, 100, never):
        pass
    return [(line.topic, line.key) for _, line in outbox.unpublished(100)]


def test_an_event_goes_to_its_partners_topic_by_its_id() -> None:
    (line,) = lines(Mapped((rejected(1),)), Origin(PARTNER, "00", 1))
    assert line.topic == "v2v.in.qms.acme"
    assert line.key.decode() == str(rejected(1).event_id)
    assert decode(line.value, line.headers).event == rejected(1)


def test_a_refusal_goes_to_quarantine_with_reason_and_remedy_but_without_content() -> None:
    refused = Refused(Reason.FIELD_INVALID, "birth: expected a time, found 'Erika Mustermann'")
    (line,) = lines(refused, Origin(PARTNER, "ab" * 32, 77))
    assert line.topic == topics.QUARANTINE
    assert line.value is not None
    entry = decode_contract(QuarantinedMessage, line.value)
    assert line.key.decode() == str(entry.quarantine_id)
    assert (entry.reason, entry.remedy) == ("field_invalid", REMEDIES[Reason.FIELD_INVALID])
    assert (entry.stage, entry.system, entry.partner) == ("connector", "qms", "acme")
    assert entry.detail == "birth: expected a time, found '...'"
    assert entry.value is None
    assert {h.name: h.value for h in entry.headers} == {
        "sha256": b"ab" * 32,
        "size": b"77",
        "part": b"0",
    }
    assert b"Mustermann" not in line.value


def test_who_watches_the_partner_is_told_of_a_refusal_and_of_its_entry() -> None:
    refused = Refused(Reason.FIELD_INVALID, "birth: expected a time, found 'Erika Mustermann'")
    came = datetime(2026, 3, 2, 10, tzinfo=UTC)
    entry, aside = lines(refused, Origin(PARTNER, "ab" * 32, 77, None, 0, came))
    event = decode(aside.value, aside.headers).event
    assert isinstance(event, MessageSetAside)
    assert (aside.topic, aside.key.decode()) == ("v2v.in.qms.acme", str(event.event_id))
    assert str(event.quarantine_id) == entry.key.decode()
    assert (event.reason, event.occurred_at) == ("field_invalid", came)
    assert b"Mustermann" not in (aside.value or b"")
    part = lines(refused, Origin(PARTNER, "ab" * 32, 77, None, 1, came))[1]
    assert part.key != aside.key


def test_a_heartbeat_says_how_soon_the_next_one_follows_and_since_when_it_is_bridged() -> None:
    now = datetime(2026, 3, 2, 10, tzinfo=UTC)
    beat = heartbeat(PARTNER, 3, now, 30.0, now)
    assert (beat.interval_seconds, beat.manual_bridge_since, beat.backlog) == (30, now, 3)
    assert heartbeat(PARTNER, 3, now, 0.1).interval_seconds == 1
    assert heartbeat(PARTNER, 3, now).interval_seconds is None
    line = heartbeat_line(beat, PARTNER)
    assert decode(line.value, line.headers).event == beat


def test_the_bytes_go_to_quarantine_where_the_setting_says_so() -> None:
    (line,) = lines(_unreadable("x"), Origin(PARTNER, "00", 3, b"raw"))
    assert line.value is not None
    assert decode_contract(QuarantinedMessage, line.value).value == b"raw"


def test_a_message_refused_twice_is_one_entry() -> None:
    origin = Origin(PARTNER, "ab" * 32, 77)
    assert lines(_unreadable("x"), origin) == lines(_unreadable("x"), origin)


def test_an_event_too_large_for_any_reader_is_refused() -> None:
    notes = tuple(
        {"scheme": "BATCH", "value": f"{n:080d}", "issuer": "i" * 100} for n in range(200)
    )
    large = tuple({"uri": "u" * 500, "sha256": "0" * 64, "kind": "k" * 25_000} for _ in range(50))
    event = rejected(1, identifiers=notes, evidence=large)
    (line,) = lines(Mapped((event,)), Origin(PARTNER, "00", 1))
    assert line.topic == topics.QUARANTINE
    assert line.value is not None
    assert decode_contract(QuarantinedMessage, line.value).reason == "too_large"


@pytest.mark.parametrize(
    ("detail", "kept"),
    [
        ("no quotes", "no quotes"),
        ("found 'a' and \"b\"", "found '...' and '...'"),
        (f"found {chr(39) + chr(34)!r} here", "found '...' here"),
        ("found 'it\\'s' here", "found '...' here"),
    ],
)
def test_details_lose_what_they_quote(detail: str, kept: str) -> None:
    assert without_content(detail) == kept


def test_one_file_may_hold_messages_of_every_fate(outbox: Outbox) -> None:
    said = told(outbox, "many secret")
    inbound, aside = "v2v.in.qms.acme", "v2v.quarantine"
    # who watches the partner is told of what was set aside by the last of them
    assert [topic for topic, _ in said] == [inbound, inbound, aside, inbound]
    assert outbox.counts() == {
        ("received", "first"): 1,
        ("mapped", ""): 1,
        ("ignored", "small talk"): 1,
        ("refused", "field_invalid"): 1,
    }
    assert outbox.refused(digest_of(b"many secret")) == Raw("0", b"many secret")
    outbox.close()


@pytest.mark.parametrize("halves", [("notice D1", "record D1"), ("record D1", "notice D1")])
def test_two_halves_are_told_once_whichever_comes_first(
    outbox: Outbox, halves: tuple[str, str]
) -> None:
    first, second = halves
    assert told(outbox, first) == []
    assert outbox.backlog().held == 1
    assert told(outbox, "notice D2") == []
    assert len(told(outbox, second)) == 1
    assert outbox.backlog().held == 1
    outbox.close()


def test_both_halves_of_a_refused_fact_keep_their_bytes(outbox: Outbox) -> None:
    told(outbox, "notice bad", "record bad")
    for body in (b"notice bad", b"record bad"):
        kept = outbox.refused(digest_of(body))
        assert kept is not None
        assert kept.body == body
    assert len(told(outbox, "notice D1", "record D1")) == 3
    outbox.close()


def test_two_halves_that_come_together_are_told_together(outbox: Outbox) -> None:
    assert len(told(outbox, "notice D1", "hello", "record D1")) == 1
    outbox.close()


def test_the_same_message_says_the_same_again(tmp_path: Path) -> None:
    stored = Stored(1, "ab" * 32, Raw("a", b"many secret"))
    assert TRANSLATION.settled(stored, lambda _: ()) == TRANSLATION.settled(stored, lambda _: ())


def test_translation_stops_when_told_and_goes_on_where_it_was(outbox: Outbox) -> None:
    outbox.receive([Raw("1", b"many 1"), Raw("2", b"many 2")], 0.0)
    TRANSLATION.step(outbox, 100, lambda: True)
    assert len(outbox.received(10)) == 2
    assert len(told(outbox)) == 8
    outbox.close()
