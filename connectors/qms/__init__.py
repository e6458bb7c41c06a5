"""The quality unit's system: a notice that a record changed, and the record, both vendor JSON."""

from __future__ import annotations

from connectors.connector import Connector
from connectors.qms.translate import translate
from schemas.envelope import System

CONNECTOR = Connector(
    System.QMS,
    "vendor JSON: a notice (Veeva or Salesforce shape) and the fetched record",
    translate,
)
