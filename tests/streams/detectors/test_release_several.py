"""Several certificates, documents and supplies at once: one in order does not hide one that is not."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.envelope import Event, EvidenceReference
from schemas.laboratory import ResultReported, Verdict
from schemas.manufacture import BatchRecordCompleted
from schemas.quality import (
    BatchCertified,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
    OosState,
)
from schemas.record import Gate
from schemas.transport import CustodyHandedOver, ShipmentBooked, ShipmentKind
from schemas.treatment import ProductReceived
from tests.streams.detectors.outside import case, home, infused, missed, path
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    When,
    alerts,
    at,
    heard,
    named,
    ordered,
    records,
    said,
    states,
    the_alert,
    tick,
)

BATCH, OTHER_BATCH = "BATCH:B-1", "BATCH:B-2"
FIRST, SECOND = "CERTIFICATE:RFI-1", "CERTIFICATE:RFI-2"
PLACE = "https://documents.example/B-1/analysis.pdf"


def certified(when: When, *names: str, **more: Any) -> BatchCertified:
    return said(BatchCertified, *(names or (FIRST, BATCH)), coi=COURSE, hour=when, **more)


def opened(when: When, number: str, grave: DeviationClass = DeviationClass.CRITICAL) -> Event:
    name = f"DEVIATION:{number}"
    return said(DeviationOpened, name, BATCH, coi=COURSE, hour=when, classification=grave)


def placed(when: When, *names: str) -> HoldPlaced:
    return said(HoldPlaced, *(names or ("HOLD:H-1", BATCH)), coi=COURSE, hour=when)


def objects(replay, code: str) -> list[str]:
    """What the open alerts of a code are about."""
    return [a.object for a in alerts(replay) if a.code == code and a.open]


# ------------------------------------------------------------------------------------------ RE-02


def test_a_clean_certificate_or_one_under_quarantine_does_not_hide_the_next() -> None:
    clean, bad = certified(10), certified(50, SECOND, BATCH)
    assert objects(heard(clean, placed(40), bad), "RE-02") == [SECOND]
    held = certified(45, quarantine_shipment=True)
    assert objects(heard(held, placed(40), bad), "RE-02") == [SECOND]


def test_what_may_be_open_does_not_hide_what_may_not() -> None:
    minor, other = opened(30, "D-1", DeviationClass.MINOR), placed(31, "HOLD:H-9", OTHER_BATCH)
    for first in (minor, other):
        replay = heard(first, opened(40, "D-2"), placed(41), certified(50))
        assert the_alert(replay, "RE-02").missing == (
            "end of deviation D-2 before the certificate",
            "end of hold H-1 before the certificate",
        )


@pytest.mark.parametrize(
    ("hold", "paper", "found"),
    [
        (("HOLD:H-1",), (FIRST,), ["open"]),
        (("HOLD:H-1",), (FIRST, BATCH), ["open"]),
        (("HOLD:H-1", BATCH), (FIRST,), ["open"]),
        (("HOLD:H-1", BATCH), (FIRST, BATCH), ["open"]),
        (("HOLD:H-1", OTHER_BATCH), (FIRST, BATCH), []),
    ],
)
def test_who_names_no_batch_may_speak_of_any(hold: Any, paper: Any, found: list[str]) -> None:
    assert states(heard(placed(40, *hold), certified(50, *paper)), "RE-02") == found


def test_an_end_at_the_moment_it_began_ends_it() -> None:
    over = said(DeviationClosed, "DEVIATION:D-1", coi=COURSE, hour=40)
    assert states(heard(opened(40, "D-1"), over, certified(50)), "RE-02") == []
    lifted = said(HoldLifted, "HOLD:H-1", coi=COURSE, hour=40)
    assert states(heard(placed(40), lifted, certified(50)), "RE-02") == []


# ---------------------------------------------------------------------------- RE-03, RE-06, RE-08


def test_a_signer_who_may_does_not_hide_one_who_may_not_and_the_first_number_names_it() -> None:
    right = certified(40, actor_role="qualified-person")
    wrong = certified(50, SECOND, FIRST, BATCH, actor_role="production-manager")
    assert objects(heard(*ordered(), right, wrong), "RE-03") == [SECOND]


def paper(digest: str, uri: str = PLACE) -> tuple[EvidenceReference, ...]:
    return (EvidenceReference(uri=uri, sha256=digest),)


def test_a_changed_document_is_told_by_the_beginning_of_its_digest() -> None:
    digest = "0123456789abcdef" * 4
    record = said(BatchRecordCompleted, BATCH, coi=COURSE, hour=30, evidence=paper("f" * 64))
    certificates = certified(40), certified(50, SECOND, BATCH, evidence=paper(digest))
    alert = the_alert(heard(*certificates, record), "RE-06")
    assert "certified as sha256 0123456789ab, stated otherwise" in alert.detail


def received(when: When, *names: str, **more: Any) -> ProductReceived:
    return said(ProductReceived, *names, coi=COURSE, hour=when, **more)


def test_a_product_with_its_certificate_does_not_hide_one_without() -> None:
    good = received(80, "SHIPMENT:H-1", certificate_present=True)
    bad = received(90, "SHIPMENT:H-2", "SHIPMENT:H-3", certificate_present=False)
    assert objects(heard(certified(50), good, bad), "RE-08") == ["SHIPMENT:H-2"]


def test_the_first_of_several_strange_certificates_is_named() -> None:
    strange = received(80, "CERTIFICATE:X-1", "CERTIFICATE:X-2", certificate_present=True)
    assert the_alert(heard(certified(50), strange), "RE-08").detail.startswith("certificate X-1")


# ------------------------------------------------------------------------------------------ RE-01


def test_of_several_results_of_a_test_only_those_that_fail_speak_against_release() -> None:
    passed, failed = (
        said(
            ResultReported,
            f"SAMPLE:{sample}",
            coi=COURSE,
            hour=20,
            test="STERILITY",
            verdict=verdict,
        )
        for sample, verdict in (("S-1", Verdict.PASS), ("S-2", Verdict.OUT_OF_SPECIFICATION))
    )
    gates = records(heard(*ordered(), passed, failed))[COURSE].gates
    answer = next(gate for gate in gates if gate.gate is Gate.RELEASE_EVIDENCE)
    assert answer.evidence == (failed.event_id,)


# ------------------------------------------------------------------------------ RE-04, RE-05, RE-07


def leaving(when: When, shipment: str, *names: str) -> list[Event]:
    """Another shipment of the product leaves the maker."""
    name = f"SHIPMENT:{shipment}"
    kind = ShipmentKind.FINAL_PRODUCT
    left: dict[str, Any] = {"from_party": "MAKER", "to_party": "COURIER"}
    return [
        said(ShipmentBooked, name, *names, coi=COURSE, hour=5, kind=kind),
        said(CustodyHandedOver, name, coi=COURSE, hour=when, **left),
    ]


def test_a_supply_before_the_failure_was_known_does_not_hide_the_next() -> None:
    early = leaving(10, "H-0", BATCH)
    assert objects(heard(*early, missed(20), *home(50)), "RE-04") == ["SHIPMENT:H-1"]
    covered = heard(missed(20), *path(when=55), *home(50), *leaving(60, "H-9", BATCH))
    assert objects(covered, "RE-04") == ["SHIPMENT:H-1"]
    later = heard(missed(20), *path(when=30), *home(50), *leaving(60, "H-9", OTHER_BATCH))
    assert objects(later, "RE-04") == []


def test_the_record_of_another_batch_is_not_this_ones() -> None:
    others = [case(state, 30, OTHER_BATCH) for state in (OosState.PHYSICIAN_REQUESTED,)]
    alert = the_alert(heard(missed(20), *path(OosState.PHYSICIAN_REQUESTED), *home(50)), "RE-04")
    assert alert.missing == ("request of the physician",)
    other = said_in_another_case(others[0])
    replay = heard(missed(20), *path(OosState.PHYSICIAN_REQUESTED), other, *home(50))
    assert the_alert(replay, "RE-04").missing == ("request of the physician",)


def said_in_another_case(event: Event) -> Event:
    """The same word, under another number of a case."""
    identifiers = (named("OOS_CASE:O-2"), named(OTHER_BATCH))
    return event.model_copy(update={"identifiers": identifiers})


def test_a_case_about_another_batch_that_was_closed_ends_no_path() -> None:
    closed = said_in_another_case(case(OosState.CLOSED, 40, OTHER_BATCH))
    assert objects(heard(missed(20), closed, *home(50)), "RE-04") == ["SHIPMENT:H-1"]
    asked = said_in_another_case(case(OosState.PHYSICIAN_REQUESTED, 30, OTHER_BATCH))
    own = case(OosState.CLOSED, 40)
    assert objects(heard(missed(20), asked, own, *home(50)), "RE-04") == []


@pytest.mark.parametrize(("more", "found"), [(0 * HOUR, []), (INSTANT, ["SHIPMENT:H-1"])])
def test_a_case_that_was_closed_at_the_supply_ended_the_path(more: When, found: Any) -> None:
    assert isinstance(more, type(HOUR))
    closed = case(OosState.CLOSED, 50 * HOUR + more)
    assert objects(heard(missed(20), closed, *home(50)), "RE-04") == found


def test_a_contested_word_about_the_case_leaves_it_open_what_is_missing() -> None:
    word = case(OosState.ACCEPTED, 30)
    other = word.model_copy(update={"site": "ELSEWHERE"})
    facts = [missed(20), *path(OosState.ACCEPTED), word, other, *home(50)]
    replay = heard(*facts, tick(300))
    assert objects(replay, "RE-04") == []
    assert objects(replay, "RE-05") == []


def test_a_notice_counts_from_the_first_use_that_concerns_the_failure() -> None:
    early = leaving(10, "H-0", OTHER_BATCH)
    alert = the_alert(heard(*early, missed(20), *path(), *home(50), tick(300)), "RE-05")
    assert alert.harm_at == at(98)
    void = heard(missed(20), case(OosState.CLOSED, 40), *home(50), tick(300))
    assert objects(void, "RE-05") == []


def failed(when: When, batch: str, sample: str) -> Event:
    """Another sample of a batch is out of specification."""
    fields: dict[str, Any] = {"test": "STERILITY", "verdict": Verdict.OUT_OF_SPECIFICATION}
    return said(ResultReported, f"SAMPLE:{sample}", batch, coi=COURSE, hour=when, **fields)


def test_the_notice_counts_from_the_first_moment_in_which_a_failure_and_a_supply_meet() -> None:
    """Not from the first supply, which was in order then, and not from the first failure."""
    story = *home(50), failed(70, BATCH, "S-1"), failed(20, OTHER_BATCH, "S-2")
    early = heard(*story, infused(60, OTHER_BATCH), tick(300))
    assert the_alert(early, "RE-05").harm_at == at(108)
    late = heard(*story, infused(80, OTHER_BATCH), tick(300))
    assert the_alert(late, "RE-05").harm_at == at(118)


def test_a_supply_with_all_its_records_does_not_hide_that_of_another_batch_without() -> None:
    first = failed(20, BATCH, "S-1"), *path(when=30), *home(50)
    replay = heard(*first, failed(20, OTHER_BATCH, "S-2"), infused(90, OTHER_BATCH))
    assert objects(replay, "RE-04") == ["infusion"]


def test_of_several_late_notices_the_first_is_named() -> None:
    notices = case(OosState.AUTHORITY_NOTIFIED, 120), case(OosState.AUTHORITY_NOTIFIED, 110)
    alert = the_alert(heard(missed(20), *path(), *home(50), *notices, tick(300)), "RE-05")
    assert f"given late at {at(110).isoformat()}" in alert.detail
    assert alert.severity == "S1"
    assert alert.missing == ()


def test_a_late_notice_that_is_known_before_its_time_is_told_at_once() -> None:
    """Dated into the future by a slow clock: it is late whenever that is heard."""
    late = case(OosState.AUTHORITY_NOTIFIED, 120)
    alert = the_alert(heard(missed(20), *path(), *home(50), late, tick(60)), "RE-05")
    assert alert.severity == "S1"


def test_a_failure_before_the_supply_does_not_hide_one_after_it() -> None:
    early = missed(20)
    late = said(
        ResultReported,
        "SAMPLE:S-2",
        BATCH,
        coi=COURSE,
        hour=100,
        test="STERILITY",
        verdict=Verdict.OUT_OF_SPECIFICATION,
    )
    assert objects(heard(early, *path(), *home(50), infused(90), late), "RE-07") == ["SAMPLE:S-2"]


def test_a_result_that_passes_does_not_hide_one_that_fails() -> None:
    good = said(
        ResultReported, "SAMPLE:S-0", BATCH, coi=COURSE, hour=90, test="STERILITY", verdict="pass"
    )
    assert objects(heard(*home(50), good, missed(100)), "RE-07") == ["SAMPLE:S-1"]


@pytest.mark.parametrize("batch", [(), (BATCH,)])
def test_a_supply_or_a_failure_that_names_no_batch_may_be_of_any(batch: tuple[str, ...]) -> None:
    nameless = said(
        ResultReported,
        "SAMPLE:S-1",
        *batch,
        coi=COURSE,
        hour=20,
        test="VIABILITY",
        verdict=Verdict.OUT_OF_SPECIFICATION,
    )
    assert objects(heard(nameless, *leaving(50, "H-1")), "RE-04") == ["SHIPMENT:H-1"]
    assert objects(heard(nameless, *leaving(50, "H-1", BATCH)), "RE-04") == ["SHIPMENT:H-1"]
