"""The patient joins: enrolment, consent, and the state that may stop a therapy."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from schemas.contract import Code
from schemas.envelope import Event, Token


class ConsentState(StrEnum):
    """Whether the patient agrees."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    UNKNOWN_TO_READER = "unknown_to_reader"


class PatientState(StrEnum):
    """Whether the therapy can go on from the patient's side."""

    FIT = "fit"
    UNFIT = "unfit"
    WITHDRAWN = "withdrawn"
    DECEASED = "deceased"
    UNKNOWN_TO_READER = "unknown_to_reader"


class RecordChange(StrEnum):
    """What a clinic has done with two of its patient records."""

    MERGED = "merged"
    """The other one is used no more; what it holds is now under the one that stays."""
    RENUMBERED = "renumbered"
    """The same patient has another number."""
    LINKED = "linked"
    """Both stay, and are said to be of one person."""
    SEPARATED = "separated"
    """They were linked by mistake."""
    UNKNOWN_TO_READER = "unknown_to_reader"


class PatientEnrolled(Event):
    """A clinic has enrolled a patient for a therapy."""

    number: ClassVar[int] = 1
    product: Code | None = None


class ConsentChanged(Event):
    """The patient has given or withdrawn consent."""

    number: ClassVar[int] = 2
    state: ConsentState
    version: Code | None = None


class PatientStateChanged(Event):
    """The clinic has a new view of the patient's fitness for the therapy."""

    number: ClassVar[int] = 3
    state: PatientState


class PatientsMerged(Event):
    """A clinic says that two of its patient records are of one person; a person decides what that means for a course."""

    number: ClassVar[int] = 62
    other_subject: Token
    """The token of the record that is merged into the subject's, or that had the subject's number before."""
    change: RecordChange = RecordChange.MERGED
