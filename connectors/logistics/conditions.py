"""Reads what sensors report with an event: temperatures above all, one reading per moment.

A report that summarises an interval has no moment of its own for its extremes. They are read as the
minimum at the start and the maximum at the end of the interval, so that an excursion is never lost;
a mean was never measured and is left out. A temperature without its unit is set aside: nobody may
guess whether -80 is Celsius or Fahrenheit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from connectors import units
from connectors.connector import CannotUnderstand, Partner
from connectors.logistics import names, things
from connectors.logistics.vocabulary import BATTERY, LID_OPEN, OURS
from connectors.times import When, parse_rfc3339
from schemas.envelope import EvidenceReference, Identifier
from schemas.reasons import Reason
from schemas.transport import Reading

Said = Mapping[str, object]


@dataclass(slots=True)
class DeviceReadings:
    """What one logger reports in one event, while it is being gathered."""

    logger: Identifier | None
    readings: list[Reading] = field(default_factory=list)
    faults: list[CannotUnderstand] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The statement that the whole file of a logger has been stored."""

    logger: Identifier | None
    first: When | None
    last: When | None
    evidence: tuple[EvidenceReference, ...]


def stored_files(event: Said, partner: Partner, declared: Mapping[str, str]) -> list[StoredFile]:
    """Sensor elements that name raw data and carry no value themselves."""
    found = []
    for element in _elements(event):
        metadata, reports = _metadata(element), _reports(element)
        address = metadata.get("rawData") or next(
            (report["rawData"] for report in reports if "rawData" in report), None
        )
        if not isinstance(address, str) or any(_has_value(report) for report in reports):
            continue
        digest = names.extensions(metadata, declared).get(OURS + "rawDataSha256")
        evidence = (
            (EvidenceReference(uri=address, sha256=digest, kind="logger file"),)
            if isinstance(digest, str)
            else ()
        )
        found.append(
            StoredFile(
                _logger(metadata, reports[0], partner),
                _when(metadata, "startTime"),
                _when(metadata, "endTime"),
                evidence,
            )
        )
    return found


def readings(
    event: Said, at: When, partner: Partner, declared: Mapping[str, str]
) -> list[DeviceReadings]:
    """The readings of each logger, in the order in which the event gives them."""
    devices: dict[Identifier | None, DeviceReadings] = {}
    for element in _elements(event):
        metadata = _metadata(element)
        pending: dict[Identifier | None, tuple[When, dict[str, object]]] = {}
        for report in _reports(element):
            logger = _logger(metadata, report, partner)
            device = devices.setdefault(logger, DeviceReadings(logger))
            try:
                measured = list(_measured(report, metadata, at, declared))
            except CannotUnderstand as fault:
                device.faults.append(fault)
                continue
            for moment, name, value in measured:
                open_at, values = pending.get(logger, (moment, {}))
                if open_at.instant != moment.instant or name in values:
                    device.readings.append(_reading(open_at, values))
                    values = {}
                values[name] = value
                pending[logger] = (moment, values)
        for logger, (moment, values) in pending.items():
            devices[logger].readings.append(_reading(moment, values))
    return [device for device in devices.values() if device.readings or device.faults]


def _reading(moment: When, values: Mapping[str, object]) -> Reading:
    return Reading.model_validate({"at": moment.instant, **values})


def _measured(
    report: Said, metadata: Said, at: When, declared: Mapping[str, str]
) -> Iterator[tuple[When, str, object]]:
    """Each value that we follow, with its moment and the name that a reading gives it."""
    kind = names.measurement(str(report.get("type", "")), declared)
    if kind == LID_OPEN:
        if isinstance(opened := report.get("booleanValue"), bool):
            yield _moment(report, metadata, at), "lid_open", opened
        return
    measures = {
        "Temperature": ("temperature", units.celsius),
        "Angle": ("tilt", units.degrees),
        "Acceleration": ("shock", units.gravities),
        BATTERY: ("battery", units.percent),
    }
    if kind not in measures or not _has_value(report):
        return
    name, converted = measures[kind]
    unit = report.get("uom")
    if not isinstance(unit, str) or not unit:
        detail = f"sensorReport.uom: the {name} has no unit; it is set aside, the rest is taken"
        raise CannotUnderstand(Reason.UNIT_UNKNOWN, detail)
    moment = _moment(report, metadata, at)
    start = _when(metadata, "startTime") or moment
    end = _when(metadata, "endTime") or moment
    for member, when in (("minValue", start), ("value", moment), ("maxValue", end)):
        if member in report:
            yield when, name, converted(report[member], unit, f"sensorReport.{member}")


def _has_value(report: Said) -> bool:
    members = ("value", "minValue", "maxValue", "meanValue", "booleanValue", "stringValue")
    return any(name in report for name in members)


def _moment(report: Said, metadata: Said, at: When) -> When:
    """The moment that the report, or else the sensor, or else the event names."""
    return _when(report, "time") or _when(metadata, "time") or _when(metadata, "endTime") or at


def _when(said: Said, name: str) -> When | None:
    stated = said.get(name)
    return parse_rfc3339(stated, name) if isinstance(stated, str) else None


def _logger(metadata: Said, report: Said, partner: Partner) -> Identifier | None:
    """The device of the report, or else the one that its element names."""
    for said in (report, metadata):
        device = said.get("deviceID")
        if isinstance(device, str) and (found := things.thing(device, partner)):
            return found
    return None


def _elements(event: Said) -> list[Said]:
    listed = event.get("sensorElementList", [])
    return [element for element in listed if element] if isinstance(listed, list) else []


def _metadata(element: Said) -> Said:
    metadata = element.get("sensorMetadata", {})
    return metadata if isinstance(metadata, dict) else {}


def _reports(element: Said) -> list[Said]:
    reports = element.get("sensorReport", [])
    return reports if isinstance(reports, list) else []
