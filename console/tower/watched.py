"""Lists over events of many courses: shipments on their way, and what could not be read.

They show nothing of a course that the asking person may not see, and rest on counting events only.
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from typing import Any

import orjson

from console.tower.access import Person
from console.tower.asking import seen_by
from console.tower.telling import parsed

BOOKED, PACKED = "transport.ShipmentBooked", "transport.PackagePacked"
GIVEN, TAKEN = "transport.CustodyHandedOver", "transport.CustodyAccepted"
PASSED, DELIVERED = "transport.CheckpointPassed", "transport.ShipmentDelivered"
RECEIVED = ("treatment.ProductReceived", "manufacture.MaterialReceived")
OF_SHIPMENTS = (BOOKED, PACKED, GIVEN, TAKEN, PASSED, DELIVERED, *RECEIVED)
BEGUN = (PACKED, GIVEN, TAKEN)
"""What says that a shipment is on its way."""
Rows = list[dict[str, Any]]


def shipments(database: sqlite3.Connection, person: Person) -> Rows:
    """Shipments of running courses that have begun and that nobody has said to have arrived, by the hold time left."""
    condition, values = seen_by(person, "e.coi")
    # whether a delivery was refused stands in its body alone, so that such shipments are looked at one by one
    rows = database.execute(
        "SELECT s.coi, s.shipment, e.type_name, e.body FROM "
        "(SELECT coi, shipment FROM shipment u WHERE NOT EXISTS (SELECT 1 FROM withheld w "
        "WHERE w.coi = u.coi AND w.event_id = u.event_id) GROUP BY 1, 2 "
        f"HAVING sum(type_name IN ({_marks(BEGUN)})) AND NOT sum(type_name IN ({_marks(RECEIVED)}))) s "
        "JOIN course c ON c.coi = s.coi AND c.phase NOT IN ('infused', 'ended') "
        "JOIN shipment o ON o.coi = s.coi AND o.shipment = s.shipment "
        "JOIN event e ON e.coi = o.coi AND e.event_id = o.event_id "
        f"WHERE e.type_name IN ({_marks(OF_SHIPMENTS)}) AND {condition} "
        "AND NOT EXISTS (SELECT 1 FROM withheld w WHERE w.coi = e.coi AND w.event_id = e.event_id) "
        "ORDER BY e.occurred_at, e.event_id",
        (*BEGUN, *RECEIVED, *OF_SHIPMENTS, *values),
    )
    told: dict[tuple[str, str], Rows] = {}
    for row in rows:
        body = orjson.loads(row["body"])
        body["type_name"] = row["type_name"]
        told.setdefault((row["coi"], row["shipment"]), []).append(body)
    found = [shipment(coi, name, events) for (coi, name), events in told.items()]
    under_way = [one for one in found if not one["arrived"]]
    return sorted(under_way, key=lambda s: (s["hold_until"] or "9999", s["shipment"]))


def _marks(words: tuple[str, ...]) -> str:
    return ", ".join("?" * len(words))


def shipment(coi: str, name: str, events: Rows) -> dict[str, Any]:
    """What is known of one shipment, from its events in order."""
    last: dict[str, dict[str, Any]] = {event["type_name"]: event for event in events}
    booked, packed = last.get(BOOKED, {}), last.get(PACKED)
    hold = booked.get("shipper_hold")
    packed_at = None if packed is None else parsed(packed["occurred_at"])
    hold_until = None if packed_at is None or hold is None else packed_at + timedelta(hours=hold)
    begun = next((e for e in events if e["type_name"] in BEGUN), None)
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


def unreadable(database: sqlite3.Connection) -> Rows:
    """The messages of the log that this tower could not read."""
    rows = database.execute("SELECT * FROM unreadable ORDER BY topic, partition, offset LIMIT 100")
    return [dict(row) for row in rows]
