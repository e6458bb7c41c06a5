"""What is asked of a partner's system: is it silent, is its clock off, is it bridged by hand, is something missing?

Each question says what is wrong now, and the moments at which it has to be asked again. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

from schemas.alert import Finding, HarmedCourse, Severity
from schemas.exceptions import EXCEPTION_BY_CODE
from schemas.profiles import platform_limits
from schemas.reasons import REMEDIES, Reason
from streams.identity.partner import DAY, Partner, Refused, beginning
from streams.messages import PARTNER_PREFIX, Reliance
from streams.moments import NEVER, Micros, moment, span

MOST_HARMED = 50
"""So many courses are named, those with the least time left; the detail says how many there are."""

MOST_HOLES = 20
"""So many holes in a partner's numbers are told, the lowest."""

Check = Callable[[str, Partner, Micros], Iterator[Finding | Micros]]
"""`(key, partner, now)`; what is wrong at this moment, and when to ask again if nothing else happens."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question to a partner's system, with the code of the exception it looks for."""

    code: str
    check: Check
    concerns: Callable[[Partner], bool]
    """Whether anything that the question looks at was ever said of the partner; most of the time nothing was."""


def called(key: str) -> str:
    """The partner in words: its name, and its system in brackets."""
    system, _, name = key.removeprefix(PARTNER_PREFIX).partition("/")
    return f"{name} ({system})"


def partner_silent(key: str, partner: Partner, now: Micros) -> Iterator[Finding | Micros]:
    """Nothing is heard of a partner, although its heartbeats or its word for a running clock are due.

    Why: what happens to cells meanwhile is seen by nobody, and a clock may run out unseen.
    Act: call the partner, enter by hand what it says, and look after the courses that are named first.
    """
    limits, last, beat = platform_limits(), partner.heard, partner.beat
    if last is None:
        return
    missed, horizon = limits.heartbeats_missed, span(limits.partner_horizon)
    every = span(limits.partner_cadence)
    due = NEVER  # without heartbeats nobody knows that it should say anything, but for who waits
    if beat is not None:
        every = beat.interval or span(limits.heartbeat)
        due = last.at + missed * every
    near: list[Reliance] = []
    soonest = NEVER
    for course in partner.harmed_after(last.at):
        begins = _harm(course) - horizon
        if begins > now and begins >= soonest:
            break  # nor does any course behind this one begin to count sooner
        if beat is None:
            begins = max(begins, max(last.at, course.since) + missed * every)
            due = min(due, begins)
        if begins <= now:
            near.append(course)
        else:
            soonest = min(soonest, begins)
    if soonest < NEVER:
        yield soonest
    if now < due:
        if due < NEVER:
            yield due
        return
    waiting = "no course inside a running clock waits for it"
    if near:
        waiting = (
            f"{len(near)} course(s) inside a running clock wait for it, "
            f"the first until {moment(_harm(near[0])).isoformat()}"
        )
    yield Finding(
        object=key,
        anchor=moment(last.at).isoformat(),
        raised_at=moment(due),
        detail=f"nothing has been heard of {called(key)} since {moment(last.at).isoformat()}; "
        f"a word was due every {timedelta(microseconds=every)}; {waiting}",
        severity=Severity.S1 if near else Severity.S2,
        harm_at=moment(_harm(near[0])) if near else None,
        evidence=(UUID(last.beat),) if last.beat else (),
        missing=(f"a word of {called(key)}",),
        harmed=tuple(
            HarmedCourse(coi=c.course, harm_at=moment(_harm(c)), awaits=c.waits_for)
            for c in near[:MOST_HARMED]
        ),
    )


def _harm(reliance: Reliance) -> Micros:
    assert reliance.harm_at is not None
    return reliance.harm_at


def bridged_by_hand(key: str, partner: Partner, now: Micros) -> Iterator[Finding | Micros]:
    """People have entered by hand for a long time what a partner's interface would say.

    Why: what is typed is late, has no source message, and is checked by nobody.
    Act: bring the interface back, then hold what was entered against its source.
    """
    beat = partner.beat
    if beat is None or not beat.bridge:
        return
    due = beat.bridge + span(platform_limits().manual_bridge)
    if now < due:
        yield due
        return
    since = moment(beat.bridge)
    yield Finding(
        object=key,
        anchor=since.isoformat(),
        raised_at=moment(due),
        detail=f"{called(key)} has been bridged by hand since {since.isoformat()}",
        severity=Severity.S3,
        evidence=(UUID(partner.bridges[beat.bridge].said),),
        missing=("end of the bridge", "check of what was entered by hand"),
    )


def clock_off(key: str, partner: Partner, now: Micros) -> Iterator[Finding | Micros]:
    """A partner's clock is not where it should be.

    Why: every time that it states is wrong by as much, and clocks of minutes are judged by it.
    Act: set the clock right, and name the times that have to be corrected.
    """
    last = partner.clocked
    if last is None or last.offset is None:
        return
    if abs(last.offset) <= span(platform_limits().clock_offset):
        return
    first = beginning(partner.skewed, last.at // DAY)
    thawing = [r for r in partner.harmed_after(last.at) if r.thawing]
    apart = timedelta(microseconds=abs(first.amount))
    side = "ahead" if first.amount > 0 else "behind"
    yield Finding(
        object=key,
        anchor=moment(first.at // DAY * DAY).date().isoformat(),
        raised_at=moment(first.at),
        detail=f"the clock of {called(key)} was {apart} {side} at {moment(first.at).isoformat()}, "
        f"and is still off; thawed cells of {len(thawing)} course(s) wait for its word",
        severity=Severity.S1 if thawing else Severity.S3,
        harm_at=moment(_harm(thawing[0])) if thawing else None,
        evidence=(UUID(first.said),),
        missing=("proof that the clock is right",),
        harmed=tuple(
            HarmedCourse(coi=r.course, harm_at=moment(_harm(r)), awaits=r.waits_for)
            for r in thawing[:MOST_HARMED]
        ),
    )


FOREIGN = frozenset({Reason.WRONG_OWNER.value, Reason.WRONG_TOPIC.value})
"""Reasons that put in question who speaks, not what is said."""


def message_refused(key: str, partner: Partner, now: Micros) -> Iterator[Finding | Micros]:
    """Messages of a partner cannot be read or understood, and are set aside.

    Why: what they tell of somebody's cells is missing until they are mended and sent again.
    Act: the producer mends the message by the remedy and sends it again, or a person releases it.
    """
    for name, refused in sorted(partner.refused.items()):
        left = [entry for _, entry in refused.first if entry not in partner.released]
        if name.partition("/")[0] not in FOREIGN and (left or refused.more):
            yield _refused(key, name, refused, left, EXCEPTION_BY_CODE["IF-03"].severity)


def wrong_producer(key: str, partner: Partner, now: Micros) -> Iterator[Finding | Micros]:
    """A partner has stated what only another may state, or in another's place.

    Why: either its access is too wide or somebody speaks in its name; nothing it said is believed.
    Act: review who may write to its topic, change the keys where in doubt, and close with what was found.
    """
    for name, refused in sorted(partner.refused.items()):
        if name.partition("/")[0] in FOREIGN:
            entries = [entry for _, entry in refused.first]
            yield _refused(key, name, refused, entries, EXCEPTION_BY_CODE["DI-05"].severity)


def _refused(
    key: str, name: str, refused: Refused, entries: list[str], severity: Severity
) -> Finding:
    reason, _, day = name.partition("/")
    many = f"{len(refused.first)}{' or more' if refused.more else ''}"
    remedy = REMEDIES[Reason(reason)] if reason in set(Reason) else "see the entry in quarantine"
    return Finding(
        object=key,
        anchor=name,
        raised_at=moment(refused.first[0][0]),
        detail=f"{many} message(s) of {called(key)} on {day} set aside as {reason}: {remedy}",
        severity=severity,
        missing=tuple(f"the message set aside as {entry}, mended" for entry in entries),
    )


def numbers_missing(key: str, partner: Partner, now: Micros) -> Iterator[Finding | Micros]:
    """A number of a partner's own is missing although a higher one was said, as after a restore.

    Why: something was said that never came here, and nobody knows about whose cells.
    Act: list what is missing with the partner, send it again, and check the restore that lost it.
    """
    grace = span(platform_limits().number_gap)
    for first, last, known_at in _holes(partner)[:MOST_HOLES]:
        due = known_at + grace
        if now < due:
            yield due
            continue
        numbers = f"number {first}" if first == last else f"numbers {first} to {last}"
        yield Finding(
            object=key,
            anchor=f"from {first}",
            raised_at=moment(due),
            detail=f"{numbers} of {called(key)} never came, a higher one was given at "
            f"{moment(known_at).isoformat()}",
            severity=Severity.S2,
            missing=(numbers,),
        )


def _holes(partner: Partner) -> list[tuple[int, int, Micros]]:
    """(first, last, since when it is known that numbers are missing) of each hole, the lowest first."""
    found: list[tuple[int, int, Micros]] = []
    stretches = partner.stretches
    for place, (before, after) in enumerate(pairwise(stretches), start=1):
        first = before.last + 1
        told = [s.said_at for s in stretches[place:]]
        told += [at for highest, at in partner.claims if highest >= first]
        found.append((first, after.first - 1, min(told)))
    if stretches:
        first = stretches[-1].last + 1
        above = [claim for claim in partner.claims if claim[0] >= first]
        if above:
            found.append((first, max(above)[0], min(at for _, at in above)))
    return found


QUESTIONS: tuple[Question, ...] = (
    Question("IF-01", partner_silent, lambda partner: partner.heard is not None),
    Question("IF-03", message_refused, lambda partner: bool(partner.refused)),
    Question("IF-06", bridged_by_hand, lambda partner: partner.beat is not None),
    Question("IF-07", clock_off, lambda partner: partner.clocked is not None),
    Question("DI-05", wrong_producer, lambda partner: bool(partner.refused)),
    Question("DI-10", numbers_missing, lambda partner: bool(partner.stretches)),
)
"""Everything that is asked of a partner's system."""
