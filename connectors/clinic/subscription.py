"""What a FHIR subscription notifies of: a Bundle that begins with the state of the subscription.

R4 servers say the state in Parameters, R4B and R5 ones in a SubscriptionStatus. The facts are the
resources behind it; a notification that only names them would leave a fact out, so it is refused. Pure.
"""

from __future__ import annotations

from connectors.clinic.document import Document
from connectors.clinic.node import Node
from connectors.connector import Decision, Ignored, Refused
from schemas.reasons import Reason

NOTIFIES = ("event-notification", "query-event")
"""The kinds that tell of changed resources; the others are about the subscription itself."""


def state_of(entry: Node) -> Node | None:
    """The state of a subscription, where the entry holds one."""
    resource = entry.node("resource")
    if resource is None:
        return None
    kind = resource.text("resourceType")
    if kind == "SubscriptionStatus":
        return resource
    if kind == "Parameters" and _parameter(resource, "subscription") is not None:
        return resource
    return None


def notified(state: Node, document: Document) -> Decision:
    """What the notification itself comes to; its resources are decided one by one."""
    kind = _said(state, "type") or "unknown kind"
    if kind not in NOTIFIES:
        return Ignored(f"a subscription's {kind[:40]}")
    named = _focuses(state)
    absent = [reference for reference in named if document.resolve(reference, state) is None]
    if absent or not named:
        detail = (
            f"the notification carries {len(named) - len(absent)} of {len(named) or 'no'} resources"
            " that it tells of; set the subscription's content to full-resource"
        )
        return Refused(Reason.FIELD_MISSING, detail)
    return Ignored(f"a subscription's {kind}: its resources are read")


def _parameter(parameters: Node, name: str) -> Node | None:
    return next((p for p in parameters.nodes("parameter") if p.text("name") == name), None)


def _said(state: Node, name: str) -> str | None:
    if state.text("resourceType") == "SubscriptionStatus":
        return state.text(name)
    parameter = _parameter(state, name)
    return None if parameter is None else parameter.text("valueCode")


def _focuses(state: Node) -> tuple[Node, ...]:
    """The references to the resources that changed."""
    if state.text("resourceType") == "SubscriptionStatus":
        events = state.nodes("notificationEvent")
        return tuple(focus for event in events if (focus := event.node("focus")) is not None)
    return tuple(
        reference
        for parameter in state.nodes("parameter")
        if parameter.text("name") == "notification-event"
        for part in parameter.nodes("part")
        if part.text("name") == "focus" and (reference := part.node("valueReference")) is not None
    )
