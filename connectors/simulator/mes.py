"""The manufacturing execution system at play: every fact of manufacture as the B2MML that it would send.

The inverse of `connectors.mes`. Which version a simulated MES speaks follows from its partner's name,
so that a network of several speaks several. The id of the document follows from the id of the fact,
so that the same fact is the same message however often it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from connectors.simulator import agreed, mes_documents
from connectors.simulator.mes_documents import VERSIONS, Draft, Version, write
from connectors.simulator.native import InventedPatient, NativeMessage, patients_of
from schemas.envelope import Event, System
from schemas.manufacture import AlarmChanged, MaterialDecided

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def render(events: Sequence[Event]) -> list[NativeMessage]:
    """One document for each fact, in their order."""
    return [_message(event, who) for event, who in zip(events, patients_of(events), strict=True)]


def version_of(partner: str) -> Version:
    """The version that a simulated MES speaks."""
    return VERSIONS[sum(partner.encode()) % len(VERSIONS)]


def _message(event: Event, who: InventedPatient) -> NativeMessage:
    version = version_of(event.partner)
    draft = _draft(event, version)
    left = [one for one in event.identifiers if one not in draft.named]
    pairs = [
        *agreed.envelope(event, who, str, draft.carried),
        *agreed.identifiers(left),
        *agreed.facts(event, draft.carried),
    ]
    root = Element(f"{version.verb}{draft.noun}", {"releaseID": "", "xmlns": version.namespace})
    _area(root, event)
    area = SubElement(root, "DataArea")
    SubElement(area, version.verb)
    write(area, draft.build(pairs))
    indent(root, "  ")
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    mark = BYTE_ORDER_MARK if version.marked else b""
    return NativeMessage(System.MES, f"{draft.noun}_{event.event_id}.xml", mark + body)


def _draft(event: Event, version: Version) -> Draft:
    if isinstance(event, MaterialDecided):
        return mes_documents.lot(event, version)
    if isinstance(event, AlarmChanged) and version.alarms == "WorkAlert":
        return mes_documents.work_alert(event, version)
    if isinstance(event, AlarmChanged) and version.alarms == "OperationsEvent":
        return mes_documents.operations_event(event, version)
    return mes_documents.performed(event, version)


def _area(root: Element, event: Event) -> None:
    area = SubElement(root, "ApplicationArea")
    sender = SubElement(area, "Sender")
    SubElement(sender, "LogicalID").text = f"MES-{event.partner}"
    created = event.recorded_at or event.occurred_at
    SubElement(area, "CreationDateTime").text = agreed.stamp(created)
    SubElement(area, "BODID").text = str(event.event_id)
