"""What changes reaches an open page and another dashboard at once, and is not lost while nobody listens."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import httpx2
import pytest

from console.tower import live
from console.tower.access import Role
from console.tower.asking import WrongQuestion
from console.tower.live import place_of
from schemas.alert import Alert, AlertState
from schemas.wire import encode_contract
from tests.console.tower.conftest import PASSWORD, Place
from tests.console.tower.world import alert, journeys, of_site

NOW = journeys()[1]
COURSE = of_site("hospital-1")[0]


class Told(NamedTuple):
    """One server-sent event."""

    name: str
    data: str
    place: str

    @property
    def json(self) -> Any:
        return json.loads(self.data)


@contextmanager
def listening(place: Place, path: str, **headers: str) -> Iterator[Iterator[Told]]:
    """The events of a stream, as they come."""
    with httpx2.stream(
        "GET", f"{place.tower.settings.origin}{path}", headers=headers, timeout=20
    ) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield events(answer.iter_lines())


def events(lines: Iterator[str]) -> Iterator[Told]:
    held: dict[str, list[str]] = {}
    for line in lines:
        if line:
            name, _, content = line.partition(": ")
            held.setdefault(name.rstrip(":"), []).append(content)
        elif held:
            yield Told(
                "".join(held.get("event", [])),
                "\n".join(held.get("data", [])),
                "".join(held.get("id", [])),
            )
            held = {}


def bearer(place: Place) -> dict[str, str]:
    token = place.tower.tokens.make_token("wall", None, place.clock[0], 30)
    return {"Authorization": f"Bearer {token}"}


def says(place: Place, stated: Alert) -> None:
    place.hears(f"v2v.alerts.{stated.hazard.value}", str(stated.alert_id), encode_contract(stated))


def upto_fresh(told: Iterator[Told]) -> list[Told]:
    found: list[Told] = []
    for one in told:
        if one.name == "fresh":
            return found
        found.append(one)
    return found


def test_a_dashboard_gets_all_that_stands_then_every_change(served: Place) -> None:
    stated = alert("ID-05", COURSE, NOW)
    with listening(served, "/api/alerts/stream", **bearer(served)) as told:
        standing = upto_fresh(told)
        assert {"ID-01", "TC-01", "ID-04"} <= {one.json["code"] for one in standing}
        says(served, stated)
        (new,) = upto_fresh(told)
        assert (new.name, new.json["alert_id"]) == ("alert", str(stated.alert_id))
        over = stated.model_copy(update={"state": AlertState.RESOLVED, "revision": 2})
        says(served, over)
        (ended,) = upto_fresh(told)
        assert (ended.json["state"], ended.json["open"]) == ("resolved", False)


def test_what_comes_while_the_tower_looks_for_news_does_not_wait(
    served: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is said between the look and the wait would else be told at the next sign of life."""
    stated, looks = alert("ID-05", COURSE, NOW), live._changes

    def look(*asked: Any) -> Any:
        found = looks(*asked)
        if not said:
            says(served, stated)
            said.append(stated)
            time.sleep(0.05)  # the ring reaches the loop before the looking thread does
        return found

    said: list[Alert] = []
    monkeypatch.setattr(live, "EVERY_SECONDS", 3600.0)
    monkeypatch.setattr(live, "_changes", look)
    with listening(served, "/api/alerts/stream", **bearer(served)) as told:
        upto_fresh(told)
        assert [one.json["alert_id"] for one in upto_fresh(told)] == [str(stated.alert_id)]


def test_a_dashboard_that_comes_back_misses_nothing_and_hears_nothing_twice(served: Place) -> None:
    headers = bearer(served)
    with listening(served, "/api/alerts/stream", **headers) as told:
        last = upto_fresh(told)[-1].place
    first, second = alert("ID-05", COURSE, NOW), alert("ID-06", COURSE, NOW)
    says(served, first)
    says(served, second)
    with listening(served, "/api/alerts/stream", **headers, **{"Last-Event-ID": last}) as told:
        missed = [one.json["alert_id"] for one in upto_fresh(told)]
    assert missed == [str(first.alert_id), str(second.alert_id)]


def test_after_a_rebuild_a_dashboard_is_told_to_forget(served: Place) -> None:
    headers = {**bearer(served), "Last-Event-ID": "another-7"}
    with listening(served, "/api/alerts/stream", **headers) as told:
        found = upto_fresh(told)
    assert found[0].name == "reset"
    assert len(found) > 3


def test_a_stream_tells_only_what_the_listener_may_see(served: Place) -> None:
    token = served.tower.tokens.make_token("one", frozenset({"hospital-1"}), served.clock[0], 1)
    with listening(served, "/api/alerts/stream", Authorization=f"Bearer {token}") as told:
        courses = {one.json.get("coi") for one in upto_fresh(told)}
    assert courses
    assert courses <= set(of_site("hospital-1"))


def test_a_stream_ends_when_its_token_is_revoked(served: Place) -> None:
    headers = bearer(served)
    with listening(served, "/api/alerts/stream", **headers) as told:
        upto_fresh(told)
        served.tower.tokens.revoke_token("wall")
        says(served, alert("ID-05", COURSE, NOW))
        assert upto_fresh(told) == []
        assert list(told) == []


def cookie(place: Place) -> dict[str, str]:
    place.account("watcher", Role.COORDINATOR)
    secret = place.tower.accounts.sign_in("watcher", PASSWORD, place.clock[0])
    return {"Cookie": f"v2v-session={secret}"}


def test_an_open_page_is_told_of_new_rows_and_of_changed_ones_in_their_place(served: Place) -> None:
    with served.tower.snapshot() as database:
        since = served.tower.fresh(database).place
    grave = alert("ID-01", COURSE, NOW, harm_in=3)
    with listening(served, f"/live?hazard=identity&since={since}", **cookie(served)) as told:
        assert "new" not in next(told).data.partition("<hx-partial")[0]
        says(served, alert("TC-01", COURSE, NOW, thing="SHIPMENT:other"))
        assert "new" not in next(told).data.partition("<hx-partial")[0]  # of another hazard
        says(served, alert("ID-05", COURSE, NOW))
        assert "1 new: show it" in next(told).data
        newer = grave.model_copy(update={"state": AlertState.ACKNOWLEDGED, "revision": 2})
        says(served, newer)
        part = next(told).data
        assert f'hx-target="#alert-{grave.alert_id}"' in part
        assert f"{grave.alert_id}@2" in part
        assert "new: show" not in part  # what was announced is not announced again


def test_many_tabs_cost_no_second_reader(served: Place) -> None:
    headers = cookie(served)
    with served.tower.snapshot() as database:
        since = served.tower.fresh(database).place
    with (
        listening(served, f"/live?since={since}", **headers) as one,
        listening(served, f"/live?since={since}", **headers) as other,
    ):
        next(one), next(other)
        says(served, alert("ID-05", COURSE, NOW))
        assert "1 new" in next(one).data
        assert "1 new" in next(other).data


@pytest.mark.parametrize("told", ["", "x", "a-b", "-", "a--1"])
def test_a_place_that_this_tower_has_not_told_is_refused(told: str) -> None:
    with pytest.raises(WrongQuestion):
        place_of(told)
