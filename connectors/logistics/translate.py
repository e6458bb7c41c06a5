"""What a logistics partner says, in our words; the content of the message tells which format it is.

XML is EPCIS; JSON is EPCIS too, or a courier's tracker, or IATA ONE Record, each known by its own
members; a text with a table of readings is the file of a logger. Pure: bytes in, decisions out.
"""

from __future__ import annotations

from connectors import formats
from connectors.connector import Decision, Ignored, Partner, Raw, Refused, Tokens
from connectors.logistics import document, epcis, logger_files, one_record, tracker
from connectors.logistics.questions import judge
from schemas.reasons import Reason


def translate(
    raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...] = ()
) -> tuple[Decision, ...]:
    """What the message says, in whichever of its formats it is."""
    body = formats.within(raw.body)
    first = first_letter(body)
    if first == b"<":
        return _epcis(document.read_xml(body), partner, tokens)
    if first not in (b"{", b"["):
        if (told := logger_files.read(raw, partner)) is not None:
            return told
        detail = (
            "neither EPCIS, a tracker, ONE Record nor a logger file with a time and a temperature"
        )
        return (Refused(Reason.UNKNOWN_FORMAT, detail),)
    said = formats.json_document(body)
    if isinstance(said, dict) and tracker.is_tracker(said):
        return tracker.decisions(said, partner, tokens)
    if one_record.is_one_record(said):
        return one_record.decisions(said, partner, tokens, companions)
    return _epcis(document.read_json(said), partner, tokens)


def _epcis(
    found: document.Envelope | document.Query | document.Silent, partner: Partner, tokens: Tokens
) -> tuple[Decision, ...]:
    if isinstance(found, document.Silent):
        return (Ignored(found.why),)
    if isinstance(found, document.Query):
        return (judge(found.asked),)
    return epcis.decisions(found, partner, tokens)


def first_letter(body: bytes) -> bytes:
    """The first byte that is no blank and no part of a byte order mark."""
    return body[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1]
