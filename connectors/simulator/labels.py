"""What a play says about itself: which exceptions must be raised, because its script was bent to have them.

A label states what happened in the script. It is never computed by a detector, or the detectors would
judge themselves.
"""

from __future__ import annotations

from schemas.contract import Code, Contract, Prose, Text


class Label(Contract):
    """One exception that must be raised."""

    journey: int
    code: Code
    coi: str | None
    """The course; empty for an event that leads to none."""
    object: Text | None = None
    """The thing it is about, where the exception's meaning fixes its name."""
    stays: bool = True
    """Whether the alert is still open when the play ends; otherwise a later fact ends it."""
    way: Code
    """The fault that was played."""
    why: Prose
    """What went wrong, in words."""
