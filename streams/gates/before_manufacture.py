"""What must be so before cells are collected, and before they are made into a product."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.collection import CheckContext, IdentityVerified
from schemas.enrolment import ConsentChanged, ConsentState, PatientState, PatientStateChanged
from schemas.envelope import Event
from schemas.manufacture import MaterialDecided, MaterialDecision, MaterialReceived
from schemas.ordering import (
    BatchNumberAssigned,
    CoiAssigned,
    OrderChange,
    OrderChanged,
    OrderCreated,
)
from schemas.quality import HoldLifted, HoldPlaced
from schemas.record import Answer
from streams.detectors.release import Item, open_holds
from streams.detectors.scheduling_stops import STOPPING
from streams.gates.checks import checked
from streams.gates.gate import Condition, condition
from streams.view import View

SAID = Answer.SATISFIED, Answer.NOT_SATISFIED


def by_its_coming(name: str, event: Event | None) -> Item:
    """Satisfied once the event is there; unknown before."""
    if event is None:
        return Item(name, Answer.UNKNOWN, ())
    return Item(name, Answer.SATISFIED, (event.event_id,))


@condition(ConsentChanged)
def consent_given(view: View) -> Iterator[Item]:
    """The patient has consented, by the latest word."""
    said = view.last(ConsentChanged)
    answers = {ConsentState.GIVEN: SAID[0], ConsentState.WITHDRAWN: SAID[1]}
    if said is None:
        yield by_its_coming("consent of the patient", None)
    else:
        answer = answers.get(said.state, Answer.UNKNOWN)
        yield Item("consent of the patient", answer, (said.event_id,))


@condition(refused_by=(ConsentChanged,))
def consent_stands(view: View) -> Iterator[Item]:
    """The patient has not withdrawn consent."""
    said = view.last(ConsentChanged)
    if said is not None and said.state is not ConsentState.GIVEN:
        withdrawn = said.state is ConsentState.WITHDRAWN
        answer = Answer.NOT_SATISFIED if withdrawn else Answer.UNKNOWN
        yield Item("consent of the patient", answer, (said.event_id,))


@condition(OrderCreated)
def order_placed(view: View) -> Iterator[Item]:
    """An order has been placed."""
    yield by_its_coming("order", view.first(OrderCreated))


@condition(refused_by=(OrderChanged,))
def order_stands(view: View) -> Iterator[Item]:
    """The order has not been cancelled."""
    for change in view.of(OrderChanged):
        if change.change is OrderChange.CANCELLED:
            yield Item("order that stands", Answer.NOT_SATISFIED, (change.event_id,))


@condition(CoiAssigned)
def course_named(view: View) -> Iterator[Item]:
    """The chain of identity has been assigned."""
    yield by_its_coming("chain of identity", view.first(CoiAssigned))


@condition(refused_by=(PatientStateChanged,))
def patient_can_go_on(view: View) -> Iterator[Item]:
    """Nothing says, by the latest word, that the patient cannot or will not go on."""
    said = view.last(PatientStateChanged)
    if said is not None and said.state is not PatientState.FIT:
        answer = Answer.NOT_SATISFIED if said.state in STOPPING else Answer.UNKNOWN
        yield Item("patient fit for the therapy", answer, (said.event_id,))


@condition(MaterialReceived)
def material_received(view: View) -> Iterator[Item]:
    """The manufacturer has received the starting material."""
    yield by_its_coming("receipt of the material", view.last(MaterialReceived))


@condition(IdentityVerified)
def identity_at_receipt(view: View) -> Iterator[Item]:
    """Identifiers were compared at receipt, and agree."""
    yield from checked(view, CheckContext.RECEIPT)


@condition(MaterialDecided)
def material_accepted(view: View) -> Iterator[Item]:
    """The starting material is accepted, by the latest word."""
    said = view.last(MaterialDecided)
    answers = {
        MaterialDecision.ACCEPTED: Answer.SATISFIED,
        MaterialDecision.ACCEPTED_AT_RISK: Answer.SATISFIED,
        MaterialDecision.REJECTED: Answer.NOT_SATISFIED,
    }
    if said is None:
        yield by_its_coming("acceptance of the material", None)
    else:
        answer = answers.get(said.decision, Answer.UNKNOWN)
        yield Item("acceptance of the material", answer, (said.event_id,))


@condition(BatchNumberAssigned)
def batch_named(view: View) -> Iterator[Item]:
    """A batch number has been assigned to the course."""
    yield by_its_coming("batch number", view.last(BatchNumberAssigned))


@condition(refused_by=(HoldPlaced, HoldLifted))
def nothing_held(view: View) -> Iterator[Item]:
    """Every hold of the quality unit has been lifted."""
    yield from open_holds(view)


STANDING: tuple[Condition, ...] = (order_stands, patient_can_go_on)
"""What stops every step, whenever it is said."""
