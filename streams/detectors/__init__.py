"""Every exception we look for in a course, in one list. ID-04 is asked where events wait, not here."""

from streams.detectors.condition import cryogenic_limit_exceeded
from streams.detectors.custody import custody_gap, one_sided_hand_over
from streams.detectors.detector import AskAgain, Detector
from streams.detectors.identity import (
    batch_not_one_to_one,
    course_mismatch_at_check,
    second_identifier_mismatch,
)
from streams.detectors.quality import result_out_of_specification
from streams.detectors.release import release_evidence_incomplete
from streams.detectors.sequence import (
    lymphodepletion_before_availability,
    milestone_missing,
    shipped_before_certification,
)
from streams.detectors.timing import fresh_hold_runs_out, thaw_clock_runs_out

DETECTORS: tuple[Detector, ...] = (
    course_mismatch_at_check,
    second_identifier_mismatch,
    batch_not_one_to_one,
    custody_gap,
    one_sided_hand_over,
    fresh_hold_runs_out,
    thaw_clock_runs_out,
    cryogenic_limit_exceeded,
    milestone_missing,
    lymphodepletion_before_availability,
    shipped_before_certification,
    result_out_of_specification,
    release_evidence_incomplete,
)

__all__ = ["DETECTORS", "AskAgain", "Detector"]
