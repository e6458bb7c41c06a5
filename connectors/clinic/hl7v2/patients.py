"""What a clinic's ADT messages say: records that are merged, a death, an enrolment, a state. Pure.

| trigger | says |
| --- | --- |
| A18, A30, A34, A36, A39, A40, A43 | PatientsMerged for each number in MRG-1 |
| A46, A47 | the same, as a new number of one patient |
| A24, A37 | the same for the two PID of the message, as a link, or as a link undone |
| A01, A04, A05, A28 with a course and the step `therapy-order` in PV2-3, PR1-3 or DG1-3 | PatientEnrolled |
| any with a course and PID-30 = Y, or a date in PID-29 | PatientStateChanged, deceased |
| any with a course and an OBX `patient-state^^V2V-STEP` | PatientStateChanged |
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.clinic.codes import Step
from connectors.clinic.hl7v2.observations import product_of, states
from connectors.clinic.hl7v2.steps import steps_of
from connectors.clinic.hl7v2.told import Told, patient_numbers, token
from connectors.clinic.said import SaysNothing
from connectors.connector import CannotUnderstand
from connectors.hl7v2.identifiers import authority
from connectors.hl7v2.message import Components, Segment, part
from schemas.enrolment import (
    PatientEnrolled,
    PatientsMerged,
    PatientState,
    PatientStateChanged,
    RecordChange,
)
from schemas.envelope import Event
from schemas.reasons import Reason

MERGES: dict[str, RecordChange] = dict.fromkeys(
    ("A18", "A30", "A34", "A36", "A39", "A40", "A43"), RecordChange.MERGED
) | dict.fromkeys(("A46", "A47"), RecordChange.RENUMBERED)
"""Trigger events by which what one patient number held is under another from now on."""

LINKS: dict[str, RecordChange] = {"A24": RecordChange.LINKED, "A37": RecordChange.SEPARATED}
"""Trigger events about two patient records that both stay."""

REGISTRATIONS = frozenset({"A01", "A04", "A05", "A28"})
"""Trigger events by which a patient comes to the clinic, or is expected there."""


def patients(told: Told) -> tuple[Event, ...]:
    """Everything that one ADT message says."""
    if told.trigger in MERGES:
        return tuple(_merged(told))
    if told.trigger in LINKS:
        return tuple(_linked(told))
    if not told.leads:
        raise SaysNothing("an ADT message that names no course")
    events = [*_died(told), *_enrolled(told), *states(told)]
    if not events:
        raise SaysNothing("an ADT message about a course, which says nothing that we follow")
    return tuple(events)


def _merged(told: Told) -> Iterator[Event]:
    """Each number that is used no more, with the number of the patient that stays."""
    pid, found = None, False
    for place, segment in enumerate(told.message.segments):
        if segment.name == "PID":
            pid = segment
        if segment.name != "MRG":
            continue
        found = True
        gone = patient_numbers(segment.repetitions(1), told.partner)
        kept = [] if pid is None else patient_numbers(pid.repetitions(3), told.partner)
        if not gone or not kept:
            field = "PID-3" if gone else "MRG-1"
            detail = f"{field}: two patient records are merged, and one has no number"
            raise CannotUnderstand(Reason.FIELD_MISSING, detail)
        for number, old in enumerate(gone):
            yield _pair(told, _counterpart(old, kept), old, f"{place}/{number}")
    if not found:
        raise CannotUnderstand(Reason.FIELD_MISSING, "MRG: patient records are merged without it")


def _counterpart(old: Components, kept: list[Components]) -> Components:
    """The number that stays, by the same authority where there is one."""
    return next((new for new in kept if authority(new) == authority(old)), kept[0])


def _linked(told: Told) -> Iterator[Event]:
    """The two patients whom the message names."""
    both = [
        numbers[0]
        for pid in told.message.segments
        if pid.name == "PID" and (numbers := patient_numbers(pid.repetitions(3), told.partner))
    ]
    if len(both) != 2:
        detail = f"PID: two numbered patients are expected to be linked, found {len(both)}"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    yield _pair(told, both[0], both[1], "0")


def _pair(told: Told, one: Components, other: Components, place: str) -> Event:
    partner, tokens = told.partner, told.said.tokens
    stays, goes = token(one, partner, tokens), token(other, partner, tokens)
    if (authority(one), part(one, 1)) == (authority(other), part(other, 1)):
        detail = "MRG-1: a patient record is merged with itself"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    change = (MERGES | LINKS)[told.trigger]
    return told.event(
        PatientsMerged,
        told.happened(),
        place,
        subject=stays,
        other_subject=goes,
        change=change,
    )


def _died(told: Told) -> Iterator[Event]:
    pid = told.message.first("PID")
    if pid is None or (pid.text(30) != "Y" and not pid.text(29)):
        return
    if pid.text(30) == "N":
        raise CannotUnderstand(Reason.FIELD_INVALID, "PID-30: N beside a time of death in PID-29")
    yield told.event(
        PatientStateChanged, told.happened((pid, 29)), "death", state=PatientState.DECEASED
    )


def _enrolled(told: Told) -> Iterator[Event]:
    if told.trigger not in REGISTRATIONS:
        return
    reasons: list[tuple[Segment | None, int]] = [(told.message.first("PV2"), 3)]
    reasons += [(s, 3) for s in told.message.segments if s.name in ("PR1", "DG1")]
    if Step.THERAPY_ORDER in steps_of(told.partner, *reasons):
        yield told.event(
            PatientEnrolled, told.happened(), product=product_of(told.message.segments)
        )
