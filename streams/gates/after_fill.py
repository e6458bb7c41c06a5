"""What must be so before the product is shipped, counted on, thawed and given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from schemas.collection import CheckContext, IdentityVerified
from schemas.envelope import Event, Scheme
from schemas.laboratory import CertificateOfAnalysisIssued, ResultAmended, ResultReported
from schemas.manufacture import BatchRecordCompleted, BatchTerminated
from schemas.ordering import AvailabilityConfirmed, BatchNumberAssigned
from schemas.quality import (
    BatchCertified,
    BatchRejected,
    DeviationClosed,
    DeviationOpened,
    HoldLifted,
    HoldPlaced,
)
from schemas.record import Answer
from schemas.treatment import ProductReceived, SiteReadinessConfirmed, ThawRecorded
from streams.detectors.release import Item, checklist, open_deviations
from streams.detectors.scheduling import not_ready
from streams.gates import outside
from streams.gates.before_manufacture import by_its_coming
from streams.gates.checks import checked
from streams.gates.gate import condition
from streams.view import View

ENDS: tuple[type[Event], ...] = (
    BatchRejected,
    BatchTerminated,
    BatchNumberAssigned,
    *outside.JUDGED_BY,
)
"""What says whether a batch has ended: its end, its successor, and the path on which it is used all the same."""


class End(NamedTuple):
    """The end of a batch, with the batches that it names; none where nobody has said."""

    event_id: UUID
    at: datetime
    batches: frozenset[str]

    def takes_back(self, event: Event) -> bool:
        """Whether an earlier word is about this batch; where one names none, only what came before."""
        about = set(event.named(Scheme.BATCH))
        if about and self.batches:
            return about <= self.batches
        return event.occurred_at <= self.at


def ends(view: View) -> list[End]:
    """Every end of a batch that counts; a rejected batch on an accepted path may be used all the same."""
    found = [*view.of(BatchTerminated), *view.of(BatchRejected)]
    if not found:
        return []
    accepted = outside.accepted(view)
    return [
        End(end.event_id, end.occurred_at, frozenset(end.named(Scheme.BATCH)))
        for end in found
        if isinstance(end, BatchTerminated) or not _used(end, accepted)
    ]


def _used(end: Event, accepted: frozenset[str | None]) -> bool:
    named = end.named(Scheme.BATCH)
    return bool(named) and set(named) <= accepted


@condition(refused_by=ENDS)
def batch_stands(view: View) -> Iterator[Item]:
    """A batch of the course is neither rejected nor terminated."""
    found = ends(view)
    if not found:
        return
    ended = {batch for end in found for batch in end.batches}
    assigned = {b for event in view.of(BatchNumberAssigned) for b in event.named(Scheme.BATCH)}
    if not assigned - ended or any(not end.batches for end in found):
        yield Item("batch that stands", Answer.NOT_SATISFIED, tuple(e.event_id for e in found))


def _standing(view: View, events: list[Event]) -> list[Event]:
    """The words that no end of a batch takes back."""
    found = ends(view)
    return [event for event in events if not any(end.takes_back(event) for end in found)]


@condition(AvailabilityConfirmed, refused_by=ENDS)
def confirmed_available(view: View) -> Iterator[Item]:
    """The manufacturer has confirmed that the product is available, by the latest word."""
    said = view.last(AvailabilityConfirmed)
    name = "confirmation that the product is available"
    if said is not None and not said.available:
        yield Item(name, Answer.NOT_SATISFIED, (said.event_id,))
    else:
        standing = _standing(view, [said] if said is not None else [])
        yield by_its_coming(name, standing[0] if standing else None)


@condition(BatchCertified, refused_by=ENDS)
def certified(view: View) -> Iterator[Item]:
    """The quality unit has certified the batch, at least for shipment under quarantine."""
    standing = _standing(view, [*view.of(BatchCertified)])
    yield by_its_coming("certificate of the quality unit", standing[-1] if standing else None)


@condition(BatchCertified, refused_by=ENDS)
def certified_for_use(view: View) -> Iterator[Item]:
    """The quality unit has certified the batch for use, not only for shipment under quarantine."""
    for_use = [paper for paper in view.of(BatchCertified) if not paper.quarantine_shipment]
    standing = _standing(view, [*for_use])
    yield by_its_coming("certificate for use", standing[-1] if standing else None)


@condition(refused_by=(DeviationOpened, DeviationClosed))
def deviations_closed(view: View) -> Iterator[Item]:
    """Every deviation that is not minor has been closed."""
    yield from open_deviations(view)


@condition(refused_by=outside.JUDGED_BY)
def outside_path_whole(view: View) -> Iterator[Item]:
    """A product out of specification has the four records without which it may not be used."""
    for path in outside.paths(view):
        if path.missing:
            name = f"records for use out of specification ({len(path.missing)} of 4 missing)"
            yield Item(name, Answer.NOT_SATISFIED, outside.what_says_so(view, path.batch))


@condition(ProductReceived, refused_by=ENDS)
def product_received(view: View) -> Iterator[Item]:
    """The treatment centre has received the product, sealed and with its certificate."""
    standing = _standing(view, [*view.of(ProductReceived)])
    received = standing[-1] if standing else None
    yield by_its_coming("receipt of the product", received)
    if isinstance(received, ProductReceived):
        if received.seal_intact is False:
            yield Item("intact seal", Answer.NOT_SATISFIED, (received.event_id,))
        if received.certificate_present is False:
            yield Item("certificate in the shipper", Answer.NOT_SATISFIED, (received.event_id,))


@condition(SiteReadinessConfirmed)
def centre_ready(view: View) -> Iterator[Item]:
    """The treatment centre has stated what the profile asks for: bed, staff and medication."""
    wanted = None if view.profile is None else view.profile.site_ready
    if wanted is None:
        return
    said = view.last(SiteReadinessConfirmed)
    missing = not_ready(said, wanted)
    for name in missing:
        yield Item(f"treatment centre ready: {name}", Answer.UNKNOWN, ())
    if said is not None and not missing:
        yield Item("treatment centre ready", Answer.SATISFIED, (said.event_id,))


@condition(IdentityVerified)
def identity_before_thaw(view: View) -> Iterator[Item]:
    """Identifiers were compared before the thaw, and agree."""
    yield from checked(view, CheckContext.THAW)


@condition(IdentityVerified)
def identity_at_bedside(view: View) -> Iterator[Item]:
    """Patient and product were compared at the bedside, and agree."""
    yield from checked(view, CheckContext.BEDSIDE)


@condition(ThawRecorded)
def thawed(view: View) -> Iterator[Item]:
    """The thaw of the product has been recorded."""
    yield by_its_coming("thaw of the product", view.last(ThawRecorded))


@condition(
    BatchRecordCompleted,
    CertificateOfAnalysisIssued,
    ResultReported,
    ResultAmended,
    refused_by=(DeviationOpened, DeviationClosed, HoldPlaced, HoldLifted),
)
def release_evidence_whole(view: View) -> Iterator[Item]:
    """Every item of the release evidence is there, and none speaks against release."""
    yield from checklist(view)
