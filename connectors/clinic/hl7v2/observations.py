"""What single observations (OBX) of a clinic say, whichever message carries them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from connectors import units
from connectors.clinic import codes
from connectors.clinic.codes import Step
from connectors.clinic.hl7v2.steps import SNOMED, steps_of
from connectors.clinic.hl7v2.told import Told
from connectors.connector import CannotUnderstand
from connectors.hl7v2.agreement import (
    CORRECTED,
    DELETED,
    FINAL,
    NO_RESULT,
    PRELIMINARY,
    STEP_CODES,
    UNOBTAINABLE,
    ZVV,
)
from connectors.hl7v2.identifiers import personal_data
from connectors.hl7v2.message import Segment
from connectors.personal import blanked
from connectors.times import When
from schemas.collection import Comparison
from schemas.enrolment import PatientState, PatientStateChanged
from schemas.envelope import Event, Scheme
from schemas.reasons import Reason
from schemas.treatment import OutcomeRecorded

CHECK_CODES = "V2V-CHECK"
"""The coding system of OBX-3 where an identifier is compared: the scheme, expected in OBX-7, found in OBX-5."""

STATUSES = FINAL | PRELIMINARY | CORRECTED | DELETED | UNOBTAINABLE | NO_RESULT

PRODUCT, ADVERSE = "product", "adverse-event"
VOLUME, BAGS, CELLS, ENDED_HOW = (
    "collected-volume",
    "collected-bags",
    "collected-cells",
    "infusion-outcome",
)
"""Codes of our system that say more of a step."""


def standing(told: Told, status: str, place: str) -> bool:
    """Whether a result or a report of this status is a fact; one that takes back must say what."""
    if status and status not in STATUSES:
        detail = f"{place}: {status[:10]!r} is no status of a result"
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
    agreed = told.agreed
    if status in DELETED and (agreed is None or not agreed.text(ZVV.CORRECTS)):
        detail = f"{place} = {status} takes back, and ZVV-7 names no message that said it"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    return status in FINAL | CORRECTED | DELETED


def detail_of(segments: Iterable[Segment], code: str) -> Segment | None:
    """The OBX that says this of a step."""
    return next(
        (
            s
            for s in segments
            if s.name == "OBX" and (s.text(3), s.text(3, 3)) == (code, STEP_CODES)
        ),
        None,
    )


def product_of(segments: Iterable[Segment]) -> str | None:
    """The product that is ordered, where an OBX names it."""
    named = detail_of(segments, PRODUCT)
    return None if named is None else named.text(5) or None


def amount(obx: Segment | None) -> tuple[str, str | None, str] | None:
    """The number of an OBX with its unit, and where it stands; a count has no unit."""
    if obx is None:
        return None
    number = obx.text(5, 2) if obx.text(2) == "SN" else obx.text(5)
    if obx.text(2) == "SN" and obx.text(5) not in ("", "="):
        detail = f"OBX-5: {obx.text(3)[:40]} is only known as more or less than a number"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    return number, obx.text(6) or None, "OBX-5"


def volume(obx: Segment | None) -> float | None:
    """A volume in millilitres."""
    said = amount(obx)
    return None if said is None else units.millilitres(*said)


def cells(obx: Segment | None) -> float | None:
    """A number of cells."""
    said = amount(obx)
    return None if said is None else units.cells(*said)


def count(obx: Segment | None) -> int | None:
    """A whole number of things."""
    said = amount(obx)
    if said is None:
        return None
    number = units.number(said[0], said[2])
    if not number.is_integer():
        raise CannotUnderstand(Reason.FIELD_INVALID, "OBX-5: expected a whole number")
    return int(number)


def observed_at(told: Told, obx: Segment, obr: Segment | None = None) -> When:
    """When the observation is about: OBX-19, OBX-14, or the times of its report."""
    return told.happened((obx, 19), (obx, 14), (obr, 8), (obr, 7), (obr, 22))


def states(told: Told) -> Iterator[Event]:
    """The patient's fitness, and outcomes of the therapy, by the observations of a message without orders."""
    for place, segment in enumerate(told.message.segments):
        if segment.name == "OBX":
            yield from state(told, segment, str(place))


def state(told: Told, obx: Segment, place: str, obr: Segment | None = None) -> Iterator[Event]:
    """What one observation says of the patient, if it is one of ours."""
    steps = steps_of(told.partner, (obx, 3))
    if not steps & {Step.PATIENT_STATE, Step.OUTCOME}:
        return
    status = obx.text(11) or ("" if obr is None else obr.text(25))
    if not standing(told, status, "OBX-11"):
        return
    at = observed_at(told, obx, obr)
    if Step.PATIENT_STATE in steps:
        known = codes.word(PatientState, obx.text(5))
        dead = obx.text(5) == codes.DEAD[1] and obx.text(5, 3) in SNOMED
        if known is None and not dead:
            detail = "OBX-5: expected fit, unfit, withdrawn or deceased"
            raise CannotUnderstand(Reason.FIELD_INVALID, detail)
        yield told.event(PatientStateChanged, at, place, state=known or PatientState.DECEASED)
    if Step.OUTCOME in steps:
        adverse = (obx.text(8), obx.text(8, 3)) == (ADVERSE, STEP_CODES)
        found = (obx.text(5) or obx.text(5, 2))[:100].strip() or None
        found = found and blanked(found, personal_data(told.message))
        yield told.event(OutcomeRecorded, at, place, adverse_event=adverse, outcome=found)


def comparison(obx: Segment) -> Comparison | None:
    """One identifier that was compared; one of no scheme of ours is refused, not passed over."""
    if obx.text(3, 3) != CHECK_CODES:
        return None
    scheme = codes.word(Scheme, obx.text(3).replace("-", "_").upper())
    if scheme is None:
        detail = f"OBX-3: {obx.text(3)[:40]!r} is no scheme of identifiers"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    if not obx.text(5) or not obx.text(7):
        detail = "OBX: a check needs what was found in OBX-5 and what was expected in OBX-7"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    return Comparison(scheme=scheme, expected=obx.text(7), found=obx.text(5))
