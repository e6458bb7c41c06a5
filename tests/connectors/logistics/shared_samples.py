"""What becomes of every public logistics sample, decided by what EPCIS 2.0 says of each.

Where one file holds several events, the gravest decision stands (`tests/connectors/
test_shared_samples.py`); the remarks say what else is told. Reviewed by hand, file by file.
"""

from __future__ import annotations

Row = tuple[str, object]

_PASSED = "transport.CheckpointPassed"
_ACCEPTED = "transport.CustodyAccepted"
_HANDED_OVER = "transport.CustodyHandedOver"
_READ = "transport.ConditionRead"


def _mapped(*types: str) -> Row:
    return "mapped", types


def _ignored(kind: str) -> Row:
    return "ignored", f"{kind} is no kind that we follow"


_BROKEN: Row = ("refused", "standard_violated")
_NO_UNIT: Row = ("refused", "unit_unknown")

_DOCUMENTS: dict[str, Row] = {
    # receiving, but nobody is named as possessing_party: a point on the way, no custody
    "AggregationEvent.json": _mapped(_PASSED),
    "AggregationEvent_with_digitalLink.json": _mapped(_PASSED),
    # both possessing parties, a logger, and an errorDeclaration: both facts are withdrawn
    "AggregationEvent_all_possible_fields.json": _mapped(_ACCEPTED, _READ),
    # an association tells who owns what sensor; humidity is not followed
    "AssociationEvent_2.json": _ignored("AssociationEvent ADD installing"),
    "AssociationEvent_with_sensorData.json": _ignored("AssociationEvent ADD installing"),
    "AssociationEvent_with_userExtensions.json": _ignored("AssociationEvent ADD assembling"),
    # a destination of a type of their own (cbv:my_own_party) beside the possessing party
    "CurieString_document.json": _mapped(_ACCEPTED),
    # the hand-over is told as well; its temperature of 26 has no unit and is set aside
    "JumbledFieldsOrder.json": _NO_UNIT,
    # the first one carries the errorDeclaration of a shipping without possessing_party
    "ObjectEvent_with_error_declaration.json": _mapped(_PASSED, _PASSED),
    # the second event is an inspection, which is ignored
    "ObjectEvent_with_persistentDisposition.json": _mapped(_PASSED),
    "TransactionEvent_all_possible_fields.json": _mapped(_HANDED_OVER, _READ),
    "TransactionEvent_with_sensorData.json": _mapped(_READ),
    # making is told by the MES; what a logger measured while it was done is a measurement
    "TransformationEvent_all_possible_fields.json": _mapped(_READ),
    "TransformationEvent_with_digitalLink.json": _ignored("TransformationEvent commissioning"),
}

_INVALID = (
    "Combination_of_multiple_invalid_fields.json",
    "ObjectEvent_with_ilmd_field_without_namespace.json",
    "ObjectEvent_with_non_standard_bizStep.json",
    "ObjectEvent_with_non_standard_bizStep_in_second_event.json",
    "ObjectEvent_with_non_standard_disposition.json",
)

_QUERIES: dict[str, Row] = {
    # six events of which none says anything of transport; the first names its kind
    # one returnable asset (GRAI 03001345000771) has the wrong check digit; the other events are told
    "Combination_of_different_event.json": ("refused", "identifier_malformed"),
    "Invalid__QueryDocument_with_invalid_eventType.json": _BROKEN,
    "JumbledFieldsOrder.json": _NO_UNIT,
    "Queries__Invalid__Query_with_invalid_values.json": _BROKEN,
    "Queries__SimpleEventQuery.json": (
        "ignored",
        "a query asks a repository and states nothing",
    ),
    "QueryDocumentWithMultipleEvents.json": _mapped(_PASSED, _PASSED),
    "TransformationEvent_with_error_declaration.json": _ignored(
        "TransformationEvent commissioning"
    ),
}

_HASH_VECTORS: dict[str, Row] = {
    "CertificationInfoAndSensorReportWithCRS.jsonld": _mapped(_PASSED),
    "TimeStampRoundOff.jsonld": _mapped(_PASSED, _PASSED, _PASSED),
    "epcisDocHavingEventWithComment.jsonld": _mapped(_PASSED),
    "epcisDocWithSensorDataObjectEvent.jsonld": _mapped(_READ),
    "epcisDocWithSingleEvent.jsonld": _mapped(_PASSED),
    "epcisDocWithXMLstartTagAndErrorDeclaration.jsonld": _ignored(
        "TransformationEvent commissioning"
    ),
    "epcisQueryDocHavingEventWithIgnoreFields.jsonld": _ignored("ObjectEvent OBSERVE inspecting"),
}

DECISIONS: dict[str, Row] = {
    **{f"openepcis/2.0__JSON__Capture__Documents__{name}": row for name, row in _DOCUMENTS.items()},
    **{f"openepcis/2.0__JSON__Capture__Invalid__{name}": _BROKEN for name in _INVALID},
    **{f"openepcis/2.0__JSON__Query__{name}": row for name, row in _QUERIES.items()},
    "openepcis/2.0__JSON__Capture__Events__AggregationEvent.json": _mapped(_PASSED),
    "openepcis/2.0__JSON__Capture__Events__AssociationEvent.json": _ignored(
        "AssociationEvent ADD installing"
    ),
    **{f"epcis_hash_vectors/{name}": row for name, row in _HASH_VECTORS.items()},
}
"""Every file of the first format: EPCIS 2.0 in JSON."""

OTHER_FORMATS: dict[str, Row] = {
    "*.xml": ("refused", "unknown_format"),  # EPCIS XML 1.2 and 2.0, the invalid ones too
    "courier_easypost/*.json": ("refused", "unknown_format"),
    "iata_one_record/*.json": ("refused", "unknown_format"),
    "*.hashes": ("refused", "not_well_formed"),  # lists of hashes, no messages at all
}
"""Everything else in the folder: formats of a later time, refused and never half understood."""
