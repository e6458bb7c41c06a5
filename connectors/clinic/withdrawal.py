"""A record that should never have been takes back what its earlier versions said.

FHIR says `entered-in-error` and no more: not which versions were sent before, and not in which status. So
every fact that the record could have said in any status is withdrawn for every version before this one;
withdrawing what nobody said does no harm. The versions are counted by `meta.versionId`, or named as
`revision` or `removal` by the provenance; `removal` alone does for kinds that have no such status. Where neither tells them, the record is refused for a person to look
at, because believing on would be worse. Pure.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from connectors.clinic import structure
from connectors.clinic.document import name_of, version_of
from connectors.clinic.identifiers import name_a_course
from connectors.clinic.said import Said, Says, SaysNothing
from connectors.connector import CannotUnderstand
from schemas.envelope import Event
from schemas.reasons import Reason

MOST_VERSIONS = 100
"""A record with more versions is no single step of a therapy."""


def withdrawn(said: Said, says: Says) -> tuple[Event, ...]:
    """The withdrawal of every fact that an earlier version of the record could have said."""
    if not name_a_course(said.identifiers):
        raise SaysNothing(f"a {said.kind} entered in error that names no course")
    found: dict[UUID, Event] = {}
    unread: CannotUnderstand | None = None
    for version in _earlier(said):
        for status in sorted(structure.SHAPES[said.kind].statuses - {"entered-in-error"}) or [""]:
            try:
                for fact in says(replace(said, status=status, withdraws=version)):
                    found.setdefault(fact.event_id, fact)
            except SaysNothing:
                continue
            except CannotUnderstand as refusal:
                unread = refusal
    if not found and unread is not None:
        raise unread
    if not found:
        raise SaysNothing(f"a {said.kind} entered in error that is no step of the therapy")
    return tuple(found.values())


def _earlier(said: Said) -> tuple[str, ...]:
    """The partner's own keys of the versions before this one."""
    if said.revised:
        return said.revised
    name, (_, number, _) = name_of(said.resource), version_of(said.resource)
    if name is None or not 1 < number <= MOST_VERSIONS:
        detail = (
            f"{said.kind} is entered in error, and meta.versionId does not count the versions before;"
            " name them in a Provenance with the role revision"
        )
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    return tuple(f"{name}/_history/{earlier}" for earlier in range(1, number))
