"""What the MES says, in our words: B2MML and BatchML, matched by local names over all versions.

The noun decides: work done is in `performance`, the state of material in `lots`, alarms in `alarms`.
BatchML's record of a batch is in `batchml`. Plans and master data are ignored by their noun.
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
from connectors.mes import batchml
from connectors.mes.alarms import alarms
from connectors.mes.b2mml import document
from connectors.mes.lots import lots
from connectors.mes.message import Message
from connectors.mes.performance import performance
from schemas.reasons import Reason

FACTS: dict[str, Callable[[Message], Decision | tuple[Decision, ...]]] = {
    "ProductionPerformance": performance,
    "OperationsPerformance": performance,
    "MaterialInformation": lots,
    "MaterialLot": lots,
    "WorkAlert": alarms,
    "WorkAlertInformation": alarms,
    "OperationsEvent": alarms,
    "OperationsEventInformation": alarms,
    batchml.RECORD: batchml.batch_records,
    **dict.fromkeys(batchml.LISTS, batchml.batch_records),
    "WorkPerformance": performance,
}
"""Noun to its translation."""

NOT_READ_YET = ("BatchProductionRecordEntry",)
"""A part of a batch record without the record, of which no public instance is known."""

QUESTIONS = ("Get", "Acknowledge", "Confirm")
"""Verbs that ask or receipt, and state nothing."""


def translate(
    raw: Raw, partner: Partner, tokens: Tokens, companions: tuple[Raw, ...] = ()
) -> tuple[Decision, ...]:
    """What the document says."""
    try:
        decided = _decision(Message(document(raw.body), partner, tokens))
        return decided if isinstance(decided, tuple) else (decided,)
    except CannotUnderstand as error:
        return (Refused(error.reason, error.detail),)


def _decision(message: Message) -> Decision | tuple[Decision, ...]:
    verb, noun = message.document.verb, message.document.noun
    if noun in NOT_READ_YET:
        detail = f"BatchML {noun} is not read yet; send the whole BatchProductionRecord"
        return Refused(Reason.UNKNOWN_FORMAT, detail)
    translation = FACTS.get(noun)
    if translation is None or verb in QUESTIONS:
        return Ignored(f"{verb}{noun}"[:80])
    if verb == "Cancel":
        detail = f"{verb}{noun}: a cancellation names no fact; send the corrected response"
        return Refused(Reason.STANDARD_VIOLATED, detail)
    return translation(message)
