"""How others speak: one folder per partner system, and the doors and the outbox they all share."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from connectors.connector import Connector

CONNECTORS: tuple[str, ...] = ("clinic", "erp", "mes", "lims", "qms", "logistics")
"""Every system we understand. Its folder exports `CONNECTOR` and is loaded only when asked for."""


def load(name: str) -> Connector:
    """The connector of one system."""
    if name not in CONNECTORS:
        raise LookupError(f"no connector is named {name!r}; there are {', '.join(CONNECTORS)}")
    connector: Connector = import_module(f"connectors.{name}").CONNECTOR
    return connector
