"""Sign-in by an issuer: who comes in, as what, and every lie that is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from starlette.testclient import TestClient

from console.tower.access import Person, Role
from console.tower.open_id import NotTheirWord, OpenId, person_of
from console.tower.settings import TowerSettings
from console.trouble import Trouble
from tests.console.tower.conftest import PASSWORD, Place
from tests.console.tower.issuer import Issuer, issuer

SAID = {"roles": ["quality", "else"], "sites": ["hospital-1"], "staff_code": "STAFF-77"}


@pytest.fixture
def theirs() -> Iterator[Issuer]:
    with issuer() as found:
        found.claims = dict(SAID)
        yield found


@pytest.fixture
def trusting(place: Place, theirs: Issuer) -> Place:
    """A tower that trusts this issuer."""
    theirs.now = int(place.clock[0].timestamp())
    settings = place.tower.settings.model_copy(update={"oidc_issuer": theirs.address})
    place.tower.settings = settings
    place.tower.open_id = OpenId(settings, place.tower.people)
    return place


def go(browser: TestClient, to: str = "/courses") -> Any:
    """All the way to the issuer and back."""
    away = browser.get("/sign-in/oidc", params={"to": to})
    assert away.status_code == 303, away.text
    return browser.get(back(away.headers["location"]))


def back(address: str) -> str:
    returned = urlsplit(httpx2.get(address).headers["location"])
    return f"{returned.path}?{returned.query}"


def test_whom_the_issuer_names_comes_in_with_its_roles_and_sites(trusting: Place) -> None:
    browser = trusting.visitor()
    answer = go(browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/courses")
    session = trusting.tower.accounts.session(browser.cookies["v2v-session"], trusting.clock[0])
    assert session is not None
    assert session.person == Person(
        "7d8f@oidc", "STAFF-77", frozenset({Role.QUALITY}), frozenset({"hospital-1"})
    )
    assert "Sign in with your organisation" in trusting.visitor().get("/sign-in").text


def test_roles_are_asked_anew_at_every_sign_in(trusting: Place, theirs: Issuer) -> None:
    browser = trusting.visitor()
    go(browser)
    assert browser.get("/quarantine").status_code == 200
    theirs.claims["roles"] = ["viewer"]
    go(trusting.visitor())
    assert browser.get("/quarantine").status_code == 403  # in the older session too


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"aud": "another-client"},
        {"iss": "https://evil.test"},
        {"exp": 1},
        {"sub": None},
        {"roles": ["king"]},
        {"roles": None},
        {"staff_code": ""},
        {"staff_code": None},
    ],
)
def test_a_word_that_is_not_for_us_or_says_too_little_lets_nobody_in(
    trusting: Place, theirs: Issuer, lie: dict[str, Any]
) -> None:
    theirs.claims |= lie
    browser = trusting.visitor()
    assert go(browser).status_code == 403
    assert "v2v-session" not in browser.cookies


def test_a_word_under_another_key_lets_nobody_in(trusting: Place, theirs: Issuer) -> None:
    theirs.other_key = True
    assert go(trusting.visitor()).status_code == 403


def test_what_comes_back_is_good_once_soon_and_in_the_same_browser(trusting: Place) -> None:
    browser = trusting.visitor()
    away = browser.get("/sign-in/oidc").headers["location"]
    returned = back(away)
    assert trusting.visitor().get(returned).status_code == 403  # another browser
    assert browser.get(returned).status_code == 303
    assert browser.get(returned).status_code == 403  # again

    late = trusting.visitor()
    returned = back(late.get("/sign-in/oidc").headers["location"])
    trusting.passes(minutes=11)
    assert late.get(returned).status_code == 403


def test_the_state_of_somebody_else_is_refused(trusting: Place) -> None:
    browser = trusting.visitor()
    away = browser.get("/sign-in/oidc").headers["location"]
    state = parse_qs(urlsplit(away).query)["state"][0]
    assert browser.get(f"/sign-in/oidc/back?state={state}x&code=c").status_code == 403
    assert browser.get(f"/sign-in/oidc/back?state={state}&error=access_denied").status_code == 403


def test_a_closed_account_stays_closed_and_no_local_password_opens_it(trusting: Place) -> None:
    go(trusting.visitor())
    assert trusting.tower.accounts.close_account("7d8f@oidc")
    assert go(trusting.visitor()).status_code == 403
    fields = {"name": "7d8f@oidc", "password": PASSWORD}
    assert trusting.visitor().post("/sign-in", data=fields).status_code == 401


def test_a_nickname_takes_nobody_s_account(trusting: Place, theirs: Issuer) -> None:
    trusting.account("quality", Role.QUALITY)
    theirs.claims |= {"sub": "quality", "preferred_username": "quality"}
    browser = trusting.visitor()
    assert go(browser).status_code == 303
    names = {person.name for person, _ in trusting.tower.accounts.people()}
    assert names == {"quality", "quality@oidc"}


def test_a_staff_code_that_is_another_s_is_refused(trusting: Place, theirs: Issuer) -> None:
    trusting.account("other", Role.VIEWER)
    theirs.claims["staff_code"] = "STAFF-OTHER"
    answer = go(trusting.visitor())
    assert (answer.status_code, "is other" in answer.text) == (403, True)


def test_an_issuer_that_is_not_there_or_calls_itself_otherwise_is_one_clear_error(
    trusting: Place, theirs: Issuer
) -> None:
    theirs.calls_itself = "https://evil.test"
    answer = trusting.visitor().get("/sign-in/oidc")
    assert (answer.status_code, "calls itself" in answer.text) == (503, True)
    gone = TowerSettings(folder=trusting.tower.settings.folder, oidc_issuer="http://127.0.0.1:1")
    with pytest.raises(Trouble, match="does not describe itself"):
        OpenId(gone, trusting.tower.people).begin("/", trusting.clock[0])


def test_without_an_issuer_there_is_no_such_door(place: Place) -> None:
    assert place.visitor().get("/sign-in/oidc").status_code == 404
    assert "your organisation" not in place.visitor().get("/sign-in").text


@pytest.mark.parametrize(
    ("sites", "seen"),
    [("*", None), (["*"], None), ([], frozenset()), (None, frozenset()), ("a,b", frozenset("ab"))],
)
def test_a_missing_claim_of_sites_means_no_course(sites: Any, seen: Any, place: Place) -> None:
    claims = {**SAID, "sub": "x", "sites": sites}
    assert person_of(claims, place.tower.settings).sites == seen


def test_a_claim_lies_as_deep_as_its_path_says(place: Place) -> None:
    settings = place.tower.settings.model_copy(update={"oidc_roles": "realm_access.roles"})
    claims = {"sub": "x", "staff_code": "S", "realm_access": {"roles": ["admin"]}, "sites": "*"}
    assert person_of(claims, settings).roles == {Role.ADMIN}
    with pytest.raises(NotTheirWord):
        person_of({**claims, "realm_access": "admin"}, settings)
