"""Donation numbers and bags that are not those of the collection."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.alert import Finding, Severity
from schemas.collection import CollectionCompleted, LabelApplied, MaterialCryopreserved
from schemas.envelope import Event, Scheme
from schemas.manufacture import BatchStarted, MaterialDecided, MaterialReceived
from schemas.ordering import AliasLinked
from schemas.transport import PackagePacked, ShipmentKind
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros
from streams.view import View

NAME_THE_DONATION: tuple[type[Event], ...] = (
    LabelApplied,
    MaterialCryopreserved,
    PackagePacked,
    MaterialReceived,
    MaterialDecided,
    BatchStarted,
)

DONATION_SEQUENCE = 21
"""How much of a Single European Code names the donation; what follows names the product."""


@detector("ID-06", CollectionCompleted, AliasLinked, *NAME_THE_DONATION)
def donation_or_bags_differ(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The donation number or the bags are not those that were collected.

    Why: a donation number is never altered, so cells under another one may be another donation's.
    Act: hold the bags; compare the collection record with the bag list at receipt, bag by bag.
    """
    collections = view.of(CollectionCompleted)
    if collections:
        yield from _other_donations(view, collections)
        yield from _bags_unlabelled(view, collections)
    yield from _bags_differ(view)


def _other_donations(view: View, collections: list[CollectionCompleted]) -> Iterator[Finding]:
    linked = {str(link.alias) for link in view.of(AliasLinked)}
    for scheme in (Scheme.DIN, Scheme.SEC):
        stated = {_donation(scheme, v) for c in collections for v in c.named(scheme)}
        if not stated:
            continue  # the collection never said which, so there is nothing to differ from
        strange: dict[str, list[Event]] = {}
        for kind in NAME_THE_DONATION:
            for event in view.of(kind):
                for value in event.named(scheme):
                    if _donation(scheme, value) not in stated and f"{scheme}:{value}" not in linked:
                        strange.setdefault(value, []).append(event)
        for value, events in sorted(strange.items()):
            yield Finding(
                object=f"{scheme}:{value}",
                anchor="donation",
                raised_at=min(event.occurred_at for event in events),
                detail=f"{scheme} {value} beside {', '.join(sorted(stated))} of the collection",
                severity=Severity.S1,
                evidence=(*(e.event_id for e in events), *(c.event_id for c in collections)),
                missing=("collection record", "bag list at receipt"),
            )


def _donation(scheme: Scheme, value: str) -> str:
    return value[:DONATION_SEQUENCE] if scheme is Scheme.SEC else value


def _bags_unlabelled(view: View, collections: list[CollectionCompleted]) -> Iterator[Finding]:
    """At receipt every collected bag has long been labelled; a bag too few or too many is unaccounted for."""
    received = view.first(MaterialReceived)
    if received is None:
        return
    for collected in collections:
        donations = set(collected.named(Scheme.DIN))
        labels = [e for e in view.of(LabelApplied) if donations & set(e.named(Scheme.DIN))]
        bags = {bag for e in labels for bag in e.named(Scheme.CONTAINER)}
        if collected.bags is None or not bags or collected.occurred_at > received.occurred_at:
            continue
        if len(bags) != collected.bags:
            yield Finding(
                object=f"DIN:{sorted(donations)[0]}",
                anchor=str(collected.event_id),
                raised_at=received.occurred_at,
                detail=f"{collected.bags} bags collected, {len(bags)} labelled",
                severity=Severity.S1,
                evidence=(collected.event_id, *(label.event_id for label in labels)),
                missing=("bag list of the collection",),
            )


def _bags_differ(view: View) -> Iterator[Finding]:
    """A bag received that nobody labelled, or a labelled one still missing when the material is judged."""
    labels = view.of(LabelApplied)
    labelled = {bag for label in labels for bag in label.named(Scheme.CONTAINER)}
    receipts = view.of(MaterialReceived)
    got = {bag for receipt in receipts for bag in receipt.named(Scheme.CONTAINER)}
    if not labelled or not got:
        return  # one of the two lists was never stated
    for receipt in receipts:
        for strange in sorted(set(receipt.named(Scheme.CONTAINER)) - labelled):
            yield Finding(
                object=f"CONTAINER:{strange}",
                anchor=str(receipt.event_id),
                raised_at=receipt.occurred_at,
                detail=f"bag {strange} was received and not labelled at collection",
                severity=Severity.S1,
                evidence=(receipt.event_id, *(label.event_id for label in labels)),
                missing=("collection record", "bag list at receipt"),
            )
    decided = view.first(MaterialDecided)
    if decided is None or decided.occurred_at < receipts[0].occurred_at:
        return
    arrived = {shipment for receipt in receipts for shipment in receipt.named(Scheme.SHIPMENT)}
    elsewhere = {
        bag
        for packed in view.of(PackagePacked)
        if packed.kind is ShipmentKind.STARTING_MATERIAL
        and not arrived & set(packed.named(Scheme.SHIPMENT))
        for bag in packed.named(Scheme.CONTAINER)
    }
    for missing in sorted(labelled - got - elsewhere):
        yield Finding(
            object=f"CONTAINER:{missing}",
            anchor="not-received",
            raised_at=decided.occurred_at,
            detail=f"bag {missing} was labelled at collection and not received",
            severity=Severity.S1,
            evidence=(decided.event_id, *(receipt.event_id for receipt in receipts)),
            missing=("bag list at receipt",),
        )


DETECTORS: tuple[Detector, ...] = (donation_or_bags_differ,)
