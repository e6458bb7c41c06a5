"""Says laboratory events as a laboratory would: each as an HL7 v2 ORU^R01 message.

The inverse of `connectors.lims.translate`, by the conventions of `connectors.lims.agreement` and `connectors.hl7v2.agreement`. Computes: the
same events give the same bytes.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from connectors.hl7v2.agreement import IDENTIFIER_CODES, STEP_CODES, UNIVERSAL_ID, ZVV
from connectors.lims import agreement
from connectors.simulator.native import InventedPatient, NativeMessage, patients_of
from schemas.envelope import Capture, Environment, Event, Identifier, Precision, Scheme, System
from schemas.laboratory import (
    CertificateOfAnalysisIssued,
    ResultAmended,
    ResultReported,
    SampleRegistered,
    Verdict,
)

Field = str | Sequence[str]
"""A field as text, or as its components."""


def render(events: Sequence[Event]) -> list[NativeMessage]:
    """One message per event, in the order of the events."""
    types = {event.event_id: event.type_name() for event in events}
    patients = patients_of(events)
    return [_message(event, who, types) for event, who in zip(events, patients, strict=True)]


def control_id(event: UUID) -> str:
    """MSH-10: twenty characters, as HL7 2.5.1 has room for."""
    return base64.b32encode(event.bytes).decode("ascii")[:20]


def _message(event: Event, who: InventedPatient, types: Mapping[UUID, str]) -> NativeMessage:
    segments = [_header(event), _patient(event, who)]
    match event:
        case ResultReported():
            segments += _result(event, types)
        case CertificateOfAnalysisIssued():
            segments += _certificate(event, types)
        case SampleRegistered():
            segments += _registration(event, types)
        case _:
            raise TypeError(f"a laboratory does not say {event.type_name()}")
    segments += _identifiers(event)
    body = "".join(segment + "\r" for segment in segments)
    name = f"{event.type_name()}-{event.event_id}.hl7"
    return NativeMessage(System.LIMS, name, body.encode())


def _escaped(text: str) -> str:
    if text == '""':  # HL7's null, where it is meant as text
        return "\\X2222\\"
    escapes = {"\\": "E", "|": "F", "^": "S", "~": "R", "&": "T", "\n": ".br"}
    return "".join(f"\\{escapes[c]}\\" if c in escapes else c for c in text)


def _segment(name: str, fields: Mapping[int, Field | None]) -> str:
    """A segment from its fields by number."""
    known = {number: field for number, field in fields.items() if field}
    written = []
    for number in range(1, max(known, default=0) + 1):
        field = known.get(number, "")
        parts = [field] if isinstance(field, str) else field
        written.append("^".join(map(_escaped, parts)).rstrip("^"))
    return "|".join((name, *written))


def moment(instant: datetime, offset: int | None, precision: Precision = Precision.INSTANT) -> str:
    """A time as HL7 v2 writes it; without a zone where the partner states none."""
    local = instant.astimezone(timezone(timedelta(minutes=offset or 0)))
    if precision is Precision.DAY:
        return f"{local:%Y%m%d}"
    digits = "%Y%m%d%H%M" if precision is Precision.MINUTE else "%Y%m%d%H%M%S"
    fraction = f".{local:%f}" if local.microsecond else ""
    return f"{local:{digits}}{fraction}" + (f"{local:%z}" if offset is not None else "")


def _at(event: Event) -> str:
    return moment(event.occurred_at, event.occurred_offset_minutes, event.occurred_precision)


def _recorded(event: Event) -> str | None:
    return None if event.recorded_at is None else moment(event.recorded_at, 0)


def _header(event: Event) -> str:
    sent = event.recorded_at or event.occurred_at
    fields: dict[int, Field | None] = {
        3: "SIM-LIMS",
        4: event.partner.upper(),
        5: "V2V",
        7: moment(sent.astimezone(UTC), 0),
        9: ("ORU", "R01", "ORU_R01"),
        10: control_id(event.event_id),
        11: "P" if event.environment is Environment.PRODUCTION else "T",
        12: "2.5.1",
        13: None if event.sequence is None else str(event.sequence),
        18: "UNICODE UTF-8",
    }
    return "MSH|^~\\&" + _segment("", {number - 1: field for number, field in fields.items()})[1:]


def _patient(event: Event, who: InventedPatient) -> str:
    family, given, number = who.name.split(" ")
    fields: dict[int, Field | None] = {
        1: "1",
        3: (who.number, "", "", f"{event.partner.upper()}-MPI", "MR"),
        5: (family, given, number),
        7: who.birth_date.replace("-", ""),
    }
    return _segment("PID", fields)


def _order(event: Event, code: Field, status: str) -> list[str]:
    sample = next(iter(event.named(Scheme.SAMPLE)), None)
    order: dict[int, Field | None] = {
        1: "1",
        3: sample,
        4: code,
        22: _recorded(event),
        25: status,
    }
    return [_segment("ORC", {1: "RE"}), _segment("OBR", order)]


def _result(event: ResultReported, types: Mapping[UUID, str]) -> list[str]:
    amended = isinstance(event, ResultAmended)
    status = "C" if amended else "F" if event.final else "P"
    number = event.value is not None
    result: dict[int, Field | None] = {
        1: "1",
        2: "NM" if number else "TX",
        3: (event.test, "", "L"),
        5: repr(event.value) if number else event.value_text,
        6: event.unit,
        7: _limits(event.low, event.high),
        8: _flag(event),
        11: status,
        16: event.actor,
        18: event.device,
        19: _at(event),
        23: event.site,
    }
    note = [_segment("NTE", {1: "1", 2: "L", 3: event.reason_text})] if event.reason_text else []
    agreed = _agreed(event, types, {ZVV.SPECIFICATION: event.specification, ZVV.REASON_TEXT: None})
    order = _order(event, ("RELEASE", "Release testing", "L"), status)
    return [*order, _segment("OBX", result), *note, *agreed]


def _limits(low: float | None, high: float | None) -> str | None:
    if low is not None and high is not None:
        return f"{low!r}-{high!r}"
    if low is not None:
        return f">={low!r}"
    return None if high is None else f"<={high!r}"


def _flag(event: ResultReported) -> str | None:
    if event.verdict is Verdict.PASS:
        return "N"
    if event.verdict is not Verdict.OUT_OF_SPECIFICATION:
        return None
    if event.value is not None and event.low is not None and event.value < event.low:
        return "L"
    if event.value is not None and event.high is not None and event.value > event.high:
        return "H"
    return "A"


_WITHOUT_RESULT: dict[ZVV, str] = {ZVV.SITE: "site", ZVV.DEVICE: "device", ZVV.ACTOR: "actor"}
"""What the OBX of a result has fields for, and other orders have not."""


def _certificate(event: CertificateOfAnalysisIssued, types: Mapping[UUID, str]) -> list[str]:
    version: dict[int, Field | None] = {
        1: "1",
        2: "ST",
        3: (agreement.CERTIFICATE_VERSION, "", STEP_CODES),
        5: event.version,
        11: "F",
        19: _at(event),
    }
    code = (agreement.CERTIFICATE, "Certificate of analysis", STEP_CODES)
    extra = {field: getattr(event, name) for field, name in _WITHOUT_RESULT.items()}
    return [*_order(event, code, "F"), _segment("OBX", version), *_agreed(event, types, extra)]


def _registration(event: SampleRegistered, types: Mapping[UUID, str]) -> list[str]:
    code = ("RELEASE", "Release testing", "L")
    extra = {field: getattr(event, name) for field, name in _WITHOUT_RESULT.items()}
    return [*_order(event, code, agreement.SPECIMEN_RECEIVED), *_agreed(event, types, extra)]


def _agreed(event: Event, types: Mapping[UUID, str], extra: Mapping[ZVV, str | None]) -> list[str]:
    """Our own segment, where there is anything to say in it."""
    fields: dict[int, Field | None] = {
        ZVV.CAPTURE: None if event.capture is Capture.INTERFACE else event.capture.value,
        ZVV.ACTOR_ROLE: event.actor_role,
        ZVV.SECOND_ACTOR: event.second_actor,
        ZVV.REASON_CODE: event.reason_code,
        ZVV.REASON_TEXT: event.reason_text,
    }
    if event.corrects is not None:
        replaced = ResultReported if isinstance(event, ResultAmended) else type(event)
        name = types.get(event.corrects, replaced.type_name())
        fields[ZVV.CORRECTS] = (control_id(event.corrects), name)
        fields[ZVV.WITHDRAWS] = "Y" if event.withdraws else None
    if (signed := event.signature) is not None:
        when = moment(signed.signed_at, 0)
        fields[ZVV.SIGNATURE] = (
            signed.signer,
            signed.meaning,
            when,
            signed.digest or "",
            signed.algorithm or "",
        )
    fields.update({int(number): field for number, field in extra.items()})
    segment = _segment("ZVV", fields)
    if event.evidence:
        proofs = (
            "^".join(map(_escaped, (e.uri, e.sha256, e.kind or ""))).rstrip("^")
            for e in event.evidence
        )
        filled = segment.split("|") + [""] * len(ZVV)
        filled[ZVV.EVIDENCE] = "~".join(proofs)
        segment = "|".join(filled).rstrip("|")
    return [] if segment == "ZVV" else [segment]


def _identifiers(event: Event) -> list[str]:
    """The batch and whatever else is named, as agreed observations; the sample as its specimen."""
    named = [Identifier(scheme=Scheme.COI, value=event.coi)] if event.coi is not None else []
    samples = [i for i in event.identifiers if i.scheme is Scheme.SAMPLE]
    named += [i for i in event.identifiers if i not in samples[:1]]
    written = []
    for place, identifier in enumerate(named, start=2):
        fields: dict[int, Field | None] = {
            1: str(place),
            2: "EI",
            3: (identifier.scheme.value, "", IDENTIFIER_CODES),
            5: (identifier.value, identifier.issuer or ""),
            11: "F",
        }
        written.append(_segment("OBX", fields))
    return written + _specimen(event, samples[0] if samples else None)


def _specimen(event: Event, sample: Identifier | None) -> list[str]:
    registered = isinstance(event, SampleRegistered)
    if sample is None and not registered:
        return []
    fields: dict[int, Field | None] = {
        1: "1",
        4: event.sample_type if isinstance(event, SampleRegistered) else None,
        18: _at(event) if registered else None,
    }
    segment = [*_segment("SPM", fields).split("|"), "", ""]
    if sample is not None:
        authority = f"{UNIVERSAL_ID}{Scheme.SAMPLE.lower()}"
        filler = (sample.value, sample.issuer or "", authority, "URI")
        segment[2] = "^" + "&".join(map(_escaped, filler))
    return ["|".join(segment).rstrip("|")]
