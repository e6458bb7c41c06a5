"""Asks a connector what a message says, and has an answer whatever the bytes are.

The one place where an unforeseen failure of a translation is caught: the message is then refused,
as our fault and not the partner's. Pure, as the translations are.
"""

from __future__ import annotations

import re

from pydantic import ValidationError

from connectors import cloudevents, own_events
from connectors.cloudevents import CloudEvent
from connectors.connector import (
    CannotUnderstand,
    Connector,
    Decision,
    Held,
    Ignored,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from schemas.reasons import Reason
from schemas.violation import violation

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL)


def understand(
    connector: Connector,
    raw: Raw,
    partner: Partner,
    tokens: Tokens,
    companions: tuple[Raw, ...] = (),
) -> tuple[Decision, ...]:
    """What the message says: never an exception, and never no decision at all."""
    try:
        decisions = _translated(connector, raw, partner, tokens, companions)
    except CannotUnderstand as refusal:
        return (Refused(refusal.reason, refusal.detail),)
    except ValidationError as error:
        return (Refused(Reason.FIELD_INVALID, f"{error.title}: {violation(error)}"),)
    except Exception as error:  # noqa: BLE001 - one message must never stop the ones behind it
        return (Refused(Reason.HANDLER_FAILED, _place(error)),)
    return decisions or (Ignored("holds no message"),)


def _translated(
    connector: Connector,
    raw: Raw,
    partner: Partner,
    tokens: Tokens,
    companions: tuple[Raw, ...],
) -> tuple[Decision, ...]:
    event = cloudevents.opened(raw)
    if event is not None and own_events.ours(event):
        return (own_events.stated(event, partner),)
    within = tuple(_carried(connector, half, cloudevents.opened(half)) for half in companions)
    return connector.translate(_carried(connector, raw, event), partner, tokens, within)


def _carried(connector: Connector, raw: Raw, event: CloudEvent | None) -> Raw:
    """The message as its translation reads it: what a CloudEvent carries, or the bytes themselves."""
    if event is None or (connector.reads_cloudevents and event.is_json):
        return raw
    return Raw(raw.name, event.data)


def held_key(decisions: tuple[Decision, ...]) -> str | None:
    """The key under which a half waits for its companion; None when the fact is whole."""
    return next((d.key for d in decisions if isinstance(d, Held)), None)


def without_content(detail: str) -> str:
    """The detail of a refusal without what it quotes, because that may be a patient's data.

    The whole detail is shown where the message itself is: by `--check`, beside the file.
    """
    return _QUOTED.sub("'...'", detail)


def _place(error: Exception) -> str:
    """The class of an unforeseen failure and where it arose; its text may hold content."""
    trace = error.__traceback__
    place = "?"
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}"
        trace = trace.tb_next
    return f"{type(error).__name__} in {place}"
