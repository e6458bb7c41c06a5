"""Law: partitions, and whatever overtakes what between them, do not matter."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from tests.streams.partitioned import Partitioned
from tests.streams.test_laws import chances, examples, shuffled
from tests.streams.world import difference, histories, said_by, state_of
from tests.words import Arrival


@examples(120)
@given(histories(), chances, st.sampled_from([1, 2, 4]))
def test_what_overtakes_what_between_topics_and_partitions_does_not_matter(
    lines: list[Arrival], random: Random, partitions: int
) -> None:
    live = Partitioned(partitions, random)
    live.take_all(shuffled(lines, random))
    assert difference(said_by(live), state_of(lines)) == ""
