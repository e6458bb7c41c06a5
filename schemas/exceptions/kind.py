"""What the catalogue says of one exception: what it means, who acts, how fast, and what ends it."""

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

    @property
    def may_be_shelved(self) -> bool:
        """Whether an alert of this kind may be kept quiet for a while; identity and release never may."""
        watched = self.hazard in (Hazard.IDENTITY, Hazard.RELEASE)
        return not watched and self.ends is Ends.BY_FACT


def kind(
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
