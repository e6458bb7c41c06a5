"""What a demo run came to, judged by what was planted."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from connectors.simulator.labels import Label
from console.summary import Compared, Summary, compare, latencies, percentile
from schemas.alert import Alert, AlertState
from tests.console.told import alert
from tests.words import COURSE, OTHER, at


def label(code: str, coi: str | None = COURSE, thing: str | None = None) -> Label:
    return Label(journey=1, code=code, coi=coi, object=thing, way="planted", why="by a test")


def judged(*history: Alert, wanted: tuple[Label, ...] = ()) -> Compared:
    return compare(wanted, history)


def test_a_labelled_exception_that_was_raised_is_neither_missed_nor_false() -> None:
    assert judged(alert("SQ-04"), wanted=(label("SQ-04"),)) == Compared(1, 1, [], [])


def test_a_labelled_exception_without_an_alert_is_missed() -> None:
    assert judged(wanted=(label("SQ-04"),)).missed == [f"SQ-04 {COURSE}"]


def test_an_alert_that_nobody_labelled_is_false() -> None:
    assert judged(alert("SQ-04", OTHER), wanted=(label("SQ-04"),)) == Compared(
        1, 0, [f"SQ-04 {COURSE}"], [f"SQ-04 {OTHER}"]
    )


def test_an_alert_that_was_retracted_said_nothing_in_the_end() -> None:
    history = (alert("CU-03"), alert("CU-03", revision=2, state=AlertState.RETRACTED))

    assert judged(*history) == Compared(0, 0, [], [])
    assert judged(*reversed(history)) == Compared(0, 0, [], [])


def test_an_alert_that_was_resolved_was_raised() -> None:
    history = (alert("CU-03"), alert("CU-03", revision=2, state=AlertState.RESOLVED))

    assert judged(*history, wanted=(label("CU-03"),)).raised == 1


def test_an_alert_without_a_course_is_compared_by_its_object() -> None:
    orphan = alert("ID-04", None, thing="SAMPLE:S-9")

    assert judged(orphan, wanted=(label("ID-04", None, "SAMPLE:S-9"),)).raised == 1


def test_a_fact_is_timed_from_the_last_thing_it_rests_on() -> None:
    fact = alert("SQ-04")
    arrived = {str(event): 1_000 + 100 * n for n, event in enumerate(fact.evidence)}

    assert latencies([(fact, 1_700)], arrived, [(at(9), 1_650)]) == [1_700 - max(arrived.values())]


def test_an_absence_is_timed_from_the_tick_that_made_it_overdue() -> None:
    absence = alert("CU-03")
    arrived = {str(event): 1_000 for event in absence.evidence}
    before = (absence.raised_at - timedelta(minutes=1), 1_500)
    due, later = (absence.raised_at, 1_600), (absence.raised_at + timedelta(hours=1), 1_650)

    assert latencies([(absence, 1_700)], arrived, [before, due, later]) == [100]


def test_only_the_first_issue_of_an_alert_is_timed() -> None:
    again = alert("SQ-04", revision=2)

    assert latencies([(again, 9_000)], {str(e): 1 for e in again.evidence}, []) == []


def test_a_percentile_of_nothing_is_unknown() -> None:
    assert percentile([], 0.5) is None
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([1.0], 0.99) == 1.0


def test_the_summary_has_exactly_the_promised_keys() -> None:
    said = Summary(1, 2.04, {"mes": 3}, 4, 5, 6, Counter(x=7), judged()).as_json()

    assert said == {
        "journeys": 1,
        "seconds": 2.0,
        "messages": {"mes": 3},
        "events": 4,
        "records": 5,
        "waiting": 6,
        "quarantined": {"x": 7},
        "alerts": {"expected": 0, "raised": 0, "missed": [], "false": []},
        "latency_ms": {"p50": None, "p99": None},
    }


def test_an_alert_that_a_later_fact_disproves_was_raised_where_its_label_says_so() -> None:
    history = (alert("CU-03"), alert("CU-03", revision=2, state=AlertState.RETRACTED))
    passing = label("CU-03").model_copy(update={"stays": False})

    assert judged(*history, wanted=(passing,)) == Compared(1, 1, [], [])
    assert judged(*history, wanted=(label("CU-03"),)).missed == [f"CU-03 {COURSE}"]
