"""What a clinic's BTS^O31 messages say: the infusion, as blood banks report a transfusion. Pure.

| field | is read as |
| --- | --- |
| BPO-2 or BTX-3 | the step; every other transfusion of the hospital is none of ours |
| BTX-2, BTX-7 | the donation number, the batch |
| BTX-11 (HL7 table 0513) | TX given, TR given with a reaction, WA wasted, RA and RL returned |
| BTX-12 (table 0511) | as the status of a report |
| BTX-16, BTX-17, else BTX-13 | when it began and ended |
| BTX-14, BTX-15 | who gave it, and who verified |
| BTX-18, BTX-19 | the reaction, and why it was interrupted |
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.clinic.codes import Step
from connectors.clinic.hl7v2.observations import standing
from connectors.clinic.hl7v2.orders import span, treated
from connectors.clinic.hl7v2.steps import steps_of
from connectors.clinic.hl7v2.told import Told
from connectors.clinic.said import SaysNothing
from connectors.connector import CannotUnderstand
from connectors.hl7v2.identifiers import named_in
from connectors.hl7v2.message import Segment
from schemas.envelope import Event, Identifier, Scheme
from schemas.identifiers.form import Malformed
from schemas.identifiers.isbt128 import parse_din
from schemas.reasons import Reason
from schemas.treatment import InfusionChange, InfusionChanged, InfusionOutcome, OutcomeRecorded

GIVEN, REACTED, WASTED, RETURNED = "TX", "TR", "WA", frozenset({"RA", "RL"})


def transfused(told: Told) -> tuple[Event, ...]:
    """What one BTS message says, product by product."""
    events: list[Event] = []
    why = "a transfusion that is no step of the therapy"
    order: dict[str, Segment] = {}
    for number, segment in enumerate(told.message.segments):
        if segment.name == "ORC":
            order = {}
        if segment.name in ("ORC", "BPO"):
            order[segment.name] = segment
        if segment.name != "BTX":
            continue
        if Step.INFUSION not in steps_of(told.partner, (order.get("BPO"), 2), (segment, 3)):
            continue
        orc = order.get("ORC")
        named = told if orc is None else told.naming(named_in(orc, told.partner))
        named = named.naming(_product(segment))
        if not named.leads:
            raise CannotUnderstand(Reason.NO_IDENTIFIER, "BTX-2 and BTX-7: no donation, no batch")
        if segment.text(11) in RETURNED:
            why = "a product that came back from the ward unused"
            continue
        events += _given(named, segment, str(number))
        why = "an infusion that is not reported yet"
    if not events:
        raise SaysNothing(why)
    return tuple(events)


def _product(btx: Segment) -> Iterator[Identifier]:
    if donation := btx.text(2):
        try:
            yield Identifier(scheme=Scheme.DIN, value=str(parse_din(donation)))
        except Malformed as malformed:
            detail = f"BTX-2: {malformed}"
            raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail) from None
    if lot := btx.text(7):
        yield Identifier(scheme=Scheme.BATCH, value=lot)


def _given(told: Told, btx: Segment, number: str) -> Iterator[Event]:
    final, status = standing(told, btx.text(12), "BTX-12"), btx.text(11)
    if status == WASTED and final:
        at = told.happened((btx, 13))
        change = InfusionChange.CANCELLED
        yield told.event(InfusionChanged, at, number, change=change, reason_code=WASTED)
        return
    if status not in (GIVEN, REACTED, WASTED, ""):
        detail = f"BTX-11: {status[:10]!r} is no status of a transfusion"
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
    started, ended = span(told, (btx, 16), (btx, 17), final)
    if ended is None and final:
        ended = told.said.when((btx, 13))
    people = {
        "actor": told.said.staff(btx.text(14), btx.text(14, 9)),
        "second_actor": told.said.staff(btx.text(15), btx.text(15, 9)),
    }
    if status not in (GIVEN, REACTED) or (started is None and ended is None):
        return
    outcome = InfusionOutcome.STOPPED if btx.text(19) else InfusionOutcome.COMPLETE
    steps = frozenset({Step.INFUSION})
    for event in treated(told, steps, started, ended, number, outcome):
        yield event.model_copy(update={name: who for name, who in people.items() if who})
    if status == REACTED or btx.text(18):
        reaction = btx.text(18) or None
        at = told.happened((btx, 17), (btx, 13), (btx, 16))
        yield told.event(OutcomeRecorded, at, number, adverse_event=True, outcome=reaction)
