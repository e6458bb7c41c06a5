"""A silent partner is judged the same however few of the courses that wait for it are looked at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from schemas.alert import Finding
from schemas.profiles import platform_limits
from streams.identity.partner import Partner
from streams.identity.watching import partner_silent
from streams.messages import Heard, Reliance
from streams.moments import NEVER, Micros, span

HOUR: Micros = 3_600_000_000
KEY = "partner:mes/maker-1"
BEAT = "00000000-0000-4000-8000-000000000001"
HORIZON, CADENCE = span(platform_limits().partner_horizon), span(platform_limits().partner_cadence)
MISSED = platform_limits().heartbeats_missed

hours = st.integers(0, 400).map(lambda n: n * HOUR)
courses = st.lists(st.tuples(st.none() | hours, hours), max_size=12)


def partner_of(waiting: list[tuple[Micros | None, Micros]], last: Micros, beats: bool) -> Partner:
    """A partner heard last at this moment, for whom these courses wait: (harm, since)."""
    word = Heard(last, BEAT, interval=HOUR) if beats else Heard(last)
    partner = Partner(heard=word, beat=word if beats else None)
    for number, (harm, since) in enumerate(waiting):
        partner.rely(Reliance(f"C{number}", 1, harm, "release.Certified", since=since))
    return partner


def every_course_looked_at(
    waiting: list[tuple[Micros | None, Micros]], last: Micros, beats: bool, now: Micros
) -> tuple[list[str], Micros, Micros]:
    """The courses in danger, when the word was due, and when the next course begins to count."""
    due = last + MISSED * HOUR if beats else NEVER
    near, soonest = [], NEVER
    for number, (harm, since) in enumerate(waiting):
        if harm is None or harm <= last:
            continue
        begins = harm - HORIZON
        if not beats:
            begins = max(begins, max(last, since) + MISSED * CADENCE)
            due = min(due, begins)
        if begins <= now:
            near.append((harm, f"C{number}"))
        else:
            soonest = min(soonest, begins)
    return [name for _, name in sorted(near)], due, soonest


@given(courses, hours, st.booleans(), hours)
def test_only_the_courses_that_can_matter_are_looked_at(
    waiting: list[tuple[Micros | None, Micros]], last: Micros, beats: bool, later: Micros
) -> None:
    now = last + later
    near, due, soonest = every_course_looked_at(waiting, last, beats, now)
    said = list(partner_silent(KEY, partner_of(waiting, last, beats), now))

    found = [one for one in said if isinstance(one, Finding)]
    again_at = min((one for one in said if not isinstance(one, Finding)), default=NEVER)
    assert again_at == (min(soonest, due) if now < due else soonest)
    if now < due:
        assert found == []
    else:
        assert [harmed.coi for harmed in found[0].harmed] == near


def test_the_order_of_the_courses_follows_what_they_say_last() -> None:
    partner = partner_of([(9 * HOUR, 0), (5 * HOUR, 0), (7 * HOUR, 0)], 0, beats=True)
    assert [r.course for r in partner.harmed_after(0)] == ["C1", "C2", "C0"]
    partner.rely(Reliance("C1", 2, 20 * HOUR, "release.Certified"))
    partner.rely(Reliance("C2", 2, None))
    partner.rely(Reliance("C0", 0, 1 * HOUR))  # an earlier word that came late
    assert [r.course for r in partner.harmed_after(0)] == ["C0", "C1"]
    assert [r.course for r in partner.harmed_after(9 * HOUR)] == ["C1"]
