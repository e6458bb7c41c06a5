"""How often a message has failed is known across restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.engine.failures import Failures


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "failures.json"


def test_tries_are_counted_across_restarts(file):
    for tries in (1, 2, 3):
        assert Failures(file).add(("in", 0, 7), "ValueError: no").tries == tries
    failure = Failures(file).of(("in", 0, 7))
    assert failure is not None
    assert (failure.tries, failure.reason) == (3, "ValueError: no")


def test_another_message_is_not_blamed(file):
    Failures(file).add(("in", 0, 7), "no")
    assert Failures(file).of(("in", 0, 8)) is None
    assert Failures(file).of(("in", 1, 7)) is None


def test_what_has_been_passed_is_forgotten(file):
    failures = Failures(file)
    failures.add(("in", 0, 7), "no")
    failures.add(("in", 1, 7), "no")
    failures.passed({("in", 0): 8})
    assert failures.of(("in", 0, 7)) is None
    assert Failures(file).of(("in", 1, 7)) is not None


def test_what_has_not_been_passed_is_kept(file):
    failures = Failures(file)
    failures.add(("in", 0, 7), "no")
    failures.passed({("in", 0): 7})
    assert failures.of(("in", 0, 7)) is not None


def test_a_batch_under_suspicion_is_handed_out_one_by_one_until_it_has_passed(file):
    Failures(file).suspect("in", 0, 90)
    failures = Failures(file)
    assert failures.one_by_one_until("in", 0) == 90
    assert failures.one_by_one_until("in", 1) == -1
    failures.passed({("in", 0): 91})
    assert failures.one_by_one_until("in", 0) == -1
    assert not failures


def test_nothing_known_is_nothing_to_look_up(file):
    assert not Failures(file)
    assert not file.exists()


def test_a_long_reason_is_cut(file):
    assert len(Failures(file).add(("in", 0, 1), "x" * 10_000).reason) == 1_000
