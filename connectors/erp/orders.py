"""Sales orders: ORDERS places one, ORDRSP answers it, ORDCHG changes or cancels it.

| message | code | fact |
| --- | --- | --- |
| ORDERS | | OrderCreated |
| ORDRSP | | OrderApproved; OrderChanged (cancelled) when every item is cancelled or rejected |
| ORDRSP | COI | CoiAssigned |
| ORDRSP | AVL, NAV | AvailabilityConfirmed: available, no longer available |
| ORDCHG | | OrderChanged: cancelled by header action 002 or when all items are, else changed |

The codes are our agreement; any other code is the sender's own business and changes nothing.
"""

from __future__ import annotations

import re

from connectors.connector import CannotUnderstand, Decision, Ignored, Mapped
from connectors.erp.message import Message
from connectors.erp.products import agreed_products, one_product, products
from connectors.times import When
from schemas.envelope import Identifier, Scheme
from schemas.ordering import (
    AvailabilityConfirmed,
    CoiAssigned,
    OrderApproved,
    OrderChange,
    OrderChanged,
    OrderCreated,
)
from schemas.reasons import Reason

HEADER_DELETED = "002"
ITEM_CANCELLED = "003"

_ISBT_COI = re.compile(r"CH([A-NP-Z1-9][A-NP-Z0-9]{2}\d{2})\d{2}[A-Z0-9]{6}", re.ASCII)


def created(message: Message) -> Decision:
    """ORDERS: a treatment order has been placed."""
    if other := _not_a_treatment(message):
        return other
    event = message.event(
        OrderCreated,
        _orders(message),
        _order_date(message),
        product=one_product(products(message.body, message.partner)),
        collection_planned_at=message.moment("COLLECTION_PLANNED_AT"),
        infusion_planned_at=message.moment("INFUSION_PLANNED_AT"),
    )
    return Mapped((event,))


def answered(message: Message) -> Decision:
    """ORDRSP: the manufacturer answers, or says by agreement what else became of the order."""
    if message.idoc.code == "COI":
        return _coi_assigned(message)
    if message.idoc.code in ("AVL", "NAV"):
        return _availability(message)
    if other := _not_a_treatment(message):
        return other
    if _cancelled(message):
        return Mapped((_changed(message, OrderChange.CANCELLED),))
    return Mapped((message.event(OrderApproved, _orders(message), product=_product(message)),))


def changed(message: Message) -> Decision:
    """ORDCHG: the order is changed or cancelled."""
    if other := _not_a_treatment(message):
        return other
    change = OrderChange.CANCELLED if _cancelled(message) else OrderChange.CHANGED
    return Mapped((_changed(message, change),))


def _changed(message: Message, change: OrderChange) -> OrderChanged:
    rejected = (item.get("ABGRU") for item in message.body.every("E1EDP01"))
    reason = message.added.one("REASON_CODE") or next((r for r in rejected if r), None)
    return message.event(
        OrderChanged,
        _orders(message),
        change=change,
        product=_product(message),
        infusion_planned_at=message.moment("INFUSION_PLANNED_AT"),
        reason_code=reason,
    )


def _product(message: Message) -> str | None:
    """The product, where the message names one and no other."""
    found = products(message.body, message.partner)
    return found[0] if len(found) == 1 else None


def _coi_assigned(message: Message) -> Decision:
    named = [i.value for i in message.added.identifiers() if i.scheme is Scheme.COI]
    coi = message.added.one("COI") or next(iter(named), None)
    if coi is None:
        raise CannotUnderstand(Reason.FIELD_MISSING, "Z1V2VEXT COI: no identifier is assigned")
    issued = _ISBT_COI.fullmatch(coi)
    issuer = message.added.one("ISSUER") or (issued[1] if issued else None)
    return Mapped((message.event(CoiAssigned, _orders(message), issuer=issuer),))


def _availability(message: Message) -> Decision:
    promised = message.body.first("E1EDP20").when("EDATU", "EZEIT", message.clock)
    event = message.event(
        AvailabilityConfirmed,
        _orders(message),
        available=message.idoc.code == "AVL",
        earliest_at=message.moment("EARLIEST_AT", promised),
        infusion_planned_at=message.moment("INFUSION_PLANNED_AT"),
    )
    return Mapped((event,))


def _not_a_treatment(message: Message) -> Ignored | None:
    """Why this order is not one of ours; None when it is, or when it carries our own fields."""
    if message.added.pairs:
        return None
    found = products(message.body, message.partner)
    listed = any(message.body.every("E1EDP01"))  # a deleted order need not list its items
    if listed and not found and agreed_products(message.partner) is not None:
        return Ignored(f"{message.idoc.kind}: an order without any product we follow")
    if len(found) > 1:
        return Ignored(f"{message.idoc.kind}: an order of {len(found)} products is no treatment")
    return None


def _cancelled(message: Message) -> bool:
    if message.body.first("E1EDK01").get("ACTION") == HEADER_DELETED:
        return True
    items = tuple(message.body.every("E1EDP01"))
    return bool(items) and all(
        item.get("ACTION") == ITEM_CANCELLED or item.get("ABGRU") for item in items
    )


def _orders(message: Message) -> tuple[Identifier, ...]:
    """The order by the ERP's own number.

    The customer's number is unique to the customer only; it counts where the partner's settings
    say so, under the key `E1EDK02:001`.
    """
    own = message.body.first("E1EDK02", QUALF="002").number("BELNR")
    number = own or message.body.first("E1EDK01").number("BELNR")
    customers = message.body.first("E1EDK02", QUALF="001").number("BELNR")
    found = message.named(Scheme.ORDER, number)
    if scheme := message.partner.identifier_systems.get("E1EDK02:001"):
        found += message.named(scheme, customers)
    if not found and not message.added.pairs:
        raise CannotUnderstand(Reason.FIELD_MISSING, "E1EDK01.BELNR: the order has no number")
    return found


def _order_date(message: Message) -> When | None:
    """The date of the order itself, before the date of the message that tells of it."""
    body, clock = message.body, message.clock
    for qualifier in ("012", "022"):
        if when := body.first("E1EDK03", IDDAT=qualifier).when("DATUM", "UZEIT", clock):
            return when
    return body.first("E1EDK02", QUALF="001").when("DATUM", "UZEIT", clock)
