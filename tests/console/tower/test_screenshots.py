"""Every page in every state, as a picture to be looked at: they lie in .v2v/screenshots after the run.

`pytest tests/console/tower/test_screenshots.py --rewrite` also writes those of docs/tower anew. A test cannot
see whether a page is well made; this one sees that it is there, that it says in words what state it is in, and
that nothing reaches beyond it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page, expect

from schemas import topics
from tests.console.tower.conftest import Place
from tests.console.tower.in_browser import complaints, opened, signed_in
from tests.console.tower.world import alert, journeys, of_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]

ROOT = Path(__file__).parents[3]
TAKEN = ROOT / ".v2v" / "screenshots"
SHOWN = ROOT / "docs" / "tower"
NOW = journeys()[1]
COURSE = of_site("hospital-1")[0]
GRAVE = alert("ID-01", COURSE, NOW, harm_in=3)
SET_ASIDE = "00000000-0000-0000-0000-000000000001"


def as_it_is(_: Place) -> None:
    """The tower as it is."""


def silent(place: Place) -> None:
    """Nothing has come from the log for minutes."""
    place.passes(minutes=7)


def reading(place: Place) -> None:
    """The log is still being read."""
    place.tower.reading = lambda: (None, 0.25)


def cut_off(place: Place) -> None:
    """The log cannot be read."""
    place.tower.reading = lambda: ("no broker answers", 0.25)


def puzzled(place: Place) -> None:
    """One message of the log could not be read."""
    place.hears(topics.RECORDS, "C", b"\xc3\x01 nothing")


class State(NamedTuple):
    """A page in one state, and the words by which that state is told."""

    name: str
    address: str
    says: str
    comes_about: Callable[[Place], None] = as_it_is


STATES = (
    State("exceptions", "/", "ID-01"),
    State("exceptions-too-many", "/?limit=1", "are shown: narrow the filter"),
    State("exceptions-none", "/?code=XX-99", "No exception fits this filter"),
    State("exceptions-silent", "/", "The stream is silent since", silent),
    State("exceptions-reading", "/", "25 % of the partitions are read", reading),
    State("exceptions-cut-off", "/", "no broker answers", cut_off),
    State("exception", f"/exceptions/{GRAVE.alert_id}", "Why it is said"),
    State("courses", "/courses", COURSE),
    State("courses-none", "/courses?q=nobody", "No course fits this filter"),
    State("course", f"/courses/{COURSE}", "because of"),
    State("shipments", "/shipments", "hold"),
    State("partners", "/partners", "courier-1"),
    State("quarantine", "/quarantine", "wrong owner"),
    State("set-aside", f"/quarantine/{SET_ASIDE}", "What was expected"),
    State("catalogue", "/catalogue", "ID-01"),
    State("not-there", "/nothing", "there is nothing at"),
    State("partners-unreadable", "/partners", "could not be read", puzzled),
)
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "narrow": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
}
IN_DOCS = {"exceptions-light": "exceptions", "course-light": "course"}


def taken(page: Page, name: str, *, rewrite: bool) -> None:
    """Take the picture, and see that it holds the whole page and nothing that sticks out of it."""
    TAKEN.mkdir(parents=True, exist_ok=True)
    picture = TAKEN / f"{name}.png"
    page.screenshot(path=picture, full_page=True)
    assert picture.read_bytes().startswith(b"\x89PNG")
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 1, f"{name} reaches {wide} pixels beyond the window"
    if rewrite and name in IN_DOCS:
        page.screenshot(path=SHOWN / f"{IN_DOCS[name]}.png")


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_in_every_state_has_its_picture(
    chromium: Browser, served: Place, look: str, rewrite: bool
) -> None:
    page = signed_in(chromium, served, "quality", **LOOKS[look])
    for state in STATES:
        before, reading_before = served.clock[0], served.tower.reading
        state.comes_about(served)
        page.goto(state.address)
        expect(page.locator("body")).to_contain_text(state.says, ignore_case=True)
        taken(page, f"{state.name}-{look}", rewrite=rewrite)
        served.clock[0], served.tower.reading = before, reading_before
    assert complaints(page, "404") == []
    page.context.close()
    visitor = opened(chromium, served.tower.settings.origin, **LOOKS[look])
    visitor.goto("/sign-in")
    taken(visitor, f"sign-in-{look}", rewrite=rewrite)
    visitor.context.close()
