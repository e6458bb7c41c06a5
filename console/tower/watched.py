"""Lists over events of many courses: shipments on their way, and how each partner does.

They show nothing of a course that the asking person may not see, and rest on counting events only.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import orjson

from console.tower import lists
from console.tower.access import Deed, Person
from console.tower.asking import Question, Where, seen_by
from console.tower.telling import parsed

BOOKED, PACKED = "transport.ShipmentBooked", "transport.PackagePacked"
GIVEN, TAKEN = "transport.CustodyHandedOver", "transport.CustodyAccepted"
PASSED, DELIVERED = "transport.CheckpointPassed", "transport.ShipmentDelivered"
RECEIVED = ("treatment.ProductReceived", "manufacture.MaterialReceived")
OF_SHIPMENTS = (BOOKED, PACKED, GIVEN, TAKEN, PASSED, DELIVERED, *RECEIVED)
LAST = 200
"""Of how many of a partner's last events the usual time between two is taken."""

Rows = list[dict[str, Any]]


def shipments(database: sqlite3.Connection, person: Person) -> Rows:
    """Shipments of running courses that have begun and that nobody has said to have arrived, by the hold time left."""
    condition, values = seen_by(person, "e.coi")
    marks = ", ".join("?" * len(OF_SHIPMENTS))
    rows = database.execute(
        "SELECT e.coi, e.type_name, e.body FROM event e JOIN course c ON c.coi = e.coi "
        f"AND c.phase NOT IN ('infused', 'ended') WHERE e.type_name IN ({marks}) "
        f"AND {condition} AND NOT EXISTS (SELECT 1 FROM withheld w "
        "WHERE w.coi = e.coi AND w.event_id = e.event_id) ORDER BY e.occurred_at, e.event_id",
        (*OF_SHIPMENTS, *values),
    )
    told: dict[tuple[str, str], Rows] = {}
    for row in rows:
        body = orjson.loads(row["body"])
        body["type_name"] = row["type_name"]
        for identifier in body.get("identifiers", []):
            if identifier["scheme"] == "SHIPMENT":
                told.setdefault((row["coi"], identifier["value"]), []).append(body)
    found = [shipment(coi, name, events) for (coi, name), events in told.items()]
    under_way = [one for one in found if one["begun_at"] is not None and not one["arrived"]]
    return sorted(under_way, key=lambda s: (s["hold_until"] or "9999", s["shipment"]))


def shipment(coi: str, name: str, events: Rows) -> dict[str, Any]:
    """What is known of one shipment, from its events in order."""
    last: dict[str, dict[str, Any]] = {event["type_name"]: event for event in events}
    booked, packed = last.get(BOOKED, {}), last.get(PACKED)
    hold = booked.get("shipper_hold")
    packed_at = None if packed is None else parsed(packed["occurred_at"])
    hold_until = None if packed_at is None or hold is None else packed_at + timedelta(hours=hold)
    begun = next((e for e in events if e["type_name"] in (PACKED, GIVEN, TAKEN)), None)
    delivered = last.get(DELIVERED)
    arrived = any(kind in last for kind in RECEIVED) or (
        delivered is not None and not delivered.get("refused")
    )
    passed = last.get(PASSED, {})
    return {
        "shipment": name,
        "coi": coi,
        "kind": booked.get("kind") or (packed or {}).get("kind") or "unknown",
        "begun_at": None if begun is None else begun["occurred_at"],
        "hold_until": None if hold_until is None else hold_until.isoformat(),
        "holder": last[TAKEN]["to_party"] if TAKEN in last else None,
        "to": booked.get("destination"),
        "checkpoint": passed.get("checkpoint"),
        "held_up": bool(passed.get("held")),
        "arrival_planned_at": booked.get("arrival_planned_at"),
        "arrival_expected_at": passed.get("arrival_expected_at"),
        "refused": bool(delivered and delivered.get("refused")),
        "arrived": arrived,
        "evidence": [event["event_id"] for event in events],
    }


def partners(database: sqlite3.Connection, person: Person) -> Rows:
    """Each partner's system: what it said last, how often it speaks, what is missing or set aside."""
    condition, values = seen_by(person, "e.coi")
    rows = database.execute(
        "SELECT e.system, e.partner, count(*) AS events, max(e.occurred_at) AS last_at "
        f"FROM event e WHERE {condition} GROUP BY e.system, e.partner",
        values,
    ).fetchall()
    aside = _set_aside(database, person)
    waiting = Counter(
        {(r[0], r[1]): r[2] for r in database.execute(
            "SELECT system, partner, count(*) FROM waiting GROUP BY system, partner"
        )}
    ) if person.sites is None else Counter()  # fmt: skip
    known = {(row["system"], row["partner"]): row for row in rows}
    names = sorted({*known, *aside, *waiting})
    alerts = lists.exceptions(database, person, Question({"q": "PARTNER:"}, None, 500)).rows
    return [
        {
            "system": system,
            "partner": partner,
            "events": known[system, partner]["events"] if (system, partner) in known else 0,
            "last_at": known[system, partner]["last_at"] if (system, partner) in known else None,
            "usual_seconds": _usual(database, system, partner, condition, values),
            "gaps": _gaps(database, system, partner, condition, values),
            "waiting": waiting[system, partner],
            "set_aside": sorted(aside.get((system, partner), Counter()).items()),
            "alerts": [a for a in alerts if a["object"] == f"PARTNER:{system}/{partner}"],
        }
        for system, partner in names
    ]


def _usual(
    database: sqlite3.Connection, system: str, partner: str, condition: str, values: list[str]
) -> float | None:
    """The usual time between two of its last events in seconds; none where it has said too little."""
    rows = database.execute(
        "SELECT e.occurred_at FROM event e WHERE e.system = ? AND e.partner = ? "
        f"AND {condition} ORDER BY e.occurred_at DESC LIMIT {LAST}",
        (system, partner, *values),
    ).fetchall()
    times = [row[0] for row in rows]
    between = [(a - b) / 1e6 for a, b in pairwise(times)]
    return median(between) if len(between) >= 3 else None


def _gaps(
    database: sqlite3.Connection, system: str, partner: str, condition: str, values: list[str]
) -> int | None:
    """How many of its own running numbers are missing; none where it does not number or not all is seen."""
    if condition != "1":
        return None
    row = database.execute(
        "SELECT count(DISTINCT number), min(number), max(number) FROM event "
        "WHERE system = ? AND partner = ? AND number IS NOT NULL",
        (system, partner),
    ).fetchone()
    return None if not row[0] else int(row[2] - row[1] + 1 - row[0])


def _set_aside(database: sqlite3.Connection, person: Person) -> dict[tuple[str, str], Counter[str]]:
    if not person.may(Deed.SEE_QUARANTINE):
        return {}
    where: Where = lists.set_aside_where(person, Question({}))
    rows = database.execute(
        "SELECT coalesce(q.system, ''), coalesce(q.partner, ''), q.reason, count(*) "
        f"FROM quarantine q WHERE {where} GROUP BY 1, 2, 3",
        where.values,
    )
    found: dict[tuple[str, str], Counter[str]] = {}
    for system, partner, reason, count in rows:
        found.setdefault((system, partner), Counter())[reason] = count
    return found


def unreadable(database: sqlite3.Connection) -> Rows:
    """The messages of the log that this tower could not read."""
    rows = database.execute("SELECT * FROM unreadable ORDER BY topic, partition, offset LIMIT 100")
    return [dict(row) for row in rows]
