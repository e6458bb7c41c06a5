"""Personal data that the samples carry on purpose: none of it may leave the connector."""

from __future__ import annotations

PLANTED = (
    "MRN-SYN-0042",
    "INS-SYN-000042",
    "SYNTHETIC PATIENT 0042",
    "MRN-SYN-0043",
    "PATIENT^SYNTHETIC^0042",
    "19010203",
    "1901-02-03",
    "42 Invented Street",
    "NURSE-SYN-17",
    "Nora",
)
