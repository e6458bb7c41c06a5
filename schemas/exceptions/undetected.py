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


ACROSS = "It needs a question across courses, which is not built yet."
WATCH = "It needs a watch over partners and what they are expected to say, which is not built yet."
REGISTER = "It needs a register of qualified parties and signers, and no partner sends us one."
UNWRITTEN = "The events hold its facts, and its detector is not written yet."
FORECAST = "No product states a target for it, nor the standard time of the steps that remain."
SET_ASIDE = "Such a message goes to quarantine with its reason, and no alert is raised for it yet."
RECALL = "A lot serves many courses, and no event says that a lot has been recalled."
UNREPORTED = "No event says that a deviation must be reported, or that it has been."
PLATFORM = "It concerns the platform itself and nothing that partners state about a course."
PAYLOAD = (
    "Nothing searches payloads for personal data in clear; connectors turn patients into tokens."
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
    _left("ID-02", "One course of two subjects", "S1", "identity-registry-quality", UNWRITTEN),
    _left("ID-11", "Conflicting tokens of one subject", "S1", "identity-authority", ACROSS),
    _left("CU-04", "Unqualified custodian", "S2", "supplier-quality", REGISTER),
    _left("TW-04", "Vein-to-vein time will be overrun", "S3", "patient-operations", FORECAST),
    _left("TC-09", "Storage tank alarm", "S1", "facility-quality", ACROSS),
    _left("QU-08", "Material lot recalled", "S1", "quality-assurance", RECALL),
    _left("QU-09", "Deviation has to be reported", "S3", "regulatory", UNREPORTED),
    _left("SC-01", "Slot double-booked", "S2", "planner", ACROSS),
    _left("IF-01", "Partner silent", "S2", "integration-on-call", WATCH),
    _left("IF-02", "Processing lags behind", "S2", "platform", PLATFORM),
    _left("IF-03", "Message that cannot be read", "S2", "event-producer", SET_ASIDE),
    _left("IF-06", "Manual bridge active", "S3", "integration", WATCH),
    _left("IF-07", "Clock skew", "S3", "partner-it", CLOCKS),
    _left("DI-01", "Audit chain broken", "S1", "security-quality", PLATFORM),
    _left("DI-05", "Wrong producer for a fact", "S1", "security", SET_ASIDE),
    _left("DI-06", "Personal data in clear", "S2", "privacy-producer", PAYLOAD),
    _left("DI-07", "Unusual reading of data", "S1", "security", PLATFORM),
    _left("DI-08", "Significant incident", "S1", "security-lead", PROCESS),
    _left("DI-09", "Personal-data breach", "S1", "data-protection-officer", PROCESS),
    _left("DI-10", "Gap after a restore", "S2", "platform", PLATFORM),
)
