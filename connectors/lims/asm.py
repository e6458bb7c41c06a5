"""What an instrument's Allotrope simple model (ASM) says: one decision for each measurement.

| ASM | says |
| --- | --- |
| a measure in a measurement document, a processed data document or an analyte document | ResultReported |
| `sample identifier`, `batch identifier` | SAMPLE, BATCH |
| `measurement time` of the measurement, or of its aggregate | when |
| `analyst`, `device identifier` or `equipment serial number` | a token, the device |

An ASM file is raw data and never a release: every result is preliminary, and its verdict is pending. Said
are the measures of `MEASURES`, by their ASM names, and those of the partner's `mapping["measures"]`, as
`{"<measure or analyte>": "<test>"}`. Controls, standards and blanks are no samples of a therapy. Manifests
of every technique and release are read, since they share this shape. Pure: a document in, decisions out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import orjson
from pydantic import ValidationError

from connectors import units
from connectors.connector import (
    CannotUnderstand,
    Decision,
    Ignored,
    Mapped,
    Partner,
    Refused,
    Tokens,
)
from connectors.lims.stated import operator, stated
from connectors.times import When, parse_fhir
from schemas.envelope import Identifier, Scheme
from schemas.laboratory import ResultReported
from schemas.reasons import Reason
from schemas.violation import violation

MANIFEST = "$asm.manifest"
MANIFESTS = "purl.allotrope.org/manifests/"

MEASURES = frozenset(
    {
        "viability (cell counter)",
        "viable cell density (cell counter)",
        "total cell density (cell counter)",
        "viable cell count",
        "total cell count",
    }
)
"""What is said without being agreed: what every product of cells is released by."""

NO_SAMPLE = ("control", "standard", "blank", "calibration", "reference")
"""Words in `sample role type` of what is measured beside the samples."""

UNKNOWN_IDENTIFIERS = frozenset({"N/A", "NA", "NONE", "UNKNOWN", "-"})

Json = Mapping[str, object]


def is_asm(document: Json) -> bool:
    """Whether a JSON object is a document of the Allotrope simple model."""
    return isinstance(document.get(MANIFEST), str | dict)


@dataclass(frozen=True, slots=True)
class Run:
    """What all measurements of a file have in common."""

    partner: Partner
    tokens: Tokens
    device: str | None
    file: str

    def test(self, name: str) -> str | None:
        """What a measure is called; None when nobody follows it."""
        agreed = self.partner.mapping.get("measures")
        own = agreed.get(name) if isinstance(agreed, dict) else None
        if own is not None:
            return str(own)
        return name if name in MEASURES else None


def measurements(document: Json, partner: Partner, tokens: Tokens) -> tuple[Decision, ...]:
    """One decision for each measurement of the document, in its order."""
    try:
        _known(document.get(MANIFEST))
        aggregate = _aggregate(document)
        run = Run(partner, tokens, _device(aggregate), _file(aggregate))
        found = list(_measured(aggregate))
    except CannotUnderstand as refusal:
        return (Refused(refusal.reason, refusal.detail),)
    if not found:
        return (Ignored("an ASM document without measurements"),)
    return tuple(_decide(run, number, *each) for number, each in enumerate(found))


def _known(manifest: object) -> None:
    if not isinstance(manifest, str) or MANIFESTS not in manifest:
        detail = f"{MANIFEST}: {str(manifest)[:80]!r} is no manifest of Allotrope"
        raise CannotUnderstand(Reason.UNSUPPORTED_VERSION, detail)


def _aggregate(document: Json) -> Json:
    names = [name for name in document if name.endswith(" aggregate document")]
    if len(names) != 1:
        detail = f"one aggregate document is expected beside the manifest, found {len(names)}"
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
    return _object(document[names[0]], names[0])


def _measured(aggregate: Json) -> Iterator[tuple[Json, Json, Json]]:
    """Each measurement, with the aggregate and the document of the technique that hold it."""
    for name, techniques in aggregate.items():
        if not name.endswith(" document") or not isinstance(techniques, list):
            continue
        for technique in _objects(techniques, name):
            held = technique.get("measurement aggregate document")
            if held is None:
                continue
            within = _object(held, "measurement aggregate document")
            for one in _objects(within.get("measurement document"), "measurement document"):
                yield technique, within, one


def _decide(run: Run, number: int, technique: Json, aggregate: Json, one: Json) -> Decision:
    try:
        return _measurement(run, number, technique, aggregate, one)
    except CannotUnderstand as refusal:
        return Refused(refusal.reason, refusal.detail)
    except ValidationError as error:
        return Refused(Reason.FIELD_INVALID, f"measurement {number}: {violation(error)}")


def _measurement(run: Run, number: int, technique: Json, aggregate: Json, one: Json) -> Decision:
    measures = [(test, m) for m in _measures(one) if (test := run.test(m[0])) is not None]
    if not measures:
        return Ignored("a measurement of nothing that is agreed")
    sample = _part(one, "sample document")
    role = (_text(sample, "sample role type") or "").lower()
    if any(word in role for word in NO_SAMPLE):
        return Ignored("a measurement of a control, a standard or a blank")
    identifiers = tuple(_identifiers(sample))
    if not identifiers:
        detail = "sample document: neither a sample identifier nor a batch identifier"
        return Refused(Reason.NO_IDENTIFIER, detail)
    at = _time(run.partner, one, aggregate)
    name = _text(one, "measurement identifier")
    content = orjson.dumps(dict(one), option=orjson.OPT_SORT_KEYS)
    native = "|".join((run.file, name or hashlib.sha256(content).hexdigest()[:32]))
    actor = operator(run.partner, run.tokens, _text(technique, "analyst") or _text(one, "analyst"))
    device = run.device or _controlled(one)
    events = []
    for place, (test, (measure, value, unit)) in enumerate(measures):
        plain, words = _value(value)
        events.append(
            stated(
                run.partner,
                ResultReported,
                native,
                f"{number}/{place}/{measure}",
                at,
                identifiers,
                actor=actor,
                device=device,
                test=test,
                value=plain,
                value_text=words,
                unit=None if unit == "(unitless)" else unit,
                final=False,
            )
        )
    return Mapped(tuple(events))


def _measures(one: Json) -> Iterator[tuple[str, object, str | None]]:
    """Every measure of a measurement: its name, its value and its unit."""
    yield from _values(one)
    processed = _part(one, "processed data aggregate document")
    for data in _objects(processed.get("processed data document"), "processed data document"):
        yield from _values(data)
    analytes = _part(one, "analyte aggregate document")
    for analyte in _objects(analytes.get("analyte document"), "analyte document"):
        name = _text(analyte, "analyte name")
        for _, value, unit in _values(analyte):
            if name is not None:
                yield name, value, unit


def _values(holder: Json) -> Iterator[tuple[str, object, str | None]]:
    for name, measured in holder.items():
        if isinstance(measured, dict) and "value" in measured:
            unit = measured.get("unit")
            yield name, measured["value"], unit if isinstance(unit, str) and unit.strip() else None


def _value(value: object) -> tuple[float | None, str | None]:
    """The value as a number where it is one, and in words where the instrument could not say one."""
    if value is None:
        raise CannotUnderstand(Reason.FIELD_MISSING, "a measure has no value")
    try:
        return units.number(value, "value"), None
    except CannotUnderstand:
        if not isinstance(value, str) or not value.strip():
            raise
        return None, " ".join(value.split())[:100].strip()


def _identifiers(sample: Json) -> Iterator[Identifier]:
    for name, scheme in (("batch identifier", Scheme.BATCH), ("sample identifier", Scheme.SAMPLE)):
        value = _text(sample, name)
        if value is not None and value.upper() not in UNKNOWN_IDENTIFIERS:
            yield Identifier(scheme=scheme, value=value)


def _time(partner: Partner, one: Json, aggregate: Json) -> When:
    stated_at = _text(one, "measurement time") or _text(aggregate, "measurement time")
    if stated_at is None:
        raise CannotUnderstand(Reason.FIELD_MISSING, "measurement time: a measurement needs it")
    at = parse_fhir(stated_at, partner.clock, "measurement time")
    if at.instant.year == 1970:  # converters write the beginning of the epoch where they know none
        detail = "measurement time: the instrument's file states none, and its converter wrote 1970"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    return at


def _device(aggregate: Json) -> str | None:
    system = _part(aggregate, "device system document")
    return _first(system, "device identifier", "equipment serial number", "model number")


def _controlled(one: Json) -> str | None:
    """The device by its own control document, where the file names none for all."""
    control = _part(one, "device control aggregate document")
    for device in _objects(control.get("device control document"), "device control document"):
        if (named := _first(device, "device identifier", "equipment serial number")) is not None:
            return named
    return None


def _first(holder: Json, *names: str) -> str | None:
    found = (_text(holder, name) for name in names)
    return next(
        (n[:100].strip() for n in found if n and n.upper() not in UNKNOWN_IDENTIFIERS), None
    )


def _file(aggregate: Json) -> str:
    system = _part(aggregate, "data system document")
    return _text(system, "ASM file identifier") or _text(system, "file name") or "asm"


def _text(holder: Json, name: str) -> str | None:
    """A text without blanks around it; a number where a name is expected is read as one."""
    found = holder.get(name)
    if found is None:
        return None
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    if not isinstance(found, str):
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, f"{name}: expected a text")
    return found.strip() or None


def _part(holder: Json, name: str) -> Json:
    """A document within another; empty where there is none."""
    found = holder.get(name)
    return {} if found is None else _object(found, name)


def _object(found: object, name: str) -> Json:
    if not isinstance(found, dict):
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, f"{name}: expected an object")
    return found


def _objects(found: object, name: str) -> tuple[Json, ...]:
    if found is None:
        return ()
    if not isinstance(found, list):
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, f"{name}: expected an array")
    return tuple(_object(one, name) for one in found)
