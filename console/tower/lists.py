"""The lists that people and programs ask for: exceptions, courses, messages set aside.

Each shows nothing of a course that the asking person may not see. Reads one snapshot that is handed in.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

import orjson

from console.tower.access import Deed, Person
from console.tower.asking import Answer, Question, Where, WrongQuestion, cursor, seen_by

EXCEPTION_FILTERS = (
    "state", "hazard", "severity", "owner", "assigned", "course", "code", "q",
)  # fmt: skip
COURSE_FILTERS = ("phase", "product", "site", "trouble", "q")
QUARANTINE_FILTERS = ("reason", "system", "partner", "stage", "course", "state", "q")


def exceptions_where(person: Person, asked: Question) -> Where:
    """Which exceptions a question is about."""
    where = Where()
    where.seen_by(person, "a.coi")
    match asked["state"]:
        case "":
            where.add("a.open = 1 AND a.state <> 'shelved'")
        case "open":
            where.add("a.open = 1")
        case "over":
            where.add("a.open = 0")
        case "all":
            pass
        case state:
            where.add("a.state = ?", state)
    for name, column in (("hazard", "hazard"), ("severity", "severity"), ("owner", "owner")):
        if asked[name]:
            where.add(f"a.{column} = ?", asked[name])
    if asked["assigned"]:
        mine = person.staff_code if asked["assigned"] == "me" else asked["assigned"]
        where.add("a.assigned_to = ?", mine)
    if asked["course"]:
        where.add("a.coi = ?", asked["course"])
    if asked["code"]:
        where.add("a.code = ?", asked["code"])
    where.holding(asked["q"], "a.body")
    return where


def exceptions(database: sqlite3.Connection, person: Person, asked: Question) -> Answer:
    """Exceptions, those first whose therapy is harmed first; without a known harm, by the time to decide."""
    where = exceptions_where(person, asked)
    order = ("a.act_by", "a.alert_id")
    return _page(database, asked, where, "a.*", "alert a", order, exception_of)


def on_the_shelf(database: sqlite3.Connection, person: Person) -> int:
    """How many exceptions keep quiet until a moment."""
    where = exceptions_where(person, Question({"state": "shelved"}))
    where.add("a.open = 1")
    return _count(database, f"alert a WHERE {where}", where.values)


def exception_of(row: sqlite3.Row) -> dict[str, Any]:
    """An exception as it is shown: what was issued, with the numbers that the tower keeps."""
    found: dict[str, Any] = orjson.loads(row["body"])
    found["open"] = bool(row["open"])
    found["act_by"] = row["act_by"]
    found["seq"] = row["seq"]
    return found


def exception(database: sqlite3.Connection, person: Person, alert_id: str) -> dict[str, Any] | None:
    """One exception; none where the person may not see it."""
    condition, values = seen_by(person, "a.coi")
    row = database.execute(
        f"SELECT a.* FROM alert a WHERE a.alert_id = ? AND {condition}",
        (alert_id, *values),
    ).fetchone()
    return None if row is None else exception_of(row)


def actions(database: sqlite3.Connection, alert_id: str) -> list[dict[str, Any]]:
    """What people did about an alert, in the order in which they did it."""
    rows = database.execute(
        "SELECT body FROM action WHERE alert_id = ? ORDER BY acted_at, action_id", (alert_id,)
    )
    return [orjson.loads(row["body"]) for row in rows]


def newer(database: sqlite3.Connection, person: Person, asked: Question, seq: int) -> int:
    """How many exceptions a question would find that were not there before."""
    where = exceptions_where(person, asked)
    where.add("a.first_seq > ?", seq)
    return _count(database, f"alert a WHERE {where}", where.values)


def changed(
    database: sqlite3.Connection, person: Person, asked: Question, seq: int, limit: int
) -> list[dict[str, Any]]:
    """The exceptions that were said anew since, in the order in which they were."""
    where = exceptions_where(person, asked)
    where.add("a.seq > ?", seq)
    rows = database.execute(
        f"SELECT a.* FROM alert a WHERE {where} ORDER BY a.seq LIMIT ?",
        (*where.values, limit),
    )
    return [exception_of(row) for row in rows]


def courses(database: sqlite3.Connection, person: Person, asked: Question) -> Answer:
    """Therapy courses by their identifier, with what is open about each."""
    where = Where()
    where.seen_by(person, "c.coi")
    for name in ("phase", "product"):
        if asked[name]:
            where.add(f"c.{name} = ?", asked[name])
    if asked["site"]:
        where.add(
            "EXISTS (SELECT 1 FROM course_site s WHERE s.coi = c.coi AND s.site = ?)", asked["site"]
        )
    if asked["trouble"]:
        where.add("EXISTS (SELECT 1 FROM alert o WHERE o.coi = c.coi AND o.open)")
    where.holding(asked["q"], "c.coi", "c.body")
    columns = (
        "c.coi, c.product, c.phase, c.harm_at, c.infusion_at, "
        "(SELECT count(*) FROM alert o WHERE o.coi = c.coi AND o.open) AS open_alerts, "
        "(SELECT min(o.severity) FROM alert o WHERE o.coi = c.coi AND o.open) AS gravest, "
        "(SELECT group_concat(s.site, ' ') FROM course_site s WHERE s.coi = c.coi) AS sites"
    )
    return _page(database, asked, where, columns, "course c", ("c.coi",), _course_of)


def _course_of(row: sqlite3.Row) -> dict[str, Any]:
    """A course as a list tells it."""
    told = dict(row)
    del told["place"]
    return {**told, "sites": sorted((row["sites"] or "").split())}


def course(database: sqlite3.Connection, person: Person, coi: str) -> dict[str, Any] | None:
    """The record of one course; none where the person may not see it."""
    condition, values = seen_by(person, "c.coi")
    row = database.execute(
        f"SELECT c.body FROM course c WHERE c.coi = ? AND {condition}",
        (coi, *values),
    ).fetchone()
    found: dict[str, Any] | None = None if row is None else orjson.loads(row["body"])
    return found


def events(database: sqlite3.Connection, coi: str) -> list[dict[str, Any]]:
    """Every event of a course in the order in which it happened; each says whether it counts."""
    rows = database.execute(
        "SELECT e.type_name, e.body, w.event_id AS withheld FROM event e "
        "LEFT JOIN withheld w ON w.coi = e.coi AND w.event_id = e.event_id "
        "WHERE e.coi = ? ORDER BY e.occurred_at, e.event_id",
        (coi,),
    )
    return [
        {
            "type_name": row["type_name"],
            "withheld": row["withheld"] is not None,
            **orjson.loads(row["body"]),
        }
        for row in rows
    ]


def set_aside_where(person: Person, asked: Question) -> Where:
    """Which messages set aside a question is about; bytes may name patients, so few see them."""
    where = Where()
    if not person.may(Deed.SEE_QUARANTINE):
        where.add("0")
    if person.sites is not None:  # only what concerns courses of his sites and no others
        condition, values = seen_by(person, "k.coi")
        where.add(
            "EXISTS (SELECT 1 FROM quarantine_course k WHERE k.quarantine_id = q.quarantine_id)"
        )
        where.add(
            "NOT EXISTS (SELECT 1 FROM quarantine_course k "
            f"WHERE k.quarantine_id = q.quarantine_id AND NOT {condition})",
            *values,
        )
    match asked["state"]:
        case "" | "standing":
            where.add("NOT q.cleared")
        case "cleared":
            where.add("q.cleared")
        case "all":
            pass
        case other:
            raise WrongQuestion(f"state: found {other!r}, expected standing, cleared or all")
    for name in ("reason", "system", "partner", "stage"):
        if asked[name]:
            where.add(f"q.{name} = ?", asked[name])
    if asked["course"]:
        where.add(
            "EXISTS (SELECT 1 FROM quarantine_course k "
            "WHERE k.quarantine_id = q.quarantine_id AND k.coi = ?)",
            asked["course"],
        )
    where.holding(asked["q"], "q.quarantine_id", "json_extract(q.body, '$.detail')")
    return where


def set_aside(database: sqlite3.Connection, person: Person, asked: Question) -> Answer:
    """Messages set aside, those first of which something was said last."""
    where = set_aside_where(person, asked)
    order = ("-q.said_at", "q.quarantine_id")
    return _page(
        database, asked, where, "q.*", "quarantine q", order, lambda row: orjson.loads(row["body"])
    )


def one_set_aside(
    database: sqlite3.Connection, person: Person, quarantine_id: str
) -> dict[str, Any] | None:
    """One message set aside; none where the person may not see it."""
    where = set_aside_where(person, Question({"state": "all"}))
    where.add("q.quarantine_id = ?", quarantine_id)
    row = database.execute(
        f"SELECT q.body FROM quarantine q WHERE {where}",
        where.values,
    ).fetchone()
    found: dict[str, Any] | None = None if row is None else orjson.loads(row["body"])
    return found


def words(database: sqlite3.Connection, table: str, column: str) -> list[str]:
    """The words that a column holds, to choose a filter from."""
    rows = database.execute(
        f"SELECT DISTINCT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY 1"
    )
    return [row[0] for row in rows]


def _count(database: sqlite3.Connection, what: str, values: list[Any]) -> int:
    found = database.execute(f"SELECT count(*) FROM {what}", values).fetchone()
    return int(found[0])


def _page(
    database: sqlite3.Connection,
    asked: Question,
    where: Where,
    columns: str,
    table: str,
    order: tuple[str, ...],
    told: Callable[[sqlite3.Row], dict[str, Any]],
) -> Answer:
    """One page of a list in its order, with the count of all and the place of the next page."""
    total, by = _count(database, f"{table} WHERE {where}", where.values), ", ".join(order)
    if asked.after is not None:
        if len(asked.after) != len(order):
            raise WrongQuestion("cursor: found one of another list")
        where.add(f"({by}) > ({', '.join('?' * len(order))})", *asked.after)
    rows = database.execute(
        f"SELECT {columns}, json_array({by}) AS place FROM {table} WHERE {where} "
        f"ORDER BY {by} LIMIT ?",
        (*where.values, asked.limit + 1),
    ).fetchall()
    shown = rows[: asked.limit]
    more = cursor(*orjson.loads(shown[-1]["place"])) if len(rows) > asked.limit else None
    return Answer([told(row) for row in shown], total, more)
