"""Material that two parties state to hold at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from schemas.alert import Finding, Severity
from schemas.envelope import Scheme
from schemas.transport import CustodyAccepted, CustodyHandedOver, PackagePacked, ShipmentBooked
from streams.detectors.custody import HandOver, hand_overs, tolerated_gap
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.view import View, when


class Overlap(NamedTuple):
    """A party took charge from somebody, while another party had it and had not let go."""

    held: CustodyAccepted
    taken: CustodyAccepted
    giver: str
    let_go: CustodyHandedOver | None
    """The word by which the holder let go too late, where there is one."""


def _overlaps(view: View, tolerance: dict[str, timedelta]) -> Iterator[tuple[str, Overlap]]:
    pairs = hand_overs(view)
    for shipment, allowed in tolerance.items():
        here = [pair for pair in pairs if pair.shipment == shipment]
        taken = sorted((pair.taken for pair in here if pair.taken is not None), key=when)
        for place, later in enumerate(taken):
            giver = _giver(here, later)
            for earlier in taken[:place]:
                # where the giver is not named, or is the holder, nobody else is said to have had it
                if giver is None or earlier.to_party in (giver, later.to_party):
                    continue
                let_go = _let_go(here, earlier)
                if let_go is None or let_go.occurred_at > later.occurred_at + allowed:
                    yield shipment, Overlap(earlier, later, giver, let_go)


def _giver(here: list[HandOver], taken: CustodyAccepted) -> str | None:
    """From whom the material was taken, by the taker's word or by the giver's."""
    if taken.from_party is not None:
        return taken.from_party
    given = next((pair.given for pair in here if pair.taken is taken), None)
    return None if given is None else given.from_party


def _let_go(here: list[HandOver], held: CustodyAccepted) -> CustodyHandedOver | None:
    """The first word of a holder, after it took charge, that it gave the material away."""
    given = (pair.given for pair in here if pair.given is not None)
    after = [g for g in given if g.from_party == held.to_party and when(g) > when(held)]
    return min(after, key=when, default=None)


@detector("CU-02", CustodyHandedOver, CustodyAccepted, ShipmentBooked, PackagePacked)
def two_custodians(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A party took charge of the material while another one held it.

    Why: where two are in charge nobody is, and a time or a party is written down wrongly.
    Act: both parties correct their words until one hand-over follows the other.
    """
    if view.profile is None:
        return
    profile = view.profile
    window = timedelta(minutes=profile.handover_window.minutes)
    shipments = sorted({s for e in view.of(CustodyAccepted) for s in e.named(Scheme.SHIPMENT)})
    tolerance = {
        shipment: timedelta(minutes=tolerated_gap(view, profile, shipment).minutes)
        for shipment in shipments
    }
    for shipment, overlap in _overlaps(view, tolerance):
        due = _known_at(overlap, window)
        if now < micros(due):
            yield AskAgain(micros(due))
            continue
        held, taken, giver, let_go = overlap
        end = "has not let go of it" if let_go is None else "let go of it only later"
        words = (held, taken) if let_go is None else (held, taken, let_go)
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{shipment}",
            anchor=f"{held.event_id}/{taken.event_id}",
            raised_at=due,
            detail=f"{taken.to_party} took {shipment} from {giver}, while {held.to_party} held it "
            f"and {end}",
            severity=Severity.S2,
            evidence=tuple(word.event_id for word in words),
            missing=("corrected times or parties",),
        )


def _known_at(overlap: Overlap, window: timedelta) -> datetime:
    """When it is sure: the holder let go too late, or has not let go while its word was waited for."""
    due = overlap.taken.occurred_at + window
    return due if overlap.let_go is None else min(due, overlap.let_go.occurred_at)


DETECTORS: tuple[Detector, ...] = (two_custodians,)
