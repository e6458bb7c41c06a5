"""The orders of a result message: each OBR with its ORC, its specimens, its results and their notes. Pure.

In ORU and OUL^R24 a specimen follows the order it belongs to; in OUL^R22 and R23 it goes before, and so does a
container in OUL^R21. In R21 and R23 each container has orders of its own; in R22 all containers of a specimen
go before its orders. An OBX behind a specimen tells about the specimen, unless the order has no other OBX:
then senders mean results.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.hl7v2.message import Message, Segment

SPECIMEN_FIRST = frozenset({("OUL", "R22"), ("OUL", "R23")})
CONTAINER_FIRST = frozenset({("OUL", "R21"), ("OUL", "R23")})
"""Kinds of message in which what holds the sample stands before its orders, one container at a time."""


@dataclass
class Observation:
    """One OBX, with the notes and the agreed segment behind it."""

    obx: Segment
    notes: list[str] = field(default_factory=list)
    agreed: Segment | None = None


@dataclass
class Order:
    """One OBR, with all that the message says about it."""

    obr: Segment
    orc: Segment | None = None
    specimens: list[Segment] = field(default_factory=list)
    containers: list[Segment] = field(default_factory=list)
    results: list[Observation] = field(default_factory=list)
    about_specimen: list[Observation] = field(default_factory=list)
    agreed: Segment | None = None
    specimen_first: bool = False

    @property
    def observations(self) -> list[Observation]:
        """What counts as its results."""
        return self.results or ([] if self.specimen_first else self.about_specimen)


def orders_of(message: Message) -> list[Order]:
    """The orders of a message, in its order."""
    kind = (message.header.text(9), message.header.text(9, 2))
    reader = _Reader(kind in SPECIMEN_FIRST, kind in CONTAINER_FIRST)
    for segment in message.segments:
        reader.take(segment)
    return reader.orders


class _Reader:
    """Goes through the segments once and knows what the last of each kind was."""

    def __init__(self, specimen_first: bool, container_first: bool) -> None:
        self.specimen_first, self.container_first = specimen_first, container_first
        self.orders: list[Order] = []
        self.common: Segment | None = None
        self.specimens: list[Segment] = []
        self.containers: list[Segment] = []
        self.about_specimen: list[Observation] = []
        self.behind_specimen = False
        self.observation: Observation | None = None

    def take(self, segment: Segment) -> None:
        order = self.orders[-1] if self.orders else None
        match segment.name:
            case "ORC":
                self._common(segment, order)
            case "OBR":
                self._order(segment)
            case "SPM":
                self._specimen(segment, order)
            case "SAC" if self.container_first:
                self.containers, self.observation = [segment], None
            case "SAC" if order is not None and not self.specimen_first:
                order.containers.append(segment)
            case "SAC":
                self.containers.append(segment)
            case "OBX":
                self._observation(segment, order)
            case "NTE" if self.observation is not None:
                self.observation.notes.append(segment.text(3))
            case "ZVV" if self.observation is not None:
                self.observation.agreed = segment
            case "ZVV" if order is not None:
                order.agreed = segment

    def _common(self, segment: Segment, order: Order | None) -> None:
        if self.specimen_first and order is not None and order.orc is None:
            order.orc = segment
        else:
            self.common = segment
        self.observation = None

    def _order(self, segment: Segment) -> None:
        order = Order(segment, self.common, specimen_first=self.specimen_first)
        if self.container_first:
            order.containers = list(self.containers)
        if self.specimen_first:
            order.specimens, order.containers = list(self.specimens), list(self.containers)
            order.about_specimen = list(self.about_specimen)
        self.orders.append(order)
        self.common, self.observation, self.behind_specimen = None, None, False

    def _observation(self, segment: Segment, order: Order | None) -> None:
        self.observation = Observation(segment)
        if self.behind_specimen and self.specimen_first:
            self.about_specimen.append(self.observation)
        elif order is not None:
            place = order.about_specimen if self.behind_specimen else order.results
            place.append(self.observation)

    def _specimen(self, segment: Segment, order: Order | None) -> None:
        self.observation = None
        if self.specimen_first:
            self.specimens, self.containers, self.about_specimen = [segment], [], []
            self.behind_specimen = True
        elif order is not None:
            order.specimens.append(segment)
            self.behind_specimen = True
