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


WATCH = "It needs a watch over partners and what they are expected to say, which is not built yet."
REGISTER = "Custody events name the parties, and no partner states which of them are qualified, or until when."
FORECAST = (
    "No product states a target for the time from vein to vein; the record forecasts the infusion."
)
SET_ASIDE = (
    "Such a message goes to quarantine with reason and sender; a connector's refusals never pass the "
    "folds, an unreadable message states no time, and no fold is kept per partner yet."
)
FOREIGN_WORD = (
    "The message goes to quarantine as wrong_owner or wrong_topic and reaches no course; an alert for "
    "its sender needs a fold per partner, which is not built yet."
)
UNREPORTED = (
    "A deviation states how grave it is; no event says that it must be reported to an authority, "
    "or that it has been, so that its 45 days have neither a start nor an end."
)
PLATFORM = "It concerns the platform itself and nothing that partners state about a course."
PAYLOAD = (
    "No contract has a field for a name, connectors turn patients into tokens and blank what a message "
    "calls personal; what free text still says nobody can tell by its form without false alarms."
)
CHAIN = (
    "Nothing chains records by their digests: every record can be computed anew from what partners "
    "sent and be compared, and who may change a topic is the broker's to say."
)
READING = "Who reads which topic stands in the broker's own log, and no message carries it."
RESTORE = (
    "No connector numbers what it sends, so that a hole after a restore cannot be told from silence; "
    "the positions of readers are the broker's."
)
PROCESS = "It follows a decision that people take in a system that is no partner of ours."
CLOCKS = "It needs each partner's own clock beside ours, which no message carries."


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
    _left("CU-04", "Unqualified custodian", "S2", "supplier-quality", REGISTER),
    _left("TW-04", "Vein-to-vein time will be overrun", "S3", "patient-operations", FORECAST),
    _left("QU-09", "Deviation has to be reported", "S3", "regulatory", UNREPORTED),
    _left("IF-01", "Partner silent", "S2", "integration-on-call", WATCH),
    _left("IF-02", "Processing lags behind", "S2", "platform", PLATFORM),
    _left("IF-03", "Message that cannot be read", "S2", "event-producer", SET_ASIDE),
    _left("IF-06", "Manual bridge active", "S3", "integration", WATCH),
    _left("IF-07", "Clock skew", "S3", "partner-it", CLOCKS),
    _left("DI-01", "Audit chain broken", "S1", "security-quality", CHAIN),
    _left("DI-05", "Wrong producer for a fact", "S1", "security", FOREIGN_WORD),
    _left("DI-06", "Personal data in clear", "S2", "privacy-producer", PAYLOAD),
    _left("DI-07", "Unusual reading of data", "S1", "security", READING),
    _left("DI-08", "Significant incident", "S1", "security-lead", PROCESS),
    _left("DI-09", "Personal-data breach", "S1", "data-protection-officer", PROCESS),
    _left("DI-10", "Gap after a restore", "S2", "platform", RESTORE),
)
