"""Faults of certificates: open items, a wrong signer, another document, none on arrival."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

from connectors.simulator.course import Course
from connectors.simulator.faults.fault import About, Fault
from connectors.simulator.script import Line, Pen, Script
from connectors.simulator.stages.documents import document
from connectors.simulator.stages.releasing import deviation
from schemas.envelope import Scheme, System
from schemas.quality import DeviationClass, HoldLifted, HoldPlaced

ANALYSIS = "certificate-of-analysis"


def _about_certificate(script: Script) -> About:
    return About(object=f"{Scheme.CERTIFICATE}:{script.course.names.certificate}")


def _about_arrival(script: Script) -> About:
    return About(object=f"{Scheme.SHIPMENT}:{script.course.names.shipment('home')}")


def _critical_deviation(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    opened = course.timeline["filled"] + timedelta(hours=chance.randrange(5, 60))
    closed = script.line("certified").at + timedelta(hours=chance.randrange(5, 20))
    qms = Pen(course, System.QMS)
    lines = deviation(course, qms, DeviationClass.CRITICAL, opened, closed, part=2)
    return script.having(*lines), _about_certificate(script)


def _on_hold(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course, certified = script.course, script.line("certified").at
    qms = Pen(course, System.QMS)
    about = (
        (Scheme.HOLD, course.names.numbered("HLD")),
        (Scheme.BATCH, course.names.batch),
    )
    before = timedelta(hours=chance.randrange(5, 30))
    after = timedelta(minutes=chance.randrange(10, 50))
    lines: tuple[Line, ...] = (
        qms.line("hold_placed", HoldPlaced, certified - before, about, delay=(5, 60)),
        qms.line("hold_lifted", HoldLifted, certified + after, about, delay=(5, 60)),
    )
    return script.having(*lines), _about_certificate(script)


def _signed_by_another(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    signed = script.line("certified")
    signature = {"signer": "N0311", "meaning": "certified for release", "signed_at": signed.at}
    line = signed.saying(actor="N0311", actor_role="production-manager", signature=signature)
    return script.having(line), _about_certificate(script)


def _other_document(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    changed = document(script.course, ANALYSIS, version=2)
    line = script.line("certified").saying(evidence=(changed,))
    return script.having(line), About(object=changed["uri"])


def _document_replaced(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    course = script.course
    changed = document(course, ANALYSIS, version=2)
    at = script.line("certified").at + timedelta(hours=chance.randrange(5, 20))
    first = script.line("analysed")
    line = replace(first, name="analysed:again", at=at).saying(
        recorded_at=at, version="2", evidence=(changed,)
    )
    return script.having(line), About(object=changed["uri"])


def _no_certificate(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    line = script.line("product_received").saying(certificate_present=False)
    return script.having(line), _about_arrival(script)


def _other_certificate(script: Script, other: Course, chance: Random) -> tuple[Script, About]:
    arrived = script.line("product_received")
    found = (Scheme.CERTIFICATE, f"{script.course.names.certificate}-0")
    line = replace(arrived, identifiers=(*arrived.identifiers, found))
    return script.having(line), _about_arrival(script)


FAULTS: tuple[Fault, ...] = (
    Fault(
        "RE-02",
        "critical-deviation",
        "the batch is certified while a critical deviation is open",
        script=_critical_deviation,
    ),
    Fault(
        "RE-02",
        "on-hold",
        "the batch is certified while it is on hold",
        script=_on_hold,
    ),
    Fault(
        "RE-03",
        "signed-by-production",
        "the certificate is signed by the manager of production",
        script=_signed_by_another,
    ),
    Fault(
        "RE-06",
        "certified-on-another-document",
        "the certificate of analysis that was certified on is not the one that the laboratory issued",
        script=_other_document,
    ),
    Fault(
        "RE-06",
        "document-replaced",
        "the certificate of analysis is replaced after the batch was certified on it",
        script=_document_replaced,
    ),
    Fault(
        "RE-08",
        "no-certificate",
        "the product arrives and no release certificate comes with it",
        script=_no_certificate,
    ),
    Fault(
        "RE-08",
        "other-certificate",
        "the certificate that comes with the product is not the one that was issued",
        script=_other_certificate,
    ),
)
