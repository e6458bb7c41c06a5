"""Builds events as a partner's system could state them, for the law that translating undoes rendering."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from connectors.connector import Partner
from schemas.envelope import (
    Capture,
    Environment,
    Event,
    EvidenceReference,
    Identifier,
    Precision,
    Scheme,
    Signature,
    System,
)

SOME_DAY = datetime(2026, 3, 1, 10, 30, 15, tzinfo=UTC)

instants = st.integers(0, 15 * 365 * 86_400 * 10**6).map(
    lambda microseconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
codes = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=40
)
texts = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=120
)
schemes = st.sampled_from([s for s in Scheme if s not in (Scheme.UNKNOWN_TO_READER, Scheme.COI)])
identifiers = st.builds(
    Identifier, scheme=schemes, value=codes, issuer=st.none() | st.just("ISSUER-7")
)
digests = st.text("0123456789abcdef", min_size=64, max_size=64)


@st.composite
def stated_times(draw: st.DrawFn) -> dict[str, Any]:
    """When it happened, as exactly as a partner may know it."""
    precision = draw(st.sampled_from([Precision.INSTANT, Precision.MINUTE, Precision.DAY]))
    instant = draw(instants)
    if precision is Precision.INSTANT:
        offset = draw(st.none() | st.integers(-720, 720))
    elif precision is Precision.MINUTE:
        instant, offset = instant.replace(second=0, microsecond=0), draw(st.sampled_from([0, 60]))
    else:
        instant, offset = instant.replace(hour=0, minute=0, second=0, microsecond=0), None
    return {
        "occurred_at": instant,
        "occurred_offset_minutes": offset,
        "occurred_precision": precision,
    }


@st.composite
def envelopes(draw: st.DrawFn, system: System) -> dict[str, Any]:
    """All common fields that a partner of this system can state."""
    named = draw(
        st.lists(identifiers, min_size=1, max_size=5, unique_by=lambda i: (i.scheme, i.value))
    )
    order = Identifier(scheme=Scheme.ORDER, value=draw(codes) + "-ORDER")
    return {
        "event_id": draw(st.uuids(version=5)),
        "coi": draw(st.none() | codes),
        "identifiers": (order, *named),
        **draw(stated_times()),
        "recorded_at": draw(st.none() | instants),
        "system": system,
        "partner": "north-star",
        "site": draw(st.none() | codes),
        "device": draw(st.none() | codes),
        "actor": draw(st.none() | codes),
        "actor_role": draw(st.none() | codes),
        "second_actor": draw(st.none() | codes),
        "capture": draw(
            st.sampled_from([c for c in Capture if c is not Capture.UNKNOWN_TO_READER])
        ),
        "sequence": draw(st.none() | st.integers(0, 10**9)),
        "reason_code": draw(st.none() | codes),
        "reason_text": draw(st.none() | texts),
        "signature": draw(
            st.none()
            | st.builds(
                Signature,
                signer=codes,
                meaning=texts,
                signed_at=instants,
                digest=st.none() | digests,
                algorithm=st.none() | codes,
            )
        ),
        "evidence": tuple(
            draw(
                st.lists(
                    st.builds(EvidenceReference, uri=texts, sha256=digests, kind=st.none() | codes),
                    max_size=2,
                )
            )
        ),
        "environment": draw(st.sampled_from([Environment.PRODUCTION, Environment.TEST])),
    }


def plain_envelope(system: System, **changes: Any) -> dict[str, Any]:
    """Common fields as most events have them."""
    return {
        "event_id": "4b4a2f5e-7f64-5a1e-9c1d-3a8f0f6f9d11",
        "coi": "CHX999926A1B2C3",
        "identifiers": (Identifier(scheme=Scheme.ORDER, value="ORD-1001"),),
        "occurred_at": SOME_DAY,
        "occurred_offset_minutes": 60,
        "recorded_at": SOME_DAY + timedelta(minutes=5),
        "system": system,
        "partner": "north-star",
    } | changes


def partner(system: System) -> Partner:
    """The partner that speaks in these tests."""
    return Partner("north-star", system)


class OpenTokens:
    """Tokens that can be read, so that a test sees whose they are."""

    def subject(self, issuer: str, value: str) -> str:
        return f"subject:{issuer}:{value}"[:80]

    def staff(self, issuer: str, value: str) -> str:
        return value


NOT_CARRIED = frozenset({"event_id", "source_message", "subject", "other_subject", "corrects"})
"""Fields that a translation gives anew: ids come from the native record, patients are tokens."""


def as_said(event: Event) -> dict[str, Any]:
    """What an event says, apart from what is given anew; identifiers in any order mean the same."""
    content = event.model_dump(exclude=set(NOT_CARRIED))
    content["identifiers"] = sorted(map(repr, content["identifiers"]))
    return content
