"""From a message of a topic to the rows that it changes. Pure but for the connection that is handed in.

What cannot be read is neither dropped nor fatal: it stands in a table of its own, which every page shows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from pydantic import BaseModel

from console import files
from schemas import topics
from schemas.alert import Alert, AlertState
from schemas.control import AlertAction, QuarantinedMessage, Tick, WaitingEvent
from schemas.envelope import Scheme
from schemas.json_form import as_json
from schemas.platform import PartnerHeartbeat
from schemas.reasons import Reason
from schemas.record import PatientBatchRecord
from schemas.wire import SchemaIds, WireError, WireMessage, decode_contract, decode_trusted
from schemas.wire_schemas import PREFIX
from streams.admission import Refused, inspect
from streams.hearing import kept_nowhere

MICROS = 1_000_000


class Heard(NamedTuple):
    """One message as it was read, with the place that it had."""

    topic: str
    partition: int
    offset: int
    key: str
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    published_at: int = 0
    """When the broker got it, in microseconds since 1970; 0 where that is not known."""


class Told(NamedTuple):
    """What a fold is given: where to write, the number of this change, and a registry's ids if there is one."""

    database: sqlite3.Connection
    seq: int
    ids: SchemaIds | None = None


def micros(moment: datetime | None) -> int | None:
    """Microseconds since 1970."""
    return None if moment is None else round(moment.timestamp() * MICROS)


def body_of(contract: BaseModel) -> str:
    """A contract as the JSON that is kept and shown."""
    return orjson.dumps(as_json(contract)).decode()


def _record(told: Told, heard: Heard) -> None:
    database = told.database
    database.execute("DELETE FROM withheld WHERE coi = ?", (heard.key,))
    if heard.value is None:
        database.execute("DELETE FROM course WHERE coi = ?", (heard.key,))
        return
    record = decode_contract(PatientBatchRecord, heard.value)
    forecast = record.forecast
    database.execute(
        "INSERT OR REPLACE INTO course VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            record.coi,
            record.product,
            record.phase.value,
            None if forecast is None else micros(forecast.harm_at),
            None if forecast is None else micros(forecast.infusion_p50_at),
            told.seq,
            body_of(record),
        ),
    )
    database.executemany(
        "INSERT OR IGNORE INTO withheld VALUES (?, ?)",
        [(record.coi, str(held.event_id)) for held in record.withheld],
    )


def _alert(told: Told, heard: Heard) -> None:
    database = told.database
    if heard.value is None:
        database.execute("DELETE FROM alert WHERE alert_id = ?", (heard.key,))
        return
    alert = decode_contract(Alert, heard.value)
    before = database.execute(
        "SELECT first_seq FROM alert WHERE alert_id = ? AND open AND state <> ?",
        (str(alert.alert_id), AlertState.SHELVED.value),
    ).fetchone()
    first = told.seq if before is None else before[0]  # what comes back is new again
    database.execute(
        "INSERT OR REPLACE INTO alert VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            str(alert.alert_id),
            alert.code,
            alert.hazard.value,
            alert.severity.value,
            alert.state.value,
            alert.open,
            alert.coi,
            alert.owner,
            alert.assigned_to,
            micros(alert.harm_at or alert.decide_by),
            alert.revision,
            first,
            told.seq,
            body_of(alert),
        ),
    )


def _quarantine(told: Told, heard: Heard) -> None:
    database = told.database
    database.execute("DELETE FROM quarantine_course WHERE quarantine_id = ?", (heard.key,))
    if heard.value is None:
        database.execute("DELETE FROM quarantine WHERE quarantine_id = ?", (heard.key,))
        return
    entry = decode_contract(QuarantinedMessage, heard.value)
    database.execute(
        "INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            str(entry.quarantine_id),
            entry.reason,
            entry.stage,
            entry.system,
            entry.partner,
            entry.cleared,
            heard.published_at,
            body_of(entry),
        ),
    )
    database.executemany(
        "INSERT OR IGNORE INTO quarantine_course VALUES (?, ?)",
        [(str(entry.quarantine_id), coi) for coi in entry.courses],
    )


def _waiting(told: Told, heard: Heard) -> None:
    if heard.value is None:
        told.database.execute("DELETE FROM waiting WHERE event_id = ?", (heard.key,))
        return
    event = decode_contract(WaitingEvent, heard.value)
    told.database.execute(
        "INSERT OR REPLACE INTO waiting VALUES (?, ?, ?, ?, ?)",
        (str(event.event_id), event.type_name, event.system, event.partner, body_of(event)),
    )


def _event(told: Told, heard: Heard) -> None:
    if not heard.value:
        raise WireError(Reason.EMPTY_VALUE, "the message has no value")
    event = decode_trusted(heard.value, ids=told.ids)  # admission has checked it
    told.database.execute(
        "INSERT OR REPLACE INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            heard.key,
            str(event.event_id),
            event.type_name(),
            micros(event.occurred_at),
            event.system.value,
            event.partner,
            event.site,
            event.sequence,
            body_of(event),
        ),
    )
    told.database.execute(
        "DELETE FROM shipment WHERE coi = ? AND event_id = ?", (heard.key, str(event.event_id))
    )
    told.database.executemany(
        "INSERT OR REPLACE INTO shipment VALUES (?, ?, ?, ?)",
        [
            (heard.key, name, str(event.event_id), event.type_name())
            for name in event.named(Scheme.SHIPMENT)
        ],
    )


def _action(told: Told, heard: Heard) -> None:
    action = decode_contract(AlertAction, heard.value)
    told.database.execute(
        "INSERT OR REPLACE INTO action VALUES (?, ?, ?, ?)",
        (
            str(action.action_id),
            str(action.alert_id),
            micros(action.acted_at),
            body_of(action),
        ),
    )


def _tick(told: Told, heard: Heard) -> None:
    now = micros(decode_contract(Tick, heard.value).now)
    told.database.execute("UPDATE state SET ticked_at = max(coalesce(ticked_at, ?1), ?1)", (now,))


HEARTBEATS_KEPT = 50
"""So many heartbeats of each partner's system are kept, the last."""

_HEARTBEAT = f"{PREFIX}{PartnerHeartbeat.type_name()}".encode()


def _inbound(told: Told, heard: Heard) -> None:
    """Of what a partner says itself only heartbeats count here: nothing else tells of them."""
    named = next((content for name, content in heard.headers if name == "ce_type"), _HEARTBEAT)
    if named != _HEARTBEAT:
        return
    message = WireMessage(heard.key.encode(), heard.value, heard.headers)
    said = inspect(heard.topic, message, ids=told.ids)
    if isinstance(said, Refused) or not kept_nowhere(said.decoded.event):
        return  # what is refused stands in quarantine, which has a topic of its own
    beat = said.decoded.event
    who = (beat.system.value, beat.partner)
    told.database.execute(
        "INSERT INTO heartbeat VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET body = max(body, excluded.body)",
        (*who, micros(beat.occurred_at), str(beat.event_id), body_of(beat)),
    )
    told.database.execute(
        "DELETE FROM heartbeat WHERE system = ?1 AND partner = ?2 AND (occurred_at, event_id) < "
        "(SELECT occurred_at, event_id FROM heartbeat WHERE system = ?1 AND partner = ?2 "
        "ORDER BY occurred_at DESC, event_id DESC LIMIT 1 OFFSET ?3)",
        (*who, HEARTBEATS_KEPT - 1),
    )


FOLDS: dict[str, Callable[[Told, Heard], Any]] = {
    topics.RECORDS: _record,
    topics.EVENTS: _event,
    topics.ACTIONS: _action,
    topics.QUARANTINE: _quarantine,
    topics.WAITING: _waiting,
    topics.TICKS: _tick,
    **dict.fromkeys(files.alert_topics(), _alert),
}
"""What is done with a message of each topic of ours that the tower reads."""


def fold_of(topic: str) -> Callable[[Told, Heard], Any]:
    """What is done with a message of this topic: one of ours, or one that a partner publishes to."""
    return FOLDS[topic] if topics.partner_of(topic) is None else _inbound
