"""The script of a journey: every fact that a partner is going to state, in the order of the journey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from connectors.simulator.course import Course
from schemas.envelope import Capture, Environment, Event, Identifier, Scheme, System, event_id

PARTNER: dict[System, str] = {
    System.CLINIC: "hospital-1",
    System.ERP: "maker-1",
    System.MES: "maker-1",
    System.LIMS: "lab-1",
    System.QMS: "maker-1",
    System.LOGISTICS: "courier-1",
}
"""One partner for each system."""

HOSPITAL, MAKER, COURIER = "hospital-1", "maker-1", "courier-1"
"""The parties of hand-overs, as all of them write each other."""

Delay = tuple[float, float]
"""The shortest and longest time in minutes between a fact and its message."""


@dataclass(frozen=True, slots=True)
class Line:
    """One fact of the script, in the words of its contract, and how soon its partner says it."""

    name: str
    system: System
    kind: type[Event]
    at: datetime
    identifiers: tuple[tuple[Scheme, str], ...]
    coi: str | None = None
    fields: Mapping[str, object] = field(default_factory=dict)
    delay: Delay | None = None
    """None where the partner's usual delay holds."""
    after: str | None = None
    """The line whose message this one's follows."""
    direct: bool = False
    """True for what no connector would say: it is published as an event, past the partner's format."""

    def event(self, course: Course) -> Event:
        """The fact as its contract has it; refused when it does not pass."""
        return self.kind.model_validate(
            {
                "event_id": self.event_id(course),
                "coi": self.coi,
                "identifiers": tuple(Identifier(scheme=s, value=v) for s, v in self.identifiers),
                "occurred_at": self.at,
                "system": self.system,
                "partner": PARTNER[self.system],
                "environment": Environment.SYNTHETIC,
                **self.fields,
            }
        )

    def event_id(self, course: Course) -> UUID:
        """The id that the fact has where no connector has derived one from a message."""
        native = f"{course.seed}/{course.journey}/{self.name}"
        return event_id(self.system, PARTNER[self.system], native, self.kind.type_name())

    def saying(self, **fields: object) -> Line:
        """The same line with other fields."""
        return replace(self, fields={**self.fields, **fields})


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which the worker of one partition takes nothing, so that messages wait."""

    partition: int
    since: datetime
    until: datetime
    """When it is noticed, at the latest."""
    ends: bool = True
    """Whether everything has been taken then."""


@dataclass(frozen=True, slots=True)
class Script:
    """Everything that will be said about one course."""

    course: Course
    lines: tuple[Line, ...]
    outages: tuple[Outage, ...] = ()
    """What happens to the pipeline itself meanwhile."""

    @property
    def direct(self) -> bool:
        """Whether some line has no form in its partner's own format."""
        return any(line.direct for line in self.lines)

    def line(self, name: str) -> Line:
        """The line of this name."""
        for line in self.lines:
            if line.name == name:
                return line
        raise KeyError(name)

    def without(self, *names: str) -> Script:
        """The same script, with these lines never said."""
        missing = set(names) - {line.name for line in self.lines}
        if missing:
            raise KeyError(missing.pop())
        return replace(self, lines=tuple(line for line in self.lines if line.name not in names))

    def having(self, *lines: Line) -> Script:
        """The same script with these lines said too, each in place of one of its name."""
        new = {line.name for line in lines}
        kept = tuple(line for line in self.lines if line.name not in new)
        return replace(self, lines=(*kept, *lines))

    def until(self, moment: datetime) -> Script:
        """The same script, broken off: what happens after this moment does not happen."""
        return replace(self, lines=tuple(line for line in self.lines if line.at <= moment))


class Pen:
    """Writes the lines of one system about one course."""

    def __init__(self, course: Course, system: System, *, names_course: bool = False) -> None:
        self.course = course
        self.system = system
        self._coi = course.names.coi if names_course else None
        self._chance = course.chance(f"people:{system}")

    def line(
        self,
        name: str,
        kind: type[Event],
        at: datetime,
        identifiers: Iterable[tuple[Scheme, str]] = (),
        /,
        *,
        delay: Delay | None = None,
        after: str | None = None,
        **fields: object,
    ) -> Line:
        """One line; the partner's staff number and the moment of entry are drawn by chance."""
        entered = at + timedelta(seconds=self._chance.randrange(0, 55))
        said = {"recorded_at": entered, **fields}
        if fields.get("capture") is not Capture.INSTRUMENT:
            said.setdefault("actor", self._other_than(fields.get("second_actor")))
        return Line(name, self.system, kind, at, tuple(identifiers), self._coi, said, delay, after)

    def _other_than(self, second: object) -> str:
        """A staff number that is not the second person's."""
        while (found := self.staff()) == second:
            pass
        return found

    def staff(self) -> str:
        """A staff number of this system's partner."""
        return f"N{self._chance.randrange(1000, 1200)}"
