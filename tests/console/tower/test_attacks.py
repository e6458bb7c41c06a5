"""What somebody may try who means harm: words of SQL, paths out of the folder, headers within a value, a planted session."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from console.tower.access import Role
from tests.console.tower.conftest import PASSWORD, Browser, Place
from tests.console.tower.world import of_site

COURSE = of_site("hospital-1")[0]
HOSTILE = {
    "SQL that ends a text": "x' OR '1'='1",
    "SQL that drops a table": "x'; DROP TABLE course; --",
    "SQL that joins": "x' UNION SELECT secret, 1, 1, 1 FROM session --",
    "a way out of the folder": "../../../etc/passwd",
    "a coded way out": "..%2f..%2fetc%2fpasswd",
    "a header": "x\r\nSet-Cookie: v2v-session=planted",
    "a script": "<script>alert('mine')</script>",
    "a template": "{{ 7 * 191 }}",
    "a null": "x\0y",
    "no letters": "‮\ufeff\u2028",
}
LISTS = ("/", "/courses", "/quarantine", "/api/exceptions", "/api/courses", "/api/quarantine")
FILES = ("/export/exceptions.csv", "/export/courses.json", "/export/quarantine.csv")
NAMED = (
    "/courses/{}", "/api/courses/{}", "/api/courses/{}/events", "/exceptions/{}", "/api/exceptions/{}",
    "/quarantine/{}", "/api/quarantine/{}", "/export/courses/{}.pdf", "/static/{}",
)  # fmt: skip
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())


@hostile
def test_a_hostile_filter_finds_nothing_and_breaks_nothing(quality: Browser, text: str) -> None:
    for path in (*LISTS, *FILES):
        answer = quality.client.get(path, params={"q": text})
        assert answer.status_code == 200, path
        assert COURSE not in answer.text, path
        harmless(answer)
    assert COURSE in quality.get("/api/courses").text  # everything is still there


@hostile
def test_a_hostile_name_is_not_there(quality: Browser, text: str) -> None:
    for path in NAMED:
        answer = quality.get(path.format(quote(text, safe="")))
        assert answer.status_code in (400, 404, 422), path
        harmless(answer)


@hostile
def test_a_hostile_place_in_a_list_is_told_and_a_hostile_word_fits_nothing(
    quality: Browser, text: str
) -> None:
    for name in ("cursor", "limit"):
        answer = quality.client.get("/api/exceptions", params={name: text})
        assert answer.status_code == 400, name
        assert answer.headers["content-type"] == "application/problem+json"
        harmless(answer)
    for name in ("state", "severity", "hazard", "owner", "assigned", "course"):
        answer = quality.client.get("/api/exceptions", params={name: text})
        assert answer.json()["rows"] == [], name
        harmless(answer)


def harmless(answer: Any) -> None:
    """No cookie and no script came of it, no template was filled in, no file and no trace was shown."""
    headers, body = answer.headers, answer.text
    assert "planted" not in headers.get("set-cookie", "")
    assert "<script>alert('mine')" not in body or "json" in headers["content-type"]
    assert "1337" not in body
    assert "root:" not in body
    assert "Traceback" not in body
    assert "sqlite3" not in body
    assert all("\r" not in value and "\n" not in value for value in headers.values())


def test_a_session_that_was_planted_before_the_sign_in_is_not_the_one_after_it(
    place: Place,
) -> None:
    place.account("anna", Role.QUALITY)
    visitor = place.visitor()
    visitor.cookies.set("v2v-session", "planted-by-somebody-else")
    assert visitor.get("/").status_code == 303  # it opens nothing by itself
    answer = visitor.post("/sign-in", data={"name": "anna", "password": PASSWORD})
    secret = answer.cookies["v2v-session"]
    assert "planted" not in secret
    thief = place.visitor()
    thief.cookies.set("v2v-session", "planted-by-somebody-else")
    assert thief.get("/").status_code == 303


def test_signing_in_again_gives_another_session_and_ends_none_of_another_person(
    place: Place,
) -> None:
    first, second = (place.browser(name, Role.QUALITY) for name in ("anna", "ben"))
    before = first.client.cookies["v2v-session"]
    first.client.post("/sign-in", data={"name": "anna", "password": PASSWORD})
    assert first.client.cookies["v2v-session"] != before
    assert second.get("/").status_code == 200
