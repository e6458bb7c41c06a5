"""The partition of a key, beside the client that sends by it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streams.engine.partitioner import partition_of


def test_keys_fall_where_kafkas_own_client_puts_them():
    """Figures of Kafka's own tests of its partitioner's hash, and some by hand."""
    hashes = {
        b"21": -973932308,
        b"foobar": -790332482,
        b"a-little-bit-long-string": -985981536,
        b"a-little-bit-longer-string": -1486304829,
        b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
        b"abc": 479470107,
    }
    for key, murmur in hashes.items():
        assert partition_of(key, 1_000) == (murmur & 0x7FFFFFFF) % 1_000


@given(st.binary(max_size=60), st.integers(1, 200))
def test_every_key_has_a_partition(key, partitions):
    assert 0 <= partition_of(key, partitions) < partitions
