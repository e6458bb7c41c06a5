"""What a laboratory says, in our words: one decision per HL7 v2 message, ASM measurement or ASTM message.

The first characters tell which of them it is; ASM is read in `asm`, ASTM in `instruments`, HL7 v2 here:

| segment | says |
| --- | --- |
| OBX with status F, U, V, B | ResultReported, final |
| OBX with P, R, S | ResultReported, preliminary |
| OBX with C, A | ResultAmended |
| OBX with D, W | ResultAmended without a value, verdict pending |
| OBX with X | ResultReported without a value, verdict pending |
| OBX with I, O, N, or a document | nothing |
| OBR-25 = I with a specimen and no result | SampleRegistered |
| OBR-4 = certificate of analysis, OBR-25 = F or C | CertificateOfAnalysisIssued |

How batches, samples and verdicts are agreed is in `agreement`. Messages about a patient that name nothing
of a therapy are clinical and ignored. Pure: bytes in, decisions out.
"""

from __future__ import annotations

import codecs

from pydantic import ValidationError

from connectors import formats
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
from connectors.hl7v2.agreement import STEP_CODES
from connectors.hl7v2.header import kind_of
from connectors.hl7v2.identifiers import identifiers_of
from connectors.hl7v2.message import read, split
from connectors.hl7v2.orders import Order, orders_of
from connectors.hl7v2.said import Said
from connectors.lims import agreement, asm, astm
from connectors.lims.identifiers import (
    SAMPLE_LEADS,
    about_a_patient,
    laboratory_number,
    subject_token,
)
from connectors.lims.instruments import instrument
from connectors.lims.results import results
from schemas.envelope import Event, Identifier, Scheme
from schemas.laboratory import CertificateOfAnalysisIssued, SampleRegistered
from schemas.reasons import Reason

RESULTS = frozenset(
    [("ORU", event) for event in ("", "R01", "R30", "R31", "R32")]
    + [("OUL", event) for event in ("R21", "R22", "R23", "R24")]
)
"""Message types that carry results."""


BEFORE = b"\xef\xbb\xbf \t\r\n"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
"""What may stand before the first character of a JSON document."""


def translate(
    raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...] = ()
) -> tuple[Decision, ...]:
    """One decision for each message that the bytes hold, in their order."""
    try:
        start = formats.within(raw.body).lstrip(BEFORE)[:1]
        if start == b"{" or raw.body.startswith(UTF_16):
            document = formats.json_object(raw.body)
            if not asm.is_asm(document):
                detail = "JSON that is no Allotrope simple model: it names no manifest"
                return (Refused(Reason.UNKNOWN_FORMAT, detail),)
            return asm.measurements(document, partner, tokens)
        if start == b"<":
            detail = "XML; this connector reads HL7 v2, ASM as JSON, and ASTM E1394"
            return (Refused(Reason.UNKNOWN_FORMAT, detail),)
        if astm.is_astm(raw.body):
            return instrument(raw, partner, tokens)
        messages = split(raw.body)
    except CannotUnderstand as refusal:
        return (Refused(refusal.reason, refusal.detail),)
    return tuple(_decide(body, partner, tokens) for body in messages)


def _decide(body: bytes, partner: Partner, tokens: Tokens) -> Decision:
    try:
        message = read(body)
        kind = kind_of(message)
        if kind not in RESULTS:
            named = "^".join(part for part in kind if part)
            return Ignored(f"a message of the kind {named[:20]}, which carries no results")
        return _results(Said(message, partner, tokens, subject_token(message, partner, tokens)))
    except CannotUnderstand as refusal:
        return Refused(refusal.reason, refusal.detail)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        fields = ", ".join(".".join(str(part) for part in e["loc"]) for e in found[:5])
        return Refused(Reason.FIELD_INVALID, f"not possible for {fields}")


def _results(said: Said) -> Decision:
    events: list[Event] = []
    why = "a result message without an order"
    for number, order in enumerate(orders_of(said.message), start=1):
        identifiers = _about_a_therapy(said, order)
        if not identifiers:
            why = "a result about a patient that names no batch, course or agreed sample"
            continue
        found = _order(said, order, number, identifiers)
        why = "an order that reports neither a result, a sample nor a certificate"
        events.extend(found)
    return Mapped(tuple(events)) if events else Ignored(why)


def _about_a_therapy(said: Said, order: Order) -> tuple[Identifier, ...]:
    """What of the therapy the order names; nothing when it is a clinical one."""
    agreed = identifiers_of(order, said.partner)
    # a certificate is of the batch: the laboratory's number of the order is no sample of it
    sample = None if _certificate(said, order) else laboratory_number(order)
    if not any(i.scheme not in SAMPLE_LEADS for i in agreed):
        clinical = about_a_patient(said.message)
        if not any(i.scheme is Scheme.SAMPLE for i in agreed) and (clinical or sample is None):
            return ()
    if sample is None or any(i.scheme is Scheme.SAMPLE for i in agreed) or _taken(sample, agreed):
        return agreed
    return (*agreed, sample)


def _taken(sample: Identifier, agreed: tuple[Identifier, ...]) -> bool:
    """Whether the laboratory's number is already known as the name of something else."""
    return any(i.value == sample.value for i in agreed)


def _order(
    said: Said, order: Order, number: int, identifiers: tuple[Identifier, ...]
) -> list[Event]:
    status = order.obr.text(25)
    if _certificate(said, order):
        return _issued(said, order, number, identifiers) if status in ("F", "C") else []
    events: list[Event] = list(results(said, order, number, identifiers))
    if not events and status == agreement.SPECIMEN_RECEIVED and order.specimens:
        specimen = order.specimens[0]
        at = said.needed((specimen, 18), (order.obr, 14))
        kind = specimen.text(4) or specimen.text(4, 2) or None
        reported = said.when((order.obr, 22))
        events.append(
            said.event(
                SampleRegistered,
                at,
                str(number),
                identifiers,
                order.agreed,
                sample_type=kind,
                recorded_at=None if reported is None else reported.instant,
            )
        )
    return events


def _certificate(said: Said, order: Order) -> bool:
    own = said.partner.mapping.get("certificates")
    code = order.obr.text(4)
    if isinstance(own, list | tuple) and code in own:
        return True
    return code == agreement.CERTIFICATE and order.obr.text(4, 3) == STEP_CODES


def _issued(
    said: Said, order: Order, number: int, identifiers: tuple[Identifier, ...]
) -> list[Event]:
    agreed = (agreement.CERTIFICATE_VERSION, STEP_CODES)
    versions = [o for o in order.observations if (o.obx.text(3), o.obx.text(3, 3)) == agreed]
    stated = versions[0] if versions else None
    obx = None if stated is None else stated.obx
    at, reported = said.needed((obx, 19), (obx, 14), (order.obr, 22)), said.when((order.obr, 22))
    return [
        said.event(
            CertificateOfAnalysisIssued,
            at,
            str(number),
            identifiers,
            (None if stated is None else stated.agreed) or order.agreed,
            version=None if obx is None else obx.text(5) or None,
            recorded_at=None if reported is None else reported.instant,
        )
    ]
