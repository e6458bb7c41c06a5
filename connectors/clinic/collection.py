"""Collection of the cells, as a clinic's FHIR says it: planned, done or failed, labelled, frozen, checked.

R4 gives a Procedure no volume, no bags and no cell count: they are read from extensions of ours
(`collected-volume`, `collected-bags`, `collected-cells`), or from the one Specimen of the same
message that carries the same donation number. Pure.
"""

from __future__ import annotations

from connectors import units
from connectors.clinic import codes
from connectors.clinic.codes import IDENTITY_CHECKS, Step
from connectors.clinic.identifiers import course_identifiers
from connectors.clinic.node import Node
from connectors.clinic.said import Said, SaysNothing
from connectors.connector import CannotUnderstand
from connectors.times import When
from schemas.collection import (
    CollectionCompleted,
    CollectionFailed,
    CollectionScheduled,
    Comparison,
    IdentityVerified,
    LabelApplied,
    MaterialCryopreserved,
)
from schemas.envelope import Event, Scheme
from schemas.reasons import Reason

FINAL = frozenset({"final", "amended", "corrected"})

MATERIAL = frozenset({Step.LABELLING, Step.CRYOPRESERVATION})
"""What is done to the material and has an event of its own."""


def collection_appointment(said: Said) -> tuple[Event, ...]:
    """A booked apheresis is planned; what was only proposed is not."""
    if said.status != "booked":
        raise SaysNothing(f"an Appointment for collection that is {said.status}, not booked")
    planned = said.when("start")
    if planned is None:
        raise CannotUnderstand(Reason.FIELD_MISSING, "Appointment.start is missing")
    at = said.happened(said.when("created"))
    return (said.event(CollectionScheduled, at, planned_at=planned.instant),)


def collection_procedure(said: Said) -> tuple[Event, ...]:
    """The apheresis is done, or was not done, or was stopped."""
    if said.status in ("not-done", "stopped"):
        at = said.happened(
            said.when("performedDateTime", "performedPeriod.end", "performedPeriod.start")
        )
        return (said.event(CollectionFailed, at),)
    if said.status != "completed":
        raise SaysNothing(f"a collection that is {said.status}, not completed")
    ended = said.when("performedPeriod.end", "performedDateTime")
    if ended is None:
        raise CannotUnderstand(Reason.FIELD_MISSING, "Procedure.performedPeriod.end is missing")
    started = said.when("performedPeriod.start")
    volume, bags, cells = _collected(said)
    return (
        said.event(
            CollectionCompleted,
            said.happened(ended),
            started_at=None if started is None else started.instant,
            ended_at=ended.instant,
            volume=volume,
            bags=bags,
            nucleated_cells=cells,
        ),
    )


def _collected(said: Said) -> tuple[float | None, int | None, float | None]:
    """Volume in millilitres, bags, and nucleated cells, as far as they are stated."""
    volume, bags, cells = (
        said.extension(f"collected-{name}") for name in ("volume", "bags", "cells")
    )
    quantity = None if volume is None else volume.node("valueQuantity")
    count = None if bags is None else bags.count("valueInteger")
    specimen = _specimen(said)
    if specimen is not None:
        taken = specimen.node("collection")
        quantity = quantity or (None if taken is None else taken.node("quantity"))
        if count is None:
            count = len(specimen.nodes("container")) or None
    many = None if cells is None else cells.node("valueQuantity")
    return (
        None if quantity is None else units.millilitres(*_quantity(quantity)),
        count,
        None if many is None else units.cells(*_quantity(many)),
    )


def _quantity(quantity: Node) -> tuple[float | None, str | None, str]:
    coded = quantity.text("code") if quantity.text("system") == units.UCUM_SYSTEM else None
    return quantity.number("value"), coded or quantity.text("unit"), quantity.path


def _specimen(said: Said) -> Node | None:
    """The specimen of this message that carries the collection's donation number, if it is one."""
    donation = {i.value for i in said.identifiers if i.scheme is Scheme.DIN}
    found = {
        id(resource.value): resource
        for resource in said.document.index.values()
        if resource.text("resourceType") == "Specimen"
        and donation
        & {
            i.value
            for i in course_identifiers(resource, said.document, said.partner)
            if i.scheme is Scheme.DIN
        }
    }
    return next(iter(found.values())) if len(found) == 1 else None


def material(said: Said) -> tuple[Event, ...]:
    """What was done to the material since it was collected: labelled, frozen, put into storage."""
    events: list[Event] = []
    done = [*said.resource.nodes("processing"), *said.properties(*MATERIAL)]
    alone = len(done) == 1  # else a provenance cannot time them
    for index, one in enumerate(done):
        steps = said.steps_in(one, "procedure", "type")
        if not steps & MATERIAL:
            continue
        clock = said.partner.clock
        period = one.node("timePeriod") or one.node("valuePeriod")
        moment = one.when("timeDateTime", clock)
        end = None if period is None else period.when("end", clock)
        at = said.happened(moment or end) if alone else said.needed(moment or end)
        part = f"processing/{index}"
        if Step.LABELLING in steps:
            label = said.extension("label-version")
            version = None if label is None else label.text("valueString")
            events.append(said.event(LabelApplied, at, part, label_version=version))
        if Step.CRYOPRESERVATION in steps:
            completed = None if end is None else end.instant
            events.append(said.event(MaterialCryopreserved, at, part, completed_at=completed))
    return tuple(events)


def identity_check(said: Said, step: Step) -> tuple[Event, ...]:
    """Identifiers compared by people or a scanner: expected in the reference range, found as value."""
    if said.status not in FINAL:
        raise SaysNothing(f"an identity check that is {said.status}, not final")
    at = said.happened(effective(said))
    compared = tuple(_comparison(component) for component in said.resource.nodes("component"))
    return (said.event(IdentityVerified, at, context=IDENTITY_CHECKS[step], comparisons=compared),)


def effective(said: Said) -> When | None:
    """When an observation is about."""
    return said.when(
        "effectiveDateTime", "effectiveInstant", "effectivePeriod.end", "effectivePeriod.start"
    )


def _comparison(component: Node) -> Comparison:
    """One identifier of the check; one that is none of ours is refused, not passed over."""
    concept = component.node("code")
    stated = () if concept is None else concept.codings()
    ours = next((code for system, code in stated if system == codes.SCHEME_SYSTEM), None)
    scheme = codes.word(Scheme, ours)
    if scheme is None:
        detail = f"{component.path}.code: expected a code of {codes.SCHEME_SYSTEM}"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    expected = next((r.text("text") for r in component.nodes("referenceRange")), None)
    found = component.text("valueString")
    if expected is None or found is None:
        detail = f"{component.path}: needs valueString and referenceRange.text"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    return Comparison(scheme=scheme, expected=expected, found=found)
