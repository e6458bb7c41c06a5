"""How each fact of manufacture is laid out in B2MML, in each of the three versions.

Computes: a fact in, the nested elements of its document out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from connectors.mes.performance import SEGMENTS
from connectors.simulator.agreed import Pairs, stamp
from schemas.envelope import Event, Identifier, Scheme
from schemas.manufacture import (
    AlarmChanged,
    AlarmState,
    BatchStarted,
    InProcessControlRecorded,
    LineClearanceRecorded,
    MaterialDecided,
    MaterialDecision,
    MaterialReceived,
    ProductFilled,
    StepCompleted,
)

Node = tuple[str, "str | list[Node]"]
"""An element to be written: its name, and its text or the elements below it."""


@dataclass(frozen=True, slots=True)
class Version:
    """What a version of B2MML calls things."""

    namespace: str
    verb: str
    performance: str
    response: str
    data: str
    alarms: str
    """The noun of alarms; empty where the version has none."""
    disposition: bool = False
    marked: bool = False
    """Whether its senders begin a file with a byte order mark."""


VERSIONS: tuple[Version, ...] = (
    Version(
        "http://www.wbf.org/xml/B2MML-V0401",
        "Sync",
        "ProductionPerformance",
        "ProductionResponse",
        "ProductionData",
        "",
        marked=True,
    ),
    Version(
        "http://www.mesa.org/xml/B2MML-V0600",
        "Process",
        "OperationsPerformance",
        "OperationsResponse",
        "SegmentData",
        "WorkAlert",
    ),
    Version(
        "http://www.mesa.org/xml/B2MML",
        "Sync",
        "OperationsPerformance",
        "OperationsResponse",
        "SegmentData",
        "OperationsEvent",
        disposition=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A document before its added fields: its noun, and what its own elements already carry."""

    noun: str
    build: Callable[[Pairs], Node]
    carried: frozenset[str]
    """The fields of the fact that stand in B2MML's own elements."""
    named: frozenset[Identifier] = frozenset()


STATES = {
    MaterialDecision.ACCEPTED: "Accepted",
    MaterialDecision.ACCEPTED_AT_RISK: "Accepted at risk",
    MaterialDecision.REJECTED: "Rejected",
}

_SEGMENT_OF = {kind: name for name, kind in SEGMENTS.items()}
_PRODUCED = {ProductFilled}


def write(above: Element, node: Node) -> None:
    """Writes an element and all below it."""
    name, content = node
    element = SubElement(above, name)
    if isinstance(content, str):
        element.text = content
    else:
        for below in content:
            write(element, below)


def performed(event: Event, version: Version) -> Draft:
    """Work done: a response with one segment."""
    carried = {"occurred_at", "recorded_at"}
    batches = _bare(event, Scheme.BATCH)
    containers = _bare(event, Scheme.CONTAINER) if type(event) in _PRODUCED and batches else []
    lots = _bare(event, Scheme.MATERIAL_LOT)
    named = [*batches, *containers, *lots]
    people = _people(event)
    device: list[Node] = []
    if event.actor is not None:
        carried |= {"actor", "actor_role", "second_actor"}
    if event.device is not None:
        device = [("EquipmentActual", [("EquipmentID", event.device)])]
        carried.add("device")
    own, step = _own(event, version)
    carried |= {"step", "started_at"} if isinstance(event, StepCompleted) else set()
    carried |= {"test", "value", "value_text", "unit"} & set(type(event).model_fields)
    if isinstance(event, MaterialReceived):
        carried.add("temperature")
    place = _place(event)
    if place:
        carried.add("room")
    times = _times(event)

    def build(pairs: Pairs) -> Node:
        data = [_parameter(version.data, f"V2V.{n}", ((v, "string", ""),)) for n, v in pairs]
        segment: list[Node] = [
            ("ID", step),
            *place,
            ("ProcessSegmentID", step),
            *times,
            *own,
            *data,
            *people,
            *device,
            *_materials(batches, containers, lots),
        ]
        started: list[Node] = []
        if isinstance(event, BatchStarted):
            started = [("StartTime", times[0][1])]
        response: Node = (
            version.response,
            [("ID", f"WO-{event.event_id.hex[:8]}"), *started, ("SegmentResponse", segment)],
        )
        return version.performance, [("ID", f"PERF-{event.event_id.hex[:8]}"), response]

    return Draft(version.performance, build, frozenset(carried), frozenset(named))


def lot(event: MaterialDecided, version: Version) -> Draft:
    """The state of a material lot."""
    first = next(iter(event.identifiers), None)
    number = first.value if first else f"LOT-{event.event_id.hex[:8]}"
    state = STATES[event.decision]
    noun = (
        "MaterialInformation" if version.performance == "ProductionPerformance" else "MaterialLot"
    )

    def build(pairs: Pairs) -> Node:
        shown: list[Node] = [("ID", number), ("MaterialDefinitionID", "STARTING-MATERIAL")]
        shown.append(("Status", "Quarantine" if version.disposition else state))
        if version.disposition:
            shown.append(("Disposition", state))
        shown += [
            _parameter("MaterialLotProperty", f"V2V.{n}", ((v, "string", ""),)) for n, v in pairs
        ]
        if noun == "MaterialLot":
            return noun, shown
        return noun, [("ID", "STARTING-MATERIAL"), ("MaterialLot", shown)]

    return Draft(noun, build, frozenset({"decision", "recorded_at"}))


def work_alert(event: AlarmChanged, version: Version) -> Draft:
    """An alarm as V0600 has it: one object that begins and ends."""
    ended = event.state is AlarmState.CLEARED
    carried = {"alarm", "state", "critical", "message", "occurred_at", "recorded_at"}

    def build(pairs: Pairs) -> Node:
        moment = stamp(event.occurred_at, event.occurred_offset_minutes)
        shown: list[Node] = [("ID", event.alarm)]
        shown += [("EffectiveEndDate", moment)] if ended else []
        shown += [("MessageText", event.message)] if event.message else []
        shown += [] if ended else [("TimeStamp", moment)]
        shown.append(("Priority", "Critical" if event.critical else "Normal"))
        shown += [
            _parameter("WorkAlertProperty", f"V2V.{n}", ((v, "string", ""),)) for n, v in pairs
        ]
        return version.alarms, shown

    return Draft(version.alarms, build, frozenset(carried))


def operations_event(event: AlarmChanged, version: Version) -> Draft:
    """An alarm as V0700 has it: a message of its own that names its definition."""
    carried = {"alarm", "state", "critical", "message", "occurred_at", "recorded_at"}
    state = "Cleared" if event.state is AlarmState.CLEARED else "Raised"

    def build(pairs: Pairs) -> Node:
        moment = stamp(event.occurred_at, event.occurred_offset_minutes)
        shown: list[Node] = [("ID", str(event.event_id))]
        shown += [("Description", event.message)] if event.message else []
        shown += [
            ("OperationsEventDefinitionID", event.alarm),
            ("Category", "Critical" if event.critical else "Process"),
            ("EffectiveTimestamp", moment),
            ("RecordTimestamp", moment),
            _parameter("OperationsEventProperty", "AlarmState", ((state, "string", ""),)),
        ]
        shown += [
            _parameter("OperationsEventProperty", f"V2V.{n}", ((v, "string", ""),))
            for n, v in pairs
        ]
        return version.alarms, shown

    return Draft(version.alarms, build, frozenset(carried))


def _own(event: Event, version: Version) -> tuple[list[Node], str]:
    """The parameters of the segment itself, and its name."""
    if isinstance(event, StepCompleted):
        return [], event.step
    step = _SEGMENT_OF[type(event)]
    if isinstance(event, InProcessControlRecorded):
        unit = event.unit or ""
        said = [] if event.value is None else [(repr(event.value), "double", unit)]
        said += [] if event.value_text is None else [(event.value_text, "string", unit)]
        return [_parameter(version.data, event.test, said or (("", "string", unit),))], step
    if isinstance(event, MaterialReceived) and event.temperature is not None:
        name = "V2V.TEMPERATURE"
        return [_parameter(version.data, name, ((repr(event.temperature), "double", "CEL"),))], step
    return [], step


def _parameter(name: str, about: str, said: Sequence[tuple[str, str, str]]) -> Node:
    wrapped: list[Node] = [
        ("Value", [("ValueString", text), ("DataType", kind), ("UnitOfMeasure", unit)])
        for text, kind, unit in said
    ]
    return name, [("ID", about), *wrapped]


def _times(event: Event) -> list[Node]:
    moment = stamp(event.occurred_at, event.occurred_offset_minutes)
    if isinstance(event, BatchStarted):
        return [("ActualStartTime", moment)]
    start: list[Node] = []
    if isinstance(event, StepCompleted) and event.started_at is not None:
        start = [("ActualStartTime", stamp(event.started_at))]
    return [*start, ("ActualEndTime", moment)]


def _place(event: Event) -> list[Node]:
    if isinstance(event, BatchStarted | LineClearanceRecorded) and event.room is not None:
        return [("HierarchyScope", [("EquipmentID", event.room), ("EquipmentLevel", "WorkCenter")])]
    return []


def _people(event: Event) -> list[Node]:
    if event.actor is None:
        return []
    role: list[Node] = [] if event.actor_role is None else [("PersonnelClassID", event.actor_role)]
    people: list[Node] = [("PersonnelActual", [*role, ("PersonID", event.actor)])]
    if event.second_actor is not None:
        people.append(("PersonnelActual", [("PersonID", event.second_actor)]))
    return people


def _materials(
    batches: list[Identifier], containers: list[Identifier], lots: list[Identifier]
) -> list[Node]:
    found: list[Node] = []
    for number, batch in enumerate(batches):
        made: list[Node] = [("MaterialLotID", batch.value)]
        # all containers stand with the first batch; one filling is of one batch
        made += [("MaterialSubLotID", one.value) for one in containers] if number == 0 else []
        found.append(("MaterialActual", [*made, ("MaterialUse", "Produced")]))
    for one in lots:
        used: list[Node] = [("MaterialLotID", one.value), ("MaterialUse", "Consumed")]
        found.append(("MaterialActual", used))
    return found


def _bare(event: Event, scheme: Scheme) -> list[Identifier]:
    """The identifiers of a scheme without an issuer, which B2MML has no place for."""
    return [one for one in event.identifiers if one.scheme is scheme and one.issuer is None]
