"""The outage drill: one partner silent for six hours among 200 courses, and exactly the right ones named in the right order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from connectors.simulator.outage import drill
from console.drill_verb import EVERY, Look, alert_of, ended, played
from schemas.alert import Severity
from schemas.envelope import System
from tests.console.conftest import Ask

SIX_HOURS = timedelta(hours=6)


def test_of_200_courses_exactly_those_in_danger_are_named_in_order_of_the_time_left() -> None:
    plan = drill(200, 1, System.LOGISTICS, 6)
    looks, replay = played(plan)

    assert plan.until - plan.since == SIX_HOURS
    assert len(looks) == SIX_HOURS / EVERY - 1
    assert [look.at for look in looks if look.named != look.expected] == []
    for look in looks:
        assert look.alert is not None
        assert look.alert.severity is Severity.S1
        assert look.alert.raised_at == plan.since + EVERY
        assert look.alert.harm_at == look.expected[0].harm_at
    sizes = {len(look.expected) for look in looks}
    assert max(sizes) > 20
    assert len(sizes) > 1  # some arrive meanwhile, and others are collected
    assert ended(plan, replay)
    assert alert_of(plan, replay) is None


@pytest.mark.parametrize("system", [System.MES, System.CLINIC])
def test_each_partner_s_silence_names_its_own_courses(system: System) -> None:
    plan = drill(40, 2, system, 3)
    looks, replay = played(plan)

    assert [look.at for look in looks if not look.right] == []
    assert all(look.alert is not None for look in looks)
    assert ended(plan, replay)


def test_a_drill_tells_who_was_wrongly_named_or_not(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = ask("drill", "--journeys", "24", "--hours", "2", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["wrong"] == 0
    assert answer.json["looks"] == 7
    assert answer.json["ended_with_the_silence"] is True

    monkeypatch.setattr(Look, "named", property(lambda look: look.expected[1:]))
    answer = ask("drill", "--journeys", "24", "--hours", "2")
    assert answer.code == 1
    assert "wrong at 2026-" in answer.err
