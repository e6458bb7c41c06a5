"""Materials that went into the product and turned out to be bad."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from schemas.alert import Finding, Severity
from schemas.envelope import Scheme
from streams.detectors.detector import AskAgain, Detector, detector
from streams.messages import Concern
from streams.moments import Micros, moment
from streams.using import LOT_WORDS, lots_used
from streams.view import View


@detector("QU-08", Concern, *LOT_WORDS)
def lot_recalled(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A lot of a material that went into the product is recalled, whenever it was used.

    Why: a bad vector or reagent harms every patient whose product it is in.
    Act: quality assesses the impact on this product before it is released or given.
    """
    for thing, told in view.concerns.items():
        lot = thing.removeprefix(f"{Scheme.MATERIAL_LOT}:")
        used = lots_used(view).get(lot) if told.troubles else None
        if used is None:
            continue  # it is no lot, or its use was withdrawn
        for trouble in told.troubles:
            yield Finding(
                object=thing,
                anchor=trouble.event_id,
                raised_at=max(used.said.occurred_at, moment(trouble.since)),
                detail=f"lot {lot} is recalled; it has been used since "
                f"{used.said.occurred_at.isoformat()}",
                severity=Severity.S1,
                evidence=(UUID(trouble.event_id), used.said.event_id),
                missing=("impact assessment",),
            )


DETECTORS: tuple[Detector, ...] = (lot_recalled,)
