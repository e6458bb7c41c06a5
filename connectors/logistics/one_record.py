"""What an air carrier says in IATA ONE Record, as JSON-LD: objects, events on the way, and notices.

A notification says only that events were received: it is half of a fact, until the events are
fetched. Whoever fetches the events of an object for a notice adds `fetched_for`, the address of the
object; events that the carrier sends by itself are whole. What they state is in `one_record_events`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.connector import (
    CannotUnderstand,
    Decision,
    Held,
    Ignored,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from connectors.formats import json_document
from connectors.logistics.json_ld import STANDARD, Said, code, each, expanded, text, types
from connectors.logistics.one_record_events import Document
from schemas.reasons import Reason

NOTICE = "api:Notification"
RECEIVED = "LOGISTICS_EVENT_RECEIVED"


def is_one_record(document: object) -> bool:
    """Whether a JSON document is of the ONE Record standard."""
    first = document[0] if isinstance(document, list) and document else document
    if not isinstance(first, Mapping) or not ({"@type", "@graph"} & first.keys()):
        return False
    stated = first.get("@type")
    named = stated if isinstance(stated, list) else [stated]
    return STANDARD in str(first.get("@context")) or any(
        str(one).startswith((STANDARD, "cargo:", "api:")) for one in named
    )


def decisions(
    document: object, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...] = ()
) -> tuple[Decision, ...]:
    """What the document says, event by event."""
    read = expanded(document)
    root: Said = read if isinstance(read, dict) else {}
    if other := next((one for one in types(root) if one.startswith(STANDARD)), None):
        detail = f"@type: {other[:80]!r} is of another version; ONE Record 3 is read"
        return (Refused(Reason.UNSUPPORTED_VERSION, detail),)
    held = _half(root)
    if not isinstance(held, Held):
        return (held,) if held else tuple(Document.of(read, partner, tokens).decisions())
    others = tuple(_others(held, companions))
    fetched: tuple[object, ...]
    if NOTICE not in types(root):
        noticed = any(NOTICE in types(other) for other in others)
        fetched = (read,) if noticed else ()
    else:
        fetched = tuple(other for other in others if NOTICE not in types(other))
    told = (d for one in fetched for d in Document.of(one, partner, tokens).decisions())
    return tuple(told) or (held,)


def _half(root: Said) -> Held | Ignored | Refused | None:
    """What a document waits for when it is one half of a fact; None when it is whole."""
    if NOTICE not in types(root):
        key = text(root.get("fetched_for"))
        return Held(key, "notice") if key else None
    kind = code(root.get("api:hasEventType"))
    if kind.removeprefix("api:") != RECEIVED:
        return Ignored(f"Notification {kind[:60]}: tells of no event on the way")
    key = next((str(o.get("@id", "")) for o in each(root.get("api:hasLogisticsObject"))), "")
    if not key:
        return Refused(Reason.FIELD_MISSING, "Notification: hasLogisticsObject: missing")
    return Held(key, "events of the object")


def _others(held: Held, companions: tuple[Raw, ...]) -> Iterator[Said]:
    """The halves that were kept about the same object."""
    for companion in companions:
        try:
            other = expanded(json_document(companion.body))
        except CannotUnderstand:
            continue  # it was refused by itself
        if isinstance(other, dict):
            half = _half(other)
            if isinstance(half, Held) and half.key == held.key:
                yield other
