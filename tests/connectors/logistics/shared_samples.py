"""What becomes of every public logistics sample, decided by what the standard of each says.

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

_PASSING_TWICE = _mapped(_PASSED, _PASSED)
_COMMISSIONED = _ignored("TransformationEvent urn:epcglobal:cbv:bizstep:commissioning")
_REPAIRED = _ignored("TransformationEvent urn:epcglobal:cbv:bizstep:repairing")
_MADE = _ignored("ObjectEvent ADD urn:epcglobal:cbv:bizstep:commissioning")
_DISCHARGED = _ignored(
    "TransactionEvent ADD http://epcis.example.org/hc/bizstep/summarising_discharge"
)
_ASSEMBLED = _ignored("AssociationEvent ADD urn:epcglobal:cbv:bizstep:assembling")
_INSTALLED = _ignored("AssociationEvent ADD urn:epcglobal:cbv:bizstep:installing")

_XML_1: dict[str, Row] = {
    # the returnable asset 03912345000771 has the wrong check digit; the other five tell nothing
    "All_eventTypes_in_single_document.xml": ("refused", "identifier_malformed"),
    "Document_with_namespace.xml": _MADE,
    "Jumbled_attributes_order.xml": _mapped(_PASSED),
    # both possessing parties in an extension, an errorDeclaration: both facts are withdrawn
    "ObjectEvent_all_possible_fields.xml": _mapped(_ACCEPTED, _READ),
    "ObjectEvent_with_sensorData.xml": _mapped(_READ),
    "Single_event.xml": _DISCHARGED,
    # its namespace is that of version 2, whatever the file is called
    "Single_event_with_namespace.xml": _MADE,
    # a quantity with xsi:nil has no value, which is allowed
    "TransformationEvent.xml": _COMMISSIONED,
    "TransformationEvent_all_possible_fields.xml": _mapped(_READ),
}

_XML_2: dict[str, Row] = {
    # the second event unpacks
    "AggregationEvent_with_persistentDisposition.xml": _mapped(_PASSED),
    "AssociationEvent.xml": _ASSEMBLED,
    "AssociationEvent_2.xml": _INSTALLED,
    "AssociationEvent_all_possible_fields.xml": _mapped(_READ),
    # humidity is not followed
    "AssociationEvent_with_sensorData.xml": _INSTALLED,
    "AssociationEvent_with_userExtensions.xml": _ASSEMBLED,
    # the returnable asset 03001345000771 has the wrong check digit, as in JSON
    "Combination_of_different_event.xml": ("refused", "identifier_malformed"),
    "Namespaces_at_different_level.xml": _ignored("ObjectEvent OBSERVE"),
    "ObjectEvent_all_possible_fields.xml": _mapped(_ACCEPTED, _READ),
    # shipping without possessing_party; the second event commissions
    "ObjectEvent_with_userExtensions.xml": _mapped(_PASSED),
    # an asset arrives; the first event is of a hospital's own step
    "TransactionEvent.xml": _mapped(_PASSED),
    "TransformationEvent.xml": _COMMISSIONED,
    "TransformationEvent_all_possible_fields.xml": _mapped(_READ),
    "TransformationEvent_with_errorDeclaration.xml": _COMMISSIONED,
    "TransformationEvent_with_sensorData.xml": _mapped(_READ),
    "TransformationEvent_with_userExtensions.xml": _mapped(_READ),
}

_XML_2_ALONE: dict[str, Row] = {
    "AggregationEvent.xml": _mapped(_PASSED),
    "ObjectEvent.xml": _mapped(_PASSED),
    "TransactionEvent.xml": _mapped(_PASSED),
    "TransformationEvent.xml": _COMMISSIONED,
}

_XML_2_INVALID = (
    "ObjectEvent_bare_event_without_action.xml",
    "ObjectEvent_with_invalid_action.xml",
    "ObjectEvent_with_invalid_eventTime_format.xml",
    "ObjectEvent_with_unknown_element.xml",
)

_HASH_VECTORS_XML: dict[str, Row] = {
    "ReferenceEventHashAlgorithm.xml": _mapped(_PASSED),
    "ReferenceEventHashAlgorithm3.xml": _mapped(_PASSED),
    "epcisDocWith2DifferentTransformationEvents.xml": _REPAIRED,
    "epcisDocWithTransformationEventWithExtension.xml": _REPAIRED,
    "epcisDocWithTransformationEventWithMultipleExtensions.xml": _REPAIRED,
    # departing, receiving by a possessing party, packing twice, shipping and holding without a party
    "epcisDocWithVariousEventTypes.xml": _mapped(
        _PASSED, _ACCEPTED, "transport.PackagePacked", "transport.PackagePacked", _PASSED, _PASSED
    ),
    "epcisQueryDocument.xml": _PASSING_TWICE,
}

_HASHES = (
    *("ReferenceEventHashAlgorithm3", "TimeStampRoundOff", "epclist_normalisation"),
    *("epcisDocWith2DifferentTransformationEvents", "epcisDocWithCustomSchemaInContext"),
    *("epcisDocWithDefaultSchemaInContext", "epcisDocWithTransformationEventWithExtension"),
    *("epcisQueryDocHavingEventWithIgnoreFields", "persistentDisposition"),
)
"""Lists of hashes, no messages at all."""

_DELIVERED = "transport.ShipmentDelivered"

_COURIER: dict[str, Row] = {
    # the label of the first scan is no point of the way; six scans are
    "event-body.json": _mapped(*[_PASSED] * 6),
    # a request to be picked up
    "pickups-cancel.json": ("ignored", "Pickup: no tracker, tells nothing of the way"),
    "pickups-create.json": ("ignored", "Pickup: no tracker, tells nothing of the way"),
    # only labels
    "trackers-retrieve.json": ("ignored", "Tracker: nothing has been scanned on the way yet"),
    "tracking-webhook.json": _mapped(*[_PASSED] * 4, _DELIVERED),
    "tracking_webhook_response.json": _mapped(*[_PASSED] * 4, _DELIVERED),
}

_ONE_RECORD: dict[str, Row] = {
    "LogisticsEvent_with_id.json": _mapped(_PASSED),
    "MultipleEventsResponse_example1.json": (
        "ignored",
        "ONE Record api:MultiStatusResponse, api:EventCreationResult, api:EventC: states no event",
    ),
    "Notification_example3.json": (
        "ignored",
        "Notification LOGISTICS_OBJECT_UPDATED: tells of no event on the way",
    ),
    "Notification_example5.json": (
        "ignored",
        "Notification CHANGE_REQUEST_ACCEPTED: tells of no event on the way",
    ),
    # a sensor without measurements
    "Sensor.compacted.json": ("ignored", "ONE Record Sensor: states no event"),
    "Shipment_with_Piece.embedded.json": ("ignored", "ONE Record Shipment, Piece: states no event"),
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
    **{f"openepcis/1.2__XML__Capture__Documents__{name}": row for name, row in _XML_1.items()},
    **{f"openepcis/2.0__XML__Capture__Documents__{name}": row for name, row in _XML_2.items()},
    **{f"openepcis/2.0__XML__Capture__Events__{name}": row for name, row in _XML_2_ALONE.items()},
    **{f"openepcis/2.0__XML__Capture__Invalid__{name}": _BROKEN for name in _XML_2_INVALID},
    **{f"epcis_hash_vectors/{name}": row for name, row in _HASH_VECTORS_XML.items()},
    **{f"epcis_hash_vectors/{name}.hashes": ("refused", "unknown_format") for name in _HASHES},
    **{f"courier_easypost/{name}": row for name, row in _COURIER.items()},
    **{f"iata_one_record/{name}": row for name, row in _ONE_RECORD.items()},
}
"""Every file of the folder."""
