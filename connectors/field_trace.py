"""Which fields of a message its translation reads, and where each goes, found by asking the translation itself.

A field is read when another value in it changes what is said. Where the message is still understood,
the fields of the events that changed are where the value goes; where it is not, the value decides
whether anything is said. So the answer cannot differ from the code that maps. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.connector import Connector, Decision, Mapped, Partner, Raw
from connectors.fields import Document, Leaf, document_of
from connectors.pseudonyms import Pseudonyms
from connectors.understand import understand

MOST_QUESTIONS = 3_000
"""Translations that one message is asked; beyond them its other fields stay unknown."""

MOST_OF_A_PATH = 60
"""Places of one path that are asked; names and values of one path may each go elsewhere."""
ENOUGH = 2
"""Other values that changed an event: what they changed is where the field goes."""

TOKENS = Pseudonyms("trace", bytes(32))
"""Tokens that tell patients apart; none of them is ever shown."""

DECIDES = "decides what is said"


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of the fields of one message."""

    goes_to: dict[str, tuple[str, ...]]
    """Path to `type.field` of the events, or to `DECIDES`."""
    ignored: tuple[str, ...]
    """Paths that change nothing, whatever they say."""
    unknown: tuple[str, ...] = ()
    """Paths that were not asked, because the message has too many."""


@dataclass(slots=True)
class _Asked:
    """One message under examination."""

    connector: Connector
    raw: Raw
    partner: Partner
    companions: tuple[Raw, ...]
    document: Document
    left: int
    baseline: tuple[Decision, ...] = field(default=())

    def said(self, changes: dict[int, Any]) -> tuple[Decision, ...]:
        """What the message says with these values."""
        self.left -= 1
        raw = Raw(self.raw.name, self.document.rewritten(changes))
        return understand(self.connector, raw, self.partner, TOKENS, self.companions)

    def read(self, leaves: list[Leaf]) -> Iterator[Leaf]:
        """Those of the fields that change what is said; halves are asked until one is alone."""
        if not leaves or self.left <= 0:
            return
        if all(
            self.said(
                {leaf.number: values[way] for leaf in leaves if len(values := others(leaf)) > way}
            )
            == self.baseline
            for way in (0, 1)
        ):
            return
        if len(leaves) == 1:
            yield leaves[0]
            return
        middle = len(leaves) // 2
        yield from self.read(leaves[:middle])
        yield from self.read(leaves[middle:])

    def destinations(self, leaf: Leaf) -> set[str]:
        """Where the value of a field goes."""
        found: set[str] = set()
        telling = 0
        for value in others(leaf):
            changed = _changes(self.baseline, self.said({leaf.number: value}))
            found |= changed or set()
            telling += bool(changed)
            if telling == ENOUGH:
                break
        return found or {DECIDES}


def trace(
    connector: Connector,
    raw: Raw,
    partner: Partner,
    companions: tuple[Raw, ...] = (),
    questions: int = MOST_QUESTIONS,
) -> Trace | None:
    """What becomes of the fields of a message; None where its format is not looked into.

    Of a path that stands in very many places, as that of a reading may, the first ones are asked.
    """
    document = document_of(raw.body)
    if document is None:
        return None
    asked = _Asked(connector, raw, partner, companions, document, questions)
    asked.baseline = asked.said({})
    original = understand(connector, raw, partner, TOKENS, companions)
    if [type(one) for one in original] != [type(one) for one in asked.baseline]:
        return None  # written again, it is another message
    goes_to: dict[str, set[str]] = {}
    few = _first_of_each(document.leaves)
    for leaf in list(asked.read(few)):
        goes_to.setdefault(leaf.path, set()).update(asked.destinations(leaf))
    rest = {leaf.path for leaf in few} - goes_to.keys()
    answered = asked.left > 0
    return Trace(
        {path: tuple(sorted(_without_ids(to))) for path, to in sorted(goes_to.items())},
        tuple(sorted(rest)) if answered else (),
        () if answered else tuple(sorted(rest)),
    )


def _first_of_each(leaves: Iterable[Leaf]) -> list[Leaf]:
    """The leaves to ask: of each path the first ones."""
    seen: Counter[str] = Counter()
    found = []
    for leaf in leaves:
        seen[leaf.path] += 1
        if seen[leaf.path] <= MOST_OF_A_PATH:
            found.append(leaf)
    return found


def _without_ids(to: set[str]) -> Iterable[str]:
    """Where a value goes, without the ids that follow from it, unless it goes nowhere else."""
    facts = {one for one in to if not one.endswith((".event_id", ".corrects"))}
    more = facts - {DECIDES} if len(facts) > 1 else facts
    return more or to


def _changes(before: tuple[Decision, ...], after: tuple[Decision, ...]) -> set[str] | None:
    """The fields of events that differ; None where it is no longer the same events."""
    one, other = _events(before), _events(after)
    if len(one) != len(other) or [e["type"] for e in one] != [e["type"] for e in other]:
        return None
    return {
        f"{said['type']}.{name}"
        for said, now in zip(one, other, strict=True)
        for name in _differing(said, now)
    }


def _differing(said: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    for name in said.keys() | now.keys():
        if said.get(name) == now.get(name):
            continue
        if name == "identifiers":
            had, has = (
                {(i["scheme"], i["value"], i["issuer"]) for i in one[name]} for one in (said, now)
            )
            yield from {f"identifiers.{scheme}" for scheme, _, _ in had ^ has}
        else:
            yield name


def _events(decisions: tuple[Decision, ...]) -> list[dict[str, Any]]:
    return [
        {"type": event.type_name(), **event.model_dump(mode="json")}
        for decision in decisions
        if isinstance(decision, Mapped)
        for event in decision.events
    ]


def others(leaf: Leaf) -> tuple[Any, ...]:
    """Other values of the same kind: a digit or a letter more, so that a date mostly stays one."""
    value = leaf.value
    if isinstance(value, bool):
        return (not value,)
    if isinstance(value, int | float):
        return (value + 1, value + 2)
    found = dict.fromkeys(
        text
        for text in (
            _bumped(value, str.isdigit, last=True),
            _bumped(value, str.isalpha, last=True),
            _bumped(value, str.isdigit, last=False),
            f"{value}x",
        )
        if text != value
    )
    return tuple(found)


def _bumped(text: str, kind: Any, *, last: bool) -> str:
    """The text with its last or first character of a kind replaced by the next one."""
    places = [place for place, mark in enumerate(text) if mark.isascii() and kind(mark)]
    if not places:
        return text
    place = places[-1] if last else places[0]
    mark = text[place]
    following = (
        "0" if mark == "9" else "a" if mark == "z" else "A" if mark == "Z" else chr(ord(mark) + 1)
    )
    return f"{text[:place]}{following}{text[place + 1 :]}"


Shape = tuple[tuple[str, ...], tuple[str, ...]]


class Tracing:
    """Asks each shape of message once: one with the same fields and the same events is as the first was."""

    def __init__(self, connector: Connector, partner: Partner) -> None:
        self._connector, self._partner = connector, partner
        self._known: dict[Shape, Trace | None] = {}

    def of(
        self, raw: Raw, decisions: tuple[Decision, ...], companions: tuple[Raw, ...] = ()
    ) -> Trace | None:
        """What becomes of the fields of this message."""
        document = document_of(raw.body)
        if document is None:
            return None
        said = tuple(e["type"] for e in _events(decisions)) or (type(decisions[0]).__name__,)
        shape = (tuple(sorted({leaf.path for leaf in document.leaves})), said)
        if shape not in self._known:
            self._known[shape] = trace(self._connector, raw, self._partner, companions)
        return self._known[shape]
