"""What a gate is: a question before a step that cannot be undone, and the conditions that answer it.

Each condition is one small pure function that declares the facts it reads. An answer is three-valued:
missing evidence is unknown, and unknown never passes. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from dataclasses import dataclass

from schemas.envelope import Event
from schemas.ordering import OrderChanged, OrderCreated
from schemas.record import Answer, Gate, GateAnswer
from streams.detectors.release import Item
from streams.view import View, made_of

Check = Callable[[View], Iterator[Item]]
"""Yields an item for each thing that speaks for or against; a condition of objections may yield none."""

PROFILE = Item("the therapy profile of the product", Answer.UNKNOWN, ())
"""Without a profile nobody knows what must be there, so nothing passes."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must be so, with the facts that it reads."""

    check: Check
    satisfied_by: tuple[type[Event], ...]
    """What can satisfy it; none where it only knows objections."""
    refused_by: tuple[type[Event], ...]
    """What else can speak against it, or is needed to judge."""

    @property
    def what(self) -> str:
        """The first sentence of the check: what must be so."""
        return (self.check.__doc__ or "").strip().partition("\n")[0]

    items: Callable[[View], tuple[Item, ...]]
    """What the check finds, kept until a fact that it reads has come."""

    @property
    def reads(self) -> frozenset[type[Event]]:
        """Every type of event whose arrival can change it."""
        return frozenset((*self.satisfied_by, *self.refused_by))


def condition(
    *satisfied_by: type[Event], refused_by: tuple[type[Event], ...] = ()
) -> Callable[[Check], Condition]:
    """Label a check with the facts it reads; the product of an order chooses the limits for all."""

    def label(check: Check) -> Condition:
        @made_of(OrderCreated, OrderChanged, *satisfied_by, *refused_by)
        def items(view: View) -> tuple[Item, ...]:
            return tuple(check(view))

        return Condition(check, satisfied_by, refused_by, items)

    return label


@dataclass(frozen=True, slots=True)
class Question:
    """One gate: what is asked, before which step, by whom, and what must be so."""

    gate: Gate
    asks: str
    why: str
    asked_by: str
    source: str
    conditions: tuple[Condition, ...]

    @property
    def reads(self) -> frozenset[type[Event]]:
        """Every type of event whose arrival can change the answer; a change of product always does."""
        return frozenset(kind for held in self.conditions for kind in held.reads)


def answer(question: Question, view: View, unsure: Set[type[Event]]) -> GateAnswer:
    """The answer to one gate by what is believed; `unsure` are types with words that do not count yet."""
    items = [item for held in question.conditions for item in held.items(view)]
    if view.profile is None:
        items.append(PROFILE)
    if unsure:
        items += [
            Item(f"word on {name} that is contested", Answer.UNKNOWN, ())
            for name in sorted(kind.type_name() for kind in question.reads & unsure)
        ]
    answers = {item.answer for item in items}
    if Answer.NOT_SATISFIED in answers:
        said = Answer.NOT_SATISFIED
    else:
        said = Answer.SATISFIED if answers == {Answer.SATISFIED} else Answer.UNKNOWN
    speaks = Answer.NOT_SATISFIED if said is Answer.NOT_SATISFIED else Answer.SATISFIED
    return GateAnswer(
        gate=question.gate,
        answer=said,
        evidence=tuple(sorted({e for i in items if i.answer is speaks for e in i.evidence})),
        missing=tuple(dict.fromkeys(_told(i) for i in items if i.answer is not Answer.SATISFIED)),
    )


def _told(item: Item) -> str:
    refused = item.answer is Answer.NOT_SATISFIED
    return f"{item.name}: not satisfied" if refused else item.name
