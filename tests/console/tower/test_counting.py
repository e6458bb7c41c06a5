"""What Prometheus is told of a tower is what stands in it, at an address that it alone needs to reach."""

from __future__ import annotations

from urllib.request import urlopen

import pytest

from compose.ports import LOOPBACK, free_ports, is_free
from console.tower.counting import Counting, counted
from schemas import topics
from schemas.wire import encode_contract
from tests.console.tower.conftest import BEGUN, SITE, Browser, Place
from tests.console.tower.world import alert, journeys, of_site

NOW = journeys()[1]


def value(place: Place, name: str, **labels: str) -> float | None:
    return Counting(place.tower).registry.get_sample_value(name, labels)


def test_open_exceptions_are_counted_by_hazard_and_severity(place: Place, quality: Browser) -> None:
    name, of = "v2v_tower_open_alerts", {"hazard": "identity", "severity": "S1", "state": "open"}
    before = value(place, name, **of)
    rows = quality.get("/api/exceptions?hazard=identity&severity=S1").json()
    assert before is not None
    assert before == rows["total"] > 0
    stated = alert("ID-05", of_site(SITE)[0], NOW)
    place.hears("v2v.alerts.identity", str(stated.alert_id), encode_contract(stated))
    of["severity"] = stated.severity.value
    assert value(place, name, **of) == (before + 1 if of["severity"] == "S1" else 1)


def test_courses_and_messages_set_aside_are_counted(place: Place, quality: Browser) -> None:
    phases = {row["phase"] for row in quality.get("/api/courses").json()["rows"]}
    for phase in phases:
        total = quality.get(f"/api/courses?phase={phase}").json()["total"]
        assert value(place, "v2v_tower_courses", phase=phase) == total
    aside = quality.get("/api/quarantine?reason=wrong_owner").json()["total"]
    assert value(place, "v2v_tower_quarantine_entries", reason="wrong_owner") == aside == 1


def test_it_is_told_how_fresh_the_picture_is_and_whether_it_is_read(place: Place) -> None:
    assert value(place, "v2v_tower_last_message_timestamp_seconds") == BEGUN.timestamp()
    assert value(place, "v2v_tower_clock_timestamp_seconds") == pytest.approx(NOW.timestamp())
    assert value(place, "v2v_tower_reading") == 1
    place.tower.reading = lambda: ("no broker answers", 0.25)
    assert value(place, "v2v_tower_reading") == 0
    assert value(place, "v2v_tower_read_ratio") == 0.25
    place.hears(topics.RECORDS, "C", b"\xc3\x01 nothing")
    assert value(place, "v2v_tower_unreadable_messages") == 1


def test_it_is_told_at_an_address_of_its_own_and_names_no_course(place: Place) -> None:
    (port,) = free_ports(1)
    with counted(place.tower, f"{LOOPBACK}:{port}"):
        told = urlopen(f"http://{LOOPBACK}:{port}/metrics", timeout=10).read().decode()
    assert is_free(port)
    assert "v2v_tower_open_alerts{" in told
    with place.tower.snapshot() as database:
        courses = [row["coi"] for row in database.execute("SELECT coi FROM course")]
    assert courses
    assert not any(coi in told for coi in courses)
    assert place.visitor().get("/metrics").status_code == 404


def test_without_an_address_nobody_is_told(place: Place) -> None:
    with counted(place.tower, None):
        assert value(place, "v2v_tower_reading") == 1
