"""The quality unit whose messages the samples are: a vault, and SAP for what the plant decides."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import yaml

from connectors.connector import Partner
from schemas.envelope import System


def _shipped(name: str) -> dict[str, Any]:
    content = files("connectors.qms").joinpath(name).read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.safe_load(content)
    return read


_VAULT, _SAP = _shipped("mapping.yaml"), _shipped("mapping_sap.yaml")

PARTNER = Partner(
    name="example",
    system=System.QMS,
    zone="Europe/Berlin",
    mapping={**_VAULT, "kinds": [*_VAULT["kinds"], *_SAP["kinds"]]},
)
