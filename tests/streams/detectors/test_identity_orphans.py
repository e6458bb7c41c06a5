"""Events that lead to no course: ID-04."""

from __future__ import annotations

import pytest

from schemas.alert import Severity
from schemas.laboratory import ResultReported, SampleRegistered
from schemas.manufacture import BatchStarted
from schemas.ordering import CoiAssigned, OrderCreated
from schemas.transport import ConditionRead, PackagePacked, Reading, ShipmentKind
from tests.words import (
    COURSE,
    INSTANT,
    MINUTE,
    at,
    corrected,
    heard,
    lived,
    named,
    said,
    states,
    the_alert,
    tick,
    withdrawn,
)

GRACE = 120 * MINUTE


@pytest.mark.parametrize(
    ("now", "found"),
    [(GRACE - INSTANT, []), (GRACE, ["open"]), (GRACE + INSTANT, ["open"])],
    ids=["an instant before its grace is over", "when it is over", "an instant later"],
)
def test_an_event_waits_for_its_link_as_long_as_its_grace(now, found) -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY")
    assert states(heard(orphan, tick(2 * 60 * MINUTE + now)), "ID-04") == found


def test_an_orphan_names_the_identifier_and_the_link_that_is_missing() -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY")
    alert = the_alert(heard(orphan, tick(50)), "ID-04", None)
    assert (alert.severity, alert.owner) == (Severity.S2, "integration-support")
    assert (alert.object, alert.anchor) == ("SAMPLE:S-9", str(orphan.event_id))
    assert alert.raised_at == at(4)
    assert alert.evidence == (orphan.event_id,)
    assert alert.missing == ("the link of SAMPLE:S-9 from its system of record",)


def test_the_grace_counts_from_when_the_partner_had_recorded_it() -> None:
    late = said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY", recorded_at=at(30))
    assert states(heard(late, tick(31.9)), "ID-04") == []
    assert the_alert(heard(late, tick(32)), "ID-04", None).raised_at == at(32)


def test_the_link_ends_the_orphan_and_a_link_dated_before_takes_it_back() -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY")
    for hour, end in ((3, "retracted"), (40, "resolved")):
        link = said(SampleRegistered, "SAMPLE:S-9", coi=COURSE, hour=hour)
        assert lived(heard(orphan, tick(50), link), "ID-04") == ["open", end]


def test_readings_of_a_logger_that_nobody_packed_are_orphans_until_it_was_packed() -> None:
    read = said(
        ConditionRead, "LOGGER:L-1", hour=2, readings=(Reading(at=at(2), temperature=-190),)
    )
    replay = heard(read, tick(4))
    assert the_alert(replay, "ID-04", None).object == "LOGGER:L-1"
    packed = said(
        PackagePacked,
        "SHIPMENT:H-1",
        "LOGGER:L-1",
        coi=COURSE,
        hour=1,
        kind=ShipmentKind.FINAL_PRODUCT,
    )
    assert states(heard(read, tick(4), packed), "ID-04") == ["retracted"]


def test_an_event_that_names_its_course_is_no_orphan() -> None:
    assert states(heard(said(BatchStarted, "BATCH:B-7", coi=COURSE), tick(99)), "ID-04") == []


def test_an_order_whose_course_is_assigned_in_time_is_no_orphan() -> None:
    order = said(OrderCreated, "ORDER:O-1", product="AXICEL")
    link = said(CoiAssigned, "ORDER:O-1", coi=COURSE, issuer="maker", hour=0.5)
    assert states(heard(order, link, tick(99)), "ID-04") == []


def test_an_orphan_that_its_source_corrects_or_withdraws_waits_for_nobody() -> None:
    orphan = said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY")
    mended = corrected(orphan, identifiers=(named("SAMPLE:S-1"),))
    link = said(SampleRegistered, "SAMPLE:S-1", coi=COURSE, hour=1)
    assert lived(heard(orphan, link, tick(50), mended), "ID-04") == ["open", "retracted"]
    assert lived(heard(orphan, tick(50), withdrawn(orphan), tick(99)), "ID-04") == [
        "open",
        "retracted",
    ]
    assert states(heard(withdrawn(orphan), orphan, tick(99)), "ID-04") == []


def test_withdrawn_readings_of_an_unused_logger_wait_for_nobody() -> None:
    read = said(
        ConditionRead, "LOGGER:L-1", hour=2, readings=(Reading(at=at(2), temperature=-190),)
    )
    assert states(heard(read, withdrawn(read), tick(99)), "ID-04") == []
    assert states(heard(read, tick(50), withdrawn(read), tick(99)), "ID-04") == ["retracted"]
