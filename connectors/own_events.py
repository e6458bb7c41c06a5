"""Events that a partner states in our own words: a CloudEvent of a type of our catalogue, as JSON or Avro.

The door that it comes by belongs to one partner of one system, and an event of anybody else is
refused. Whether the system may say it is asked later, at admission, as of every event. Pure.
"""

from __future__ import annotations

from connectors.cloudevents import CloudEvent
from connectors.connector import Decision, Mapped, Partner, Refused
from schemas import topics
from schemas.envelope import Event
from schemas.lines import BadLine, from_line
from schemas.reasons import Reason
from schemas.wire import WireError, decode
from schemas.wire_schemas import PREFIX, contract_named

ADDRESSES = frozenset({"v2vtopic", "v2vkey", "v2vschemaid"})
"""What lines of our files may say about their place; a partner's place is its door."""


def ours(event: CloudEvent) -> bool:
    """Whether the CloudEvent claims a type of our catalogue."""
    return event.type.startswith(PREFIX)


def stated(event: CloudEvent, partner: Partner) -> Decision:
    """The event that the partner states, or why it is not believed."""
    contract = contract_named(event.type.removeprefix(PREFIX))
    if contract is None or not issubclass(contract, Event):
        detail = f"{event.type[:80]!r} is no event type of the catalogue"
        return Refused(Reason.UNKNOWN_TYPE, detail)
    try:
        fact = _from_json(event) if event.is_json else _from_avro(event)
    except BadLine as wrong:
        return Refused(Reason.CONTRACT_VIOLATION, str(wrong))
    except WireError as wrong:
        return Refused(wrong.reason, wrong.detail)
    own = topics.inbound(partner.system.value, partner.name)
    if topics.inbound(fact.system.value, fact.partner) != own:
        detail = f"this door takes what {partner.system.value}/{partner.name} says"
        return Refused(Reason.WRONG_TOPIC, detail)
    return Mapped((fact,))


def _from_json(event: CloudEvent) -> Event:
    line = {name: value for name, value in event.attributes.items() if name not in ADDRESSES}
    _, message = from_line(line)
    return decode(message.value, message.headers).event


def _from_avro(event: CloudEvent) -> Event:
    return decode(event.data, (("ce_type", event.type.encode()),)).event
