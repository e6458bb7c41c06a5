"""The personal data that the samples carry on purpose, none of which may leave the connector."""

from __future__ import annotations

PLANTED: tuple[str, ...] = ("MRN-0099887", "Erika Mustermann", "op-4711", "op-0815")
