"""How each fact of ordering is laid out as an IDoc, in the types that partners use for it.

Computes: a fact in, the segments of its IDoc out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from schemas.envelope import Event, Identifier, Scheme
from schemas.identifiers.gs1 import SSCC, holds
from schemas.ordering import (
    AliasLinked,
    AliasRevoked,
    AvailabilityConfirmed,
    BatchNumberAssigned,
    CoiAssigned,
    GoodsIssued,
    OrderApproved,
    OrderChange,
    OrderChanged,
    OrderCreated,
    SlotChange,
    SlotChanged,
    SlotReserved,
)

Fields = dict[str, str]

ORDERS = "ORDERS05"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment to be written: its fields, and the segments below it."""

    name: str
    fields: Fields
    below: tuple[Segment, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """An IDoc before its control record: what kind it is, and what its own fields already carry."""

    basic_type: str
    message_type: str
    code: str
    segments: tuple[Segment, ...]
    carried: frozenset[str] = frozenset()
    """The fields of the fact that stand in SAP's own fields."""
    named: frozenset[Identifier] = frozenset()
    """The identifiers that stand in SAP's own fields."""


def document_number(fact: UUID) -> str:
    """The number of the IDoc that tells a fact: sixteen digits."""
    return f"{fact.int % 10**16:016d}"


def _ours(event: Event, scheme: Scheme) -> list[Identifier]:
    """The identifiers of a scheme that an SAP field can hold: no issuer, not only zeros."""
    return [
        one
        for one in event.identifiers
        if one.scheme is scheme and one.issuer is None and one.value.strip("0")
    ]


def _order(
    event: Event, message: str, code: str, action: str, product: str | None, due: datetime | None
) -> Draft:
    orders = _ours(event, Scheme.ORDER)[:1]
    number = orders[0].value if orders else ""
    placed = {"IDDAT": "012", "DATUM": date(event.occurred_at), "UZEIT": "000000"}
    below = [Segment("E1EDP02", {"QUALF": "002", "BELNR": number})]
    if due is not None:
        below.append(Segment("E1EDP20", {"WMENG": "1.000", "EDATU": date(due), "EZEIT": time(due)}))
    if product is not None:
        below.append(Segment("E1EDP19", {"QUALF": "002", "IDTNR": product}))
    item = {"POSEX": "000010", "ACTION": "001", "MENGE": "1.000", "MENEE": "PCE"}
    segments = (
        Segment("E1EDK01", {"ACTION": action, "CURCY": "EUR", "BELNR": number}),
        Segment("E1EDK03", placed),
        Segment("E1EDK02", {"QUALF": "002", "BELNR": number, "DATUM": date(event.occurred_at)}),
        Segment("E1EDP01", item, tuple(below)),
    )
    return Draft(ORDERS, message, code, segments, frozenset({"product"}), frozenset(orders))


def _created(event: Event) -> Draft:
    assert isinstance(event, OrderCreated)
    return _order(event, "ORDERS", "", "000", event.product, event.infusion_planned_at)


def _approved(event: Event) -> Draft:
    assert isinstance(event, OrderApproved)
    return _order(event, "ORDRSP", "", "000", event.product, None)


def _changed(event: Event) -> Draft:
    assert isinstance(event, OrderChanged)
    action = "002" if event.change is OrderChange.CANCELLED else "004"
    draft = _order(event, "ORDCHG", "", action, event.product, event.infusion_planned_at)
    return _carrying(draft, "change")


def _coi_assigned(event: Event) -> Draft:
    assert isinstance(event, CoiAssigned)
    return _order(event, "ORDRSP", "COI", "000", None, None)


def _available(event: Event) -> Draft:
    assert isinstance(event, AvailabilityConfirmed)
    code = "AVL" if event.available else "NAV"
    return _carrying(_order(event, "ORDRSP", code, "000", None, event.earliest_at), "available")


def _carrying(draft: Draft, *fields: str) -> Draft:
    carried = draft.carried | set(fields)
    return Draft(
        draft.basic_type, draft.message_type, draft.code, draft.segments, carried, draft.named
    )


def _alias(event: Event) -> Draft:
    assert isinstance(event, AliasLinked | AliasRevoked)
    fields: Fields = {}
    for prefix, one in (("ALI", event.alias), ("TGT", event.target)):
        fields |= {f"{prefix}SCH": one.scheme, f"{prefix}VAL": one.value}
        fields[f"{prefix}ISS"] = one.issuer or ""
    code = "LNK" if isinstance(event, AliasLinked) else "REV"
    segments = (Segment("Z1V2VALI", fields),)
    return Draft("ZV2VID01", "ZV2VALIAS", code, segments, frozenset({"alias", "target"}))


def _slot(event: Event) -> Draft:
    assert isinstance(event, SlotReserved | SlotChanged)
    codes = {
        SlotChange.MOVED: "SLM",
        SlotChange.RELEASED: "SLX",
        SlotChange.OUTCOME_UNKNOWN: "SLU",
    }
    code = codes[event.change] if isinstance(event, SlotChanged) else "SLR"
    # the number of the production order is the slot only where no other slot is named
    slots = _ours(event, Scheme.SLOT) if len(event.named(Scheme.SLOT)) == 1 else []
    orders = _ours(event, Scheme.ORDER)
    header = {"AUFNR": slots[0].value if slots else "", "GAMNG": "1.000"}
    if event.starts_at is not None:
        header |= {"GSTRS": date(event.starts_at), "GSUZS": time(event.starts_at)}
    if isinstance(event, SlotReserved) and event.ends_at is not None:
        header |= {"GLTRS": date(event.ends_at), "GLUZS": time(event.ends_at)}
    below = tuple(Segment("E1AFPOL", {"POSNR": "0001", "KDAUF": one.value}) for one in orders)
    segments = (Segment("E1AFKOL", header, below),)
    named = frozenset((*slots, *orders))
    return Draft("LOIPRO01", "LOIPRO", code, segments, frozenset({"change"}), named)


def _batch(event: Event) -> Draft:
    assert isinstance(event, BatchNumberAssigned)
    batches, orders = _ours(event, Scheme.BATCH), _ours(event, Scheme.ORDER)
    lines = tuple(
        Segment(
            "E1AFPOL",
            {
                "POSNR": f"{number + 1:04d}",
                "CHARG": batches[number].value if number < len(batches) else "",
                "KDAUF": orders[number].value if number < len(orders) else "",
            },
        )
        for number in range(max(len(batches), len(orders)))
    )
    header = {"AUFNR": f"1{document_number(event.event_id)[-11:]}", "GAMNG": "1.000"}
    segments = (Segment("E1AFKOL", header, lines),)
    named = frozenset((*batches, *orders))
    return Draft("LOIPRO01", "LOIPRO", "", segments, named=named)


def _issued(event: Event) -> Draft:
    assert isinstance(event, GoodsIssued)
    deliveries, bills = _ours(event, Scheme.DELIVERY)[:1], _ours(event, Scheme.WAYBILL)[:1]
    batches, orders = _ours(event, Scheme.BATCH), _ours(event, Scheme.ORDER)
    units = [one for one in _ours(event, Scheme.SSCC) if _is_sscc(one.value)]
    items = [
        Segment(
            "E1EDL24",
            {
                "POSNR": f"{(number + 1) * 10:06d}",
                "CHARG": batches[number].value if number < len(batches) else "",
                "LFIMG": "1.000",
                "VRKME": "PCE",
                "VGBEL": orders[number].value if number < len(orders) else "",
            },
        )
        for number in range(max(1, len(batches), len(orders)))
    ]
    moment, zone = event.occurred_at, "UTC"
    issue = {
        "QUALF": "006",
        "NTANF": date(moment),
        "NTANZ": "000000",
        "TZONE_BEG": zone,
        "ISDD": date(moment),
        "ISDZ": time(moment),
        "TZONE_END": zone,
    }
    header = {
        "VBELN": deliveries[0].value if deliveries else "",
        "BOLNR": bills[0].value if bills else "",
    }
    below = (
        Segment("E1EDL18", {"QUALF": "ORI"}),
        Segment("E1EDL21", {"LFART": "LF"}),
        Segment("E1EDT13", issue),
        *items,
        *(Segment("E1EDL37", {"EXIDV": f"00{one.value}"}) for one in units),
    )
    named = frozenset((*deliveries, *bills, *batches, *orders, *units))
    return Draft("DELVRY07", "DESADV", "", (Segment("E1EDL20", header, below),), named=named)


DRAFTS: dict[type[Event], Callable[[Event], Draft]] = {
    OrderCreated: _created,
    OrderApproved: _approved,
    OrderChanged: _changed,
    CoiAssigned: _coi_assigned,
    AliasLinked: _alias,
    AliasRevoked: _alias,
    SlotReserved: _slot,
    SlotChanged: _slot,
    BatchNumberAssigned: _batch,
    AvailabilityConfirmed: _available,
    GoodsIssued: _issued,
}
"""Everything that an ERP may say."""


def _is_sscc(value: str) -> bool:
    return len(value) == SSCC.digits and holds(value)


def date(moment: datetime) -> str:
    """A date as SAP writes it."""
    return moment.astimezone(UTC).strftime("%Y%m%d")


def time(moment: datetime) -> str:
    """A time of day as SAP writes it."""
    return moment.astimezone(UTC).strftime("%H%M%S")
