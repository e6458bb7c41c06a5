"""What travels, held against what was packed and planned: its seal, its contents and its destination."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from schemas.alert import Finding, Severity
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
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros, micros
from streams.view import View, when

SealWord = CustodyHandedOver | CustodyAccepted | MaterialReceived | ProductReceived
SEAL_WORDS: tuple[type[SealWord], ...] = (
    CustodyHandedOver,
    CustodyAccepted,
    MaterialReceived,
    ProductReceived,
)
RECEIPTS: tuple[type[MaterialReceived | ProductReceived], ...] = (MaterialReceived, ProductReceived)


def shipments(view: View, *kinds: type[Event]) -> list[str]:
    """Every shipment that a believed event of these types names."""
    found = {s for kind in kinds for event in view.of(kind) for s in event.named(Scheme.SHIPMENT)}
    return sorted(found)


@detector("CU-05", PackagePacked, *SEAL_WORDS)
def seal_broken(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A seal was found broken, or is not the one that the package was closed with.

    Why: behind a seal that is not whole anything may have happened to the cells.
    Act: the receiver sets the package aside and inspects it; the quality unit decides.
    """
    for shipment in shipments(view, *SEAL_WORDS):
        words = [
            word for kind in SEAL_WORDS for word in view.having(kind, Scheme.SHIPMENT, shipment)
        ]
        wrong = sorted((word for word in words if _seal_fault(view, shipment, word)), key=when)
        if not wrong:
            continue
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{shipment}",
            anchor="seal",
            raised_at=wrong[0].occurred_at,
            detail=f"shipment {shipment}: {_seal_fault(view, shipment, wrong[0])}",
            severity=Severity.S1,
            evidence=tuple(word.event_id for word in wrong),
            missing=("photographs and inspection of the package",),
        )


def _seal_fault(view: View, shipment: str, word: SealWord) -> str:
    """What is wrong with the seal by this word; nothing where it does not say or nobody can compare."""
    if not isinstance(word, CustodyHandedOver) and word.seal_intact is False:
        return "the seal is not intact"
    # a package that was closed anew on its way has more than one right seal
    closed_with = {
        packed.seal
        for packed in view.having(PackagePacked, Scheme.SHIPMENT, shipment)
        if packed.seal is not None and packed.occurred_at <= word.occurred_at
    }
    if word.seal is None or not closed_with or word.seal in closed_with:
        return ""
    return f"found seal {word.seal}, closed with {', '.join(sorted(closed_with))}"


@detector("CU-06", ShipmentBooked, ShipmentDelivered, *RECEIPTS)
def delivered_to_the_wrong_place(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The shipment was delivered to somebody else than it was booked for.

    Why: the cells lie with people who do not expect them, while their time runs.
    Act: the logistics desk finds them, sees to their condition, and sends them on.
    """
    for shipment in shipments(view, ShipmentDelivered):
        booked = view.having(ShipmentBooked, Scheme.SHIPMENT, shipment)
        planned = {b.destination for b in booked if b.destination is not None}
        if not planned:
            continue
        wrong: ShipmentDelivered | None = None
        for delivery in view.having(ShipmentDelivered, Scheme.SHIPMENT, shipment):
            places = {delivery.receiver, delivery.place} - {None}
            if delivery.refused or not places:
                continue
            wrong = None if places & planned else delivery
        if wrong is None or _arrived_after(view, shipment, wrong):
            continue
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{shipment}",
            anchor=str(wrong.event_id),
            raised_at=wrong.occurred_at,
            detail=f"shipment {shipment} was delivered to {wrong.receiver or wrong.place}, "
            f"planned for {', '.join(sorted(planned))}",
            severity=Severity.S1,
            evidence=(wrong.event_id,),
            missing=("plan of the way on", "logger trace since the delivery"),
        )


def _arrived_after(view: View, shipment: str, delivery: ShipmentDelivered) -> bool:
    """Whether the maker or the clinic has received it all the same."""
    return any(
        receipt.occurred_at >= delivery.occurred_at
        for kind in RECEIPTS
        for receipt in view.having(kind, Scheme.SHIPMENT, shipment)
    )


@detector("CU-07", PackagePacked, *RECEIPTS)
def contents_differ(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The containers that were received are not those that were packed.

    Why: a bag that is missing may be lost, and one too many may be another patient's.
    Act: receiver and sender count and scan again before anything is put into storage.
    """
    if view.profile is None:
        return
    # packing and receipt may each be said in several messages, one per shipper
    window = timedelta(minutes=view.profile.handover_window.minutes)
    for shipment in shipments(view, *RECEIPTS):
        packages = view.having(PackagePacked, Scheme.SHIPMENT, shipment)
        receipts = sorted(
            (r for kind in RECEIPTS for r in view.having(kind, Scheme.SHIPMENT, shipment)), key=when
        )
        packed = {c for package in packages for c in package.named(Scheme.CONTAINER)}
        received = {c for receipt in receipts for c in receipt.named(Scheme.CONTAINER)}
        if not packed or not received or packed == received:
            continue
        due = receipts[0].occurred_at + window
        if now < micros(due):
            yield AskAgain(micros(due))
            continue
        lacking, more = sorted(packed - received), sorted(received - packed)
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{shipment}",
            anchor="contents",
            raised_at=due,
            detail=f"shipment {shipment}: packed and not received: {', '.join(lacking) or 'none'}; "
            f"received and not packed: {', '.join(more) or 'none'}",
            severity=Severity.S1,
            evidence=tuple(event.event_id for event in (*packages, *receipts)),
            missing=("second count", "scan of every container"),
        )


@detector("CU-08", ShipmentBooked, CustodyHandedOver, CustodyAccepted)
def lane_not_qualified(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The shipment leaves, or is to leave, after the qualification of its lane has ended.

    Why: nobody has shown lately that cells come through this lane in good condition.
    Act: logistics moves the shipment to a qualified lane, or writes down why it may travel.
    """
    for shipment in shipments(view, ShipmentBooked):
        booked = view.having(ShipmentBooked, Scheme.SHIPMENT, shipment)
        plans = [(b, b.lane_qualified_until) for b in booked if b.lane_qualified_until is not None]
        if not plans:
            continue
        booking, until = plans[-1]
        words: list[Event] = [
            *view.having(CustodyHandedOver, Scheme.SHIPMENT, shipment),
            *view.having(CustodyAccepted, Scheme.SHIPMENT, shipment),
        ]
        left = min(words, key=when, default=None)
        leaves = booking.pick_up_planned_at if left is None else left.occurred_at
        if leaves is None or leaves <= until:
            continue
        planned_so = booking.pick_up_planned_at is not None and booking.pick_up_planned_at > until
        known_by = booking if left is None or planned_so else left
        yield Finding(
            object=f"{Scheme.SHIPMENT}:{shipment}",
            anchor=str(booking.event_id),
            raised_at=known_by.occurred_at,
            detail=f"lane {booking.lane_plan or 'without a number'} is qualified until "
            f"{until.isoformat()}, shipment {shipment} leaves at {leaves.isoformat()}",
            severity=Severity.S2,
            evidence=(booking.event_id,) if left is None else (booking.event_id, left.event_id),
            missing=("qualified lane, or documented exception",),
        )


DETECTORS: tuple[Detector, ...] = (
    seal_broken,
    delivered_to_the_wrong_place,
    contents_differ,
    lane_not_qualified,
)
