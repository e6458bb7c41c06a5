"""What cannot be is told to people as a page and to programs as problem+json, and the log alone says what the tower did wrong."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from console.tower import lists, live
from console.tower.access import Role
from console.tower.guard import HEADERS, LARGEST_FORM
from tests.console.tower.conftest import ORIGIN, PASSWORD, Browser, Place
from tests.console.tower.test_live import bearer
from tests.console.tower.world import of_site

SECRET = "what only the log may say"


class Mistake(Exception):
    """Something that nobody has foreseen."""


@pytest.fixture
def mistaken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tower that fails whenever exceptions are asked for."""

    def fail(*_: Any) -> None:
        raise Mistake(SECRET)

    monkeypatch.setattr(lists, "exceptions", fail)
    monkeypatch.setattr(lists, "exception", fail)
    monkeypatch.setattr(live, "_changes", fail)


@pytest.mark.usefixtures("mistaken")
def test_a_mistake_of_the_tower_is_told_by_a_reference_that_its_log_has_too(
    place: Place, quality: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    answer = quality.get("/?q=of-somebody")
    assert answer.status_code == 500
    assert "The tower has failed" in answer.text
    (told,) = caplog.records
    assert told.levelno == logging.ERROR
    assert told.name == "console.tower"
    reference = told.getMessage().rpartition(" ")[2]
    assert len(reference) == 12
    assert reference in answer.text
    assert SECRET in caplog.text
    for inside in (SECRET, "Traceback", "Mistake", ".py"):
        assert inside not in answer.text
    assert "of-somebody" not in told.getMessage()  # what was asked for may name somebody
    assert all(answer.headers[name] == content for name, content in HEADERS.items())
    assert place.tower.failures == 1


@pytest.mark.usefixtures("mistaken")
def test_a_program_is_told_of_a_mistake_as_problem_json(
    quality: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    answer = quality.get("/api/exceptions")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert said.keys() == {"type", "title", "status", "detail", "reference"}
    assert said["status"] == 500
    assert said["reference"] in said["detail"]
    assert caplog.records[0].getMessage().endswith(said["reference"])
    assert SECRET not in answer.text
    again = quality.get("/api/exceptions").json()["reference"]
    assert again != said["reference"]


@pytest.mark.usefixtures("mistaken")
def test_the_log_names_the_route_and_no_course(
    quality: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    assert quality.get(f"/exceptions/{of_site('hospital-1')[0]}").status_code == 500
    assert "GET /exceptions/{alert_id} failed" in caplog.records[0].getMessage()
    assert of_site("hospital-1")[0] not in caplog.records[0].getMessage()


@pytest.mark.usefixtures("mistaken")
def test_a_form_that_meets_a_mistake_says_to_look_before_it_is_sent_again(
    quality: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    answer = quality.post("/exceptions/act", alert="x@1", kind="acknowledge")
    assert answer.status_code == 500
    assert "look whether it was done before you send it again" in answer.text
    assert caplog.records


def test_what_a_page_cannot_be_asked_for_is_told_with_what_can(quality: Browser) -> None:
    page = quality.post("/courses")
    assert page.status_code == 405
    assert page.headers["allow"] == "GET"
    assert "POST is not possible at /courses, only GET" in page.text
    program = quality.send("/api/courses", {})
    assert (program.status_code, program.headers["allow"]) == (405, "GET")
    assert program.json()["title"] == "Not possible here"


@pytest.mark.parametrize("path", ["/nothing", "/courses/NONE", "/exceptions/NONE"])
def test_what_is_not_there_is_told_in_both_ways(quality: Browser, path: str) -> None:
    page = quality.get(path)
    assert (page.status_code, "<h1>Not found</h1>" in page.text) == (404, True)
    program = quality.get(f"/api{path}")
    assert (program.status_code, program.json()["status"]) == (404, 404)
    assert program.headers["content-type"] == "application/problem+json"


def test_what_is_not_allowed_is_told_in_both_ways(place: Place) -> None:
    viewer = place.browser("viewer", Role.VIEWER)
    page = viewer.get("/quarantine")
    assert (page.status_code, "<h1>Not allowed</h1>" in page.text) == (403, True)
    assert viewer.get("/api/quarantine").json()["title"] == "Not allowed"


def pieces(size: int) -> Iterator[bytes]:
    """A body that does not say how long it is."""
    for _ in range(0, size, 50_000):
        yield b"a" * 50_000


@pytest.mark.parametrize("told", ["with its length", "in pieces"])
@pytest.mark.parametrize("path", ["/sign-in", "/exceptions/act", "/api/exceptions/x/actions"])
def test_what_is_too_large_is_told_in_both_ways(
    place: Place, quality: Browser, path: str, told: str
) -> None:
    size = LARGEST_FORM + 50_000
    kind = "application/json" if path.startswith("/api") else "application/x-www-form-urlencoded"
    headers = {"Content-Type": kind, "X-CSRF-Token": quality.csrf}
    content: Any = b"a" * size if told == "with its length" else pieces(size)
    answer = quality.client.post(path, content=content, headers=headers)
    assert answer.status_code == 413
    assert "a form has at most 1,000,000 bytes" in answer.text
    assert ("<h1>Too much at once</h1>" in answer.text) != path.startswith("/api")
    assert all(answer.headers[name] == content for name, content in HEADERS.items())
    assert place.tower.failures == 0


def test_another_name_for_the_tower_is_told_in_both_ways(place: Place) -> None:
    visitor = place.visitor()
    page = visitor.get("/", headers={"Host": "elsewhere.test"})
    assert page.status_code == 421
    assert f"this is {ORIGIN} and answers to no other name" in page.text
    program = visitor.get("/api/courses", headers={"Host": "elsewhere.test"})
    assert program.json()["title"] == "Not the address of this tower"


def test_too_many_tries_are_told_with_how_long_to_wait(place: Place) -> None:
    place.account("anna", Role.VIEWER)
    visitor = place.visitor()
    said = {"name": "anna", "password": "wrong"}
    answers = [visitor.post("/sign-in", data=said) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert answers[-1].headers["retry-after"] == "900"
    assert "wait a quarter of an hour" in answers[-1].text
    place.passes(seconds=int(answers[-1].headers["retry-after"]) + 1)
    assert visitor.post("/sign-in", data={**said, "password": PASSWORD}).status_code == 303


@pytest.mark.usefixtures("mistaken")
def test_a_stream_that_meets_a_mistake_ends_and_the_log_says_why(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    answer = place.visitor().get("/api/alerts/stream", headers=bearer(place))
    assert (answer.status_code, answer.content) == (200, b"")
    assert "GET /api/alerts/stream failed" in caplog.records[0].getMessage()
    assert place.tower.failures == 1
