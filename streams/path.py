"""When will the steps that remain be done, and which of them holds the course back? The critical path.

A step's duration is added to the latest of the steps before it. Along one way through the network the
medians add up, and the distances from median to P90 add up as the root of their squares: for normal,
independent durations that is exact (D. G. Malcolm et al., Application of a Technique for Research and
Development Program Evaluation, Operations Research 7(5), 1959). Every way is kept, and the latest
counts, so a fact that comes later can never make a forecast earlier. Where several ways are nearly
equal this is a little early, as that technique is known to be. Pure: no clock, no randomness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import sqrt

from schemas.profile import PATH_BEGINS, PATH_ENDS, PathStep
from schemas.record import ExpectedStep, Forecast

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a forecast is made from; two that are equal give the same forecast."""

    done: Mapping[str, datetime]
    """When steps happened."""
    planned: Mapping[str, datetime] = field(default_factory=dict)
    """Before when steps will not happen, since somebody planned them for then."""
    limits: Mapping[str, datetime] = field(default_factory=dict)
    """Until when steps must be done, or the cells or the patient come to harm."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way through the network to a step: its median, its variance, and the step it came by last."""

    median: datetime
    variance: float = 0.0
    waits_for: str | None = None
    """The first step on this way that has not happened."""

    def then(self, step: PathStep) -> Way:
        """The same way, one step further."""
        spread = step.p90_hours - step.p50_hours
        return Way(
            self.median + step.p50_hours * HOUR,
            self.variance + spread * spread,
            self.waits_for or step.step,
        )

    @property
    def p90(self) -> datetime:
        """The moment before which nine of ten would be done."""
        return self.median + sqrt(self.variance) * HOUR


def forecast(path: tuple[PathStep, ...], facts: Facts) -> Forecast | None:
    """What is expected of the steps of a course; None where nothing says when the path begins."""
    begins = facts.done.get(PATH_BEGINS) or facts.planned.get(PATH_BEGINS)
    if not path or begins is None:
        return None
    done = passed(path, facts.done)
    ways = _ways(path, begins, facts, done)
    planned = _ways(path, facts.planned.get(PATH_BEGINS, begins), Facts({}), frozenset())
    latest = _latest(path, facts, done)
    steps = [_expected(PATH_BEGINS, None, facts, done, ways, planned, latest)]
    steps += [_expected(s.step, s.owner, facts, done, ways, planned, latest) for s in path]
    ended = PATH_ENDS in done
    slowest = max(ways[PATH_ENDS], key=lambda way: way.median)
    open_limits = [at for step, at in facts.limits.items() if step not in done]
    return Forecast(
        infusion_p50_at=slowest.median,
        infusion_p90_at=max(way.p90 for way in ways[PATH_ENDS]),
        holding=None if ended else slowest.waits_for or PATH_ENDS,
        harm_at=min(open_limits, default=None),
        steps=tuple(steps),
    )


def passed(path: tuple[PathStep, ...], done: Mapping[str, datetime]) -> frozenset[str]:
    """The steps that have happened, said or not: a later step could not have happened without them."""
    passed = set(done)
    for step in reversed(path):
        if step.step in passed:
            passed.update(step.after)
    return frozenset(passed)


def _ways(
    path: tuple[PathStep, ...], begins: datetime, facts: Facts, done: frozenset[str]
) -> dict[str, list[Way]]:
    first = None if PATH_BEGINS in done else PATH_BEGINS
    ways = {PATH_BEGINS: [Way(begins, waits_for=first)]}
    for step in path:
        before = [way for name in step.after for way in ways[name]]
        if step.step in done:
            at = facts.done.get(step.step)
            reached = max(way.median for way in before)
            # the infusion is a fact and nothing else; before it a path never runs backwards
            if at is None or (at < reached and step.step != PATH_ENDS):
                at = reached
            ways[step.step] = [Way(at)]
            continue
        found = [way.then(step) for way in before]
        plan = facts.planned.get(step.step)
        if plan is not None:
            found.append(Way(plan, waits_for=step.step))
        ways[step.step] = _worth_keeping(found)
    return ways


def _worth_keeping(ways: list[Way]) -> list[Way]:
    """The ways that may still turn out the latest: no other has both more median and more variance."""
    kept: list[Way] = []
    for way in sorted(ways, key=lambda w: (w.median, w.variance), reverse=True):
        if not kept or way.variance > kept[-1].variance:
            kept.append(way)
    return kept


def _latest(path: tuple[PathStep, ...], facts: Facts, done: frozenset[str]) -> dict[str, datetime]:
    """Until when each open step must be done, so that no limit after it nor the planned infusion is missed."""
    latest = {step: at for step, at in facts.limits.items() if step not in done}
    plan = facts.planned.get(PATH_ENDS)
    if plan is not None and PATH_ENDS not in done:
        latest[PATH_ENDS] = min(plan, latest.get(PATH_ENDS, plan))
    for step in reversed(path):
        if step.step not in latest or step.step in done:
            continue
        must_begin = latest[step.step] - step.p50_hours * HOUR
        for name in step.after:
            if name not in done:
                latest[name] = min(must_begin, latest.get(name, must_begin))
    return latest


def _expected(
    name: str,
    owner: str | None,
    facts: Facts,
    done: frozenset[str],
    ways: Mapping[str, list[Way]],
    planned: Mapping[str, list[Way]],
    latest: Mapping[str, datetime],
) -> ExpectedStep:
    open_ways = () if name in done else ways[name]
    return ExpectedStep(
        step=name,
        owner=owner,
        planned_at=facts.planned.get(name) or max(way.median for way in planned[name]),
        happened_at=facts.done.get(name),
        p50_at=max((way.median for way in open_ways), default=None),
        p90_at=max((way.p90 for way in open_ways), default=None),
        latest_at=latest.get(name),
    )
