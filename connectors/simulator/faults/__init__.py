"""Every way in which a simulated journey can go wrong, by hazard. The list is explicit."""

from __future__ import annotations

from connectors.simulator.faults.condition import FAULTS as CONDITION
from connectors.simulator.faults.condition_tanks import FAULTS as CONDITION_TANKS
from connectors.simulator.faults.custody import FAULTS as CUSTODY
from connectors.simulator.faults.custody_parties import FAULTS as CUSTODY_PARTIES
from connectors.simulator.faults.custody_shipment import FAULTS as CUSTODY_SHIPMENT
from connectors.simulator.faults.fault import Fault
from connectors.simulator.faults.identity import FAULTS as IDENTITY
from connectors.simulator.faults.integrity import FAULTS as INTEGRITY
from connectors.simulator.faults.integrity_incidents import FAULTS as INTEGRITY_INCIDENTS
from connectors.simulator.faults.interface import FAULTS as INTERFACE
from connectors.simulator.faults.partners import FAULTS as PARTNERS
from connectors.simulator.faults.quality import FAULTS as QUALITY
from connectors.simulator.faults.quality_batch import FAULTS as QUALITY_BATCH
from connectors.simulator.faults.quality_lots import FAULTS as QUALITY_LOTS
from connectors.simulator.faults.quality_reports import FAULTS as QUALITY_REPORTS
from connectors.simulator.faults.quality_results import FAULTS as QUALITY_RESULTS
from connectors.simulator.faults.release import FAULTS as RELEASE
from connectors.simulator.faults.release_certificate import FAULTS as RELEASE_CERTIFICATE
from connectors.simulator.faults.release_outside import FAULTS as RELEASE_OUTSIDE
from connectors.simulator.faults.scheduling import FAULTS as SCHEDULING
from connectors.simulator.faults.scheduling_slots import FAULTS as SCHEDULING_SLOTS
from connectors.simulator.faults.sequence import FAULTS as SEQUENCE
from connectors.simulator.faults.sequence_gates import FAULTS as SEQUENCE_GATES
from connectors.simulator.faults.sequence_order import FAULTS as SEQUENCE_ORDER
from connectors.simulator.faults.timing import FAULTS as TIMING
from connectors.simulator.faults.timing_outlook import FAULTS as TIMING_OUTLOOK
from connectors.simulator.faults.timing_plans import FAULTS as TIMING_PLANS
from connectors.simulator.faults.timing_storage import FAULTS as TIMING_STORAGE
from connectors.simulator.faults.timing_transit import FAULTS as TIMING_TRANSIT

FAULTS: tuple[Fault, ...] = (
    *IDENTITY,
    *CUSTODY,
    *CUSTODY_PARTIES,
    *CUSTODY_SHIPMENT,
    *TIMING,
    *TIMING_OUTLOOK,
    *TIMING_PLANS,
    *TIMING_STORAGE,
    *TIMING_TRANSIT,
    *CONDITION,
    *CONDITION_TANKS,
    *SEQUENCE,
    *SEQUENCE_GATES,
    *SEQUENCE_ORDER,
    *QUALITY,
    *QUALITY_BATCH,
    *QUALITY_LOTS,
    *QUALITY_REPORTS,
    *QUALITY_RESULTS,
    *RELEASE,
    *RELEASE_CERTIFICATE,
    *RELEASE_OUTSIDE,
    *SCHEDULING,
    *SCHEDULING_SLOTS,
    *INTERFACE,
    *INTEGRITY,
    *INTEGRITY_INCIDENTS,
    *PARTNERS,
)

CODES: tuple[str, ...] = tuple(dict.fromkeys(fault.code for fault in FAULTS))
