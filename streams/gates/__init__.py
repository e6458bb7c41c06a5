"""The gates of a journey: asked again only when a fact that they read has come.

The answer equals that of asking all of them every time; a law of the tests holds it. Pure.
"""

from __future__ import annotations

from schemas.envelope import Event
from schemas.ordering import OrderChanged, OrderCreated
from schemas.record import Gate, GateAnswer, OutsidePath
from streams.detectors.sequence_order import UNSURE
from streams.gates import outside
from streams.gates.gate import Condition, Question, answer
from streams.gates.questions import QUESTIONS
from streams.view import View

__all__ = ["QUESTIONS", "Condition", "Question", "answers", "outside_paths"]

_NAMES_THE_PRODUCT = frozenset({OrderCreated, OrderChanged})
_READ_BY: dict[type[Event], tuple[Gate, ...]] = {
    kind: tuple(question.gate for question in QUESTIONS if kind in question.reads)
    for kind in frozenset[type[Event]]().union(*(question.reads for question in QUESTIONS))
}
_OUTSIDE = frozenset(outside.READS)


def answers(view: View) -> tuple[GateAnswer, ...]:
    """The answer to each gate, in the order of the journey."""
    forget_what_changed(view)
    if len(view.gates) < len(QUESTIONS):
        unsure = _unsure(view)
        for question in QUESTIONS:
            if question.gate not in view.gates:
                view.gates[question.gate] = answer(question, view, unsure)
    return tuple(view.gates[question.gate] for question in QUESTIONS)


def outside_paths(view: View) -> tuple[OutsidePath, ...]:
    """The path of each batch that is out of specification."""
    forget_what_changed(view)
    if view.outside is None:
        view.outside = outside.paths(view)
    return view.outside


def forget_what_changed(view: View) -> None:
    """Drop the answers that the events which came since may change."""
    if not view.new:
        return
    if not view.new.isdisjoint(_NAMES_THE_PRODUCT):
        view.gates.clear()
    else:
        for kind in view.new:
            for gate in _READ_BY.get(kind, ()):
                view.gates.pop(gate, None)
    if not view.new.isdisjoint(_OUTSIDE):
        view.outside = None
    view.new.clear()


def _unsure(view: View) -> frozenset[type[Event]]:
    """The types of words that were said and do not count yet; not of what a person has decided."""
    unsure = [known.event for known in view.standing_as(*UNSURE)]
    if not unsure:
        return frozenset()
    settled = {k.event.event_id for k in view.known.values() if k.standing not in UNSURE}
    return frozenset(type(event) for event in unsure if event.event_id not in settled)
