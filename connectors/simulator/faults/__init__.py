"""Every way in which a simulated journey can go wrong, by hazard. The list is explicit."""

from __future__ import annotations

from connectors.simulator.faults import (
    condition,
    custody,
    identity,
    quality,
    release,
    sequence,
    timing,
)
from connectors.simulator.faults.fault import Fault

FAULTS: tuple[Fault, ...] = (
    *identity.FAULTS,
    *custody.FAULTS,
    *timing.FAULTS,
    *condition.FAULTS,
    *sequence.FAULTS,
    *quality.FAULTS,
    *release.FAULTS,
)

CODES: tuple[str, ...] = tuple(dict.fromkeys(fault.code for fault in FAULTS))
