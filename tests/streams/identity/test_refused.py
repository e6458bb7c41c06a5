"""Messages that were set aside: IF-03 where they cannot be understood, DI-05 where another should have said them."""

from __future__ import annotations

from itertools import permutations

import pytest

from schemas import topics
from schemas.alert import Alert, Severity
from schemas.control import ActionKind, QuarantinedMessage
from schemas.envelope import System
from schemas.exceptions import EXCEPTION_BY_CODE, Ends
from schemas.laboratory import ResultReported
from schemas.lines import BadLine, from_line, to_line
from schemas.manufacture import MaterialReceived
from schemas.platform import MessageSetAside
from schemas.quality import BatchCertified
from schemas.reasons import Reason
from schemas.wire import WireMessage, decode_contract, to_message
from streams.identity.partner import MOST_REFUSED
from streams.moments import micros
from streams.quarantine import quarantine_id
from streams.replay import Replay
from tests.streams.identity.partner_words import of_partner, open_of
from tests.words import COURSE, Arrival, at, did, heard, lived, said, sent, states

LAB, TOPIC = "PARTNER:lims/lab-1", "v2v.in.lims.lab-1"


def unreadable(
    hour: float | None = 10, *, body: bytes = b"?", broker: float | None = None
) -> Arrival:
    """Bytes that nobody can read, with the header that says when they were sent, or with the broker's time."""
    headers = () if hour is None else (("ce_time", at(hour).isoformat().encode()),)
    published = None if broker is None else micros(at(broker))
    return TOPIC, WireMessage(b"k", body, headers, published)


def entries(replay: Replay) -> list[QuarantinedMessage]:
    found = replay.latest.get(topics.QUARANTINE, {}).values()
    return [decode_contract(QuarantinedMessage, value) for value in found]


def one(replay: Replay, code: str = "IF-03", key: str = LAB) -> Alert:
    alert = open_of(replay, code, key)
    assert alert is not None
    return alert


# ------------------------------------------------------------------------------ IF-03


def test_a_message_that_cannot_be_read_is_told_of_its_partner_with_the_entry_to_look_at() -> None:
    replay = heard(unreadable())
    (entry,) = entries(replay)
    alert = one(replay)
    assert (alert.severity, alert.owner) == (Severity.S2, "event-producer")
    assert (alert.raised_at, alert.anchor) == (at(10), "unknown_framing/2026-03-02")
    assert alert.missing == (f"the message set aside as {entry.quarantine_id}, mended",)
    assert alert.detail.startswith("1 message(s) of lab-1 (lims) on 2026-03-02")
    assert entry.remedy in alert.detail


def test_what_is_sound_raises_nothing() -> None:
    replay = heard(said(ResultReported, "SAMPLE:S-1", test="T", partner="lab-1"))
    assert of_partner(replay, "IF-03", LAB) == []


def test_each_reason_and_each_day_is_a_matter_of_its_own() -> None:
    nowhere = said(ResultReported, hour=10, test="T", partner="lab-1")
    replay = heard(unreadable(10), unreadable(11, body=b"??"), unreadable(40), nowhere)
    anchors = [a.anchor for a in of_partner(replay, "IF-03", LAB)]
    assert anchors == [
        "no_identifier/2026-03-02",
        "unknown_framing/2026-03-02",
        "unknown_framing/2026-03-04",
    ]


def test_the_time_of_what_cannot_be_read_is_its_header_s_else_the_broker_s() -> None:
    assert one(heard(unreadable(10, broker=12))).raised_at == at(10)
    assert one(heard(unreadable(None, broker=12))).raised_at == at(12)
    topic, said_so = unreadable(None, broker=12)
    spoiled = WireMessage(b"k", b"?", (("ce_time", b"yesterday"),), said_so.published_at)
    assert one(heard((topic, spoiled))).raised_at == at(12)
    assert one(heard(unreadable(None))).raised_at.year == 1970


def test_a_message_that_can_be_read_counts_from_its_own_time() -> None:
    nowhere = said(ResultReported, hour=10, recorded_at=at(11), test="T", partner="lab-1")
    assert one(heard(nowhere)).raised_at == at(11)


def test_of_many_the_first_few_are_named_whatever_order_they_came_in() -> None:
    many = [unreadable(10 + n / 10, body=b"x" * (n + 1)) for n in range(MOST_REFUSED + 1)]
    few = one(heard(*many[:MOST_REFUSED]))
    assert len(few.missing) == MOST_REFUSED
    assert few.detail.startswith(f"{MOST_REFUSED} message(s)")
    found = {
        one(heard(*order, *order)).model_copy(update={"revision": 1})
        for order in list(permutations(many))[::47]
    }
    (alert,) = found
    assert alert.detail.startswith(f"{MOST_REFUSED} or more message(s)")
    assert alert.missing == few.missing


def release(arrival: Arrival, reason: Reason) -> Arrival:
    topic, message = arrival
    entry = str(quarantine_id(reason, topic, message.key, message.value))
    headers = (
        ("v2v_topic", topic.encode()),
        ("v2v_quarantine_id", entry.encode()),
        ("v2v_reason", reason.value.encode()),
        ("v2v_released_at", b"%d" % micros(at(30))),
    )
    return topics.RELEASED, WireMessage(message.key, message.value, headers)


def misplaced() -> Arrival:
    """A sound event under a wrong key."""
    event = said(ResultReported, "SAMPLE:S-1", hour=10, test="T", partner="lab-1")
    _, message = sent(event)
    return TOPIC, WireMessage(b"wrong", message.value, message.headers)


def test_what_a_person_has_released_is_mended() -> None:
    free = release(misplaced(), Reason.WRONG_KEY)
    assert lived(heard(misplaced(), free), "IF-03")[0] == "open"
    assert "open" not in states(heard(misplaced(), free), "IF-03")
    assert "open" not in states(heard(free, misplaced()), "IF-03")
    assert "open" not in states(heard(free, misplaced(), free), "IF-03")


def test_more_than_are_named_are_not_mended_by_releasing_those() -> None:
    arrivals = []
    for n in range(MOST_REFUSED + 1):
        event = said(ResultReported, f"SAMPLE:S-{n}", hour=10 + n, test="T", partner="lab-1")
        _, message = sent(event)
        arrivals.append((TOPIC, WireMessage(b"wrong", message.value, message.headers)))
    freed = [release(a, Reason.WRONG_KEY) for a in arrivals[:MOST_REFUSED]]
    assert one(heard(*arrivals, *freed)).missing == ()
    assert open_of(heard(*arrivals[:MOST_REFUSED], *freed), "IF-03", LAB) is None


def test_a_person_may_close_it() -> None:
    replay = heard(unreadable())
    replay.take_all([did(ActionKind.CLOSE, one(replay), reason="sent again by hand")])
    assert states(replay, "IF-03") == ["closed"]


def test_an_event_that_is_contested_is_no_message_that_cannot_be_read() -> None:
    event = said(ResultReported, "SAMPLE:S-1", coi=COURSE, test="T", partner="lab-1")
    other = event.model_copy(update={"site": "N"})
    assert of_partner(heard(event, other), "IF-03", LAB) == []


def test_what_a_connector_could_not_understand_is_told_like_what_the_door_refuses() -> None:
    aside = said(
        MessageSetAside,
        hour=10,
        system=System.LIMS,
        partner="lab-1",
        quarantine_id="7b1c1f0a-95a6-5b0e-8f5c-0c7f4cb8e7e1",
        reason="field_missing",
    )
    alert = one(heard(aside, aside))
    assert (alert.raised_at, alert.anchor) == (at(10), "field_missing/2026-03-02")
    assert "7b1c1f0a-95a6-5b0e-8f5c-0c7f4cb8e7e1" in alert.missing[0]
    assert "fill the field named in the detail" in alert.detail
    strange = aside.model_copy(update={"reason": "reason_of_a_later_release"})
    assert "see the entry in quarantine" in one(heard(strange)).detail


def test_a_replay_of_unreadable_bytes_gives_them_the_same_time() -> None:
    topic, message = unreadable(None, broker=12)
    line = to_line(topic, message)
    again = from_line(line)
    assert again == (topic, message)
    assert again[1].published_at == message.published_at
    assert one(heard(again)) == one(heard((topic, message)))
    with pytest.raises(BadLine, match="v2vpublished: found 'now', expected a time"):
        from_line({**line, "v2vpublished": "now"})
    assert "v2vpublished" not in to_line(*unreadable(10))


# ------------------------------------------------------------------------------ DI-05


def certified(system: System = System.LIMS, partner: str = "lab-1", hour: float = 10):
    return said(BatchCertified, "BATCH:B-1", hour=hour, system=system, partner=partner)


def test_a_fact_that_only_another_may_state_is_told_to_security() -> None:
    replay = heard(certified())
    alert = one(replay, "DI-05")
    assert (alert.severity, alert.owner) == (Severity.S1, "security")
    assert (alert.raised_at, alert.anchor) == (at(10), "wrong_owner/2026-03-02")
    assert of_partner(replay, "IF-03", LAB) == []
    assert EXCEPTION_BY_CODE["DI-05"].ends is Ends.BY_PERSON


def test_who_may_say_it_is_no_wrong_producer() -> None:
    replay = heard(certified(System.QMS, "maker-1"))
    assert of_partner(replay, "DI-05", "PARTNER:qms/maker-1") == []


def test_who_speaks_on_another_s_topic_is_told_of_the_topic() -> None:
    event = said(MaterialReceived, "SHIPMENT:H-1", hour=10, partner="maker-1")
    alert = one(heard((TOPIC, to_message(event))), "DI-05")
    assert alert.anchor == "wrong_topic/2026-03-02"
    assert of_partner(heard((TOPIC, to_message(event))), "DI-05", "PARTNER:mes/maker-1") == []


def test_only_a_person_closes_it_and_a_release_does_not() -> None:
    arrival = sent(certified())
    free = release(arrival, Reason.WRONG_OWNER)
    replay = heard(arrival, free)
    assert one(replay, "DI-05").state.value == "open"
    replay.take_all([did(ActionKind.CLOSE, one(replay, "DI-05"), reason="access taken away")])
    assert states(replay, "DI-05") == ["closed"]
