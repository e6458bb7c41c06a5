"""A query of EPCIS asks and states nothing: a sound one is ignored, a broken one is refused."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.connector import CannotUnderstand, Decision, Ignored, Refused
from connectors.logistics.standard import MEMBERS
from connectors.logistics.vocabulary import ACTIONS
from connectors.times import parse_rfc3339
from schemas.reasons import Reason

_TIMES = ("GE_eventTime", "LT_eventTime", "GE_recordTime", "LT_recordTime")


def judge(asked: Mapping[str, object]) -> Decision:
    """Whether the query is sound; only the parameters that a standard format binds are checked."""
    faults = []
    for name in _TIMES:
        if name in asked:
            try:
                parse_rfc3339(str(asked[name]), name)
            except CannotUnderstand as fault:
                faults.append(fault.detail)
    for name, allowed in (("eventType", frozenset(MEMBERS)), ("EQ_action", ACTIONS)):
        listed = _listed(asked.get(name))
        wrong = [said for said in listed if not (isinstance(said, str) and said in allowed)]
        faults.extend(f"{name}: {str(said)[:40]!r} does not exist" for said in wrong)
    if asked.get("orderDirection", "ASC") not in ("ASC", "DESC"):
        faults.append("orderDirection: expected ASC or DESC")
    if faults:
        return Refused(Reason.STANDARD_VIOLATED, "; ".join(faults))
    return Ignored("a query asks a repository and states nothing")


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []
