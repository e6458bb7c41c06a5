"""What an instrument's ASTM E1394 message says: one decision for each message.

| record | says |
| --- | --- |
| R with R-9 = F, V or R | ResultReported, final |
| R with P, S, M, Q, W or nothing | ResultReported, preliminary |
| R with C | ResultAmended |
| R with X | ResultReported without a value, verdict pending |
| R with I or N; an O of a control (O-12 = Q); Q, M, S | nothing |

O-3 is the laboratory's sample; the partner's `mapping["astm"]` may say what other fields name, as
`{"O-4": "BATCH"}`. Limits (R-6) and flags (R-7) are read as those of HL7 v2 are. A message about a patient
(P-3 to P-6) whose orders name nothing that is agreed is a clinical one and ignored. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydantic import ValidationError

from connectors import units
from connectors.connector import (
    CannotUnderstand,
    Decision,
    Ignored,
    Mapped,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from connectors.lims.agreement import VERDICTS
from connectors.lims.astm import Record, messages
from connectors.lims.limits import compared, limits
from connectors.lims.stated import operator, rehearsed, stated
from connectors.times import When, parse_hl7
from schemas.envelope import Identifier, Scheme
from schemas.laboratory import ResultAmended, ResultReported, Verdict
from schemas.reasons import Reason
from schemas.violation import violation

FINAL, PRELIMINARY = frozenset("FVR"), frozenset("PSMQW")
CORRECTED, UNOBTAINABLE, NO_RESULT = "C", "X", frozenset("IN")
"""Statuses of a result (R-9)."""

CONTROL = "Q"
"""O-12 of a sample that only controls the instrument."""


@dataclass
class Order:
    """One O record with the results behind it, each with its comments."""

    order: Record
    patient: Record | None = None
    results: list[tuple[Record, list[str]]] = field(default_factory=list)


def instrument(raw: Raw, partner: Partner, tokens: Tokens) -> tuple[Decision, ...]:
    """One decision for each message that the bytes hold, in their order."""
    try:
        found = messages(raw.body)
    except CannotUnderstand as refusal:
        return (Refused(refusal.reason, refusal.detail),)
    return tuple(_decide(records, partner, tokens) for records in found)


def _decide(records: tuple[Record, ...], partner: Partner, tokens: Tokens) -> Decision:
    try:
        return _message(records, partner, tokens)
    except CannotUnderstand as refusal:
        return Refused(refusal.reason, refusal.detail)
    except ValidationError as error:
        return Refused(Reason.FIELD_INVALID, violation(error))


def _message(records: tuple[Record, ...], partner: Partner, tokens: Tokens) -> Decision:
    header = records[0]
    if records[-1].kind != "L":
        detail = "no L record at the end: the message broke off"
        raise CannotUnderstand(Reason.NOT_WELL_FORMED, detail)
    events: list[ResultReported] = []
    why = "an instrument's message without results"
    for number, order in enumerate(_orders(records), start=1):
        named, agreed = _named(order.order, partner)
        if order.order.text(12).upper() == CONTROL:
            why = "results of a control, not of a sample"
            continue
        if not named or (_names_somebody(order.patient) and not agreed):
            why = "results about a patient that name no batch, course or agreed sample"
            continue
        said = _Said(partner, tokens, header, _native(records), personal_data(records))
        events += said.results(order, number, named)
    return Mapped(tuple(events)) if events else Ignored(why)


def _orders(records: tuple[Record, ...]) -> list[Order]:
    orders: list[Order] = []
    patient: Record | None = None
    for record in records:
        if record.kind == "P":
            patient = record
        elif record.kind == "O":
            orders.append(Order(record, patient))
        elif record.kind == "R":
            if not orders:
                detail = "an R record without an O record before it: nobody knows the sample"
                raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
            orders[-1].results.append((record, []))
        elif record.kind == "C" and orders and orders[-1].results:
            orders[-1].results[-1][1].append(record.text(4))
    return orders


def _names_somebody(patient: Record | None) -> bool:
    return patient is not None and any(patient.text(number) for number in range(3, 7))


def _named(order: Record, partner: Partner) -> tuple[tuple[Identifier, ...], bool]:
    """What the order names, and whether any of it is agreed beyond the laboratory's own number."""
    stated_of = partner.mapping.get("astm")
    agreed = {str(k): str(v) for k, v in stated_of.items()} if isinstance(stated_of, dict) else {}
    found: dict[tuple[Scheme, str], Identifier] = {}
    beyond = False
    for number in (3, 4):
        scheme = agreed.get(f"O-{number}") or ("SAMPLE" if number == 3 else "")
        if scheme not in Scheme.__members__:
            continue
        for value in order.repetitions(number):
            if value:
                one = Identifier(scheme=Scheme[scheme], value=value)
                found.setdefault((one.scheme, one.value), one)
                beyond |= f"O-{number}" in agreed
    return tuple(found.values()), beyond


def _native(records: tuple[Record, ...]) -> str:
    """The instrument's own key of the message: its sender with its control id, or else all it says."""
    header = records[0]
    if header.text(3):
        return "|".join((header.raw(5), header.text(3), header.text(14)))
    content = "\r".join("|".join(record.fields) for record in records)
    return f"{header.text(5)}#{hashlib.sha256(content.encode()).hexdigest()[:32]}"


def personal_data(records: tuple[Record, ...]) -> tuple[str, ...]:
    """What a message states about its patients, so that it can be taken out of free text."""
    stated_of = []
    for record in records:
        if record.kind == "P":
            for number in (3, 4, 5, 6, 7, 8, 11, 13):
                marks = record.delimiters
                stated_of += [
                    marks.plain(part)
                    for each in record.raw(number).split(marks.repetition)
                    for part in each.split(marks.component)
                ]
    return tuple(text for text in stated_of if text)


@dataclass(frozen=True, slots=True)
class _Said:
    """One message, as one instrument says it."""

    partner: Partner
    tokens: Tokens
    header: Record
    native: str
    personal: tuple[str, ...]

    def results(
        self, order: Order, number: int, named: tuple[Identifier, ...]
    ) -> Iterator[ResultReported]:
        """Every result of an order that is one."""
        for place, (record, comments) in enumerate(order.results, start=1):
            status = record.text(9).upper()
            if status in NO_RESULT:
                continue
            known = FINAL | PRELIMINARY | {CORRECTED, UNOBTAINABLE, ""}
            if status not in known:
                detail = f"R-9: {status[:10]!r} is no status of a result"
                raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
            yield self._result(record, comments, status, f"{number}/{place}", named)

    def _result(
        self,
        record: Record,
        comments: list[str],
        status: str,
        part_of: str,
        named: tuple[Identifier, ...],
    ) -> ResultReported:
        test = record.text(3, 4) or record.last(3)
        if not test:
            raise CannotUnderstand(Reason.FIELD_MISSING, "R-3: the result names no test")
        low, high = limits(record.text(6))
        fields: dict[str, object] = {
            "device": (record.text(14) or self.header.text(5) or None),
            "actor": operator(self.partner, self.tokens, record.text(11)),
            "second_actor": operator(self.partner, self.tokens, record.text(11, 2)),
            "reason_text": "\n".join(c for c in comments if c)[:4000] or None,
            "test": test,
            "unit": record.text(5) or None,
            "low": low,
            "high": high,
            "final": status not in PRELIMINARY | {""},
        }
        if self.header.text(12).upper() in ("T", "D"):
            fields["environment"] = rehearsed(self.partner)
        if status == UNOBTAINABLE:
            fields |= {"verdict": Verdict.PENDING, "reason_code": status}
            fields["reason_text"] = fields["reason_text"] or "cannot be obtained"
        else:
            value, words = _value(record.last(4))
            fields |= {"value": value, "value_text": words, "verdict": self._verdict(record)}
        cls = ResultAmended if status == CORRECTED else ResultReported
        return stated(
            self.partner,
            cls,
            self.native,
            part_of,
            self._when(record),
            named,
            self.personal,
            **fields,
        )

    def _when(self, record: Record) -> When:
        clock = self.partner.clock
        for holder, number in ((record, 13), (record, 12), (self.header, 14)):
            if text := holder.text(number):
                return parse_hl7(text, clock, f"{holder.kind}-{number}")
        raise CannotUnderstand(Reason.FIELD_MISSING, "R-13 and H-14: the result states no time")

    def _verdict(self, record: Record) -> Verdict:
        """The instrument's own word: out of specification if any flag says so, pass only if all do."""
        own = self.partner.mapping.get("verdicts")
        agreed = VERDICTS | {
            str(flag): Verdict(str(verdict))
            for flag, verdict in (own.items() if isinstance(own, dict) else ())
        }
        said = {agreed.get(flag, Verdict.PENDING) for flag in record.repetitions(7) if flag}
        if Verdict.OUT_OF_SPECIFICATION in said:
            return Verdict.OUT_OF_SPECIFICATION
        return Verdict.PASS if said == {Verdict.PASS} else Verdict.PENDING


def _value(text: str) -> tuple[float | None, str | None]:
    """The value as a number where it is one, and in words where it is not."""
    if not text:
        return None, None
    if not compared(text):
        try:
            return units.number(text, "R-4"), None
        except CannotUnderstand:
            pass
    return None, " ".join(text.split())[:100].strip()
