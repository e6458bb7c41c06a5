"""The words of GS1's Core Business Vocabulary 2.0 that may stand bare in an event, and our own.

The words themselves are facts of the standard; its schema files are not carried here, because
GS1's terms do not allow redistribution.
"""

from __future__ import annotations

from types import MappingProxyType


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


OURS = "https://vein-to-vein.org/epcis/"
"""The namespace of what EPCIS has no word for; agreed with each logistics partner."""

BOOKING = OURS + "BizStep-booking"
DELIVERING = OURS + "BizStep-delivering"
SHIPMENT_TRANSACTION = OURS + "BTT-shipment"
LID_OPEN = OURS + "MT-LidOpen"
BATTERY = OURS + "MT-BatteryLevel"

BUSINESS_STEPS = _words(
    "accepting arriving assembling collecting commissioning consigning creating_class_instance"
    " cycle_counting decommissioning departing destroying disassembling dispensing encoding"
    " entering_exiting holding inspecting installing killing loading other packing picking"
    " receiving removing repackaging repairing replacing reserving retail_selling sampling"
    " sensor_reporting shipping staging_outbound stock_taking stocking storing transporting"
    " unloading unpacking void_shipping"
)

DISPOSITIONS = _words(
    "active available completeness_inferred completeness_verified conformant container_closed"
    " container_open damaged destroyed dispensed disposed encoded expired in_progress in_transit"
    " inactive mismatch_class mismatch_instance mismatch_quantity needs_replacement"
    " no_pedigree_match non_conformant non_sellable_other partially_dispensed recalled reserved"
    " retail_sold returned sellable_accessible sellable_not_accessible stolen unavailable"
    " unknown"
)

TRANSACTION_TYPES = _words(
    "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt"
)

SOURCE_DESTINATION_TYPES = frozenset({"owning_party", "possessing_party", "location"})

ERROR_REASONS = frozenset({"did_not_occur", "incorrect_data"})

ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})

FAMILIES = MappingProxyType(
    {
        "BizStep": BUSINESS_STEPS,
        "Disp": DISPOSITIONS,
        "BTT": TRANSACTION_TYPES,
        "SDT": SOURCE_DESTINATION_TYPES,
        "ER": ERROR_REASONS,
    }
)
"""Each family of words, by the name that stands before the word in its full URI."""
