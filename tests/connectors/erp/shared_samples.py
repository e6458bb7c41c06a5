"""What becomes of each public message of an ERP, looked at one by one.

DELVRY07: the goods issue (E1EDT13 006) is a fact once its actual date ISDD is filled, and only then.
ORDERS05: an order of one product may be a treatment order, one of several products is none; the
header action 004 of an order response says that items were added, not that the order was refused.
INVOIC and MATMAS tell of money and of master data.
"""

from __future__ import annotations

DECISIONS: dict[str, tuple[str, object]] = {
    # actual 2023-10-05 13:15:25 CET, two items without a batch, waybill 70050602
    "idoc_xml/DELVRY07_DESADV_02.xml": ("mapped", ("ordering.GoodsIssued",)),
    # the same IDoc of the same sender to another receiver: the same event ids as 02
    "idoc_xml/DELVRY07_DESADV_03.xml": ("mapped", ("ordering.GoodsIssued",)),
    "idoc_xml/DELVRY07_DESADV_06.xml": ("mapped", ("ordering.GoodsIssued",)),
    # actual date 2018-12-18 without a time: known to the day
    "idoc_xml/DELVRY07_DESADV_08.xml": ("mapped", ("ordering.GoodsIssued",)),
    # planned for 2025-01-04, ISDD is 00000000
    "idoc_xml/DELVRY07_DESADV_10.xml": (
        "ignored",
        "DELVRY07/DESADV/OBG: a planned delivery, no goods issued yet",
    ),
    # LFART LR: goods that a customer is to send back
    "idoc_xml/DELVRY07_DESADV_11.xml": ("ignored", "DELVRY07/DESADV/RET: a returns delivery"),
    # a warehouse confirms pick and issue, without DOCNUM: 2024-02-27 14:45:25 UTC+8
    "idoc_xml/DELVRY07_DESADV_12.xml": ("mapped", ("ordering.GoodsIssued",)),
    # blanks behind IDOCTYP are padding
    "idoc_xml/INVOIC01_INVOIC_01.xml": ("ignored", "INVOIC01/INVOIC"),
    "idoc_xml/INVOIC02_INVOIC_01.xml": ("ignored", "INVOIC02/INVOIC/FBK"),
    "idoc_xml/INVOIC02_INVOIC_02.xml": ("ignored", "INVOIC02/INVOIC/FBK"),
    "idoc_xml/INVOIC02_INVOIC_03.xml": ("ignored", "INVOIC02/INVOIC/FBK"),
    "idoc_xml/INVOIC02_INVOIC_04.xml": ("ignored", "INVOIC02/INVOIC/FBK"),
    "idoc_xml/INVOIC02_INVOIC_09.xml": ("ignored", "INVOIC02/INVOIC"),
    "idoc_xml/MATMAS05_MATMAS_01.xml": ("ignored", "MATMAS05/MATMAS"),
    # order P8218007 of 2020-12-15 for one product, M-12 by its article number
    "idoc_xml/ORDERS05_ORDERS_02.xml": ("mapped", ("ordering.OrderCreated",)),
    # three coffee makers
    "idoc_xml/ORDERS05_ORDRSP_01.xml": (
        "ignored",
        "ORDERS05/ORDRSP/FBK: an order of 3 products is no treatment",
    ),
    "idoc_xml/ORDERS05_ORDRSP_04.xml": (
        "ignored",
        "ORDERS05/ORDRSP/FBK: an order of 3 products is no treatment",
    ),
    # two lines of the one product TG0011, neither cancelled nor rejected
    "idoc_xml/ORDERS05_ORDRSP_08.xml": ("mapped", ("ordering.OrderApproved",)),
    # the IDoc of ORDERS05_ORDERS_02.xml in fixed width: the same event with the same id
    "idoc_flat/flat_01.txt": ("mapped", ("ordering.OrderCreated",)),
    # a ticket shop
    "cloudevents/sample-ticket-purchased-event.json": (
        "ignored",
        "CloudEvent itelo.tms.ticket.v1.Ticket.Purchased.v1",
    ),
    # `source` is empty, and CloudEvents requires it
    "cloudevents/sap_codejam_01.json": ("refused", "standard_violated"),
    "cloudevents/sap_codejam_02.json": (
        "ignored",
        "CloudEvent sap.s4.beh.businesspartner.v1.BusinessPartner.Changed.v1",
    ),
    # it carries a piece of XML that is no IDoc
    "cloudevents/sap_codejam_03.json": ("refused", "unknown_format"),
    # `time` is no RFC 3339 time
    "cloudevents/sap_codejam_04.json": ("refused", "standard_violated"),
    "cloudevents/sap_codejam_07.json": ("ignored", "CloudEvent com.sap.codejam.message"),
    # OAGIS: every value is a placeholder
    "oagis_bod/SyncProductionOrder.xml": ("refused", "unknown_format"),
    # goods movement complete on 2016-08-17 at 07:00 Pacific time: the record alone is a whole fact,
    # and the 09:00+09:00 that the tool made of its date is no time of day
    "s4_odata_records/outbound-delivery-header-01-sample.json": (
        "mapped",
        ("ordering.GoodsIssued",),
    ),
    "s4_odata_records/outbound-delivery-header-02-partner-sample.json": (
        "ignored",
        "OData record with PartnerFunction",
    ),
    # a confirmation of an operation, which the MES states
    "s4_odata_records/production-order-confirmation-conf-by-orderid-conf-group-01-sample.json": (
        "ignored",
        "OData record with ConfirmationGroup",
    ),
}
