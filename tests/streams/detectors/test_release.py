"""Evidence for release that is not there in time: RE-01, and the checklist behind it."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.envelope import Event
from schemas.laboratory import CertificateOfAnalysisIssued, ResultAmended, ResultReported, Verdict
from schemas.manufacture import BatchRecordCompleted, BatchTerminated, ProductFilled
from schemas.profiles import profile_of, shipped
from schemas.quality import (
    BatchCertified,
    BatchRejected,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
)
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    When,
    at,
    corrected,
    heard,
    lived,
    ordered,
    product_of,
    said,
    states,
    the_alert,
    tick,
    told,
    withdrawn,
)

PROFILES = pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
FILLED = 10 * HOUR
PASS, PENDING, OUT = Verdict.PASS, Verdict.PENDING, Verdict.OUT_OF_SPECIFICATION


def filled(when: When = FILLED) -> ProductFilled:
    return said(ProductFilled, coi=COURSE, hour=when, doses=1)


def result(test: str, verdict: Verdict = PASS, *, hour: When = 20, **more: Any) -> ResultReported:
    return said(
        ResultReported,
        f"SAMPLE:S-{test}",
        coi=COURSE,
        hour=hour,
        test=test,
        verdict=verdict,
        **more,
    )


def evidence(product: str = "AXICEL", *, without: str = "") -> list[Event]:
    """Everything that release needs, but for one item."""
    profile = profile_of(product)
    assert profile is not None
    whole: dict[str, Event] = {
        "record": said(BatchRecordCompleted, coi=COURSE, hour=20),
        "analysis": said(CertificateOfAnalysisIssued, coi=COURSE, hour=21),
        **{wanted.test: result(wanted.test) for wanted in profile.release.tests},
    }
    return [event for name, event in whole.items() if name != without]


def deviation(number: str, of: DeviationClass) -> DeviationOpened:
    return said(DeviationOpened, f"DEVIATION:{number}", coi=COURSE, hour=22, classification=of)


@PROFILES
@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, []), (0 * HOUR, ["open"]), (INSTANT, ["open"])]
)
def test_incomplete_evidence_is_raised_at_planned_certification(profile, more, found) -> None:
    due = FILLED + profile.release.planned_hours_after_fill * HOUR
    replay = told(filled(), product=product_of(profile), now=due + more)
    assert states(replay, "RE-01") == found
    if found:
        assert the_alert(replay, "RE-01").raised_at == at(due)


@PROFILES
def test_complete_evidence_is_quiet(profile) -> None:
    product = product_of(profile)
    assert states(told(filled(), *evidence(product), product=product), "RE-01") == []


ITEMS = [
    *[
        ("record", "batch record completed: unknown"),
        ("analysis", "certificate of analysis: unknown"),
    ],
    *[
        (t.test, f"result {t.test}: unknown")
        for t in profile_of("AXICEL").release.tests  # type: ignore[union-attr]
    ],
]


@pytest.mark.parametrize(("item", "missing"), ITEMS, ids=[item for item, _ in ITEMS])
def test_each_item_that_is_missing_is_named(item, missing) -> None:
    fill = filled()
    alert = the_alert(told(fill, *evidence(without=item)), "RE-01")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "quality-assurance")
    assert (alert.object, alert.anchor) == ("release evidence", str(fill.event_id))
    assert alert.evidence == (fill.event_id,)
    assert alert.missing == (missing,)
    assert alert.detail == "1 item(s) open at planned certification"


@pytest.mark.parametrize(
    ("last", "missing"),
    [
        (result("STERILITY", PENDING), "result STERILITY: unknown"),
        (result("STERILITY", PASS, final=False), "result STERILITY: unknown"),
        (result("STERILITY", Verdict.UNKNOWN_TO_READER), "result STERILITY: unknown"),
        (result("STERILITY", OUT), "result STERILITY: not_satisfied"),
        (result("STERILITY", PASS, value=5.0, high=1.0), "result STERILITY: not_satisfied"),
    ],
    ids=[
        "pending",
        "not final",
        "a verdict nobody knows",
        "out of specification",
        "outside limits",
    ],
)
def test_a_result_that_is_no_final_pass_never_counts_as_one(last, missing) -> None:
    story = [filled(), *evidence(without="STERILITY"), last]
    assert the_alert(told(*story), "RE-01").missing == (missing,)


def test_of_two_samples_the_one_that_fails_or_waits_counts() -> None:
    for verdict, answer in ((PENDING, "unknown"), (OUT, "not_satisfied")):
        second = said(
            ResultReported, "SAMPLE:S-2", coi=COURSE, hour=20, test="STERILITY", verdict=verdict
        )
        alert = the_alert(told(filled(), *evidence(), second), "RE-01")
        assert alert.missing == (f"result STERILITY: {answer}",)


def test_an_amendment_is_the_result() -> None:
    amended = said(
        ResultAmended, "SAMPLE:S-STERILITY", coi=COURSE, hour=30, test="STERILITY", verdict=OUT
    )
    alert = the_alert(told(filled(), *evidence(), amended), "RE-01")
    assert alert.missing == ("result STERILITY: not_satisfied",)


@pytest.mark.parametrize("of", list(DeviationClass))
def test_only_a_minor_deviation_may_stay_open(of) -> None:
    replay = told(filled(), *evidence(), deviation("V-1", of))
    minor = of is DeviationClass.MINOR
    assert states(replay, "RE-01") == ([] if minor else ["open"])
    if not minor:
        assert the_alert(replay, "RE-01").missing == ("deviation V-1 closed: not_satisfied",)


def test_a_deviation_is_closed_by_its_own_number() -> None:
    major = deviation("V-1", DeviationClass.MAJOR)
    closed, other = (
        said(DeviationClosed, f"DEVIATION:{n}", coi=COURSE, hour=30) for n in ("V-1", "V-2")
    )
    assert states(told(filled(), *evidence(), major, closed), "RE-01") == []
    assert states(told(filled(), *evidence(), major, other), "RE-01") == ["open"]


def test_a_hold_is_lifted_by_its_own_number() -> None:
    placed = said(HoldPlaced, "HOLD:Q-1", coi=COURSE, hour=22)
    lifted, other = (said(HoldLifted, f"HOLD:{n}", coi=COURSE, hour=30) for n in ("Q-1", "Q-2"))
    assert states(told(filled(), *evidence(), placed, lifted), "RE-01") == []
    held = told(filled(), *evidence(), placed, other)
    assert the_alert(held, "RE-01").missing == ("hold Q-1 lifted: not_satisfied",)


def test_a_hold_or_deviation_that_names_no_number_keeps_its_batch_too() -> None:
    placed = said(HoldPlaced, coi=COURSE, hour=22)
    opened = said(DeviationOpened, coi=COURSE, hour=22, classification=DeviationClass.CRITICAL)
    for nameless in (placed, opened):
        assert states(told(filled(), *evidence(), nameless), "RE-01") == ["open"]
    lifted = said(HoldLifted, coi=COURSE, hour=30)
    assert states(told(filled(), *evidence(), placed, lifted), "RE-01") == []


@pytest.mark.parametrize("end", [BatchCertified, BatchRejected, BatchTerminated])
def test_a_batch_that_is_decided_waits_for_no_evidence(end) -> None:
    for hour, state in ((100 * HOUR, "retracted"), (300 * HOUR, "resolved")):
        decision = said(end, coi=COURSE, hour=hour)
        assert states(told(filled(), decision), "RE-01") == []
        replay = heard(*ordered(), filled(), tick(290), decision)
        assert states(replay, "RE-01") == [state]


def test_the_last_missing_item_ends_it_and_each_one_changes_what_it_says() -> None:
    *some, last = evidence()
    replay = heard(*ordered(), filled(), tick(400), *some)
    assert the_alert(replay, "RE-01").missing == ("result IDENTITY: unknown",)
    assert the_alert(replay, "RE-01").revision == len(some) + 1
    late = heard(*ordered(), filled(), tick(400), *some, corrected(last, hour=410))
    assert states(late, "RE-01") == ["resolved"]


def test_evidence_that_is_withdrawn_is_missing_again() -> None:
    whole = evidence()
    replay = told(filled(), *whole, withdrawn(whole[0]))
    assert lived(replay, "RE-01") == ["open"]
    assert the_alert(replay, "RE-01").missing == ("batch record completed: unknown",)


def test_the_last_fill_is_the_one_that_is_released() -> None:
    again = filled(FILLED + 100 * HOUR)
    assert the_alert(told(filled(), again), "RE-01").anchor == str(again.event_id)


def test_without_a_fill_or_without_a_profile_nothing_is_planned() -> None:
    assert states(told(*evidence()[:3]), "RE-01") == []
    assert states(told(filled(), product="NOBODY"), "RE-01") == []
