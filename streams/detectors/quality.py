"""Results that do not meet their specification."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.alert import Finding, Severity
from schemas.envelope import Event, Scheme
from schemas.laboratory import ResultAmended, ResultReported, SampleRegistered, Verdict
from schemas.quality import OosCaseChanged, OosState
from schemas.record import Answer
from schemas.treatment import LymphodepletionStarted
from streams.detectors.detector import AskAgain, Detector, detector
from streams.moments import Micros
from streams.view import View, made_of, when


@made_of(ResultReported, ResultAmended)
def latest_results(view: View) -> dict[tuple[str, str], ResultReported]:
    """The latest word of the laboratory on each test of each sample; an amendment outranks a report."""
    latest: dict[tuple[str, str], ResultReported] = {}
    results = [*view.of(ResultReported), *view.of(ResultAmended)]
    for result in sorted(results, key=lambda r: (isinstance(r, ResultAmended), *when(r))):
        for sample in result.named(Scheme.SAMPLE) or ("",):
            latest[sample, result.test] = result
    return latest


def meets(result: ResultReported) -> Answer:
    """Whether a result meets its specification; unknown unless it is final and somebody judged it."""
    if not result.final:
        return Answer.UNKNOWN
    if result.verdict is Verdict.OUT_OF_SPECIFICATION:
        return Answer.NOT_SATISFIED
    if result.value is not None:
        low = result.low is not None and result.value < result.low
        high = result.high is not None and result.value > result.high
        if low or high:
            return Answer.NOT_SATISFIED
    return Answer.SATISFIED if result.verdict is Verdict.PASS else Answer.UNKNOWN


def _batches(view: View, scheme: Scheme, name: str, kinds: tuple[type[Event], ...]) -> set[str]:
    """The batches that a sample or a case is said to belong to, by any event that names both."""
    return {
        batch
        for kind in kinds
        for event in view.having(kind, scheme, name)
        for batch in event.named(Scheme.BATCH)
    }


def batches_of(view: View, result: ResultReported, *samples: str) -> set[str]:
    """The batches that a result is said to belong to, by itself or by its sample."""
    kinds = (SampleRegistered, ResultReported, ResultAmended)
    found = set(result.named(Scheme.BATCH))
    for sample in samples or result.named(Scheme.SAMPLE):
        found |= _batches(view, Scheme.SAMPLE, sample, kinds)
    return found


def settled(view: View, result: ResultReported, sample: str) -> bool:
    """Whether a case about the result's batch was accepted or closed once the result was known."""
    batches = batches_of(view, result, sample)
    for case in view.of(OosCaseChanged):
        if case.state not in (OosState.ACCEPTED, OosState.CLOSED):
            continue
        if case.occurred_at < result.occurred_at:
            continue  # nobody can have judged a result that was not there
        about = set(case.named(Scheme.BATCH))
        for number in case.named(Scheme.OOS_CASE):
            about |= _batches(view, Scheme.OOS_CASE, number, (OosCaseChanged,))
        if about & batches:
            return True
    return False


@detector(
    "QU-01",
    SampleRegistered,
    ResultReported,
    ResultAmended,
    OosCaseChanged,
    LymphodepletionStarted,
)
def result_out_of_specification(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A final result lies outside its specification.

    Why: out of specification is common and can still be used, but only on a decided path.
    Act: open the investigation; tell the physician early, because a second batch takes weeks.
    """
    for (sample, test), result in sorted(latest_results(view).items()):
        if meets(result) is not Answer.NOT_SATISFIED or settled(view, result, sample):
            continue
        near = bool(view.of(LymphodepletionStarted))
        yield Finding(
            object=f"{Scheme.SAMPLE}:{sample}" if sample else "sample",
            anchor=test,
            raised_at=result.occurred_at,
            detail=f"{test}: {found(result)}",
            severity=Severity.S1 if near else Severity.S2,
            evidence=(result.event_id,),
            missing=("out-of-specification investigation",),
        )


def found(result: ResultReported) -> str:
    """What was found against which specification, in words."""
    value = result.value_text if result.value is None else f"{result.value:g}"
    if result.low is None and result.high is None:
        limits = "as the laboratory states"
    else:
        limits = " to ".join("" if x is None else f"{x:g}" for x in (result.low, result.high))
    return f"{value} {result.unit or ''}".strip() + f", specification {limits.strip()}"


DETECTORS: tuple[Detector, ...] = (result_out_of_specification,)
