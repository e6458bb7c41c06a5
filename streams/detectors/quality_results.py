"""Results that call for more than an investigation: viability, contamination, late amendments."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.alert import Finding, Severity
from schemas.envelope import Scheme
from schemas.laboratory import ResultAmended, ResultReported, SampleRegistered, Verdict
from schemas.ordering import OrderChanged, OrderCreated
from schemas.profile import TherapyProfile
from schemas.quality import BatchCertified, OosCaseChanged
from schemas.record import Answer
from streams.detectors.detector import AskAgain, Detector, detector
from streams.detectors.quality import batches_of, found, latest_results, meets, settled
from streams.moments import Micros
from streams.view import View

VIABILITY = "VIABILITY"
CONTAMINATION = frozenset({"STERILITY", "MYCOPLASMA", "ENDOTOXIN"})
"""Release tests that look for what must not be in the product."""


def least_viability(result: ResultReported, profile: TherapyProfile | None) -> float | None:
    """The higher of the specification's limit and the product's own, in the unit of the result."""
    limits = [] if result.low is None else [result.low]
    if profile is not None and profile.viability is not None and result.unit == "%":
        limits.append(profile.viability.percent)
    return max(limits, default=None)


def _below(result: ResultReported, least: float | None) -> bool:
    """Whether a final result says that too few cells live, by its value or by the laboratory's word."""
    if not result.final:
        return False
    if result.value is not None and least is not None and result.value < least:
        return True
    above = result.value is not None and result.high is not None and result.value > result.high
    return result.verdict is Verdict.OUT_OF_SPECIFICATION and not above


@detector(
    "QU-02",
    SampleRegistered,
    ResultReported,
    ResultAmended,
    OosCaseChanged,
    OrderCreated,
    OrderChanged,
)
def viability_below_limit(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """Fewer cells of the product live than its specification or its product information asks for.

    Why: low viability is the most frequent reason why a product misses its specification.
    Act: test again, assess what it means for the dose, and tell the physician.
    """
    for (sample, test), result in sorted(latest_results(view).items()):
        if test != VIABILITY:
            continue
        least = least_viability(result, view.profile)
        if not _below(result, least) or settled(view, result, sample):
            continue
        limit = "as the laboratory states" if least is None else f"at least {least:g}"
        value = result.value_text if result.value is None else f"{result.value:g}"
        yield Finding(
            object=f"{Scheme.SAMPLE}:{sample}" if sample else "sample",
            anchor=test,
            raised_at=result.occurred_at,
            detail=f"viability {value or 'out of specification'}, wanted {limit}",
            severity=Severity.S2,
            evidence=(result.event_id,),
            missing=("retest", "impact"),
        )


@detector("QU-03", SampleRegistered, ResultReported, ResultAmended, OosCaseChanged)
def contamination_found(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """A test for sterility, mycoplasma or endotoxin has found what must not be in the product.

    Why: the product may infect a patient whose defences have been taken away. The laboratory's word that
    a result is out of specification counts also while it is preliminary.
    Act: stop its use, identify what was found, and agree on the treatment with the physician.
    """
    for (sample, test), result in sorted(latest_results(view).items()):
        if test not in CONTAMINATION:
            continue
        positive = result.verdict is Verdict.OUT_OF_SPECIFICATION
        if not positive and meets(result) is not Answer.NOT_SATISFIED:
            continue
        if settled(view, result, sample):
            continue
        yield Finding(
            object=f"{Scheme.SAMPLE}:{sample}" if sample else "sample",
            anchor=test,
            raised_at=result.occurred_at,
            detail=f"{test}: {found(result)}{'' if result.final else ', preliminary'}",
            severity=Severity.S1,
            evidence=(result.event_id,),
            missing=("identification", "treatment plan"),
        )


@detector("QU-07", SampleRegistered, ResultReported, ResultAmended, BatchCertified)
def amended_after_certification(view: View, now: Micros) -> Iterator[Finding | AskAgain]:
    """The laboratory has replaced a result after the batch had been certified on it.

    Why: the certificate rests on a result that is no longer the laboratory's word, even if the new one passes.
    Act: assess what the new result means for the certificate. No later fact can make it undone.
    """
    certificates = view.of(BatchCertified)
    if not certificates:
        return
    for amended in view.of(ResultAmended):
        batches = batches_of(view, amended)
        before = [
            certificate
            for certificate in certificates
            if certificate.occurred_at < amended.occurred_at
            and _same_batch(batches, set(certificate.named(Scheme.BATCH)))
        ]
        if not before:
            continue
        yield Finding(
            object=next((f"{Scheme.SAMPLE}:{s}" for s in amended.named(Scheme.SAMPLE)), "sample"),
            anchor=str(amended.event_id),
            raised_at=amended.occurred_at,
            detail=f"{amended.test} amended to {found(amended)} after the batch was certified",
            severity=Severity.S1,
            evidence=(before[0].event_id, amended.event_id),
            missing=("impact assessment",),
        )


def _same_batch(tested: set[str], certified: set[str]) -> bool:
    """Whether both speak of one batch; who names none speaks of the course's own."""
    return not tested or not certified or bool(tested & certified)


DETECTORS: tuple[Detector, ...] = (
    viability_below_limit,
    contamination_found,
    amended_after_certification,
)
