"""Material that nobody, or only one side, states to hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from schemas.alert import Finding, Severity
from schemas.envelope import Scheme
from schemas.profile import Material, MinuteLimit, TherapyProfile
from schemas.transport import (
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
    ShipmentKind,
)
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.view import View, made_of


class HandOver(NamedTuple):
    """Both sides of one hand-over, as far as they are known."""

    shipment: str
    given: CustodyHandedOver | None
    taken: CustodyAccepted | None


@made_of(CustodyHandedOver, CustodyAccepted)
def hand_overs(view: View) -> list[HandOver]:
    """Every hand-over of every shipment: the giver's word beside the taker's, by party, in order of time."""
    pairs: list[HandOver] = []
    shipments = {
        shipment
        for kind in (CustodyHandedOver, CustodyAccepted)
        for event in view.of(kind)
        for shipment in event.named(Scheme.SHIPMENT)
    }
    for shipment in sorted(shipments):
        given = view.having(CustodyHandedOver, Scheme.SHIPMENT, shipment)
        taken = list(view.having(CustodyAccepted, Scheme.SHIPMENT, shipment))
        for word in given:
            match = next((t for t in taken if _same(word, t)), None)
            if match is not None:
                taken.remove(match)
            pairs.append(HandOver(shipment, word, match))
        pairs += [HandOver(shipment, None, word) for word in taken]
    return pairs


def _same(given: CustodyHandedOver, taken: CustodyAccepted) -> bool:
    if given.to_party is not None:
        return given.to_party == taken.to_party
    return taken.from_party is None or taken.from_party == given.from_party


def kind_of(view: View, shipment: str) -> ShipmentKind:
    """What a shipment holds, as its booking or its packing says; unknown when neither does."""
    said: list[ShipmentBooked | PackagePacked] = [
        *view.having(ShipmentBooked, Scheme.SHIPMENT, shipment),
        *view.having(PackagePacked, Scheme.SHIPMENT, shipment),
    ]
    for event in said:
        if event.kind is not ShipmentKind.UNKNOWN_TO_READER:
            return event.kind
    return ShipmentKind.UNKNOWN_TO_READER


def tolerated_gap(view: View, profile: TherapyProfile, shipment: str) -> MinuteLimit:
    """How far apart the two words of a hand-over may be; fresh cells have their own limit."""
    starting = kind_of(view, shipment) is ShipmentKind.STARTING_MATERIAL
    fresh = starting and profile.material is Material.FRESH
    return profile.fresh_custody_gap if fresh else profile.frozen_custody_gap


@detector("CU-01", CustodyHandedOver, CustodyAccepted, ShipmentBooked, PackagePacked)
def custody_gap(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Between the giver's time and the taker's time nobody held the material.

    Why: material under nobody's control counts as uncontrolled storage.
    Act: get both hand-over records and the logger's trace for the gap.
    """
    if view.profile is None:
        return
    for shipment, given, taken in hand_overs(view):
        if given is None or taken is None:
            continue
        limit = tolerated_gap(view, view.profile, shipment)
        gap = abs(taken.occurred_at - given.occurred_at)
        if gap > timedelta(minutes=limit.minutes):
            yield Finding(
                object=f"{Scheme.SHIPMENT}:{shipment}",
                anchor=str(given.event_id),
                raised_at=max(given.occurred_at, taken.occurred_at),
                detail=f"{given.from_party} to {taken.to_party}: {gap} apart, "
                f"limit {limit.minutes:g} minutes",
                severity=Severity.S2,
                evidence=(given.event_id, taken.event_id),
                missing=("logger trace over the gap",),
            )


@detector("CU-03", CustodyHandedOver, CustodyAccepted)
def one_sided_hand_over(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Only one side of a hand-over has been stated in its window.

    Why: as long as one side is silent, nobody can say who holds the material.
    Act: ask the silent side to confirm or deny.
    """
    if view.profile is None:
        return
    window = timedelta(minutes=view.profile.handover_window.minutes)
    for shipment, given, taken in hand_overs(view):
        if given is not None and taken is not None:
            continue
        known = given or taken
        assert known is not None
        due = known.occurred_at + window
        if now < micros(due):
            yield AskAgain(micros(due))
            continue
        silent = "taker" if taken is None else "giver"
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{shipment}",
            anchor=str(known.event_id),
            raised_at=due,
            detail=f"the {silent} of {shipment} has not confirmed within {window}",
            severity=Severity.S2,
            evidence=(known.event_id,),
            missing=(f"the word of the {silent}",),
        )


DETECTORS: tuple[Detector, ...] = (
    custody_gap,
    one_sided_hand_over,
)
