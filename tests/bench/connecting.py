"""Messages a second of each format that the connectors read, beside the parser alone that reads them.

The parser is the library's own call where a library reads the format (orjson, defusedxml, csv, hl7), and our
reader of the syntax where none does (ASTM, flat IDoc). All read the same samples in turn, on one core, in
processor time; the median of the rounds counts.

Where a parser in C needs two to ten microseconds for a message, no mapping in Python can be half as fast:
to check an event against its contract takes as long by itself. So each line tells a floor beside: the parser,
and the same events made once more of their own fields. Where the floor's own ratio (`floor_ratio`) is below
the bar, nothing that makes these events can meet it. Between the floor and a connector (`of_floor`) lies the
translation itself: it finds each field, reads times, units and identifiers, checks the standard, makes ids
and tokens, and says why where it refuses or ignores.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable, Iterable, Iterator
from statistics import median
from typing import Any, NamedTuple

import hl7
import orjson
from defusedxml import ElementTree

from connectors import formats, load
from connectors.connector import CannotUnderstand, Decision, Mapped, Partner, Raw
from connectors.erp import flat
from connectors.hl7v2 import message
from connectors.lims import astm
from connectors.understand import understand
from schemas.envelope import Event
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


class Sample(NamedTuple):
    """A message, and the events that it states: the contract and the fields of each."""

    raw: Raw
    events: tuple[tuple[type[Event], dict[str, Any]], ...]


def _measured(form: Format) -> dict[str, Any]:
    name, parse = parser_of(form)
    connector, sender = load(form.system), partner(form.system)

    def whole(sample: Sample) -> object:
        return understand(connector, sample.raw, sender, TOKENS)

    def parsed_alone(sample: Sample) -> object:
        return parse(sample.raw.body)

    def at_least(sample: Sample) -> object:
        return parse(sample.raw.body), [kind.model_validate(said) for kind, said in sample.events]

    read = [
        Sample(raw, tuple(_events(understand(connector, raw, sender, TOKENS))))
        for raw in samples(form)
        if _reads(parse, raw)
    ]
    rounds = [
        tuple(_rate(way, read) for way in (whole, parsed_alone, at_least)) for _ in range(ROUNDS)
    ]
    ours, parser, floor = (median(rates) for rates in zip(*rounds, strict=True))
    ratio = median(mapped / parsed for mapped, parsed, _ in rounds)
    return {
        "job": "connector",
        "format": form.title,
        "messages_per_s": round(ours),
        "events_per_message": round(sum(len(sample.events) for sample in read) / len(read), 1),
        "parser": name,
        "parser_per_s": round(parser),
        "ratio": round(ratio, 3),
        "floor_per_s": round(floor),
        "floor_ratio": round(median(least / parsed for _, parsed, least in rounds), 3),
        "of_floor": round(median(mapped / least for mapped, _, least in rounds), 3),
        "bars": {f"ratio >= {BAR:g}": ratio >= BAR},
    }


def _events(decisions: Iterable[Decision]) -> Iterator[tuple[type[Event], dict[str, Any]]]:
    for decision in decisions:
        if isinstance(decision, Mapped):
            yield from ((type(event), event.model_dump()) for event in decision.events)


def _reads(parse: Parse, raw: Raw) -> bool:
    """Whether the parser reads the sample at all; what it does not is compared with nothing."""
    try:
        parse(raw.body)
    except (ValueError, ElementTree.ParseError, hl7.HL7Exception, CannotUnderstand):
        return False
    return True


def _rate(read: Callable[[Sample], object], messages: list[Sample]) -> float:
    count, began = 0, time.process_time()
    while (took := time.process_time() - began) < AT_LEAST_S:
        for sample in messages:
            read(sample)
        count += len(messages)
    return count / took
