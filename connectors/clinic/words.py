"""A clinic's own words, looked at when its connector starts, so that no message finds them wrong. Pure."""

from __future__ import annotations

from connectors.clinic import codes
from connectors.clinic.codes import Step
from connectors.connector import Partner


def check(partner: Partner) -> None:
    """Says which of the clinic's own words cannot be used."""
    for name in ("steps", "patients"):
        found = partner.mapping.get(name)
        if found is not None and not isinstance(found, dict):
            raise ValueError(f"mapping: {name}: names and values are expected")
        for word, meaning in (found or {}).items():
            if name == "steps" and "|" not in str(word):
                detail = "is written without its coding system, as SYSTEM|CODE"
                raise ValueError(f"mapping: steps: {word!r} {detail}")
            if name == "steps" and codes.word(Step, str(meaning)) is None:
                told = ", ".join(step.value for step in Step)
                raise ValueError(f"mapping: steps: {meaning!r} is no step; there are {told}")
            if not str(meaning):
                raise ValueError(f"mapping: {name}: {word!r} stands for nothing")
