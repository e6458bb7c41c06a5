"""The critical path: what is expected of each step, what holds the course back, how much time is left."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.simulator.timeline import START as FIRST_DAY
from connectors.simulator.timeline import draw_timeline
from schemas.catalogue import EVENT_BY_NAME
from schemas.profile import PATH_BEGINS, PATH_ENDS, PathStep, Status, TherapyProfile
from schemas.profiles import InvalidProfile, read_profile, shipped
from schemas.record import Forecast
from streams.path import Facts, forecast
from tests.words import HOUR, at

QUICK, SLOW, LAST = "manufacture.BatchStarted", "manufacture.ProductFilled", PATH_ENDS


def step(name: str, *after: str, p50: float, p90: float) -> PathStep:
    return PathStep(
        step=name,
        after=after,
        p50_hours=p50,
        p90_hours=p90,
        owner="clinic",
        source="made up for this test",
        status=Status.ASSUMPTION,
    )


PATH = (
    step(QUICK, PATH_BEGINS, p50=10, p90=13),
    step(SLOW, PATH_BEGINS, p50=20, p90=24),
    step(LAST, QUICK, SLOW, p50=5, p90=8),
)


def expected(**more) -> Forecast:
    found = forecast(PATH, Facts(**more))
    assert found is not None
    return found


def line(of: Forecast, name: str):
    return next(step for step in of.steps if step.step == name)


def test_medians_add_up_on_the_longest_way_and_spreads_as_the_root_of_their_squares() -> None:
    found = expected(done={PATH_BEGINS: at(0)})
    assert found.infusion_p50_at == at(25)
    assert found.infusion_p90_at == at(30)  # the root of 4 x 4 + 3 x 3 is 5
    assert found.holding == SLOW


def test_a_step_that_was_late_pushes_the_rest_and_then_holds_the_course_back_no_longer() -> None:
    found = expected(done={PATH_BEGINS: at(0), SLOW: at(30)})
    assert (found.infusion_p50_at, found.infusion_p90_at) == (at(35), at(38))
    assert line(found, SLOW).planned_at == at(20)
    assert line(found, SLOW).happened_at == at(30)
    assert found.holding == LAST


def test_slack_is_counted_back_from_the_planned_infusion_and_from_the_limits() -> None:
    facts = {"done": {PATH_BEGINS: at(0)}, "planned": {LAST: at(40)}}
    assert line(expected(**facts), SLOW).latest_at == at(35)
    assert line(expected(**facts), QUICK).latest_at == at(35)
    assert expected(**facts).harm_at is None
    limited = expected(**facts, limits={QUICK: at(12), LAST: at(38)})
    assert line(limited, QUICK).latest_at == at(12)
    assert line(limited, SLOW).latest_at == at(33)
    assert limited.harm_at == at(12)


def test_a_limit_ends_with_its_step() -> None:
    done = {PATH_BEGINS: at(0), QUICK: at(11)}
    assert expected(done=done, limits={QUICK: at(12), LAST: at(38)}).harm_at == at(38)


def test_without_a_collection_nothing_is_forecast_and_a_planned_one_is_enough() -> None:
    assert forecast(PATH, Facts({})) is None
    assert forecast((), Facts({PATH_BEGINS: at(0)})) is None
    found = expected(done={}, planned={PATH_BEGINS: at(2)})
    assert (found.infusion_p50_at, found.holding) == (at(27), PATH_BEGINS)


def test_after_the_infusion_the_forecast_is_the_fact() -> None:
    found = expected(done={PATH_BEGINS: at(0), LAST: at(50)}, limits={LAST: at(60)})
    assert found.infusion_p50_at == found.infusion_p90_at == at(50)
    assert found.holding is None
    assert found.harm_at is None
    assert all(step.p50_at is None for step in found.steps)


def moments() -> st.SearchStrategy[float]:
    return st.integers(0, 60).map(float)


@settings(max_examples=200, deadline=None)
@given(
    done=st.dictionaries(st.sampled_from([PATH_BEGINS, QUICK, SLOW, LAST]), moments()),
    planned=st.dictionaries(st.sampled_from([PATH_BEGINS, LAST]), moments()),
    which=st.integers(0, 3),
    later=moments(),
)
def test_a_fact_that_comes_later_never_makes_a_forecast_earlier(
    done: dict[str, float], planned: dict[str, float], which: int, later: float
) -> None:
    plans = {name: at(hour) for name, hour in planned.items()}
    before = forecast(PATH, Facts({name: at(hour) for name, hour in done.items()}, plans))
    if before is None or not done:
        return
    moved = sorted(done)[which % len(done)]
    after = forecast(
        PATH,
        Facts({n: at(h + (later if n == moved else 0)) for n, h in done.items()}, plans),
    )
    assert after is not None
    assert after.infusion_p50_at >= before.infusion_p50_at
    assert after.infusion_p90_at >= before.infusion_p90_at
    assert before.infusion_p90_at >= before.infusion_p50_at
    if LAST not in done:
        assert before.infusion_p50_at >= max(at(hour) for hour in done.values())


@pytest.mark.parametrize("profile", shipped(), ids=lambda profile: profile.name)
def test_most_clean_journeys_are_infused_before_the_p90_told_at_collection(
    profile: TherapyProfile,
) -> None:
    early, total = 0, 200
    whole = []
    for seed in range(total):
        times = draw_timeline(FIRST_DAY, profile, 1, Random(seed))
        # no plan is told, since the simulator's partners plan what will happen
        found = forecast(profile.path, Facts({PATH_BEGINS: times["collected"]}))
        assert found is not None
        early += times["infusion:1"] <= found.infusion_p90_at
        whole.append(times["infusion:1"] - times["collected"])
        median = found.infusion_p50_at - times["collected"]
    assert 0.8 <= early / total <= 1
    assert min(whole) < median < max(whole)


@pytest.mark.parametrize("profile", shipped(), ids=lambda profile: profile.name)
def test_the_steps_of_every_path_are_events_of_the_catalogue(profile: TherapyProfile) -> None:
    assert {step.step for step in profile.path} <= set(EVENT_BY_NAME)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        (PATH[:2], "must end with"),
        ((PATH[0], PATH[0], PATH[2]), "twice"),
        ((PATH[2],), "does not name before"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(path: tuple[PathStep, ...], why: str) -> None:
    good = shipped()[0].model_dump(mode="json", exclude_none=True)
    good["path"] = [step.model_dump(mode="json") for step in path]
    with pytest.raises(InvalidProfile, match=why):
        read_profile(str(good), "made-up.yaml")


def test_a_p90_below_the_median_is_refused() -> None:
    with pytest.raises(ValueError, match="p90_hours"):
        step(QUICK, PATH_BEGINS, p50=10, p90=9)


def test_a_slow_way_with_little_spread_and_a_quick_one_with_much_both_count_for_p90() -> None:
    path = (
        step(QUICK, PATH_BEGINS, p50=18, p90=38),
        step(SLOW, PATH_BEGINS, p50=20, p90=21),
        step(LAST, QUICK, SLOW, p50=5, p90=5),
    )
    found = forecast(path, Facts({PATH_BEGINS: at(0)}))
    assert found is not None
    assert (found.infusion_p50_at, found.infusion_p90_at) == (at(25), at(43))
    assert found.infusion_p90_at - found.infusion_p50_at == timedelta(hours=18) == 18 * HOUR
