"""True: after a live run every number on every page and in every list of the API is what `v2v replay` says of the same log."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Any
from urllib.request import urlopen

import pytest
from icalendar import Calendar
from prometheus_client.parser import text_string_to_metric_families

from console import outputs
from schemas.catalogue import EVENTS
from schemas.exceptions import EXCEPTIONS
from tests.console.tower.live_world import LiveTower, lived
from tests.console.tower.truth import (
    SIGNS,
    Row,
    Truth,
    act_by,
    at,
    left,
    micros,
    replayed,
    shown,
    spoken,
)
from tests.console.tower.walking import amount_of, links_of, rows_of, section, text_of

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(280)]
OF_THE_TOWER = {"open", "act_by", "seq"}
"""What the tower adds to an exception."""


def act(tower: LiveTower) -> None:
    """Somebody acknowledges the first exception and shelves the last that can be."""
    first, *_ = rows = tower.every("/exceptions")
    tower.acts(first, kind="acknowledge")
    grave = ("identity", "release")
    last = [row for row in rows[1:] if row["hazard"] not in grave][-1]
    told = tower.acts(last, kind="shelve", hours="4", reason="the courier was called")
    assert told["state"] == "shelved"


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveTower]:
    """A tower beside a network that was played live."""
    with lived(tmp_path_factory.mktemp("lived"), act) as found:
        yield found


@pytest.fixture(scope="module")
def truth(tower: LiveTower, tmp_path_factory: pytest.TempPathFactory) -> Truth:
    """What `v2v replay` makes of everything that came in."""
    return replayed(tower, tmp_path_factory.mktemp("replayed"))


def test_there_is_something_to_be_true_about(truth: Truth) -> None:
    assert len(truth.records) == 10
    assert len({record["phase"] for record in truth.records.values()}) >= 3
    assert len({alert["hazard"] for alert in truth.alerts.values()}) >= 3
    assert {"shelved", "acknowledged"} <= {alert["state"] for alert in truth.alerts.values()}
    assert len({entry["reason"] for entry in truth.quarantine.values()}) >= 2
    assert truth.waiting
    assert sum(map(len, truth.events.values())) > 300


# ------------------------------------------------------------------------------------ exceptions


def test_every_open_exception_is_told_as_the_replay_tells_it(
    tower: LiveTower, truth: Truth
) -> None:
    rows = tower.every("/exceptions?state=open")
    told = {
        row["alert_id"]: {k: v for k, v in row.items() if k not in OF_THE_TOWER | outputs.PATH_ONLY}
        for row in rows
    }
    assert told == truth.alerts
    assert all(row["act_by"] == round(act_by(row).timestamp() * 1e6) for row in rows)
    assert [row["act_by"] for row in rows] == sorted(row["act_by"] for row in rows)


@pytest.mark.parametrize("filtered", ["hazard", "severity", "owner", "code", "state"])
def test_every_filter_of_exceptions_counts_what_the_replay_counts(
    tower: LiveTower, truth: Truth, filtered: str
) -> None:
    counts = Counter(alert[filtered] for alert in truth.alerts.values())
    assert counts
    for word, count in counts.items():
        state = "" if filtered == "state" else "&state=open"
        if filtered == "state" and word == "open":
            continue  # `open` as a filter means all that are not over
        query = f"{filtered}={word}{state}"
        assert tower.api(f"/exceptions?{query}")["total"] == count
        told = amount_of(tower.page(f"/?{query}"))
        assert told.startswith(f"{count} exception{'' if count == 1 else 's'}."), (query, told)
        exported = tower.browser.get(f"/export/exceptions.json?{query}").json()["rows"]
        assert len(exported) == count


def test_the_page_of_exceptions_shows_each_with_what_is_left(
    tower: LiveTower, truth: Truth
) -> None:
    page = tower.page("/?state=open")
    expected = []
    for alert in sorted(truth.alerts.values(), key=lambda a: (act_by(a), a["alert_id"])):
        what = "harm" if alert.get("harm_at") else "decide"
        state = alert["state"].replace("_", " ")
        if alert["state"] == "shelved":
            state += f" until {shown(at(alert['shelved_until']))}"
        elif alert.get("acknowledged_by"):
            state += f" {alert['acknowledged_by']}"
        owner = (alert.get("escalated_to") or alert["owner"]).replace("_", " ").replace("-", " ")
        expected.append([
            "", f"{left(act_by(alert), truth.now)} {what} {shown(act_by(alert))}",
            SIGNS[alert["severity"]],
            " ".join(f"{alert['code']} {alert['title']} {alert['object']} · {alert['detail']}".split()),
            alert.get("coi", "no course"), owner, state,
        ])  # fmt: skip
    assert rows_of(page) == expected
    shelved = sum(alert["state"] == "shelved" for alert in truth.alerts.values())
    first = tower.page("/")
    assert len(rows_of(first)) == len(expected) - shelved
    assert f"{shelved} on the shelf" in text_of(first)
    assert shown(truth.now) in text_of(page.partition("<footer>")[2])


def test_the_page_of_each_exception_shows_its_times_and_what_was_done(
    tower: LiveTower, truth: Truth
) -> None:
    for alert_id, alert in truth.alerts.items():
        page = tower.page(f"/exceptions/{alert_id}")
        assert text_of(section(page, "urgent")).count("UTC") >= 3
        for name in ("harm_at", "acknowledge_by", "decide_by", "raised_at"):
            if alert.get(name):
                moment = at(alert[name])
                assert shown(moment) in text_of(page)
                if name != "raised_at":
                    assert left(moment, truth.now) in text_of(page)
        done = tower.api(f"/exceptions/{alert_id}")["actions"]
        assert section(page, "done").count("<li>") == len(done)
        kinds = {"acknowledged": ["acknowledge"], "shelved": ["shelve"]}
        assert [deed["kind"] for deed in done] == kinds.get(alert["state"], [])
        evidence = set(alert.get("evidence", []))
        assert {one for one in evidence if one in page} == evidence


def test_deadlines_and_files_hold_what_the_replay_says(tower: LiveTower, truth: Truth) -> None:
    calendar = Calendar.from_ical(tower.page("/export/deadlines.ics"))
    entries: list[Any] = list(calendar.walk("VEVENT"))
    told = {str(entry["UID"]).partition("@")[0]: entry["DTSTART"].dt for entry in entries}
    quiet = {key for key, alert in truth.alerts.items() if alert["state"] == "shelved"}
    assert told == {
        key: act_by(alert).replace(microsecond=0)
        for key, alert in truth.alerts.items()
        if key not in quiet
    }
    rows = list(csv.DictReader(io.StringIO(tower.page("/export/courses.csv"))))
    assert {row["coi"]: int(row["open_alerts"]) for row in rows} == {
        coi: len(truth.alerts_of(coi)) for coi in truth.records
    }
    aside = list(csv.DictReader(io.StringIO(tower.page("/export/quarantine.csv"))))
    assert {row["quarantine_id"] for row in aside} == truth.quarantine.keys()


# --------------------------------------------------------------------------------------- courses


def sites_of(truth: Truth, coi: str) -> list[str]:
    withheld = {held["event_id"] for held in truth.records[coi].get("withheld", [])}
    events = truth.events[coi].values()
    return sorted({e["site"] for e in events if e.get("site") and e["event_id"] not in withheld})


def test_every_course_is_told_as_the_replay_tells_it(tower: LiveTower, truth: Truth) -> None:
    rows = tower.every("/courses", 3)
    assert [row["coi"] for row in rows] == sorted(truth.records)
    cells = rows_of(tower.page("/courses"))
    for row, shown_row in zip(rows, cells, strict=True):
        record, alerts = truth.records[row["coi"]], truth.alerts_of(row["coi"])
        forecast = record.get("forecast") or {}
        harm, infusion = forecast.get("harm_at"), forecast.get("infusion_p50_at")
        gravest = min((alert["severity"] for alert in alerts), default=None)
        sites = sites_of(truth, row["coi"])
        assert row == {
            "coi": record["coi"], "product": record.get("product"), "phase": record["phase"],
            "harm_at": micros(harm), "infusion_at": micros(infusion),
            "open_alerts": len(alerts), "gravest": gravest, "sites": sites,
        }  # fmt: skip
        assert shown_row == [
            record["coi"], record.get("product") or "unknown", record["phase"].replace("_", " "),
            ", ".join(sites) or "not known",
            f"{len(alerts)} · {SIGNS[gravest]}" if gravest else "none",
            f"{left(at(harm), truth.now)} {shown(at(harm))}" if harm else "no limit runs",
            shown(at(infusion)) if infusion else "not stated",
        ]  # fmt: skip
        assert tower.api(f"/courses/{row['coi']}") == record
    for phase, count in Counter(record["phase"] for record in truth.records.values()).items():
        assert tower.api(f"/courses?phase={phase}")["total"] == count
    troubled = sum(bool(truth.alerts_of(coi)) for coi in truth.records)
    assert tower.api("/courses?trouble=yes")["total"] == troubled > 0


def test_the_page_of_every_course_holds_its_events_its_gates_and_its_exceptions(
    tower: LiveTower, truth: Truth
) -> None:
    for coi, record in truth.records.items():
        page = tower.page(f"/courses/{coi}")
        told = {event["event_id"]: event for event in tower.every_event(coi)}
        assert {
            key: {k: v for k, v in event.items() if k != "withheld"} for key, event in told.items()
        } == truth.events[coi]
        withheld = {held["event_id"] for held in record.get("withheld", [])}
        assert {key for key, event in told.items() if event["withheld"]} == withheld
        happened = sorted(
            truth.events[coi].values(), key=lambda e: (micros(e["occurred_at"]), e["event_id"])
        )
        rows = rows_of(section(page, "events"))
        assert [row[0][:23] for row in rows] == [shown(at(e["occurred_at"])) for e in happened]
        gates = rows_of(section(page, "gates"))
        assert [gate[1][2:] for gate in gates] == [
            gate["answer"].replace("_", " ") for gate in record["gates"]
        ]
        listed = section(page, "alerts")
        alerts = truth.alerts_of(coi)
        assert {alert["alert_id"] for alert in alerts} <= set(links_of(listed, "/exceptions/"))
        assert all(left(act_by(alert), truth.now) in text_of(listed) for alert in alerts)
        assert len(rows_of(section(page, "identity"))) == max(1, len(record["identifiers"]))
        steps = (record.get("forecast") or {}).get("steps", [])
        planned = rows_of(section(page, "timeline"))
        assert [row[2] for row in planned] == [
            shown(at(step["planned_at"])) if step.get("planned_at") else "not stated"
            for step in steps
        ]
        assert [row[3] for row in planned] == [
            shown(at(step["happened_at"])) if step.get("happened_at") else "not yet"
            for step in steps
        ]


# ------------------------------------------------------------- shipments, partners, what is set aside


def test_shipments_on_their_way_are_those_that_the_events_tell_of(
    tower: LiveTower, truth: Truth
) -> None:
    begun = {"PackagePacked", "CustodyHandedOver", "CustodyAccepted"}
    ended = {"ProductReceived", "MaterialReceived"}
    expected: dict[tuple[str, str], str | None] = {}
    for coi, record in truth.records.items():
        withheld = {held["event_id"] for held in record.get("withheld", [])}
        told: dict[str, list[Row]] = {}
        for event in truth.events[coi].values():
            for identifier in event.get("identifiers", []):
                if identifier["scheme"] == "SHIPMENT" and event["event_id"] not in withheld:
                    told.setdefault(identifier["value"], []).append(event)
        for name, events in told.items():
            kinds = {event["type_name"].rpartition(".")[2]: event for event in
                     sorted(events, key=lambda e: (micros(e["occurred_at"]), e["event_id"]))}  # fmt: skip
            arrived = bool(kinds.keys() & ended) or (
                "ShipmentDelivered" in kinds and not kinds["ShipmentDelivered"].get("refused")
            )
            if record["phase"] in ("infused", "ended") or arrived or not kinds.keys() & begun:
                continue
            hold = kinds.get("ShipmentBooked", {}).get("shipper_hold")
            packed = kinds.get("PackagePacked")
            until = (
                None
                if hold is None or packed is None
                else at(packed["occurred_at"]) + timedelta(hours=hold)
            )
            expected[coi, name] = None if until is None else until.isoformat()
    rows = tower.api("/shipments")["rows"]
    assert {(row["coi"], row["shipment"]): row["hold_until"] for row in rows} == expected
    assert expected
    page = tower.page("/shipments")
    assert amount_of(page).startswith(f"{len(expected)} shipment")
    for row, cells in zip(rows, rows_of(page), strict=True):
        until = row["hold_until"]
        told_left = f"{left(at(until), truth.now)} {shown(at(until))}" if until else "not known"
        assert (cells[0], cells[2]) == (told_left, row["coi"])


def test_every_partner_is_told_as_its_own_words_tell(tower: LiveTower, truth: Truth) -> None:
    rows = tower.api("/partners")["rows"]
    cells = rows_of(tower.page("/partners"))
    heard = {
        (e["system"], e["partner"]) for events in truth.events.values() for e in events.values()
    }
    assert heard <= {(row["system"], row["partner"]) for row in rows}
    for row, shown_row in zip(rows, cells, strict=True):
        name = (row["system"], row["partner"])
        events = truth.of(*name)
        times = [at(event["occurred_at"]) for event in events]
        assert row["events"] == len(events)
        assert row["last_at"] == (micros(events[-1]["occurred_at"]) if events else None)
        between = [(b - a).total_seconds() for a, b in pairwise(times[-200:])]
        usual = median(between) if len(between) >= 3 else None
        assert row["usual_seconds"] == pytest.approx(usual)
        assert row["waiting"] == sum(
            (w["system"], w["partner"]) == name for w in truth.waiting.values()
        )
        aside = Counter(
            entry["reason"] for entry in truth.quarantine.values()
            if (entry.get("system", ""), entry.get("partner", "")) == name
        )  # fmt: skip
        assert dict(row["set_aside"]) == aside
        about = {
            key for key, a in truth.alerts.items() if a["object"] == f"PARTNER:{'/'.join(name)}"
        }
        assert {alert["alert_id"] for alert in row["alerts"]} == about
        numbers = {event["sequence"] for event in events if event.get("sequence") is not None}
        missing = set(range(min(numbers), max(numbers) + 1)) - numbers if numbers else None
        assert row["numbers"]["count"] == len(numbers)
        assert row["numbers"]["missing"] == (None if missing is None else len(missing))
        beats = sorted(b.occurred_at for b in truth.beats
                       if (b.system.value, b.partner) == name and b.occurred_at <= truth.now)  # fmt: skip
        last = None if not row["heartbeat"] else at(row["heartbeat"]["at"])
        assert last == (beats[-1] if beats else None)
        if times:
            assert shown_row[2].startswith(
                f"{shown(times[-1])} {left(times[-1], truth.now)}; {len(events):,} ev"
            )
            assert f"usually every {spoken(usual)}" in shown_row[2] if usual is not None else True
        if beats:
            assert shown_row[3].startswith(shown(beats[-1]))
        assert shown_row[6] == " ".join(
            [", ".join(f"{why.replace('_', ' ')} {n}" for why, n in sorted(aside.items())) or "none",
             f"{row['waiting']} waiting"]
        )  # fmt: skip
    assert any(row["numbers"]["missing"] == 3 for row in rows)
    assert any(row["heartbeat"] for row in rows)


def test_everything_set_aside_is_told_byte_for_byte(tower: LiveTower, truth: Truth) -> None:
    rows = tower.every("/quarantine", 2)
    assert {row["quarantine_id"]: row for row in rows} == truth.quarantine
    page = tower.page("/quarantine")
    assert amount_of(page).startswith(f"{len(rows)} message")
    assert len(rows_of(page)) == len(rows)
    for reason, count in Counter(e["reason"] for e in truth.quarantine.values()).items():
        assert tower.api(f"/quarantine?reason={reason}")["total"] == count
        assert amount_of(tower.page(f"/quarantine?reason={reason}")).startswith(f"{count} message")
    for quarantine_id, entry in truth.quarantine.items():
        assert tower.api(f"/quarantine/{quarantine_id}") == entry
        assert entry["detail"] in text_of(tower.page(f"/quarantine/{quarantine_id}")).replace(
            "&#39;", "'"
        )


# ---------------------------------------------------------------------------- catalogue and counts


def test_the_catalogue_holds_every_exception_and_every_event(tower: LiveTower) -> None:
    page = tower.page("/catalogue")
    assert len(rows_of(page)) == len(EXCEPTIONS) == len(tower.api("/catalogue/exceptions")["rows"])
    assert page.count("<dt id=") == len(EVENTS) == len(tower.api("/catalogue/events")["rows"])


def test_prometheus_is_told_the_same_numbers(tower: LiveTower, truth: Truth) -> None:
    text = urlopen(tower.metrics, timeout=10).read().decode()
    told = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    counts = Counter((a["hazard"], a["severity"], a["state"]) for a in truth.alerts.values())
    for labels, count in counts.items():
        assert told["v2v_tower_open_alerts", *sorted(labels)] == count
    assert sum(v for k, v in told.items() if k[0] == "v2v_tower_open_alerts") == len(truth.alerts)
    for reason, count in Counter(e["reason"] for e in truth.quarantine.values()).items():
        assert told["v2v_tower_quarantine_entries", reason] == count
    assert sum(v for k, v in told.items() if k[0] == "v2v_tower_courses") == len(truth.records)
    assert told["v2v_tower_failures_total",] == 0
