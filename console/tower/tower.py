"""The parts of one running tower, by which its pages find them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

from argon2 import PasswordHasher

from console.tower.accounts import Accounts
from console.tower.acting import Acting
from console.tower.claims import Claims
from console.tower.freshness import Freshness, freshness
from console.tower.open_id import OpenId
from console.tower.people_file import PeopleFile
from console.tower.read_model import snapshot
from console.tower.settings import TowerSettings
from console.tower.tokens import Tokens

Clock = Callable[[], datetime]


class Bell:
    """Wakes whoever waits for the next change; rung from the reading thread."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed = asyncio.Event()
        self.rung = 0
        """How often it has rung: noted before one looks, it tells whether that was already too early."""
        self.waiting = 0
        """How many have been told all there is, and wait for more."""
        self.closed = False

    def hang(self) -> None:
        """Belong to the loop that runs now."""
        self._loop = asyncio.get_running_loop()

    def ring(self) -> None:
        """Something has changed."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake)

    def close(self) -> None:
        """Nothing will change any more: whoever waits goes home."""
        self.closed = True
        self.ring()

    def _wake(self) -> None:
        self.rung += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, heard: int, seconds: float) -> None:
        """Wait for a change after that ring, or so long: at once where one came while somebody looked."""
        if self.rung != heard:
            return
        self.waiting += 1
        try:
            await asyncio.wait_for(self._changed.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self.waiting -= 1


@dataclass
class Tower:
    """What the pages of one tower are made from."""

    settings: TowerSettings
    people: PeopleFile
    publish: Callable[..., object]
    clock: Clock
    reading: Callable[[], tuple[str | None, float]] = lambda: (None, 1.0)
    """Why nothing is read now, and which share has been read."""
    hasher: PasswordHasher | None = None
    bell: Bell = field(default_factory=Bell)
    failures: int = 0
    """How many requests it could not answer by its own fault."""
    accounts: Accounts = field(init=False)
    tokens: Tokens = field(init=False)
    claims: Claims = field(init=False)
    acting: Acting = field(init=False)
    open_id: OpenId | None = field(init=False)

    def __post_init__(self) -> None:
        self.accounts = Accounts(self.people, self.hasher)
        self.tokens = Tokens(self.people)
        self.claims = Claims(self.people)
        self.open_id = (
            OpenId(self.settings, self.people) if self.settings.oidc_issuer is not None else None
        )
        self.acting = Acting(self.claims, self.publish)

    def snapshot(self) -> AbstractContextManager[sqlite3.Connection]:
        """The read model at one commit."""
        return snapshot(self.settings.read_model)

    def fresh(self, database: sqlite3.Connection) -> Freshness:
        """How fresh a snapshot is."""
        trouble, share = self.reading()
        return freshness(
            database,
            self.clock(),
            self.settings.silent_seconds,
            by_stream=self.settings.clock == "stream",
            trouble=trouble,
            share_read=share,
        )
