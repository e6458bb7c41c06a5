"""What leaves the pipeline, as files: the same lines from topics and from a replay, so that they compare.

One canonical JSON object a line, sorted by key. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas import topics
from schemas.alert import Alert
from schemas.contract import Contract
from schemas.control import QuarantinedMessage, WaitingEvent
from schemas.json_form import as_json, canonical
from schemas.record import PatientBatchRecord
from schemas.wire import decode_contract

Latest = Mapping[str, Mapping[str, bytes]]
"""The last value under each key, by topic."""

PATH_ONLY = {"revision", "ended_at"}
"""What an alert says that depends on how it came to be; left out of the open ones."""


def record_lines(latest: Latest) -> list[str]:
    """Every patient-batch record, by course."""
    kept = latest.get(topics.RECORDS, {})
    return [_line(decode_contract(PatientBatchRecord, kept[key])) for key in sorted(kept)]


def alert_lines(latest: Latest) -> list[str]:
    """Every open alert, by id, without anything that depends on the path."""
    found: dict[str, str] = {}
    for topic, kept in latest.items():
        if topic.startswith("v2v.alerts."):
            for key, value in kept.items():
                alert = decode_contract(Alert, value)
                if alert.open:
                    found[key] = _line(alert, exclude=PATH_ONLY)
    return [found[key] for key in sorted(found)]


def history_lines(issued: Iterable[bytes]) -> list[str]:
    """Every alert as it was issued, by id and revision."""
    found = [decode_contract(Alert, value) for value in issued]
    return [_line(alert) for alert in sorted(found, key=lambda a: (str(a.alert_id), a.revision))]


def quarantine_lines(latest: Latest) -> list[str]:
    """Every message that stands in quarantine, by id."""
    kept = latest.get(topics.QUARANTINE, {})
    entries = {key: decode_contract(QuarantinedMessage, value) for key, value in kept.items()}
    return [_line(entries[key]) for key in sorted(entries) if not entries[key].cleared]


def waiting_lines(latest: Latest) -> list[str]:
    """Every admitted event whose course is not known yet, by id."""
    kept = latest.get(topics.WAITING, {})
    return [_line(decode_contract(WaitingEvent, kept[key])) for key in sorted(kept)]


def _line(contract: Contract, exclude: set[str] | None = None) -> str:
    return canonical({k: v for k, v in as_json(contract).items() if k not in (exclude or ())})
