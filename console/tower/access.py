"""Who may do what, as data. Pure: whoever is not named here may do nothing.

A person has one or more roles, and sees all sites or some; a course that no site is known of is seen by
those only who see all.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What somebody is to the process."""

    VIEWER = "viewer"
    COORDINATOR = "coordinator"
    QUALITY = "quality"
    INTEGRATOR = "integrator"
    ADMIN = "admin"


class Deed(StrEnum):
    """Something that a person does here."""

    LOOK = "look"
    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    COMMENT = "comment"
    SHELVE = "shelve"
    CLOSE = "close"
    CLOSE_GRAVE = "close_grave"
    """End an identity or release exception, which only a person can."""
    SEE_QUARANTINE = "see_quarantine"
    RELEASE = "release"
    MANAGE_PEOPLE = "manage_people"


_WORK = frozenset({Deed.LOOK, Deed.ACKNOWLEDGE, Deed.ASSIGN, Deed.COMMENT})

MAY: dict[Role, frozenset[Deed]] = {
    Role.VIEWER: frozenset({Deed.LOOK}),
    Role.COORDINATOR: _WORK | {Deed.SHELVE, Deed.CLOSE},
    Role.QUALITY: _WORK
    | {Deed.SHELVE, Deed.CLOSE, Deed.CLOSE_GRAVE, Deed.SEE_QUARANTINE, Deed.RELEASE},
    Role.INTEGRATOR: _WORK | {Deed.SEE_QUARANTINE, Deed.RELEASE},
    Role.ADMIN: frozenset({Deed.LOOK, Deed.MANAGE_PEOPLE}),
}
"""Whoever keeps the accounts decides nothing about a therapy, unless he has a second role."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: by a sign-in, or by a token that may only look."""

    name: str
    staff_code: str
    """By which the log names him."""
    roles: frozenset[Role]
    sites: frozenset[str] | None = None
    """The sites whose courses he sees; none means all."""
    zone: str = "UTC"

    def may(self, deed: Deed) -> bool:
        """Whether one of his roles lets him."""
        return any(deed in MAY[role] for role in self.roles)
