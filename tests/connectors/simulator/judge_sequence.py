"""Judges the order of steps by the facts of a course alone, written anew from the meanings of the exceptions.

It shares no code with the detectors nor with the script of a journey.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from schemas.envelope import Event, Scheme

NEVER = datetime.max.replace(tzinfo=UTC)


def sequence_exceptions(events: Sequence[Event]) -> Iterator[tuple[str, bool]]:
    """Each code with whether the facts of one course call for it."""
    yield "SQ-01", _out_of_order(events)
    yield "SQ-03", _twice(events)
    yield "SQ-06", _unchecked(events)
    yield "SQ-07", _after_the_end(events)
    yield "SQ-08", _without_consent(events)


def _named(events: Sequence[Event], name: str, **fields: str) -> list[Event]:
    """The facts of this name with these fields."""
    return [
        event
        for event in events
        if event.type_name() == name and all(getattr(event, f) == v for f, v in fields.items())
    ]


def _first(events: Sequence[Event], name: str, **fields: str) -> datetime:
    return min((e.occurred_at for e in _named(events, name, **fields)), default=NEVER)


def _out_of_order(events: Sequence[Event]) -> bool:
    chain = [
        _first(events, "collection.CollectionCompleted"),
        _first(events, "manufacture.MaterialReceived"),
        min(
            _first(events, "manufacture.MaterialDecided", decision=decision)
            for decision in ("accepted", "accepted_at_risk")
        ),
        _first(events, "manufacture.BatchStarted"),
        _first(events, "manufacture.ProductFilled"),
        _first(events, "quality.BatchCertified"),
    ]
    bedside = [
        _first(events, "treatment.ProductReceived"),
        _first(events, "treatment.ThawRecorded", phase="started"),
        _first(events, "treatment.InfusionStarted"),
    ]
    frozen = _first(events, "collection.MaterialCryopreserved")
    # what never came is NEVER, and then nothing that follows it may have come
    known = [[m for m in row if m is not NEVER] for row in (chain, bedside)]
    gaps = any(row[: len(kept)] != kept for row, kept in zip((chain, bedside), known, strict=True))
    return gaps or any(kept != sorted(kept) for kept in known) or frozen < chain[0]


def _twice(events: Sequence[Event]) -> bool:
    bags = Counter(
        (name, bag)
        for name in ("treatment.InfusionStarted", "treatment.ThawRecorded")
        for event in _named(events, name)
        if getattr(event, "phase", "started") == "started"
        for bag in event.named(Scheme.CONTAINER)
    )
    certificates = {event.identifiers for event in _named(events, "quality.BatchCertified")}
    return any(number > 1 for number in bags.values()) or len(certificates) > 1


def _unchecked(events: Sequence[Event]) -> bool:
    checks = _named(events, "collection.IdentityVerified")
    steps = [
        ("thaw", _named(events, "treatment.ThawRecorded", phase="started")),
        ("bedside", _named(events, "treatment.InfusionStarted")),
    ]
    return any(
        not any(
            getattr(check, "context", None) == context
            and check.named(Scheme.CONTAINER) == step.named(Scheme.CONTAINER)
            and check.occurred_at <= step.occurred_at
            for check in checks
        )
        for context, happened in steps
        for step in happened
    )


def _after_the_end(events: Sequence[Event]) -> bool:
    cancelled = _first(events, "ordering.OrderChanged", change="cancelled")
    batch = min(
        _first(events, "quality.BatchRejected"), _first(events, "manufacture.BatchTerminated")
    )
    made = [
        event.occurred_at
        for name in ("manufacture.BatchStarted", "manufacture.ProductFilled")
        for event in _named(events, name)
    ]
    made += [event.occurred_at for event in _named(events, "quality.BatchCertified")]
    given = [
        event.occurred_at
        for name in ("treatment.LymphodepletionStarted", "treatment.InfusionStarted")
        for event in _named(events, name)
    ]
    collected = [e.occurred_at for e in _named(events, "collection.CollectionCompleted")]
    infused = _first(events, "treatment.InfusionCompleted")
    return (
        any(moment > min(batch, cancelled) for moment in made)
        or any(moment > cancelled for moment in (*given, *collected))
        or any(moment > infused for moment in collected)
    )


def _without_consent(events: Sequence[Event]) -> bool:
    for collected in _named(events, "collection.CollectionCompleted"):
        began = getattr(collected, "started_at", None) or collected.occurred_at
        said = [e for e in _named(events, "enrolment.ConsentChanged") if e.occurred_at <= began]
        last = max(said, key=lambda e: e.occurred_at, default=None)
        if last is None or getattr(last, "state", None) != "given":
            return True
    return False
