"""Deliveries: DESADV and SHPCON tell of goods issued once the actual date is filled, not before.

E1EDT13 with qualifier 006 is the goods issue: its planned dates are in NTANF and NTEND, its actual
ones in ISDD and ISDZ. A delivery that is only planned says nothing that has happened.
"""

from __future__ import annotations

import re

from connectors.connector import CannotUnderstand, Decision, Ignored, Mapped
from connectors.erp.message import Message
from connectors.erp.products import agreed_products
from connectors.erp.zones import zone
from connectors.times import When
from schemas.envelope import Identifier, Scheme
from schemas.identifiers.gs1 import holds
from schemas.ordering import GoodsIssued
from schemas.reasons import Reason

GOODS_ISSUE = "006"
DELETED = "DEL"
RETURNS = "LR"
SALES_ORDER = "C"

_SSCC = re.compile(r"(?:00)?(\d{18})", re.ASCII)


def delivery(message: Message) -> Decision:
    """DESADV or SHPCON: the product has left the stock, when it has."""
    body, kind = message.body, message.idoc.kind
    if not any(body.every("E1EDL20")):
        raise CannotUnderstand(
            Reason.UNSUPPORTED_VERSION, f"{kind}: no delivery header E1EDL20; DELVRY01-07 is read"
        )
    if any(s.get("QUALF") == DELETED for s in body.every("E1EDL18")):
        return Ignored(f"{kind}: a deleted delivery")
    if body.first("E1EDL21").get("LFART") == RETURNS:
        return Ignored(f"{kind}: a returns delivery")
    issued = _issued(message)
    if issued is None:
        return Ignored(f"{kind}: a planned delivery, no goods issued yet")
    if _other_goods(message):
        return Ignored(f"{kind}: a delivery without any product we follow")
    return Mapped((message.event(GoodsIssued, _identifiers(message), issued),))


def _issued(message: Message) -> When | None:
    for segment in message.body.every("E1EDT13"):
        if segment.get("QUALF") == GOODS_ISSUE:
            clock = zone(segment.get("TZONE_BEG"), message.clock)
            if when := segment.when("ISDD", "ISDZ", clock):
                return When(
                    when.instant, _offset(segment.get("TZONE_BEG"), when, message), when.precision
                )
    return None


def _offset(named: str, when: When, message: Message) -> int | None:
    """The offset of the zone that the partner names; unknown when it names none."""
    if not named:
        return None
    offset = when.instant.astimezone(zone(named, message.clock)).utcoffset()
    return None if offset is None else int(offset.total_seconds() // 60)


def _other_goods(message: Message) -> bool:
    agreed = agreed_products(message.partner)
    if agreed is None or message.added.pairs:
        return False
    return not any(item.get("MATNR") in agreed for item in message.body.every("E1EDL24"))


def _identifiers(message: Message) -> tuple[Identifier, ...]:
    header = message.body.first("E1EDL20")
    found = [
        *message.named(Scheme.DELIVERY, header.number("VBELN")),
        *message.named(Scheme.WAYBILL, header.number("BOLNR")),
    ]
    if not found and not message.added.pairs:
        raise CannotUnderstand(Reason.FIELD_MISSING, "E1EDL20.VBELN: the delivery has no number")
    for item in message.body.every("E1EDL24"):
        found += message.named(Scheme.BATCH, item.get("CHARG"))
        order = item.number("VGBEL") or item.first("E1EDL43", QUALF=SALES_ORDER).number("BELNR")
        found += message.named(Scheme.ORDER, order)
    for unit in message.body.every("E1EDL37"):
        found += message.named(Scheme.SSCC, _sscc(unit.number("EXIDV")))
    return tuple(found)


def _sscc(value: str) -> str:
    """The SSCC of a handling unit; empty where the unit has a number of the ERP's own.

    SAP pads the 18 digits to 20 with zeros in front; further zeros belong to the number.
    """
    match = _SSCC.fullmatch(value)
    if match is None:
        return ""
    if not holds(match[1]):
        detail = f"E1EDL37.EXIDV: the check digit of SSCC {match[1]!r} is wrong"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail)
    return match[1]
