"""The patient-batch record: the same facts give the same bytes, and what is not known is said to be unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from uuid import UUID

import pytest
from hypothesis import given, settings
from pydantic import ValidationError

from schemas.contract import Contract
from schemas.json_form import as_json, canonical, from_json
from schemas.record import (
    Answer,
    ExcursionAbove,
    ExpectedStep,
    Forecast,
    Gate,
    GateAnswer,
    LegConditions,
    Milestone,
    OutsidePath,
    OutsideState,
    PatientBatchRecord,
    Phase,
    Withheld,
    WithheldEvent,
)
from schemas.wire import decode_contract, encode_contract
from tests.schemas.strategies import any_of

EVENT = UUID("0f4d4f6e-4d57-5d0e-9f0c-5a2f3c1b7e11")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LEAST = PatientBatchRecord(coi="CHA999926000001", phase=Phase.KNOWN)
CHOICES: tuple[type[StrEnum], ...] = (Phase, Gate, Answer, OutsideState, Withheld)


@given(any_of(PatientBatchRecord))
@settings(max_examples=40, deadline=None)
def test_a_record_comes_back_from_avro_and_from_json_as_it_went(record: PatientBatchRecord) -> None:
    assert decode_contract(PatientBatchRecord, encode_contract(record)) == record
    assert from_json(PatientBatchRecord, as_json(record)) == record


@given(any_of(PatientBatchRecord))
@settings(max_examples=20, deadline=None)
def test_the_same_record_is_the_same_bytes(record: PatientBatchRecord) -> None:
    again = PatientBatchRecord.model_validate(record.model_dump())
    assert encode_contract(again) == encode_contract(record)
    assert canonical(as_json(again)) == canonical(as_json(record))


def test_a_course_of_which_nothing_is_known_has_no_profile_no_forecast_and_no_facts() -> None:
    assert LEAST.profile is None
    assert LEAST.forecast is None
    kept = {name for name in PatientBatchRecord.model_fields if getattr(LEAST, name)}
    assert kept == {"coi", "phase"}


def test_a_record_cannot_be_changed_and_has_no_fields_that_nobody_declared() -> None:
    with pytest.raises(ValidationError):
        LEAST.coi = "another"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        PatientBatchRecord.model_validate({"coi": "C", "phase": "known", "released": True})


@pytest.mark.parametrize("missing", ["coi", "phase"])
def test_a_record_without_its_course_or_phase_is_none(missing: str) -> None:
    fields = {"coi": "C", "phase": "known"}
    del fields[missing]
    with pytest.raises(ValidationError, match=missing):
        PatientBatchRecord.model_validate(fields)


def test_the_phases_stand_in_the_order_of_the_journey() -> None:
    names = [phase.value for phase in Phase]
    for earlier, later in (
        ("ordered", "collected"),
        ("collected", "at_manufacturer"),
        ("in_manufacture", "filled"),
        ("filled", "certified"),
        ("certified", "available"),
        ("at_treatment_centre", "infused"),
        ("infused", "ended"),
    ):
        assert names.index(earlier) < names.index(later)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda c: c.__name__)
def test_every_word_has_one_more_for_what_an_older_reader_does_not_know(
    choice: type[StrEnum],
) -> None:
    assert [word.value for word in choice][-1] == "unknown_to_reader"


def test_an_answer_has_three_values_and_only_one_of_them_passes() -> None:
    assert {answer.value for answer in Answer} - {"unknown_to_reader"} == {
        "satisfied",
        "not_satisfied",
        "unknown",
    }


def test_the_four_records_of_a_product_out_of_specification_come_before_its_supply() -> None:
    names = [state.value for state in OutsideState]
    assert names[1:6] == ["requested", "evaluated", "notified", "accepted", "supplied"]
    path = OutsidePath(state=OutsideState.OUTSIDE, since=NOON)
    assert path.batch is None
    assert path.notice_due_at is None


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (Milestone, {"type_name": "a.B", "event_id": EVENT, "system": "erp"}),
        (Forecast, {"infusion_p50_at": NOON}),
        (OutsidePath, {"state": "outside"}),
        (ExpectedStep, {"step": "a.B"}),
    ],
)
def test_times_that_a_line_rests_on_are_not_left_out(
    kind: type[Contract], fields: dict[str, object]
) -> None:
    with pytest.raises(ValidationError, match="Field required"):
        kind.model_validate(fields)


def test_a_time_is_the_same_instant_whatever_zone_it_was_told_in() -> None:
    far = NOON.astimezone(timezone(timedelta(hours=9)))
    one = Milestone(type_name="a.B", occurred_at=far, event_id=EVENT, system="erp")
    assert one == Milestone(type_name="a.B", occurred_at=NOON, event_id=EVENT, system="erp")
    assert one.occurred_at.utcoffset() == timedelta(0)
    with pytest.raises(ValidationError, match="zone"):
        Milestone(
            type_name="a.B", occurred_at=NOON.replace(tzinfo=None), event_id=EVENT, system="erp"
        )


@pytest.mark.parametrize("warmest", [-273.16, 150.1])
def test_a_temperature_that_cannot_be_is_refused(warmest: float) -> None:
    with pytest.raises(ValidationError, match="warmest"):
        ExcursionAbove(start=NOON, end=NOON, warmest=warmest, readings=1)


def test_a_leg_that_nobody_judged_has_no_limit_and_counts_no_fewer_than_none() -> None:
    leg = LegConditions(
        logger="L-1",
        packed_by=EVENT,
        readings=0,
        first_at=NOON,
        last_at=NOON,
        coldest=-190,
        warmest=-180,
        warmest_at=NOON,
    )
    assert leg.limit is None
    with pytest.raises(ValidationError, match="readings"):
        LegConditions.model_validate({**leg.model_dump(), "readings": -1})


@pytest.mark.parametrize(
    "part",
    [
        GateAnswer(gate=Gate.THAW_ALLOWED, answer=Answer.UNKNOWN, missing=("identity check",)),
        Milestone(type_name="a.B", occurred_at=NOON, event_id=EVENT, system="erp"),
        Forecast(infusion_p50_at=NOON, infusion_p90_at=NOON),
    ],
    ids=lambda part: type(part).__name__,
)
def test_a_part_that_keeps_its_body_writes_the_same_record_a_second_time(part: Contract) -> None:
    field = {GateAnswer: "gates", Milestone: "milestones", Forecast: "forecast"}[type(part)]
    held = part if field == "forecast" else (part,)
    first = encode_contract(LEAST.model_copy(update={field: held}))
    again = encode_contract(LEAST.model_copy(update={field: held, "subject": "S"}))
    fresh = type(part).model_validate(part.model_dump())
    other = LEAST.model_copy(update={field: fresh if field == "forecast" else (fresh,)})
    assert encode_contract(other) == first != again


def test_a_withheld_event_says_why_and_where_else_it_leads() -> None:
    event = WithheldEvent(
        event_id=EVENT, type_name="a.B", why=Withheld.TWO_COURSES, leads_to=("A", "B")
    )
    assert as_json(event) == {
        "event_id": str(EVENT),
        "type_name": "a.B",
        "why": "two_courses",
        "leads_to": ["A", "B"],
    }
    with pytest.raises(ValidationError, match="why"):
        WithheldEvent.model_validate({"event_id": EVENT, "type_name": "a.B"})


def test_a_changed_copy_keeps_nothing_that_was_kept_beside_the_original() -> None:
    kept = LEAST.model_copy()
    kept.__dict__["anything kept"] = 1
    assert "anything kept" not in kept.model_copy().__dict__
    assert kept.model_copy() == LEAST
