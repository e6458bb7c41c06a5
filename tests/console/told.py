"""Alerts as tests tell them."""

from __future__ import annotations

from uuid import UUID

from schemas.alert import Alert, AlertState, alert_id
from schemas.exceptions import EXCEPTION_BY_CODE
from tests.words import COURSE, at


def alert(
    code: str,
    coi: str | None = COURSE,
    thing: str = "BATCH:B1",
    revision: int = 1,
    state: AlertState = AlertState.OPEN,
    detail: str = "something is wrong",
) -> Alert:
    """An alert of this code, raised two hours after the start."""
    kind = EXCEPTION_BY_CODE[code]
    return Alert(
        alert_id=alert_id(code, coi, thing, "then"),
        code=code,
        title=kind.title,
        hazard=kind.hazard,
        coi=coi,
        object=thing,
        anchor="then",
        state=state,
        severity=kind.severity,
        raised_at=at(2),
        acknowledge_by=at(3),
        decide_by=at(4),
        owner=kind.owner,
        detail=detail,
        evidence=(UUID(int=1), UUID(int=2)),
        rule="rule@1",
        profile="profile@1",
        revision=revision,
    )
