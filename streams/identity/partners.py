"""Partners are watched: each system of a partner is a thing that hears its words, and who waits for the next.

The door tells it that the partner was heard and what was set aside, courses tell it that they wait for
it inside a running clock, and time does the rest. Its alerts are of no single course: they name the
partner. A partition of the pipeline is watched in the same way, by what its ticks say.
Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from schemas.alert import Finding
from schemas.profiles import platform_limits
from streams.identity import lag
from streams.identity.lag import Lag
from streams.identity.partner import Partner, Refused
from streams.identity.thing import Thing
from streams.identity.watching import QUESTIONS, Question
from streams.messages import Heard, Lagging, Refusal, Reliance
from streams.moments import Micros, moment, span


def take(thing: Thing, word: Heard | Reliance | Refusal | Lagging, clock: Micros) -> None:
    """Take in what the door, a course or a tick says of the partner or the partition."""
    if isinstance(word, Lagging):
        if thing.lag is None:
            thing.lag = Lag()
        thing.lag.hear(word)
        return
    if thing.partner is None:
        thing.partner = Partner()
    match word:
        case Heard():
            thing.partner.hear(word, clock, span(platform_limits().clock_offset))
        case Reliance():
            thing.partner.rely(word)
        case Refusal():
            refuse(thing.partner, word)


def refuse(partner: Partner, refusal: Refusal) -> None:
    """Take in that a message of the partner was set aside, or released."""
    if refusal.released:
        partner.released = sorted({*partner.released, refusal.entry})
        return
    name = f"{refusal.reason}/{moment(refusal.at).date().isoformat()}"
    partner.refused.setdefault(name, Refused()).add(refusal.at, refusal.entry)


Judged = tuple[list[Finding], Micros | None]
"""What is wrong, and when to ask again if nothing else happens."""


def _ask(question: Question, thing: Thing, identifier: str, clock: Micros) -> Judged:
    """What one question finds of a partner, and when to ask again."""
    partner = thing.partner
    if partner is None:
        return [], None
    if partner.ahead:  # seldom, and every question would ask it anew
        partner.pass_time(clock, span(platform_limits().clock_offset))
    again_at = partner.ahead[0].at if partner.ahead else None
    if not question.concerns(partner):
        return [], again_at
    said = [*question.check(identifier, partner, clock)]
    dues = [one for one in said if not isinstance(one, Finding)]
    if again_at is not None:
        dues.append(again_at)
    return [one for one in said if isinstance(one, Finding)], min(dues, default=None)


def _lagging(thing: Thing, identifier: str, clock: Micros) -> Judged:
    """Whether a partition keeps up."""
    found = None if thing.lag is None else lag.processing_lags(identifier, thing.lag)
    return [] if found is None else [found], None


JUDGES: tuple[tuple[str, Callable[[Thing, str, Micros], Judged]], ...] = (
    (lag.CODE, _lagging),
    *((question.code, partial(_ask, question)) for question in QUESTIONS),
)
"""What is asked of a partner or a partition."""
