"""A batch record is exported again and again; each fact of it is told once, and nothing of it by name."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.mes import CONNECTOR
from schemas.envelope import Event, Scheme
from schemas.manufacture import (
    AlarmChanged,
    AlarmState,
    BatchStarted,
    InProcessControlRecorded,
    MaterialReceived,
    StepCompleted,
)
from schemas.reasons import Reason
from tests.connectors.mes.partner import PARTNER
from tests.connectors.specimens import HERE, TOKENS

SAMPLES = HERE / "mes" / "samples"
RECORD = (SAMPLES / "batchml_v0401_record.xml").read_text()
TWO = (SAMPLES / "batchml_v0600_two_batches.xml").read_text()


def said(text: str, partner: Partner = PARTNER) -> tuple[Decision, ...]:
    return CONNECTOR.translate(Raw("record.xml", text.encode()), partner, TOKENS, ())


def events(text: str, partner: Partner = PARTNER) -> tuple[Event, ...]:
    return tuple(e for d in said(text, partner) if isinstance(d, Mapped) for e in d.events)


def test_a_record_tells_the_start_the_steps_the_controls_and_the_exceptions() -> None:
    kinds = [type(event) for event in events(RECORD)]
    assert kinds == [
        BatchStarted,
        MaterialReceived,
        StepCompleted,
        InProcessControlRecorded,
        AlarmChanged,
        AlarmChanged,
    ]
    assert {event.named(Scheme.BATCH) for event in events(RECORD)} == {("B26000123",)}


def test_an_element_without_an_end_is_work_in_progress() -> None:
    steps = [event.step for event in events(RECORD) if isinstance(event, StepCompleted)]
    assert steps == ["Wash"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2026-03-22T15:00:00+01:00", "2026-03-25T18:00:00+01:00"),
        ("<Header><CreationDate>", "<Version>2</Version><Header><CreationDate>"),
        ("BatchML-V0401", "BatchML-V0401"),
    ],
    ids=["another export", "more in it", "the same"],
)
def test_another_export_of_the_record_says_the_same_with_the_same_ids(old: str, new: str) -> None:
    assert said(RECORD.replace(old, new)) == said(RECORD)


def test_a_grown_record_adds_facts_and_changes_none() -> None:
    end = "<ActualEndTime>2026-03-12T11:30:00+01:00</ActualEndTime>"
    start = "<ActualStartTime>2026-03-12T09:30:00+01:00</ActualStartTime>"
    before, after = events(RECORD), events(RECORD.replace(start, start + end))
    assert set(before) < set(after)
    (new,) = set(after) - set(before)
    assert isinstance(new, StepCompleted)
    assert new.step == "Activate"


def test_a_repetition_of_a_step_is_a_fact_of_its_own() -> None:
    again = RECORD.replace("Receipt|Odd", "Receipt|Wash[3]").replace("V2V.COLOUR", "colour")
    steps = [event for event in events(again) if isinstance(event, StepCompleted)]
    assert [step.step for step in steps] == ["Wash", "Wash"]
    assert len({step.event_id for step in steps}) == 2


def test_an_exception_of_a_high_risk_is_critical_and_ends_when_it_was_last_signed() -> None:
    raised, cleared = (e for e in events(RECORD) if isinstance(e, AlarmChanged))
    assert (raised.state, raised.critical) == (AlarmState.RAISED, True)
    assert cleared.state is AlarmState.CLEARED
    assert cleared.occurred_at.isoformat() == "2026-03-12T10:05:00+00:00"


@pytest.mark.parametrize("status", ["Open", "To be closed", "", "Whatever"])
def test_an_exception_that_is_not_said_to_be_closed_stands(status: str) -> None:
    open_still = RECORD.replace('Status="Closed"', f'Status="{status}"')
    (alarm,) = (e for e in events(open_still) if isinstance(e, AlarmChanged))
    assert alarm.state is AlarmState.RAISED


def test_free_text_names_nobody_whom_the_record_names() -> None:
    (alarm, _) = (e for e in events(RECORD) if isinstance(e, AlarmChanged))
    assert alarm.message == "Limit exceeded, seen by [person] and [person]"


def test_an_exception_belongs_to_the_batch_of_its_element_and_is_never_guessed() -> None:
    (alarm,) = (e for e in events(TWO) if isinstance(e, AlarmChanged))
    assert alarm.named(Scheme.BATCH) == ("B26000201",)
    (aside,) = (d for d in said(TWO) if isinstance(d, Refused))
    assert aside.reason is Reason.NO_IDENTIFIER


def test_what_cannot_be_understood_is_set_aside_and_the_rest_told() -> None:
    reasons = [d.reason for d in said(RECORD) if isinstance(d, Refused)]
    assert reasons == [Reason.FIELD_INVALID, Reason.FIELD_MISSING]


def test_a_batch_of_another_product_is_ignored_where_products_are_agreed() -> None:
    other = replace(PARTNER, mapping={"products": {"SOAP": "SOAP-1"}})
    (decision,) = said(RECORD, other)
    assert isinstance(decision, Ignored)


def test_an_exception_of_another_product_is_not_taken_for_one_of_ours() -> None:
    followed = TWO.replace(
        "<BatchID>B26000200", "<Header><ProductID>CART</ProductID></Header><BatchID>B26000200"
    )
    ours = replace(PARTNER, mapping={"products": {"CART": "CART-1"}})
    assert [type(event) for event in events(followed, ours)] == [StepCompleted]


def test_a_recipe_without_a_batch_is_refused() -> None:
    (decision,) = said((SAMPLES / "batchml_without_batch.xml").read_text())
    assert isinstance(decision, Refused)
    assert decision.reason is Reason.NO_IDENTIFIER


@pytest.mark.parametrize("state", ["Aborted", "aborted", "Cancelled"])
def test_a_job_that_was_given_up_is_no_completed_step(state: str) -> None:
    work = (SAMPLES / "v0700_work_performance.xml").read_text()
    assert [e.step for e in events(work) if isinstance(e, StepCompleted)] == ["Expansion day 6"]
    assert not events(work.replace("<JobState>Ended", f"<JobState>{state}"))


def test_a_piece_of_work_that_begins_is_not_the_begin_of_the_batch() -> None:
    work = (SAMPLES / "v0700_work_performance.xml").read_text()
    assert not any(isinstance(event, BatchStarted) for event in events(work))


def test_a_record_of_many_exceptions_is_read_in_no_time() -> None:
    event = RECORD[RECORD.index("    <Event>") : RECORD.index("    <Event>\n      <ID>0125")]
    comment = RECORD[RECORD.index("    <Comment>") : RECORD.index("  </Comments>")]
    many = "".join(
        event.replace("0124", f"{n}").replace("op-0815</P", f"op-{n}</P") for n in range(600)
    )
    noted = "".join(comment.replace("0124|", f"{n}|") for n in range(600))
    began = time.process_time()
    told = events(RECORD.replace(event, many).replace(comment, noted))
    assert time.process_time() - began < 20
    alarms = [event for event in told if isinstance(event, AlarmChanged)]
    assert len(alarms) == 1200
    assert {alarm.message for alarm in alarms} == {None}  # of so many names none can be sure
