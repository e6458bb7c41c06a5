"""The quality unit judges the batch, and the maker tells the clinic that the product is available."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from connectors.simulator.course import Course
from connectors.simulator.script import Line, Pen
from connectors.simulator.stages.documents import document
from schemas.envelope import Scheme, System
from schemas.ordering import AvailabilityConfirmed, GoodsIssued
from schemas.quality import (
    BatchCertified,
    DeviationClass,
    DeviationClosed,
    DeviationOpened,
)

PROMPT = (5.0, 60.0)


def tell_release(course: Course) -> Iterator[Line]:
    """From a deviation now and then to certification, availability and goods issue."""
    when, names = course.timeline, course.names
    chance = course.chance("quality")
    qms = Pen(course, System.QMS)
    erp = Pen(course, System.ERP)
    batch = (Scheme.BATCH, names.batch)

    if chance.random() < 0.3:
        opened = when["batch_started"] + timedelta(hours=chance.randrange(20, 120))
        closed = when["filled"] + timedelta(hours=chance.randrange(10, 100))
        yield from deviation(course, qms, DeviationClass.MINOR, opened, closed)
    certificate = names.certificate
    yield qms.line(
        "certified",
        BatchCertified,
        when["certified"],
        ((Scheme.CERTIFICATE, certificate), batch),
        delay=PROMPT,
        actor="N0007",
        actor_role="qualified-person",
        signature={
            "signer": "N0007",
            "meaning": "certified for release",
            "signed_at": when["certified"],
        },
        evidence=(document(course, "certificate-of-analysis"),),
    )
    yield erp.line(
        "available",
        AvailabilityConfirmed,
        when["available"],
        ((Scheme.ORDER, names.order), batch),
        delay=PROMPT,
        available=True,
        earliest_at=when["home_delivered"].replace(hour=0, minute=0, second=0),
        infusion_planned_at=when["thaw_day"],
    )
    yield erp.line(
        "issued",
        GoodsIssued,
        when["issued"],
        ((Scheme.DELIVERY, names.delivery), batch, (Scheme.ORDER, names.order)),
        delay=PROMPT,
    )


def deviation(
    course: Course,
    qms: Pen,
    grave: DeviationClass,
    opened: datetime,
    closed: datetime | None,
    part: int = 1,
) -> Iterator[Line]:
    """A deviation of the batch, and its end where it has one."""
    number = course.names.numbered("DEV", part)
    batch = (Scheme.BATCH, course.names.batch)
    yield qms.line(
        f"deviation_opened:{part}",
        DeviationOpened,
        opened,
        ((Scheme.DEVIATION, number), batch),
        delay=(5, 80),
        classification=grave,
    )
    if closed is not None:
        yield qms.line(
            f"deviation_closed:{part}",
            DeviationClosed,
            closed,
            ((Scheme.DEVIATION, number), batch),
            delay=PROMPT,
            classification=grave,
        )
