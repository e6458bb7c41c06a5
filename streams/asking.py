"""Asking the detectors: only those whose facts changed, or whose deadline has come, are asked again.

The answer equals that of asking all of them every time; a law of the tests holds it. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from schemas.alert import Finding
from schemas.envelope import Event
from schemas.ordering import OrderChanged, OrderCreated
from streams.detectors import DETECTORS, AskAgain, Detector
from streams.moments import Micros
from streams.view import View


@dataclass(frozen=True, slots=True)
class Answer:
    """What one detector said, and when it wants to be asked again."""

    findings: tuple[Finding, ...]
    again_at: Micros | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What every detector said last."""

    answers: dict[str, Answer]
    telling: tuple[tuple[str, Finding], ...]
    waiting: tuple[tuple[str, Micros], ...]

    @classmethod
    def of(cls, answers: dict[str, Answer]) -> Asked:
        """The answers, with what is asked of them after each event made ready."""
        telling = tuple((c, f) for c, answer in answers.items() for f in answer.findings)
        waiting = tuple((c, a.again_at) for c, a in answers.items() if a.again_at is not None)
        return cls(answers, telling, waiting)

    def findings(self) -> tuple[tuple[str, Finding], ...]:
        """Everything that is wrong now, by code."""
        return self.telling

    def deadlines(self) -> tuple[tuple[str, Micros], ...]:
        """When each detector that waits for something wants to be asked again."""
        return self.waiting

    def next_due(self) -> Micros | None:
        """The earliest moment at which some detector wants to be asked again."""
        return min((at for _, at in self.waiting), default=None)


def ask(view: View, now: Micros, before: Asked | None, changed: type | None) -> Asked:
    """Ask every detector that may answer otherwise than before; the same as before where none does.

    `changed` is the event type (or Leg) that was just taken in, Status when identifiers lead elsewhere
    and every event stands as it stood, Event when anything may have changed, None when only time has
    passed. Who looks at where identifiers lead reads every Event.
    """
    if before is None or changed in (Event, OrderCreated, OrderChanged):
        return Asked.of({detector.code: _answer(detector, view, now) for detector in DETECTORS})
    concerned = _reading(changed)
    due = [code for code, at in before.waiting if at <= now and code not in concerned]
    otherwise: dict[str, Answer] = {}
    for code in (*concerned, *due):
        if code not in before.answers:
            continue
        answer = _answer(_BY_CODE[code], view, now)
        known = before.answers[code]  # kept where it is equal: alerts were made of its findings
        if answer is not known and answer != known:
            otherwise[code] = answer
    return Asked.of({**before.answers, **otherwise}) if otherwise else before


_BY_CODE = {detector.code: detector for detector in DETECTORS}


@cache
def _reading(changed: type | None) -> dict[str, None]:
    """The detectors that may answer otherwise when this has changed."""
    if changed is None:
        return {}
    found = (d for d in _BY_CODE.values() if changed in d.reads or Event in d.reads)
    return {detector.code: None for detector in found}


NOTHING = Answer((), None)
"""What nearly every detector says nearly every time."""


def _answer(detector: Detector, view: View, now: Micros) -> Answer:
    all_said = [*detector.check(view, now)]
    if not all_said:
        return NOTHING
    findings = tuple(said for said in all_said if not isinstance(said, AskAgain))
    again = [said.at for said in all_said if isinstance(said, AskAgain)]
    return Answer(findings, min(again, default=None))
