"""The parts of a B2MML document that facts are made of: parameters, material, people, equipment.

Our added fields are parameters or properties whose id begins with `V2V.`; what stands behind is a
name of `connectors.agreed`.

| said of material | becomes |
| --- | --- |
| lot produced | BATCH, where its material is a therapy or no list of therapies is agreed |
| sublot produced | CONTAINER |
| lot consumed | MATERIAL_LOT |
| lot of a material that the partner's `identifier_systems` names | the scheme named there |
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple

from connectors.agreed import Added, identifier
from connectors.connector import Partner
from connectors.mes.b2mml import Value, child, children, text, texts, values
from schemas.envelope import Identifier, Scheme

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

PREFIX = "V2V."

Parameters = tuple[tuple[str, tuple[Value, ...]], ...]
"""The id of each parameter, with its values."""

PARAMETERS = (
    *("SegmentData", "ProductionData", "OperationsData", "JobResponseData", "WorkData"),
    *("OtherInformation", "Parameter"),
)
PROPERTIES = (
    "MaterialLotProperty",
    "MaterialActualProperty",
    "WorkAlertProperty",
    "OperationsEventProperty",
)


def parameters(element: Element) -> Parameters:
    """Every parameter or property with its values, those that stand below another one included."""
    found: list[tuple[str, tuple[Value, ...]]] = []
    for one in children(element, *PARAMETERS, *PROPERTIES):
        found.append((text(one, "ID"), values(one)))
        found.extend(parameters(one))
    return tuple(found)


class Stated(NamedTuple):
    """The parameters of a part: the agreed fields among them, and the partner's own."""

    added: Added
    own: Parameters


def stated(element: Element) -> Stated:
    """The parameters of a part, what was added by agreement apart from the partner's own."""
    given = parameters(element)
    pairs = tuple(
        (name.removeprefix(PREFIX), value.text)
        for name, values_of in given
        if name.startswith(PREFIX)
        for value in values_of
        if value.text
    )
    own = tuple(one for one in given if one[0] and not one[0].startswith(PREFIX))
    return Stated(Added(pairs), own)


def added(element: Element) -> Added:
    """The agreed fields among the parameters."""
    return stated(element).added


def materials(element: Element, partner: Partner) -> tuple[Identifier, ...]:
    """What the material of a segment names."""
    return tuple(
        one for actual in children(element, *_ACTUALS) for one in _material(actual, partner)
    )


_ACTUALS = {
    "MaterialActual": "",
    "MaterialProducedActual": "Produced",
    "MaterialConsumedActual": "Consumed",
    "ConsumableActual": "Consumed",
}
"""How V0401 may still name the use of the material; later versions say it in MaterialUse."""


def _use(actual: Element) -> str:
    named = _ACTUALS[actual.tag]
    return (named or text(actual, "MaterialUse")).casefold()


def _material(actual: Element, partner: Partner) -> Iterator[Identifier]:
    definition = text(actual, "MaterialDefinitionID")
    agreed = partner.identifier_systems.get(definition) if definition else None
    produced = _use(actual) == "produced"
    for lot in texts(actual, "MaterialLotID"):
        if agreed is not None:
            yield identifier(agreed, lot)
        elif produced and _is_therapy(definition, partner):
            yield identifier(Scheme.BATCH, lot)
        else:
            yield identifier(Scheme.MATERIAL_LOT, lot)
    if produced and agreed is None and _is_therapy(definition, partner):
        for sublot in texts(actual, "MaterialSubLotID"):
            yield identifier(Scheme.CONTAINER, sublot)


def _is_therapy(definition: str, partner: Partner) -> bool:
    """Whether a material is one of the therapies agreed on; every one is, without an agreement."""
    listed = partner.mapping.get("products")
    return not isinstance(listed, Mapping) or definition in listed


def place(element: Element) -> str | None:
    """The room or the line that a part names."""
    scope = child(element, "HierarchyScope", "Location")
    named = text(scope, "EquipmentID") or text(scope, "EquipmentElementID")
    return named or None


def equipment(element: Element) -> str | None:
    """The device that a part names."""
    found = (text(one, "EquipmentID") for one in children(element, "EquipmentActual"))
    return next((device for device in found if device), None)


def people(element: Element) -> tuple[tuple[str, str], ...]:
    """Who took part: the number of the person and the class, in their order."""
    return tuple(
        (text(one, "PersonID"), text(one, "PersonnelClassID"))
        for one in children(element, "PersonnelActual")
    )


def performers(element: Element) -> tuple[tuple[str, str], ...]:
    """Who did it, as a batch record says: the number of the person, once for each."""
    return tuple(
        (n, "") for n in dict.fromkeys(texts(element, "Performer") or texts(element, "PersonID"))
    )
