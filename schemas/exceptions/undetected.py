"""Codes of the taxonomy that nothing looks for, each with the reason; they and EXCEPTIONS are all 88."""

from __future__ import annotations

from schemas.alert import Hazard, Severity
from schemas.contract import Code, Contract, Prose, Text
from schemas.exceptions.kind import HAZARD_OF


class Undetected(Contract):
    """One code of the taxonomy that no detector answers for, and why."""

    code: Code
    title: Text
    hazard: Hazard
    severity: Severity
    owner: Code
    reason: Prose


PAYLOAD = (
    "No contract has a field for a name, connectors turn patients into tokens and blank what a message "
    "calls personal; what free text still says nobody can tell by its form without false alarms."
)
CHAIN = (
    "Nothing chains records by their digests: every record can be computed anew from what partners "
    "sent and be compared, and who may change a topic is the broker's to say."
)
READING = "Who reads which topic stands in the broker's own log, and no message carries it."


def _left(code: str, title: str, severity: str, owner: str, reason: str) -> Undetected:
    return Undetected(
        code=code,
        title=title,
        hazard=HAZARD_OF[code[:2]],
        severity=Severity(severity),
        owner=owner,
        reason=reason,
    )


UNDETECTED: tuple[Undetected, ...] = (
    _left("DI-01", "Audit chain broken", "S1", "security-quality", CHAIN),
    _left("DI-06", "Personal data in clear", "S2", "privacy-producer", PAYLOAD),
    _left("DI-07", "Unusual reading of data", "S1", "security", READING),
)
