"""Identity checks as evidence: made, in agreement, and by two persons where the profile asks for two."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.collection import CheckContext, IdentityVerified
from schemas.envelope import Scheme
from schemas.record import Answer
from streams.detectors.release import Item
from streams.view import View


def checked(view: View, context: CheckContext) -> Iterator[Item]:
    """An item for the checks of a step, and one for the second person.

    The latest check of each set of containers counts: a good scan of one bag never covers a bad scan
    of another, and a check that compared nothing proves nothing.
    """
    checks = [check for check in view.of(IdentityVerified) if check.context is context]
    name = f"identity check ({context.value})"
    if not checks:
        yield Item(name, Answer.UNKNOWN, ())
        return
    latest = {frozenset(check.named(Scheme.CONTAINER)): check for check in checks}
    for check in latest.values():
        differs = any(pair.expected != pair.found for pair in check.comparisons)
        agrees = Answer.SATISFIED if check.comparisons else Answer.UNKNOWN
        yield Item(name, Answer.NOT_SATISFIED if differs else agrees, (check.event_id,))
    asked = None if view.profile is None else view.profile.second_person
    if asked is None or context not in asked.at:
        return
    for containers in latest:
        alike = [c for c in checks if frozenset(c.named(Scheme.CONTAINER)) == containers]
        persons = {p for c in alike for p in (c.actor, c.second_actor) if p is not None}
        if len(persons) < 2:
            yield Item(f"second person at the {name}", Answer.UNKNOWN, ())
