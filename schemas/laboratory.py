"""Testing the product, as the laboratory's system knows it."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from schemas.contract import Code
from schemas.envelope import Event, Scheme


class Verdict(StrEnum):
    """The laboratory's own word on a result; pending is not a pass."""

    PASS = "pass"
    OUT_OF_SPECIFICATION = "out_of_specification"
    PENDING = "pending"
    UNKNOWN_TO_READER = "unknown_to_reader"


class SampleRegistered(Event):
    """A sample of the batch has been registered in the laboratory."""

    number: ClassVar[int] = 42
    links: ClassVar = ((Scheme.SAMPLE, (Scheme.BATCH, Scheme.COI)),)
    sample_type: Code | None = None


class ResultReported(Event):
    """The laboratory has reported a result against a specification."""

    number: ClassVar[int] = 43
    links: ClassVar = ((Scheme.SAMPLE, (Scheme.BATCH, Scheme.COI)),)
    test: Code
    value: float | None = None
    value_text: Code | None = None
    unit: Code | None = None
    low: float | None = None
    high: float | None = None
    specification: Code | None = None
    """The specification version the result was judged by."""
    verdict: Verdict = Verdict.PENDING
    final: bool = True
    """False while the laboratory calls the result preliminary."""


class ResultAmended(ResultReported):
    """The laboratory has replaced a result that it had reported."""

    number: ClassVar[int] = 44


class CertificateOfAnalysisIssued(Event):
    """The laboratory has issued the certificate of analysis of the batch."""

    number: ClassVar[int] = 45
    version: Code | None = None
