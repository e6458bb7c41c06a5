"""How much the tests of the detectors notice: small mistakes are planted, and nearly all must be found."""

from __future__ import annotations

from random import Random

import pytest

from streams.detectors import condition, custody, identity, quality, release, sequence, timing
from tests.streams.detectors import (
    test_condition,
    test_custody,
    test_identity,
    test_quality,
    test_release,
    test_sequence,
    test_timing,
)
from tests.streams.mutants import cases, mutants, noticed, planted

PAIRS = (
    (condition, test_condition),
    (custody, test_custody),
    (identity, test_identity),
    (quality, test_quality),
    (release, test_release),
    (sequence, test_sequence),
    (timing, test_timing),
)
MOST = 400
ENOUGH = 0.95


def test_the_tests_hold_when_nothing_is_planted_and_afterwards() -> None:
    for _, tests in PAIRS:
        assert not noticed(cases(tests))


@pytest.mark.slow
def test_nearly_every_small_mistake_in_a_detector_is_noticed(capsys) -> None:
    judges = {tests: cases(tests) for _, tests in PAIRS}
    every = [(module, tests, mutant) for module, tests in PAIRS for mutant in mutants(module)]
    if len(every) > MOST:
        every = Random(1).sample(every, MOST)
    unnoticed: list[str] = []
    for module, tests, mutant in every:
        with planted(module, mutant):
            if not noticed(judges[tests]):
                unnoticed.append(mutant.place)
    share = 1 - len(unnoticed) / len(every)
    with capsys.disabled():
        print(f"\n{len(every)} mistakes planted, {share:.1%} noticed; not: {unnoticed}")
    assert share >= ENOUGH
