"""The records of S/4HANA's OData services as the segments of the IDoc that would say the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.erp.idoc import Segment
from connectors.odata import Json, below, clock, day, padded, text, walk

COMPLETE = "C"
ORDER_CATEGORY = "C"


def segment(name: str, /, *inner: Segment, **fields: str) -> Segment:
    """A segment with these fields, and these segments below it."""
    return Segment(name, fields, inner)


def _sales_order(record: Json) -> tuple[str, tuple[Segment, ...]]:
    number = padded(text(record, "SalesOrder"), 10)
    parties = (p for p in below(record, "to_Partner", "_Partner"))
    return "ORDCHG", (
        segment("E1EDK01", BELNR=number),
        segment("E1EDK02", QUALF="002", BELNR=number),
        segment("E1EDK02", QUALF="001", BELNR=text(record, "PurchaseOrderByCustomer")),
        *(
            segment("E1EDKA1", PARVW="ZP", PARTN=text(party, "Customer"))
            for party in parties
            if text(party, "PartnerFunction") == "ZP"
        ),
        *(
            segment(
                "E1EDP01",
                segment("E1EDP19", QUALF="002", IDTNR=text(item, "Material")),
                ABGRU=text(item, "SalesDocumentRjcnReason"),
                WERKS=text(item, "ProductionPlant"),
            )
            for item in below(record, "to_Item", "_Item")
        ),
    )


def _delivery(record: Json) -> tuple[str, tuple[Segment, ...]]:
    complete = text(record, "OverallGoodsMovementStatus") == COMPLETE
    issued = {
        "ISDD": day(record, "ActualGoodsMovementDate"),
        "ISDZ": clock(record, "ActualGoodsMovementTime"),
        "TZONE_BEG": text(record, "ShippingLocationTimeZone", "Shippinglocationtimezone"),
    }
    items = (
        segment(
            "E1EDL24",
            MATNR=text(item, "Material"),
            CHARG=text(item, "Batch"),
            VGBEL=(
                padded(text(item, "ReferenceSDDocument"), 10)
                if text(item, "ReferenceSDDocumentCategory") in ("", ORDER_CATEGORY)
                else ""
            ),
        )
        for item in below(record, "to_DeliveryDocumentItem", "_Item", "_DeliveryDocumentItem")
    )
    units = (u for u in walk(record) if text(u, "HandlingUnitExternalID"))
    number = padded(text(record, "DeliveryDocument"), 10)
    return "DESADV", (
        segment(
            "E1EDL20",
            segment("E1EDL21", LFART=text(record, "DeliveryDocumentType")),
            *((segment("E1EDT13", QUALF="006", **issued),) if complete else ()),
            *items,
            *(segment("E1EDL37", EXIDV=text(u, "HandlingUnitExternalID")) for u in units),
            VBELN=number,
            BOLNR=text(record, "BillOfLading"),
        ),
    )


def _production(record: Json) -> tuple[str, tuple[Segment, ...]]:
    items = (record, *below(record, "to_ProductionOrderItem", "to_ProcessOrderItem", "_Item"))
    order = padded(text(record, "SalesOrder"), 10)
    return "LOIPRO", (
        segment(
            "E1AFKOL",
            *(
                segment("E1AFPOL", CHARG=text(item, "Batch"), KDAUF=order)
                for item in items
                if text(item, "Batch")
            ),
            AUFNR=padded(text(record, "ManufacturingOrder"), 12),
            WERKS=text(record, "ProductionPlant"),
        ),
    )


def _batch(record: Json) -> tuple[str, tuple[Segment, ...]]:
    return "BATMAS", (segment("E1BATMAS", BATCH=text(record, "Batch")),)


READ: Mapping[str, Callable[[Json], tuple[str, tuple[Segment, ...]]]] = {
    "SalesOrder": _sales_order,
    "OutboundDelivery": _delivery,
    "ProductionOrder": _production,
    "ProcessOrder": _production,
    "Batch": _batch,
}
"""Object of S/4HANA to what reads its record: the message type, and the segments."""
