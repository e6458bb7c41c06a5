"""Enrolment, consent and the patient's state, as a clinic's FHIR says them.

The clinic's ServiceRequest is its own order of the therapy, not the manufacturer's: it says that the
patient is enrolled, and names the order. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.clinic import codes
from connectors.clinic.codes import Step
from connectors.clinic.identifiers import name_a_course, subject_token, token_of
from connectors.clinic.node import Node
from connectors.clinic.said import Said, SaysNothing
from connectors.connector import CannotUnderstand
from schemas.enrolment import (
    ConsentChanged,
    ConsentState,
    PatientEnrolled,
    PatientsMerged,
    PatientState,
    PatientStateChanged,
    RecordChange,
)
from schemas.envelope import Event
from schemas.reasons import Reason

ORDERS = frozenset({"order", "original-order", "filler-order", "instance-order"})
CONSENT_SCOPES = frozenset({"treatment", "research"})


def service_request(said: Said) -> tuple[Event, ...]:
    """An active order of the therapy enrols the patient."""
    if Step.THERAPY_ORDER not in said.steps("code", "category"):
        raise SaysNothing("a ServiceRequest that orders no therapy of ours")
    if said.resource.needed("intent") not in ORDERS:
        raise SaysNothing("a ServiceRequest that is a plan or proposal, not an order")
    if said.status != "active":
        why = f"a ServiceRequest that is {said.status}: what becomes of the order, its ERP says"
        raise SaysNothing(why)
    product = next((c for d in said.resource.nodes("orderDetail") for _, c in d.codings()), None)
    at = said.happened(said.when("authoredOn"))
    return (said.event(PatientEnrolled, at, product=product),)


def research_subject(said: Said) -> tuple[Event, ...]:
    """A subject that is on the study is enrolled; one that withdrew is out."""
    if not name_a_course(said.identifiers):
        raise SaysNothing("a ResearchSubject that names no course")
    if said.status.startswith("on-study"):
        at = said.happened(said.when("period.start"))
        return (said.event(PatientEnrolled, at),)
    if said.status == "withdrawn":
        at = said.happened(said.when("period.end"))
        return (said.event(PatientStateChanged, at, state=PatientState.WITHDRAWN),)
    raise SaysNothing(f"a ResearchSubject that is {said.status}")


def consent(said: Said) -> tuple[Event, ...]:
    """Consent to the therapy is given, or withdrawn; consent to the use of data is not ours."""
    scopes = {code for scope in said.resource.each("scope") for _, code in scope.codings()}
    ours = Step.THERAPY_CONSENT in said.steps("category", "scope")
    if not ours and not (scopes & CONSENT_SCOPES and name_a_course(said.identifiers)):
        raise SaysNothing("a Consent that is not about a therapy of ours")
    if said.status in ("draft", "proposed"):
        raise SaysNothing(f"a Consent that is {said.status} and not yet given")
    provision = said.resource.node("provision")
    denied = provision is not None and provision.text("type") == "deny"
    given = said.status == "active" and not denied
    policy = said.resource.node("policyRule")
    return (
        said.event(
            ConsentChanged,
            said.happened(said.when("dateTime")),
            state=ConsentState.GIVEN if given else ConsentState.WITHDRAWN,
            version=None if policy is None else policy.text("text"),
        ),
    )


def patient(said: Said) -> tuple[Event, ...]:
    """A patient's own data says nothing we follow, unless records are merged, or the patient of a course died."""
    events: list[Event] = [e for link in said.resource.nodes("link") for e in _linked(said, link)]
    at = said.when("deceasedDateTime")
    dead = said.resource.flag("deceasedBoolean") or at is not None
    if dead and name_a_course(said.identifiers):
        state = PatientState.DECEASED
        events.append(said.event(PatientStateChanged, said.happened(at), state=state))
    if not events:
        raise SaysNothing("a Patient: master data of a person, names no course that has ended")
    return tuple(events)


LINKS = {
    "replaces": RecordChange.MERGED,
    "replaced-by": RecordChange.MERGED,
    "refer": RecordChange.LINKED,
    "seealso": RecordChange.LINKED,
}
"""What the type of a link between two Patients says of them."""


def _linked(said: Said, link: Node) -> Iterator[Event]:
    """That the record is one with another; nobody here merges them, but a course must hear of it."""
    other, kind = link.node("other"), link.needed("type")
    if other is None or kind not in LINKS:
        raise CannotUnderstand(Reason.STANDARD_VIOLATED, f"{link.path}: expected other and a type")
    if "RelatedPerson" in (other.text("type"), (other.text("reference") or "").split("/")[0]):
        return
    own = subject_token(said.resource, said.document, said.partner, said.tokens)
    theirs = token_of(other, said.resource, said.document, said.partner, said.tokens)
    if own is None or theirs is None:
        detail = f"{link.path}: two records are linked, and not both are named by an identifier"
        raise CannotUnderstand(Reason.FIELD_MISSING, detail)
    stays, goes = (theirs, own) if kind == "replaced-by" else (own, theirs)
    meta = said.resource.node("meta")
    at = said.happened(None if meta is None else meta.when("lastUpdated", said.partner.clock))
    named = {"subject": stays, "other_subject": goes, "change": LINKS[kind]}
    yield said.event(PatientsMerged, at, link.path.rpartition(".")[2], **named)


def patient_state(said: Said) -> tuple[Event, ...]:
    """An observation of the patient's fitness for the therapy."""
    concept = said.resource.node("valueCodeableConcept")
    stated = () if concept is None else concept.codings()
    ours = next((code for system, code in stated if system == codes.PATIENT_STATE_SYSTEM), None)
    state = PatientState.DECEASED if codes.DEAD in stated else codes.word(PatientState, ours)
    if state is None:
        detail = "Observation.valueCodeableConcept: expected fit, unfit, withdrawn or deceased"
        raise CannotUnderstand(Reason.FIELD_INVALID, detail)
    at = said.happened(said.when("effectiveDateTime", "effectivePeriod.start", "effectiveInstant"))
    return (said.event(PatientStateChanged, at, state=state),)
