"""The catalogue of exceptions: what each code means, who acts, how fast, and what ends it.

Codes, hazards, severities and times follow the taxonomy in the reference material; all times are
proposals until a user of the pipeline approves them. A code that is not listed here does not exist.
"""

from __future__ import annotations

from enum import StrEnum

from schemas.alert import Hazard, Severity
from schemas.contract import Code, Contract, Prose, Text
from schemas.units import Minutes


class Ends(StrEnum):
    """What may end an alert of this kind."""

    BY_FACT = "by_fact"
    """A physical or timing condition that later facts can end."""
    BY_PERSON = "by_person"
    """An identity or release matter: only a person closes it, with a reason."""


class ExceptionKind(Contract):
    """One code of the taxonomy."""

    code: Code
    title: Text
    hazard: Hazard
    severity: Severity
    owner: Code
    evidence: Prose
    """What is needed to close it."""
    acknowledge_within: Minutes
    decide_within: Minutes
    ends: Ends


def _kind(
    code: str,
    title: str,
    severity: str,
    owner: str,
    evidence: str,
    react: tuple[float, float],
    ends: Ends = Ends.BY_FACT,
) -> ExceptionKind:
    return ExceptionKind(
        code=code,
        title=title,
        hazard=HAZARD_OF[code[:2]],
        severity=Severity(severity),
        owner=owner,
        evidence=evidence,
        acknowledge_within=react[0],
        decide_within=react[1],
        ends=ends,
    )


HAZARD_OF: dict[str, Hazard] = {
    "ID": Hazard.IDENTITY,
    "CU": Hazard.CUSTODY,
    "TW": Hazard.TIMING,
    "TC": Hazard.CONDITION,
    "SQ": Hazard.SEQUENCE,
    "QU": Hazard.QUALITY,
    "RE": Hazard.RELEASE,
    "SC": Hazard.SCHEDULING,
    "IF": Hazard.INTERFACE,
    "DI": Hazard.INTEGRITY,
}

HOUR, DAY = 60.0, 1440.0

EXCEPTIONS: tuple[ExceptionKind, ...] = (
    _kind(
        "ID-01",
        "Chain-of-identity mismatch at a check",
        "S1",
        "receiving-site-quality",
        "scan log, label record, second check, deviation number",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
    _kind(
        "ID-04",
        "Event that leads to no course",
        "S2",
        "integration-support",
        "the link from the system of record, or a corrected event",
        (HOUR, 8 * HOUR),
    ),
    _kind(
        "ID-05",
        "Second identifier does not match",
        "S1",
        "site-quality",
        "both identifiers checked again by two persons",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
    _kind(
        "ID-10",
        "Batch and course are not one to one",
        "S1",
        "erp-owner-quality",
        "batch genealogy",
        (15, HOUR),
        Ends.BY_PERSON,
    ),
    _kind(
        "CU-01",
        "Gap in the chain of custody",
        "S2",
        "logistics-desk",
        "both hand-over records, logger trace",
        (HOUR, 4 * HOUR),
    ),
    _kind(
        "CU-03",
        "Hand-over confirmed by one side only",
        "S2",
        "logistics-desk",
        "the signature of the other side",
        (HOUR, 4 * HOUR),
    ),
    _kind(
        "TW-01",
        "Fresh apheresis runs out of hold time",
        "S2",
        "logistics-planner",
        "acceptance decision, viability at receipt",
        (15, HOUR),
    ),
    _kind(
        "TW-06",
        "Thaw-to-infusion clock runs out",
        "S1",
        "bedside-team",
        "times, decision to infuse or discard by physician and manufacturer",
        (5, 15),
    ),
    _kind(
        "TC-02",
        "Cryogenic limit exceeded",
        "S1",
        "logistics-quality",
        "full trace, disposition",
        (15, HOUR),
    ),
    _kind(
        "SQ-02",
        "Expected milestone is missing",
        "S2",
        "owner-of-next-step",
        "the event, or a new plan",
        (HOUR, 8 * HOUR),
    ),
    _kind(
        "SQ-04",
        "Lymphodepletion before the product was confirmed available",
        "S1",
        "physician-manufacturer",
        "availability statement or clinical plan",
        (15, HOUR),
    ),
    _kind(
        "SQ-05",
        "Product shipped before certification",
        "S1",
        "quality-logistics",
        "decision of the quality unit, stop of delivery",
        (15, HOUR),
    ),
    _kind(
        "QU-01",
        "Result out of specification",
        "S2",
        "quality-control",
        "out-of-specification investigation",
        (HOUR, DAY),
    ),
    _kind(
        "RE-01",
        "Release evidence incomplete at planned certification",
        "S2",
        "quality-assurance",
        "the missing items",
        (4 * HOUR, DAY),
        Ends.BY_FACT,
    ),
)

EXCEPTION_BY_CODE: dict[str, ExceptionKind] = {kind.code: kind for kind in EXCEPTIONS}
