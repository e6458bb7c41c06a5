"""What is known of one therapy course: every event that led here, where its identifiers lead, and what was issued.

Nothing is forgotten and nothing is overwritten, so neither the order nor the number of arrivals can
matter: what is believed is computed from the whole. Readings never enter one by one; a leg brings its
summary. Pure: no clock, no broker, no randomness.
"""

from __future__ import annotations

from uuid import UUID

import msgspec

from schemas.control import AlertAction
from schemas.wire import decode_contract
from streams.alert_work import by_alert_in_order
from streams.messages import Belief, Concern, Leg, Reliance, Status, Use


class Fact(msgspec.Struct, frozen=True, array_like=True):
    """One content of one event, as it was admitted."""

    digest: bytes
    value: bytes


class Course(msgspec.Struct, array_like=True, dict=True):
    """The state of one course. Owned by the table of one partition; what it believes is in its view."""

    facts: dict[str, list[Fact]] = {}
    beliefs: dict[str, Belief] = {}
    statuses: dict[str, Status] = {}
    legs: dict[str, Leg] = {}
    listening: list[str] = []
    """Identifiers that have been asked to say where they lead."""
    forwarded: dict[str, list[str]] = {}
    """Events that lead to other courses too: which course has been given which content."""
    occupied: dict[str, tuple[int, int | None, int | None]] = {}
    """What loggers have been told: version, start and end, by logger and leg."""
    withheld: dict[str, list[str]] = {}
    """Events that stand in quarantine because they lead to two courses, and to which."""
    issued: dict[str, bytes] = {}
    actions: dict[str, bytes] = {}
    using: dict[str, Use] = {}
    """What slots, tanks and lots have been told, by thing."""
    concerns: dict[str, Concern] = {}
    """What they have told, by thing."""
    relying: dict[str, Reliance] = {}
    """What the partners that spoke of the course have been told, by partner."""

    def people(self) -> dict[UUID, list[AlertAction]]:
        """What people did about this course's alerts, by alert and in the order in which they did it."""
        kept: tuple[int, dict[UUID, list[AlertAction]]] | None = self.__dict__.get("acted")
        if kept is None or kept[0] != len(self.actions):  # none of them is ever taken back
            by_alert = by_alert_in_order(
                decode_contract(AlertAction, raw, trusted=True) for raw in self.actions.values()
            )
            kept = self.__dict__["acted"] = len(self.actions), by_alert
        return kept[1]


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Course)
encode_state = _encoder.encode
decode_state = _decoder.decode
