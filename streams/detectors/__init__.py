"""Every exception we look for in a course, in one list. What concerns none is asked of things, not here."""

from __future__ import annotations

from streams.detectors.condition import DETECTORS as CONDITION
from streams.detectors.condition_loggers import DETECTORS as CONDITION_LOGGERS
from streams.detectors.condition_tanks import DETECTORS as CONDITION_TANKS
from streams.detectors.condition_trace import DETECTORS as CONDITION_TRACE
from streams.detectors.custody import DETECTORS as CUSTODY
from streams.detectors.custody_overlap import DETECTORS as CUSTODY_OVERLAP
from streams.detectors.custody_parties import DETECTORS as CUSTODY_PARTIES
from streams.detectors.custody_shipment import DETECTORS as CUSTODY_SHIPMENT
from streams.detectors.detector import AskAgain, Detector
from streams.detectors.identity import DETECTORS as IDENTITY
from streams.detectors.identity_subjects import DETECTORS as IDENTITY_SUBJECTS
from streams.detectors.integrity import DETECTORS as INTEGRITY
from streams.detectors.interface import DETECTORS as INTERFACE
from streams.detectors.quality import DETECTORS as QUALITY
from streams.detectors.quality_batch import DETECTORS as QUALITY_BATCH
from streams.detectors.quality_lots import DETECTORS as QUALITY_LOTS
from streams.detectors.quality_reports import DETECTORS as QUALITY_REPORTS
from streams.detectors.quality_results import DETECTORS as QUALITY_RESULTS
from streams.detectors.release import DETECTORS as RELEASE
from streams.detectors.release_certificate import DETECTORS as RELEASE_CERTIFICATE
from streams.detectors.release_outside import DETECTORS as RELEASE_OUTSIDE
from streams.detectors.scheduling import DETECTORS as SCHEDULING
from streams.detectors.scheduling_slots import DETECTORS as SCHEDULING_SLOTS
from streams.detectors.scheduling_stops import DETECTORS as SCHEDULING_STOPS
from streams.detectors.sequence import DETECTORS as SEQUENCE
from streams.detectors.sequence_gates import DETECTORS as SEQUENCE_GATES
from streams.detectors.sequence_order import DETECTORS as SEQUENCE_ORDER
from streams.detectors.timing import DETECTORS as TIMING
from streams.detectors.timing_outlook import DETECTORS as TIMING_OUTLOOK
from streams.detectors.timing_plans import DETECTORS as TIMING_PLANS
from streams.detectors.timing_storage import DETECTORS as TIMING_STORAGE
from streams.detectors.timing_transit import DETECTORS as TIMING_TRANSIT

DETECTORS: tuple[Detector, ...] = (
    *IDENTITY,
    *IDENTITY_SUBJECTS,
    *CUSTODY,
    *CUSTODY_OVERLAP,
    *CUSTODY_PARTIES,
    *CUSTODY_SHIPMENT,
    *TIMING,
    *TIMING_OUTLOOK,
    *TIMING_PLANS,
    *TIMING_STORAGE,
    *TIMING_TRANSIT,
    *CONDITION,
    *CONDITION_LOGGERS,
    *CONDITION_TANKS,
    *CONDITION_TRACE,
    *SEQUENCE,
    *SEQUENCE_GATES,
    *SEQUENCE_ORDER,
    *QUALITY,
    *QUALITY_BATCH,
    *QUALITY_LOTS,
    *QUALITY_REPORTS,
    *QUALITY_RESULTS,
    *RELEASE,
    *RELEASE_CERTIFICATE,
    *RELEASE_OUTSIDE,
    *SCHEDULING,
    *SCHEDULING_SLOTS,
    *SCHEDULING_STOPS,
    *INTERFACE,
    *INTEGRITY,
)

__all__ = ["DETECTORS", "AskAgain", "Detector"]
