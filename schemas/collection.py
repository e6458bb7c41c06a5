"""Collecting the patient's cells, and proving whose they are."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import Field

from schemas.contract import Code, Contract, Count, Instant
from schemas.envelope import Event, Scheme
from schemas.units import Cells, Millilitres


class CheckContext(StrEnum):
    """At which step an identity check was made."""

    COLLECTION = "collection"
    RECEIPT = "receipt"
    THAW = "thaw"
    BEDSIDE = "bedside"
    UNKNOWN_TO_READER = "unknown_to_reader"


class Comparison(Contract):
    """One identifier of an identity check: what the holder expected, and what was found."""

    scheme: Scheme
    expected: Code
    found: Code


class CollectionScheduled(Event):
    """The clinic has planned the apheresis."""

    number: ClassVar[int] = 4
    planned_at: Instant


class IdentityVerified(Event):
    """Identifiers were compared at a step; each comparison says what was expected and what was found."""

    number: ClassVar[int] = 5
    context: CheckContext
    comparisons: Annotated[tuple[Comparison, ...], Field(max_length=20)] = ()


class CollectionCompleted(Event):
    """The apheresis unit has collected the cells."""

    number: ClassVar[int] = 6
    links: ClassVar = (
        (Scheme.DIN, (Scheme.COI, Scheme.ORDER)),
        (Scheme.SEC, (Scheme.COI, Scheme.ORDER)),
    )
    started_at: Instant | None = None
    ended_at: Instant
    volume: Millilitres | None = None
    bags: Count | None = None
    nucleated_cells: Cells | None = None


class CollectionFailed(Event):
    """The apheresis could not be completed."""

    number: ClassVar[int] = 7


class LabelApplied(Event):
    """A collected container has been labelled."""

    number: ClassVar[int] = 8
    links: ClassVar = (
        (Scheme.LABEL, (Scheme.DIN, Scheme.COI)),
        (Scheme.CONTAINER, (Scheme.DIN, Scheme.COI)),
    )
    label_version: Code | None = None


class MaterialCryopreserved(Event):
    """The starting material has been frozen at the collection site."""

    number: ClassVar[int] = 9
    links: ClassVar = ((Scheme.CONTAINER, (Scheme.DIN, Scheme.COI)),)
    completed_at: Instant | None = None
