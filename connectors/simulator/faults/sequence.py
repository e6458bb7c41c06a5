"""Faults of sequence: steps that never come, and steps that come before what must precede them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, BendScript, Fault
from connectors.simulator.script import Line, Pen, Script
from connectors.simulator.timeline import Timeline
from schemas.envelope import Scheme, System
from schemas.quality import BatchRejected


def _ends_with(name: str) -> BendScript:
    def bend(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
        return script.until(script.line(name).at), About()

    return bend


def _lost_on_the_way(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    when = script.course.timeline
    span = when["home_delivered"] - when["home_accepted"]
    return script.until(when["home_accepted"] + span * 0.6), About()


def _slow_start(course: Course, chance: Random) -> Timeline:
    limit = next(
        lead.hours
        for lead in course.profile.milestones
        if lead.expect == "manufacture.BatchStarted"
    )
    return course.timeline.taking("batch_started", (limit + chance.uniform(12, 20)) * 60)


def rejected(course: Course, at: datetime, reason: str) -> Line:
    """The quality unit rejects the batch."""
    return Pen(course, System.QMS).line(
        "rejected",
        BatchRejected,
        at,
        ((Scheme.BATCH, course.names.batch),),
        delay=(5, 60),
        actor="N0007",
        actor_role="qualified-person",
        reason_code=reason,
        signature={"signer": "N0007", "meaning": "rejected", "signed_at": at},
    )


def _prepared_in_vain(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    filled = course.timeline["filled"]
    started = filled + timedelta(days=chance.uniform(2.5, 4))
    end = filled + timedelta(days=5.5)
    depletion = script.line("depletion_started")
    at = started.replace(microsecond=0)
    early = replace(depletion, at=at, delay=(2, 60)).saying(recorded_at=at)
    return (
        script.until(end).having(early, rejected(course, end, "PROCESS-FAILURE")),
        About(),
    )


def _availability_later(course: Course, chance: Random) -> Timeline:
    # and the infusion soon enough after the early lymphodepletion for its window
    return course.timeline.taking("available", 34 * 60).taking("depletion_started", 20 * 60)


def _prepared_too_early(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    at = script.course.timeline["certified"] + timedelta(hours=6)
    lines = (
        replace(script.line(name), at=moment, delay=(2, 60)).saying(recorded_at=moment)
        for name, moment in (
            ("depletion_started", at),
            ("depletion_completed", at + timedelta(hours=50)),
        )
    )
    return script.having(*lines), About()


def _shipped_first(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    certified = script.course.timeline["home_accepted"] + timedelta(hours=5)
    available = certified + timedelta(hours=2)
    signature = {
        "signer": "N0007",
        "meaning": "certified for release",
        "signed_at": certified,
    }
    return (
        script.having(
            replace(script.line("certified"), at=certified).saying(
                recorded_at=certified, signature=signature
            ),
            replace(script.line("available"), at=available).saying(recorded_at=available),
        ),
        About(),
    )


def _shipped_and_rejected(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    end = course.timeline["home_accepted"] + timedelta(hours=9)
    kept = script.without("certified", "available").until(end)
    return kept.having(rejected(course, end, "RELEASE-REFUSED")), About()


FAULTS: tuple[Fault, ...] = (
    Fault(
        "SQ-02",
        "manufacture-never-starts",
        "the cells are accepted and the batch is never started",
        script=_ends_with("material_decided"),
    ),
    Fault(
        "SQ-02",
        "lost-on-the-way",
        "the product leaves the maker and is never received by the clinic",
        script=_lost_on_the_way,
        strands="home",
        brings=("TW-03", "TW-10", "TC-04"),
    ),
    Fault(
        "SQ-02",
        "availability-never-confirmed",
        "the batch is certified and the clinic is never told that it is available",
        script=_ends_with("certified"),
    ),
    Fault(
        "SQ-02",
        "slow-start",
        "the batch is started later than its product allows",
        timeline=_slow_start,
        stays=False,
    ),
    Fault(
        "SQ-04",
        "prepared-in-vain",
        "lymphodepletion begins without a product, and the batch is then rejected",
        script=_prepared_in_vain,
    ),
    Fault(
        "SQ-04",
        "prepared-too-early",
        "lymphodepletion begins a day before the product is confirmed available",
        timeline=_availability_later,
        script=_prepared_too_early,
        stays=False,
    ),
    Fault(
        "SQ-05",
        "shipped-before-certificate",
        "the product is handed to the courier hours before its batch is certified",
        script=_shipped_first,
        brings_for_a_while=("TW-09",),
    ),
    Fault(
        "SQ-05",
        "shipped-and-rejected",
        "the product is handed to the courier, and its batch is then rejected",
        script=_shipped_and_rejected,
        strands="home",
        brings_for_a_while=("TW-09",),
    ),
)
