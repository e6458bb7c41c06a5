"""A morning at the desk, in a real browser before a pipeline that runs: once by mouse, once by keyboard alone.

Sign in, find the course that is harmed first, read why, acknowledge, assign, let a message count that was set
aside and see its event arrive in the course, take the list along as a file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from console import files
from schemas import topics
from schemas.envelope import System
from schemas.quality import HoldPlaced
from schemas.wire import to_message
from tests.console.tower.conftest import PASSWORD, until
from tests.console.tower.in_browser import complaints, opened
from tests.console.tower.live_world import LiveTower, Row, lived

pytestmark = [pytest.mark.kafka, pytest.mark.browser, pytest.mark.timeout(280)]

PATIENCE_MS = 30_000
HANDS = ("mouse", "keyboard")
IN_HAND = """(() => {
  const it = document.activeElement;
  return it === document.body ? "" : [it.innerText, it.name, it.value].filter(Boolean).join(" ");
})()"""
"""What the thing that has the focus says, and what it is called; nothing where none has it."""


def harmed_first(tower: LiveTower) -> Iterator[Row]:
    """The open exceptions of courses that nobody has taken on, those with the least time left first."""
    rows = tower.every("/exceptions")
    return (row for row in rows if row.get("coi") and row["state"] in ("open", "escalated"))


def foreign(coi: str, number: int, at: Any) -> HoldPlaced:
    """A hold on a course, said by a system that may not say so."""
    return HoldPlaced(
        event_id=UUID(int=9_000 + number),
        coi=coi,
        occurred_at=at,
        system=System.MES,
        partner="maker-1",
        reason_text=f"label number {number} is torn",
    )


def set_aside(tower: LiveTower) -> None:
    """Somebody says twice what only the quality unit may say."""
    coi = course_of(tower)
    place = topics.inbound("mes", "maker-1")
    events = [foreign(coi, number, tower.now()) for number in range(len(HANDS))]
    files.publish(tower.brokers, [(place, to_message(event)) for event in events])
    until(lambda: len(holds(tower)) == len(HANDS), 60)


def course_of(tower: LiveTower) -> str:
    """The course that the messages speak of: the first by its name that an exception is about."""
    return str(min(row["coi"] for row in tower.every("/exceptions") if row.get("coi")))


def holds(tower: LiveTower) -> list[Row]:
    """What was set aside and does not count yet."""
    return [row for row in tower.every("/quarantine") if "HoldPlaced" in row["detail"]]


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveTower]:
    """A tower beside a network that was played live, with two messages set aside."""
    with lived(tmp_path_factory.mktemp("desk"), set_aside) as found:
        yield found


class Desk:
    """Somebody before the page; how they reach things depends on the hand that they have free."""

    def __init__(self, page: Page, hand: str) -> None:
        self.page, self.by_mouse = page, hand == "mouse"

    def press(self, *keys: str) -> None:
        """Press some keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def reach(self, what: str) -> None:
        """Go on from thing to thing until the one in hand says this, or is called so."""
        for _ in range(400):
            self.press("Tab")
            said = self.page.evaluate(IN_HAND)
            if what in said:
                return
        raise AssertionError(f"{what!r} cannot be reached by keyboard at {self.page.url}")

    def follow(self, link: str) -> None:
        """Follow a link."""
        if self.by_mouse:
            self.page.get_by_role("link", name=link, exact=True).first.click()
        else:
            self.reach(link)
            self.press("Enter")

    def write(self, label: str, name: str, text: str) -> None:
        """Write into a field."""
        if self.by_mouse:
            self.page.get_by_label(label).fill(text)
        else:
            self.reach(name)
            self.page.keyboard.type(text)

    def push(self, button: str) -> None:
        """Push a button."""
        if self.by_mouse:
            self.page.get_by_role("button", name=button).click()
        else:
            self.reach(button)
            with self.page.expect_navigation():
                self.press("Enter")

    def choose(self, kind: str) -> None:
        """Choose what to do about an exception."""
        if self.by_mouse:
            self.page.locator(f"input[name=kind][value={kind}]").check()
            return
        self.press("a")
        for _ in range(10):
            if self.page.evaluate("document.activeElement.value") == kind:
                break
            self.press("ArrowRight")
        self.press("Space")
        assert self.page.evaluate("document.activeElement.value") == kind

    def open_row(self, says: str) -> None:
        """Open the row of the list that says this."""
        row = self.page.locator("tr.row").filter(has_text=says).first
        if self.by_mouse:
            row.get_by_role("link").first.click()
            return
        for _ in range(60):
            self.press("j")
            if "at" in (row.get_attribute("class") or "").split():
                self.press("Enter")
                return
        raise AssertionError(f"no row with {says!r} is reached by j")

    def sees(self, where: str, text: str) -> None:
        """Look again until the page says this there."""

        def there() -> bool:
            self.page.reload()
            return text in self.page.locator(where).first.inner_text()

        until(there, PATIENCE_MS / 1000)


@pytest.mark.parametrize("number", range(len(HANDS)), ids=HANDS)
def test_a_morning_at_the_desk(
    chromium: Browser, tower: LiveTower, number: int, tmp_path: Path
) -> None:
    page = opened(chromium, str(tower.browser.base_url), accept_downloads=True)
    page.set_default_timeout(PATIENCE_MS)
    desk = Desk(page, HANDS[number])

    page.goto("/sign-in")
    if desk.by_mouse:
        page.get_by_label("Name").fill("anna")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    else:
        expect(page.get_by_label("Name")).to_be_focused()  # the page begins there
        page.keyboard.type("anna")
        desk.press("Tab")
        page.keyboard.type(PASSWORD)
        desk.press("Enter")
    page.wait_for_url("**/")

    first = next(harmed_first(tower))
    assert page.locator("tr.row").filter(has_text=first["coi"]).count()
    if desk.by_mouse:
        page.locator(f"#alert-{first['alert_id']}").get_by_role("link").first.click()
    else:
        for _ in range(60):
            desk.press("j")
            at = page.locator("tr.at").get_attribute("id")
            if at == f"alert-{first['alert_id']}":
                break
        desk.press("Enter")
    page.wait_for_url(f"**/exceptions/{first['alert_id']}")
    why = page.locator("section[aria-labelledby=why]")
    expect(why).to_contain_text("Rests on")
    expect(why).to_contain_text(first["rule"])

    desk.choose("acknowledge")
    desk.push("Say it as STAFF-17")
    page.wait_for_url("**sent=1")
    desk.sees("section[aria-labelledby=who]", "Acknowledged\nSTAFF-17")
    desk.choose("assign")
    desk.write("Assign to", "assignee", "STAFF-20")
    desk.push("Say it as STAFF-17")
    desk.sees("section[aria-labelledby=who]", "Assigned to\nSTAFF-20")
    desk.sees("section[aria-labelledby=done]", "to STAFF-20")

    desk.follow(first["coi"])
    page.wait_for_url(f"**/courses/{first['coi']}")
    expect(page.locator(".because")).to_be_visible()

    course = course_of(tower)
    before = len(tower.every_event(course))
    desk.follow("Quarantine")
    page.wait_for_url("**/quarantine")
    desk.open_row("HoldPlaced")
    expect(page.locator("main")).to_contain_text("What was expected")
    desk.write("Reason", "reason", "the quality unit confirmed it by phone")
    desk.push("Release as STAFF-17")
    expect(page.get_by_text("goes through the pipeline again")).to_be_visible()
    until(lambda: len(tower.every_event(course)) == before + 1, 60)
    page.goto(f"/courses/{course}")
    expect(page.locator("section[aria-labelledby=events]")).to_contain_text("hold placed")
    assert len(holds(tower)) == len(HANDS) - 1 - number

    desk.follow("Exceptions")
    page.wait_for_url("**/")
    with page.expect_download() as coming:
        desk.follow("CSV")
    coming.value.save_as(tmp_path / "exceptions.csv")
    with (tmp_path / "exceptions.csv").open(encoding="utf-8") as file:
        taken_along = {row["alert_id"]: row for row in csv.DictReader(file)}
    assert taken_along[first["alert_id"]]["assigned_to"] == "STAFF-20"
    assert len(taken_along) == len(tower.every("/exceptions"))
    assert complaints(page) == []
    page.context.close()
