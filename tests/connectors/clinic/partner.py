"""The clinic whose messages the samples are: it has order numbers and one procedure code of its own."""

from __future__ import annotations

from connectors.connector import Partner
from schemas.envelope import Environment, Scheme, System

PARTNER = Partner(
    name="hospital-north",
    system=System.CLINIC,
    zone="Europe/Berlin",
    site="HOSP-N",
    environment=Environment.SYNTHETIC,
    identifier_systems={
        "https://hospital.example/therapy-orders": Scheme.ORDER,
        "THERAPY-ORDERS": Scheme.ORDER,
    },
    mapping={
        "steps": {
            "https://hospital.example/procedures|LEUKAPH-CT": "collection",
            "HOSP-PROC|LEUKAPH-CT": "collection",
        }
    },
)
