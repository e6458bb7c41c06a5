"""What kind of message it is, once its header is one that can be kept apart from others. Pure."""

from __future__ import annotations

import re

from connectors.connector import CannotUnderstand
from connectors.hl7v2.message import Message
from schemas.reasons import Reason

VERSIONS = re.compile(r"2\.[1-9](?:\.\d)?")


def kind_of(message: Message) -> tuple[str, str]:
    """The type of the message and its trigger event, as MSH-9 names them."""
    header = message.header
    version = header.text(12)
    if not version:
        raise CannotUnderstand(Reason.FIELD_MISSING, "MSH-12: the message names no version")
    if not VERSIONS.fullmatch(version):
        detail = f"MSH-12: {version[:20]!r} is no version of HL7 v2 that we read"
        raise CannotUnderstand(Reason.UNSUPPORTED_VERSION, detail)
    for number, what in ((9, "type"), (10, "control id")):
        if not header.text(number):
            detail = f"MSH-{number}: the message has no {what}"
            raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    if not header.text(3) and not header.text(4):
        detail = "MSH-3 and MSH-4: the message names no sender"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    return header.text(9), header.text(9, 2)
