"""What a list is asked for and what it answers with: filters from an address, pages by a cursor. Pure.

Every filter stands in the address, so that a link says what somebody sees. A cursor names the last row
seen, so rows that come or go meanwhile are neither skipped nor shown twice.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from console.tower.access import Person

PAGE, MOST = 100, 500


class WrongQuestion(ValueError):
    """A filter or cursor that means nothing; said to whoever asked."""


@dataclass(frozen=True, slots=True)
class Question:
    """One list, filtered: the filters by name, and where the page begins."""

    filters: Mapping[str, str]
    after: tuple[int | str, ...] | None = None
    limit: int = PAGE

    def __getitem__(self, name: str) -> str:
        return self.filters.get(name, "")

    def address(self, path: str, **changed: str) -> str:
        """The same question as an address, with some filters changed."""
        stated = {k: v for k, v in {**self.filters, **changed}.items() if v}
        if self.limit != PAGE and "limit" not in stated:
            stated["limit"] = str(self.limit)
        return f"{path}?{urlencode(stated)}" if stated else path


@dataclass(frozen=True, slots=True)
class Answer:
    """One page of a list: its rows, how many there are in all, and where the next page begins."""

    rows: list[dict[str, Any]]
    total: int
    next: str | None = None

    @property
    def too_many(self) -> bool:
        """Whether there is more than this page shows."""
        return self.total > len(self.rows)


def question(given: Mapping[str, str], allowed: Iterable[str]) -> Question:
    """The question that an address asks; a filter that the list does not have is refused."""
    allowed = tuple(allowed)
    known = {*allowed, "cursor", "limit"}
    for name in given:
        if name not in known:
            raise WrongQuestion(f"found the filter {name!r}, expected {', '.join(sorted(known))}")
    text = given.get("limit") or str(PAGE)
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise WrongQuestion(f"limit: found {text!r}, expected a whole number from 1 to {MOST}")
    filters = {name: given[name].strip()[:200] for name in allowed if given.get(name, "").strip()}
    after = given.get("cursor") or ""
    return Question(filters, _place(after) if after else None, int(text))


def cursor(*place: int | str) -> str:
    """The place of a row as an address carries it."""
    raw = json.dumps(place, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _place(text: str) -> tuple[int | str, ...]:
    try:
        found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        raise WrongQuestion("cursor: found one that this tower has not made") from None
    if not isinstance(found, list) or not all(isinstance(part, int | str) for part in found):
        raise WrongQuestion("cursor: found one that this tower has not made")
    return tuple(found)


class Where:
    """Conditions of a list, joined by and, with their values."""

    def __init__(self) -> None:
        self.conditions: list[str] = []
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> None:
        """One more condition."""
        self.conditions.append(f"({condition})")
        self.values += values

    def seen_by(self, person: Person, course: str) -> None:
        """Only what belongs to a course of the person's sites, where he sees some only."""
        condition, values = seen_by(person, course)
        self.add(condition, *values)

    def holding(self, text: str, *columns: str) -> None:
        """Only rows in which a text stands."""
        if text:
            pattern = f"%{text.replace('!', '!!').replace('%', '!%').replace('_', '!_')}%"
            told = " OR ".join(f"{column} LIKE ? ESCAPE '!'" for column in columns)
            self.add(told, *([pattern] * len(columns)))

    def __str__(self) -> str:
        return " AND ".join(self.conditions) or "1"


def seen_by(person: Person, course: str) -> tuple[str, list[str]]:
    """The condition that a course is one of the person's sites."""
    if person.sites is None:
        return "1", []
    marks = ", ".join("?" * len(person.sites))
    sites = sorted(person.sites)
    return (
        f"EXISTS (SELECT 1 FROM course_site v WHERE v.coi = {course} AND v.site IN ({marks}))",
        sites,
    )
