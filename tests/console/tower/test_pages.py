"""What the pages say, to whom, and that what partners wrote is text in them."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from icalendar import Calendar
from pypdf import PdfReader

from console.tower.access import Role
from schemas import topics
from schemas.alert import HarmedCourse
from schemas.wire import encode_contract
from tests.console.tower.conftest import BEGUN, SITE, Browser, Place
from tests.console.tower.world import alert, journeys, of_site

NOW = journeys()[1]


def codes(page: str) -> list[str]:
    """The codes of the rows of a page, in order."""
    return re.findall(r'<a href="/exceptions/[^"]+">([A-Z]{2}-\d\d) ', page)


def test_exceptions_come_by_the_time_left_until_harm(quality: Browser) -> None:
    rows = quality.get("/api/exceptions").json()["rows"]
    times = [row.get("harm_at") or row["decide_by"] for row in rows]
    assert times == sorted(times)
    page = quality.get("/").text
    assert codes(page) == [row["code"] for row in rows]
    assert page.index("TC-01") < page.index("ID-01 ")  # one hour is left, then three
    assert "1 h 0 min" in page
    assert "3 h 0 min" in page


def test_what_partners_wrote_is_text_and_nothing_else(quality: Browser) -> None:
    for path in ("/", "/quarantine/00000000-0000-0000-0000-000000000001"):
        page = quality.get(path).text
        assert "<script>alert" not in page
        assert "<b>bytes" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; was scanned" in quality.get("/").text


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("code=ID-01", {"ID-01"}),
        ("hazard=condition&q=was scanned", {"TC-01"}),
        ("q=S-1", {"ID-04"}),
        ("state=closed", set()),
        ("assigned=me", set()),
    ],
)
def test_a_filter_stands_in_the_address(quality: Browser, asked: str, wanted: set[str]) -> None:
    rows = quality.get(f"/api/exceptions?{asked}").json()["rows"]
    assert {row["code"] for row in rows} == wanted
    assert set(codes(quality.get(f"/?{asked}").text)) == wanted


def test_a_text_of_signs_finds_only_itself(quality: Browser) -> None:
    assert quality.get("/api/exceptions?q=%25").json()["rows"] == []
    assert quality.get("/api/exceptions?q=_D-01").json()["rows"] == []


def test_a_filter_that_there_is_not_is_told(quality: Browser) -> None:
    answer = quality.get("/api/exceptions?colour=red")
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert "found the filter 'colour'" in answer.json()["detail"]
    page = quality.get("/?colour=red")
    assert page.status_code == 400
    assert "found the filter" in page.text
    for path in ("/api/courses?limit=0", "/api/exceptions?cursor=x", "/api/exceptions?cursor=WzFd"):
        assert quality.get(path).status_code == 400


def test_pages_follow_one_another_without_gap_or_repeat(quality: Browser) -> None:
    every = [row["alert_id"] for row in quality.get("/api/exceptions?state=all").json()["rows"]]
    found: list[str] = []
    path = "/api/exceptions?state=all&limit=2"
    while path:
        page = quality.get(path).json()
        assert page["total"] == len(every)
        found += [row["alert_id"] for row in page["rows"]]
        path = page["next"] and f"/api/exceptions?state=all&limit=2&cursor={page['next']}"
    assert found == every
    assert len(found) >= 4


def test_too_many_and_none_are_said_in_words(quality: Browser) -> None:
    assert "narrow the filter, or go on to the next page" in quality.get("/?limit=1").text
    assert "No exception fits this filter." in quality.get("/?code=XX-99").text
    assert "No course fits this filter." in quality.get("/courses?product=none").text


def test_a_course_tells_what_every_state_rests_on(quality: Browser) -> None:
    coi = of_site(SITE)[0]
    page = quality.get(f"/courses/{coi}").text
    events = set(re.findall(r'id="e-([0-9a-f-]{36})"', page))
    links = set(re.findall(r'href="#e-([0-9a-f-]{36})"', page))
    assert len(events) > 20
    assert links
    assert links <= events  # whatever something rests on is on the page
    for told in (
        "Timeline: planned against actual",
        "Custody: who held",
        "Linked by",
        "unknown never passes",
    ):
        assert told in page
    assert "by erp maker-1" in page
    because = re.search(r'<p class="because">(.*?)</p>', page, re.DOTALL)
    assert because is not None
    assert 'because of <a href="#e-' in because[1]  # how far it has come rests on events too


def test_an_event_that_does_not_count_says_so(place: Place, quality: Browser) -> None:
    coi = of_site(SITE)[0]
    with place.tower.snapshot() as database:
        (event_id,) = database.execute(
            "SELECT event_id FROM event WHERE coi = ? LIMIT 1", (coi,)
        ).fetchone()
    place.model._database.execute("INSERT INTO withheld VALUES (?, ?)", (coi, event_id))
    events = quality.get(f"/api/courses/{coi}/events").json()["rows"]
    assert [e["event_id"] for e in events if e["withheld"]] == [event_id]
    assert "does not count" in quality.get(f"/courses/{coi}").text


def test_the_exception_page_says_why_who_and_by_when(quality: Browser) -> None:
    row = quality.get("/api/exceptions?code=ID-01").json()["rows"][0]
    page = quality.get(f"/exceptions/{row['alert_id']}").text
    for told in (
        "receiving site quality",
        "scan log, label record",
        "only a person closes it",
        "ID-01/1",
    ):
        assert told in page


def test_a_state_and_a_field_that_this_tower_does_not_know_break_no_page(
    place: Place, quality: Browser
) -> None:
    place.model._database.execute(
        "UPDATE alert SET state = 'pondered', severity = 'S9', "
        "body = json_set(body, '$.state', 'pondered', '$.severity', 'S9', '$.mood', 'new')"
    )
    rows = quality.get("/api/exceptions").json()["rows"]
    assert {row["state"] for row in rows} == {"pondered"}
    assert "not known here" in quality.get("/").text
    assert quality.get(f"/exceptions/{rows[0]['alert_id']}").status_code == 200


def test_quarantine_shows_what_came_beside_what_was_expected(quality: Browser) -> None:
    page = quality.get("/quarantine/00000000-0000-0000-0000-000000000001").text
    assert "org.v2v.quality.BatchCertified" in page
    assert "quality.BatchCertified</a>" in page
    assert "Release as STAFF-QUALITY" in page
    other = quality.get("/quarantine/00000000-0000-0000-0000-000000000002").text
    assert "cannot be released as it is" in other


def test_shipments_under_way_tell_the_hold_time_that_is_left(place: Place) -> None:
    browser = place.browser("all", Role.VIEWER)
    assert browser.get("/api/shipments").json()["rows"] == []  # all have arrived by the end
    for table in ("event", "shipment"):
        place.model._database.execute(
            f"DELETE FROM {table} WHERE type_name IN ('transport.ShipmentDelivered', "
            "'treatment.ProductReceived', 'manufacture.MaterialReceived')"
        )
    place.model._database.execute("UPDATE course SET phase = 'available'")
    rows = browser.get("/api/shipments").json()["rows"]
    assert rows
    holds = [row["hold_until"] for row in rows if row["hold_until"]]
    assert holds == sorted(holds)
    assert rows[0]["shipment"] in browser.get("/shipments").text


def test_partners_tell_what_they_said_last_and_what_was_set_aside(quality: Browser) -> None:
    rows = {(r["system"], r["partner"]): r for r in quality.get("/api/partners").json()["rows"]}
    assert {"clinic", "erp", "lims", "logistics", "mes", "qms"} <= {system for system, _ in rows}
    assert ["wrong_owner", 1] in rows["lims", "lab-1"]["set_aside"]
    assert rows["mes", "maker-1"]["usual_seconds"] > 0
    assert "wrong owner 1" in quality.get("/partners").text


def test_a_silent_partner_tells_whom_it_harms(place: Place, quality: Browser) -> None:
    first, last = of_site(SITE)[0], of_site(SITE)[-1]
    stated = alert(
        "IF-01",
        None,
        NOW,
        thing="PARTNER:mes/maker-1",
        harmed=(
            HarmedCourse(
                coi=first, harm_at=NOW + timedelta(hours=2), awaits="manufacture.ProductFilled"
            ),
            HarmedCourse(
                coi=last, harm_at=NOW + timedelta(hours=5), awaits="manufacture.ProductFilled"
            ),
        ),
    )
    place.hears("v2v.alerts.interface", str(stated.alert_id), encode_contract(stated))
    page = quality.get(f"/exceptions/{stated.alert_id}").text
    assert page.index(f"/courses/{first}") < page.index(f"/courses/{last}")
    assert "awaits product filled" in page
    rows = {(r["system"], r["partner"]): r for r in quality.get("/api/partners").json()["rows"]}
    assert [a["code"] for a in rows["mes", "maker-1"]["alerts"]] == ["IF-01"]
    here = place.browser("here", Role.QUALITY, sites=frozenset({SITE}))
    assert here.get(f"/exceptions/{stated.alert_id}").status_code == 404


def test_whoever_may_not_see_quarantine_is_told_nothing_of_it(place: Place) -> None:
    viewer = place.browser("viewer", Role.VIEWER)
    assert all(not row["set_aside"] for row in viewer.get("/api/partners").json()["rows"])
    assert "/quarantine" not in viewer.get("/").text


def test_silence_is_said_on_every_page(place: Place, quality: Browser) -> None:
    assert "The stream is silent" not in quality.get("/").text
    place.passes(seconds=31)
    page = quality.get("/courses").text
    assert "The stream is silent since" in page
    assert f"{BEGUN:%Y-%m-%d %H:%M:%S} UTC" in page
    assert place.visitor().get("/health").status_code == 503
    place.hears(topics.TICKS, "0", None)
    assert "The stream is silent" not in quality.get("/").text


def test_a_message_that_could_not_be_read_is_shown(place: Place, quality: Browser) -> None:
    place.hears(topics.RECORDS, "C", b"\xc3\x01 nothing")
    assert "1 message of the log could not be read" in quality.get("/").text
    assert "unknown fingerprint" in quality.get("/partners").text


def test_reading_that_is_not_done_or_that_fails_is_said(place: Place, quality: Browser) -> None:
    place.tower.reading = lambda: (None, 0.25)
    assert "25 % of the partitions are read" in quality.get("/").text
    place.tower.reading = lambda: ("no broker answers", 0.25)
    assert "Nothing is read from the log:</strong> no broker answers" in quality.get("/").text


def test_times_are_told_in_ones_own_zone_with_utc_beside_them(place: Place) -> None:
    person = place.account("berlin", Role.VIEWER)
    place.tower.accounts.add(
        type(person)("berlin", "STAFF-B", person.roles, None, "Europe/Berlin"), None
    )
    browser = place.browser("utc", Role.VIEWER)
    client = place.visitor()
    client.post("/sign-in", data={"name": "berlin", "password": "correct horse battery"})
    told = re.search(r"<time [^>]*>[^<]* CES?T</time>", client.get("/").text)
    assert told is not None
    assert " UTC</time>" in browser.get("/").text


def test_an_answer_that_has_not_changed_is_not_sent_again(place: Place, quality: Browser) -> None:
    first = quality.get("/api/exceptions")
    again = quality.get("/api/exceptions", **{"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    stated = alert("ID-05", of_site(SITE)[0], NOW)
    place.hears("v2v.alerts.identity", str(stated.alert_id), encode_contract(stated))
    changed = quality.get("/api/exceptions", **{"If-None-Match": first.headers["etag"]})
    assert changed.status_code == 200


def test_the_api_describes_itself(quality: Browser) -> None:
    described = quality.get("/api/openapi.json").json()
    assert "/api/exceptions/{alert_id}/actions" in described["paths"]
    assert not any(path for path in described["paths"] if not path.startswith("/api"))
    assert "Alert" in described["components"]["schemas"]


def test_exports_hold_the_whole_filtered_list_in_utc(quality: Browser) -> None:
    every = quality.get("/api/exceptions?state=all").json()["rows"]
    answer = quality.get("/export/exceptions.csv?state=all")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["alert_id"] for row in rows] == [row["alert_id"] for row in every]
    assert all(row["raised_at"].endswith("Z") for row in rows)
    assert "attachment" in answer.headers["content-disposition"]
    assert quality.get("/export/exceptions.json?state=all").json()["rows"] == every
    courses = list(csv.DictReader(io.StringIO(quality.get("/export/courses.csv").text)))
    assert {row["coi"] for row in courses} == {
        row["coi"] for row in quality.get("/api/courses").json()["rows"]
    }
    assert quality.get("/export/exceptions.xml").status_code == 404
    assert quality.get("/export/quarantine.csv?state=odd").status_code == 400


def test_partners_and_shipments_are_files_too(place: Place, quality: Browser) -> None:
    for table in ("event", "shipment"):
        place.model._database.execute(
            f"DELETE FROM {table} WHERE type_name IN ('transport.ShipmentDelivered', "
            "'treatment.ProductReceived', 'manufacture.MaterialReceived')"
        )
    place.model._database.execute("UPDATE course SET phase = 'available'")
    for name, key in (("shipments", "shipment"), ("partners", "partner")):
        told = quality.get(f"/api/{name}").json()["rows"]
        assert told
        rows = list(csv.DictReader(io.StringIO(quality.get(f"/export/{name}.csv").text)))
        assert [row[key] for row in rows] == [row[key] for row in told]
        assert quality.get(f"/export/{name}.json").json()["rows"] == told
        assert f"/export/{name}.csv" in quality.get(f"/{name}").text
        assert quality.get(f"/export/{name}.xml").status_code == 404
    lab = next(row for row in rows if row["system"] == "lims")
    assert lab["last_at"].endswith("Z")
    assert lab["set_aside"] == "two_courses:1 unknown_type:1 wrong_owner:1"
    assert lab["heartbeat_at"] == lab["clock_ahead_seconds"] == ""  # not known


def test_no_cell_is_a_formula(place: Place, quality: Browser) -> None:
    place.model._database.execute("UPDATE alert SET body = json_set(body, '$.detail', '=1+1')")
    rows = csv.DictReader(io.StringIO(quality.get("/export/exceptions.csv").text))
    assert {row["detail"] for row in rows} == {"'=1+1"}


def test_deadlines_are_a_calendar_of_the_open_exceptions_that_one_sees(place: Place) -> None:
    here = place.browser("here", Role.VIEWER, sites=frozenset({SITE}))
    calendar = Calendar.from_ical(here.get("/export/deadlines.ics").text)
    entries: list[Any] = list(calendar.walk("VEVENT"))
    rows = here.get("/api/exceptions").json()["rows"]
    assert [str(e["UID"]).partition("@")[0] for e in entries] == [row["alert_id"] for row in rows]
    first = next(e for e in entries if str(e["SUMMARY"]).startswith("S1 ID-01 harm"))
    assert first["DTSTART"].dt == (NOW + timedelta(hours=3)).replace(microsecond=0)


def test_what_does_not_exist_is_told_to_people_and_to_programs(quality: Browser) -> None:
    page = quality.get("/nothing")
    assert (page.status_code, "Not found" in page.text) == (404, True)
    assert quality.get("/api/nothing").json()["status"] == 404
    assert quality.get("/static/../tower.py").status_code == 404
    assert quality.get("/static/%2e%2e%2ftower.py").status_code == 404


def test_the_record_is_printed_with_every_event_and_who_printed_it(place: Place) -> None:
    coi = of_site(SITE)[0]
    here = place.browser("here", Role.VIEWER, sites=frozenset({SITE}))
    answer = here.get(f"/export/courses/{coi}.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    text = "\n".join(pages)
    assert all(f"{coi} as of" in page and "STAFF-HERE" in page for page in pages)
    events = here.get(f"/api/courses/{coi}/events").json()["rows"]
    assert text.count("Z") > len(events)
    for told in (
        "Planned against actual",
        "Gates",
        "hospital-1",
        "ID-01",
        "<script>alert(1)</script>",
    ):
        assert told in text
    assert here.get("/export/courses/NONE.pdf").status_code == 404
    elsewhere = place.browser("there", Role.VIEWER, sites=frozenset({"elsewhere"}))
    assert elsewhere.get(f"/export/courses/{coi}.pdf").status_code == 404
