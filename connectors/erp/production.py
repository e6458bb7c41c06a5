"""Production orders and batches: LOIPRO reserves a slot or gives the batch number, BATMAS gives it too.

| message | code | fact |
| --- | --- | --- |
| LOIPRO | SLR | SlotReserved: scheduled start and end of E1AFKOL |
| LOIPRO | SLM, SLX, SLU | SlotChanged: moved, released, the answer never came |
| LOIPRO | other | BatchNumberAssigned, when E1AFPOL gives a batch: CHARG, KDAUF is the order |
| BATMAS | | BatchNumberAssigned, when it says whose batch it is |

The SL codes are our agreement. The slot is the number added as `ID.SLOT`, else the production order.
"""

from __future__ import annotations

from connectors.connector import CannotUnderstand, Decision, Ignored, Mapped
from connectors.erp.message import Message
from schemas.envelope import Identifier, Scheme
from schemas.ordering import BatchNumberAssigned, SlotChange, SlotChanged, SlotReserved
from schemas.reasons import Reason

SLOT_CHANGES: dict[str, SlotChange] = {
    "SLM": SlotChange.MOVED,
    "SLX": SlotChange.RELEASED,
    "SLU": SlotChange.OUTCOME_UNKNOWN,
}


def production_order(message: Message) -> Decision:
    """LOIPRO: a production order, which by its code is a slot."""
    code = message.idoc.code
    if code == "SLR":
        return _slot_reserved(message)
    if code in SLOT_CHANGES:
        return _slot_changed(message, SLOT_CHANGES[code])
    batches = _batches(message, "E1AFPOL", "CHARG")
    if not batches and Scheme.BATCH not in {i.scheme for i in message.added.identifiers()}:
        return Ignored(f"{message.idoc.kind}: a production order without a batch number")
    return _assigned(message, batches, _order(message))


def batch_master(message: Message) -> Decision:
    """BATMAS: a batch has been created."""
    batches = _batches(message, "E1BATMAS", "BATCH")
    if not batches:
        raise CannotUnderstand(Reason.FIELD_MISSING, "E1BATMAS.BATCH is empty")
    return _assigned(message, batches, ())


def _assigned(
    message: Message, batches: tuple[Identifier, ...], order: tuple[Identifier, ...]
) -> Decision:
    owners = {Scheme.COI, Scheme.ORDER, Scheme.DIN}
    owned = order or message.added.one("COI")
    if not owned and not owners & {i.scheme for i in message.added.identifiers()}:
        return Ignored(f"{message.idoc.kind}: a batch of no order and no course")
    event = message.event(
        BatchNumberAssigned,
        (*batches, *order),
        remanufacture=message.added.one("REMANUFACTURE") or False,
    )
    return Mapped((event,))


def _slot_reserved(message: Message) -> Decision:
    header = message.body.first("E1AFKOL")
    event = message.event(
        SlotReserved,
        (*_slot(message), *_order(message)),
        starts_at=message.moment("STARTS_AT", header.when("GSTRS", "GSUZS", message.clock)),
        ends_at=message.moment("ENDS_AT", header.when("GLTRS", "GLUZS", message.clock)),
    )
    return Mapped((event,))


def _slot_changed(message: Message, change: SlotChange) -> Decision:
    start = message.body.first("E1AFKOL").when("GSTRS", "GSUZS", message.clock)
    event = message.event(
        SlotChanged,
        (*_slot(message), *_order(message)),
        change=change,
        starts_at=message.moment("STARTS_AT", start),
    )
    return Mapped((event,))


def _batches(message: Message, segment: str, field: str) -> tuple[Identifier, ...]:
    found = dict.fromkeys(s.get(field) for s in message.body.every(segment) if s.get(field))
    return tuple(i for value in found for i in message.named(Scheme.BATCH, value))


def _order(message: Message) -> tuple[Identifier, ...]:
    """The sales order that a production order is made for."""
    found = dict.fromkeys(s.number("KDAUF") for s in message.body.every("E1AFPOL"))
    return tuple(i for value in found for i in message.named(Scheme.ORDER, value))


def _slot(message: Message) -> tuple[Identifier, ...]:
    if any(i.scheme is Scheme.SLOT for i in message.added.identifiers()):
        return ()
    return message.named(Scheme.SLOT, message.body.first("E1AFKOL").number("AUFNR"))
