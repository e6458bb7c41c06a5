"""What a clinic's RAS messages say: the infusion, the thaw before it, the chemotherapy. Pure.

RXA-5 names the step, RXA-3 and RXA-4 when it began and ended, RXA-15 the lot, which is the batch of a
product of ours; RXA-20 how it ended (HL7 table 0322).
"""

from __future__ import annotations

from connectors.clinic.codes import Step
from connectors.clinic.hl7v2.orders import span, treated
from connectors.clinic.hl7v2.steps import steps_of
from connectors.clinic.hl7v2.told import Told
from connectors.clinic.said import SaysNothing
from connectors.connector import CannotUnderstand
from connectors.hl7v2.agreement import ZVV
from connectors.hl7v2.identifiers import named_in
from connectors.hl7v2.message import Segment, part
from schemas.envelope import Event, Identifier, Scheme
from schemas.reasons import Reason
from schemas.treatment import InfusionOutcome

DONE: dict[str, InfusionOutcome] = {
    "": InfusionOutcome.COMPLETE,
    "CP": InfusionOutcome.COMPLETE,
    "PA": InfusionOutcome.PARTIAL,
}
NOT_GIVEN = frozenset({"RE", "NA"})
"""RXA-20: refused, or not administered."""

TREATMENTS = frozenset({Step.LYMPHODEPLETION, Step.THAW, Step.INFUSION})


def administered(told: Told) -> tuple[Event, ...]:
    """What one RAS message says, administration by administration."""
    events: list[Event] = []
    why = "an administration that is no step of the therapy"
    orc: Segment | None = None
    for number, segment in enumerate(told.message.segments):
        if segment.name == "ORC":
            orc = segment
        if segment.name != "RXA":
            continue
        named = told if orc is None else told.naming(named_in(orc, told.partner))
        steps = steps_of(told.partner, (segment, 5)) & TREATMENTS
        if not steps:
            continue
        if Step.INFUSION in steps:
            lots = [part(lot, 1) for lot in segment.repetitions(15)]
            named = named.naming(Identifier(scheme=Scheme.BATCH, value=v) for v in lots if v)
        if not named.leads:
            continue
        if segment.text(20) in NOT_GIVEN:
            why = "an administration that was refused or not given"
            continue
        events += _given(named, segment, steps, str(number))
    if not events:
        raise SaysNothing(why)
    return tuple(events)


def _given(told: Told, rxa: Segment, steps: frozenset[Step], number: str) -> list[Event]:
    agreed = told.agreed
    if rxa.text(21) == "D" and (agreed is None or not agreed.text(ZVV.CORRECTS)):
        detail = "RXA-21 = D takes back, and ZVV-7 names no message that said it"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    outcome = DONE.get(rxa.text(20))
    if outcome is None:
        detail = f"RXA-20: {rxa.text(20)[:10]!r} is no way in which an administration ends"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    done = bool(rxa.text(4)) or bool(rxa.text(20))
    started, ended = span(told, (rxa, 3), (rxa, 4), done)
    return list(treated(told, steps, started, ended, number, outcome))
