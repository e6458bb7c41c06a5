"""A product out of specification that is supplied, and one that fails later: RE-04, RE-07."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.laboratory import ResultReported, SampleRegistered, Verdict
from schemas.quality import OosState
from tests.streams.detectors.outside import (
    FOUR,
    NAMES,
    OTHER_BATCH,
    amended,
    case,
    home,
    infused,
    missed,
    path,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    alerts,
    at,
    corrected,
    heard,
    lived,
    said,
    states,
    the_alert,
    withdrawn,
)

# ------------------------------------------------------------------------------------------ RE-04


@pytest.mark.parametrize("state", FOUR)
def test_each_of_the_four_records_must_be_there(state) -> None:
    alert = the_alert(heard(missed(), *path(state), *home()), "RE-04")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "quality-physician")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", "out of specification")
    assert alert.raised_at == alert.harm_at == at(50)
    assert alert.missing == (NAMES[state],)
    assert missed().event_id in alert.evidence
    assert len(alert.evidence) == 2


def test_the_whole_path_is_quiet() -> None:
    assert states(heard(missed(), *path(), *home(), infused()), "RE-04") == []


@pytest.mark.parametrize("state", FOUR)
@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, "retracted"), (0 * HOUR, "retracted"), (INSTANT, "open")]
)
def test_only_a_record_dated_at_or_before_the_supply_counts(state, more, found) -> None:
    late = case(state, 50 * HOUR + more)
    assert states(heard(missed(), *path(state), *home(), late), "RE-04") == [found]


def test_supply_and_infusion_are_two_moments() -> None:
    replay = heard(missed(), *path(OosState.ACCEPTED), *home(), infused())
    found = [a for a in alerts(replay) if a.code == "RE-04"]
    assert [a.object for a in found] == ["SHIPMENT:H-1", "infusion"]
    later = heard(
        missed(),
        *path(OosState.ACCEPTED),
        *home(),
        case(OosState.ACCEPTED, 60),
        infused(),
    )
    assert [a.object for a in alerts(later) if a.code == "RE-04" and a.open] == ["SHIPMENT:H-1"]


@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, ["open"]), (0 * HOUR, ["open"]), (INSTANT, [])]
)
def test_what_was_not_known_at_the_supply_needed_no_path(more, found) -> None:
    assert states(heard(missed(50 * HOUR + more), *home()), "RE-04") == found
    confirmed = case(OosState.CONFIRMED, 50 * HOUR + more)
    assert states(heard(confirmed, *home()), "RE-04") == found


def test_a_product_within_its_specification_needs_no_path() -> None:
    fine = missed(value=90.0, verdict=Verdict.PASS)
    assert states(heard(fine, *home(), infused()), "RE-04") == []
    assert states(heard(missed(), infused(batch=OTHER_BATCH)), "RE-04") == []


def test_a_case_that_found_the_result_void_ends_the_path() -> None:
    closed = case(OosState.CLOSED, 40)
    assert states(heard(missed(), closed, *home()), "RE-04") == []
    asked = case(OosState.PHYSICIAN_REQUESTED)
    assert states(heard(missed(), asked, closed, *home()), "RE-04") == ["open"]
    late = case(OosState.CLOSED, 50 * HOUR + INSTANT)
    assert states(heard(missed(), *home(), late), "RE-04") == ["open"]


def test_an_amendment_to_a_pass_ends_it() -> None:
    assert states(heard(missed(), *home(), amended(30)), "RE-04") == ["retracted"]
    assert states(heard(missed(), *home(), amended(60)), "RE-04") == ["resolved"]


def test_a_result_whose_sample_names_the_batch_is_about_it() -> None:
    registered = said(SampleRegistered, "SAMPLE:S-1", OTHER_BATCH, coi=COURSE, hour=10)
    nameless = said(
        ResultReported,
        "SAMPLE:S-1",
        coi=COURSE,
        hour=20,
        test="VIABILITY",
        verdict=Verdict.OUT_OF_SPECIFICATION,
    )
    assert states(heard(nameless, *home()), "RE-04") == ["open"]
    assert states(heard(registered, nameless, *home()), "RE-04") == []


# ------------------------------------------------------------------------------------------ RE-07


@pytest.mark.parametrize(("more", "found"), [(-INSTANT, []), (0 * HOUR, []), (INSTANT, ["open"])])
def test_a_test_that_fails_after_the_product_left_is_told(more, found) -> None:
    late = missed(50 * HOUR + more)
    for story in ((*home(), late), (late, *home())):
        assert states(heard(*story), "RE-07") == found


def test_a_late_failure_names_the_sample_and_what_it_came_after() -> None:
    late = missed(100)
    alert = the_alert(heard(*home(), infused(), late), "RE-07")
    assert (alert.severity, alert.owner) == (Severity.S1, "quality-physician")
    assert (alert.object, alert.anchor) == ("SAMPLE:S-1", "VIABILITY")
    assert alert.raised_at == at(100)
    assert alert.evidence == tuple(sorted((infused().event_id, late.event_id)))
    assert "infusion" in alert.detail


def test_an_amendment_that_fails_is_a_late_failure_and_one_that_passes_ends_it() -> None:
    passed = missed(value=90.0, verdict=Verdict.PASS)
    failing = amended(100, value=60.0, verdict=Verdict.OUT_OF_SPECIFICATION)
    assert states(heard(passed, *home(), failing), "RE-07") == ["open"]
    better = amended(120)
    assert states(heard(passed, *home(), failing, better), "RE-07") == ["resolved"]


def test_a_result_that_is_not_final_or_passes_or_is_of_another_batch_is_quiet() -> None:
    for quiet in (
        missed(100, final=False),
        missed(100, value=90.0, verdict=Verdict.PASS),
        missed(100, batch=OTHER_BATCH),
    ):
        assert states(heard(*home(), quiet), "RE-07") == []


def test_a_failure_that_was_withdrawn_or_dated_earlier_is_taken_back() -> None:
    late = missed(100)
    assert lived(heard(*home(), late, withdrawn(late)), "RE-07") == ["open", "retracted"]
    assert lived(heard(*home(), late, corrected(late, hour=40)), "RE-07") == [
        "open",
        "retracted",
    ]
