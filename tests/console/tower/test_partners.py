"""How partners do is told as far as it is known: what nobody knows is told as not known, never as well."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from console.tower.access import Role
from console.tower.folding import HEARTBEATS_KEPT
from schemas import topics
from schemas.alert import AlertState
from schemas.envelope import System
from schemas.platform import PartnerHeartbeat
from schemas.profiles import platform_limits
from schemas.wire import encode_contract, to_message
from tests.console.tower.conftest import SITE, Browser, Place
from tests.console.tower.world import alert, journeys, of_site

NOW = journeys()[1]
SILENT = f"PARTNER:{System.MES.value}/maker-1"


def beat(at: datetime, partner: str = "maker-1", **more: Any) -> PartnerHeartbeat:
    return PartnerHeartbeat(
        event_id=uuid4(), occurred_at=at, system=System.MES, partner=partner,
        interface=System.MES, **more,
    )  # fmt: skip


def says(place: Place, said: PartnerHeartbeat, topic: str | None = None) -> None:
    message = to_message(said)
    where = topic or topics.inbound(said.system, said.partner)
    place.hears(where, str(said.event_id), message.value, *message.headers)


def row_of(browser: Browser, system: str = "mes", partner: str = "maker-1") -> dict[str, Any]:
    rows = browser.get("/api/partners").json()["rows"]
    return next(row for row in rows if (row["system"], row["partner"]) == (system, partner))


def test_without_heartbeats_nobody_knows_whether_a_partner_is_heard(quality: Browser) -> None:
    row = row_of(quality)
    assert row["events"] > 0
    assert (row["standing"], row["heartbeat"], row["clock"]) == ("unknown", None, None)
    page = quality.get("/partners").text
    assert "without heartbeats nobody knows when its word is due" in page
    assert "heard in time" not in page


def test_a_heartbeat_in_time_says_that_it_is_heard_and_how_often(
    place: Place, quality: Browser
) -> None:
    for minutes in (8, 6, 4, 2, 0):
        says(place, beat(NOW - timedelta(minutes=minutes), interval_seconds=60, backlog=7))
    row = row_of(quality)
    assert row["standing"] == "heard"
    told = row["heartbeat"]
    assert (told["expected_seconds"], told["expectation"], told["seen_seconds"]) == (
        60, "stated", 120.0,
    )  # fmt: skip
    assert told["backlog"] == 7
    page = quality.get("/partners").text
    assert "expected every 1 min 0 s, seen every 2 min 0 s" in page
    assert "7 messages behind" in page


def test_a_heartbeat_that_is_overdue_says_that_nothing_is_heard(
    place: Place, quality: Browser
) -> None:
    missed = platform_limits().heartbeats_missed
    # the journeys' own last words of this partner lie days back
    says(place, beat(NOW - timedelta(seconds=60 * missed), partner="maker-9", interval_seconds=60))
    assert row_of(quality, partner="maker-9")["standing"] == "silent"
    says(
        place,
        beat(NOW - timedelta(seconds=60 * missed - 1), partner="maker-9", interval_seconds=60),
    )
    row = row_of(quality, partner="maker-9")
    assert (row["standing"], row["events"], row["last_at"]) == ("heard", 0, None)


def test_where_it_does_not_say_how_often_the_limit_of_the_platform_is_assumed(
    place: Place, quality: Browser
) -> None:
    says(place, beat(NOW - timedelta(seconds=1)))
    told = row_of(quality)["heartbeat"]
    limit = platform_limits().heartbeat.minutes * 60
    assert (told["expected_seconds"], told["expectation"]) == (limit, "assumed")
    assert told["seen_seconds"] is None
    assert "(it does not say), seen too seldom to say" in quality.get("/partners").text


def test_an_open_silence_counts_even_on_the_shelf(place: Place, quality: Browser) -> None:
    says(place, beat(NOW, interval_seconds=60))
    stated = alert("IF-01", None, NOW, thing=SILENT)
    shelved = stated.model_copy(
        update={"state": AlertState.SHELVED, "shelved_until": NOW + timedelta(hours=1)}
    )
    place.hears("v2v.alerts.interface", str(stated.alert_id), encode_contract(shelved))
    row = row_of(quality)
    assert (row["standing"], [a["code"] for a in row["alerts"]]) == ("silent", ["IF-01"])
    assert "(on the shelf)" in quality.get("/partners").text


def test_a_word_that_is_dated_ahead_hides_no_silence(place: Place, quality: Browser) -> None:
    says(place, beat(NOW + timedelta(days=2), partner="maker-9", interval_seconds=60))
    row = row_of(quality, partner="maker-9")
    assert (row["standing"], row["heartbeat"]) == ("unknown", None)


@pytest.mark.parametrize(
    ("ahead", "off", "told"),
    [(0, False, "right"), (-59, False, "59 s behind"), (3600, True, "1 h 0 min ahead")],
)
def test_the_clock_is_told_as_it_was_last_stated(
    place: Place, quality: Browser, ahead: int, off: bool, told: str
) -> None:
    at = NOW - timedelta(minutes=5)
    says(place, beat(at, partner_clock=at + timedelta(seconds=ahead)))
    says(place, beat(NOW))  # says nothing of its clock
    clock = row_of(quality)["clock"]
    assert (clock["ahead_seconds"], clock["off"], clock["alert_id"]) == (ahead, off, None)
    assert told in quality.get("/partners").text


def test_numbers_that_are_in_no_course_are_told_and_what_was_given(
    place: Place, quality: Browser
) -> None:
    assert row_of(quality)["numbers"]["count"] == 0
    assert "does not number" in quality.get("/partners").text
    numbers = (3, 4, 6, 9, 10)
    with place.tower.snapshot() as database:
        rows = database.execute(
            "SELECT coi, event_id FROM event WHERE system = 'mes' AND partner = 'maker-1' LIMIT 5"
        ).fetchall()
    for (coi, event_id), number in zip(rows, numbers, strict=True):
        place.model._database.execute(
            "UPDATE event SET number = ? WHERE coi = ? AND event_id = ?", (number, coi, event_id)
        )
    says(place, beat(NOW, last_sequence=12))
    told = row_of(quality)["numbers"]
    assert (told["count"], told["last"], told["missing"]) == (5, 10, 3)
    assert told["holes"] == [[5, 5], [7, 8]]
    page = quality.get("/partners").text
    assert "3 in no course" in page
    assert "5, 7 to 8" in page
    assert "it says that it has given 12" in page


def test_a_partner_that_has_a_topic_and_never_spoke_is_told(place: Place, quality: Browser) -> None:
    place.model.know([("erp", "quiet-1")])
    row = row_of(quality, "erp", "quiet-1")
    assert (row["standing"], row["events"], row["last_at"]) == ("unknown", 0, None)
    place.model.know([])
    assert "quiet-1" not in quality.get("/partners").text


def test_only_what_the_door_would_let_in_counts(place: Place, quality: Browser) -> None:
    said = beat(NOW, partner="maker-9")
    says(place, said, topics.inbound("erp", "maker-9"))  # in another's place
    message = to_message(said)
    place.hears("v2v.in.mes.maker-9", "another key", message.value, *message.headers)
    place.hears("v2v.in.mes.maker-9", str(said.event_id), b"\xc3\x01 no event", *message.headers)
    place.hears("v2v.in.mes.maker-9", str(said.event_id), None)
    assert "maker-9" not in quality.get("/partners").text
    assert "could not be read" not in quality.get("/").text  # it stands in quarantine instead
    without = to_message(said)
    place.hears("v2v.in.mes.maker-9", str(said.event_id), without.value)  # no headers: it is read
    assert row_of(quality, partner="maker-9")["standing"] == "heard"


def test_the_last_heartbeats_are_kept_whatever_order_they_come_in(place: Place) -> None:
    said = [beat(NOW - timedelta(minutes=n)) for n in range(HEARTBEATS_KEPT + 5)]
    for one in (*said[::2], *said[::-1], *said[1::2]):
        says(place, one)
    with place.tower.snapshot() as database:
        kept = {row[0] for row in database.execute("SELECT event_id FROM heartbeat")}
    assert kept == {str(one.event_id) for one in said[:HEARTBEATS_KEPT]}


def test_whoever_sees_one_site_is_told_nothing_that_needs_all(place: Place) -> None:
    says(place, beat(NOW, partner="maker-9"))
    here = place.browser("here", Role.VIEWER, sites=frozenset({SITE}))
    rows = here.get("/api/partners").json()["rows"]
    assert rows
    assert all(row["partner"] != "maker-9" for row in rows)
    unknown = ("numbers", "waiting", "set_aside", "alerts")
    assert all(row[name] is None for row in rows for name in unknown)
    page = here.get("/partners").text
    assert page.count("not known to you") == len(unknown) * len(rows)


def test_a_partner_of_no_course_of_this_site_is_not_told(place: Place) -> None:
    nowhere = place.browser("nowhere", Role.VIEWER, sites=frozenset({"elsewhere"}))
    assert of_site(SITE)
    assert nowhere.get("/api/partners").json()["rows"] == []
    assert "No partner has said anything that you may see." in nowhere.get("/partners").text
