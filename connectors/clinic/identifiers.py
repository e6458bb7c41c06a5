"""Which identifiers of a FHIR resource name a thing of the therapy, and whose token the patient has.

An issuing system says what an identifier names. Understood are the ISBT 128 addresses (COI, DIN,
Single European Code), GS1 handling units as EPC URN or Digital Link, our own
`https://vein-to-vein.org/id/<scheme>` (also as `urn:vein-to-vein:id:<scheme>`), and what the partner's
`identifier_systems` adds. Everything else, a hospital number above all, is left out. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from connectors.clinic.codes import IDENTIFIER_TYPE, URI_SYSTEM
from connectors.clinic.document import Document
from connectors.clinic.node import Node
from connectors.connector import CannotUnderstand, Partner, Tokens
from schemas.envelope import OCCUPIED_SCHEMES, Identifier, Scheme
from schemas.identifiers import epc
from schemas.identifiers.form import Malformed
from schemas.identifiers.isbt128 import parse_coi, parse_din
from schemas.identifiers.sec import parse_sec
from schemas.reasons import Reason

OUR_SYSTEMS = ("https://vein-to-vein.org/id/", "urn:vein-to-vein:id:")
ISBT_SYSTEM = re.compile(r"https?://(?:www\.)?isbt128\.org/uri/(\w+)")
ISBT_ELEMENTS = {
    "ChainOfIdentityIdentifier": Scheme.COI,
    "DonationIdentificationNumber": Scheme.DIN,
    "SingleEuropeanCode": Scheme.SEC,
}
ISBT_FORMS: dict[Scheme, Callable[[str], object]] = {
    Scheme.COI: parse_coi,
    Scheme.DIN: parse_din,
    Scheme.SEC: parse_sec,
}
HANDLING_UNIT = re.compile(r"urn:epc:id:sscc:.*|https?://.*/00/\d+")
"""A URI that names a serial shipping container code, as EPC URN or as Digital Link."""

REFERRING = (
    "basedOn",
    "request",
    "usedReference",
    "partOf",
    "focus",
    "parent",
    "specimen",
    "derivedFrom",
    "medicationReference",
    "product",
    "context",
    "encounter",
)
"""References by which a resource says what it is about; the patient is none of them."""


def scheme_of(system: str, partner: Partner) -> Scheme | None:
    """What kind of thing the identifiers of an issuing system name."""
    if system in partner.identifier_systems:
        return partner.identifier_systems[system]
    isbt = ISBT_SYSTEM.fullmatch(system)
    if isbt is not None:
        return ISBT_ELEMENTS.get(isbt[1])
    for ours in OUR_SYSTEMS:
        if system.startswith(ours):
            name = system.removeprefix(ours).replace("-", "_").upper()
            if name in Scheme.__members__ and name != Scheme.UNKNOWN_TO_READER:
                return Scheme[name]
            detail = f"identifier system {system[:80]!r} names no scheme"
            raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail)
    return None


def identifier(stated: Node, partner: Partner) -> Identifier | None:
    """One FHIR identifier in our words; None when it names nothing of the therapy."""
    system, value = stated.text("system") or "", stated.text("value")
    if value is None:
        return None
    if system == URI_SYSTEM:
        if not HANDLING_UNIT.fullmatch(value):
            return None
        sscc = _checked(_handling_unit, value, stated.path)
        return Identifier(scheme=Scheme.SSCC, value=sscc)
    scheme = scheme_of(system, partner)
    if scheme is None:
        return None
    if ISBT_SYSTEM.fullmatch(system):
        value = _checked(ISBT_FORMS[scheme], value, stated.path)
    assigner = stated.node("assigner")
    issuer = None if assigner is None else assigner.text("display")
    if issuer is None and system in partner.identifier_systems:
        issuer = system[:100]
    return Identifier(scheme=scheme, value=value, issuer=issuer)


def _checked(form: Callable[[str], object], value: str, path: str) -> str:
    """The identifier as its own standard writes it, without what only a barcode carries."""
    try:
        return str(form(value))
    except Malformed as malformed:
        detail = f"{path}: {malformed}"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail) from None


def _handling_unit(uri: str) -> str:
    return epc.read(uri).value


def course_identifiers(
    resource: Node, document: Document, partner: Partner, product: bool = False
) -> tuple[Identifier, ...]:
    """Everything of the therapy that the resource names, itself or by what it refers to.

    `product` says that the medication is the product itself, so that its lot is the batch.
    """
    found: dict[tuple[Scheme, str], Identifier] = {}
    for stated in _stated(resource, document, product):
        named = identifier(stated, partner)
        if named is not None:
            found.setdefault((named.scheme, named.value), named)
    return tuple(found.values())


def name_a_course(identifiers: tuple[Identifier, ...]) -> bool:
    """Whether any of them can lead to a course."""
    return any(i.scheme not in OCCUPIED_SCHEMES for i in identifiers)


def _stated(resource: Node, document: Document, product: bool) -> Iterator[Node]:
    yield from _own(resource)
    references = [r for name in REFERRING for r in resource.each(name)]
    for supplied in resource.each("suppliedItem"):
        references += supplied.each("itemReference")
    for reference in references:
        yield from reference.each("identifier")
        target = document.resolve(reference, resource)
        if target is not None:
            yield from _own(target)
            yield from _lots(target) if product else ()


def _own(resource: Node) -> Iterator[Node]:
    for name in ("identifier", "accessionIdentifier", "requisition", "biologicalSourceEvent"):
        yield from resource.each(name)
    if resource.text("resourceType") == "Specimen":
        for container in resource.nodes("container"):
            yield from container.nodes("identifier")


def _lots(medication: Node) -> Iterator[Node]:
    for batch in medication.each("batch"):
        lot = batch.text("lotNumber")
        if lot is not None:
            system = OUR_SYSTEMS[0] + Scheme.BATCH.lower()
            yield Node({"system": system, "value": lot}, f"{batch.path}.lotNumber")


def subject_token(
    resource: Node, document: Document, partner: Partner, tokens: Tokens
) -> str | None:
    """The patient's token, where the message says an identifier of the patient.

    A bare reference such as Patient/123 gives none: it is the name of a record on one server, and a
    token made of it would never equal the one made of the hospital number.
    """
    for reference in _patients(resource):
        token = token_of(reference, resource, document, partner, tokens)
        if token is not None:
            return token
    return None


def token_of(
    reference: Node, inside: Node, document: Document, partner: Partner, tokens: Tokens
) -> str | None:
    """The token of the patient that one reference means, where the message says an identifier."""
    target = document.resolve(reference, inside)
    if target is not None and target.text("resourceType") != "Patient":
        return None
    stated = [*reference.each("identifier"), *(() if target is None else _own(target))]
    chosen = min(
        (i for i in stated if i.text("value") and identifier(i, partner) is None),
        key=_preference,
        default=None,
    )
    if chosen is None:
        return None
    return tokens.subject(chosen.text("system") or partner.name, chosen.needed("value"))


def personal_data(resource: Node, document: Document, partner: Partner) -> tuple[str, ...]:
    """What the message states about its patients, so that it can be taken out of free text.

    A course that a patient's record names beside the hospital number is not among it.
    """
    found: list[str | None] = []
    references = list(_patients(resource))
    people = {id(r.value): r for r in document.patients}
    people |= {id(r.value): r for r in resource.nodes("contained")}
    for reference in references:
        found.append(reference.text("display"))
        found += _numbers(reference.each("identifier"), partner)
    for person in people.values():
        if person.text("resourceType") != "Patient":
            continue
        found.append(person.text("birthDate"))
        found += _numbers(person.each("identifier"), partner)
        found += [stated.text("value") for stated in person.each("telecom")]
        for named in person.each("name"):
            given = named.value.get("given")
            found += [named.text("text"), named.text("family")]
            found += [g for g in given if isinstance(g, str)] if isinstance(given, list) else []
    return tuple(text for text in found if text)


def _numbers(stated: Iterable[Node], partner: Partner) -> list[str | None]:
    """The values that name the patient: all but those that name a thing of the therapy."""
    return [one.text("value") for one in stated if identifier(one, partner) is None]


def _patients(resource: Node) -> Iterator[Node]:
    """Where a resource says whom it is about."""
    for name in ("subject", "patient", "for", "individual"):
        yield from resource.each(name)
    for collected in resource.each("collection"):
        yield from collected.each("source")
    for participant in resource.each("participant"):
        for actor in participant.each("actor"):
            literal = actor.text("reference") or ""
            if actor.text("type") == "Patient" or "Patient" in literal.split("/"):
                yield actor
    if resource.text("resourceType") == "Patient":
        yield Node({"reference": f"Patient/{resource.text('id')}"}, resource.path)


def _preference(stated: Node) -> tuple[int, str]:
    """The hospital number before every other identifier of a patient."""
    kind = stated.node("type")
    if kind is not None and (IDENTIFIER_TYPE, "MR") in kind.codings():
        return (0, "")
    use = stated.text("use") or ""
    return (
        {"usual": 1, "official": 2, "old": 9, "temp": 8}.get(use, 3),
        stated.text("system") or "",
    )
