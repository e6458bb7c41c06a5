"""For every number of a profile and of the platform: the story that comes so near to it as is asked for.

A story is told with the number less one step, with the number, and with one step more.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from schemas.alert import Severity
from schemas.envelope import System
from schemas.laboratory import ResultReported
from schemas.profile import Clock, Lead, Material, TherapyProfile
from schemas.transport import ShipmentKind
from streams.replay import Replay
from tests.streams.detectors import (
    test_condition,
    test_condition_loggers,
    test_condition_trace,
    test_custody,
    test_identity_people,
    test_integrity,
    test_quality_batch,
    test_quality_reports,
    test_quality_results,
    test_release,
    test_release_notice,
    test_scheduling,
    test_scheduling_slots,
    test_scheduling_stops,
    test_sequence_gates,
    test_sequence_milestones,
    test_timing,
    test_timing_age,
    test_timing_outlook,
    test_timing_plans,
    test_timing_storage,
    test_timing_transit,
)
from tests.streams.detectors.limits import FROM, PAST, SHORT, Near, Story
from tests.streams.detectors.outside import home
from tests.streams.identity import (
    partner_words,
    test_clocks_and_bridges,
    test_lag,
    test_numbers,
    test_silence,
)
from tests.words import HOUR, INSTANT, MINUTE, heard, ordered, said, tick, told

STARTING, FINAL = ShipmentKind.STARTING_MATERIAL, ShipmentKind.FINAL_PRODUCT


def fresh(profile: TherapyProfile) -> bool:
    """Whether the starting material travels fresh."""
    return profile.material is Material.FRESH


def _shares(near: Near) -> Replay:
    hold = near.profile.fresh_hold.hours if near.profile.fresh_hold else 48
    warn = hold * near.number.value * HOUR + near.steps * INSTANT
    return near.told(test_timing.collected(), now=test_timing.COLLECTED + warn)


def _band(near: Near) -> Replay:
    trace = test_condition_trace.outside(near.by(0.01), 60 * MINUTE)
    return near.told(test_condition_trace.packed(STARTING), test_condition_trace.read(trace))


def _gap(kind: ShipmentKind) -> Callable[[Near], Replay]:
    given, taken = test_custody.given(), test_custody.PICK_UP
    return lambda near: near.told(
        test_custody.booked(kind), given, test_custody.taken(taken + near.minutes)
    )


def _window_warns(near: Near) -> Replay:
    _, closes = test_timing_plans.edges(near.profile)
    now = closes - near.number.value * HOUR + near.steps * INSTANT
    return near.told(test_timing_plans.depleted(), now=now)


def _infused(near: Near) -> Replay:
    given = test_timing_plans.infused(test_timing_plans.DEPLETED + near.hours)
    return near.told(test_timing_plans.depleted(), given)


def _doses(near: Near) -> Replay:
    word = test_scheduling.ready(tocilizumab_doses=int(near.by(1)))
    return near.told(test_scheduling.planned(), test_scheduling.arrived(), word)


def _site(near: Near) -> Replay:
    near_to = test_scheduling.DAY_OF_INFUSION - near.number.value * HOUR + near.steps * INSTANT
    return near.told(test_scheduling.planned(), test_scheduling.arrived(), now=near_to)


def _expiry(near: Near) -> Replay:
    plan = test_timing_plans.available(50, test_timing_plans.EXPIRES - near.hours)
    return near.told(test_timing_plans.filled(), plan)


def _ship_buffer(near: Near) -> Replay:
    now = test_timing_transit.PICK_UP - near.number.value * HOUR + near.steps * INSTANT
    return near.told(test_timing_transit.for_pick_up(), now=now)


def _hold(near: Near) -> Replay:
    booking = test_timing_transit.held(test_timing_transit.EMPTY - near.hours)
    return near.told(booking, test_timing_transit.packed(), now=test_timing_transit.PACKED)


def _viability(near: Near) -> Replay:
    living = test_quality_results.LIVING
    return near.told(
        test_quality_results.result(value=near.by(0.01), low=60.0, verdict="pass", **living)
    )


def _second_entry(near: Near) -> Replay:
    later = test_identity_people.check("STAFF-2", hour=5 * HOUR + near.hours)
    return near.told(test_identity_people.check(), later)


def _out_of_storage(near: Near) -> Replay:
    out = test_timing_storage.PACKED - near.minutes
    return near.told(test_timing_storage.packed(out))


def _clock(near: Near) -> Replay:
    clock = near.number.part
    assert isinstance(clock, Clock)
    start = test_timing.edge(clock.start, test_timing.THAW, "C-1")
    stop = test_timing.edge(clock.stop, test_timing.THAW + near.minutes, "C-1")
    return near.told(start, stop)


def _clock_warns(near: Near) -> Replay:
    clock = near.number.part
    assert isinstance(clock, Clock)
    warn = clock.minutes * near.number.value * MINUTE + near.steps * INSTANT
    start = test_timing.edge(clock.start, test_timing.THAW, "C-1")
    return near.told(start, now=test_timing.THAW + warn)


def _lead(near: Near) -> Replay:
    lead = near.number.part
    assert isinstance(lead, Lead)
    before = test_sequence_milestones.step(lead.after, 10 * HOUR)
    return near.told(before, now=10 * HOUR + near.hours)


def _overrun(near: Near) -> Replay:
    return near.told(test_timing_outlook.collected(), now=10 * HOUR + near.hours)


PROFILE: dict[str, Story] = {
    "vein_to_vein.hours": Story("TW-04", _overrun, FROM),
    "fresh_hold.hours": Story(
        "TW-01",
        lambda near: near.told(test_timing.collected(), now=test_timing.COLLECTED + near.hours),
        FROM,
        grave=Severity.S1,
    ),
    "fresh_hold_warn_at": Story("TW-01", _shares, FROM, fresh),
    "storage.celsius": Story(
        "TC-02",
        lambda near: near.told(test_condition.packed(), test_condition.read(near.by(0.01))),
        PAST,
    ),
    "fresh_band.coldest": Story("TC-01", _band, SHORT),
    "fresh_band.warmest": Story("TC-01", _band, PAST),
    "fresh_band.minutes": Story(
        "TC-01",
        lambda near: near.told(
            test_condition_trace.packed(STARTING),
            test_condition_trace.read(test_condition_trace.outside(20.0, near.minutes)),
        ),
        PAST,
    ),
    "fresh_custody_gap.minutes": Story("CU-01", _gap(STARTING), PAST, fresh),
    "frozen_custody_gap.minutes": Story("CU-01", _gap(FINAL), PAST),
    "handover_window.minutes": Story(
        "CU-03",
        lambda near: near.told(test_custody.given(), now=test_custody.PICK_UP + near.minutes),
        FROM,
    ),
    "infusion_window.earliest_hours": Story("TW-07", _infused, SHORT),
    "infusion_window.latest_hours": Story("TW-07", _infused, PAST),
    "infusion_window.warn_hours": Story("TW-07", _window_warns, FROM),
    "site_ready.hours_before_infusion": Story("SC-04", _site, FROM),
    "site_ready.tocilizumab_doses": Story("SC-04", _doses, SHORT),
    "expiry_margin.hours": Story("TW-05", _expiry, SHORT),
    "frozen_material_age.hours": Story(
        "TW-02",
        lambda near: near.told(
            test_timing_age.collected(),
            test_timing_age.reserved(5, test_timing_age.COLLECTED + near.hours),
        ),
        PAST,
    ),
    "ship_buffer.hours": Story("TW-09", _ship_buffer, FROM),
    "dwell.hours": Story(
        "TW-10",
        lambda near: near.told(
            test_timing_transit.handed(50), now=test_timing_transit.LEFT + near.hours
        ),
        FROM,
    ),
    "shipper_margin.hours": Story("TW-03", _hold, SHORT),
    "viability.percent": Story("QU-02", _viability, SHORT),
    "nucleated_cells.cells": Story(
        "QU-06", lambda near: near.told(test_quality_batch.collected(near.by(1))), SHORT
    ),
    "second_person.minutes": Story(
        "ID-09",
        lambda near: near.told(test_identity_people.check(), now=5 * HOUR + near.minutes),
        FROM,
    ),
    "second_person.late_hours": Story("ID-09", _second_entry, PAST),
    "out_of_storage.minutes": Story("TW-08", _out_of_storage, PAST),
    "clocks[].minutes": Story("TW-06", _clock, PAST),
    "clocks[].warn_at": Story("TW-06", _clock_warns, FROM),
    "milestones[].hours": Story("SQ-02", _lead, FROM),
    "release.planned_hours_after_fill": Story(
        "RE-01",
        lambda near: near.told(test_release.filled(), now=test_release.FILLED + near.hours),
        FROM,
    ),
}
"""For every number of a therapy profile."""


def _refrozen(near: Near) -> Replay:
    trace = test_condition_trace.read([(11, -190), (12, near.by(0.01)), (13, -190)])
    return told(test_condition_trace.packed(FINAL), trace)


def _leans(tilt: float, lasting: timedelta) -> Replay:
    rough = test_condition_loggers.rough(
        (11, {"tilt": 2.0}), (12, {"tilt": tilt}), (12 * HOUR + lasting, {"tilt": 3.0}), (14, {})
    )
    return told(test_condition_loggers.packed(), rough)


def _read_out(near: Near) -> Replay:
    story = test_condition_loggers.packed(), test_condition_loggers.hourly()
    arrival = test_condition_loggers.delivered()
    return heard(*ordered(), *story, arrival, tick(20 * HOUR + near.minutes))


def _bedside(near: Near) -> Replay:
    return heard(
        test_sequence_gates.thawed(test_sequence_gates.BAG), tick(50 * HOUR + near.minutes)
    )


def _notice(near: Near) -> Replay:
    due = test_release_notice.SUPPLIED + near.hours
    return heard(*test_release_notice.supplied(), tick(due))


def _unreported(near: Near) -> Replay:
    now = test_quality_reports.SUPPLIED + near.hours
    return heard(test_quality_reports.opened(), *home(), tick(now))


def _spread(near: Near) -> Replay:
    news = test_scheduling_stops.NEWS
    stop = test_scheduling_stops.order()
    return told(stop, test_scheduling_stops.step(news + near.minutes))


def _beats_missed(near: Near) -> Replay:
    missed = int(near.by(1)) * partner_words.EVERY
    return heard(partner_words.beat(4), tick(4 * HOUR + missed))


def _cadence(near: Near) -> Replay:
    rest = 2 * near.number.value * MINUTE
    return heard(*partner_words.fresh(), tick(1.5 * HOUR + rest + near.minutes))


def _horizon(near: Near) -> Replay:
    closes = 100 * HOUR + test_silence.window()
    ahead = near.number.value * HOUR - near.steps * INSTANT
    clinic = partner_words.beat(100, system=System.CLINIC, partner="hospital-1")
    return heard(*test_silence.depleted(100), clinic, tick(closes - ahead))


def _time_waits(near: Near) -> Replay:
    now = 12 * HOUR + near.hours
    return heard(*ordered(), test_lag.GIVEN, test_lag.waiting(now, 10))


PLATFORM: dict[str, Story] = {
    "heartbeat.minutes": Story(
        "IF-01",
        lambda near: heard(
            partner_words.beat(4, every=None),
            tick(4 * HOUR + 2 * near.number.value * MINUTE + near.minutes),
        ),
        FROM,
    ),
    "heartbeats_missed": Story("IF-01", _beats_missed, FROM),
    "partner_cadence.minutes": Story("IF-01", _cadence, FROM),
    "partner_horizon.hours": Story("IF-01", _horizon, FROM, grave=Severity.S1),
    "clock_offset.minutes": Story(
        "IF-07",
        lambda near: heard(test_clocks_and_bridges.off(1, near.minutes), tick(1)),
        PAST,
    ),
    "manual_bridge.hours": Story(
        "IF-06",
        lambda near: heard(test_clocks_and_bridges.bridged(2), tick(HOUR + near.hours)),
        FROM,
    ),
    "processing_lag.minutes": Story(
        "IF-02", lambda near: heard(test_lag.waiting(HOUR + near.minutes, HOUR)), FROM
    ),
    "time_waits.hours": Story("CU-03", _time_waits, FROM),
    "number_gap.minutes": Story(
        "DI-10",
        lambda near: heard(
            test_numbers.numbered(7, 1),
            test_numbers.numbered(9, 2),
            tick(2 * HOUR + near.minutes),
        ),
        FROM,
    ),
    "orphan_grace.minutes": Story(
        "ID-04",
        lambda near: heard(
            said(ResultReported, "SAMPLE:S-9", hour=2, test="VIABILITY"),
            tick(2 * HOUR + near.minutes),
        ),
        FROM,
    ),
    "word_grace.minutes": Story(
        "SC-02",
        lambda near: told(test_scheduling_slots.scheduled(), now=10 * HOUR + near.minutes),
        FROM,
    ),
    "pick_up_tolerance.minutes": Story(
        "SC-03",
        lambda near: told(test_scheduling.booked(), now=test_scheduling.PLANNED + near.minutes),
        FROM,
    ),
    "stop_spread.minutes": Story("SC-06", _spread, PAST),
    "refreeze.celsius": Story("TC-07", _refrozen, PAST),
    "tilt.degrees": Story("TC-06", lambda near: _leans(near.by(0.1), HOUR), PAST),
    "tilt.minutes": Story("TC-06", lambda near: _leans(90.0, near.minutes), PAST),
    "shock.gravities": Story(
        "TC-06",
        lambda near: told(
            test_condition_loggers.packed(),
            test_condition_loggers.rough((12, {"shock": near.by(0.1)})),
        ),
        PAST,
    ),
    "logger_read_out.minutes": Story("TC-04", _read_out, FROM),
    "logger_silence.minutes": Story(
        "TC-04",
        lambda near: told(test_condition_loggers.packed(), now=10 * HOUR + near.minutes),
        FROM,
    ),
    "bedside_grace.minutes": Story("SQ-06", _bedside, FROM),
    "authority_notice.hours": Story("RE-05", _notice, FROM, grave=Severity.S1),
    "deviation_report_urgent.hours": Story("QU-09", _unreported, FROM, grave=Severity.S2),
    "clock_tolerance.minutes": Story(
        "DI-03", lambda near: told(test_integrity.entered(-near.minutes)), PAST
    ),
    "late_entry.hours": Story("DI-03", lambda near: told(test_integrity.entered(near.hours)), PAST),
    "deviation_after_alarm.hours": Story(
        "QU-05",
        lambda near: told(test_quality_batch.alarm(), now=40 * HOUR + near.hours),
        FROM,
    ),
}
"""For every number of the pipeline itself."""
