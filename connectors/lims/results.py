"""What one result of the laboratory says: its value, its limits, and the laboratory's own verdict. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from connectors import units
from connectors.connector import CannotUnderstand, Partner
from connectors.hl7v2 import agreement
from connectors.hl7v2.agreement import ZVV
from connectors.hl7v2.message import Segment, part
from connectors.hl7v2.orders import Observation, Order
from connectors.hl7v2.said import Said
from connectors.lims.agreement import VERDICTS
from connectors.lims.limits import compared, limits
from schemas.envelope import Identifier
from schemas.laboratory import ResultAmended, ResultReported, Verdict
from schemas.reasons import Reason

DOCUMENTS = frozenset({"ED", "RP"})
"""Value types that are documents, not results."""

TEXT_LENGTH = 100
"""How much of a result in words is kept; the whole of it stays in the laboratory's own report."""


def results(
    said: Said, order: Order, number: int, identifiers: tuple[Identifier, ...]
) -> Iterator[ResultReported]:
    """Every result of an order that is one."""
    for place, observation in enumerate(order.observations, start=1):
        obx = observation.obx
        agreed = {agreement.IDENTIFIER_CODES, agreement.STEP_CODES}
        if obx.text(3, 3) in agreed or obx.text(2) in DOCUMENTS:
            continue
        status = _status(obx, order)
        if status in agreement.NO_RESULT:
            continue
        yield _result(said, order, observation, status, f"{number}/{place}", identifiers)


def _status(obx: Segment, order: Order) -> str:
    """OBX-11, or OBR-25 where it is empty; a result of unknown standing is preliminary."""
    status = obx.text(11) or order.obr.text(25) or "P"
    known = (
        agreement.FINAL
        | agreement.PRELIMINARY
        | agreement.CORRECTED
        | agreement.DELETED
        | agreement.UNOBTAINABLE
        | agreement.NO_RESULT
    )
    if status not in known:
        detail = f"OBX-11: {status[:10]!r} is no status of a result"
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
    return status


def _result(
    said: Said,
    order: Order,
    observation: Observation,
    status: str,
    part_of: str,
    identifiers: tuple[Identifier, ...],
) -> ResultReported:
    obx, zvv = observation.obx, observation.agreed or order.agreed
    test = obx.text(3) or obx.text(3, 4)
    if not test:
        raise CannotUnderstand(Reason.FIELD_MISSING, "OBX-3: the result names no test")
    reported = said.when((order.obr, 22))
    low, high = limits(obx.text(7))
    fields: dict[str, object] = {
        "recorded_at": None if reported is None else reported.instant,
        "site": obx.text(23, 10) or obx.text(23) or None,
        "device": obx.text(18) or None,
        "actor": said.staff(obx.text(16), obx.text(16, 9)),
        "reason_text": "\n".join(note for note in observation.notes if note)[:4000] or None,
        "test": test,
        "unit": obx.text(6) or None,
        "low": low,
        "high": high,
        "specification": (zvv.text(ZVV.SPECIFICATION) if zvv is not None else "") or None,
        "final": status not in agreement.PRELIMINARY | agreement.DELETED,
    }
    if status in agreement.DELETED | agreement.UNOBTAINABLE:
        why = "deleted by the laboratory" if status in agreement.DELETED else "cannot be obtained"
        fields |= {"verdict": Verdict.PENDING, "reason_code": status}
        fields["reason_text"] = fields["reason_text"] or why
    else:
        value, words = _value(obx)
        fields |= {"value": value, "value_text": words, "verdict": _verdict(obx, said.partner)}
    amended = status in agreement.CORRECTED | agreement.DELETED
    cls = ResultAmended if amended else ResultReported
    at = said.needed((obx, 19), (obx, 14), (order.obr, 22), (order.obr, 7))
    return said.event(cls, at, part_of, identifiers, zvv, **fields)


def _value(obx: Segment) -> tuple[float | None, str | None]:
    """The value as a number where it is one, and in words where it is not."""
    kind, repetitions = obx.text(2), obx.repetitions(5)
    if not repetitions or obx.raw(5) == '""':
        return None, None
    first = repetitions[0]
    if kind == "SN":
        comparator, low, mark, high = (part(first, n) for n in (1, 2, 3, 4))
        if comparator in ("", "=") and not mark:
            return units.number(low, "OBX-5"), None
        return None, _words(f"{comparator}{low}{mark}{high}")
    stated = part(first, 1)
    if kind == "NM":
        if len(repetitions) > 1:
            return None, _words(", ".join(part(each, 1) for each in repetitions))
        if compared(stated):
            return None, stated
        return units.number(stated, "OBX-5"), None
    if kind in ("CE", "CWE", "CNE", "CF"):
        return None, _words(part(first, 2) or part(first, 9) or stated)
    if kind == "ST" and obx.text(6) and not compared(stated):
        try:
            return units.number(stated, "OBX-5"), None
        except CannotUnderstand:
            return None, _words(stated)
    return None, _words(" ".join(part(each, 1) for each in repetitions))


def _words(stated: str) -> str | None:
    return " ".join(stated.split())[:TEXT_LENGTH].strip() or None


def _verdict(obx: Segment, partner: Partner) -> Verdict:
    """The laboratory's own word: out of specification if any flag says so, pass only if all do."""
    own = partner.mapping.get("verdicts")
    agreed = VERDICTS | {
        str(flag): Verdict(str(verdict))
        for flag, verdict in (own.items() if isinstance(own, dict) else ())
    }
    said = {agreed.get(part(flag, 1), Verdict.PENDING) for flag in obx.repetitions(8)}
    if Verdict.OUT_OF_SPECIFICATION in said:
        return Verdict.OUT_OF_SPECIFICATION
    return Verdict.PASS if said == {Verdict.PASS} else Verdict.PENDING
