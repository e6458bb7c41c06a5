"""Process alarms: WorkAlert (V0600, V0700) and OperationsEvent (V0700).

A work alert is one object that begins and ends: with an end it is cleared, without one it is raised.
An operations event is a message of its own, so the definition it is of names the alarm, and a
property says when it means the end. An alarm of the plant that names neither batch nor storage tank
is not ours; what lies in a tank that has an alarm is found by what the courses said of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.connector import Decision, Ignored, Mapped
from connectors.mes.b2mml import children, text, texts
from connectors.mes.message import Message, leads_to_a_course
from connectors.mes.parts import Parameters, materials, place, stated
from schemas.envelope import Event, Scheme
from schemas.manufacture import AlarmChanged, AlarmState

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CLEARED = frozenset({"cleared", "closed", "inactive", "returned to normal", "rtn"})
STATE_PROPERTIES = frozenset({"State", "AlarmState", "Status"})
CRITICAL = "critical"


def alarms(message: Message) -> Decision:
    """The alarms of the document that belong to a batch or to a storage tank."""
    events: list[Event] = []
    for one in _alerts(message):
        found, own = stated(one)
        things = materials(one, message.partner)
        named = (*things, *found.identifiers())
        of_tank = any(one.scheme is Scheme.TANK for one in named)
        if not of_tank and not leads_to_a_course(found, things):
            continue
        facts = _alarm(one, own) | message.facts(AlarmChanged, found)
        part = str(len(events) or "")
        if (device := place(one)) is not None and found.one("DEVICE") is None:
            facts["device"] = device
        when = message.when(_time(one), "TimeStamp")
        events.append(message.event(AlarmChanged, one, found, when, things, part, **facts))
    if not events:
        return Ignored(f"{message.document.noun}: an alarm of no batch and no tank")
    return Mapped(tuple(events))


def _alerts(message: Message) -> tuple[Element, ...]:
    noun = message.document.noun
    if noun in ("WorkAlert", "OperationsEvent"):
        return message.document.objects
    return tuple(
        alert
        for information in message.document.objects
        for alert in children(information, "WorkAlert", "OperationsEvent")
    )


def _alarm(one: Element, own: Parameters) -> dict[str, object]:
    definition = text(one, "OperationsEventDefinitionID") or text(one, "WorkAlertDefinitionID")
    said = [v.text for name, given in own if name in STATE_PROPERTIES for v in given]
    ended = text(one, "EffectiveEndDate") or any(word.casefold() in CLEARED for word in said)
    words = (text(one, "Priority"), *texts(one, "Category"))
    return {
        "alarm": definition or text(one, "ID"),
        "state": AlarmState.CLEARED if ended else AlarmState.RAISED,
        "critical": any(word.casefold() == CRITICAL for word in words),
        "message": text(one, "MessageText") or text(one, "Description") or None,
    }


def _time(one: Element) -> str:
    """The time of what is said: the end of an alert that has ended, else when it arose."""
    names = ("EffectiveEndDate", "TimeStamp", "EffectiveTimestamp", "EffectiveStartDate")
    return next((stated for name in names if (stated := text(one, name))), "")
