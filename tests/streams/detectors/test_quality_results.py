"""Dead cells, contamination, and results replaced after the certificate: QU-02, QU-03, QU-07."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.laboratory import ResultAmended, ResultReported, SampleRegistered, Verdict
from schemas.ordering import OrderChange, OrderChanged
from schemas.profiles import shipped
from schemas.quality import BatchCertified, OosCaseChanged, OosState
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    alerts,
    at,
    corrected,
    lived,
    product_of,
    said,
    states,
    the_alert,
    told,
    withdrawn,
)

OUT, PASS, PENDING = Verdict.OUT_OF_SPECIFICATION, Verdict.PASS, Verdict.PENDING
LIMITED = [profile for profile in shipped() if profile.viability is not None]
LIVING: dict[str, Any] = {"test": "VIABILITY", "unit": "%"}
STERILE: dict[str, Any] = {"test": "STERILITY"}


def result(*also: str, hour: Any = 5, kind: type[ResultReported] = ResultReported, **more: Any):
    names = also or ("SAMPLE:S-1",)
    return said(kind, *names, coi=COURSE, hour=hour, **more)


def amended(*also: str, hour: Any = 9, **more: Any) -> ResultAmended:
    found = result(*also, hour=hour, kind=ResultAmended, **more)
    assert isinstance(found, ResultAmended)
    return found


def registered(batch: str = "B-1", sample: str = "S-1") -> SampleRegistered:
    return said(SampleRegistered, f"SAMPLE:{sample}", f"BATCH:{batch}", coi=COURSE, hour=4)


def case(state: OosState, hour: float = 20) -> OosCaseChanged:
    return said(OosCaseChanged, "OOS_CASE:Q-1", "BATCH:B-1", coi=COURSE, hour=hour, state=state)


def certified(batch: str | None = "B-1", hour: Any = 50) -> BatchCertified:
    names = ("CERTIFICATE:C-1",) if batch is None else ("CERTIFICATE:C-1", f"BATCH:{batch}")
    return said(BatchCertified, *names, coi=COURSE, hour=hour)


# QU-02


@pytest.mark.parametrize(("value", "found"), [(69.99, ["open"]), (70.0, []), (70.01, [])])
@pytest.mark.parametrize("verdict", [PASS, PENDING])
def test_too_few_living_cells_are_raised_by_the_limit_of_the_specification(
    value, verdict, found
) -> None:
    few = result(value=value, low=70.0, verdict=verdict, **LIVING)
    assert states(told(few), "QU-02") == found


@pytest.mark.parametrize("profile", LIMITED, ids=lambda p: p.name)
@pytest.mark.parametrize(("step", "found"), [(-0.01, ["open"]), (0, []), (0.01, [])])
def test_the_limit_of_the_product_holds_whatever_the_specification_says(
    profile, step, found
) -> None:
    assert profile.viability is not None
    few = result(value=profile.viability.percent + step, low=60.0, verdict=PASS, **LIVING)
    replay = told(few, product=product_of(profile))
    assert states(replay, "QU-02") == found
    assert states(replay, "QU-01") == []


def test_a_product_without_a_limit_of_its_own_is_judged_by_the_specification_alone() -> None:
    assert LIMITED
    few = result(value=75.0, low=60.0, verdict=PASS, **LIVING)
    assert states(told(few, product="AXICEL"), "QU-02") == []


def test_another_order_of_another_product_brings_another_limit() -> None:
    few = result(value=75.0, low=60.0, verdict=PASS, **LIVING)
    change = said(
        OrderChanged,
        "ORDER:O-1",
        change=OrderChange.CHANGED,
        product=product_of(LIMITED[0]),
        hour=30,
    )
    assert states(told(few, change, product="AXICEL"), "QU-02") == ["open"]


def test_a_share_that_is_not_in_per_cent_is_not_held_against_per_cent() -> None:
    share = result(test="VIABILITY", value=0.93, low=0.8, verdict=PASS)
    assert states(told(share, product=product_of(LIMITED[0])), "QU-02") == []


def test_without_any_limit_only_the_word_of_the_laboratory_counts() -> None:
    assert states(told(result(value=3.0, verdict=PENDING, **LIVING)), "QU-02") == []
    alert = the_alert(told(result(verdict=OUT, **LIVING)), "QU-02")
    assert alert.detail == "viability out of specification, wanted as the laboratory states"


def test_more_living_cells_than_the_specification_allows_are_not_too_few() -> None:
    many = result(value=101.0, low=80.0, high=100.0, verdict=OUT, **LIVING)
    assert states(told(many), "QU-02") == []
    assert states(told(many), "QU-01") == ["open"]


@pytest.mark.parametrize(
    ("value", "found"), [(99.9, ["open"]), (100.0, ["open"]), (100.1, []), (None, ["open"])]
)
def test_unless_too_many_live_the_word_of_the_laboratory_says_that_too_few_do(value, found) -> None:
    bad = result(value=value, low=80.0, high=100.0, verdict=OUT, **LIVING)
    assert states(told(bad), "QU-02") == found


def test_another_test_or_a_sample_in_order_does_not_hide_too_few_living_cells() -> None:
    few = result("SAMPLE:S-2", value=61.5, low=80.0, verdict=OUT, **LIVING)
    for first in (
        result(test="IDENTITY", verdict=OUT, value_text="other"),
        result(value=95.0, low=80.0, verdict=PASS, **LIVING),
    ):
        assert the_alert(told(first, few), "QU-02").object == "SAMPLE:S-2"


def test_too_few_living_cells_are_described_and_need_a_retest() -> None:
    few = result(value=61.5, low=80.0, verdict=OUT, **LIVING)
    alert = the_alert(told(few), "QU-02")
    assert (alert.severity, alert.owner) == (Severity.S2, "quality-control")
    assert (alert.object, alert.anchor) == ("SAMPLE:S-1", "VIABILITY")
    assert alert.raised_at == at(5)
    assert alert.detail == "viability 61.5, wanted at least 80"
    assert alert.evidence == (few.event_id,)
    assert alert.missing == ("impact", "retest")


def test_few_living_cells_that_are_not_final_or_not_viability_are_not_raised() -> None:
    assert states(told(result(value=3.0, low=80.0, final=False, **LIVING)), "QU-02") == []
    assert states(told(result(value=3.0, low=80.0, test="IDENTITY", unit="%")), "QU-02") == []


def test_counting_again_ends_it_and_so_does_a_case_that_was_decided() -> None:
    few = result(value=61.5, low=80.0, verdict=OUT, **LIVING)
    more = amended(value=91.0, low=80.0, verdict=PASS, **LIVING)
    assert lived(told(few, more), "QU-02") == ["open", "resolved"]
    story = registered(), few, case(OosState.ACCEPTED)
    assert states(told(*story), "QU-02") == ["resolved"]
    assert states(told(registered(), few, case(OosState.CONFIRMED)), "QU-02") == ["open"]


def test_few_living_cells_that_were_a_typing_error_are_retracted() -> None:
    few = result(value=61.5, low=80.0, **LIVING)
    assert lived(told(few, corrected(few, value=91.5)), "QU-02") == ["open", "retracted"]


# QU-03


@pytest.mark.parametrize("test", ["STERILITY", "MYCOPLASMA", "ENDOTOXIN"])
@pytest.mark.parametrize("final", [True, False])
def test_what_must_not_be_in_the_product_is_of_the_gravest_even_while_preliminary(
    test, final
) -> None:
    growth = result(test=test, value_text="growth", verdict=OUT, final=final)
    alert = the_alert(told(growth), "QU-03")
    assert alert.severity is Severity.S1
    assert (alert.object, alert.anchor) == ("SAMPLE:S-1", test)
    assert alert.raised_at == at(5)
    assert alert.evidence == (growth.event_id,)
    assert alert.missing == ("identification", "treatment plan")
    assert alert.detail.endswith(", preliminary") is not final
    assert alert.detail.startswith(f"{test}: growth")


@pytest.mark.parametrize(("value", "found"), [(0.499, []), (0.5, []), (0.501, ["open"])])
def test_endotoxin_is_raised_above_its_limit_whatever_the_verdict(value, found) -> None:
    some = result(test="ENDOTOXIN", value=value, high=0.5, verdict=PASS)
    assert states(told(some), "QU-03") == found


def test_a_preliminary_value_without_a_verdict_is_not_yet_contamination() -> None:
    some = result(test="ENDOTOXIN", value=0.9, high=0.5, final=False)
    assert states(told(some), "QU-03") == []


@pytest.mark.parametrize("verdict", [PASS, PENDING, Verdict.UNKNOWN_TO_READER])
def test_no_growth_and_no_verdict_are_no_contamination(verdict) -> None:
    assert states(told(result(value_text="no growth", verdict=verdict, **STERILE)), "QU-03") == []


def test_another_test_out_of_specification_is_no_contamination() -> None:
    assert states(told(result(value_text="low", verdict=OUT, test="IDENTITY")), "QU-03") == []


def test_another_test_or_no_growth_or_a_decided_case_does_not_hide_a_contamination() -> None:
    growth = result("SAMPLE:S-2", verdict=OUT, **STERILE)
    for first in (
        [result(test="IDENTITY", verdict=OUT)],
        [result(verdict=PASS, **STERILE)],
        [registered(), result(verdict=OUT, **STERILE), case(OosState.CLOSED)],
    ):
        replay = told(*first, registered("B-2", "S-2"), growth)
        found = [a.object for a in alerts(replay) if a.code == "QU-03" and a.open]
        assert found == ["SAMPLE:S-2"]


def test_a_negative_amendment_or_a_decided_case_ends_a_contamination() -> None:
    growth = result(verdict=OUT, **STERILE)
    negative = amended(verdict=PASS, **STERILE)
    assert lived(told(growth, negative), "QU-03") == ["open", "resolved"]
    assert states(told(registered(), growth, case(OosState.CLOSED)), "QU-03") == ["resolved"]
    assert states(told(registered(), growth, case(OosState.CONFIRMED)), "QU-03") == ["open"]


def test_a_final_pass_ends_what_was_positive_while_preliminary() -> None:
    early = result(verdict=OUT, final=False, **STERILE)
    last = result(verdict=PASS, hour=30, **STERILE)
    assert lived(told(early, last), "QU-03") == ["open", "resolved"]


def test_a_contamination_that_was_withdrawn_is_retracted() -> None:
    growth = result(verdict=OUT, **STERILE)
    assert lived(told(growth, withdrawn(growth)), "QU-03") == ["open", "retracted"]


# QU-07


@pytest.mark.parametrize(
    ("step", "found"), [(-INSTANT, []), (0 * INSTANT, []), (INSTANT, ["open"])]
)
def test_a_result_replaced_after_the_certificate_is_raised(step, found) -> None:
    certificate = certified(hour=50 * HOUR)
    late = amended(value=90.0, verdict=PASS, hour=50 * HOUR + step, **LIVING)
    assert states(told(registered(), certificate, late), "QU-07") == found


def test_a_late_amendment_is_raised_whether_it_passes_or_not_and_names_both_facts() -> None:
    certificate = certified()
    for verdict in (PASS, OUT, PENDING):
        late = amended(value=90.0, verdict=verdict, hour=60, **LIVING)
        alert = the_alert(told(registered(), certificate, late), "QU-07")
        assert (alert.severity, alert.owner) == (Severity.S1, "quality-assurance")
        assert (alert.object, alert.anchor) == ("SAMPLE:S-1", str(late.event_id))
        assert alert.raised_at == at(60)
        assert set(alert.evidence) == {certificate.event_id, late.event_id}
        assert alert.missing == ("impact assessment",)
        assert alert.detail.startswith("VIABILITY amended to 90 %")


def test_a_first_report_after_the_certificate_is_no_amendment() -> None:
    late = result(value=90.0, verdict=PASS, hour=60, **LIVING)
    assert states(told(registered(), certified(), late), "QU-07") == []


def test_an_amendment_in_time_does_not_hide_a_late_one() -> None:
    certificate, again = certified(hour=50), certified(hour=55)
    early = amended(value=85.0, verdict=PASS, hour=40, **LIVING)
    late = amended(value=90.0, verdict=PASS, hour=60, **LIVING)
    alert = the_alert(told(registered(), certificate, again, early, late), "QU-07")
    assert alert.evidence == tuple(sorted((certificate.event_id, late.event_id)))


def test_an_amendment_without_any_certificate_is_ordinary() -> None:
    assert states(told(registered(), amended(value=90.0, **LIVING)), "QU-07") == []


@pytest.mark.parametrize("names", [("SAMPLE:S-1",), ("SAMPLE:S-1", "BATCH:B-1")])
def test_the_certificate_of_another_batch_does_not_rest_on_the_result(names) -> None:
    late = amended(*names, value=90.0, hour=60, **LIVING)
    assert states(told(registered(), certified("B-2"), late), "QU-07") == []


def test_who_names_no_batch_speaks_of_the_batch_of_the_course() -> None:
    late = amended(value=90.0, hour=60, **LIVING)
    assert states(told(certified(), late), "QU-07") == ["open"]
    assert states(told(registered(), certified(None), late), "QU-07") == ["open"]


def test_an_amendment_that_names_no_sample_is_raised_too() -> None:
    late = amended("BATCH:B-1", value=90.0, hour=60, **LIVING)
    assert the_alert(told(certified(), late), "QU-07").object == "sample"


def test_no_later_certificate_undoes_it_but_a_corrected_date_retracts_it() -> None:
    late = amended(value=90.0, hour=60, **LIVING)
    certificate = certified()
    again = said(BatchCertified, "CERTIFICATE:C-2", "BATCH:B-1", coi=COURSE, hour=70)
    assert the_alert(told(registered(), certificate, late, again), "QU-07").open
    redated = corrected(certificate, hour=61)
    assert lived(told(registered(), certificate, late, redated), "QU-07") == ["open", "retracted"]


def test_the_order_in_which_they_are_heard_of_changes_nothing() -> None:
    late = amended(value=90.0, hour=60, **LIVING)
    one = the_alert(told(registered(), certified(), late), "QU-07")
    other = the_alert(told(late, certified(), registered()), "QU-07")
    assert (one.alert_id, one.raised_at, one.open) == (other.alert_id, other.raised_at, other.open)
