"""Judging the product, as the quality unit's system knows it. Only people there release a batch."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from schemas.contract import Code, Instant
from schemas.envelope import Event, Scheme


class DeviationClass(StrEnum):
    """How grave a deviation is."""

    MINOR = "minor"
    MAJOR = "major"
    CRITICAL = "critical"
    UNKNOWN_TO_READER = "unknown_to_reader"


class OosState(StrEnum):
    """How far the out-of-specification path has come."""

    CONFIRMED = "confirmed"
    PHYSICIAN_REQUESTED = "physician_requested"
    RISK_EVALUATED = "risk_evaluated"
    PHYSICIAN_NOTIFIED = "physician_notified"
    ACCEPTED = "accepted"
    AUTHORITY_NOTIFIED = "authority_notified"
    CLOSED = "closed"
    UNKNOWN_TO_READER = "unknown_to_reader"


class IncidentKind(StrEnum):
    """What an incident touches, and so which law asks for a notice of it."""

    SECURITY = "security"
    """Network and information systems: the incident is significant."""
    PRIVACY = "privacy"
    """Personal data."""
    UNKNOWN_TO_READER = "unknown_to_reader"


class IncidentReport(StrEnum):
    """Which of the reports that the law asks for has been given."""

    EARLY_WARNING = "early_warning"
    NOTIFICATION = "notification"
    FINAL_REPORT = "final_report"
    UNKNOWN_TO_READER = "unknown_to_reader"


class DeviationOpened(Event):
    """A deviation has been opened."""

    number: ClassVar[int] = 46
    links: ClassVar = ((Scheme.DEVIATION, (Scheme.BATCH, Scheme.COI)),)
    classification: DeviationClass
    raw_classification: Code | None = None
    reportable: bool | None = None
    """Whether an authority must hear of it, once the product has been distributed; empty where not said."""


class DeviationClosed(Event):
    """A deviation has been closed."""

    number: ClassVar[int] = 47
    links: ClassVar = ((Scheme.DEVIATION, (Scheme.BATCH, Scheme.COI)),)
    classification: DeviationClass = DeviationClass.UNKNOWN_TO_READER
    raw_state: Code | None = None


class HoldPlaced(Event):
    """The quality unit has put the batch on hold."""

    number: ClassVar[int] = 48
    links: ClassVar = ((Scheme.HOLD, (Scheme.BATCH, Scheme.COI)),)


class HoldLifted(Event):
    """The quality unit has lifted a hold."""

    number: ClassVar[int] = 49
    links: ClassVar = ((Scheme.HOLD, (Scheme.BATCH, Scheme.COI)),)


class OosCaseChanged(Event):
    """The out-of-specification case has reached a new state."""

    number: ClassVar[int] = 50
    links: ClassVar = ((Scheme.OOS_CASE, (Scheme.BATCH, Scheme.COI)),)
    state: OosState
    raw_state: Code | None = None


class BatchCertified(Event):
    """The quality unit has certified the batch."""

    number: ClassVar[int] = 51
    links: ClassVar = ((Scheme.CERTIFICATE, (Scheme.BATCH, Scheme.COI)),)
    quarantine_shipment: bool = False
    """True when only shipment under quarantine is allowed, not use."""


class BatchRejected(Event):
    """The quality unit has rejected the batch."""

    number: ClassVar[int] = 52


class MaterialLotRecalled(Event):
    """Lots of a material are recalled, or found out of specification, whoever has used them; or no longer."""

    number: ClassVar[int] = 61
    lifted: bool = False
    """True when the lots may be used again."""
    raw_state: Code | None = None


class DeviationReported(Event):
    """A deviation has been reported to the authority."""

    number: ClassVar[int] = 66
    links: ClassVar = ((Scheme.DEVIATION, (Scheme.BATCH, Scheme.COI)),)
    authority: Code | None = None


class IncidentDeclared(Event):
    """The organisation has become aware of an incident that an authority must hear of."""

    number: ClassVar[int] = 63
    kind: IncidentKind


class IncidentReported(Event):
    """A report about an incident has been given to the authority."""

    number: ClassVar[int] = 67
    kind: IncidentKind
    report: IncidentReport
    authority: Code | None = None


class PartyQualified(Event):
    """A party may have cells in its custody from one moment until another, or no longer may."""

    number: ClassVar[int] = 65
    starts_at: Instant | None = None
    """From when on; from when it was said where none is named."""
    ends_at: Instant | None = None
    """Until when; for ever where none is named."""
    suspended: bool = False
    """True when the party is qualified no longer, from that moment on."""
