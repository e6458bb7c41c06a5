"""What may be decided when an alert is closed. The list is closed, so that closed alerts can be counted.

A disposition says how the matter ended; the reason beside it says why, in the words of who decided.
"""

from __future__ import annotations

from enum import StrEnum


class Disposition(StrEnum):
    """How the matter of an alert ended."""

    MENDED = "mended"
    ACCEPTED = "accepted"
    STOPPED = "stopped"
    CARRIED_ON = "carried_on"
    NOTIFIED = "notified"
    DOUBLED = "doubled"
    UNFOUNDED = "unfounded"


MEANINGS: dict[Disposition, str] = {
    Disposition.MENDED: "what was wrong has been put right, and the evidence is there",
    Disposition.ACCEPTED: "it stays as it is, and the therapy goes on by the decision of who may decide it",
    Disposition.STOPPED: "the material is given up, or the therapy is stopped",
    Disposition.CARRIED_ON: "it is followed in another system, whose number the reason names",
    Disposition.NOTIFIED: "the authority or the partner has been told, as the rules ask",
    Disposition.DOUBLED: "another alert tells of the same matter, and the reason names it",
    Disposition.UNFOUNDED: "nothing was wrong; a message or a rule was",
}
"""What each disposition says."""
