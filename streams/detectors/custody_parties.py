"""Custodians against the register of qualified parties.

A party of which the register says anything is held to it: whoever is qualified no longer, or not yet,
is told of. One of which it says nothing is told of where the product's profile demands that every
custodian stand in the register. Nobody demands that by default: where no register is kept its silence
says nothing about a party, and an alert for each hand-over would hide those that matter.
"""

from __future__ import annotations

from collections.abc import Iterator

from schemas.alert import Finding, Severity
from schemas.envelope import Event
from schemas.transport import CustodyAccepted, CustodyHandedOver
from streams.detectors.detector import AskAgain, Detector, detector
from streams.messages import PARTY_PREFIX, Concern
from streams.moments import Micros, micros
from streams.using import custodies
from streams.view import View


@detector("CU-04", Concern, CustodyHandedOver, CustodyAccepted)
def custodian_unqualified(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A party has had the cells in its custody that was not qualified for it at that time.

    Why: a courier or site that nobody has assessed may break the chain without knowing how to keep it.
    Act: supplier quality shows the qualification, or assesses what the custody has done to the cells.
    """
    demanded = view.profile is not None and view.profile.custodians_registered
    for party, words in sorted(custodies(view).items()):
        told = view.concerns.get(f"{PARTY_PREFIX}{party}")
        if told is None:
            continue  # the register has been asked, and always answers
        if told.qualified is None and not demanded:
            continue
        outside = [word for word in words if not _qualified(told, word)]
        if not outside:
            continue
        first = outside[0]
        known = "is not in the register" if told.qualified is None else "was not qualified then"
        yield Finding(
            object=f"{PARTY_PREFIX}{party}",
            anchor="custody",
            raised_at=first.occurred_at,
            detail=f"{party} had the cells on {first.occurred_at.isoformat()} and {known}",
            severity=Severity.S2,
            evidence=tuple(sorted(word.event_id for word in outside)),
            missing=("proof of the qualification",),
        )


def _qualified(told: Concern, word: Event) -> bool:
    at = micros(word.occurred_at)
    return any(s.start <= at and (s.end is None or at < s.end) for s in told.qualified or ())


DETECTORS: tuple[Detector, ...] = (custodian_unqualified,)
