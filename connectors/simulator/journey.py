"""Plays journeys: draws their courses, bends some of them, tells their scripts, and labels what must be raised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from connectors.simulator.casting import Role, cast
from connectors.simulator.course import Course, draw_course
from connectors.simulator.equipment import equip
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.identifiers import names_of
from connectors.simulator.labels import Label
from connectors.simulator.near import come_close, near_limits
from connectors.simulator.script import Script
from connectors.simulator.stages import tell
from schemas.collection import CollectionCompleted, CollectionFailed
from schemas.manufacture import BatchTerminated, MaterialDecision
from schemas.ordering import OrderChange
from schemas.quality import BatchRejected
from schemas.treatment import InfusionCompleted, InfusionStarted


@dataclass(frozen=True, slots=True)
class Journey:
    """One journey as it is going to be told, and what must be raised about it."""

    script: Script
    labels: tuple[Label, ...]
    fault: Fault | None

    @property
    def course(self) -> Course:
        """The course that the journey is about."""
        return self.script.course


def tell_journeys(journeys: int, seed: int, *, passing: bool = False) -> Iterator[Journey]:
    """Every journey of a seed in the order of enrolment."""
    if journeys < 1:
        raise ValueError(f"at least one journey is needed, found {journeys}")
    drawn = [draw_course(seed, number) for number in range(journeys)]
    roles = cast(drawn, seed, passing=passing)
    near = near_limits((course for course in drawn if course.journey not in roles), seed)
    courses = equip([_bent(c, roles.get(c.journey), near.get(c.journey)) for c in drawn])
    for course in courses:
        yield _told(course, roles.get(course.journey), courses)


def _bent(course: Course, role: Role | None, near: str | None) -> Course:
    """The course with its timeline bent: by its fault, or close to a limit where there is none."""
    if role is not None:
        timeline = role.fault.timeline(course, course.chance("fault:timeline"))
        return replace(course, timeline=timeline, stranded=role.fault.strands)
    return course if near is None else come_close(course, near, course.chance("near"))


def _told(course: Course, role: Role | None, courses: list[Course]) -> Journey:
    script = tell(course)
    if role is None:
        return Journey(script, (), None)
    fault = role.fault
    other = courses[role.other]
    if other.journey == course.journey:  # a play of one journey has no other course
        other = replace(other, names=names_of(course.seed, course.journey + 1))
    bent, about = fault.script(script, other, course.chance("fault:script"))
    labels = tuple(_labels(course, fault, about))
    if never_done(bent) and all(label.code != OVERRUN for label in labels):
        labels = (*labels, _brought(course, fault, OVERRUN, stays=True))
    return Journey(bent, labels, fault)


OVERRUN = "TW-04"

_DONE = (
    CollectionFailed,
    BatchTerminated,
    BatchRejected,
    InfusionStarted,
    InfusionCompleted,
)


def never_done(script: Script) -> bool:
    """Whether cells were taken and are neither infused nor given up: sooner or later they are too long away."""
    collected = any(line.kind is CollectionCompleted for line in script.lines)
    return collected and not any(
        line.kind in _DONE
        or line.fields.get("change") is OrderChange.CANCELLED
        or line.fields.get("decision") is MaterialDecision.REJECTED
        for line in script.lines
    )


def _labels(course: Course, fault: Fault, about: About) -> Iterator[Label]:
    concerned: Iterable[Course] = (course, *about.also)
    for each in concerned:
        yield Label(
            journey=each.journey,
            code=fault.code,
            coi=None if about.without_course else each.names.coi,
            object=about.object,
            stays=fault.stays,
            way=fault.way,
            why=fault.why,
        )
        for code in fault.brings:
            yield _brought(each, fault, code, stays=fault.stays)
    for code in about.same_thing:
        yield _brought(course, fault, code, stays=True).model_copy(
            update={"coi": None, "object": about.object}
        )
    for code in (*fault.brings_for_a_while, *about.for_a_while):
        yield _brought(course, fault, code, stays=False)


def _brought(course: Course, fault: Fault, code: str, *, stays: bool) -> Label:
    """The label of another code that rightly comes of a fault."""
    return Label(
        journey=course.journey,
        code=code,
        coi=course.names.coi,
        stays=stays,
        way=fault.way,
        why=fault.why,
    )


def counts(journeys: Iterable[Journey]) -> Mapping[str, int]:
    """How many labels each code has."""
    found: dict[str, int] = {}
    for journey in journeys:
        for label in journey.labels:
            found[label.code] = found.get(label.code, 0) + 1
    return dict(sorted(found.items()))
