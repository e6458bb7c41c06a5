"""The ERP whose messages the samples are: a maker in Germany, whose IDocs name no zone."""

from __future__ import annotations

from connectors.connector import Partner
from schemas.envelope import System

PARTNER = Partner(
    name="maker-erp",
    system=System.ERP,
    zone="Europe/Berlin",
    mapping={"added": {"YY1_COI_SDH": "COI", "YY1_INF_SDH": "INFUSION_PLANNED_AT"}},
)
