"""Messages a second of each format that the connectors read, beside the parser alone that they read them with.

The parser is the library's own call where a library reads the format (orjson, defusedxml, csv), and our
reader of the syntax where none does (HL7 v2, ASTM, flat IDoc). Both read the same samples in turn, on one
core, in processor time; the median of the rounds counts.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

import hl7
import orjson
from defusedxml import ElementTree

from connectors import formats, load
from connectors.connector import CannotUnderstand, Partner, Raw
from connectors.erp import flat
from connectors.hl7v2 import message
from connectors.lims import astm
from connectors.understand import understand
from tests.connectors.format_samples import FORMATS, Format, samples
from tests.connectors.specimens import TOKENS, partner

BAR = 0.5
ROUNDS = 5
AT_LEAST_S = 0.2
"""Processor time of one round, at least."""

Parse = Callable[[bytes], object]


def _hl7(body: bytes) -> object:
    """hl7's own parser on the text of each message."""
    return [hl7.parse(formats.text(one, "latin-1")) for one in message.split(body)]


def _rows(body: bytes) -> object:
    return list(csv.reader(formats.text(body).splitlines()))


def _flat(sender: Partner) -> Parse:
    return lambda body: list(flat.flat_idocs(body, sender))


def parser_of(form: Format) -> tuple[str, Parse]:
    """What parses a format and nothing more."""
    match form.name:
        case "HL7 v2":
            return "hl7", _hl7
        case "ASTM":
            return "our reader", astm.messages
        case "flat IDoc":
            return "our reader", _flat(partner(form.system))
        case "logger files":
            return "csv", _rows
        case "EPCIS in XML" | "IDoc in XML" | "B2MML" | "BatchML":
            return "defusedxml", ElementTree.fromstring
        case _:
            return "orjson", orjson.loads


def measure() -> Iterator[dict[str, Any]]:
    """One line for each format."""
    for form in FORMATS:
        yield _measured(form)


def _measured(form: Format) -> dict[str, Any]:
    name, parse = parser_of(form)
    connector, sender = load(form.system), partner(form.system)

    def whole(raw: Raw) -> object:
        return understand(connector, raw, sender, TOKENS)

    read = [raw for raw in samples(form) if _reads(parse, raw)]
    both = [(_rate(whole, read), _rate(lambda raw: parse(raw.body), read)) for _ in range(ROUNDS)]
    ratio = median(mapped / parsed for mapped, parsed in both)
    return {
        "job": "connector",
        "format": form.title,
        "messages_per_s": round(median(mapped for mapped, _ in both)),
        "parser": name,
        "parser_per_s": round(median(parsed for _, parsed in both)),
        "ratio": round(ratio, 3),
        "bars": {f"ratio >= {BAR:g}": ratio >= BAR},
    }


def _reads(parse: Parse, raw: Raw) -> bool:
    """Whether the parser reads the sample at all; what it does not is compared with nothing."""
    try:
        parse(raw.body)
    except (ValueError, ElementTree.ParseError, hl7.HL7Exception, CannotUnderstand):
        return False
    return True


def _rate(read: Callable[[Raw], object], messages: list[Raw]) -> float:
    count, began = 0, time.process_time()
    while (took := time.process_time() - began) < AT_LEAST_S:
        for raw in messages:
            read(raw)
        count += len(messages)
    return count / took
