"""What is known of one partner's system: when it was heard, who waits for it, and what of its words was set aside.

Everything is kept so that it is the same whatever order it came in: the latest of what was said up to
now, what is dated later, the first few of what was refused on one day, the numbers that were heard as
stretches. Words that are dated after the clock wait until it has come that far, so that a partner
cannot hide its silence by a time to come. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from bisect import bisect_right

import msgspec

from streams import messages
from streams.messages import Heard, Reliance
from streams.moments import Micros

DAY: Micros = 86_400 * 1_000_000

MOST_REFUSED = 5
"""So many entries of one reason and day are named; whoever mends the first of them mends the others."""

MOST_DAYS = 400
"""For so many days it is known on which a clock was off or a worker behind."""

MOST_STRETCHES = 200
"""So many stretches of numbers are kept, the highest; a partner with more holes does not number its words."""

MOST_CLAIMS = 50
"""So many statements of a highest number are kept while what they speak of has not come."""

MOST_BRIDGES = 20


class First(msgspec.Struct, frozen=True, array_like=True, order=True):
    """The first word of its kind: when, which event said it, and how much."""

    at: Micros
    said: str
    amount: Micros = 0


class Refused(msgspec.Struct, array_like=True):
    """What was set aside on one day for one reason."""

    first: list[tuple[Micros, str]] = []
    """(when, quarantine id) of the first few."""
    more: bool = False
    """Whether there were others after them."""

    def add(self, at: Micros, entry: str) -> None:
        """Take one entry in; the same one again counts where it was earliest."""
        known = {one: when for when, one in self.first}
        if entry not in known and len(self.first) == MOST_REFUSED:
            self.more = True
        known[entry] = min(at, known.get(entry, at))
        self.first = sorted((when, one) for one, when in known.items())[:MOST_REFUSED]


class Stretch(msgspec.Struct, frozen=True, array_like=True, order=True):
    """Running numbers without a hole, and when the first of them was said."""

    first: int
    last: int
    said_at: Micros


class Partner(msgspec.Struct, array_like=True, dict=True):
    """The state of one partner's system. Owned by the table of one partition."""

    heard: Heard | None = None
    """The last word of any kind up to now."""
    beat: Heard | None = None
    """The last heartbeat up to now."""
    clocked: Heard | None = None
    """The last heartbeat up to now that states the partner's own clock."""
    ahead: list[Heard] = []
    """What is dated after the clock."""
    relying: dict[str, Reliance] = {}
    """Which courses wait for it, as they said last."""
    refused: dict[str, Refused] = {}
    """What was set aside, by reason and day."""
    released: list[str] = []
    """Entries that people have released."""
    skewed: dict[int, First] = {}
    """The first heartbeat of each day by which its clock was off."""
    bridges: dict[int, First] = {}
    """The first heartbeat that told of each manual bridge, by its beginning."""
    stretches: list[Stretch] = []
    claims: list[tuple[int, Micros]] = []
    """(highest number, when) as heartbeats stated it, where not all of them were heard."""

    def rely(self, stated: Reliance) -> None:
        """Take in that a course waits for it inside a running clock, or no longer."""
        known = self.relying.get(stated.course)
        if known is None or known.version < stated.version:
            self.relying[stated.course] = stated
            self.__dict__.pop("by_harm", None)

    def harmed_after(self, since: Micros) -> list[Reliance]:
        """The courses whose clocks had not run out then, those with the least time left first.

        Every word of the partner asks, and thousands of courses may wait for it: their order is kept.
        """
        kept: tuple[list[Micros], list[Reliance]] | None = self.__dict__.get("by_harm")
        if kept is None:
            waiting = [
                (r.harm_at, r.course, r) for r in self.relying.values() if r.harm_at is not None
            ]
            waiting.sort(key=lambda w: w[:2])
            kept = [harm for harm, _, _ in waiting], [r for _, _, r in waiting]
            self.__dict__["by_harm"] = kept
        ends, courses = kept
        return courses[bisect_right(ends, since) :]

    def hear(self, word: Heard, clock: Micros, tolerance: Micros) -> None:
        """Take a word in, now or once it is that late."""
        if word.at <= clock:
            self._count(word, tolerance)
        elif word not in self.ahead:
            self.ahead = sorted([*self.ahead, word], key=_order)

    def pass_time(self, clock: Micros, tolerance: Micros) -> None:
        """It is now this late: what was dated ahead until now counts."""
        while self.ahead and self.ahead[0].at <= clock:
            self._count(self.ahead.pop(0), tolerance)

    def _count(self, word: Heard, tolerance: Micros) -> None:
        self.heard = _later(self.heard, word)
        if word.beat:
            self.beat = _later(self.beat, word)
            if word.bridge:
                _note(self.bridges, word.bridge, First(word.at, word.beat), MOST_BRIDGES)
        if word.offset is not None:
            self.clocked = _later(self.clocked, word)
            if abs(word.offset) > tolerance:
                first = First(word.at, word.beat, word.offset)
                _note(self.skewed, word.at // DAY, first, MOST_DAYS)
        if word.number is not None:
            self._number(word.number, word.at)
        if word.up_to is not None:
            self._claim(word.up_to, word.at)

    def _number(self, number: int, at: Micros) -> None:
        stretches = [*self.stretches, Stretch(number, number, at)]
        self.stretches = joined(stretches)[-MOST_STRETCHES:]
        claims, self.claims = self.claims, []
        for claim in claims:
            self._claim(*claim)

    def _claim(self, number: int, at: Micros) -> None:
        """A claim up to a number that was heard says no more of what is missing below than that number does."""
        for place, stretch in enumerate(self.stretches):
            if stretch.first - 1 <= number <= stretch.last:
                earlier = Stretch(stretch.first, stretch.last, min(stretch.said_at, at))
                self.stretches[place] = earlier
                return
        claims: list[tuple[int, Micros]] = []
        for highest, when in sorted({*self.claims, (number, at)}, key=lambda c: (-c[0], c[1])):
            if not claims or when < claims[-1][1]:  # else a higher claim was made no later
                claims.append((highest, when))
        self.claims = claims[::-1][:MOST_CLAIMS]


def joined(stretches: list[Stretch]) -> list[Stretch]:
    """The same numbers in as few stretches as there can be."""
    found: list[Stretch] = []
    for one in sorted(stretches):
        if found and one.first <= found[-1].last + 1:
            before = found[-1]
            last, at = max(before.last, one.last), min(before.said_at, one.said_at)
            found[-1] = Stretch(before.first, last, at)
        else:
            found.append(one)
    return found


def beginning(days: dict[int, First], day: int) -> First:
    """The first word of the days in a row that end with this one."""
    while day - 1 in days:
        day -= 1
    return days[day]


def _note(found: dict[int, First], key: int, first: First, most: int) -> None:
    found[key] = min(first, found.get(key, first))
    while len(found) > most:
        del found[min(found)]


def _order(word: Heard) -> tuple[Micros, str, bytes]:
    return word.at, word.beat, messages.encode(word)


def _later(one: Heard | None, other: Heard) -> Heard:
    return other if one is None else max(one, other, key=_order)
