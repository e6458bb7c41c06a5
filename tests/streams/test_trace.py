"""What is said of a leg's readings: independent of their order, their messages, and any one product."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.trace import HOUR, MOST_TRENDS, Point, interval_of, summarise, trends

MINUTE = HOUR // 60

degrees = st.floats(-200, 40).map(lambda v: round(v, 1))
traces = st.dictionaries(st.integers(0, 200).map(lambda n: n * 10 * MINUTE), degrees, min_size=1)


def line(slope: float, hours: int, every: int = MINUTE * 30) -> list[Point]:
    return [(at, -190 + slope * at / HOUR, "e") for at in range(0, hours * HOUR, every)]


@given(traces)
def test_every_reading_outside_a_limit_lies_in_exactly_one_stretch(trace) -> None:
    points = [(at, value, "e") for at, value in sorted(trace.items())]
    leg = summarise("L", "leg", points, [])
    for limits, sign in ((leg.excursions, 1), (leg.below, -1)):
        for limit, stretches in limits:
            outside = [at for at, value, _ in points if sign * value > sign * limit]
            inside = [at for at, value, _ in points if sign * value <= sign * limit]
            assert sum(s.readings for s in stretches) == len(outside)
            for stretch in stretches:
                assert not any(stretch.start <= at <= stretch.end for at in inside)
                assert stretch.back == min(
                    (a for a in inside if a > stretch.end), default=stretch.end
                )


@given(traces)
def test_holes_are_the_gaps_longer_than_two_intervals(trace) -> None:
    leg = summarise("L", "leg", [(at, v, "e") for at, v in sorted(trace.items())], [])
    moments = sorted(trace)
    gaps = list(pairwise(moments))
    wanted = [(a, b) for a, b in gaps if leg.interval and b - a > 2 * leg.interval]
    assert [(h.start, h.end) for h in leg.holes] == wanted[:32]


def test_the_interval_is_not_known_from_two_readings() -> None:
    assert interval_of([0, 10]) == 0
    assert interval_of([0, 10, 30]) == 10
    assert interval_of([0, 10, 30, 50]) == 20


def test_an_even_rise_is_found_exactly() -> None:
    found = trends(line(1.5, 13))
    assert [t.at // HOUR for t in found] == [9, 12]
    assert {round(t.slope, 9) for t in found} == {1.5}
    assert round(found[-1].level, 9) == -190 + 1.5 * 12


def test_only_the_latest_looks_are_kept() -> None:
    assert len(trends(line(0.1, 24 * 10))) == MOST_TRENDS


def test_no_trend_is_drawn_on_from_a_rise_whose_next_readings_are_missing() -> None:
    rise = line(1.5, 13)
    late = [p for p in rise if p[0] <= 9 * HOUR] + [(16 * HOUR, -190.0, "e")]
    assert [t.at for t in trends(rise)] == [9 * HOUR, 12 * HOUR]
    assert [t.at for t in trends(late)] == [9 * HOUR]
    nearly = [p for p in rise if p[0] <= 9.5 * HOUR] + [(16 * HOUR, -190.0, "e")]
    assert [t.at for t in trends(nearly)] == [9 * HOUR, 12 * HOUR]


def test_a_few_odd_readings_are_no_trend() -> None:
    points = line(0.0, 13)
    odd = [(at, -151.0 if 6 <= n < 9 else value, e) for n, (at, value, e) in enumerate(points)]
    assert all(abs(t.slope) < 0.01 for t in trends(odd))
