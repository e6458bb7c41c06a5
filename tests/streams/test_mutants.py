"""How much the tests of the detectors notice: small mistakes are planted, and nearly all must be found."""

from __future__ import annotations

from importlib import import_module

import pytest

from tests.streams import mutants_count
from tests.streams.mutants import noticed, planted
from tests.streams.mutants_count import judges_of, mistakes


def test_a_mistake_is_noticed_while_it_is_planted_and_not_before_or_after() -> None:
    judges = judges_of("custody_overlap")
    module = import_module("streams.detectors.custody_overlap")
    assert not noticed(judges)
    seen = 0
    for mistake in mistakes("custody_overlap")[:5]:
        with planted(module, mistake):
            seen += noticed(judges)
    assert seen >= 4
    assert not noticed(judges)


@pytest.mark.slow
def test_nearly_every_small_mistake_in_a_detector_is_noticed() -> None:
    assert mutants_count.main([]) == 0
