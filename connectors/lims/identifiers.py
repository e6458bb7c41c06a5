"""Which number is a laboratory's own sample, and whose token the patient has. Pure."""

from __future__ import annotations

from connectors.connector import Partner, Tokens
from connectors.hl7v2.identifiers import authority, patient_numbers
from connectors.hl7v2.message import Message, part
from connectors.hl7v2.orders import Order
from schemas.envelope import OCCUPIED_SCHEMES, Identifier, Scheme

SAMPLE_LEADS = OCCUPIED_SCHEMES | {Scheme.SAMPLE}


def laboratory_number(order: Order) -> Identifier | None:
    """The sample by the laboratory's own number: SPM-2 (filler before placer), or else OBR-3."""
    for specimen in order.specimens:
        number = specimen.parts(2)
        value = part(number, 2) or part(number, 1)
        if value:
            return Identifier(scheme=Scheme.SAMPLE, value=value)
    value = order.obr.text(3)
    return Identifier(scheme=Scheme.SAMPLE, value=value) if value else None


def subject_token(message: Message, partner: Partner, tokens: Tokens) -> str | None:
    """The patient's token, where it is agreed whose numbers PID-3 holds; else the number is dropped.

    A laboratory names authorities in its own words, and a token made under another name than the
    clinic's would tell one patient apart from itself. So the partner's `mapping["patients"]` says which
    issuing system an authority of PID-3 stands for.
    """
    agreed = partner.mapping.get("patients")
    for number in patient_numbers(message):
        for issuer in authority(number)[:2]:
            if isinstance(agreed, dict) and issuer in agreed:
                return tokens.subject(str(agreed[issuer]), part(number, 1))
    return None


def about_a_patient(message: Message) -> bool:
    """Whether the message carries a patient identifier."""
    pid = message.first("PID")
    older = pid is not None and (pid.text(2) or pid.text(4))
    return bool(patient_numbers(message) or older)
