"""Personal data that the samples carry on purpose: none of it may leave the connector."""

from __future__ import annotations

PLANTED = (
    "MRN-SYN-0042",
    "SYNTHETIC^PATIENT^0042",
    "19010203",
    "ANALYST-SYN-3",
    "Invented^Anna",
    "STAFF-SYN-2",
    "ANALYST-SYN-4",
)
