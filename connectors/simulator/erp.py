"""The manufacturer's ERP at play: every fact of ordering as the IDoc that an SAP system would send.

The inverse of `connectors.erp`. Each fact is one IDoc of the type that partners use for it; what SAP
has no field for stands in our extension segment. The number of the IDoc follows from the id of the
fact, so that the same fact is the same message however often it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from connectors.simulator import agreed
from connectors.simulator.erp_documents import (
    DRAFTS,
    ORDERS,
    Draft,
    Segment,
    date,
    document_number,
    time,
)
from connectors.simulator.native import InventedPatient, NativeMessage, patients_of
from schemas.envelope import Environment, Event, System


def render(events: Sequence[Event]) -> list[NativeMessage]:
    """One IDoc for each fact, in their order."""
    return [_message(event, who) for event, who in zip(events, patients_of(events), strict=True)]


def _message(event: Event, who: InventedPatient) -> NativeMessage:
    draft = DRAFTS[type(event)](event)
    root = Element(draft.basic_type)
    idoc = SubElement(root, "IDOC", BEGIN="1")
    _write(idoc, _control(event, draft))
    for segment in (*draft.segments, *_parties(draft, who), *_extension(event, draft, who)):
        _write(idoc, segment)
    indent(root, "  ")
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    code = f"_{draft.code}" if draft.code else ""
    name = f"{draft.message_type}{code}_{document_number(event.event_id)}.xml"
    return NativeMessage(System.ERP, name, body)


def _write(above: Element, segment: Segment) -> None:
    element = SubElement(above, segment.name, SEGMENT="1")
    for field, value in segment.fields.items():
        SubElement(element, field).text = value
    for below in segment.below:
        _write(element, below)


def _control(event: Event, draft: Draft) -> Segment:
    created = event.recorded_at or event.occurred_at
    fields = {
        "TABNAM": "EDI_DC40",
        "MANDT": "100",
        "DOCNUM": document_number(event.event_id),
        "DOCREL": "757",
        "STATUS": "30",
        "DIRECT": "1",
        "OUTMOD": "2",
        "TEST": "X" if event.environment is Environment.TEST else "",
        "IDOCTYP": draft.basic_type,
        "CIMTYP": "ZV2VEXT",
        "MESTYP": draft.message_type,
        "MESCOD": draft.code,
        "SNDPOR": "SAPV2V",
        "SNDPRT": "LS",
        "SNDPRN": event.partner.upper(),
        "RCVPOR": "V2V",
        "RCVPRT": "LS",
        "RCVPRN": "V2V",
        "CREDAT": date(created),
        "CRETIM": time(created),
    }
    return Segment("EDI_DC40", fields)


def _parties(draft: Draft, who: InventedPatient) -> tuple[Segment, ...]:
    """Who an order is about, with the clutter that real orders carry."""
    if draft.basic_type != ORDERS:
        return ()
    fields = {"PARVW": "ZP", "PARTN": who.number, "NAME1": who.name, "IHREZ": agreed.PATIENTS}
    return (Segment("E1EDKA1", fields),)


def _extension(event: Event, draft: Draft, who: InventedPatient) -> tuple[Segment, ...]:
    without = ("subject",) if draft.basic_type == ORDERS else ()
    left = [one for one in event.identifiers if one not in draft.named]
    pairs = [
        *agreed.envelope(event, who, document_number, without),
        *agreed.identifiers(left),
        *agreed.facts(event, draft.carried),
    ]
    return tuple(Segment("Z1V2VEXT", {"NAME": name, "VALUE": value}) for name, value in pairs)
