"""Cells travel: booked, packed with seal and logger, handed over by both sides, watched, delivered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.simulator.course import Course, Device
from connectors.simulator.readings import Way, measured
from connectors.simulator.script import COURIER, HOSPITAL, MAKER, Delay, Line, Pen
from schemas.envelope import Capture, Scheme, System
from schemas.transport import (
    CheckpointPassed,
    ConditionFileUploaded,
    ConditionRead,
    CustodyAccepted,
    CustodyHandedOver,
    PackagePacked,
    ShipmentBooked,
    ShipmentDelivered,
    ShipmentKind,
)

BOTH_SIDES: Delay = (2.0, 45.0)
"""Both words of a hand-over arrive well within the time for which the other side is waited for."""

COOL_SHIPPER_HOURS, DRY_SHIPPER_HOURS = 60.0, 240.0
"""How long the shippers hold, by their qualification."""

AT_THE_RAMP: Delay = (2.0, 20.0)
"""A pick-up is scanned and sent at once, for somebody waits for it."""

READ_OUT: Delay = (150.0, 600.0)

STATIONS = ("HUB-AMS", "HUB-LGG", "HUB-CGN", "CUSTOMS-EWR", "HUB-EWR", "HUB-PHL")


@dataclass(frozen=True, slots=True)
class Leg:
    """One way of the material: what it is, who sends it and who gets it."""

    way: str
    kind: ShipmentKind
    sender: System
    sending_party: str
    receiver: System
    receiving_party: str
    booked_by: tuple[Scheme, str]
    contents: tuple[str, ...]
    device: Device
    received: str
    """The step at which the receiver has unpacked."""


def tell_way_out(course: Course) -> Iterator[Line]:
    """The starting material travels from the clinic to the maker."""
    yield from _tell(course, way_out(course))


def tell_way_home(course: Course) -> Iterator[Line]:
    """The product travels from the maker to the clinic."""
    yield from _tell(course, way_home(course))


def way_out(course: Course) -> Leg:
    """The leg of the starting material; the courier knows it by the order."""
    return Leg(
        way="out",
        kind=ShipmentKind.STARTING_MATERIAL,
        sender=System.CLINIC,
        sending_party=HOSPITAL,
        receiver=System.MES,
        receiving_party=MAKER,
        booked_by=(Scheme.ORDER, course.names.order),
        contents=course.names.collected_bags,
        device=course.devices[0],
        received="material_received",
    )


def way_home(course: Course) -> Leg:
    """The leg of the final product; the courier knows it by the batch."""
    return Leg(
        way="home",
        kind=ShipmentKind.FINAL_PRODUCT,
        sender=System.MES,
        sending_party=MAKER,
        receiver=System.CLINIC,
        receiving_party=HOSPITAL,
        booked_by=(Scheme.BATCH, course.names.batch),
        contents=course.names.doses,
        device=course.devices[1],
        received="product_received",
    )


def _tell(course: Course, leg: Leg) -> Iterator[Line]:
    when, way = course.timeline, leg.way
    courier = Pen(course, System.LOGISTICS)
    shipment = (Scheme.SHIPMENT, course.names.shipment(way))
    seal = f"SEAL-{course.names.serial:06d}-{way.upper()}"

    yield courier.line(
        f"{way}_booked",
        ShipmentBooked,
        when[f"{way}_booked"],
        (
            shipment,
            leg.booked_by,
            (Scheme.WAYBILL, course.names.waybill(way)),
            (Scheme.SHIPPER, leg.device.shipper),
        ),
        delay=(5, 90),
        kind=leg.kind,
        lane_plan=f"LANE-{leg.sending_party}-{leg.receiving_party}",
        lane_qualified_until=when[f"{way}_delivered"] + timedelta(days=90),
        pick_up_planned_at=when[f"{way}_handed_over"],
        arrival_planned_at=when[f"{way}_delivered"],
        shipper_hold=COOL_SHIPPER_HOURS if _fresh(course, leg) else DRY_SHIPPER_HOURS,
        destination=leg.receiving_party,
    )
    yield _packed(course, leg, seal)
    yield _word(course, leg, leg.sender, "handed_over", seal)
    yield _word(course, leg, System.LOGISTICS, "accepted", seal)
    yield from _stations(course, leg, courier)
    yield from readings(course, leg)
    yield courier.line(
        f"{way}_delivered",
        ShipmentDelivered,
        when[f"{way}_delivered"],
        (shipment,),
        delay=BOTH_SIDES,
        receiver=leg.receiving_party,
        place=f"DOCK-{leg.receiving_party}",
    )
    yield _word(course, leg, System.LOGISTICS, "delivered_over", seal)
    yield _word(course, leg, leg.receiver, "received", seal)


def _packed(course: Course, leg: Leg, seal: str) -> Line:
    """The sender packs; with some senders the courier does."""
    chance = course.chance(f"packed:{leg.way}")
    packed = course.timeline[f"{leg.way}_packed"]
    system = leg.sender if chance.random() < 0.6 else System.LOGISTICS
    pen = Pen(course, system, names_course=system is System.CLINIC)
    return pen.line(
        f"{leg.way}_packed",
        PackagePacked,
        packed,
        (
            (Scheme.SHIPMENT, course.names.shipment(leg.way)),
            (Scheme.SSCC, course.names.sscc(leg.way)),
            (Scheme.SHIPPER, leg.device.shipper),
            (Scheme.LOGGER, leg.device.logger),
            *((Scheme.CONTAINER, container) for container in leg.contents),
        ),
        delay=(3, 75),
        kind=leg.kind,
        seal=seal,
        out_of_storage_at=packed - timedelta(minutes=chance.randrange(4, 13)),
        capture=Capture.SCAN,
    )


_WORDS: dict[str, tuple[str, bool]] = {
    # the line: the step it happens at, and whether it is about the first hand-over of the leg
    "handed_over": ("handed_over", True),
    "accepted": ("accepted", True),
    "delivered_over": ("delivered", False),
    "received": ("received", False),
}


def _word(course: Course, leg: Leg, system: System, what: str, seal: str) -> Line:
    """One side's word on one hand-over; both name the same shipment and the same parties."""
    step, first = _WORDS[what]
    pen = Pen(course, system, names_course=system is System.CLINIC)
    said: dict[str, object] = {
        "from_party": leg.sending_party if first else COURIER,
        "to_party": COURIER if first else leg.receiving_party,
        "place": f"DOCK-{leg.sending_party if first else leg.receiving_party}",
        "seal": seal,
        "capture": Capture.SCAN,
    }
    giving = what in ("handed_over", "delivered_over")
    if not giving:
        said["seal_intact"] = True
    return pen.line(
        f"{leg.way}_{what}",
        CustodyHandedOver if giving else CustodyAccepted,
        course.timeline[f"{leg.way}_{step}"],
        ((Scheme.SHIPMENT, course.names.shipment(leg.way)),),
        delay=AT_THE_RAMP if first else BOTH_SIDES,
    ).saying(**said)


def _stations(course: Course, leg: Leg, courier: Pen) -> Iterator[Line]:
    chance = course.chance(f"stations:{leg.way}")
    left, arrives = course.timeline[f"{leg.way}_accepted"], course.timeline[f"{leg.way}_delivered"]
    count = chance.randrange(3, 6)
    for number in range(1, count + 1):
        at = _whole(left + (arrives - left) * (number / (count + 1)))
        delayed = chance.random() < 0.08
        yield courier.line(
            f"{leg.way}_station:{number}",
            CheckpointPassed,
            at,
            ((Scheme.SHIPMENT, course.names.shipment(leg.way)),),
            checkpoint=STATIONS[(number - 1) % len(STATIONS)],
            held=delayed,
            arrival_expected_at=_whole(arrives + timedelta(minutes=chance.randrange(-60, 60))),
            delay_code="WEATHER" if delayed else None,
            capture=Capture.SCAN,
        )


def readings(course: Course, leg: Leg) -> Iterator[Line]:
    """What the logger of this leg reports on its way, and the file that it leaves at the end."""
    when, fresh = course.timeline, _fresh(course, leg)
    chance = course.chance(f"readings:{leg.way}")
    pen = Pen(course, System.LOGISTICS)
    logger = (Scheme.LOGGER, leg.device.logger)
    way = Way(
        packed=when[f"{leg.way}_packed"],
        delivered=when[f"{leg.way}_delivered"],
        unpacked=when[leg.received],
        limit=None if fresh else course.profile.storage.celsius,
        near=course.near == f"{leg.way}_storage",
        gauge_started_early=chance.random() < 0.3,
    )
    groups = measured(way, chance)
    for number, group in enumerate(groups, start=1):
        # what is left in the logger is read out hours after everybody knows that it has arrived; until
        # then nobody could tell the warmth of the room from that of the shipper
        last = number == len(groups)
        yield pen.line(
            f"{leg.way}_readings:{number}",
            ConditionRead,
            group[-1].at,
            (logger,),
            delay=READ_OUT if last else None,
            after=f"{leg.way}_delivered" if last else None,
            device=leg.device.logger,
            readings=group,
            capture=Capture.INSTRUMENT,
        )
    uploaded = when[leg.received] + timedelta(minutes=chance.randrange(20, 55))
    content = hashlib.sha256(f"{course.seed}/{course.journey}/{leg.way}".encode()).hexdigest()
    yield pen.line(
        f"{leg.way}_trace",
        ConditionFileUploaded,
        uploaded,
        ((Scheme.SHIPMENT, course.names.shipment(leg.way)), logger),
        first_at=way.packed,
        last_at=way.delivered,
        evidence=(
            {
                "uri": f"https://loggers.example/traces/{course.names.shipment(leg.way)}.csv",
                "sha256": content,
                "kind": "logger-trace",
            },
        ),
    )


def _fresh(course: Course, leg: Leg) -> bool:
    return course.fresh and leg.kind is ShipmentKind.STARTING_MATERIAL


def _whole(moment: datetime) -> datetime:
    """The moment without its fraction of a second: partners do not write one."""
    return moment.replace(microsecond=0)
