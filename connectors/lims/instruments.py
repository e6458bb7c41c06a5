"""What an instrument's ASTM E1394 message says: one decision for each message.

| record | says |
| --- | --- |
| R with R-9 = F, V or R | ResultReported, final |
| R with P, S, M, Q, W or nothing | ResultReported, preliminary |
| R with C | ResultAmended |
| R with X | ResultReported without a value, verdict pending |
| R with I or N; an O of a control (O-12 = Q); Q, M, S | nothing |

O-3 is the laboratory's sample; the partner's `mapping["astm"]` may say what fields and components of an order
name instead, as `{"O-3.2": "SAMPLE", "O-4": "BATCH"}`. A test is called by the manufacturer's code (R-3.4), and
where several results of an order have the same, by all that R-3 says from there on. Limits (R-6) and flags
(R-7) are read as those of HL7 v2 are. Comments (C) are left out: people write names into them. A message about
a patient (P-3 to P-6) whose orders name nothing that is agreed is a clinical one and ignored. Pure.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

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
from connectors.lims.words import PLACE
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
    """One O record with the results behind it, and the patient before it."""

    order: Record
    patient: Record | None = None
    results: list[Record] = field(default_factory=list)

    def test(self, result: Record) -> str:
        """What a result of this order is the result of."""
        coded = result.components(3)
        code = coded[3] if len(coded) > 3 else ""
        if code and self._codes[code] == 1:
            return code
        rest = coded[3:] if code else coded
        return "^".join(part for part in rest if part)[:100].strip()

    @cached_property
    def _codes(self) -> Counter[str]:
        """How many of the results have the same code; asked once all of them are there."""
        return Counter(result.text(3, 4) for result in self.results)


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
    native, personal = _native(records), personal_data(records)
    why = "an instrument's message without results"
    for number, order in enumerate(_orders(records), start=1):
        named, agreed = _named(order.order, partner)
        if order.order.text(12).upper() == CONTROL:
            why = "results of a control, not of a sample"
            continue
        if not named or (_names_somebody(order.patient) and not agreed):
            why = "results about a patient that name no batch, course or agreed sample"
            continue
        said = _Said(partner, tokens, header, native, personal)
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
            orders[-1].results.append(record)
    return orders


def _names_somebody(patient: Record | None) -> bool:
    return patient is not None and any(patient.text(number) for number in range(3, 7))


def _named(order: Record, partner: Partner) -> tuple[tuple[Identifier, ...], bool]:
    """What the order names, and whether any of it is agreed beyond the laboratory's own number."""
    stated_of = partner.mapping.get("astm")
    agreed = {str(k): str(v) for k, v in stated_of.items()} if isinstance(stated_of, dict) else {}
    usual = {} if any(place.startswith("O-3") for place in agreed) else {"O-3": "SAMPLE"}
    found: dict[tuple[Scheme, str], Identifier] = {}
    beyond = False
    for place, scheme in (usual | agreed).items():
        where = PLACE.fullmatch(place)
        if where is None or scheme not in Scheme.__members__:
            detail = (
                f"the partner's mapping: {place[:20]!r} is no field, or {scheme[:20]!r} no scheme"
            )
            raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail)
        for value in order.repetitions(int(where[1]), int(where[2] or 1)):
            if value:
                one = Identifier(scheme=Scheme[scheme], value=value)
                found.setdefault((one.scheme, one.value), one)
                beyond |= place in agreed
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
        for place, record in enumerate(order.results, start=1):
            status = record.text(9).upper()
            if status in NO_RESULT:
                continue
            known = FINAL | PRELIMINARY | {CORRECTED, UNOBTAINABLE, ""}
            if status not in known:
                detail = f"R-9: {status[:10]!r} is no status of a result"
                raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
            yield self._result(order, record, status, f"{number}/{place}", named)

    def _result(
        self,
        order: Order,
        record: Record,
        status: str,
        part_of: str,
        named: tuple[Identifier, ...],
    ) -> ResultReported:
        test = order.test(record)
        if not test:
            raise CannotUnderstand(Reason.FIELD_MISSING, "R-3: the result names no test")
        low, high = limits(record.text(6))
        fields: dict[str, object] = {
            "device": (record.text(14) or self.header.text(5) or None),
            "actor": operator(self.partner, self.tokens, record.text(11)),
            "second_actor": operator(self.partner, self.tokens, record.text(11, 2)),
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
            fields["reason_text"] = "cannot be obtained"
        else:
            value, words = _value(record.parts(4))
            fields |= {"value": value, "value_text": words, "verdict": self._verdict(record)}
        cls = ResultAmended if status == CORRECTED else ResultReported
        return stated(
            self.partner,
            cls,
            self.native,
            part_of,
            self._when(record, order.order),
            named,
            self.personal,
            **fields,
        )

    def _when(self, record: Record, order: Record) -> When:
        clock = self.partner.clock
        for holder, number in ((record, 13), (record, 12), (order, 23), (self.header, 14)):
            if text := holder.text(number):
                return parse_hl7(text, clock, f"{holder.kind}-{number}")
        detail = "R-13, O-23 and H-14: the result states no time"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)

    def _verdict(self, record: Record) -> Verdict:
        """The instrument's own word: out of specification if any flag says so, pass only if all do."""
        own = self.partner.mapping.get("verdicts")
        agreed = VERDICTS | {
            str(flag): Verdict(str(verdict))
            for flag, verdict in (own.items() if isinstance(own, dict) else ())
        }
        said = {agreed.get(flag, Verdict.PENDING) for flag in record.parts(7)}
        if Verdict.OUT_OF_SPECIFICATION in said:
            return Verdict.OUT_OF_SPECIFICATION
        return Verdict.PASS if said == {Verdict.PASS} else Verdict.PENDING


def _value(parts: tuple[str, ...]) -> tuple[float | None, str | None]:
    """The value as a number where exactly one part of it is one, and the rest in words."""
    numbers: list[float] = []
    words: list[str] = []
    for part in parts:
        try:
            if compared(part):
                raise CannotUnderstand(Reason.FIELD_INVALID, "only known as more or less")
            numbers.append(units.number(part, "R-4"))
        except CannotUnderstand:
            words.append(" ".join(part.split()))
    if len(numbers) != 1:
        return None, " ".join(parts)[:100].strip() or None
    return numbers[0], " ".join(words)[:100].strip() or None
