"""Pages in the system's own Chromium: who is signed in by which, and what the browser complains of."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from console.tower.access import Role
from tests.console.tower.conftest import PASSWORD, Place

COMPLAINTS: dict[Page, list[str]] = {}
"""What the browser has complained of, by page."""


def opened(browser: Browser, address: str, **more: Any) -> Page:
    """An empty page of a browser, whose complaints are kept."""
    context: BrowserContext = browser.new_context(
        base_url=address, **{"viewport": {"width": 1280, "height": 900}, **more}
    )
    page = context.new_page()
    COMPLAINTS[page] = []
    page.on("console", lambda m: COMPLAINTS[page].append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda e: COMPLAINTS[page].append(str(e)))
    return page


def signed_in(browser: Browser, place: Place, name: str, **more: Any) -> Page:
    """A page of a browser by which this person is signed in; what the browser complains of fails the test."""
    place.account(name, Role.QUALITY)
    page = opened(browser, place.tower.settings.origin, **more)
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/")
    return page


def complaints(page: Page, *but: str) -> list[str]:
    """What the browser has complained of about this page, but for what speaks of these."""
    return [said for said in COMPLAINTS[page] if not any(word in said for word in but)]
