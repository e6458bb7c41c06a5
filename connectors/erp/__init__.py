"""The manufacturer's ERP: SAP IDoc as XML."""

from __future__ import annotations

from connectors.connector import Connector
from connectors.erp.translate import translate
from schemas.envelope import System

CONNECTOR = Connector(
    System.ERP,
    "SAP IDoc as XML (orders, production orders, deliveries)",
    translate,
    reads_cloudevents=True,
)
