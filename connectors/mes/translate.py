"""What the MES says, in our words: B2MML, matched by local names over V0401, V0600 and V0700.

The noun decides: work done is in `performance`, the state of material in `lots`, alarms in `alarms`.
Plans and master data are ignored by their noun. BatchML's production record is a second format, of
which no part is read yet: it is refused, not ignored, because it holds steps and exceptions.
Pure: bytes in, decisions out.
"""

from __future__ import annotations

from collections.abc import Callable

from connectors.connector import (
    CannotUnderstand,
    Decision,
    Ignored,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from connectors.mes.alarms import alarms
from connectors.mes.b2mml import document
from connectors.mes.lots import lots
from connectors.mes.message import Message
from connectors.mes.performance import performance
from schemas.reasons import Reason

FACTS: dict[str, Callable[[Message], Decision]] = {
    "ProductionPerformance": performance,
    "OperationsPerformance": performance,
    "MaterialInformation": lots,
    "MaterialLot": lots,
    "WorkAlert": alarms,
    "WorkAlertInformation": alarms,
    "OperationsEvent": alarms,
    "OperationsEventInformation": alarms,
}
"""Noun to its translation."""

NOT_READ_YET = ("BatchProductionRecord", "BatchInformation", "BatchProductionRecordEntry")

QUESTIONS = ("Get", "Acknowledge", "Confirm")
"""Verbs that ask or receipt, and state nothing."""


def translate(
    raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...] = ()
) -> tuple[Decision, ...]:
    """What the document says."""
    try:
        return (_decision(Message(document(raw.body), partner, tokens)),)
    except CannotUnderstand as error:
        return (Refused(error.reason, error.detail),)


def _decision(message: Message) -> Decision:
    verb, noun = message.document.verb, message.document.noun
    if noun in NOT_READ_YET:
        detail = f"BatchML {noun} is not read yet; send the performance as B2MML"
        return Refused(Reason.UNKNOWN_FORMAT, detail)
    translation = FACTS.get(noun)
    if translation is None or verb in QUESTIONS:
        return Ignored(f"{verb}{noun}"[:80])
    if verb == "Cancel":
        detail = f"{verb}{noun}: a cancellation names no fact; send the corrected response"
        return Refused(Reason.STANDARD_VIOLATED, detail)
    return translation(message)
