"""Where each field stands in a segment of a fixed-width IDoc: offset and length, as SAP's own pages give them.

SAP only appends fields to a released segment, so one layout reads every release of it. Carried here
are the segments that orders and deliveries are read from, and our own extension. A segment that is
read but not carried here, or a field beyond those carried, is agreed with the partner: its system shows
the layout in transaction WE60, and the settings repeat it, `mapping: {segments: {E1AFKOL: {AUFNR: [63, 12]}}}`,
with the offset in the whole record as WE60 counts it. A field is never sought where it only may be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from connectors.connector import Partner
from connectors.erp.idoc import Segment

HEAD = 63
"""Letters of a data record before its fields: segment, client, document, numbers and level."""
LONGEST_RECORD = 1063

Layout = Mapping[str, tuple[int, int]]
"""Field to its offset within the fields of the segment, and its length."""

CONTROL: tuple[tuple[str, int], ...] = (
    *(("TABNAM", 10), ("MANDT", 3), ("DOCNUM", 16), ("DOCREL", 4), ("STATUS", 2), ("DIRECT", 1)),
    *(("OUTMOD", 1), ("EXPRSS", 1), ("TEST", 1), ("IDOCTYP", 30), ("CIMTYP", 30), ("MESTYP", 30)),
    *(("MESCOD", 3), ("MESFCT", 3), ("STD", 1), ("STDVRS", 6), ("STDMES", 6), ("SNDPOR", 10)),
    *(("SNDPRT", 2), ("SNDPFC", 2), ("SNDPRN", 10), ("SNDSAD", 21), ("SNDLAD", 70)),
    *(("RCVPOR", 10), ("RCVPRT", 2), ("RCVPFC", 2), ("RCVPRN", 10), ("RCVSAD", 21)),
    *(("RCVLAD", 70), ("CREDAT", 8), ("CRETIM", 6), ("REFINT", 14), ("REFGRP", 14)),
    *(("REFMES", 14), ("ARCKEY", 70), ("SERIAL", 20)),
)
"""The fields of the control record EDI_DC40, in their order, with their lengths."""

CONTROL_LENGTH = sum(length for _, length in CONTROL)

_ORDERS: dict[str, Layout] = {
    "E1EDK01": {"ACTION": (0, 3), "CURCY": (4, 3), "BSART": (79, 4), "BELNR": (83, 35)},
    "E1EDK02": {"QUALF": (0, 3), "BELNR": (3, 35), "DATUM": (44, 8), "UZEIT": (52, 6)},
    "E1EDK03": {"IDDAT": (0, 3), "DATUM": (3, 8), "UZEIT": (11, 6)},
    "E1EDKA1": {
        "PARVW": (0, 3),
        "PARTN": (3, 17),
        "LIFNR": (20, 17),
        "IHREZ": (683, 30),
        "ILNNR": (873, 70),
    },
    "E1EDP01": {"POSEX": (0, 6), "ACTION": (6, 3), "ABGRU": (212, 2), "WERKS": (311, 4)},
    "E1EDP19": {"QUALF": (0, 3), "IDTNR": (3, 35)},
    "E1EDP20": {"EDATU": (30, 8), "EZEIT": (38, 6)},
}
_DELIVERIES: dict[str, Layout] = {
    "E1EDL18": {"QUALF": (0, 3)},
    "E1EDL20": {"VBELN": (0, 10), "ROUTE": (83, 6), "BOLNR": (149, 35)},
    "E1EDL21": {"LFART": (0, 4)},
    "E1EDL24": {"POSNR": (0, 6), "MATNR": (6, 18), "WERKS": (136, 4), "CHARG": (144, 10)},
    "E1EDL37": {"EXIDV": (0, 20)},
    "E1EDL43": {"QUALF": (0, 1), "BELNR": (1, 35)},
    "E1EDT13": {
        "QUALF": (0, 3),
        "NTANF": (27, 8),
        "NTANZ": (35, 6),
        "TZONE_BEG": (55, 6),
        "ISDD": (61, 8),
        "ISDZ": (69, 6),
    },
}
_OURS: dict[str, Layout] = {
    "Z1V2VEXT": {"NAME": (0, 40), "VALUE": (40, 960)},
    "Z1V2VALI": {
        "ALISCH": (0, 20),
        "ALIVAL": (20, 80),
        "ALIISS": (100, 100),
        "TGTSCH": (200, 20),
        "TGTVAL": (220, 80),
        "TGTISS": (300, 100),
    },
}
CARRIED: Mapping[str, Layout] = {**_ORDERS, **_DELIVERIES, **_OURS}
"""Segment type to its layout."""

AGREED_ONLY = frozenset({"E1AFKOL", "E1AFPOL", "E1BATMAS"})
"""Segments that facts are read from, and whose layout the partner has to state."""


def unstated(body: Segment, partner: Partner) -> str | None:
    """The first segment that facts are read from and whose columns nobody has stated."""
    known = layouts(partner)
    return next((n for n in sorted(AGREED_ONLY) if n not in known and any(body.every(n))), None)


def layouts(partner: Partner) -> Mapping[str, Layout]:
    """The layouts for one partner: those carried here, and what the settings add to them."""
    stated = partner.mapping.get("segments")
    if stated is None:
        return CARRIED
    if not isinstance(stated, Mapping):
        raise ValueError("mapping: segments: expected the names of segments")
    found = dict(CARRIED)
    for segment, fields in stated.items():
        found[str(segment)] = {**found.get(str(segment), {}), **dict(_agreed(segment, fields))}
    return found


def _agreed(segment: object, fields: object) -> Iterator[tuple[str, tuple[int, int]]]:
    if not isinstance(fields, Mapping):
        raise ValueError(f"mapping: segments.{segment}: expected fields with offset and length")
    for name, place in fields.items():
        match place:
            case [int(offset), int(length)] if (
                offset >= HEAD and length > 0 and offset + length <= LONGEST_RECORD
            ):
                yield str(name), (offset - HEAD, length)
            case _:
                raise ValueError(
                    f"mapping: segments.{segment}.{name}: expected [offset, length] as WE60 shows"
                    f" them, from {HEAD} and within {LONGEST_RECORD}"
                )
