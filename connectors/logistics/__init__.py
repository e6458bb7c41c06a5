"""Couriers, cold-chain platforms and loggers: EPCIS, courier trackers, IATA ONE Record, logger files."""

from __future__ import annotations

from connectors.connector import Connector
from connectors.logistics.agreement import check
from connectors.logistics.translate import translate
from schemas.envelope import System

CONNECTOR = Connector(
    System.LOGISTICS,
    "GS1 EPCIS 2.0 JSON, JSON-LD and XML, EPCIS 1.0 to 1.2 XML; courier tracker webhooks (EasyPost);"
    " IATA ONE Record JSON-LD; logger files (CSV)",
    translate,
    check=check,
)
