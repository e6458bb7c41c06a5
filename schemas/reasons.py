"""Every reason for which a message is set aside, with what a person can do about it. The list is closed."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Why a message was not believed."""

    EMPTY_VALUE = "empty_value"
    TOO_LARGE = "too_large"
    UNKNOWN_FRAMING = "unknown_framing"
    UNKNOWN_FINGERPRINT = "unknown_fingerprint"
    UNKNOWN_TYPE = "unknown_type"
    SCHEMA_VIOLATION = "schema_violation"
    CONTRACT_VIOLATION = "contract_violation"
    WRONG_KEY = "wrong_key"
    WRONG_TOPIC = "wrong_topic"
    WRONG_OWNER = "wrong_owner"
    SAME_ID_OTHER_CONTENT = "same_id_other_content"
    NO_IDENTIFIER = "no_identifier"
    TWO_COURSES = "two_courses"
    HANDLER_FAILED = "handler_failed"
    # what a connector could not understand of a partner's own message
    NOT_WELL_FORMED = "not_well_formed"
    UNKNOWN_FORMAT = "unknown_format"
    UNSUPPORTED_VERSION = "unsupported_version"
    STANDARD_VIOLATED = "standard_violated"
    FIELD_MISSING = "field_missing"
    FIELD_INVALID = "field_invalid"
    UNIT_UNKNOWN = "unit_unknown"
    IDENTIFIER_MALFORMED = "identifier_malformed"
    ENCODING_UNKNOWN = "encoding_unknown"


REMEDIES: dict[Reason, str] = {
    Reason.EMPTY_VALUE: "send the event again with its content; a null value says nothing",
    Reason.TOO_LARGE: "split the message, or refer to the document by address and sha256",
    Reason.UNKNOWN_FRAMING: "send Avro single-object encoding, or Confluent framing with a registry",
    Reason.UNKNOWN_FINGERPRINT: "encode with a released schema of this event type",
    Reason.UNKNOWN_TYPE: "use a type name of the event catalogue (v2v catalogue events)",
    Reason.SCHEMA_VIOLATION: "encode the value with the schema that its header names",
    Reason.CONTRACT_VIOLATION: "mend the field named in the detail and send the event again",
    Reason.WRONG_KEY: "key the message by its event id, as text",
    Reason.WRONG_TOPIC: "publish to the topic of the system and partner that the event names",
    Reason.WRONG_OWNER: "let the system of record say it; see v2v catalogue authority",
    Reason.SAME_ID_OTHER_CONTENT: "release the version that is right; until then neither is believed",
    Reason.NO_IDENTIFIER: "name at least one identifier that can lead to a course",
    Reason.TWO_COURSES: "let the owner of the wrong link revoke it; the event then counts by itself",
    Reason.HANDLER_FAILED: "report the fault with the detail; publish the message again once it is mended",
    Reason.NOT_WELL_FORMED: "send well-formed XML, JSON or HL7 v2; the detail says where it breaks",
    Reason.UNKNOWN_FORMAT: "send a format that this connector reads; see its README section",
    Reason.UNSUPPORTED_VERSION: "send a version that this connector reads; the detail names it",
    Reason.STANDARD_VIOLATED: "mend what the standard's own schema refuses; the detail says where",
    Reason.FIELD_MISSING: "fill the field named in the detail",
    Reason.FIELD_INVALID: "mend the field named in the detail",
    Reason.UNIT_UNKNOWN: "use a unit of the unit table, or have the spelling added to it",
    Reason.IDENTIFIER_MALFORMED: "scan the identifier again; its form or check character is wrong",
    Reason.ENCODING_UNKNOWN: "send UTF-8, or name the encoding in the message",
}
