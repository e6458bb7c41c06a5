"""What is asked of identifiers, partners and partitions, and not of a course: each code with what it means."""

from __future__ import annotations

import inspect

from streams.identity import incidents, lag, orphans
from streams.identity.watching import QUESTIONS

WAITING = """An admitted event leads to no course after its grace time.

Why: what it says is seen by nobody while it waits.
Act: send the link from the system of record, or correct the event.
"""

ASKED_OF_THINGS: dict[str, str] = {
    orphans.CODE: WAITING,
    incidents.SECURITY: inspect.getdoc(incidents.judge_security) or "",
    incidents.PRIVACY: inspect.getdoc(incidents.judge_privacy) or "",
    lag.CODE: inspect.getdoc(lag.processing_lags) or "",
    **{question.code: inspect.getdoc(question.check) or "" for question in QUESTIONS},
}
"""By code: what is wrong, why it matters, what to do."""
