"""What the ERP says, in our words: SAP IDoc as XML or fixed-width, and S/4HANA events with their records.

One decision per IDoc, and all formats are read into one form. The message type decides; what tells of no therapy is ignored by its kind. Orders are in `orders`,
slots and batch numbers in `production`, goods issues in `deliveries`, aliases in `registry`.
Pure: bytes in, decisions out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from connectors.connector import (
    CannotUnderstand,
    Decision,
    Ignored,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from connectors.erp import deliveries, flat, orders, production, registry, s4hana
from connectors.erp.idoc import Idoc, idoc, idocs
from connectors.erp.layouts import unstated
from connectors.erp.message import Message
from connectors.formats import local, namespace, within, xml
from schemas.reasons import Reason

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
        return _decisions(raw, partner, tokens, companions)
    except CannotUnderstand as error:
        return (Refused(error.reason, error.detail),)


def _decisions(
    raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...]
) -> tuple[Decision, ...]:
    start = within(raw.body).lstrip(b"\xef\xbb\xbf \t\r\n")
    if flat.is_flat(start):
        found = flat.flat_idocs(raw.body, partner)
        return tuple(_flat(one, partner, tokens) for one in found)
    if start.startswith((b"{", b"[")):
        said = s4hana.read(raw, partner, companions)
        return (_decision(lambda: said, partner, tokens) if isinstance(said, Idoc) else said,)
    root = xml(raw.body)
    elements = idocs(root)
    if not elements:
        name = local(root.tag)[:60]
        place = namespace(root.tag)[:80] or "no namespace"
        detail = f"XML with the root {name!r} in {place!r}; IDoc as XML is read"
        return (Refused(Reason.UNKNOWN_FORMAT, detail),)
    return tuple(_decision(partial(idoc, element), partner, tokens) for element in elements)


def _flat(found: Idoc | CannotUnderstand, partner: Partner, tokens: Tokens) -> Decision:
    if isinstance(found, CannotUnderstand):
        return Refused(found.reason, found.detail)
    if found.message_type in FACTS and (name := unstated(found.body, partner)):
        detail = f"{name}: its columns are not known; state them as mapping.segments (WE60)"
        return Refused(Reason.UNSUPPORTED_VERSION, detail)
    return _decision(lambda: found, partner, tokens)


def _decision(read: Callable[[], Idoc], partner: Partner, tokens: Tokens) -> Decision:
    try:
        message = Message.of(read(), partner, tokens)
        translation = FACTS.get(message.idoc.message_type)
        if translation is None:
            return Ignored(message.idoc.kind)
        return translation(message)
    except CannotUnderstand as error:
        return Refused(error.reason, error.detail)
