"""Follows the links that events declare, to see which course each event leads to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from schemas.envelope import OCCUPIED_SCHEMES, Event, Identifier, Scheme
from schemas.ordering import AliasLinked, AliasRevoked

Link = tuple[Identifier, Identifier]


def links_of(event: Event) -> Iterator[Link]:
    """The links that the system of record makes by saying this event."""
    if isinstance(event, AliasLinked):
        yield event.alias, event.target
    for scheme, targets in type(event).links:
        for target in targets:
            found = _named(event, target)
            if found:
                for alias in event.identifiers:
                    if alias.scheme is scheme:
                        yield alias, found[0]
                break


def _named(event: Event, scheme: Scheme) -> list[Identifier]:
    if scheme is Scheme.COI and event.coi is not None:
        return [Identifier(scheme=Scheme.COI, value=event.coi)]
    return [identifier for identifier in event.identifiers if identifier.scheme is scheme]


def map_of(events: Iterable[Event]) -> dict[Identifier, set[Identifier]]:
    """Every identifier with what it leads to; a revoked link leads nowhere."""
    leads: dict[Identifier, set[Identifier]] = {}
    revoked: set[Link] = set()
    for event in events:
        if isinstance(event, AliasRevoked):
            revoked.add((event.alias, event.target))
        for alias, target in links_of(event):
            leads.setdefault(alias, set()).add(target)
    for alias, target in revoked:
        leads[alias].discard(target)
    return leads


def courses_of(event: Event, leads: Mapping[Identifier, set[Identifier]]) -> set[str]:
    """The courses that an event leads to, along all of its identifiers."""
    found = {event.coi} if event.coi is not None else set()
    for identifier in event.identifiers:
        if identifier.scheme not in OCCUPIED_SCHEMES:
            found |= _follow(identifier, leads)
    return found


def _follow(identifier: Identifier, leads: Mapping[Identifier, set[Identifier]]) -> set[str]:
    if identifier.scheme is Scheme.COI:
        return {identifier.value}
    return {coi for target in leads.get(identifier, ()) for coi in _follow(target, leads)}
