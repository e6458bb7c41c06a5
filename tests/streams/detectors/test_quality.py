"""Results that do not meet their specification: QU-01."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.laboratory import ResultAmended, ResultReported, SampleRegistered, Verdict
from schemas.quality import OosCaseChanged, OosState
from schemas.record import Answer
from schemas.treatment import LymphodepletionStarted
from streams.detectors.quality import meets
from tests.words import (
    COURSE,
    alerts,
    at,
    corrected,
    lived,
    said,
    states,
    the_alert,
    told,
    withdrawn,
)

OUT, PASS, PENDING = Verdict.OUT_OF_SPECIFICATION, Verdict.PASS, Verdict.PENDING


def result(
    value: float | None = 79.0,
    verdict: Verdict = PENDING,
    *also: str,
    hour: float = 5,
    kind: type[ResultReported] = ResultReported,
    **more: Any,
) -> ResultReported:
    """A result of one sample, whose specification is 80 to 100."""
    limits: dict[str, Any] = {"test": "VIABILITY", "low": 80.0, "high": 100.0, **more}
    names = also or ("SAMPLE:S-1",)
    return said(kind, *names, coi=COURSE, hour=hour, value=value, verdict=verdict, **limits)


def amended(value: float, verdict: Verdict = PENDING, hour: float = 9, **more: Any):
    return result(value, verdict, hour=hour, kind=ResultAmended, **more)


def registered() -> SampleRegistered:
    return said(SampleRegistered, "SAMPLE:S-1", "BATCH:B-1", coi=COURSE, hour=4)


def case(state: OosState, *names: str, hour: float = 20) -> OosCaseChanged:
    names = names or ("OOS_CASE:Q-1", "BATCH:B-1")
    return said(OosCaseChanged, *names, coi=COURSE, hour=hour, state=state)


@pytest.mark.parametrize(
    ("value", "found"),
    [(79.999, ["open"]), (80.0, []), (80.001, []), (99.999, []), (100.0, []), (100.001, ["open"])],
)
@pytest.mark.parametrize("verdict", [PASS, PENDING])
def test_a_value_outside_its_limits_is_raised_whatever_the_verdict(value, verdict, found) -> None:
    assert states(told(result(value, verdict)), "QU-01") == found


@pytest.mark.parametrize("limits", [{"low": None}, {"high": None}])
def test_a_limit_that_is_not_stated_is_not_judged(limits) -> None:
    value = 1.0 if limits == {"low": None} else 1000.0
    assert states(told(result(value, **limits)), "QU-01") == []


def test_the_word_of_the_laboratory_is_raised_without_any_value() -> None:
    replay = told(result(None, OUT, value_text="POSITIVE", low=None, high=None, test="STERILITY"))
    alert = the_alert(replay, "QU-01")
    assert alert.anchor == "STERILITY"
    assert alert.detail == "STERILITY: POSITIVE, specification as the laboratory states"


def test_a_case_about_the_batch_of_one_sample_settles_nothing_about_another_sample() -> None:
    samples = [
        said(SampleRegistered, f"SAMPLE:S-{n}", f"BATCH:B-{n}", coi=COURSE, hour=4) for n in (1, 2)
    ]
    both = result(79.0, PENDING, "SAMPLE:S-1", "SAMPLE:S-2")
    replay = told(*samples, both, case(OosState.ACCEPTED))
    found = [(a.object, a.open) for a in alerts(replay) if a.code == "QU-01"]
    assert found == [("SAMPLE:S-1", False), ("SAMPLE:S-2", True)]


def test_a_result_out_of_specification_names_its_sample_and_what_is_missing() -> None:
    low = result(unit="%")
    alert = the_alert(told(low), "QU-01")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "quality-control")
    assert (alert.object, alert.anchor) == ("SAMPLE:S-1", "VIABILITY")
    assert alert.raised_at == at(5)
    assert alert.evidence == (low.event_id,)
    assert alert.missing == ("out-of-specification investigation",)
    assert alert.detail == "VIABILITY: 79 %, specification 80 to 100"


def test_once_lymphodepletion_has_begun_it_is_of_the_gravest() -> None:
    begun = said(LymphodepletionStarted, coi=COURSE, hour=50)
    for story in ((result(), begun), (begun, result())):
        assert the_alert(told(*story), "QU-01").severity is Severity.S1


def test_a_result_that_is_not_final_is_not_yet_out_of_specification() -> None:
    assert states(told(result(final=False)), "QU-01") == []
    assert states(told(result(None, OUT, final=False)), "QU-01") == []


def test_an_amendment_to_a_pass_ends_it_and_one_out_of_limits_keeps_it() -> None:
    assert lived(told(result(), amended(90, PASS)), "QU-01") == ["open", "resolved"]
    worse = told(result(), amended(70))
    assert the_alert(worse, "QU-01").open
    assert the_alert(worse, "QU-01").raised_at == at(9)
    assert the_alert(worse, "QU-01").alert_id == the_alert(told(result()), "QU-01").alert_id


def test_an_amendment_outranks_a_report_even_when_it_is_dated_before() -> None:
    assert states(told(result(90, PASS), amended(70, hour=1)), "QU-01") == ["open"]


def test_the_latest_of_two_amendments_counts() -> None:
    assert states(told(amended(70, hour=9), amended(90, PASS, hour=8)), "QU-01") == ["open"]
    assert states(told(amended(70, hour=8), amended(90, PASS, hour=9)), "QU-01") == ["resolved"]


def test_another_test_or_another_sample_does_not_stand_in() -> None:
    good = result(90, PASS, "SAMPLE:S-2", hour=9)
    other = result(90, PASS, hour=9, test="IDENTITY")
    assert states(told(result(), good, other), "QU-01") == ["open"]


def test_a_result_that_was_withdrawn_or_corrected_is_retracted() -> None:
    low = result()
    assert lived(told(low, withdrawn(low)), "QU-01") == ["open", "retracted"]
    assert lived(told(low, corrected(low, value=90.0)), "QU-01") == ["open", "retracted"]


@pytest.mark.parametrize("state", list(OosState))
def test_only_an_accepted_or_closed_case_settles_a_result(state) -> None:
    settles = state in (OosState.ACCEPTED, OosState.CLOSED)
    replay = told(result(79.0, OUT, "SAMPLE:S-1", "BATCH:B-1"), case(state))
    assert states(replay, "QU-01") == (["resolved"] if settles else ["open"])


def test_a_result_that_names_only_its_sample_finds_its_batch_by_the_registration() -> None:
    assert states(told(result(), case(OosState.ACCEPTED)), "QU-01") == ["open"]
    for story in (
        (registered(), result(), case(OosState.ACCEPTED)),
        (case(OosState.ACCEPTED), result(), registered()),
    ):
        assert not the_alert(told(*story), "QU-01").open


@pytest.mark.parametrize("kind", [ResultReported, ResultAmended])
def test_another_result_of_the_sample_tells_its_batch_too(kind) -> None:
    other = result(9, PASS, "SAMPLE:S-1", "BATCH:B-1", test="IDENTITY", low=None, kind=kind)
    assert states(told(result(), other, case(OosState.CLOSED)), "QU-01") == ["resolved"]


def test_a_case_that_names_only_its_number_is_about_the_batch_it_was_opened_for() -> None:
    opened = case(OosState.CONFIRMED, hour=10)
    closed = case(OosState.CLOSED, "OOS_CASE:Q-1")
    assert states(told(registered(), result(), closed), "QU-01") == ["open"]
    assert states(told(registered(), result(), opened, closed), "QU-01") == ["resolved"]


def test_the_case_of_another_batch_settles_nothing() -> None:
    other = case(OosState.ACCEPTED, "OOS_CASE:Q-2", "BATCH:B-2")
    assert states(told(registered(), result(), other), "QU-01") == ["open"]


def test_a_case_settled_before_the_result_was_known_has_not_judged_it() -> None:
    for hour, found in ((4.9, ["open"]), (5, ["resolved"])):
        replay = told(registered(), result(), case(OosState.ACCEPTED, hour=hour))
        assert [s.replace("retracted", "resolved") for s in states(replay, "QU-01")] == found


@pytest.mark.parametrize(
    ("value", "verdict", "final", "answer"),
    [
        (90.0, PASS, True, Answer.SATISFIED),
        (90.0, PENDING, True, Answer.UNKNOWN),
        (90.0, Verdict.UNKNOWN_TO_READER, True, Answer.UNKNOWN),
        (None, PASS, True, Answer.SATISFIED),
        (None, PENDING, True, Answer.UNKNOWN),
        (None, OUT, True, Answer.NOT_SATISFIED),
        (90.0, OUT, True, Answer.NOT_SATISFIED),
        (70.0, PASS, True, Answer.NOT_SATISFIED),
        (90.0, PASS, False, Answer.UNKNOWN),
        (70.0, OUT, False, Answer.UNKNOWN),
    ],
)
def test_what_is_not_final_or_not_judged_is_unknown_and_never_a_pass(
    value, verdict, final, answer
) -> None:
    assert meets(result(value, verdict, final=final)) is answer


def test_a_later_case_settles_what_an_earlier_one_could_not() -> None:
    cases = case(OosState.CLOSED, hour=4), case(OosState.CLOSED, hour=9)
    assert states(told(registered(), result(), *cases), "QU-01") == ["resolved"]


def test_a_result_that_names_no_sample_is_raised_too() -> None:
    alert = the_alert(told(result(79.0, OUT, "BATCH:B-1")), "QU-01")
    assert alert.object == "sample"


@pytest.mark.parametrize(
    ("limits", "words"), [({"low": None}, "to 100"), ({"high": None}, "80 to"), ({}, "80 to 100")]
)
def test_a_limit_that_is_not_stated_is_left_out_of_the_words(limits, words) -> None:
    alert = the_alert(told(result(79.0, OUT, **limits)), "QU-01")
    assert alert.detail == f"VIABILITY: 79, specification {words}"
