"""Custodians against the register of qualified parties: CU-04."""

from __future__ import annotations

from itertools import permutations

import pytest

from schemas.alert import Severity
from schemas.profiles import versions
from schemas.quality import PartyQualified
from schemas.transport import CustodyAccepted, CustodyHandedOver
from tests.streams.detectors.limits import judged_by
from tests.words import (
    COURSE,
    HOUR,
    INSTANT,
    OTHER,
    When,
    alerts,
    at,
    heard,
    lived,
    ordered,
    said,
    sent,
    states,
    the_alert,
    withdrawn,
)

TAKEN = 50 * HOUR


def taken(party: str = "COURIER", hour: When = TAKEN, coi: str = COURSE) -> CustodyAccepted:
    return said(CustodyAccepted, "SHIPMENT:H-1", coi=coi, hour=hour, to_party=party)


def given(party: str = "COURIER", hour: When = 60) -> CustodyHandedOver:
    return said(
        CustodyHandedOver, "SHIPMENT:H-1", coi=COURSE, hour=hour, from_party=party, to_party="SITE"
    )


def qualified(start: When, end: When | None = None, party: str = "COURIER", **more):
    until = None if end is None else at(end)
    return said(
        PartyQualified, f"PARTY:{party}", hour=1, starts_at=at(start), ends_at=until, **more
    )


def suspended(hour: When, party: str = "COURIER") -> PartyQualified:
    return said(PartyQualified, f"PARTY:{party}", hour=hour, suspended=True)


def test_a_courier_whose_qualification_had_run_out_is_told_of() -> None:
    word = taken()
    alert = the_alert(heard(qualified(0, 40), word), "CU-04")
    assert (alert.object, alert.severity) == ("PARTY:COURIER", Severity.S2)
    assert (alert.raised_at, alert.owner) == (at(TAKEN), "supplier-quality")
    assert alert.evidence == (word.event_id,)
    assert alert.missing == ("proof of the qualification",)
    assert alert.detail.endswith("and was not qualified then")


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (TAKEN - INSTANT, None, []),
        (TAKEN, None, []),
        (TAKEN + INSTANT, None, ["open"]),
        (0, TAKEN - INSTANT, ["open"]),
        (0, TAKEN, ["open"]),
        (0, TAKEN + INSTANT, []),
    ],
)
def test_a_party_is_qualified_from_its_first_moment_until_before_its_last(
    start, end, found
) -> None:
    assert states(heard(qualified(start, end), taken()), "CU-04") == found


@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, ["open"]), (0 * HOUR, ["open"]), (INSTANT, [])]
)
def test_a_party_that_was_suspended_is_qualified_no_longer_from_then_on(more, found) -> None:
    assert states(heard(qualified(0), suspended(TAKEN + more), taken()), "CU-04") == found


def test_a_party_may_be_qualified_again() -> None:
    story = (qualified(0, 20), suspended(30), qualified(45, 90))
    assert states(heard(*story, taken()), "CU-04") == []
    assert states(heard(*story, taken(hour=35)), "CU-04") == ["open"]
    assert states(heard(*story, taken(hour=10)), "CU-04") == []
    assert states(heard(*story, taken(hour=95)), "CU-04") == ["open"]
    joined = (qualified(0, 50), qualified(50, 90))
    assert states(heard(*joined, taken()), "CU-04") == []
    shorter = (qualified(0, 90), qualified(40, 45))
    assert states(heard(*shorter, taken()), "CU-04") == ["open"]


def test_a_qualification_that_names_no_beginning_begins_when_it_is_said() -> None:
    word = said(PartyQualified, "PARTY:COURIER", hour=TAKEN)
    assert states(heard(word, taken()), "CU-04") == []
    later = said(PartyQualified, "PARTY:COURIER", hour=TAKEN + INSTANT)
    assert states(heard(later, taken()), "CU-04") == ["open"]


def test_who_hands_over_had_custody_and_who_only_gets_it_has_none_yet() -> None:
    assert states(heard(qualified(0, 40), given()), "CU-04") == ["open"]
    assert states(heard(qualified(0, 40, "SITE"), given()), "CU-04") == []
    assert states(heard(qualified(0, 40, "SITE"), taken("SITE")), "CU-04") == ["open"]


def test_one_custody_is_one_alert_with_all_its_words() -> None:
    words = (taken(), given())
    alert = the_alert(heard(qualified(0, 40), *words), "CU-04")
    assert alert.evidence == tuple(sorted(word.event_id for word in words))
    assert alert.raised_at == at(TAKEN)


def test_a_word_that_comes_late_takes_the_alert_back() -> None:
    assert lived(heard(taken(), qualified(0, 40), qualified(40, 90)), "CU-04") == [
        "open",
        "retracted",
    ]
    wrong = suspended(40)
    assert states(heard(qualified(0), wrong, taken(), withdrawn(wrong)), "CU-04") == ["retracted"]


def test_a_withdrawn_custody_is_none() -> None:
    word = taken()
    assert states(heard(qualified(0, 40), word, withdrawn(word)), "CU-04") == ["retracted"]


def test_every_course_of_the_party_is_told() -> None:
    replay = heard(qualified(0, 40), taken(), taken(coi=OTHER))
    assert {a.coi for a in alerts(replay) if a.code == "CU-04"} == {COURSE, OTHER}


def test_where_no_register_is_kept_its_silence_says_nothing() -> None:
    assert states(heard(*ordered(), taken()), "CU-04") == []
    assert states(heard(qualified(0, party="SITE"), *ordered(), taken()), "CU-04") == []


def test_where_every_custodian_must_be_registered_an_unknown_one_is_told_of() -> None:
    fresh = next(p for p in versions() if "AXICEL" in p.products)
    with judged_by(fresh.model_copy(update={"custodians_registered": True})):
        alert = the_alert(heard(*ordered(), taken()), "CU-04")
        assert alert.detail.endswith("and is not in the register")
        assert lived(heard(*ordered(), taken(), qualified(0)), "CU-04") == ["open", "retracted"]
        assert states(heard(*ordered(), qualified(0), taken()), "CU-04") == []
        assert states(heard(taken()), "CU-04") == []


def test_a_party_in_order_or_unknown_to_the_register_does_not_hide_the_next() -> None:
    expired, word = qualified(0, 40), taken()
    known = heard(expired, qualified(0, party="AGENT"), taken("AGENT", hour=45), word)
    assert the_alert(known, "CU-04").object == "PARTY:COURIER"
    # of the agent the register has heard nothing, and has not even been asked when its word comes
    unknown = heard(expired, word, taken("AGENT", hour=55))
    assert lived(unknown, "CU-04") == ["open"]


def test_the_register_is_the_same_in_every_order() -> None:
    story = [sent(e) for e in (qualified(0, 40), suspended(45), taken(), given(), qualified(55))]
    for order in permutations(story):
        alert = the_alert(heard(*order), "CU-04")
        assert (alert.open, alert.evidence) == (True, (taken().event_id,))
