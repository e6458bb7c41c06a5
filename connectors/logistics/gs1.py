"""Reads the GS1 keys among the URIs of a document; what is no GS1 key may be a URI of the partner's own.

How a key is written and checked is in `schemas.identifiers`; here only what a document may do: name
something else, or name a key that is wrong and has to be refused.
"""

from __future__ import annotations

from functools import lru_cache

from connectors.connector import CannotUnderstand
from schemas.identifiers import epc
from schemas.identifiers.form import Malformed
from schemas.identifiers.gs1 import Key
from schemas.reasons import Reason

NAMES_OF_A_MESSAGE = 16
"""So many URIs are remembered: a message names the same few again and again, the next one names others."""


def key(uri: str) -> Key | None:
    """The GS1 key that the URI writes; None when it is no GS1 key at all."""
    found = _read(uri)
    if isinstance(found, epc.NoKey):
        return None
    if isinstance(found, Malformed):
        detail = f"{uri[:80]!r}: {found}"
        raise CannotUnderstand(Reason.IDENTIFIER_MALFORMED, detail)
    return found


def link(uri: str) -> str:
    """The one Digital Link of a GS1 key, whatever domain or URN it came in; any other text as it is."""
    found = _read(uri) if ":" in uri else None
    return epc.to_link(found) if isinstance(found, Key) else uri


@lru_cache(NAMES_OF_A_MESSAGE)
def _read(uri: str) -> Key | Malformed:
    """The key, or what is wrong with it."""
    try:
        return epc.read(uri)
    except Malformed as malformed:
        return malformed.with_traceback(None)
