"""The gates of a record in lines for people: the answer, what it rests on, and what is missing. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from console.showing import plain
from schemas.record import Answer, GateAnswer, OutsidePath, PatientBatchRecord
from streams.gates import QUESTIONS

COLOUR = {Answer.SATISFIED: "green", Answer.NOT_SATISFIED: "red"}
"""What is unknown is yellow: it does not pass, and nobody has refused it."""

ASKS = {question.gate: question.asks for question in QUESTIONS}
INDENT = " " * 17


def told_of_gates(found: PatientBatchRecord) -> Iterator[str]:
    """The lines, as markup: first the gates, then each batch out of specification."""
    told = {m.event_id: f"{m.type_name} {m.occurred_at:%Y-%m-%d}" for m in found.milestones}
    yield "\n[bold]Gates[/bold] (by what is believed now; unknown never passes)"
    for gate in found.gates:
        yield from _gate(gate, told)
    if found.out_of_specification:
        yield "\n[bold]Out of specification[/bold]"
    for path in found.out_of_specification:
        yield from _path(path)


def _gate(gate: GateAnswer, told: dict[UUID, str]) -> Iterator[str]:
    colour = COLOUR.get(gate.answer, "yellow")
    answer = gate.answer.value.replace("_", " ")
    asks = ASKS.get(gate.gate, gate.gate.value)
    yield f"  [{colour}]{answer:<14}[/{colour}] {asks}"
    if gate.missing:
        yield f"{INDENT}missing: {plain('; '.join(gate.missing))}"
    rests = [told.get(event_id, str(event_id)) for event_id in gate.evidence]
    if rests:
        word = "against it" if gate.answer is Answer.NOT_SATISFIED else "rests on"
        yield f"{INDENT}{word}: {plain(', '.join(sorted(set(rests))))}"


def _path(path: OutsidePath) -> Iterator[str]:
    batch = path.batch or "batch not named"
    state = path.state.value.replace("_", " ")
    yield plain(f"  {batch}: {state}, since {path.since:%Y-%m-%d %H:%M}Z")
    if path.missing:
        yield f"{INDENT}not to be used without: {plain('; '.join(path.missing))}"
    if path.notice_due_at is not None:
        yield f"{INDENT}authorities to be told by {path.notice_due_at:%Y-%m-%d %H:%M}Z"
