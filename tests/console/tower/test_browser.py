"""The tower in a real browser: by keyboard alone, live, without JavaScript, and readable by everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from schemas.alert import AlertState
from schemas.control import AlertAction
from schemas.wire import decode_contract, encode_contract
from tests.console.tower.conftest import Place, until
from tests.console.tower.in_browser import complaints, signed_in
from tests.console.tower.world import alert, journeys, of_site

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]

AXE = Path(__file__).parent / "axe" / "axe-4.14.1.min.js"
NOW = journeys()[1]
COURSE = of_site("hospital-1")[0]
GRAVE = alert("ID-01", COURSE, NOW, harm_in=3)
WITHIN_SECONDS = 10.0
"""How long a page may take here, on a machine that does much else; how long it takes is measured elsewhere."""


def addresses() -> list[str]:
    return [
        "/", "/?limit=1", "/?code=XX-99", f"/exceptions/{GRAVE.alert_id}", "/courses",
        f"/courses/{COURSE}", "/shipments", "/partners", "/quarantine",
        "/quarantine/00000000-0000-0000-0000-000000000001", "/catalogue", "/nothing",
    ]  # fmt: skip


LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    # at twice the size a window of 1280 shows what one of 640 shows at its own
    "at 200 %": {"viewport": {"width": 640, "height": 450}, "device_scale_factor": 2},
    "dark, 360 wide": {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
    "light, 360 wide": {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
}
"""How people look at a page."""


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_every_page_can_be_used_by_everybody(
    chromium: Browser, served: Place, look: dict[str, Any]
) -> None:
    page = signed_in(chromium, served, "quality", **look)
    wrong = []
    for address in addresses():
        page.goto(address)
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        wrong += [
            (address, v["id"], v["nodes"][0]["html"][:120], v["nodes"][0]["failureSummary"][:300])
            for v in found["violations"]
            if v["impact"] in ("serious", "critical")
        ]
    assert wrong == []
    assert complaints(page, "404") == []
    page.context.close()


def test_the_page_to_sign_in_by_can_be_used_by_everybody(chromium: Browser, served: Place) -> None:
    page = chromium.new_page(base_url=served.tower.settings.origin)
    page.goto("/sign-in")
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    assert [v["id"] for v in found["violations"] if v["impact"] in ("serious", "critical")] == []
    page.close()


def test_a_narrow_screen_needs_no_sideways_scrolling_of_the_page(
    chromium: Browser, served: Place
) -> None:
    page = signed_in(chromium, served, "quality")
    page.set_viewport_size({"width": 320, "height": 800})
    for address in addresses():
        page.goto(address)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 321, f"{address} is {width} wide"
    page.context.close()


def test_everything_is_done_by_keyboard(chromium: Browser, served: Place) -> None:
    page = signed_in(chromium, served, "quality")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("ID-01")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=ID-01**")
    expect(page.locator("tr.row")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("a")
    page.keyboard.press("ArrowRight")  # from acknowledge to assign
    page.keyboard.press("ArrowRight")  # to comment
    page.keyboard.press("Tab")
    page.keyboard.type("courier called")
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**sent=1")
    ((_, message),) = served.published
    said = decode_contract(AlertAction, message.value)
    assert (said.kind.value, said.reason, said.alert_id) == (
        "comment",
        "courier called",
        GRAVE.alert_id,
    )
    page.context.close()


def test_new_rows_are_announced_and_move_nothing(chromium: Browser, served: Place) -> None:
    page = signed_in(chromium, served, "quality")
    rows = page.locator("tr.row")
    before = rows.evaluate_all("rows => rows.map(row => row.id)")
    until(
        lambda: served.tower.bell.waiting == 1
    )  # the page's stream is open, and has told all there is
    stated = alert("ID-05", COURSE, NOW, harm_in=0.1)
    served.hears("v2v.alerts.identity", str(stated.alert_id), encode_contract(stated))
    news = page.locator("#news")
    expect(news).to_contain_text("1 new", timeout=WITHIN_SECONDS * 1000)
    assert news.get_attribute("aria-live") == "polite"
    assert rows.evaluate_all("rows => rows.map(row => row.id)") == before
    news.get_by_role("link").click()
    expect(page.locator("tbody")).to_contain_text("ID-05")
    assert complaints(page) == []
    page.context.close()


def test_what_one_does_the_other_sees_in_its_place(chromium: Browser, served: Place) -> None:
    one, other = (signed_in(chromium, served, name) for name in ("one", "other"))
    row = other.locator(f"#alert-{GRAVE.alert_id}")
    expect(row).to_contain_text("open")
    until(lambda: served.tower.bell.waiting == 2)
    one.goto(f"/exceptions/{GRAVE.alert_id}")
    one.get_by_role("button", name="Say it as").click()
    until(lambda: served.published)
    said = decode_contract(AlertAction, served.published[0][1].value)
    newer = GRAVE.model_copy(  # what the stream makes of it
        update={
            "revision": 2,
            "state": AlertState.ACKNOWLEDGED,
            "acknowledged_by": said.actor,
            "acknowledged_at": said.acted_at,
        }
    )
    served.hears("v2v.alerts.identity", str(GRAVE.alert_id), encode_contract(newer))
    expect(row).to_contain_text("acknowledged", timeout=WITHIN_SECONDS * 1000)
    expect(row).to_contain_text("STAFF-ONE")
    one.context.close()
    other.context.close()


def test_a_paused_page_stays_as_it_is(chromium: Browser, served: Place) -> None:
    page = signed_in(chromium, served, "quality")
    page.get_by_role("link", name="Pause").click()
    stated = alert("ID-05", COURSE, NOW)
    served.hears("v2v.alerts.identity", str(stated.alert_id), encode_contract(stated))
    page.wait_for_timeout(600)
    expect(page.locator("#news")).to_be_empty()
    page.get_by_role("link", name="Resume").click()
    expect(page.locator("tbody")).to_contain_text("ID-05")
    page.context.close()


def test_all_of_it_works_without_javascript(chromium: Browser, served: Place) -> None:
    page = signed_in(chromium, served, "quality", java_script_enabled=False)
    page.get_by_label("Hazard").select_option("identity")
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("checkbox", name="Choose ID-01").check()
    page.get_by_role("button", name="Say it as").click()
    expect(page.get_by_text("Said about 1 exception")).to_be_visible()
    page.get_by_role("link", name="Quarantine").click()
    page.get_by_role("link", name="wrong owner").first.click()
    page.get_by_label("Reason").fill("owner confirmed by phone")
    page.get_by_role("button", name="Release as").click()
    expect(page.get_by_text("goes through the pipeline again")).to_be_visible()
    assert len(served.published) == 2
    page.context.close()
