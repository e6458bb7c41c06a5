"""The personal data that the samples carry on purpose, none of which may leave the connector."""

from __future__ import annotations

PLANTED: tuple[str, ...] = ("MRN-0099887", "Mustermann", "19610315", "JDOE42")
