"""Incidents that an authority must hear of: DI-08 of security, DI-09 of privacy."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from schemas.alert import Alert, AlertState, Severity
from schemas.control import ActionKind
from schemas.envelope import Event
from schemas.profile import RegulatoryClock, Status
from schemas.profiles import platform_limits
from schemas.quality import IncidentDeclared, IncidentKind, IncidentReport, IncidentReported
from streams.identity import alarms
from streams.moments import moment
from streams.replay import Replay
from tests.words import (
    HOUR,
    INSTANT,
    START,
    When,
    alerts,
    at,
    did,
    heard,
    history,
    lived,
    records,
    said,
    sent,
    tick,
    withdrawn,
)

SECURITY, PRIVACY = IncidentKind.SECURITY, IncidentKind.PRIVACY
WARNING, NOTICE, FINAL = (
    IncidentReport.EARLY_WARNING,
    IncidentReport.NOTIFICATION,
    IncidentReport.FINAL_REPORT,
)
THING = "INCIDENT:I-1"
LIMITS = platform_limits()
FIRST, SECOND, BREACH = (
    clock.hours_at_most * HOUR
    for clock in (LIMITS.security_warning, LIMITS.security_notice, LIMITS.privacy_notice)
)
KNOWN = 10 * HOUR


def declared(kind: IncidentKind = SECURITY, hour: When = KNOWN, thing: str = THING):
    return said(IncidentDeclared, thing, hour=hour, kind=kind)


def reported(report: IncidentReport, hour: When, kind: IncidentKind = SECURITY) -> Event:
    return said(IncidentReported, THING, hour=hour, kind=kind, report=report)


def of(replay: Replay, code: str) -> dict[str, Alert]:
    """The alerts of one code by the report that each waits for."""
    return {a.anchor: a for a in alerts(replay) if a.code == code}


def open_ones(replay: Replay, code: str = "DI-08") -> list[str]:
    return sorted(anchor for anchor, alert in of(replay, code).items() if alert.open)


def test_a_significant_incident_owes_a_warning_and_a_notification_at_once() -> None:
    replay = heard(declared())
    found = of(replay, "DI-08")
    assert sorted(found) == ["early_warning", "notification"]
    for anchor, limit, timer in (
        ("early_warning", FIRST, "security_warning"),
        ("notification", SECOND, "security_notice"),
    ):
        alert = found[anchor]
        assert (alert.coi, alert.object, alert.severity) == (None, THING, Severity.S1)
        assert (alert.raised_at, alert.due_at) == (at(KNOWN), at(KNOWN + limit))
        assert (alert.timer, alert.owner) == (timer, "security-lead")
        assert alert.evidence == (declared().event_id,)
        assert alert.missing == (f"{anchor.replace('_', ' ')} to the authority",)
    assert records(replay) == {}


@pytest.mark.parametrize(
    ("more", "found"), [(-INSTANT, "resolved"), (0 * HOUR, "resolved"), (INSTANT, "open")]
)
@pytest.mark.parametrize(
    ("report", "limit", "kind", "code"),
    [
        (WARNING, FIRST, SECURITY, "DI-08"),
        (NOTICE, SECOND, SECURITY, "DI-08"),
        (NOTICE, BREACH, PRIVACY, "DI-09"),
    ],
)
def test_a_report_in_its_time_ends_the_alert_and_a_late_one_stays(
    report, limit, kind, code, more, found
) -> None:
    given = reported(report, KNOWN + limit + more, kind)
    alert = of(heard(declared(kind), given), code)[report.value]
    assert alert.open is (found == "open")
    if alert.open:
        assert (alert.missing, alert.severity) == ((), Severity.S1)
        assert alert.evidence == tuple(sorted((declared(kind).event_id, given.event_id)))
        assert "given late at" in alert.detail
    else:
        assert (alert.state, alert.ended_at) == (AlertState.RESOLVED, given.occurred_at)


def test_a_notification_serves_as_the_early_warning_while_that_is_not_late() -> None:
    assert open_ones(heard(declared(), reported(NOTICE, KNOWN + FIRST))) == ["final_report"]
    late = heard(declared(), reported(NOTICE, KNOWN + FIRST + INSTANT))
    assert open_ones(late) == ["early_warning", "final_report"]


def test_the_final_report_is_owed_for_a_month_from_the_notification() -> None:
    notice = reported(NOTICE, 30)
    alert = of(heard(declared(), reported(WARNING, 20), notice), "DI-08")["final_report"]
    assert (alert.raised_at, alert.due_at) == (at(30), datetime(2026, 4, 3, 14, tzinfo=UTC))
    assert alert.evidence == (notice.event_id,)
    done = reported(FINAL, 500)
    assert open_ones(heard(declared(), reported(WARNING, 20), notice, done)) == []


@pytest.mark.parametrize(("more", "stays"), [(-INSTANT, False), (0 * HOUR, False), (INSTANT, True)])
def test_a_final_report_in_its_month_ends_the_alert(more, stays) -> None:
    due = LIMITS.security_report.due(at(30)) - at(0) + more
    replay = heard(declared(), reported(WARNING, 20), reported(NOTICE, 30), reported(FINAL, due))
    assert open_ones(replay) == (["final_report"] if stays else [])


def test_a_breach_of_personal_data_owes_one_notification() -> None:
    found = of(heard(declared(PRIVACY)), "DI-09")
    assert list(found) == ["notification"]
    assert found["notification"].owner == "data-protection-officer"
    assert found["notification"].due_at == at(KNOWN + BREACH)


def test_an_incident_of_both_kinds_owes_each_its_reports() -> None:
    both = heard(declared(), declared(PRIVACY, 11), reported(NOTICE, 12, PRIVACY))
    assert open_ones(both) == ["early_warning", "notification"]
    assert open_ones(both, "DI-09") == []


def test_what_was_said_first_begins_the_clock() -> None:
    replay = heard(declared(hour=15), declared(hour=12))
    assert of(replay, "DI-08")["notification"].raised_at == at(12)


def test_reports_of_another_incident_or_without_one_raise_nothing() -> None:
    other = said(IncidentReported, "INCIDENT:I-2", hour=11, kind=SECURITY, report=NOTICE)
    replay = heard(declared(), other)
    assert open_ones(replay) == ["early_warning", "notification"]
    assert open_ones(heard(reported(NOTICE, 11))) == []


def test_a_declaration_that_is_withdrawn_takes_its_alerts_back() -> None:
    wrong = declared()
    assert set(lived(heard(wrong, withdrawn(wrong)), "DI-08")) == {"open", "retracted"}
    assert open_ones(heard(withdrawn(wrong), wrong)) == []


@pytest.mark.parametrize("share", LIMITS.security_warning.remind_at)
def test_the_clock_reminds_at_each_share_that_it_names(share) -> None:
    moment = KNOWN + FIRST * share
    before = of(heard(declared(), tick(moment - INSTANT)), "DI-08")["early_warning"]
    after = of(heard(declared(), tick(moment)), "DI-08")["early_warning"]
    assert (after.reminder, after.reminded_at) == (round(share * 100), at(moment))
    assert before.reminder != after.reminder


def test_reminders_come_by_the_clock_alone_and_end_with_the_alert() -> None:
    replay = heard(declared(PRIVACY))
    replay.take_all([did(ActionKind.ACKNOWLEDGE, history(replay)[0], hour=10.1)])
    waits = []
    while due := replay.due.get(f"t/{THING}"):
        waits.append(moment(due) - at(KNOWN))
        replay.take_all([tick(moment(due) - START)])
    assert waits == [36 * HOUR, 57.6 * HOUR, 72 * HOUR]
    assert of(replay, "DI-09")["notification"].reminder == 100
    assert alarms.next_due(replay.things[THING]) is None


def test_a_person_who_decides_that_nothing_is_owed_closes_it_with_the_reason() -> None:
    replay = heard(declared(PRIVACY))
    close = did(
        ActionKind.CLOSE, history(replay)[0], hour=20, reason="no risk", disposition="unfounded"
    )
    replay.take_all([close, tick(1000)])
    closed = of(replay, "DI-09")["notification"]
    assert (closed.state, closed.disposition, closed.reminder) == ("closed", "unfounded", None)


def test_incidents_are_the_same_in_every_order() -> None:
    story = [sent(e) for e in (declared(), declared(PRIVACY), reported(WARNING, 20))]
    story += [tick(30), sent(reported(NOTICE, 100))]
    expected = {
        a.alert_id: a.model_copy(update={"revision": 1}) for a in alerts(heard(*story)) if a.open
    }
    assert len(expected) == 3
    for order in permutations(story):
        found = alerts(heard(*order))
        assert {
            a.alert_id: a.model_copy(update={"revision": 1}) for a in found if a.open
        } == expected


@pytest.mark.parametrize(
    ("began", "due"),
    [
        (datetime(2026, 1, 31, 9, tzinfo=UTC), datetime(2026, 2, 28, 9, tzinfo=UTC)),
        (datetime(2028, 1, 31, 9, tzinfo=UTC), datetime(2028, 2, 29, 9, tzinfo=UTC)),
        (datetime(2026, 12, 15, 9, tzinfo=UTC), datetime(2027, 1, 15, 9, tzinfo=UTC)),
    ],
)
def test_a_month_ends_on_the_same_day_or_on_the_last(began, due) -> None:
    month = RegulatoryClock(months=1, remind_at=(1,), source="a law", status=Status.LABEL)
    assert month.due(began) == due


@pytest.mark.parametrize(
    ("lengths", "remind_at"),
    [({}, (1,)), ({"hours": 1, "days": 1}, (1,)), ({"days": 1}, (0.8, 0.5)), ({"days": 1}, (1, 1))],
)
def test_a_clock_has_one_length_and_its_reminders_in_order(lengths, remind_at) -> None:
    with pytest.raises(ValueError, match=r"one of them only|smallest first"):
        RegulatoryClock(**lengths, remind_at=remind_at, source="a law", status=Status.LABEL)
