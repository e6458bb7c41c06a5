"""What every event carries, whatever it tells: who says it, of whose cells, and when it happened.

No name, birth date or hospital number exists in any schema: a patient is a subject token, and a
therapy course is its chain-of-identity identifier. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID, uuid5

from pydantic import Field, StringConstraints

from schemas.contract import Code, Contract, Instant, Prose, Text

EVENT_NAMESPACE = UUID("6f1d3c0e-5a0b-5e5c-9d57-0b6a5f6f2c11")


class System(StrEnum):
    """The kind of partner system that speaks."""

    CLINIC = "clinic"
    ERP = "erp"
    MES = "mes"
    LIMS = "lims"
    QMS = "qms"
    LOGISTICS = "logistics"
    PLATFORM = "platform"
    UNKNOWN_TO_READER = "unknown_to_reader"


class Scheme(StrEnum):
    """What kind of thing an identifier names."""

    COI = "COI"
    ORDER = "ORDER"
    DIN = "DIN"
    SEC = "SEC"
    BATCH = "BATCH"
    SHIPMENT = "SHIPMENT"
    SSCC = "SSCC"
    WAYBILL = "WAYBILL"
    CONTAINER = "CONTAINER"
    LABEL = "LABEL"
    SAMPLE = "SAMPLE"
    DELIVERY = "DELIVERY"
    DEVIATION = "DEVIATION"
    OOS_CASE = "OOS_CASE"
    HOLD = "HOLD"
    CERTIFICATE = "CERTIFICATE"
    LOGGER = "LOGGER"
    SHIPPER = "SHIPPER"
    SLOT = "SLOT"
    TANK = "TANK"
    MATERIAL_LOT = "MATERIAL_LOT"
    INCIDENT = "INCIDENT"
    PARTY = "PARTY"
    UNKNOWN_TO_READER = "UNKNOWN_TO_READER"


OCCUPIED_SCHEMES = frozenset(
    {Scheme.LOGGER, Scheme.SHIPPER, Scheme.SLOT, Scheme.TANK, Scheme.MATERIAL_LOT}
    | {Scheme.INCIDENT, Scheme.PARTY}
)
"""Things that are used again, or that concern many courses or none: they never name a course."""


class Precision(StrEnum):
    """How exactly the partner knows when it happened."""

    INSTANT = "instant"
    MINUTE = "minute"
    DAY = "day"
    UNKNOWN_TO_READER = "unknown_to_reader"


class Capture(StrEnum):
    """How the fact entered the partner's system."""

    SCAN = "scan"
    INSTRUMENT = "instrument"
    INTERFACE = "interface"
    MANUAL = "manual"
    UNKNOWN_TO_READER = "unknown_to_reader"


class Environment(StrEnum):
    """Whether the event is about a real patient."""

    PRODUCTION = "production"
    TEST = "test"
    SYNTHETIC = "synthetic"
    UNKNOWN_TO_READER = "unknown_to_reader"


Token = Annotated[str, StringConstraints(min_length=8, max_length=80)]
"""What stands for a patient in one pseudonym domain."""


class Identifier(Contract):
    """One partner's name for one thing, with the scheme that says what kind of thing."""

    scheme: Scheme
    value: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^\S(.*\S)?$")]
    issuer: Code | None = None
    """Who issued it, where the scheme alone does not say."""

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


class Signature(Contract):
    """A signature made in the partner's own system, as that system states it."""

    signer: Code
    meaning: Text
    """What the signature stands for, for example approved or certified."""
    signed_at: Instant
    digest: str | None = None
    """sha256 of the signed content, in hexadecimal."""
    algorithm: str | None = None


class EvidenceReference(Contract):
    """A document that supports the fact: where it lies, and its digest."""

    uri: Text
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    kind: str | None = None


class Event(Contract):
    """A fact that a partner system states about one patient's cells."""

    number: ClassVar[int] = 0
    """Its number in the event catalogue."""
    links: ClassVar[tuple[tuple[Scheme, tuple[Scheme, ...]], ...]] = ()
    """What the system of record links by saying this: an identifier to the first of these present."""

    event_id: UUID
    """Derived from the partner's own record, so that reading it twice says nothing new."""
    coi: Annotated[str, StringConstraints(min_length=1, max_length=80)] | None = None
    """The chain-of-identity identifier of the therapy course, where the partner knows it."""
    identifiers: tuple[Identifier, ...] = Field(default=(), max_length=200)
    subject: Token | None = None
    """The patient's token in this pseudonym domain."""
    occurred_at: Instant
    """When it happened."""
    occurred_offset_minutes: Annotated[int, Field(ge=-1080, le=1080)] | None = None
    """The partner's own offset from UTC in minutes, where it was given."""
    occurred_precision: Precision = Precision.INSTANT
    recorded_at: Instant | None = None
    """When the partner's system recorded it."""
    system: System
    partner: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,48}$")]
    site: Code | None = None
    device: Code | None = None
    actor: Code | None = None
    """A pseudonymous staff number."""
    actor_role: Code | None = None
    second_actor: Code | None = None
    capture: Capture = Capture.INTERFACE
    sequence: Annotated[int, Field(ge=0)] | None = None
    """The partner's own running number, so that a missing message is seen."""
    corrects: UUID | None = None
    """The event that this one replaces."""
    withdraws: bool = False
    """True when this only withdraws the event that it corrects, and states nothing of its own."""
    reason_code: Code | None = None
    reason_text: Prose | None = None
    signature: Signature | None = None
    evidence: tuple[EvidenceReference, ...] = Field(default=(), max_length=50)
    source_message: Code | None = None
    """The partner's own name of the message that said it."""
    environment: Environment = Environment.PRODUCTION

    @classmethod
    def type_name(cls) -> str:
        """The name of this type on the wire: stage and fact, for example collection.CollectionCompleted."""
        return f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}"

    def named(self, scheme: Scheme) -> tuple[str, ...]:
        """The values of every identifier of this scheme, in the order the partner gave them."""
        # a list first: asked hundreds of times for each event, and a generator is half as fast
        return tuple([i.value for i in self.identifiers if i.scheme is scheme])


def event_id(system: str, partner: str, native: str, type_name: str, part: str = "") -> UUID:
    """The same id for the same fact of the same partner, however often its record is read.

    `native` is the partner's own key of the record, with its version where records change;
    `part` tells facts of one type from one record apart.
    """
    return uuid5(EVENT_NAMESPACE, "\x1f".join((system, partner, native, type_name, part)))
