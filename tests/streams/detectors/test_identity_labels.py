"""Labels that nobody can find, and identifiers that break the rules of their standard: ID-07, ID-08."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted, LabelApplied
from schemas.manufacture import LabelsPrinted, LabelsReconciled, ProductFilled
from schemas.transport import PackagePacked
from schemas.treatment import ThawRecorded
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


def printed(number: int = 5, batch: str = "B-1", hour: float = 200):
    return said(LabelsPrinted, f"BATCH:{batch}", coi=COURSE, hour=hour, printed=number)


def counted(applied: int, destroyed: int = 0, returned: int = 0, hour: float = 208, batch="B-1"):
    return said(
        LabelsReconciled,
        f"BATCH:{batch}",
        coi=COURSE,
        hour=hour,
        applied=applied,
        destroyed=destroyed,
        returned=returned,
    )


# ------------------------------------------------------------------------------------------ ID-07


def test_a_label_that_nobody_can_find_is_raised_at_the_count() -> None:
    run, count = printed(), counted(3, 1)
    alert = the_alert(told(count, run), "ID-07")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "manufacturing-quality")
    assert (alert.object, alert.anchor) == ("BATCH:B-1", str(count.event_id))
    assert alert.raised_at == at(208)
    assert alert.evidence == tuple(sorted((run.event_id, count.event_id)))
    assert alert.missing == ("label log", "line clearance")
    assert alert.detail == "5 labels printed, 4 accounted for"


@pytest.mark.parametrize(
    ("count", "found"),
    [
        (counted(2, 1, 1), ["open"]),
        (counted(2, 2, 1), []),
        (counted(3, 2, 1), ["open"]),
        (counted(5), []),
    ],
    ids=["one too few", "all in three ways", "one too many", "all applied"],
)
def test_every_printed_label_is_applied_destroyed_or_returned(count, found) -> None:
    assert states(told(printed(), count), "ID-07") == found


def test_labels_that_are_not_counted_yet_or_never_printed_are_unknown() -> None:
    assert states(told(printed()), "ID-07") == []
    assert states(told(counted(3)), "ID-07") == []


def test_a_second_count_that_finds_the_label_ends_it() -> None:
    replay = told(printed(), counted(3), counted(3, 2, hour=220))
    assert lived(replay, "ID-07") == ["open", "resolved"]


def test_a_second_count_that_does_not_keeps_it_under_the_same_id() -> None:
    replay = told(printed(), counted(3), counted(4, hour=220))
    alert = the_alert(replay, "ID-07")
    assert alert.open
    assert alert.raised_at == at(208)
    assert alert.detail == "5 labels printed, 4 accounted for"


def test_a_label_lost_after_a_right_count_is_raised_anew() -> None:
    replay = told(printed(), counted(5), counted(4, hour=220))
    assert the_alert(replay, "ID-07").raised_at == at(220)


def test_a_count_that_was_mistyped_is_retracted() -> None:
    wrong = counted(3)
    assert states(told(printed(), wrong, corrected(wrong, destroyed=2)), "ID-07") == ["retracted"]


def test_labels_printed_again_are_counted_with_the_first_or_by_themselves() -> None:
    again = printed(2, hour=207)
    assert states(told(printed(), again, counted(5, 2)), "ID-07") == []
    assert states(told(printed(), again, counted(5)), "ID-07") == ["open"]
    by_run = (printed(), counted(5), printed(2, hour=209), counted(1, 1, hour=210))
    assert states(told(*by_run), "ID-07") == []


def test_each_batch_has_labels_of_its_own() -> None:
    both = (printed(), printed(2, "B-2"))
    assert states(told(*both, counted(5), counted(2, batch="B-2")), "ID-07") == []
    assert (
        the_alert(told(*both, counted(5), counted(1, batch="B-2")), "ID-07").object == "BATCH:B-2"
    )


# ------------------------------------------------------------------------------------------ ID-08


def packed(sscc: str):
    return said(PackagePacked, f"SSCC:{sscc}", coi=COURSE, hour=5)


def test_a_wrong_check_digit_is_raised_at_the_event_that_carries_it() -> None:
    seen = packed("306141411234567892")
    alert = the_alert(told(seen), "ID-08")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S2, "event-producer")
    assert (alert.object, alert.anchor) == ("SSCC:306141411234567892", "form")
    assert alert.raised_at == at(5)
    assert alert.evidence == (seen.event_id,)
    assert alert.missing == ("corrected identifier", "image of the label")
    assert alert.detail.startswith("SSCC: found the check digit 2 in SSCC")


def test_a_right_check_digit_is_quiet() -> None:
    assert states(told(packed("306141411234567891")), "ID-08") == []


@pytest.mark.parametrize(
    ("identifier", "found"),
    [
        ("SEC:NL000001A999926000001", []),
        ("SEC:NL000001A99992600000", ["open"]),
        ("DIN:A999926000001", []),
        ("DIN:D-1", []),  # a national number that claims no standard
        ("CONTAINER:(01)80614141123458(21)6789", []),
        ("CONTAINER:(01)80614141123459(21)6789", ["open"]),
        ("CONTAINER:C-1", []),
    ],
)
def test_an_identifier_is_judged_by_the_standard_that_it_follows(identifier, found) -> None:
    collected = said(CollectionCompleted, identifier, coi=COURSE, hour=2, ended_at=at(2))
    assert states(told(collected), "ID-08") == found


def test_a_donation_number_with_a_wrong_check_character_is_raised() -> None:
    right = {
        character
        for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
        if states(told(said(LabelApplied, f"DIN:A999926000001{character}", coi=COURSE)), "ID-08")
        == []
    }
    assert len(right) == 1


def test_a_malformed_number_on_the_final_container_is_graver() -> None:
    wrong = "CONTAINER:(01)80614141123459(21)6789"
    filled = said(ProductFilled, "BATCH:B-1", wrong, coi=COURSE, hour=200)
    thawed = said(ThawRecorded, wrong, coi=COURSE, hour=500, phase="started")
    alert = the_alert(told(thawed, filled), "ID-08")
    assert alert.severity is Severity.S1
    assert alert.raised_at == at(200)
    assert alert.evidence == tuple(sorted((filled.event_id, thawed.event_id)))
    label = said(LabelApplied, wrong, coi=COURSE, hour=3)
    assert the_alert(told(label), "ID-08").severity is Severity.S2


def test_a_corrected_identifier_takes_it_back() -> None:
    wrong = packed("306141411234567892")
    right = corrected(wrong, identifiers=packed("306141411234567891").identifiers)
    assert lived(told(wrong, right), "ID-08") == ["open", "retracted"]
    assert lived(told(wrong, withdrawn(wrong)), "ID-08") == ["open", "retracted"]


def test_every_malformed_number_is_raised_beside_those_that_are_right() -> None:
    wrong, right = packed("306141411234567892"), packed("306141411234567891")
    sec = said(CollectionCompleted, "SEC:NL0", "DIN:D-1", coi=COURSE, hour=2, ended_at=at(2))
    assert states(told(right, wrong, sec, packed("30614141123")), "ID-08") == ["open"] * 3


def test_labels_printed_at_the_moment_of_the_count_are_counted() -> None:
    assert states(told(printed(hour=208), counted(5)), "ID-07") == []
    assert states(told(printed(), printed(2, hour=208), counted(5)), "ID-07") == ["open"]


def test_another_thing_may_look_like_a_number_of_a_standard() -> None:
    label = said(LabelApplied, "LABEL:(01)80614141123459(21)6789", "DIN:D-1", coi=COURSE, hour=3)
    assert states(told(label), "ID-08") == []
    bag = said(LabelApplied, "CONTAINER:A9999260000019", "DIN:D-1", coi=COURSE, hour=3)
    assert states(told(bag), "ID-08") == []
    filled = said(ProductFilled, "BATCH:B-1", "SSCC:306141411234567892", coi=COURSE, hour=200)
    raised = [a for a in alerts(told(packed("306141411234567892"), filled)) if a.code == "ID-08"]
    assert [a.severity for a in raised] == [Severity.S2]
