"""The counting job that every engine runs, so that only the engine differs. Pure.

Confluent-framed Avro events (seeded) of 2,000 courses; one record for each course (count, sum, last
time of each kind, last 8 event ids), and an alert for each reading over the limit, about 2 %.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import fastavro
import orjson

PARTITIONS = 4
COURSES = 2_000
LIMIT = 0.98
FRAME = b"\x00" + struct.pack(">I", 1)
Record = dict[str, Any]

_KINDS = [f"kind-{number}" for number in range(12)]
_FIELDS = [
    {"name": "event_id", "type": "string"},
    {"name": "course", "type": "string"},
    {"name": "kind", "type": "string"},
    {"name": "occurred_at", "type": "long"},
    {"name": "partner", "type": "string"},
    {"name": "reading", "type": "double"},
    {"name": "actor", "type": ["null", "string"], "default": None},
    {"name": "seq", "type": "int"},
]
_SCHEMA = fastavro.parse_schema({"type": "record", "name": "Event", "fields": _FIELDS})

encode_record = orjson.dumps
decode_record = orjson.loads


def events(count: int) -> Iterator[Record]:
    """The first `count` events of the seed."""
    chance = random.Random(7)
    for number in range(count):
        course = f"COI-{chance.randrange(COURSES):06d}"
        yield {
            "event_id": f"e{number:08d}",
            "course": course,
            "kind": chance.choice(_KINDS),
            "occurred_at": 1_700_000_000_000_000 + number * 1_000,
            "partner": "p1",
            "reading": chance.random(),
            "actor": None,
            "seq": number,
        }


def encode(event: Record) -> bytes:
    """An event as a registry's clients frame it."""
    out = BytesIO(FRAME)
    out.seek(len(FRAME))
    fastavro.schemaless_writer(out, _SCHEMA, event)
    return out.getvalue()


def decode(value: bytes) -> Record:
    """The event of a framed value."""
    stream = BytesIO(value)
    stream.seek(len(FRAME))
    read: Record = fastavro.schemaless_reader(stream, _SCHEMA, None)  # type: ignore[assignment]
    return read


def fold(record: Record | None, event: Record) -> tuple[Record, str | None]:
    """The record after an event, and the alert that it raises; a repeat among the last 8 changes nothing."""
    if record is None:
        record = {"n": 0, "sum": 0.0, "last": {}, "ids": []}
    if event["event_id"] in record["ids"]:
        return record, None
    after = {
        "n": record["n"] + 1,
        "sum": round(record["sum"] + event["reading"], 6),
        "last": {**record["last"], event["kind"]: event["occurred_at"]},
        "ids": [*record["ids"], event["event_id"]][-8:],
    }
    return after, f"alert-{event['event_id']}" if event["reading"] > LIMIT else None


def expected(count: int) -> tuple[dict[str, Record], list[str]]:
    """The records and alerts that are right, from a plain fold."""
    records: dict[str, Record] = {}
    alerts: list[str] = []
    for event in events(count):
        course = event["course"]
        records[course], alert = fold(records.get(course), event)
        if alert:
            alerts.append(alert)
    return records, sorted(alerts)
