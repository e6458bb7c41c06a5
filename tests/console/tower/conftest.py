"""A tower on what a real pipeline says of a few journeys, asked as a browser asks it."""

from __future__ import annotations

import functools
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from argon2 import PasswordHasher
from playwright.sync_api import Browser as RealBrowser
from playwright.sync_api import sync_playwright
from starlette.testclient import TestClient

from compose.ports import LOOPBACK, free_ports
from console.tower.access import Person, Role
from console.tower.folding import Heard
from console.tower.people_file import PeopleFile
from console.tower.read_model import ReadModel
from console.tower.settings import TowerSettings
from console.tower.site import site
from console.tower.tower import Tower
from schemas.wire import WireMessage
from tests.console.tower.world import journeys, trouble

PASSWORD = "correct horse battery"
CHROMIUM = Path(os.environ.get("V2V_CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
ORIGIN = "http://tower.test"
SITE = "hospital-1"
BEGUN = datetime(2026, 11, 1, 12, tzinfo=UTC)


@dataclass
class Place:
    """One tower with its log: what it publishes, and what time it is."""

    tower: Tower
    model: ReadModel
    published: list[tuple[str, WireMessage]]
    clock: list[datetime]
    offsets: dict[str, int] = field(default_factory=dict)

    def hears(self, topic: str, key: str, value: bytes | None, *headers: tuple[str, bytes]) -> None:
        """One more message of the log."""
        offset = self.offsets.get(topic, 100_000)
        self.offsets[topic] = offset + 1
        self.model.take([Heard(topic, 0, offset, key, value, headers)], self.clock[0])
        self.tower.bell.ring()

    def passes(self, **time: float) -> None:
        """Time passes by this machine's clock."""
        self.clock[0] += timedelta(**time)

    def visitor(self) -> TestClient:
        """A browser that nobody has signed in by."""
        return TestClient(
            site(self.tower), base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=True
        )

    def account(self, name: str, *roles: Role, sites: frozenset[str] | None = None) -> Person:
        """Somebody who may come in."""
        person = Person(name, f"STAFF-{name.upper()}", frozenset(roles), sites)
        self.tower.accounts.add(person, PASSWORD)
        return person

    def browser(self, name: str, *roles: Role, sites: frozenset[str] | None = None) -> Browser:
        """A browser by which this person is signed in."""
        self.account(name, *roles, sites=sites)
        client = self.visitor()
        answer = client.post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        secret = client.cookies["v2v-session"]
        session = self.tower.accounts.session(secret, self.clock[0])
        assert session is not None
        return Browser(client, session.csrf)


@dataclass
class Browser:
    """Somebody's browser."""

    client: TestClient
    csrf: str

    def get(self, path: str, **headers: str) -> Any:
        """Look at a page."""
        return self.client.get(path, headers=headers)

    def post(self, path: str, **fields: Any) -> Any:
        """Send a form of this session."""
        return self.client.post(path, data={"csrf": self.csrf, **fields})

    def send(self, path: str, value: Any) -> Any:
        """Send JSON as a page of this session may."""
        return self.client.post(path, json=value, headers={"X-CSRF-Token": self.csrf})


@pytest.fixture(scope="module")
def chromium() -> Iterator[RealBrowser]:
    """The system's own Chromium."""
    if not CHROMIUM.exists():
        assert "V2V_CI" not in os.environ, f"no browser at {CHROMIUM}"
        pytest.skip(f"no browser at {CHROMIUM}; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def read(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The read model of a few journeys, with troubles, at their end."""
    said, now = journeys()
    path = tmp_path_factory.mktemp("read") / "read.sqlite"
    model = ReadModel(path, BEGUN)
    model.take((*said, *trouble(now)), BEGUN)
    model.close()
    return path


@pytest.fixture
def place(tmp_path: Path, read: Path) -> Iterator[Place]:
    """A tower that has read them."""
    yield from _placed(tmp_path, read, ORIGIN)


@pytest.fixture
def served(tmp_path: Path, read: Path) -> Iterator[Place]:
    """The same tower, served at a real address to real browsers."""
    (port,) = free_ports(1)
    for here in _placed(tmp_path, read, f"http://{LOOPBACK}:{port}"):
        config = uvicorn.Config(
            site(here.tower),
            host=LOOPBACK,
            port=port,
            log_level="error",
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        until(functools.partial(getattr, server, "started"))
        yield here
        here.tower.bell.close()
        server.should_exit = True
        thread.join(10)


def until(what: Callable[[], Any], patience: float = 30) -> Any:
    """The first answer that is something."""
    end = time.monotonic() + patience
    while not (found := what()):
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)
    return found


def _placed(folder: Path, read: Path, origin: str) -> Iterator[Place]:
    clock = [BEGUN]
    settings = TowerSettings(folder=folder, address=origin, clock="stream")
    shutil.copy(read, settings.read_model)
    model = ReadModel(settings.read_model, clock[0])
    published: list[tuple[str, WireMessage]] = []
    with PeopleFile(settings.people) as people:
        tower = Tower(
            settings, people, published.extend, lambda: clock[0], hasher=PasswordHasher(1, 8, 1)
        )
        yield Place(tower, model, published, clock)
    model.close()


@pytest.fixture
def quality(place: Place) -> Browser:
    """Somebody of the quality unit, who sees all."""
    return place.browser("quality", Role.QUALITY)
