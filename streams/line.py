"""One partition of the pipeline: a message in, the messages that follow from it out.

The same line runs under Faust, in a replay, and in every engine it is compared with; only where it
keeps its states differs. It reads no clock: time is the greatest tick it has heard.
Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from heapq import heapify, heappop, heappush
from typing import Generic, Protocol, TypeVar

from schemas import topics
from schemas.control import AlertAction, Tick
from schemas.profiles import platform_limits
from schemas.reasons import Reason
from schemas.wire import SchemaIds, WireError, WireMessage, decode_contract
from streams import messages, supervise
from streams.admission import Admitted, Refused, admit, correct, inspect
from streams.course import Course
from streams.hearing import Hearing, kept_nowhere
from streams.identity import identify, lag
from streams.identity.thing import Thing
from streams.messages import PARTITION_PREFIX, Out
from streams.moments import Micros, micros, span
from streams.quarantine import Outcome, Released, set_aside

S = TypeVar("S")


class Store(Protocol, Generic[S]):
    """Where the states of one fold are kept, by key."""

    def get(self, key: str, /) -> S | None: ...

    def __setitem__(self, key: str, state: S, /) -> None: ...


CLOCK = "clock"
"""The key under which the due store keeps how late it is; beneath it, when each partition last kept up."""


class Line:
    """The three folds over the states of one partition, with its clock and its deadlines."""

    def __init__(
        self,
        admitted: Store[Admitted],
        things: Store[Thing],
        courses: Store[Course],
        due: Store[Micros],
        ids: SchemaIds | None = None,
    ) -> None:
        self._ids = ids
        self.admitted, self.things, self.courses, self.due = admitted, things, courses, due
        self.clock: Micros = due.get(CLOCK) or 0
        self._heap: list[tuple[Micros, str]] = []
        self._touched: dict[str, None] = {}
        self._hearing = Hearing()
        self._behind: dict[int, tuple[Micros, Micros]] = {}
        self.outcomes: Counter[tuple[str, Outcome]] = Counter()

    def remember(self, deadlines: Iterable[tuple[str, Micros]]) -> None:
        """Take up the deadlines that a restored partition holds."""
        self._heap = [(at, key) for key, at in deadlines if at and not key.startswith(CLOCK)]
        heapify(self._heap)

    def take(self, topic: str, message: WireMessage) -> list[Out]:
        """What follows from one message; records wait for `finish`."""
        if topic == topics.EVENTS:
            return self._event(message)
        if topic == topics.THINGS:
            return self._thing(message)
        if topic == topics.COURSES:
            return self._course(message)
        if topic == topics.FACTS:
            return self._fact(message)
        if topic == topics.TICKS:
            return self._tick(topic, message)
        if topic == topics.ACTIONS:
            return self._action(topic, message)
        return self._inbound(topic, message)

    @property
    def touched(self) -> tuple[str, ...]:
        """The courses whose records `finish` will look at."""
        return tuple(self._touched)

    def finish(self) -> list[Out]:
        """The records that have changed since the last call, once each."""
        outs: list[Out] = []
        for coi in self._touched:
            course = self.courses.get(coi)
            asked = None if course is None else supervise.asked_of(course)
            if course is not None and asked is not None:
                out = supervise.publish(coi, course, asked)
                if course.__dict__.get("published", b"") != out.value:
                    course.__dict__["published"] = out.value
                    outs.append(out)
        self._touched = {}
        return outs

    def _inbound(self, topic: str, message: WireMessage) -> list[Out]:
        released = None
        if topic == topics.RELEASED:
            try:
                topic, released = _released(message)
            except (KeyError, ValueError) as wrong:
                detail = f"a released message says who released it and from where; {wrong} is wrong"
                self.outcomes[topic, Outcome.QUARANTINED] += 1
                return [set_aside(Reason.CONTRACT_VIOLATION, detail, "admission", topic, message)]
        found = inspect(topic, message, released, self._ids)
        if isinstance(found, Refused):
            self.outcomes[topic, Outcome.QUARANTINED] += 1
            return list(found.outs)
        words = self._hearing.words(found.decoded.event)
        if released is None and kept_nowhere(found.decoded.event):
            self.outcomes[topic, Outcome.ADMITTED] += 1
            return words
        state, outs, outcome = admit(self.admitted.get(found.key), found)
        self.admitted[found.key] = state
        self.outcomes[topic, outcome] += 1
        return outs + words

    def _fact(self, message: WireMessage) -> list[Out]:
        key, value = _whole(message)
        state, outs = correct(self.admitted.get(key), key, messages.decode_to_fact(value))
        self.admitted[key] = state
        return outs

    def _thing(self, message: WireMessage) -> list[Out]:
        key, value = _whole(message)
        said = messages.decode_to_thing(value)
        thing, outs = identify.identify(key, self.things.get(key), said, self.clock)
        self._keep_thing(key, thing)
        return outs

    def _event(self, message: WireMessage) -> list[Out]:
        coi, value = _whole(message)
        digest, via = b"", []
        for name, content in message.headers:
            if name == "v2v_digest":
                digest = content
            elif name == "v2v_via":
                via.append(messages.decode_status(content))
        course, outs = supervise.hear_event(
            coi, self.courses.get(coi), value, digest, tuple(via), self.clock
        )
        self._keep_course(coi, course)
        return outs

    def _course(self, message: WireMessage) -> list[Out]:
        coi, value = _whole(message)
        word = messages.decode_to_course(value)
        course, outs = supervise.hear_word(coi, self.courses.get(coi), word, self.clock)
        self._keep_course(coi, course)
        return outs

    def _action(self, topic: str, message: WireMessage) -> list[Out]:
        try:
            action = decode_contract(AlertAction, message.value)
        except WireError as wrong:
            return [set_aside(wrong.reason, wrong.detail, "actions", topic, message)]
        key = action.key
        if message.key != key.encode():
            detail = f"the action names {key}"
            return [set_aside(Reason.WRONG_KEY, detail, "actions", topic, message)]
        if messages.is_thing(key):
            thing = self.things.get(key) or Thing()
            outs = identify.act(key, thing, action, self.clock)
            self._keep_thing(key, thing)
            return outs
        course, outs = supervise.act(key, self.courses.get(key), action, self.clock)
        self._keep_course(key, course)
        return outs

    def _tick(self, topic: str, message: WireMessage) -> list[Out]:
        try:
            tick = decode_contract(Tick, message.value)
        except WireError as wrong:
            return [set_aside(wrong.reason, wrong.detail, "ticks", topic, message)]
        outs = self._keeping_up(tick)
        now = so_late(tick)
        if now <= self.clock:
            return outs
        self.clock = self.due[CLOCK] = now
        while self._heap and self._heap[0][0] <= now:
            at, key = heappop(self._heap)
            if self.due.get(key) == at:
                outs += self._wake(key)
        return outs

    def _keeping_up(self, tick: Tick) -> list[Out]:
        """What the partition's thing must hear of how long messages wait: every lag, and each end of one."""
        number, kept = tick.partition, f"{CLOCK}/{tick.partition}"
        at, since = micros(tick.now), waits_since(tick)
        behind = lag.behind(at, since)
        behind_at, well_told = self._behind.get(number, (0, -1))
        if not behind and at > (self.due.get(kept) or 0):
            self.due[kept] = at
        if not behind and well_told > behind_at:
            return []
        well_at = self.due.get(kept) or 0
        self._behind[number] = (max(behind_at, at) if behind else behind_at, well_at)
        word = messages.Lagging(at, since, well_at)
        return [Out(topics.THINGS, f"{PARTITION_PREFIX}{number}", messages.encode(word))]

    def _wake(self, key: str) -> list[Out]:
        self.due[key] = 0
        kind, name = key[0], key[2:]
        if kind == "t":
            thing = self.things.get(name)
            if thing is None:
                return []
            outs = identify.wake(name, thing, self.clock)
            self._keep_thing(name, thing)
            return outs
        course = self.courses.get(name)
        if course is None:
            return []
        outs = supervise.wake(name, course, self.clock)
        self._keep_course(name, course)
        return outs

    def _keep_thing(self, identifier: str, thing: Thing) -> None:
        self.things[identifier] = thing
        self._keep_due(f"t/{identifier}", identify.next_due(thing))

    def _keep_course(self, coi: str, course: Course) -> None:
        self.courses[coi] = course
        self._touched[coi] = None
        if supervise.asked_of(course) is not None:
            # else nothing has changed, and the deadline that is kept still stands
            self._keep_due(f"c/{coi}", supervise.next_due(course))

    def _keep_due(self, key: str, at: Micros | None) -> None:
        """Remember a deadline that lies ahead; what has passed has been judged already."""
        wanted = at if at is not None and at > self.clock else 0
        if (self.due.get(key) or 0) != wanted:
            self.due[key] = wanted
            if wanted:
                heappush(self._heap, (wanted, key))


def waits_since(tick: Tick) -> Micros:
    """Since when something waits, by a tick; 0 when nothing does."""
    return 0 if tick.waiting_since is None else micros(tick.waiting_since)


def so_late(tick: Tick) -> Micros:
    """How late it is by a tick: not later than what still waits was published, within a limit.

    What waits may hold the word that would otherwise count as absent; but an outage without an end
    must not hold time back for ever.
    """
    now, since = micros(tick.now), waits_since(tick)
    if not since:
        return now
    return max(min(now, since), now - span(platform_limits().time_waits))


def _whole(message: WireMessage) -> tuple[str, bytes]:
    """Key and value of a message that only our own folds write."""
    if message.key is None or message.value is None:
        raise ValueError("a message between our own folds has no key or no value")
    return message.key.decode(), message.value


def _released(message: WireMessage) -> tuple[str, Released]:
    headers = dict(message.headers)
    topic = headers["v2v_topic"].decode()
    return topic, Released(
        int(headers["v2v_released_at"]),
        headers["v2v_quarantine_id"].decode(),
        Reason(headers["v2v_reason"].decode()),
    )
