"""Donation numbers and bags that are not those of the collection: ID-06."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.collection import CollectionCompleted, LabelApplied
from schemas.manufacture import BatchStarted, MaterialDecided, MaterialDecision, MaterialReceived
from schemas.ordering import AliasLinked
from schemas.transport import PackagePacked, ShipmentKind
from tests.words import (
    COURSE,
    alerts,
    at,
    lived,
    named,
    said,
    states,
    the_alert,
    told,
    withdrawn,
)

SEC = "NL000001A999926000001"


def collected(*more: str, bags: int | None = 2, din: str = "D-1", hour: float = 2):
    return said(
        CollectionCompleted,
        f"DIN:{din}",
        *more,
        coi=COURSE,
        hour=hour,
        ended_at=at(hour),
        bags=bags,
    )


def labelled(*bags: str, din: str = "D-1", hour: float = 3):
    return [
        said(LabelApplied, f"DIN:{din}", f"CONTAINER:{bag}", coi=COURSE, hour=hour) for bag in bags
    ]


def received(*named_here: str, hour: float = 30):
    return said(MaterialReceived, *named_here, coi=COURSE, hour=hour)


def decided(hour: float = 34):
    return said(MaterialDecided, coi=COURSE, hour=hour, decision=MaterialDecision.ACCEPTED)


def packed(shipment: str, *bags: str, kind: ShipmentKind = ShipmentKind.STARTING_MATERIAL):
    named_bags = [f"CONTAINER:{bag}" for bag in bags]
    return said(PackagePacked, f"SHIPMENT:{shipment}", *named_bags, coi=COURSE, hour=4, kind=kind)


BAGS = ("CONTAINER:C-1", "CONTAINER:C-2")


def test_cells_under_another_donation_number_are_raised_at_the_first_event_that_names_it() -> None:
    first, right = collected(), received("DIN:D-1")
    wrong, later = received("DIN:D-2", hour=31), said(BatchStarted, "DIN:D-2", coi=COURSE, hour=40)
    alert = the_alert(told(later, first, right, wrong), "ID-06")
    assert alert.open
    assert (alert.severity, alert.owner) == (Severity.S1, "collection-site")
    assert (alert.object, alert.anchor) == ("DIN:D-2", "donation")
    assert alert.raised_at == at(31)
    assert alert.evidence == tuple(sorted(e.event_id for e in (first, wrong, later)))
    assert alert.missing == ("bag list at receipt", "collection record")
    assert alert.detail == "DIN D-2 beside D-1 of the collection"
    assert alert.decide_by == at(33)


def test_cells_under_the_donation_number_of_the_collection_are_quiet() -> None:
    assert states(told(collected(), received("DIN:D-1")), "ID-06") == []


def test_a_donation_number_is_strange_only_beside_one_that_the_collection_stated() -> None:
    nameless = said(CollectionCompleted, coi=COURSE, hour=2, ended_at=at(2))
    assert states(told(received("DIN:D-2")), "ID-06") == []
    assert states(told(nameless, received("DIN:D-2")), "ID-06") == []


def test_a_number_that_the_registry_links_to_the_course_is_quiet() -> None:
    link = said(AliasLinked, hour=3, alias=named("DIN:D-2"), target=named(f"COI:{COURSE}"))
    assert states(told(collected(), link, received("DIN:D-2")), "ID-06") == []


def test_the_second_day_of_a_collection_has_a_number_of_its_own() -> None:
    second = collected(din="D-2", hour=26)
    replay = told(collected(), received("DIN:D-2"), second)
    assert states(replay, "ID-06") == ["retracted"]


def test_a_wrong_number_that_its_source_withdraws_was_never_there() -> None:
    wrong = received("DIN:D-2")
    assert lived(told(collected(), wrong, withdrawn(wrong)), "ID-06") == ["open", "retracted"]


def test_a_european_code_may_gain_its_product_and_may_not_change_its_donation() -> None:
    whole = f"{SEC}E000000100020271231"
    assert states(told(collected(f"SEC:{SEC}"), received(f"SEC:{whole}")), "ID-06") == []
    other = SEC[:-1] + "2"
    alert = the_alert(told(collected(f"SEC:{SEC}"), received(f"SEC:{other}")), "ID-06")
    assert alert.object == f"SEC:{other}"


def test_a_collection_that_states_the_european_code_alone_is_held_to_it() -> None:
    stated = said(CollectionCompleted, f"SEC:{SEC}", coi=COURSE, hour=2, ended_at=at(2))
    other = SEC[:-1] + "2"
    assert the_alert(told(stated, received(f"SEC:{other}")), "ID-06").object == f"SEC:{other}"


def test_of_two_numbers_of_one_collection_the_first_names_its_missing_bag() -> None:
    both = collected("DIN:D-0")
    alert = the_alert(told(both, *labelled("C-1"), received("DIN:D-1")), "ID-06")
    assert alert.object == "DIN:D-0"


@pytest.mark.parametrize(("bags", "found"), [(1, ["open"]), (2, []), (3, ["open"]), (None, [])])
def test_as_many_bags_are_labelled_as_were_collected(bags, found) -> None:
    replay = told(collected(bags=bags), *labelled("C-1", "C-2"), received("DIN:D-1"))
    assert states(replay, "ID-06") == found


def test_a_bag_that_nobody_labelled_is_raised_when_the_material_is_received() -> None:
    first, (label,) = collected(), labelled("C-1")
    alert = the_alert(told(label, received("DIN:D-1"), first), "ID-06")
    assert (alert.object, alert.anchor) == ("DIN:D-1", str(first.event_id))
    assert alert.raised_at == at(30)
    assert alert.evidence == tuple(sorted((first.event_id, label.event_id)))
    assert alert.missing == ("bag list of the collection",)
    assert alert.detail == "2 bags collected, 1 labelled"


def test_bags_are_not_counted_before_the_material_is_received() -> None:
    assert states(told(collected(), *labelled("C-1")), "ID-06") == []
    later = collected(hour=31)
    assert states(told(later, *labelled("C-1"), received("DIN:D-1")), "ID-06") == []


def test_labels_that_nobody_reported_are_unknown_and_no_difference() -> None:
    assert states(told(collected(), received("DIN:D-1")), "ID-06") == []


def test_a_label_heard_of_late_takes_the_difference_back() -> None:
    one, two = labelled("C-1", "C-2")
    replay = told(collected(), one, received("DIN:D-1"), two)
    assert lived(replay, "ID-06") == ["open", "retracted"]


def test_the_labels_of_each_donation_are_counted_by_themselves() -> None:
    second = collected(din="D-2", hour=26, bags=1)
    labels = [*labelled("C-1", "C-2"), *labelled("C-3", din="D-2", hour=27)]
    assert states(told(collected(), second, *labels, received("DIN:D-1")), "ID-06") == []


def test_a_received_bag_that_was_never_labelled_is_raised() -> None:
    labels, seen = labelled("C-1", "C-2"), received(*BAGS, "CONTAINER:C-9")
    alert = the_alert(told(*labels, seen), "ID-06")
    assert (alert.object, alert.anchor) == ("CONTAINER:C-9", str(seen.event_id))
    assert alert.severity is Severity.S1
    assert alert.raised_at == at(30)
    assert alert.evidence == tuple(sorted((seen.event_id, *(e.event_id for e in labels))))
    assert alert.missing == ("bag list at receipt", "collection record")


def test_a_bag_still_missing_when_the_material_is_judged_is_raised() -> None:
    labels, seen, judged = labelled("C-1", "C-2"), received("CONTAINER:C-1"), decided()
    assert states(told(*labels, seen), "ID-06") == []
    alert = the_alert(told(*labels, seen, judged), "ID-06")
    assert (alert.object, alert.anchor) == ("CONTAINER:C-2", "not-received")
    assert alert.severity is Severity.S1
    assert alert.raised_at == at(34)
    assert alert.evidence == tuple(sorted((seen.event_id, judged.event_id)))
    assert alert.missing == ("bag list at receipt",)


def test_bags_that_are_received_one_by_one_are_all_received() -> None:
    seen = [received("CONTAINER:C-1"), received("CONTAINER:C-2", hour=30.1)]
    assert states(told(*labelled("C-1", "C-2"), *seen, decided()), "ID-06") == []


def test_a_bag_on_its_way_in_another_shipment_is_not_missing() -> None:
    seen = received("CONTAINER:C-1", "SHIPMENT:H-1")
    both = (*labelled("C-1", "C-2"), seen, decided(), packed("H-1", "C-1"))
    assert states(told(packed("H-2", "C-2"), *both), "ID-06") == []
    assert states(told(*both), "ID-06") == ["open"]
    assert states(told(packed("H-1", "C-2"), *both), "ID-06") == ["open"]
    product = packed("H-2", "C-2", kind=ShipmentKind.FINAL_PRODUCT)
    assert states(told(*both, product), "ID-06") == ["open"]


def test_a_judgement_of_earlier_material_says_nothing_of_a_later_receipt() -> None:
    seen = received("CONTAINER:C-1", hour=35)
    assert states(told(*labelled("C-1", "C-2"), seen, decided(34)), "ID-06") == []


def test_bags_that_only_one_side_lists_are_unknown_and_no_difference() -> None:
    assert states(told(received(*BAGS), decided()), "ID-06") == []
    assert states(told(*labelled("C-1", "C-2"), received("DIN:D-1"), decided()), "ID-06") == []


def test_what_agrees_does_not_hide_what_does_not() -> None:
    coded = collected(f"SEC:{SEC}", din="D-1")
    other = SEC[:-1] + "2"
    assert the_alert(told(coded, received(f"SEC:{other}")), "ID-06").object == f"SEC:{other}"
    unknown = collected(bags=None, din="D-0", hour=1)
    day_two = collected(din="D-3", hour=3)
    labels = [*labelled("C-0", din="D-0"), *labelled("C-3", din="D-3")]
    replay = told(unknown, day_two, *labels, received("DIN:D-1", "DIN:D-3"))
    assert "DIN:D-3" in the_detail(replay)


def the_detail(replay) -> list[str]:
    return [a.object for a in alerts(replay) if a.code == "ID-06" and a.open]


def test_material_judged_in_the_moment_of_its_receipt_is_counted() -> None:
    both = (*labelled("C-1", "C-2"), received("CONTAINER:C-1"), decided(30))
    assert states(told(*both), "ID-06") == ["open"]


def test_a_collection_in_the_moment_of_the_receipt_is_counted() -> None:
    taken = collected(hour=30)
    assert states(told(taken, *labelled("C-1"), received("DIN:D-1")), "ID-06") == ["open"]


def test_a_second_receipt_long_after_the_judgement_takes_nothing_back() -> None:
    again = received("CONTAINER:C-1", hour=40)
    both = (*labelled("C-1", "C-2"), received("CONTAINER:C-1"), decided(34), again)
    assert states(told(*both), "ID-06") == ["open"]
