"""The treatment centre and its apheresis unit: FHIR R4 in JSON."""

from __future__ import annotations

from connectors.clinic.translate import translate
from connectors.connector import Connector
from schemas.envelope import System

CONNECTOR = Connector(
    System.CLINIC, "FHIR R4 JSON, single resources and bundles", translate, (".json",)
)
