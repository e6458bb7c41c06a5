"""The identity registry within the ERP: message ZV2VALIAS, which is our agreement.

One segment `Z1V2VALI`: the alias in ALISCH, ALIVAL, ALIISS and what it leads to in TGTSCH, TGTVAL,
TGTISS, each a scheme, a value and the issuer where there is one. The code LNK links, REV revokes.
Both names stay out of the identifiers of the event: when a link is wrong they belong to two courses,
and that is what the event is about.
"""

from __future__ import annotations

from connectors.agreed import identifier
from connectors.connector import CannotUnderstand, Decision, Mapped
from connectors.erp.idoc import Segment
from connectors.erp.message import Message
from schemas.envelope import Identifier
from schemas.ordering import AliasLinked, AliasRevoked
from schemas.reasons import Reason

KINDS: dict[str, type[AliasLinked] | type[AliasRevoked]] = {
    "LNK": AliasLinked,
    "REV": AliasRevoked,
}


def alias(message: Message) -> Decision:
    """ZV2VALIAS: a link between two identifiers is stated or withdrawn."""
    kind = KINDS.get(message.idoc.code)
    if kind is None:
        detail = f"EDI_DC40.MESCOD: expected LNK or REV, found {message.idoc.code!r}"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    pairs = tuple(message.body.every("Z1V2VALI"))
    if not pairs:
        raise CannotUnderstand(Reason.FIELD_MISSING, "Z1V2VALI: no alias is named")
    return Mapped(
        tuple(
            message.event(
                kind, (), None, str(n or ""), alias=_end(pair, "ALI"), target=_end(pair, "TGT")
            )
            for n, pair in enumerate(pairs)
        )
    )


def _end(pair: Segment, prefix: str) -> Identifier:
    scheme, value, issuer = (pair.get(f"{prefix}{field}") for field in ("SCH", "VAL", "ISS"))
    if not scheme or not value:
        raise CannotUnderstand(Reason.FIELD_MISSING, f"Z1V2VALI.{prefix}SCH and {prefix}VAL")
    return identifier(scheme, value, issuer or None)
