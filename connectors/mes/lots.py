"""The state of a material lot: what the manufacturer decided about a patient's starting material.

V0401 and V0600 say it in Status, V0700 in Disposition too. Only a lot that names the patient's cells
counts; that of a raw material tells no course anything. A product batch is decided by the quality
unit, so that what an MES says of it is not taken for a decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from connectors.agreed import identifier
from connectors.connector import CannotUnderstand, Decision, Ignored, Mapped
from connectors.mes.b2mml import child, children, text
from connectors.mes.message import Message, leads_to_a_course
from connectors.mes.parts import added
from schemas.envelope import Event, Scheme
from schemas.manufacture import MaterialDecided, MaterialDecision
from schemas.reasons import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

STATES: dict[str, MaterialDecision | None] = {
    **dict.fromkeys(
        ("accepted", "approved", "released", "valid", "conforming"), MaterialDecision.ACCEPTED
    ),
    **dict.fromkeys(
        ("accepted at risk", "accepted_at_risk", "conditionally accepted", "conditional"),
        MaterialDecision.ACCEPTED_AT_RISK,
    ),
    **dict.fromkeys(
        ("rejected", "invalid", "blocked", "nonconforming", "non-conforming", "scrapped"),
        MaterialDecision.REJECTED,
    ),
    **dict.fromkeys(
        ("", "quarantine", "quarantined", "pending", "received", "under inspection", "restricted"),
        None,
    ),
}
"""The states in small letters; None where nothing is decided. More in the mapping, `lot_states`."""


def lots(message: Message) -> Decision:
    """The decisions on every lot of the document."""
    events: list[Event] = []
    why = "no lot of a patient's material"
    for definition, lot in _lots(message):
        found = added(lot)
        scheme = message.partner.identifier_systems.get(definition) if definition else None
        named = text(lot, "ID")
        things = (identifier(scheme, named),) if scheme and named else ()
        if scheme is Scheme.BATCH:
            why = "the quality unit decides on a product batch"
            continue
        if not leads_to_a_course(found, things):
            continue
        decision = _decision(message, text(lot, "Disposition") or text(lot, "Status"))
        if decision is None:
            why = "nothing decided yet"
            continue
        found.check()
        part = str(len(events) or "")
        events.append(
            message.event(MaterialDecided, lot, found, None, things, part, decision=decision)
        )
    return Mapped(tuple(events)) if events else Ignored(f"{message.document.noun}: {why}")


def _lots(message: Message) -> list[tuple[str, Element]]:
    """Every lot with the material it is of; V0401 names the material above its lots."""
    if message.document.noun == "MaterialLot":
        return [(text(lot, "MaterialDefinitionID"), lot) for lot in message.document.objects]
    found: list[tuple[str, Element]] = []
    for information in message.document.objects:
        material = text(child(information, "MaterialDefinition"), "ID") or text(information, "ID")
        for lot in children(information, "MaterialLot"):
            found.append((text(lot, "MaterialDefinitionID") or material, lot))
    return found


def _decision(message: Message, state: str) -> MaterialDecision | None:
    agreed = message.partner.mapping.get("lot_states")
    word = agreed.get(state, state) if isinstance(agreed, Mapping) else state
    try:
        return STATES[str(word).casefold()]
    except KeyError:
        detail = f"MaterialLot state {state[:40]!r} is not known; add it to lot_states"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail) from None
