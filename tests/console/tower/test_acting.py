"""What people do goes to the log, once, with who, when, meaning and reason; or they are told why not."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from console.tower.access import Role
from console.trouble import Trouble
from schemas import topics
from schemas.alert import Alert, AlertState
from schemas.control import ActionKind, AlertAction
from schemas.wire import decode_contract, encode_contract
from tests.console.tower.conftest import Browser, Place
from tests.console.tower.world import alert, journeys, of_site

NOW = journeys()[1]
COURSE = of_site("hospital-1")[0]
GRAVE = alert("ID-01", COURSE, NOW, harm_in=3)


def act(browser: Browser, stated: Alert, kind: str, revision: int = 1, **more: Any) -> Any:
    said = {"kind": kind, "revision": revision, **more}
    return browser.send(f"/api/exceptions/{stated.alert_id}/actions", said)


def actions(place: Place) -> list[AlertAction]:
    return [
        decode_contract(AlertAction, message.value)
        for topic, message in place.published
        if topic == topics.ACTIONS
    ]


def test_an_action_says_who_when_and_why_under_the_key_of_its_course(
    place: Place, quality: Browser
) -> None:
    answer = act(quality, GRAVE, "assign", assignee="STAFF-9", reason="she is on duty")
    assert answer.status_code == 202
    (said,) = actions(place)
    assert (said.kind, said.actor, said.assignee) == (ActionKind.ASSIGN, "STAFF-QUALITY", "STAFF-9")
    assert (said.key, said.alert_id, said.reason) == (COURSE, GRAVE.alert_id, "she is on duty")
    assert said.acted_at == NOW.replace(microsecond=said.acted_at.microsecond)
    assert place.published[0][1].key == COURSE.encode()


def test_of_two_people_at_once_one_wins_and_the_other_is_told_of_him(place: Place) -> None:
    one, other = (place.browser(name, Role.COORDINATOR) for name in ("one", "other"))
    ready = threading.Barrier(2)
    answers = []

    def acknowledge(browser: Browser) -> None:
        ready.wait()
        answers.append(act(browser, GRAVE, "acknowledge"))

    threads = [threading.Thread(target=acknowledge, args=(b,)) for b in (one, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(a.status_code for a in answers) == [202, 409]
    (winner,) = actions(place)
    (lost,) = [a.json()["detail"] for a in answers if a.status_code == 409]
    assert lost.startswith(f"{winner.actor} was first")


def test_whoever_acts_on_an_old_picture_is_told_what_has_changed(place: Place) -> None:
    browser = place.browser("late", Role.COORDINATOR)
    newer = GRAVE.model_copy(
        update={"revision": 2, "state": AlertState.ACKNOWLEDGED, "acknowledged_by": "STAFF-1"}
    )
    place.hears("v2v.alerts.identity", str(GRAVE.alert_id), encode_contract(newer))
    answer = act(browser, GRAVE, "acknowledge", revision=1)
    assert answer.status_code == 409
    assert "it is acknowledged now, STAFF-1 takes care of it" in answer.json()["detail"]
    assert act(browser, GRAVE, "acknowledge", revision=2).status_code == 202


def test_a_claim_of_which_nothing_came_ends_by_itself(place: Place) -> None:
    one, other = (place.browser(name, Role.COORDINATOR) for name in ("one", "other"))
    assert act(one, GRAVE, "acknowledge").status_code == 202
    assert act(other, GRAVE, "acknowledge").status_code == 409
    assert act(one, GRAVE, "assign", assignee="STAFF-2").status_code == 202  # his own goes on
    place.passes(seconds=61)
    assert act(other, GRAVE, "acknowledge").status_code == 202


def test_what_the_log_did_not_take_is_told_and_may_be_said_again(place: Place) -> None:
    browser, taken = place.browser("one", Role.COORDINATOR), place.tower.acting._publish

    def fails(_: object) -> None:
        raise Trouble("no broker answers", "see 'v2v doctor'")

    place.tower.acting._publish = fails
    answer = act(browser, GRAVE, "acknowledge")
    assert (answer.status_code, answer.json()["detail"]) == (
        503,
        "no broker answers: see 'v2v doctor'",
    )
    place.tower.acting._publish = taken
    other = place.browser("other", Role.COORDINATOR)
    assert act(other, GRAVE, "acknowledge").status_code == 202


@pytest.mark.parametrize("role", [r for r in Role if r is not Role.QUALITY])
def test_an_identity_or_release_exception_is_closed_by_quality_only(
    place: Place, role: Role
) -> None:
    answer = act(
        place.browser("somebody", role), GRAVE, "close", reason="it is well", disposition="mended"
    )
    assert answer.status_code == 403
    assert place.published == []


@pytest.mark.parametrize("reason", ["", "   "])
@pytest.mark.parametrize("kind", ["close", "comment", "shelve"])
def test_nothing_is_closed_shelved_or_commented_without_a_reason(
    place: Place, quality: Browser, kind: str, reason: str
) -> None:
    answer = act(quality, GRAVE, kind, reason=reason)
    assert (answer.status_code, "needs a reason" in answer.json()["detail"]) == (422, True)
    assert place.published == []


def test_quality_closes_with_reason_and_disposition(place: Place, quality: Browser) -> None:
    done = act(quality, GRAVE, "close", reason="both labels checked", disposition="mended")
    assert done.status_code == 202
    (said,) = actions(place)
    assert (said.kind, said.reason, said.disposition) == (
        ActionKind.CLOSE,
        "both labels checked",
        "mended",
    )


def test_what_is_over_can_be_commented_and_what_a_person_closed_opened_again(
    place: Place, quality: Browser
) -> None:
    closed = GRAVE.model_copy(update={"revision": 2, "state": AlertState.CLOSED})
    place.hears("v2v.alerts.identity", str(GRAVE.alert_id), encode_contract(closed))
    assert act(quality, GRAVE, "acknowledge", 2).status_code == 422
    assert act(quality, GRAVE, "comment", 2, reason="for the file").status_code == 202
    assert act(quality, GRAVE, "reopen", 2, reason="it was not so").status_code == 202
    resolved = closed.model_copy(update={"revision": 3, "state": AlertState.RESOLVED})
    place.hears("v2v.alerts.identity", str(GRAVE.alert_id), encode_contract(resolved))
    assert act(quality, GRAVE, "reopen", 3, reason="no").status_code == 422


def test_one_comment_serves_many_and_all_or_none_are_said(place: Place, quality: Browser) -> None:
    rows = quality.get("/api/exceptions").json()["rows"]
    chosen = [f"{row['alert_id']}@{row['revision']}" for row in rows]
    answer = quality.post("/exceptions/act", alert=chosen, kind="comment", reason="courier called")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"sent={len(chosen)}")
    assert {str(a.alert_id) for a in actions(place)} == {row["alert_id"] for row in rows}
    assert len(actions(place)) == len(chosen) >= 3

    place.published.clear()
    again = quality.post(
        "/exceptions/act",
        alert=[*chosen, "00000000-0000-0000-0000-000000000000@1"],
        kind="acknowledge",
    )
    assert again.status_code == 404
    assert place.published == []


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "acknowledge"},
        {"kind": "explode", "alert": "x@1"},
        {"kind": "unknown_to_reader", "alert": f"{GRAVE.alert_id}@1"},
        {"kind": "assign", "alert": f"{GRAVE.alert_id}@1"},
        {"kind": "acknowledge", "alert": f"{GRAVE.alert_id}"},
        {"kind": "comment", "alert": f"{GRAVE.alert_id}@1", "reason": "x" * 2001},
    ],
)
def test_a_form_that_is_not_complete_is_told_in_one_line(
    place: Place, quality: Browser, fields: dict[str, str]
) -> None:
    answer = quality.post("/exceptions/act", **fields)
    assert answer.status_code == 422
    assert place.published == []


def test_a_form_leads_back_to_a_page_of_this_tower_only(quality: Browser) -> None:
    fields = {"kind": "comment", "alert": f"{GRAVE.alert_id}@1", "reason": "x"}
    there = quality.post("/exceptions/act", **fields, back="https://evil.test/")
    assert there.headers["location"] == "/"
    here = quality.post("/exceptions/act", **fields, back="/?hazard=identity")
    assert here.headers["location"] == "/?hazard=identity&sent=1"


def test_a_released_message_goes_its_way_again_with_who_let_it(
    place: Place, quality: Browser
) -> None:
    path = "/quarantine/00000000-0000-0000-0000-000000000001/release"
    assert quality.post(path, reason=" ").status_code == 422
    assert quality.post(path, reason="owner confirmed").status_code == 303
    ((topic, message),) = place.published
    said = dict(message.headers)
    assert topic == topics.RELEASED
    assert message.value == b"\xc3\x01<b>bytes</b>"
    assert said["v2v_released_by"] == b"STAFF-QUALITY"
    assert said["v2v_release_reason"] == b"owner confirmed"
    assert said["v2v_topic"] == b"v2v.in.lims.lab-1"


def test_what_has_to_be_mended_cannot_be_released(place: Place, quality: Browser) -> None:
    path = "/api/quarantine/00000000-0000-0000-0000-000000000002/release"
    answer = quality.send(path, {"reason": "please"})
    assert (answer.status_code, "cannot be released" in answer.json()["detail"]) == (422, True)
    assert place.published == []


def test_the_page_says_who_is_changing_it_now(place: Place, quality: Browser) -> None:
    assert act(quality, GRAVE, "acknowledge").status_code == 202
    page = quality.get(f"/exceptions/{GRAVE.alert_id}").text
    assert "STAFF-QUALITY has just said “acknowledge”" in page
    said = encode_contract(actions(place)[0])
    place.hears(topics.ACTIONS, COURSE, said)
    newer = GRAVE.model_copy(update={"revision": 2, "state": AlertState.ACKNOWLEDGED})
    place.hears("v2v.alerts.identity", str(GRAVE.alert_id), encode_contract(newer))
    page = quality.get(f"/exceptions/{GRAVE.alert_id}").text
    assert "has just said" not in page
    assert "<strong>STAFF-QUALITY</strong> acknowledge" in page


def test_the_api_holds_a_person_s_own_form_against_forgery(quality: Browser) -> None:
    path = f"/api/exceptions/{GRAVE.alert_id}/actions"
    answer = quality.client.post(path, json={"kind": "acknowledge", "revision": 1})
    assert answer.status_code == 403


WARM = alert("TC-01", of_site("hospital-1")[-1], NOW, harm_in=1)


def test_what_is_shelved_says_until_when_and_stands_apart(place: Place, quality: Browser) -> None:
    assert act(quality, WARM, "shelve", reason="customs", hours=4).status_code == 202
    (said,) = actions(place)
    assert said.until == said.acted_at + timedelta(hours=4)
    shelved = WARM.model_copy(
        update={
            "revision": 2,
            "state": AlertState.SHELVED,
            "shelved_by": said.actor,
            "shelved_until": said.until,
        }
    )
    place.hears("v2v.alerts.condition", str(WARM.alert_id), encode_contract(shelved))
    page = quality.get("/").text
    assert "TC-01" not in page.partition("<tbody>")[2].partition("</tbody>")[0]
    assert "1 on the shelf" in page
    assert "TC-01" in quality.get("/?state=shelved").text
    assert act(quality, WARM, "unshelve", 2).status_code == 202


@pytest.mark.parametrize("hours", [None, 0.0, -1.0, 100_000.0])
def test_nothing_is_shelved_for_ever_or_for_no_time(
    place: Place, quality: Browser, hours: float | None
) -> None:
    more: dict[str, Any] = {} if hours is None else {"hours": hours}
    answer = act(quality, WARM, "shelve", reason="customs", **more)
    assert answer.status_code == 422
    assert place.published == []


def test_an_identity_or_release_exception_is_shelved_by_nobody(
    place: Place, quality: Browser
) -> None:
    answer = act(quality, GRAVE, "shelve", reason="later", hours=1)
    assert answer.status_code == 422
    assert "which nobody may shelve" in answer.json()["detail"]
    page = quality.get(f"/exceptions/{GRAVE.alert_id}").text
    assert 'value="shelve"' not in page
    assert place.published == []


def test_closing_needs_a_disposition_of_the_catalogue(place: Place, quality: Browser) -> None:
    for word in ("", "whatever"):
        answer = act(quality, GRAVE, "close", reason="it is well", disposition=word)
        assert answer.status_code == 422
    assert place.published == []
