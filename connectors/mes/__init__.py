"""The manufacturing execution system: B2MML and BatchML, read by local names over V0401 to V0700."""

from __future__ import annotations

from connectors.connector import Connector
from connectors.mes.translate import translate
from schemas.envelope import System

CONNECTOR = Connector(
    System.MES,
    "B2MML XML V0401, V0600 and V0700 (performance, material lots, alarms); BatchML batch record",
    translate,
)
