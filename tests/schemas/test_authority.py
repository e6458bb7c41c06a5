"""Who may say what: every cell of the matrix, as the reference to the systems of record has it."""

from __future__ import annotations

import pytest

from schemas.authority import AUTHORITY, Authority, authority, may_say
from schemas.catalogue import EVENTS
from schemas.envelope import System

OWNERS = {
    "enrolment": "clinic",
    "collection": "clinic",
    "treatment": "clinic",
    "ordering": "erp",
    "manufacture": "mes",
    "laboratory": "lims",
    "quality": "qms",
    "transport": "logistics",
}
SHARED = {
    "transport.CustodyHandedOver": {"clinic", "mes", "logistics"},
    "transport.CustodyAccepted": {"clinic", "mes", "logistics"},
    "transport.PackagePacked": {"clinic", "mes", "logistics"},
    "collection.IdentityVerified": {"clinic", "mes"},
}
CORRECTORS = {("ordering.BatchNumberAssigned", "mes")}
REPORTERS = {
    ("transport.ShipmentDelivered", "clinic"),
    ("transport.ShipmentDelivered", "mes"),
    ("transport.ShipmentBooked", "erp"),
    ("ordering.GoodsIssued", "mes"),
    ("ordering.CoiAssigned", "clinic"),
}
SYSTEMS = [system for system in System if system is not System.UNKNOWN_TO_READER]


def expected(name: str, system: System) -> Authority | None:
    stage = name.partition(".")[0]
    owners = set(SYSTEMS) if stage == "platform" else SHARED.get(name, {OWNERS.get(stage)})
    if system in owners:
        return Authority.OWNER
    if (name, system) in CORRECTORS:
        return Authority.MAY_CORRECT
    return Authority.MAY_REPORT if (name, system) in REPORTERS else None


@pytest.mark.parametrize("event", EVENTS, ids=lambda e: e.type_name())
def test_every_cell_is_as_the_systems_of_record_have_it(event) -> None:
    name = event.type_name()
    found = {system: authority(name, system) for system in SYSTEMS}
    assert found == {system: expected(name, system) for system in SYSTEMS}


def test_every_event_has_an_owner_and_nobody_unknown_may_say_anything() -> None:
    owned = {name for (name, _), right in AUTHORITY.items() if right is Authority.OWNER}
    assert owned == {event.type_name() for event in EVENTS}
    assert may_say(System.UNKNOWN_TO_READER) == ()


def test_what_a_system_may_say_is_told_in_the_order_of_the_catalogue() -> None:
    order = [event.type_name() for event in EVENTS]
    for system in SYSTEMS:
        said = may_say(system)
        assert list(said) == sorted(said, key=order.index)
