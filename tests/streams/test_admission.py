"""May they say this? What is set aside at the door, with which reason; what is corrected, contested and released."""

from __future__ import annotations

import itertools
from uuid import UUID, uuid5

import pytest

from schemas import topics
from schemas.collection import CollectionScheduled
from schemas.control import QuarantinedMessage
from schemas.envelope import Event, System
from schemas.manufacture import BatchStarted, ProductFilled
from schemas.ordering import BatchNumberAssigned, CoiAssigned, OrderCreated
from schemas.quality import BatchCertified
from schemas.reasons import REMEDIES, Reason
from schemas.record import Withheld
from schemas.transport import ConditionRead, Reading
from schemas.wire import WireMessage, decode_contract, to_message
from streams.admission import Admitted, Refused, Sound, admit, decode_state, encode_state, inspect
from streams.quarantine import Outcome
from streams.replay import Replay
from tests.faults.line_spoiled import SPOILED, other_content
from tests.faults.line_traffic import released
from tests.words import COURSE, Arrival, at, heard, ordered, records, said, sent

COLLECTED = said(
    CollectionScheduled, "ORDER:O-1", coi=COURSE, hour=1, planned_at=at(30), partner="hospital-1"
)


def quarantine(replay: Replay) -> list[QuarantinedMessage]:
    """What stands in quarantine, in order of id."""
    found = replay.latest.get(topics.QUARANTINE, {})
    entries = [decode_contract(QuarantinedMessage, found[key]) for key in sorted(found)]
    return [entry for entry in entries if not entry.cleared]


def milestones(replay: Replay, course: str = COURSE) -> set[UUID]:
    """The events that count in a course."""
    return {milestone.event_id for milestone in records(replay)[course].milestones}


def withheld(replay: Replay, course: str = COURSE) -> dict[UUID, str]:
    """The events that do not count in a course, and why."""
    return {event.event_id: event.why.value for event in records(replay)[course].withheld}


def outcomes(replay: Replay) -> dict[str, int]:
    """How many messages were admitted, repeated, set aside."""
    counted: dict[str, int] = {}
    for (_, outcome), count in replay.line.outcomes.items():
        counted[outcome.value] = counted.get(outcome.value, 0) + count
    return counted


def corrected(event: Event, **changed: object) -> Event:
    """The same statement, mended by the system that made it."""
    new = {"corrects": event.event_id, "reason_code": "typing-error", **changed}
    return event.model_copy(update={"event_id": uuid5(event.event_id, repr(new)), **new})


# ------------------------------------------------------------------------------------------ set aside


@pytest.mark.parametrize("kind", SPOILED)
def test_each_kind_of_bad_message_is_set_aside_byte_for_byte_with_its_own_reason(kind: str) -> None:
    spoil, reason = SPOILED[kind]
    topic, message = spoil(COLLECTED)
    replay = heard(*ordered(), (topic, message))
    (entry,) = quarantine(replay)
    assert entry.reason == reason
    assert entry.remedy == REMEDIES[reason]
    assert (entry.topic, entry.key, entry.value) == (topic, message.key, message.value)
    assert tuple((header.name, header.value) for header in entry.headers) == message.headers
    assert entry.stage == "admission"


@pytest.mark.parametrize("kind", SPOILED)
def test_a_bad_message_changes_nothing_else_and_the_next_one_is_taken(kind: str) -> None:
    spoil, _ = SPOILED[kind]
    after = heard(*ordered(), spoil(COLLECTED), COLLECTED)
    assert after.latest[topics.RECORDS] == heard(*ordered(), COLLECTED).latest[topics.RECORDS]


def test_the_same_bad_bytes_are_one_entry_however_often_they_come() -> None:
    spoil, _ = SPOILED["unknown framing"]
    replay = heard(*[spoil(COLLECTED)] * 3)
    assert len(quarantine(replay)) == 1
    assert outcomes(replay) == {"quarantined": 3}


def test_five_megabytes_can_be_read_back_from_quarantine() -> None:
    spoil, _ = SPOILED["too large"]
    (entry,) = quarantine(heard(spoil(COLLECTED)))
    assert entry.value is not None
    assert len(entry.value) > 5_000_000


def test_what_is_larger_than_an_entry_can_be_is_kept_in_part_and_says_so() -> None:
    topic, sound = sent(COLLECTED)
    huge = WireMessage(sound.key, b"\0" * 4 * topics.LARGEST_MESSAGE, (("x", b"1" * 10**7),))
    replay = heard((topic, huge))
    (entry,) = quarantine(replay)
    assert entry.reason == Reason.TOO_LARGE
    assert "only the first are kept here" in entry.detail
    (written,) = replay.latest[topics.QUARANTINE].values()
    assert len(written) < topics.LARGEST_MESSAGE - 4_000


def test_a_type_that_only_a_header_names_is_unknown() -> None:
    sound = to_message(COLLECTED)
    headers = tuple(
        (name, b"v2v.collection.NeverHeardOf" if name == "ce_type" else content)
        for name, content in sound.headers
    )
    topic = topics.inbound(COLLECTED.system, COLLECTED.partner)
    (entry,) = quarantine(heard((topic, WireMessage(sound.key, sound.value, headers))))
    assert entry.reason == Reason.UNKNOWN_TYPE
    assert "NeverHeardOf" in entry.detail


def test_a_value_that_is_not_what_its_header_names_is_a_schema_violation() -> None:
    other = to_message(said(OrderCreated, "ORDER:O-1", product="AXICEL"))
    topic, sound = sent(COLLECTED)
    (entry,) = quarantine(heard((topic, WireMessage(sound.key, other.value, sound.headers))))
    assert entry.reason == Reason.SCHEMA_VIOLATION


@pytest.mark.parametrize("key", [None, b"", b"not a uuid", b"\xff\xfe"])
def test_a_key_that_is_no_event_id_is_wrong(key: bytes | None) -> None:
    topic, sound = sent(COLLECTED)
    (entry,) = quarantine(heard((topic, WireMessage(key, sound.value, sound.headers))))
    assert (entry.reason, entry.key) == (Reason.WRONG_KEY, key)


def test_an_entry_names_the_sender_and_the_event_where_they_can_be_read() -> None:
    spoil, _ = SPOILED["wrong key"]
    (entry,) = quarantine(heard(spoil(COLLECTED)))
    assert (entry.system, entry.partner, entry.event_id) == (
        "clinic",
        "hospital-1",
        COLLECTED.event_id,
    )


# ------------------------------------------------------------------------------------------ authority


def test_a_system_that_may_correct_is_heard_when_it_names_the_event_and_the_reason() -> None:
    wrong = said(BatchNumberAssigned, "BATCH:B-1", coi=COURSE, hour=2)
    mended = corrected(
        said(BatchNumberAssigned, "BATCH:B-2", coi=COURSE, hour=3, system=System.MES),
        corrects=wrong.event_id,
    )
    replay = heard(*ordered(), wrong, mended)
    assert not quarantine(replay)
    assert mended.event_id in milestones(replay)
    assert withheld(replay)[wrong.event_id] == Withheld.CORRECTED


def test_a_report_is_kept_beside_and_changes_nothing() -> None:
    reported = said(
        CoiAssigned, "ORDER:O-9", coi=COURSE, hour=1, issuer="maker", system=System.CLINIC
    )
    replay = heard(
        *ordered(), reported, said(BatchNumberAssigned, "BATCH:B-1", "ORDER:O-9", hour=2)
    )
    assert withheld(replay)[reported.event_id] == Withheld.REPORTED_ONLY
    assert len(replay.latest[topics.WAITING]) == 1, "the order that was only reported links nothing"


# ------------------------------------------------------------------------------------------ repeats


def test_an_event_heard_twice_counts_once() -> None:
    replay = heard(*ordered(), COLLECTED, COLLECTED)
    assert outcomes(replay) == {"admitted": 3, "duplicate": 1}
    assert replay.latest == heard(*ordered(), COLLECTED).latest


def test_of_one_id_with_two_contents_neither_counts_and_the_second_is_set_aside() -> None:
    replay = heard(*ordered(), COLLECTED, other_content(COLLECTED))
    assert withheld(replay) == {COLLECTED.event_id: Withheld.CONTESTED}
    (entry,) = quarantine(replay)
    assert entry.reason == Reason.SAME_ID_OTHER_CONTENT
    assert entry.value == other_content(COLLECTED)[1].value
    assert entry.courses == (COURSE,)


def test_a_contested_event_counts_no_more_when_it_is_repeated() -> None:
    replay = heard(*ordered(), COLLECTED, other_content(COLLECTED), COLLECTED)
    assert COLLECTED.event_id not in milestones(replay)
    assert outcomes(replay) == {"admitted": 3, "quarantined": 1, "duplicate": 1}


# ---------------------------------------------------------------------------------------- corrections


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_correction_counts_in_whatever_order_things_come(order: tuple[int, ...]) -> None:
    wrong = said(ProductFilled, coi=COURSE, hour=5)
    mended = corrected(wrong, occurred_at=at(7))
    again = corrected(mended, occurred_at=at(8))
    chain = [wrong, mended, again]
    replay = heard(*ordered(), *(chain[place] for place in order))
    assert again.event_id in milestones(replay)
    assert withheld(replay) == {
        wrong.event_id: Withheld.CORRECTED,
        mended.event_id: Withheld.CORRECTED,
    }


def test_a_stranger_cannot_correct_the_fact_of_another_system() -> None:
    fact = said(BatchCertified, coi=COURSE, hour=9)
    usurper = said(BatchStarted, coi=COURSE, hour=10)
    replay = heard(*ordered(), fact, corrected(usurper, corrects=fact.event_id))
    assert fact.event_id in milestones(replay)


def test_a_corrected_reading_of_a_logger_is_no_reading() -> None:
    hot = said(
        ConditionRead, "LOGGER:L-1", hour=3, readings=(Reading(at=at(3), temperature=-20.0),)
    )
    cold = corrected(hot, readings=(Reading(at=at(3), temperature=-170.0),))
    for lines in ((hot, cold), (cold, hot)):
        thing = heard(*lines).things["LOGGER:L-1"]
        assert thing.beliefs[str(hot.event_id)].digest is None


# ------------------------------------------------------------------------------------------- releases


def release(replay: Replay, hour: float = 50) -> Arrival:
    """A person lets the one message in quarantine count."""
    (entry,) = quarantine(replay)
    return released(entry, at(hour))


def test_a_released_content_counts_and_its_entry_is_cleared() -> None:
    lines = [*map(sent, ordered()), sent(COLLECTED), other_content(COLLECTED)]
    replay = heard(*lines, release(heard(*lines)))
    assert not quarantine(replay)
    assert COLLECTED.event_id in milestones(replay)
    assert withheld(replay) == {COLLECTED.event_id: Withheld.CONTESTED}, "the other content"


@pytest.mark.parametrize("kind", ["wrong key", "wrong topic", "wrong owner"])
def test_what_a_person_releases_counts_though_its_sender_might_not_say_it(kind: str) -> None:
    spoil, _ = SPOILED[kind]
    lines = [*map(sent, ordered()), spoil(COLLECTED)]
    (entry,) = quarantine(heard(*lines))
    replay = heard(*lines, release(heard(*lines)))
    assert not quarantine(replay)
    assert entry.event_id in milestones(replay) | set(withheld(replay))


def test_a_release_is_the_same_before_and_after_what_it_releases() -> None:
    lines = [*map(sent, ordered()), sent(COLLECTED), other_content(COLLECTED)]
    let_go = release(heard(*lines))
    first, last = heard(let_go, *lines), heard(*lines, let_go)
    assert first.latest[topics.RECORDS] == last.latest[topics.RECORDS]


def test_of_two_releases_the_later_one_counts() -> None:
    lines = [*map(sent, ordered()), sent(COLLECTED), other_content(COLLECTED)]
    second = release(heard(*lines), hour=60)
    swapped = [*map(sent, ordered()), other_content(COLLECTED), sent(COLLECTED)]
    first = release(heard(*swapped), hour=50)
    found = {
        heard(*lines, *both).latest[topics.RECORDS][COURSE]
        for both in itertools.permutations([first, second])
    }
    assert found == {heard(*lines, second, first).latest[topics.RECORDS][COURSE]}
    assert len(found) == 1


def test_what_cannot_be_read_stays_set_aside_though_it_is_released() -> None:
    spoil, _ = SPOILED["schema violation"]
    lines = [spoil(COLLECTED)]
    (entry,) = quarantine(heard(*lines))
    let_go = released(entry.model_copy(update={"event_id": COLLECTED.event_id}), at(50))
    replay = heard(*lines, let_go)
    assert [e.reason for e in quarantine(replay)] == [Reason.SCHEMA_VIOLATION]


# --------------------------------------------------------------------------------------------- states


def test_what_the_door_knows_of_an_id_comes_back_from_its_bytes() -> None:
    state = Admitted()
    for topic, message in (sent(COLLECTED), other_content(COLLECTED), sent(corrected(COLLECTED))):
        sound = inspect(topic, message)
        assert isinstance(sound, Sound)
        state, _, _ = admit(state, sound)
    again = decode_state(encode_state(state))
    assert again == state
    assert again.believed() == state.believed()


def test_a_sound_message_is_admitted_once() -> None:
    sound = inspect(*sent(COLLECTED))
    assert not isinstance(sound, Refused)
    state, outs, outcome = admit(None, sound)
    assert (outcome, [out.topic for out in outs]) == (Outcome.ADMITTED, [topics.EVENTS])
    _, outs, outcome = admit(state, sound)
    assert (outcome, outs) == (Outcome.DUPLICATE, [])


def test_a_release_that_names_no_quarantine_entry_is_set_aside() -> None:
    event = said(OrderCreated, "ORDER:O-1", product="AXICEL")
    _, message = sent(event)
    replay = heard((topics.RELEASED, message))
    entries = [
        decode_contract(QuarantinedMessage, value)
        for value in replay.latest[topics.QUARANTINE].values()
    ]
    assert [entry.reason for entry in entries] == [Reason.CONTRACT_VIOLATION]
    assert "v2v_topic" in entries[0].detail
