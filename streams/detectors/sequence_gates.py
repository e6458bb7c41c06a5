"""Gates that were passed unasked: a collection without consent, a thaw or an infusion without a check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from schemas.alert import Finding, Severity
from schemas.collection import CheckContext, CollectionCompleted, IdentityVerified
from schemas.enrolment import ConsentChanged, ConsentState
from schemas.envelope import Event, Scheme
from schemas.ordering import CoiAssigned, OrderCreated
from schemas.profiles import platform_limits
from schemas.treatment import InfusionStarted, ThawPhase, ThawRecorded
from streams.detectors.detector import AskAgain, Detector, detector
from streams.detectors.sequence_order import in_doubt, word_due
from streams.moments import Micros, micros
from streams.view import View, when


@detector("SQ-06", ThawRecorded, InfusionStarted, IdentityVerified)
def unverified_at_the_bedside(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Product is thawed or infused and nobody had compared identifiers before.

    Why: the wrong patient's cells kill, and this check is the last one that can find them.
    Act: the bedside team stops and checks at once, by two persons. What a check has found, and who
    made it, are other questions.
    """
    steps: list[tuple[Event, CheckContext]] = [
        (thaw, CheckContext.THAW)
        for thaw in view.of(ThawRecorded)
        if thaw.phase is ThawPhase.STARTED
    ]
    steps += [(infusion, CheckContext.BEDSIDE) for infusion in view.of(InfusionStarted)]
    for step, context in steps:
        if _checked(view, step, context) or in_doubt(view, IdentityVerified):
            continue
        later = [c for c in view.of(IdentityVerified) if c.context is context and _covers(c, step)]
        grace = timedelta(minutes=platform_limits().bedside_grace.minutes)
        raised_at = step.occurred_at if later else step.occurred_at + grace
        if not later and now < micros(raised_at):
            yield AskAgain(micros(raised_at))
            continue
        containers = step.named(Scheme.CONTAINER)
        yield Finding(
            object=f"{Scheme.CONTAINER}:{containers[0]}" if containers else "dose",
            anchor=f"{context.value}/{step.event_id}",
            raised_at=raised_at,
            detail=f"{step.type_name()} at {step.occurred_at.isoformat()} without a check before",
            severity=Severity.S1,
            harm_at=step.occurred_at,
            evidence=(step.event_id, *(check.event_id for check in later[:1])),
            missing=(f"identity check before the step ({context.value})",),
        )


def _checked(view: View, step: Event, context: CheckContext) -> bool:
    """Whether a check of this context was made at or before the step, on all its containers."""
    checks = [
        check
        for check in view.of(IdentityVerified)
        if check.context is context and check.occurred_at <= step.occurred_at
    ]
    named = {container for check in checks for container in check.named(Scheme.CONTAINER)}
    general = any(not check.named(Scheme.CONTAINER) for check in checks)
    return bool(checks) and (general or set(step.named(Scheme.CONTAINER)) <= named)


def _covers(check: IdentityVerified, step: Event) -> bool:
    """Whether a check is about a step: all its containers, or none named."""
    named = set(check.named(Scheme.CONTAINER))
    return not named or set(step.named(Scheme.CONTAINER)) <= named


@detector("SQ-08", CollectionCompleted, ConsentChanged, OrderCreated, CoiAssigned)
def collected_too_early(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Cells were collected before consent, order and chain of identity were there.

    Why: without them nobody may collect, and nobody can prove later whose cells these are.
    Act: the clinic shows the consent as it was signed; the registry links the course.
    """
    for collected in view.of(CollectionCompleted):
        began = collected.started_at or collected.occurred_at
        known: list[tuple[str, Event]] = []
        unknown: list[str] = []
        for name, kind in (("order", OrderCreated), ("chain of identity", CoiAssigned)):
            first = view.first(kind)
            if first is None and not in_doubt(view, kind):
                unknown.append(name)
        consent = _consent(view, began)
        if isinstance(consent, ConsentChanged):
            known.append(("consent", consent))
        elif consent is None and not in_doubt(view, ConsentChanged):
            unknown.append("consent")
        due = word_due(collected)
        if unknown and now < micros(due):
            yield AskAgain(micros(due))
            unknown = []
        if not known and not unknown:
            continue
        yield Finding(
            object="collection",
            anchor=str(collected.event_id),
            raised_at=began if known else due,
            detail=f"collection began at {began.isoformat()}; "
            + "; ".join([*(_dated(n, e) for n, e in known), *(f"no {n}" for n in unknown)]),
            severity=Severity.S2,
            evidence=(collected.event_id, *(event.event_id for _, event in known)),
            missing=(*(f"{name} before the collection" for name, _ in known), *unknown),
        )


def _consent(view: View, began: datetime) -> ConsentChanged | bool | None:
    """True when consent stood; the word that shows that it did not; None when nothing was said."""
    said = view.of(ConsentChanged)
    before = [change for change in said if change.occurred_at <= began]
    if before:
        last = max(before, key=when)
        return True if last.state is ConsentState.GIVEN else last
    given = [change for change in said if change.state is ConsentState.GIVEN]
    return min(given, key=when) if given else None


def _dated(name: str, event: Event) -> str:
    state = getattr(event, "state", None)
    word = "" if state is None else f" {state}"
    return f"{name}{word} at {event.occurred_at.isoformat()}"


DETECTORS: tuple[Detector, ...] = (unverified_at_the_bedside, collected_too_early)
