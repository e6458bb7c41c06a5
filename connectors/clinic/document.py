"""A FHIR message: one resource, or a bundle whose entries refer to each other in any order.

Pure: references are followed inside the message only; nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from connectors.clinic.node import Node
from connectors.connector import CannotUnderstand
from schemas.reasons import Reason

BUNDLE_TYPES = frozenset(
    [
        "document",
        "message",
        "transaction",
        "transaction-response",
        "batch",
        "batch-response",
        "history",
        "searchset",
        "collection",
        "subscription-notification",
    ]
)


def kind_of(resource: Node) -> str:
    """What kind of resource this is."""
    kind = resource.text("resourceType")
    if kind is None:
        detail = f"{resource.path}.resourceType is missing; is this FHIR"
        raise CannotUnderstand(Reason.UNKNOWN_FORMAT, detail)
    return kind


def name_of(resource: Node) -> str | None:
    """The resource's own name on its server, for example Procedure/123."""
    logical = resource.text("id")
    return None if logical is None else f"{kind_of(resource)}/{logical}"


def version_of(resource: Node) -> tuple[str, int, str]:
    """When the resource was last changed, for telling which of two versions is the later."""
    meta = resource.node("meta")
    if meta is None:
        return ("", 0, "")
    version = meta.text("versionId") or ""
    return (meta.text("lastUpdated") or "", int(version) if version.isdecimal() else 0, version)


@dataclass(frozen=True)
class Document:
    """The resources of one message, findable by every name that another may use for them."""

    index: Mapping[str, Node]
    provenances: tuple[Node, ...] = ()
    _contained: dict[int, tuple[dict[str, Node], CannotUnderstand | None]] = field(
        default_factory=dict, repr=False
    )
    """What resources contain, once it was asked for: one may contain very many, and refer to each."""

    def resolve(self, reference: Node, inside: Node) -> Node | None:
        """The resource that a reference means, where this message holds it."""
        literal = reference.text("reference")
        if literal is None:
            return None
        if literal.startswith("#"):
            found, fault = self._contained_in(inside)
            if fault is not None and literal[1:] not in found:
                raise fault.with_traceback(None)
            return found.get(literal[1:])
        literal = literal.partition("/_history/")[0]
        return self.index.get(literal) or self.index.get("/".join(literal.split("/")[-2:]))

    def _contained_in(self, inside: Node) -> tuple[dict[str, Node], CannotUnderstand | None]:
        """What a resource contains, by the id, as far as it can be read."""
        known = self._contained.get(id(inside.value))
        if known is None:
            known = self._contained[id(inside.value)] = _contained(inside)
        return known

    def provenance_of(self, resource: Node) -> Node | None:
        """What the message says about how this resource came about; the latest, if several."""
        about, broken = self._targets
        mine = about.get(id(resource.value), [])
        for provenance, fault in broken:
            if provenance not in mine:
                raise fault.with_traceback(None)  # it may be about this one: nobody knows
        return max(mine, key=lambda p: (p.text("recorded") or "", p.text("id") or ""), default=None)

    @cached_property
    def patients(self) -> tuple[Node, ...]:
        """The records of patients that others may refer to, each once."""
        each = {id(one.value): one for one in self.index.values() if kind_of(one) == "Patient"}
        return tuple(each.values())

    @cached_property
    def _targets(self) -> tuple[dict[int, list[Node]], list[tuple[Node, CannotUnderstand]]]:
        """What is said of each object of this message, and the provenances that cannot be read to their end.

        Gathered once: a bundle of many records with a provenance each would else be walked for each of them.
        """
        about: dict[int, list[Node]] = {}
        broken: list[tuple[Node, CannotUnderstand]] = []
        for provenance in self.provenances:
            targets: dict[int, None] = {}
            try:
                for target in provenance.nodes("target"):
                    if (found := self.resolve(target, provenance)) is not None:
                        targets[id(found.value)] = None
            except CannotUnderstand as fault:
                broken.append((provenance, fault))
            for one in targets:
                about.setdefault(one, []).append(provenance)
        return about, broken


def _contained(inside: Node) -> tuple[dict[str, Node], CannotUnderstand | None]:
    found: dict[str, Node] = {}
    try:
        for contained in inside.nodes("contained"):
            if (own := contained.text("id")) is not None:
                found.setdefault(own, contained)
    except CannotUnderstand as fault:
        return found, fault
    return found, None


def single(resource: Node) -> Document:
    """A message of one resource, which may still hold what it contains."""
    about = tuple(c for c in resource.nodes("contained") if c.text("resourceType") == "Provenance")
    name = name_of(resource)
    return Document({} if name is None else {name: resource}, about)


def entries_of(bundle: Node) -> tuple[Node, ...]:
    """The entries of a bundle."""
    kind = bundle.needed("type")
    if kind not in BUNDLE_TYPES:
        detail = f"{bundle.path}.type: {kind[:40]!r} is no type of bundle"
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
    return bundle.nodes("entry")


def bundled(entries: tuple[Node, ...]) -> Document:
    """The index of a bundle; of several versions of one resource, the latest is meant."""
    index: dict[str, Node] = {}
    provenances = []
    for entry, resource in _readable(entries):
        if resource.text("resourceType") == "Provenance":
            provenances.append(resource)
        for name in (entry.text("fullUrl"), name_of(resource)):
            if name is None:
                continue
            other = index.get(name)
            if other is None or version_of(other) < version_of(resource):
                index[name] = resource
    return Document(index, tuple(provenances))


def _readable(entries: tuple[Node, ...]) -> Iterator[tuple[Node, Node]]:
    """The entries that can be referred to; what is wrong with the others is said entry by entry."""
    for entry in entries:
        try:
            resource = entry.node("resource")
            if resource is not None:
                kind_of(resource), name_of(resource), version_of(resource), entry.text("fullUrl")
                yield entry, resource
        except CannotUnderstand:
            continue
