"""The laboratory whose messages the samples are: it names batches in ORC-2, by a namespace of its own."""

from __future__ import annotations

from connectors.connector import Partner
from schemas.envelope import Environment, Scheme, System

PARTNER = Partner(
    name="qc-north",
    system=System.LIMS,
    zone="Europe/Berlin",
    environment=Environment.SYNTHETIC,
    identifier_systems={"MFG-BATCH": Scheme.BATCH},
    mapping={
        "patients": {"HOSPITAL": "https://hospital.example/mrn"},
        "measures": {"number concentration": "COPIES", "lactate": "LAC"},
        "astm": {"O-4": "BATCH"},
    },
)
