"""The manufacturer's ERP: SAP IDoc as XML and fixed-width, S/4HANA events with their OData records."""

from __future__ import annotations

from connectors.connector import Connector, Partner
from connectors.erp.layouts import layouts
from connectors.erp.translate import translate
from schemas.envelope import System


def check(partner: Partner) -> None:
    """Refuse layouts of segments that cannot be used before the first message needs them."""
    layouts(partner)


CONNECTOR = Connector(
    System.ERP,
    "SAP IDoc as XML and fixed-width (orders, production orders, deliveries);"
    " S/4HANA CloudEvents with the OData record",
    translate,
    check=check,
    reads_cloudevents=True,
)
