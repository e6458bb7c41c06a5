"""One batch on its way from the poll to the commit."""

from __future__ import annotations

from typing import Any

from faust.types import TP

from streams.engine.received import Received


class Work:
    """What one transaction takes on, and in the name of which generation of the group."""

    def __init__(self, messages: list[Received], generation: Any, began: float) -> None:
        self.messages, self.generation, self.began = len(messages), generation, began
        self.parts: dict[TP, list[Received]] = {}
        for message in messages:
            self.parts.setdefault(TP(message.topic(), message.partition()), []).append(message)
        self.offsets = {tp: part[-1].offset() + 1 for tp, part in self.parts.items()}
        """Next offset of each source partition, once this is committed."""
        self.written: dict[TP, int] = {}
        """How many transactions have written each partition of a changelog, with this one."""
        self.by_topic: dict[str, int] = {}
        for tp, part in self.parts.items():
            self.by_topic[tp.topic] = self.by_topic.get(tp.topic, 0) + len(part)
        self.committed = False
        """Whether the commit has come back, and the local stores hold what it said."""
