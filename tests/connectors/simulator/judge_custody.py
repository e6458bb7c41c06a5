"""Judges what travelled by the facts of a course alone, written anew from the meanings of the exceptions.

It shares no code with the detectors nor with the script of a journey. It looks with hindsight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from schemas.envelope import Event, Scheme
from schemas.manufacture import MaterialReceived
from schemas.transport import (
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
    ShipmentDelivered,
)
from schemas.treatment import ProductReceived


def travelled(events: Sequence[Event]) -> Iterable[tuple[str, bool]]:
    """Each code of what travels, with whether the facts call for it."""
    ways = [
        [e for e in events if shipment in e.named(Scheme.SHIPMENT)]
        for shipment in sorted({s for e in events for s in e.named(Scheme.SHIPMENT)})
    ]
    return (
        ("CU-02", any(_taken_twice(way) for way in ways)),
        ("CU-05", any(_unsealed(way) for way in ways)),
        ("CU-06", any(_gone_astray(way) for way in ways)),
        ("CU-07", any(_counted_otherwise(way) for way in ways)),
        ("CU-08", any(_unqualified(way) for way in ways)),
    )


def _taken_twice(way: Sequence[Event]) -> bool:
    """Whether two took it from the same party, and neither of them gave it to the other."""
    takers = {(e.from_party, e.to_party) for e in way if isinstance(e, CustodyAccepted)}
    handed = {(e.from_party, e.to_party) for e in way if isinstance(e, CustodyHandedOver)}
    return any(
        giver == other_giver and taker != other and (taker, other) not in handed
        for giver, taker in takers
        for other_giver, other in takers
    )


def _unsealed(way: Sequence[Event]) -> bool:
    seals = {e.seal for e in way if isinstance(e, PackagePacked)}
    looked = [e for e in way if isinstance(e, CustodyAccepted | MaterialReceived | ProductReceived)]
    return any(e.seal_intact is False or e.seal not in seals for e in looked)


def _gone_astray(way: Sequence[Event]) -> bool:
    wanted = {e.destination for e in way if isinstance(e, ShipmentBooked)}
    return any(e.receiver not in wanted for e in way if isinstance(e, ShipmentDelivered))


def _counted_otherwise(way: Sequence[Event]) -> bool:
    packed = {c for e in way if isinstance(e, PackagePacked) for c in e.named(Scheme.CONTAINER)}
    found = {c for e in way if isinstance(e, ProductReceived) for c in e.named(Scheme.CONTAINER)}
    return bool(found) and found != packed


def _unqualified(way: Sequence[Event]) -> bool:
    ends = [e.lane_qualified_until for e in way if isinstance(e, ShipmentBooked)]
    left = [e.occurred_at for e in way if isinstance(e, CustodyHandedOver)]
    return any(end is not None and at > end for end in ends for at in left)
