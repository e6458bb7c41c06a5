"""What the ERP says, in our words: SAP IDoc as XML, one decision per IDOC element.

The message type decides; what tells of no therapy is ignored by its kind. Orders are in `orders`,
slots and batch numbers in `production`, goods issues in `deliveries`, aliases in `registry`.
Pure: bytes in, decisions out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from connectors.connector import (
    CannotUnderstand,
    Decision,
    Ignored,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from connectors.erp import deliveries, orders, production, registry
from connectors.erp.idoc import idoc, idocs
from connectors.erp.message import Message
from connectors.erp.other_formats import decide_json, flat_idoc
from connectors.formats import local, namespace, within, xml
from schemas.reasons import Reason

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FACTS: dict[str, Callable[[Message], Decision]] = {
    "ORDERS": orders.created,
    "ORDRSP": orders.answered,
    "ORDCHG": orders.changed,
    "LOIPRO": production.production_order,
    "BATMAS": production.batch_master,
    "DESADV": deliveries.delivery,
    "SHPCON": deliveries.delivery,
    "ZV2VALIAS": registry.alias,
}
"""Logical message type to its translation."""


def translate(
    raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...] = ()
) -> tuple[Decision, ...]:
    """What each IDoc of the payload says; one that is wrong does not stop the others."""
    try:
        return _decisions(within(raw.body), partner, tokens)
    except CannotUnderstand as error:
        return (Refused(error.reason, error.detail),)


def _decisions(body: bytes, partner: Partner, tokens: Tokens) -> tuple[Decision, ...]:
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")
    if flat_idoc(start):
        detail = "a fixed-width IDoc; send IDoc as XML"
        return (Refused(Reason.UNKNOWN_FORMAT, detail),)
    if start.startswith((b"{", b"[")):
        return (decide_json(body),)
    root = xml(body)
    elements = idocs(root)
    if not elements:
        name = local(root.tag)[:60]
        place = namespace(root.tag)[:80] or "no namespace"
        detail = f"XML with the root {name!r} in {place!r}; IDoc as XML is read"
        return (Refused(Reason.UNKNOWN_FORMAT, detail),)
    return tuple(_decision(element, partner, tokens) for element in elements)


def _decision(element: Element, partner: Partner, tokens: Tokens) -> Decision:
    try:
        message = Message.of(idoc(element), partner, tokens)
        translation = FACTS.get(message.idoc.message_type)
        if translation is None:
            return Ignored(message.idoc.kind)
        return translation(message)
    except CannotUnderstand as error:
        return Refused(error.reason, error.detail)
