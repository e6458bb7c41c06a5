"""How each partner's system does: is it heard, how often, what is missing, is its clock right, what was set aside.

What is not known is told as not known and never as well. Whoever sees some sites only is told of the
partners that speak of his courses, and nothing that needs all courses to be seen.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import orjson

from console.tower import lists
from console.tower.access import Deed, Person
from console.tower.asking import Question, seen_by
from console.tower.folding import MICROS, micros
from console.tower.freshness import moment
from console.tower.telling import parsed
from schemas.profiles import platform_limits
from streams.moments import span

LAST = 200
"""Of how many of a partner's last events the usual time between two is taken."""
FEWEST = 3
"""Of fewer spans of time than that no usual one is told."""
MOST_HOLES = 5
"""So many stretches of missing numbers are told, the lowest."""

Rows = list[dict[str, Any]]
Name = tuple[str, str]


def partners(database: sqlite3.Connection, person: Person, now: datetime) -> Rows:
    """Each partner's system that this person may know of, in order."""
    condition, values = seen_by(person, "e.coi")
    said = {
        (row["system"], row["partner"]): row
        for row in database.execute(
            "SELECT e.system, e.partner, count(*) AS events, max(e.occurred_at) AS last_at "
            f"FROM event e WHERE {condition} GROUP BY e.system, e.partner",
            values,
        )
    }
    aside = _set_aside(database, person)
    alerts = _alerts(database, person)
    names: set[Name] = {*said, *(aside or ()), *alerts}
    waiting: Counter[Name] = Counter()
    if person.sites is None:
        told = "SELECT system, partner, count(*) FROM waiting GROUP BY 1, 2"
        waiting.update({(row[0], row[1]): row[2] for row in database.execute(told)})
        told = "SELECT system, partner FROM partner UNION SELECT system, partner FROM heartbeat"
        names |= {(row[0], row[1]) for row in database.execute(told)}
    found = []
    for name in sorted({*names, *waiting}):
        own = alerts.get(name, [])
        beats = _beats(database, name, now)
        heartbeat = _heartbeat(beats, _last_word(database, name, now), now) if beats else None
        found.append(
            {
                "system": name[0],
                "partner": name[1],
                "standing": _standing(heartbeat, own),
                "events": said[name]["events"] if name in said else 0,
                "last_at": said[name]["last_at"] if name in said else None,
                "usual_seconds": _usual(database, name, condition, values),
                "heartbeat": heartbeat,
                "numbers": _numbers(database, name) if person.sites is None else None,
                "clock": _clock(beats, own),
                "waiting": waiting[name] if person.sites is None else None,
                "set_aside": None if aside is None else sorted(aside.get(name, Counter()).items()),
                "alerts": own if person.sites is None else None,
            }
        )
    return found


def _standing(heartbeat: dict[str, Any] | None, alerts: Rows) -> str:
    """Whether the partner is heard: `silent`, `heard`, or `unknown` where nobody knows when its word is due."""
    if any(alert["code"] == "IF-01" for alert in alerts):
        return "silent"
    if heartbeat is None:
        return "unknown"
    return "silent" if heartbeat["overdue"] else "heard"


def _alerts(database: sqlite3.Connection, person: Person) -> dict[Name, Rows]:
    """What is open about each partner's system, what is on the shelf included."""
    asked = Question({"q": "PARTNER:", "state": "open"}, None, 500)
    found: dict[Name, Rows] = {}
    for alert in lists.exceptions(database, person, asked).rows:
        system, slash, partner = str(alert["object"]).removeprefix("PARTNER:").partition("/")
        if slash and str(alert["object"]).startswith("PARTNER:"):
            found.setdefault((system, partner), []).append(alert)
    return found


# ------------------------------------------------------------------------------------- heartbeats


def _beats(database: sqlite3.Connection, name: Name, now: datetime) -> Rows:
    """The last heartbeats up to now, the latest first; one that is dated later says nothing yet."""
    rows = database.execute(
        "SELECT body FROM heartbeat WHERE system = ? AND partner = ? AND occurred_at <= ? "
        "ORDER BY occurred_at DESC, event_id DESC",
        (*name, micros(now)),
    )
    return [orjson.loads(row["body"]) for row in rows]


def _last_word(database: sqlite3.Connection, name: Name, now: datetime) -> datetime | None:
    """When the last event up to now happened."""
    row = database.execute(
        "SELECT max(occurred_at) FROM event WHERE system = ? AND partner = ? AND occurred_at <= ?",
        (*name, micros(now)),
    ).fetchone()
    return moment(row[0])


def _heartbeat(beats: Rows, word: datetime | None, now: datetime) -> dict[str, Any]:
    """The last heartbeat, how often one is expected and seen, and whether another word is overdue."""
    last, limits = beats[0], platform_limits()
    stated = last.get("interval_seconds")
    expected = stated or span(limits.heartbeat) / MICROS
    at = parsed(last["occurred_at"])
    assert at is not None
    due = max(at, word or at) + timedelta(seconds=expected * limits.heartbeats_missed)
    return {
        "at": last["occurred_at"],
        "expected_seconds": expected,
        "expectation": "stated" if stated else "assumed",
        "seen_seconds": _between(micros(parsed(beat["occurred_at"])) for beat in beats),
        "due_at": due.isoformat(),
        "overdue": now >= due,
        "backlog": last.get("backlog", 0),
        "numbers_given": last.get("last_sequence"),
        "bridged_since": last.get("manual_bridge_since"),
    }


def _clock(beats: Rows, alerts: Rows) -> dict[str, Any] | None:
    """How far the partner's clock was ahead when it last stated it; none where it never did."""
    stated = next((beat for beat in beats if beat.get("partner_clock")), None)
    off = next((alert["alert_id"] for alert in alerts if alert["code"] == "IF-07"), None)
    if stated is None:
        return None if off is None else _clock_of(None, None, off)
    at, clock = parsed(stated["occurred_at"]), parsed(stated["partner_clock"])
    assert at is not None
    assert clock is not None
    return _clock_of(stated["occurred_at"], (clock - at).total_seconds(), off)


def _clock_of(at: str | None, ahead: float | None, alert_id: str | None) -> dict[str, Any]:
    limit = span(platform_limits().clock_offset) / MICROS
    off = alert_id is not None if ahead is None else abs(ahead) > limit
    return {"at": at, "ahead_seconds": ahead, "off": off, "alert_id": alert_id}


def _between(times: Iterable[int | None]) -> float | None:
    """The usual time between two of these moments in seconds; none where they are too few."""
    told = [at for at in times if at is not None]
    between = [abs(a - b) / MICROS for a, b in pairwise(told)]
    return median(between) if len(between) >= FEWEST else None


# ----------------------------------------------------------------------------------------- events


def _usual(
    database: sqlite3.Connection, name: Name, condition: str, values: list[str]
) -> float | None:
    """The usual time between two of its last events in seconds; none where it has said too little."""
    rows = database.execute(
        "SELECT e.occurred_at FROM event e WHERE e.system = ? AND e.partner = ? "
        f"AND {condition} ORDER BY e.occurred_at DESC LIMIT {LAST}",
        (*name, *values),
    )
    return _between(row[0] for row in rows)


def _numbers(database: sqlite3.Connection, name: Name) -> dict[str, Any]:
    """Its own running numbers among the events of courses: how many, the highest, and which are not there."""
    count, first, last = database.execute(
        "SELECT count(DISTINCT number), min(number), max(number) FROM event "
        "WHERE system = ? AND partner = ? AND number IS NOT NULL",
        name,
    ).fetchone()
    if not count:
        return {"count": 0, "last": None, "missing": None, "holes": [], "more": False}
    holes = database.execute(
        "SELECT number + 1, following - 1 FROM (SELECT number, lead(number) OVER (ORDER BY number) "
        "AS following FROM (SELECT DISTINCT number FROM event "
        "WHERE system = ? AND partner = ? AND number IS NOT NULL)) "
        f"WHERE following > number + 1 ORDER BY 1 LIMIT {MOST_HOLES + 1}",
        name,
    ).fetchall()
    return {
        "count": count,
        "last": last,
        "missing": last - first + 1 - count,
        "holes": [list(hole) for hole in holes[:MOST_HOLES]],
        "more": len(holes) > MOST_HOLES,
    }


def _set_aside(database: sqlite3.Connection, person: Person) -> dict[Name, Counter[str]] | None:
    """How many messages of each partner stand in quarantine, by reason; none where he may not know."""
    if not person.may(Deed.SEE_QUARANTINE):
        return None
    where = lists.set_aside_where(person, Question({}))
    rows = database.execute(
        "SELECT coalesce(q.system, ''), coalesce(q.partner, ''), q.reason, count(*) "
        f"FROM quarantine q WHERE {where} GROUP BY 1, 2, 3",
        where.values,
    )
    found: dict[Name, Counter[str]] = {}
    for system, partner, reason, count in rows:
        found.setdefault((system, partner), Counter())[reason] = count
    return found
