"""Reads the GS1 keys among the URIs of a document; what is no GS1 key may be a URI of the partner's own.

How a key is written and checked is in `schemas.identifiers`; here only what a document may do: name
something else, or name a key that is wrong and has to be refused.
"""

from __future__ import annotations

from connectors.connector import CannotUnderstand
from schemas.identifiers import epc
from schemas.identifiers.form import Malformed
from schemas.identifiers.gs1 import Key
from schemas.reasons import Reason


def key(uri: str) -> Key | None:
    """The GS1 key that the URI writes; None when it is no GS1 key at all."""
    try:
        return epc.read(uri)
    except epc.NoKey:
        return None
    except Malformed as malformed:
        detail = f"{uri[:80]!r}: {malformed}"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail) from None


def link(uri: str) -> str:
    """The one Digital Link of a GS1 key, whatever domain or URN it came in; any other URI as it is."""
    try:
        return epc.to_link(epc.read(uri))
    except Malformed:
        return uri
