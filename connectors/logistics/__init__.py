"""Couriers, cold-chain platforms and loggers: GS1 EPCIS 2.0 in JSON and JSON-LD."""

from __future__ import annotations

from connectors.connector import Connector
from connectors.logistics.translate import translate
from schemas.envelope import System

CONNECTOR = Connector(System.LOGISTICS, "GS1 EPCIS 2.0 JSON and JSON-LD", translate)
