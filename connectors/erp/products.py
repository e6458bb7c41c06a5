"""Which product an order is for, in the words of the partner or in ours.

An order that is a treatment order names exactly one product, however many lines repeat it. Without
an agreement every such order counts; a partner whose ERP also sells other goods says in its mapping,
under `products`, which material numbers are therapies and which product of ours each one is.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.connector import CannotUnderstand, Partner
from connectors.erp.idoc import Segment
from schemas.reasons import Reason

QUALIFIERS = ("002", "003", "001")
"""E1EDP19 QUALF, best first: the supplier's material number, the article number, the customer's."""


def agreed_products(partner: Partner) -> Mapping[str, str] | None:
    """Material number to product code, where the partner has agreed on a list."""
    listed = partner.mapping.get("products")
    if not isinstance(listed, Mapping):
        return None
    return {str(number): str(product) for number, product in listed.items()}


def products(body: Segment, partner: Partner) -> tuple[str, ...]:
    """The products of an order, each once; only those agreed on where there is an agreement."""
    agreed = agreed_products(partner)
    found: dict[str, None] = {}
    for item in body.every("E1EDP01"):
        numbers = _numbers(item)
        if agreed is None:
            found.update(dict.fromkeys(numbers[:1]))
        else:
            found.update((agreed[number], None) for number in numbers if number in agreed)
    return tuple(found)


def one_product(found: tuple[str, ...]) -> str:
    """The only product of an order that is a treatment order for other reasons."""
    if len(found) == 1:
        return found[0]
    if not found:
        raise CannotUnderstand(Reason.FIELD_MISSING, "E1EDP19.IDTNR: the order names no product")
    detail = f"E1EDP19.IDTNR: one product expected, found {len(found)}; agree on a list of products"
    raise CannotUnderstand(Reason.FIELD_INVALID, detail)


def _numbers(item: Segment) -> tuple[str, ...]:
    """The material numbers of an item, the best first."""
    named = [(s.get("QUALF"), s.get("IDTNR") or s.get("IDTNR_LONG")) for s in item.every("E1EDP19")]
    return tuple(n for q in QUALIFIERS for qualifier, n in named if qualifier == q and n)
