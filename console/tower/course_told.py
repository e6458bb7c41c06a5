"""What the page of a therapy course says, from its record and its events. Pure.

Every derived state names the events that it rests on; the page links each of them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from console.gates_told import ASKS
from console.tower.telling import fact, parsed, words
from schemas.catalogue import EVENT_BY_NAME

Events = list[dict[str, Any]]

OF_ITS_OWN = frozenset(
    {
        "type_name", "withheld", "event_id", "occurred_at", "system", "partner", "site", "actor",
        "second_actor", "identifiers", "coi", "subject", "environment", "withdraws",
        "occurred_precision", "recorded_at", "occurred_offset_minutes", "capture",
    }
)  # fmt: skip
"""Fields of an event that have a place of their own on the page, or say nothing to a reader."""


def identity(record: dict[str, Any], events: Events) -> list[dict[str, Any]]:
    """Each identifier, where it leads, who linked it and who else names it."""
    named: dict[str, Counter[str]] = {}
    links: dict[str, Events] = {}
    for event in events:
        linking = linked_schemes(event)
        for identifier in event.get("identifiers", []):
            name = f"{identifier['scheme']}:{identifier['value']}"
            named.setdefault(name, Counter())[f"{event['system']} {event['partner']}"] += 1
            if identifier["scheme"] in linking:
                links.setdefault(name, []).append(event)
    return [
        {
            "identifier": known["identifier"],
            "leads_to": known["leads_to"],
            "state": _leading(known["leads_to"], record["coi"]),
            "linked_by": links.get(known["identifier"], []),
            "named_by": sorted(named.get(known["identifier"], Counter()).items()),
        }
        for known in record["identifiers"]
    ]


def linked_schemes(event: dict[str, Any]) -> frozenset[str]:
    """The kinds of identifier that an event of this type links."""
    kind = EVENT_BY_NAME.get(event["type_name"])
    return frozenset() if kind is None else frozenset(scheme.value for scheme, _ in kind.links)


def _leading(leads_to: list[str], coi: str) -> str:
    if leads_to == [coi]:
        return "here"
    if not leads_to:
        return "nowhere yet"
    return "elsewhere" if coi not in leads_to else "conflicted"


def handovers(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Each hand-over with the time between giving and taking."""
    found = []
    for held in record["custody"]:
        gave, took = parsed(held.get("handed_over_at")), parsed(held.get("accepted_at"))
        gap = None if gave is None or took is None else (took - gave).total_seconds()
        found.append({**held, "gap": gap})
    return found


def gates(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Each gate with its question, its answer, what is missing and what it rests on."""
    asks = {gate.value: asked for gate, asked in ASKS.items()}
    return [
        {**gate, "asks": asks.get(gate["gate"], words(gate["gate"]))} for gate in record["gates"]
    ]


def told_events(record: dict[str, Any], events: Events) -> Events:
    """Each event with why it does not count, where it does not, and its further fields."""
    why = {held["event_id"]: held["why"] for held in record["withheld"]}
    return [
        {
            **event,
            "why": why.get(event["event_id"]),
            "fields": {
                words(name): value
                for name, value in event.items()
                if name not in OF_ITS_OWN and value not in (None, [], "", False)
            },
        }
        for event in events
    ]


def names_of(events: Events) -> dict[str, str]:
    """What each event is called where something rests on it."""
    return {event["event_id"]: fact(event["type_name"]) for event in events}
