"""Says which of our identifiers a URI of EPCIS names, and which party or place.

A GS1 key tells by itself what it names. Everything else a partner identifies by a URI of its own,
under a prefix that its settings name (`identifier_systems`), or by ours:
`https://vein-to-vein.org/id/<SCHEME>/<value>`, which carries any identifier without loss.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qs, quote, unquote, urlsplit

from connectors.connector import CannotUnderstand, Partner
from connectors.logistics import gs1, names
from schemas.envelope import Identifier, Scheme
from schemas.identifiers.gs1 import GIAI, GINC, GRAI, GSIN, GTIN, SSCC, Key, KeyKind, holds
from schemas.reasons import Reason

OURS = "https://vein-to-vein.org/id/"

_BY_KEY: Mapping[KeyKind, Scheme] = {
    SSCC: Scheme.SSCC,
    GTIN: Scheme.CONTAINER,
    GINC: Scheme.WAYBILL,
    GSIN: Scheme.SHIPMENT,
    GRAI: Scheme.SHIPPER,
    GIAI: Scheme.LOGGER,
}
"""A returnable asset (GRAI) is a shipper; an individual one (GIAI) is a logger, unless things are in it."""

_BY_TRANSACTION: Mapping[str, Scheme] = {
    "po": Scheme.ORDER,
    "desadv": Scheme.DELIVERY,
    "bol": Scheme.WAYBILL,
    "https://vein-to-vein.org/epcis/BTT-shipment": Scheme.SHIPMENT,
}
"""Other business documents (invoice, pedigree, ...) name nothing that we follow."""

_TRANSACTION_URN = "urn:epcglobal:cbv:bt:"
_LONGEST = 80
_UNPADDED = re.compile(r"\S(.*\S)?")


def identifier_uri(identifier: Identifier) -> str:
    """The URI that carries an identifier; a GS1 key where its form is one."""
    value = identifier.value
    if identifier.scheme is Scheme.SSCC and _whole(value, 18) and identifier.issuer is None:
        return f"https://id.gs1.org/00/{value}"
    issuer = f"?issuer={quote(identifier.issuer, safe='')}" if identifier.issuer else ""
    return f"{OURS}{identifier.scheme}/{quote(value, safe='')}{issuer}"


def party_uri(code: str) -> str:
    """The URI of a party: its global location number where the code is one."""
    return f"https://id.gs1.org/417/{code}" if _whole(code, 13) else f"{OURS}party/{_quoted(code)}"


def place_uri(code: str) -> str:
    """The URI of a place: its global location number where the code is one."""
    return f"https://id.gs1.org/414/{code}" if _whole(code, 13) else f"{OURS}place/{_quoted(code)}"


def code(uri: str) -> str:
    """The code of a party or a place, the same for every spelling of its location number."""
    for kind in ("party/", "place/"):
        if uri.startswith(OURS + kind):
            return unquote(uri.removeprefix(OURS + kind))
    key = gs1.key(uri)
    stated = uri if key is None else ".".join(part for part in (key.value, key.serial) if part)
    if len(stated) > 100:
        raise CannotUnderstand(Reason.FIELD_INVALID, f"{uri[:80]!r}: a code of at most 100 letters")
    return stated


def thing(uri: str, partner: Partner, parent: bool = False) -> Identifier | None:
    """The identifier that a URI among the things of an event stands for."""
    own = _ours(uri) or _of_partner(uri, partner)
    if own is not None:
        return own
    key = gs1.key(uri)
    if key is None or key.kind not in _BY_KEY:
        return None
    if key.kind is GTIN:
        return _of_trade_item(key)
    scheme = _BY_KEY[key.kind]
    if parent and scheme is Scheme.LOGGER:
        scheme = Scheme.SHIPPER
    return _identifier(scheme, key.value + (key.serial or ""), uri)


def transaction(uri: str, kind: str, partner: Partner) -> Identifier | None:
    """The identifier that a business document stands for."""
    own = thing(uri, partner)
    if own is not None:
        return own
    scheme = _BY_TRANSACTION.get(kind)
    if scheme is None:
        return None
    if uri.startswith(_TRANSACTION_URN):
        issuer, _, number = uri.removeprefix(_TRANSACTION_URN).partition(":")
        return _identifier(scheme, unquote(number), uri, issuer)
    key = gs1.key(uri)
    if key is not None and key.value and key.serial is not None:
        return _identifier(scheme, key.serial, uri, key.value)
    # an address longer than an identifier may be leads to a document, not to a course
    return _identifier(scheme, uri, uri) if len(uri) <= _LONGEST else None


def identifiers(
    event: Mapping[str, object], partner: Partner, declared: Mapping[str, str]
) -> tuple[Identifier, ...]:
    """Every identifier that an event names, in the order of the standard's members, each once."""
    found: list[Identifier | None] = []
    if isinstance(parent := event.get("parentID"), str):
        found.append(thing(parent, partner, parent=True))
    for uri in _uris(event):
        found.append(thing(uri, partner))
    for entry in _objects(event.get("bizTransactionList")):
        kind = names.word(str(entry.get("type", "")), "BTT", declared)
        found.append(transaction(str(entry["bizTransaction"]), kind, partner))
    return unique(found)


def unique(found: Iterable[Identifier | None]) -> tuple[Identifier, ...]:
    """Each identifier once, in the order in which it was first named."""
    return tuple(dict.fromkeys(identifier for identifier in found if identifier is not None))


def _uris(event: Mapping[str, object]) -> Iterator[str]:
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        listed = event.get(name)
        yield from (str(uri) for uri in (listed if isinstance(listed, list) else ()))
    for name in ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"):
        yield from (str(entry.get("epcClass")) for entry in _objects(event.get(name)))


def _objects(value: object) -> Iterator[Mapping[str, object]]:
    yield from (entry for entry in (value if isinstance(value, list) else ()) if entry)


def _of_trade_item(key: Key) -> Identifier | None:
    """A serial names one container, a lot names a batch, and the article alone names neither."""
    if key.serial is not None:
        return _identifier(Scheme.CONTAINER, f"{key.value}.{key.serial}", key.value)
    if key.lot is not None:
        return _identifier(Scheme.BATCH, key.lot, key.value, key.value)
    return None


def _ours(uri: str) -> Identifier | None:
    if not uri.startswith(OURS):
        return None
    parts = urlsplit(uri)
    scheme, _, value = parts.path.removeprefix("/id/").partition("/")
    if scheme in ("party", "place"):
        return None
    if scheme not in Scheme.__members__ or scheme == Scheme.UNKNOWN_TO_READER:
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, f"{uri[:80]!r}: no scheme {scheme!r}")
    issuer = parse_qs(parts.query).get("issuer", [None])[0]
    return _identifier(Scheme(scheme), unquote(value), uri, issuer)


def _of_partner(uri: str, partner: Partner) -> Identifier | None:
    """The longest prefix of the partner's own that the URI begins with decides."""
    fitting = [prefix for prefix in partner.identifier_systems if uri.startswith(prefix)]
    if not fitting:
        return None
    prefix = max(fitting, key=len)
    value = unquote(uri.removeprefix(prefix))
    return _identifier(partner.identifier_systems[prefix], value, uri)


def _identifier(scheme: Scheme, value: str, uri: str, issuer: str | None = None) -> Identifier:
    if not _UNPADDED.fullmatch(value) or len(value) > _LONGEST:
        detail = f"{uri[:80]!r}: expected 1 to {_LONGEST} letters for {scheme}"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail)
    return Identifier(scheme=scheme, value=value, issuer=issuer or None)


def _whole(value: str, length: int) -> bool:
    return len(value) == length and holds(value)


def _quoted(text: str) -> str:
    return quote(text, safe="")
