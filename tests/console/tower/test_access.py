"""Who may do what: every route, every role, every site; and that nobody else may."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute

from console.tower.access import MAY, Deed, Role
from console.tower.guard import HEADERS
from console.tower.site import site
from tests.console.tower.conftest import PASSWORD, SITE, Place
from tests.console.tower.world import of_site

OPEN = "open to anybody"
ROUTES: dict[tuple[str, str], Deed | str] = {
    ("GET", "/"): Deed.LOOK,
    ("GET", "/api/alerts/stream"): Deed.LOOK,
    ("GET", "/api/catalogue/events"): Deed.LOOK,
    ("GET", "/api/catalogue/exceptions"): Deed.LOOK,
    ("GET", "/api/courses"): Deed.LOOK,
    ("GET", "/api/courses/{coi}"): Deed.LOOK,
    ("GET", "/api/courses/{coi}/events"): Deed.LOOK,
    ("GET", "/api/exceptions"): Deed.LOOK,
    ("GET", "/api/exceptions/{alert_id}"): Deed.LOOK,
    ("GET", "/api/freshness"): Deed.LOOK,
    ("GET", "/api/openapi.json"): Deed.LOOK,
    ("GET", "/api/quarantine"): Deed.SEE_QUARANTINE,
    ("GET", "/api/quarantine/{quarantine_id}"): Deed.SEE_QUARANTINE,
    ("GET", "/catalogue"): Deed.LOOK,
    ("GET", "/courses"): Deed.LOOK,
    ("GET", "/courses/{coi}"): Deed.LOOK,
    ("GET", "/exceptions/{alert_id}"): Deed.LOOK,
    ("GET", "/api/partners"): Deed.LOOK,
    ("GET", "/api/shipments"): Deed.LOOK,
    ("GET", "/export/courses.{kind}"): Deed.LOOK,
    ("GET", "/export/courses/{coi}.pdf"): Deed.LOOK,
    ("GET", "/export/deadlines.ics"): Deed.LOOK,
    ("GET", "/export/exceptions.{kind}"): Deed.LOOK,
    ("GET", "/export/partners.{kind}"): Deed.LOOK,
    ("GET", "/export/quarantine.{kind}"): Deed.SEE_QUARANTINE,
    ("GET", "/export/shipments.{kind}"): Deed.LOOK,
    ("GET", "/partners"): Deed.LOOK,
    ("GET", "/shipments"): Deed.LOOK,
    ("GET", "/health"): OPEN,
    ("GET", "/live"): Deed.LOOK,
    ("GET", "/quarantine"): Deed.SEE_QUARANTINE,
    ("GET", "/quarantine/{quarantine_id}"): Deed.SEE_QUARANTINE,
    ("GET", "/sign-in"): OPEN,
    ("GET", "/sign-in/oidc"): OPEN,
    ("GET", "/sign-in/oidc/back"): OPEN,
    ("GET", "/static/{name}"): OPEN,
    ("POST", "/api/exceptions/{alert_id}/actions"): Deed.COMMENT,
    ("POST", "/api/quarantine/{quarantine_id}/release"): Deed.RELEASE,
    ("POST", "/exceptions/act"): Deed.COMMENT,
    ("POST", "/quarantine/{quarantine_id}/release"): Deed.RELEASE,
    ("POST", "/sign-in"): OPEN,
    ("POST", "/sign-out"): Deed.LOOK,
}
"""Every route with the right that it needs; a route that is not here fails the test."""
ENDLESS = {"/live", "/api/alerts/stream"}


def routes(place: Place) -> dict[tuple[str, str], APIRoute]:
    found = {}
    for route in all_routes(site(place.tower)):
        for method in (route.methods or set()) - {"HEAD"}:
            found[method, route.path] = route
    return found


def all_routes(app: Any) -> list[APIRoute]:
    found: list[Any] = []
    for route in app.routes:
        rooms = getattr(route, "original_router", None)
        found += [route] if rooms is None else rooms.routes
    return [route for route in found if isinstance(route, APIRoute)]


def right_of(route: APIRoute) -> Deed | str:
    deeds = [getattr(d.call, "deed", None) for d in route.dependant.dependencies]
    found = [deed for deed in deeds if deed is not None]
    return found[0] if found else OPEN


def test_every_route_needs_the_right_that_the_table_says(place: Place) -> None:
    assert {key: right_of(route) for key, route in routes(place).items()} == ROUTES


def filled(path: str) -> str:
    return path.format(coi="C", alert_id="A", quarantine_id="Q", name="tower.css", kind="csv")


@pytest.mark.parametrize(("method", "path"), sorted(k for k, v in ROUTES.items() if v != OPEN))
def test_nobody_gets_anything_without_signing_in(place: Place, method: str, path: str) -> None:
    answer = place.visitor().request(method, filled(path))
    if path.startswith("/api"):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in?to=/")


@pytest.mark.parametrize("role", list(Role))
def test_a_role_gets_exactly_what_it_may(place: Place, role: Role) -> None:
    browser = place.browser("somebody", role)
    for (method, path), deed in ROUTES.items():
        if path in ENDLESS or deed == OPEN or path == "/sign-out":
            continue
        headers = {"X-CSRF-Token": browser.csrf}
        answer = browser.client.request(method, filled(path), headers=headers)
        refused = answer.status_code == 403
        assert refused != (deed in MAY[role]), f"{role} {method} {path}: {answer.status_code}"


def test_the_one_who_keeps_accounts_decides_nothing_about_a_therapy() -> None:
    assert not MAY[Role.ADMIN] & {Deed.CLOSE, Deed.CLOSE_GRAVE, Deed.RELEASE, Deed.ACKNOWLEDGE}
    assert [role for role in Role if Deed.CLOSE_GRAVE in MAY[role]] == [Role.QUALITY]


def test_whoever_sees_one_site_sees_its_courses_only(place: Place) -> None:
    everything = place.browser("all", Role.QUALITY).get("/api/courses").json()
    here = place.browser("here", Role.QUALITY, sites=frozenset({SITE}))
    elsewhere = place.browser("there", Role.QUALITY, sites=frozenset({"elsewhere"}))
    mine = of_site(SITE)

    assert 0 < len(mine) <= everything["total"]
    assert [row["coi"] for row in here.get("/api/courses").json()["rows"]] == mine
    assert elsewhere.get("/api/courses").json()["rows"] == []
    for path in (
        f"/courses/{mine[0]}",
        f"/api/courses/{mine[0]}",
        f"/api/courses/{mine[0]}/events",
    ):
        assert here.get(path).status_code == 200
        assert elsewhere.get(path).status_code == 404


def test_exceptions_of_other_sites_and_of_no_course_are_hidden_and_cannot_be_acted_on(
    place: Place,
) -> None:
    mine = set(of_site(SITE))
    all_rows = place.browser("all", Role.QUALITY).get("/api/exceptions?state=all").json()["rows"]
    here = place.browser("here", Role.QUALITY, sites=frozenset({SITE}))
    seen = here.get("/api/exceptions?state=all").json()["rows"]
    assert {row["alert_id"] for row in seen} == {
        row["alert_id"] for row in all_rows if row.get("coi") in mine
    }
    hidden = next(row for row in all_rows if row.get("coi") not in mine)
    assert here.get(f"/exceptions/{hidden['alert_id']}").status_code == 404
    said = {"kind": "acknowledge", "revision": hidden["revision"]}
    assert here.send(f"/api/exceptions/{hidden['alert_id']}/actions", said).status_code == 404
    assert place.published == []


def test_a_message_set_aside_is_seen_only_where_all_its_courses_are(place: Place) -> None:
    here = place.browser("here", Role.QUALITY, sites=frozenset({SITE}))
    rows = here.get("/api/quarantine").json()["rows"]
    assert [row["quarantine_id"][-1] for row in rows] == ["1"]
    assert here.get("/quarantine/00000000-0000-0000-0000-000000000003").status_code == 404


def test_a_withheld_event_shows_a_course_to_no_further_site(place: Place) -> None:
    coi = of_site(SITE)[0]
    with place.tower.snapshot() as database:
        rows = database.execute(
            "SELECT event_id FROM event WHERE coi = ? AND site = ?", (coi, SITE)
        ).fetchall()
    place.model._database.executemany(
        "INSERT INTO withheld VALUES (?, ?)", [(coi, row[0]) for row in rows]
    )
    here = place.browser("here", Role.QUALITY, sites=frozenset({SITE}))
    assert here.get(f"/courses/{coi}").status_code == 404


def test_a_token_looks_and_does_nothing_else(place: Place) -> None:
    secret = place.tower.tokens.make_token("wall", frozenset({SITE}), place.clock[0], 30)
    dashboard = place.visitor()
    dashboard.headers["Authorization"] = f"Bearer {secret}"
    rows = dashboard.get("/api/exceptions").json()["rows"]
    assert rows
    assert {row["coi"] for row in rows} <= set(of_site(SITE))
    assert dashboard.get("/api/quarantine").status_code == 403
    path = f"/api/exceptions/{rows[0]['alert_id']}/actions"
    assert dashboard.post(path, json={"kind": "acknowledge", "revision": 1}).status_code == 403
    assert dashboard.get("/").status_code == 303  # pages are for people

    place.passes(days=31)
    assert dashboard.get("/api/exceptions").status_code == 401


def test_a_token_that_is_revoked_is_good_no_more(place: Place) -> None:
    secret = place.tower.tokens.make_token("wall", None, place.clock[0], 30)
    assert place.tower.tokens.revoke_token("wall")
    answer = place.visitor().get("/api/courses", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_a_form_of_another_page_is_not_believed(place: Place) -> None:
    browser = place.browser("quality", Role.QUALITY)
    fields = {"kind": "comment", "reason": "x", "alert": "A@1"}
    without = browser.client.post("/exceptions/act", data=fields)
    wrong = browser.client.post("/exceptions/act", data={**fields, "csrf": "guess"})
    right = {**fields, "csrf": browser.csrf}
    foreign = browser.client.post(
        "/exceptions/act", data=right, headers={"Origin": "https://evil.test"}
    )
    cross = browser.client.post(
        "/exceptions/act", data=right, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert [a.status_code for a in (without, wrong, foreign, cross)] == [403] * 4
    assert browser.client.post("/exceptions/act", data=right).status_code == 404  # no such alert


def test_every_answer_tells_the_browser_what_it_may_not_do(place: Place) -> None:
    browser = place.browser("quality", Role.QUALITY)
    for path in ("/", "/sign-in", "/api/exceptions", "/nothing", "/static/tower.css", "/health"):
        answer = browser.get(path)
        for name, content in HEADERS.items():
            assert answer.headers[name] == content, path
    page = browser.get("/")
    assert page.headers["cache-control"] == "no-store"
    assert " onclick=" not in page.text
    assert " style=" not in page.text
    assert "<script>" not in page.text
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_it_answers_to_no_other_name_and_to_no_endless_form(place: Place) -> None:
    visitor = place.visitor()
    assert visitor.get("/sign-in", headers={"Host": "evil.test"}).status_code == 421
    large = {"name": "x", "password": "y" * 2_000_000}
    assert visitor.post("/sign-in", data=large).status_code == 413


def test_a_wrong_name_and_a_wrong_password_are_told_alike_and_not_for_ever(place: Place) -> None:
    place.account("anna", Role.VIEWER)
    visitor = place.visitor()

    def sign_in(name: str, password: str) -> tuple[int, str]:
        answer = visitor.post("/sign-in", data={"name": name, "password": password})
        return answer.status_code, answer.text.replace(name, "")

    assert sign_in("anna", "wrong") == sign_in("nobody", "wrong")
    for _ in range(4):
        assert sign_in("anna", "wrong")[0] == 401
    assert sign_in("anna", PASSWORD)[0] == 429
    place.passes(minutes=16)
    assert sign_in("anna", PASSWORD)[0] == 303


def test_signing_in_from_another_site_is_refused(place: Place) -> None:
    place.account("anna", Role.VIEWER)
    fields = {"name": "anna", "password": PASSWORD}
    answer = place.visitor().post("/sign-in", data=fields, headers={"Origin": "https://evil.test"})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "to", ["https://evil.test/", "//evil.test", "/\\evil.test", "javascript:alert(1)", "/a\r\nb"]
)
def test_signing_in_leads_to_no_foreign_page(place: Place, to: str) -> None:
    place.account("anna", Role.VIEWER)
    fields = {"name": "anna", "password": PASSWORD, "to": to}
    assert place.visitor().post("/sign-in", data=fields).headers["location"] == "/"


def test_a_session_ends_when_idle_when_old_and_when_signed_out(place: Place) -> None:
    browser = place.browser("anna", Role.VIEWER)
    for _ in range(11):
        place.passes(minutes=59)
        assert browser.get("/courses").status_code == 200
    place.passes(hours=1, minutes=30)
    assert browser.get("/courses").status_code == 303

    again = place.browser("anna", Role.VIEWER)
    assert again.post("/sign-out").status_code == 303
    assert again.get("/courses").status_code == 303


def test_a_closed_account_is_out_at_once(place: Place) -> None:
    browser = place.browser("anna", Role.VIEWER)
    assert place.tower.accounts.close_account("anna")
    assert browser.get("/").status_code == 303
    answer = place.visitor().post("/sign-in", data={"name": "anna", "password": PASSWORD})
    assert answer.status_code == 401


def test_neither_password_nor_session_nor_token_stands_in_the_file(place: Place) -> None:
    browser = place.browser("anna", Role.VIEWER)
    secret = place.tower.tokens.make_token("wall", None, place.clock[0], 1)
    folder = place.tower.settings.people.parent
    held = b"".join(path.read_bytes() for path in folder.glob("people.sqlite*"))
    assert b"argon2id" in held
    for told in (PASSWORD, browser.client.cookies["v2v-session"], secret):
        assert told.encode() not in held
    assert place.tower.settings.people.stat().st_mode & 0o077 == 0


def test_the_cookie_is_closed_to_scripts_and_other_sites(place: Place) -> None:
    place.account("anna", Role.VIEWER)
    answer = place.visitor().post("/sign-in", data={"name": "anna", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
