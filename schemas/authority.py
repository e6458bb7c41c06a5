"""The authority matrix: which system owns a fact, which may correct it, and which may only report it.

An owner's word is believed. A corrector may replace an owner's event by naming it and the reason. A
reporter's word is kept beside the owner's and never changes a state by itself. Everybody else's is
set aside with the reason wrong_owner. Data, reviewed by quality; a test holds every cell of it.
"""

from __future__ import annotations

from enum import StrEnum

from schemas import collection, ordering, transport
from schemas.catalogue import EVENTS
from schemas.envelope import Event, System


class Authority(StrEnum):
    """What a system may do with a type of event."""

    OWNER = "owner"
    MAY_CORRECT = "may_correct"
    MAY_REPORT = "may_report"


_STAGE_OWNER: dict[str, System] = {
    "enrolment": System.CLINIC,
    "collection": System.CLINIC,
    "treatment": System.CLINIC,
    "ordering": System.ERP,
    "manufacture": System.MES,
    "laboratory": System.LIMS,
    "quality": System.QMS,
    "transport": System.LOGISTICS,
}

_PARTIES = {System.CLINIC, System.MES, System.LOGISTICS}

_ALSO_OWN: dict[type[Event], set[System]] = {
    transport.CustodyHandedOver: _PARTIES,  # each party states its own side of a hand-over
    transport.CustodyAccepted: _PARTIES,
    transport.PackagePacked: _PARTIES,  # the sender packs
    collection.IdentityVerified: {System.CLINIC, System.MES},
}

_MAY_CORRECT: dict[type[Event], set[System]] = {
    ordering.BatchNumberAssigned: {System.MES},
}

_MAY_REPORT: dict[type[Event], set[System]] = {
    transport.ShipmentDelivered: {System.CLINIC, System.MES},
    transport.ShipmentBooked: {System.ERP},
    ordering.GoodsIssued: {System.MES},
    ordering.CoiAssigned: {System.CLINIC},
}


def _cells() -> dict[tuple[str, System], Authority]:
    cells: dict[tuple[str, System], Authority] = {}
    for event in EVENTS:
        name = event.type_name()
        stage = name.partition(".")[0]
        if stage == "platform":
            owners = set(System) - {System.UNKNOWN_TO_READER}
        else:
            owners = _ALSO_OWN.get(event, {_STAGE_OWNER[stage]})
        for system in _MAY_REPORT.get(event, ()):
            cells[name, system] = Authority.MAY_REPORT
        for system in _MAY_CORRECT.get(event, ()):
            cells[name, system] = Authority.MAY_CORRECT
        for system in owners:
            cells[name, system] = Authority.OWNER
    return cells


AUTHORITY: dict[tuple[str, System], Authority] = _cells()
"""(event type name, system) to what that system may do; an absent cell means never."""


def authority(type_name: str, system: System) -> Authority | None:
    """What `system` may do with events of this type; None when it may say nothing of the kind."""
    return AUTHORITY.get((type_name, system))


def may_say(system: System) -> tuple[str, ...]:
    """The types of event that a system may say at all, in the order of the catalogue."""
    return tuple(name for name, speaker in AUTHORITY if speaker is system)
