"""The MES whose messages the samples are, with the names that this partner keeps for itself."""

from __future__ import annotations

from connectors.connector import Partner
from schemas.envelope import Scheme, System

PARTNER = Partner(
    name="maker-mes",
    system=System.MES,
    zone="Europe/Berlin",
    identifier_systems={"LEUKAPHERESIS": Scheme.DIN, "CAR-T-BULK": Scheme.BATCH},
    mapping={
        "segments": {"RCV-010": "V2V.MaterialReceipt"},
        "lot_states": {"Freigegeben": "released"},
    },
)
