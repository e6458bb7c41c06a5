"""To which partition a key belongs, as Kafka's own clients say and this engine's producer does."""

from __future__ import annotations

from functools import lru_cache

from aiokafka.partitioner import murmur2


@lru_cache(maxsize=65_536)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition of a key among so many; what setting `murmur2_random` of librdkafka does with a key."""
    return int((murmur2(key) & 0x7FFFFFFF) % partitions)
