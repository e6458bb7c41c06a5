"""By which codes a coded field of HL7 v2 names a step of the therapy. Pure.

The code of our system `V2V-STEP`, in either coding of a CE, CWE or CNE field; the two SNOMED CT codes that
`connectors.clinic.codes` understands, only where a course is named; and the clinic's own codes by the
partner's `mapping["steps"]`: `{"<coding system>|<code>": "<step>"}`.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.clinic import codes
from connectors.clinic.codes import Step
from connectors.connector import CannotUnderstand, Partner
from connectors.hl7v2.agreement import STEP_CODES
from connectors.hl7v2.message import Segment, part
from schemas.reasons import Reason

SNOMED = frozenset({"SCT", "SNM3", "SNOMED-CT", "2.16.840.1.113883.6.96"})
"""How HL7 v2 messages call SNOMED CT."""

PUBLIC: Mapping[str, Step] = {
    codes.APHERESIS[1]: Step.COLLECTION,
    codes.CAR_T_IMMUNOTHERAPY[1]: Step.INFUSION,
}


def steps_of(
    partner: Partner,
    *places: tuple[Segment | None, int],
    public: Mapping[str, Step] = PUBLIC,
) -> frozenset[Step]:
    """The steps that the codes in these fields stand for."""
    return frozenset(
        step
        for segment, number in places
        if segment is not None
        for coded in segment.repetitions(number)
        for code, system in ((part(coded, 1), part(coded, 3)), (part(coded, 4), part(coded, 6)))
        if code
        and (step := _step(partner, code, system, public, f"{segment.name}-{number}")) is not None
    )


def _step(
    partner: Partner, code: str, system: str, public: Mapping[str, Step], place: str
) -> Step | None:
    local = partner.mapping.get("steps")
    own = local.get(f"{system}|{code}") if isinstance(local, dict) else None
    if own is None and system in SNOMED:
        return public.get(code)
    if own is None and system != STEP_CODES:
        return None
    known = codes.word(Step, code if own is None else str(own))
    if known is None and own is not None:
        detail = f"{place}: the partner's mapping calls {code[:40]!r} a step that does not exist"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    return known
