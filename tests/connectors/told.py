"""One fact in one line that a person can hold against the message: all that it states, and no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LEFT_OUT = frozenset({"type", "event_id", "system", "partner", "source_message", "identifiers"})
USUAL: Mapping[str, object] = {
    "occurred_precision": "instant",
    "environment": "production",
    "withdraws": False,
    "held": False,
    "refused": False,
    "critical": False,
}


def line(event: Mapping[str, Any]) -> str:
    """The type, when it happened, what it names, and every other field that is filled; no token of a person."""
    named = " ".join(_identifier(one) for one in event.get("identifiers", ()))
    rest = [
        f"{name}={_value(name, value)}"
        for name, value in event.items()
        if name not in LEFT_OUT | {"occurred_at", "occurred_offset_minutes"}
        and value not in (None, [], {}, USUAL.get(name))
    ]
    offset = event.get("occurred_offset_minutes")
    moment = f"{event['occurred_at']}{'' if offset is None else f' {offset:+d}'}"
    return " | ".join((event["type"], moment, named, *rest))


def _identifier(one: Mapping[str, Any]) -> str:
    return f"{one['scheme']}:{one['value']}" + (f"@{one['issuer']}" if one.get("issuer") else "")


def _value(name: str, value: Any) -> str:
    if name == "readings":
        return ", ".join(
            f"{r['at']} "
            + " ".join(f"{k}:{v}" for k, v in r.items() if k != "at" and v is not None)
            for r in value
        )
    if name in ("subject", "other_subject", "actor", "second_actor", "corrects", "message"):
        return "..."  # a token, the id of the withdrawn event, a sentence of the plant's
    return str(value)
