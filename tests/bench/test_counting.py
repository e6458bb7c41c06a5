"""The counting job says what a count by hand says, and a repeat says nothing new."""

from __future__ import annotations

from collections import Counter

from tests.bench import counting
from tests.bench.races import Race, course_in, summary


def test_the_oracle_counts_every_event_once() -> None:
    records, alerts = counting.expected(3_000)
    counted = Counter(event["course"] for event in counting.events(3_000))
    assert {course: record["n"] for course, record in records.items()} == counted
    over = [e for e in counting.events(3_000) if e["reading"] > counting.LIMIT]
    assert alerts == sorted(f"alert-{e['event_id']}" for e in over)
    assert 0.01 < len(alerts) / 3_000 < 0.03


def test_a_repeat_among_the_last_eight_changes_nothing() -> None:
    event = next(counting.events(1))
    record, _ = counting.fold(None, event)
    assert counting.fold(record, event) == (record, None)


def test_an_event_comes_back_from_the_wire_as_it_was() -> None:
    for event in counting.events(50):
        assert counting.decode(counting.encode(event)) == event


def test_the_course_is_found_in_any_engine_s_key() -> None:
    for key in (b"COI-000007", b'"COI-000007"', b"COI-000007|record"):
        assert course_in(key) == "COI-000007"
    assert course_in(b"\x00bench.count") is None


def test_an_engine_without_a_right_result_has_no_ratio_and_no_bar() -> None:
    race = Race("count", ("v2v", "quix", "hand"), {"quix": 1.4, "hand": 0.8}, None, None)  # type: ignore[arg-type]
    told = summary(race, {"v2v": [90.0, 100.0, 110.0], "quix": [], "hand": [120.0]})
    assert told["ratios"] == {"v2v/hand": 0.83}
    assert told["bars"] == {"v2v/quix >= 1.4": None, "v2v/hand >= 0.8": True}
