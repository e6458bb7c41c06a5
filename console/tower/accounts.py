"""Accounts and sessions of the tower.

Passwords are kept as argon2id and sessions as digests, so that nobody who reads the file can sign in. Five wrong passwords within a quarter of an hour close the door for the rest of it.
"""

from __future__ import annotations

import json
import re
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from zoneinfo import available_timezones

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from console.tower.access import Person, Role
from console.tower.people_file import PeopleFile, digest
from console.trouble import Trouble

IDLE = timedelta(hours=1)
LONGEST = timedelta(hours=12)
TRIES, CLOSED_FOR = 5, timedelta(minutes=15)
SHORTEST_PASSWORD = 12
NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,99}")
STAFF_CODE = re.compile(r"\S(?:.{0,98}\S)?")


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that lasts."""

    person: Person
    csrf: str
    """What a form must carry to be believed."""


class TooManyTries(Exception):
    """The door is closed for this name for a while."""


class Accounts:
    """Who may sign in, and who has."""

    def __init__(self, file: PeopleFile, hasher: PasswordHasher | None = None) -> None:
        self._file = file
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        """What a password is held against where there is no such account, so that it takes as long."""
        return self._hasher.hash(secrets.token_urlsafe())

    # ------------------------------------------------------------------------------------- people

    def add(self, person: Person, password: str | None) -> None:
        """Make an account, or change the one of this name; without a password it keeps the one it has."""
        _demand_usable(person, password)
        hashed = None if password is None else self._hasher.hash(password)
        sites = None if person.sites is None else json.dumps(sorted(person.sites))
        with self._file.transaction() as database:
            holder = database.execute(
                "SELECT name FROM account WHERE staff_code = ? AND name <> ?",
                (person.staff_code, person.name),
            ).fetchone()
            if holder is not None:
                raise Trouble(
                    f"staff code {person.staff_code} is {holder[0]}'s", "give each person his own"
                )
            database.execute(
                "INSERT INTO account (name, staff_code, password, roles, sites, zone) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                "staff_code = excluded.staff_code, roles = excluded.roles, sites = excluded.sites, "
                "zone = excluded.zone, password = coalesce(excluded.password, password), closed = 0",
                (
                    person.name,
                    person.staff_code,
                    hashed,
                    json.dumps(sorted(person.roles)),
                    sites,
                    person.zone,
                ),
            )
            if hashed is not None:  # roles and sites are asked anew at every page
                database.execute("DELETE FROM session WHERE account = ?", (person.name,))

    def welcome(self, person: Person, now: datetime) -> str | None:
        """The secret of a new session of somebody whom an issuer has proven; none where he is let in no more."""
        with self._file.transaction() as database:
            row = database.execute(
                "SELECT closed FROM account WHERE name = ?", (person.name,)
            ).fetchone()
            closed = row is not None and bool(row["closed"])
            database.execute(
                "INSERT INTO sign_in VALUES (?, ?, ?)",
                (now.timestamp(), person.name, "refused" if closed else "let in"),
            )
        if closed:
            return None
        self.add(person, None)
        return self.begin_session(person.name, now)

    def close_account(self, name: str) -> bool:
        """Let somebody in no more, and end his sessions; whether there was such an account."""
        with self._file.transaction() as database:
            done = database.execute("UPDATE account SET closed = 1 WHERE name = ?", (name,))
            database.execute("DELETE FROM session WHERE account = ?", (name,))
            return done.rowcount > 0

    def people(self) -> list[tuple[Person, bool]]:
        """Everybody who has an account, and whether it is open."""
        with self._file.transaction() as database:
            rows = database.execute("SELECT * FROM account ORDER BY name").fetchall()
        return [(_person(row), not row["closed"]) for row in rows]

    # ------------------------------------------------------------------------------------ sign-in

    def sign_in(self, name: str, password: str, now: datetime) -> str | None:
        """The secret of a new session, or none for a wrong name or password."""
        with self._file.transaction() as database:
            (failed,) = database.execute(
                "SELECT count(*) FROM sign_in WHERE name = ? AND outcome = 'refused' AND at > ?",
                (name, (now - CLOSED_FOR).timestamp()),
            ).fetchone()
            row = database.execute(
                "SELECT * FROM account WHERE name = ? AND NOT closed", (name,)
            ).fetchone()
        if failed >= TRIES:
            raise TooManyTries(name)
        hashed = self._nobody if row is None or row["password"] is None else row["password"]
        right = self._matches(hashed, password) and row is not None and hashed is not self._nobody
        with self._file.transaction() as database:
            database.execute(
                "INSERT INTO sign_in VALUES (?, ?, ?)",
                (now.timestamp(), name[:100], "let in" if right else "refused"),
            )
        return self.begin_session(name, now) if right else None

    def _matches(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def begin_session(self, name: str, now: datetime) -> str:
        """The secret of a new session of somebody whose identity is proven."""
        secret = secrets.token_urlsafe(32)
        with self._file.transaction() as database:
            oldest = (now - LONGEST).timestamp()
            database.execute("DELETE FROM session WHERE begun_at < ?", (oldest,))
            database.execute(
                "INSERT INTO session VALUES (?, ?, ?, ?, ?)",
                (
                    digest(secret),
                    name,
                    secrets.token_urlsafe(32),
                    now.timestamp(),
                    now.timestamp(),
                ),
            )
        return secret

    def session(self, secret: str, now: datetime, used: bool = True) -> Session | None:
        """Who this is, while the session lasts; only what a person does himself counts as using it."""
        with self._file.transaction() as database:
            row = database.execute(
                "SELECT s.csrf, s.begun_at, s.seen_at, a.* FROM session s "
                "JOIN account a ON a.name = s.account AND NOT a.closed WHERE s.digest = ?",
                (digest(secret),),
            ).fetchone()
            if row is None:
                return None
            at = now.timestamp()
            idle, age = at - row["seen_at"], at - row["begun_at"]
            if idle > IDLE.total_seconds() or age > LONGEST.total_seconds():
                database.execute("DELETE FROM session WHERE digest = ?", (digest(secret),))
                return None
            if used:
                database.execute(
                    "UPDATE session SET seen_at = ? WHERE digest = ?", (at, digest(secret))
                )
        return Session(_person(row), row["csrf"])

    def end_session(self, secret: str) -> None:
        """Sign out."""
        with self._file.transaction() as database:
            database.execute("DELETE FROM session WHERE digest = ?", (digest(secret),))


def _person(row: sqlite3.Row) -> Person:
    return Person(
        name=row["name"],
        staff_code=row["staff_code"],
        roles=frozenset(Role(role) for role in json.loads(row["roles"])),
        sites=None if row["sites"] is None else frozenset(json.loads(row["sites"])),
        zone=row["zone"],
    )


def _demand_usable(person: Person, password: str | None) -> None:
    if not NAME.fullmatch(person.name):
        raise Trouble(
            f"found the name {person.name!r}", "use small letters, digits and the signs . _ @ -"
        )
    if not STAFF_CODE.fullmatch(person.staff_code):
        raise Trouble("found an empty staff code", "name the code by which the log knows him")
    if not person.roles:
        raise Trouble("found no role", f"name one of {', '.join(Role)}")
    if person.zone not in available_timezones():
        raise Trouble(f"found the zone {person.zone!r}", "name one such as Europe/Berlin")
    if password is not None and len(password) < SHORTEST_PASSWORD:
        raise Trouble(
            f"found a password of {len(password)} characters", f"use at least {SHORTEST_PASSWORD}"
        )
