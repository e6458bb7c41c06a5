"""What a connector was given and what it published, compared: nothing lost, nothing counted twice, in order.

Pure: what was sent and what stands on the topic are handed in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.wire import WireMessage
from streams.admission import Admitted, Sound, admit, inspect
from streams.quarantine import Outcome
from tests.connectors.running import Published


@dataclass(frozen=True)
class Account:
    """The difference between what was sent and what came of it."""

    sent: int
    published: int
    """Messages on the topic; those said again after a crash are among them."""
    lost: int
    """Sent, and nowhere on the topic."""
    made_up: int
    """On the topic, and never sent."""
    differing: int
    """Ids that stand on the topic with two contents."""
    admitted: int
    """Events that the pipeline takes for news: each must count exactly once."""
    out_of_order: int
    """Sources whose events first appear otherwise than they were sent, in a partition."""

    @property
    def exact(self) -> bool:
        """Whether every message counts exactly once in effect, in the order of its source."""
        wrong = self.lost + self.made_up + self.differing + self.out_of_order
        return not wrong and self.admitted == self.sent


def account(
    topic: str, sent: Mapping[str, Sequence[str]], published: Sequence[Published]
) -> Account:
    """Compare the ids that each source sent, in order, with what stands on the topic."""
    expected = {key for keys in sent.values() for key in keys}
    found = {message.key for message in published}
    contents: dict[str, set[bytes]] = {}
    states: dict[str, Admitted] = {}
    admitted = 0
    for message in published:
        contents.setdefault(message.key, set()).add(message.value)
        headers = tuple(message.headers.items())
        judged = inspect(topic, WireMessage(message.key.encode(), message.value, headers))
        if isinstance(judged, Sound):
            states[message.key], _, outcome = admit(states.get(message.key), judged)
            admitted += outcome is Outcome.ADMITTED
    return Account(
        sent=len(expected),
        published=len(published),
        lost=len(expected - found),
        made_up=len(found - expected),
        differing=sum(len(values) > 1 for values in contents.values()),
        admitted=admitted,
        out_of_order=sum(not _in_order(keys, published) for keys in sent.values()),
    )


def _in_order(keys: Sequence[str], published: Sequence[Published]) -> bool:
    place = {key: number for number, key in enumerate(keys)}
    latest: dict[int, int] = {}
    seen: set[str] = set()
    for message in published:
        if message.key not in place or message.key in seen:
            continue
        seen.add(message.key)
        if place[message.key] < latest.get(message.partition, -1):
            return False
        latest[message.partition] = place[message.key]
    return True
