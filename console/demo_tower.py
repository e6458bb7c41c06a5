"""The control tower beside the demo: on the demo's own log, by the demo's own time, with accounts made for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console import settings
from console.demo_view import View
from console.tower.access import Person, Role
from console.tower.running import Running
from console.tower.settings import TowerSettings

PEOPLE = (
    Person("coordinator", "STAFF-10", frozenset({Role.COORDINATOR})),
    Person("quality", "STAFF-20", frozenset({Role.QUALITY})),
    Person("integrator", "STAFF-30", frozenset({Role.INTEGRATOR})),
    Person("viewer", "STAFF-40", frozenset({Role.VIEWER}), frozenset({"hospital-1"})),
)
"""Roles, not people: the accounts of a demo, gone with it."""


@contextmanager
def tower_beside(folder: Path, brokers: str, listen: str, view: View) -> Iterator[None]:
    """A tower for the length of the block; the way in is told."""
    stated = TowerSettings(folder=folder / "tower", listen=listen, clock="stream")
    running = Running(stated, brokers, settings.librdkafka(), settings.schema_ids())
    password = secrets.token_urlsafe(12)
    for person in PEOPLE:
        running.tower.accounts.add(person, password)
    with running.beside():
        names = ", ".join(person.name for person in PEOPLE)
        view.say(f"the tower is at {stated.origin}: sign in as {names} with {password}")
        yield
