"""Every way in which a simulated journey can go wrong, by hazard. The list is explicit."""

from __future__ import annotations

from connectors.simulator.faults.condition import FAULTS as CONDITION
from connectors.simulator.faults.custody import FAULTS as CUSTODY
from connectors.simulator.faults.custody_shipment import FAULTS as CUSTODY_SHIPMENT
from connectors.simulator.faults.fault import Fault
from connectors.simulator.faults.identity import FAULTS as IDENTITY
from connectors.simulator.faults.quality import FAULTS as QUALITY
from connectors.simulator.faults.release import FAULTS as RELEASE
from connectors.simulator.faults.sequence import FAULTS as SEQUENCE
from connectors.simulator.faults.timing import FAULTS as TIMING
from connectors.simulator.faults.timing_plans import FAULTS as TIMING_PLANS

FAULTS: tuple[Fault, ...] = (
    *IDENTITY,
    *CUSTODY,
    *CUSTODY_SHIPMENT,
    *TIMING,
    *TIMING_PLANS,
    *CONDITION,
    *SEQUENCE,
    *QUALITY,
    *RELEASE,
)

CODES: tuple[str, ...] = tuple(dict.fromkeys(fault.code for fault in FAULTS))
