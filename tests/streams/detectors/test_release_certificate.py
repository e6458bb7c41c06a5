"""Certificates that should not stand: RE-02, RE-03, RE-06, RE-08."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.alert import Severity
from schemas.envelope import EvidenceReference
from schemas.laboratory import CertificateOfAnalysisIssued
from schemas.manufacture import BatchRecordCompleted
from schemas.profiles import shipped
from schemas.quality import (
    BatchCertified,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
)
from schemas.treatment import ProductReceived
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
    withdrawn,
)

BATCH, OTHER_BATCH, NUMBER = "BATCH:B-1", "BATCH:B-2", "CERTIFICATE:RFI-1"


def certified(when: When = 50, *names: str, **more: Any) -> BatchCertified:
    return said(BatchCertified, *(names or (NUMBER, BATCH)), coi=COURSE, hour=when, **more)


# ------------------------------------------------------------------------------------------ RE-02


def opened(
    when: When, grave: DeviationClass = DeviationClass.CRITICAL, batch: str = BATCH
) -> DeviationOpened:
    return said(
        DeviationOpened, "DEVIATION:D-1", batch, coi=COURSE, hour=when, classification=grave
    )


def closed(when: When, number: str = "D-1") -> DeviationClosed:
    return said(DeviationClosed, f"DEVIATION:{number}", coi=COURSE, hour=when)


def placed(when: When, batch: str = BATCH) -> HoldPlaced:
    return said(HoldPlaced, "HOLD:H-1", batch, coi=COURSE, hour=when)


def lifted(when: When, number: str = "H-1") -> HoldLifted:
    return said(HoldLifted, f"HOLD:{number}", coi=COURSE, hour=when)


KINDS = pytest.mark.parametrize(
    ("begin", "end", "name"), [(opened, closed, "deviation D-1"), (placed, lifted, "hold H-1")]
)


@KINDS
@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, ["open"]), (0 * HOUR, ["open"]), (INSTANT, [])]
)
def test_what_opened_at_or_before_the_certificate_speaks_against_it(
    begin, end, name, more, found
) -> None:
    story = begin(50 * HOUR + more), certified()
    assert states(heard(*story), "RE-02") == found
    assert states(heard(*story[::-1]), "RE-02") == found


@KINDS
@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, "retracted"), (0 * HOUR, "retracted"), (INSTANT, "open")]
)
def test_only_what_ended_at_or_before_the_certificate_is_over(
    begin, end, name, more, found
) -> None:
    last = end(50 * HOUR + more)
    assert states(heard(begin(40), certified(), last), "RE-02") == [found]
    assert states(heard(begin(40), last, certified()), "RE-02") == (
        ["open"] if found == "open" else []
    )


@KINDS
def test_a_certificate_over_an_open_item_names_it(begin, end, name) -> None:
    first, certificate = begin(40), certified()
    alert = the_alert(heard(first, certificate), "RE-02")
    assert (alert.severity, alert.owner) == (Severity.S1, "qualified-person")
    assert (alert.object, alert.anchor) == (NUMBER, str(certificate.event_id))
    assert alert.raised_at == alert.harm_at == at(50)
    assert alert.evidence == tuple(sorted((first.event_id, certificate.event_id)))
    assert alert.missing == (f"end of {name} before the certificate",)
    assert name in alert.detail


@KINDS
def test_the_end_of_another_item_ends_nothing(begin, end, name) -> None:
    assert states(heard(begin(40), end(45, "X-9"), certified()), "RE-02") == ["open"]
    assert states(heard(end(39), begin(40), certified()), "RE-02") == ["open"]


@pytest.mark.parametrize("grave", [DeviationClass.MINOR, DeviationClass.MAJOR])
def test_a_deviation_that_is_not_critical_may_be_open(grave) -> None:
    assert states(heard(opened(40, grave), certified()), "RE-02") == []


@pytest.mark.parametrize("begin", [opened, placed])
def test_what_concerns_another_batch_does_not_speak_against_this_one(begin) -> None:
    assert states(heard(begin(40, batch=OTHER_BATCH), certified()), "RE-02") == []


def test_a_certificate_for_shipment_under_quarantine_allows_no_use() -> None:
    assert states(heard(placed(40), certified(quarantine_shipment=True)), "RE-02") == []
    assert states(heard(placed(40), certified(), certified(51)), "RE-02") == ["open", "open"]


def test_a_withdrawn_certificate_is_none() -> None:
    paper = certified()
    assert lived(heard(placed(40), paper, withdrawn(paper)), "RE-02") == ["open", "retracted"]


def test_a_certificate_without_a_number_is_the_certificate() -> None:
    assert the_alert(heard(placed(40), certified(50, BATCH)), "RE-02").object == "certificate"


# ------------------------------------------------------------------------------------------ RE-03


@pytest.mark.parametrize("profile", shipped(), ids=lambda p: p.name)
def test_only_a_capacity_that_may_release_certifies(profile) -> None:
    course = list(ordered(product_of(profile)))
    for role in profile.release.signer_roles:
        assert states(heard(*course, certified(actor_role=role)), "RE-03") == []
    wrong = certified(actor_role="production-manager")
    alert = the_alert(heard(*course, wrong), "RE-03")
    assert (alert.severity, alert.owner) == (Severity.S1, "head-of-quality")
    assert (alert.object, alert.anchor) == (NUMBER, str(wrong.event_id))
    assert alert.raised_at == at(50)
    assert alert.evidence == (wrong.event_id,)
    assert "production-manager" in alert.detail


def test_a_capacity_that_nobody_states_or_asks_for_is_not_judged() -> None:
    assert states(heard(*ordered(), certified()), "RE-03") == []
    assert states(heard(certified(actor_role="production-manager")), "RE-03") == []
    strange = ordered("NOBODY")
    assert states(heard(*strange, certified(actor_role="production-manager")), "RE-03") == []


def test_a_corrected_capacity_takes_it_back() -> None:
    wrong = certified(actor_role="production-manager")
    story = [*ordered(), wrong, corrected(wrong, actor_role="qualified-person")]
    assert lived(heard(*story), "RE-03") == ["open", "retracted"]


# ------------------------------------------------------------------------------------------ RE-06

PLACE = "https://documents.example/B-1/analysis.pdf"


def paper(digit: str = "0", uri: str = PLACE) -> tuple[EvidenceReference, ...]:
    return (EvidenceReference(uri=uri, sha256=digit * 64),)


def analysed(when: When, digit: str = "0", uri: str = PLACE) -> CertificateOfAnalysisIssued:
    return said(
        CertificateOfAnalysisIssued, BATCH, coi=COURSE, hour=when, evidence=paper(digit, uri)
    )


def test_a_document_that_differs_from_the_certified_one_is_told_from_the_later_moment() -> None:
    certificate = certified(evidence=paper())
    for hour, raised in ((40, 50), (60, 60)):
        other = analysed(hour, "1")
        for story in ((certificate, other), (other, certificate)):
            alert = the_alert(heard(*story), "RE-06")
            assert alert.open
            assert (alert.severity, alert.owner) == (Severity.S1, "quality-information-technology")
            assert (alert.object, alert.anchor) == (PLACE, str(certificate.event_id))
            assert alert.raised_at == at(raised)
            assert alert.evidence == tuple(sorted((certificate.event_id, other.event_id)))


def test_the_same_document_and_another_place_are_quiet() -> None:
    certificate = certified(evidence=paper())
    assert states(heard(certificate, analysed(40), analysed(60)), "RE-06") == []
    assert states(heard(certificate, analysed(40, "1", f"{PLACE}2")), "RE-06") == []
    assert states(heard(certified(), analysed(40, "1")), "RE-06") == []
    assert states(heard(analysed(40, "1"), analysed(41, "2")), "RE-06") == []


def test_the_first_of_several_other_contents_is_named() -> None:
    certificate = certified(evidence=paper())
    story = certificate, analysed(40), analysed(70, "2"), analysed(60, "1")
    assert the_alert(heard(*story), "RE-06").raised_at == at(60)


def test_every_document_of_a_certificate_is_looked_at() -> None:
    other = f"{PLACE}2"
    certificate = certified(evidence=(*paper(), *paper("0", other)))
    record = said(BatchRecordCompleted, BATCH, coi=COURSE, hour=30, evidence=paper("3", other))
    assert the_alert(heard(certificate, analysed(40), record), "RE-06").object == other


def test_a_corrected_digest_takes_it_back() -> None:
    wrong = analysed(40, "1")
    replay = heard(certified(evidence=paper()), wrong, corrected(wrong, evidence=paper()))
    assert lived(replay, "RE-06") == ["open", "retracted"]


# ------------------------------------------------------------------------------------------ RE-08


def received(*names: str, **more: Any) -> ProductReceived:
    return said(ProductReceived, "SHIPMENT:H-1", *names, coi=COURSE, hour=80, **more)


def test_a_product_without_its_certificate_is_told_at_once() -> None:
    arrived = received(certificate_present=False)
    alert = the_alert(heard(certified(), arrived), "RE-08")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "pharmacy-quality")
    assert (alert.object, alert.anchor) == ("SHIPMENT:H-1", str(arrived.event_id))
    assert alert.raised_at == at(80)
    assert alert.evidence == (arrived.event_id,)


def test_a_certificate_that_is_there_or_that_nobody_looked_for_is_quiet() -> None:
    for present in (True, None):
        assert states(heard(certified(), received(certificate_present=present)), "RE-08") == []


def test_another_certificate_than_the_issued_one_is_a_mismatch() -> None:
    other = received("CERTIFICATE:RFI-9", certificate_present=True)
    alert = the_alert(heard(certified(), other), "RE-08")
    assert "RFI-9" in alert.detail
    assert "RFI-1" in alert.detail
    right = received(NUMBER, certificate_present=True)
    assert states(heard(certified(), right), "RE-08") == []


def test_a_certificate_whose_number_nobody_knows_yet_is_not_judged() -> None:
    other = received("CERTIFICATE:RFI-9", certificate_present=True)
    assert states(heard(other), "RE-08") == []
    assert states(heard(other, certified(50, BATCH)), "RE-08") == []
    assert states(heard(other, certified(50, "CERTIFICATE:RFI-9", BATCH)), "RE-08") == []
    assert states(heard(other, certified()), "RE-08") == ["open"]


def test_a_corrected_receipt_takes_it_back() -> None:
    wrong = received(certificate_present=False)
    replay = heard(wrong, corrected(wrong, certificate_present=True))
    assert lived(replay, "RE-08") == ["open", "retracted"]


def test_a_receipt_without_a_shipment_is_about_the_product() -> None:
    nameless = said(ProductReceived, coi=COURSE, hour=80, certificate_present=False)
    assert the_alert(heard(nameless), "RE-08").object == "product"
