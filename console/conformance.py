"""What a partner's messages come to, taken together: what is understood, and what is missing for which milestone.

From the answers of `--check`, and from the same admission and identity as live. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from connectors.check import Answer
from console.judging import Judged, judge
from schemas import topics
from schemas.authority import Authority, authority
from schemas.catalogue import EVENT_BY_NAME
from schemas.envelope import Event, System
from schemas.lines import to_line
from schemas.milestones import MILESTONES
from schemas.shape import parts
from schemas.wire import to_message
from streams.gates import QUESTIONS

ENVELOPE = ("subject", "recorded_at", "site", "actor", "source_message")
"""What of the envelope is told when it is left open; the rest is for some events only."""


@dataclass(slots=True)
class Conformance:
    """The sum of what was said of many messages; they are added one by one."""

    system: System
    decisions: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)
    left_open: dict[str, Counter[str]] = field(default_factory=dict)
    _read: set[str] = field(default_factory=set)
    _carried: Counter[str] = field(default_factory=Counter)
    _lines: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, answer: Answer) -> None:
        """Take one answer in."""
        self.decisions[str(answer["decision"])] += 1
        if answer["decision"] != "mapped":
            self.reasons[f"{answer['decision']}: {answer['reason']}"] += 1
        fields = answer.get("fields")
        if isinstance(fields, dict) and answer["decision"] == "mapped":
            self._read |= fields["read"].keys()
            self._carried.update(fields["ignored"])
        events = answer["events"]
        assert isinstance(events, list)
        for told in events:
            self._add_event(event_of(told))

    def _add_event(self, event: Event) -> None:
        name = event.type_name()
        self.types[name] += 1
        open_here = self.left_open.setdefault(name, Counter())
        for part in parts(type(event)):
            own = part.name not in Event.model_fields or part.name in ENVELOPE
            if own and getattr(event, part.name) in (None, ()):
                open_here[part.name] += 1
        topic = topics.inbound(event.system.value, event.partner)
        self._lines.setdefault(str(event.event_id), to_line(topic, to_message(event)))

    def judged(self) -> list[Judged]:
        """What the pipeline makes of the events, if nothing but these messages ever came."""
        return judge(self._lines.items())

    def summary(self) -> dict[str, Any]:
        """All of it, for programs and pages."""
        judged = self.judged()
        return {
            "system": self.system.value,
            "decisions": dict(sorted(self.decisions.items())),
            "reasons": dict(self.reasons.most_common()),
            "events": {
                name: {"count": n, "left_open": dict(self.left_open[name].most_common())}
                for name, n in sorted(self.types.items())
            },
            "milestones": self.milestones(),
            "gates": self.gates(),
            "pipeline": dict(sorted(Counter(one.outcome for one in judged).items())),
            "set_aside": [one.row() for one in judged if not one.well],
            "waits_for": dict(Counter(j.detail for j in judged if j.outcome == "waiting")),
            "unread": self.unread(),
        }

    def unread(self) -> dict[str, int]:
        """Paths of understood messages that say nothing in any of them, with how many carry each."""
        return {p: n for p, n in self._carried.most_common() if p not in self._read}

    def milestones(self) -> list[dict[str, Any]]:
        """Each milestone that this system tells of, with what was told and what was not."""
        found = []
        for milestone in MILESTONES:
            own = [k.type_name() for k in milestone.told_by if _owns(k.type_name(), self.system)]
            if not own:
                continue
            seen = {name: self.types[name] for name in own if self.types[name]}
            absent = [name for name in own if name not in seen]
            state = "told" if not absent else "partly" if seen else "missing"
            found.append(
                {
                    "milestone": milestone.code,
                    "title": milestone.title,
                    "state": state,
                    "told": seen,
                    "missing": absent,
                }
            )
        return found

    def gates(self) -> list[dict[str, Any]]:
        """What gates ask of this system and these messages do not answer; unanswered, a gate stays unknown."""
        found = []
        for question in QUESTIONS:
            for condition in question.conditions:
                names = {kind.type_name() for kind in condition.satisfied_by}
                own = sorted(name for name in names if _owns(name, self.system))
                if own and not any(self.types[name] for name in own):
                    found.append(
                        {"gate": question.gate.value, "asks": condition.what, "needs": own}
                    )
        return found


def conformance(system: str, answers: Iterable[Answer]) -> Conformance:
    """The sum of these answers."""
    found = Conformance(System(system))
    for answer in answers:
        found.add(answer)
    return found


def event_of(told: dict[str, Any]) -> Event:
    """The event of an answer."""
    fields = {name: value for name, value in told.items() if name != "type"}
    return EVENT_BY_NAME[str(told["type"])].model_validate(fields)


def _owns(name: str, system: System) -> bool:
    return authority(name, system) is Authority.OWNER
