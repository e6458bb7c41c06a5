"""The milestones of a therapy course from vein to vein, and the events that tell of each."""

from __future__ import annotations

from typing import NamedTuple

from schemas import (
    collection,
    enrolment,
    laboratory,
    manufacture,
    ordering,
    quality,
    transport,
    treatment,
)
from schemas.envelope import Event


class Milestone(NamedTuple):
    """One step that every course passes, or that may come in its way."""

    code: str
    title: str
    told_by: tuple[type[Event], ...]


_CUSTODY = (transport.CustodyHandedOver, transport.CustodyAccepted)
_SHIPMENT = (transport.ShipmentBooked, transport.PackagePacked, *_CUSTODY)
_CONDITIONS = (transport.ConditionRead, transport.ConditionFileUploaded)

MILESTONES: tuple[Milestone, ...] = (
    Milestone(
        "M01",
        "patient enrolled, consented",
        (
            enrolment.PatientEnrolled,
            enrolment.ConsentChanged,
            enrolment.PatientStateChanged,
            enrolment.PatientsMerged,
        ),
    ),
    Milestone(
        "M02",
        "order placed and approved",
        (ordering.OrderCreated, ordering.OrderApproved, ordering.OrderChanged),
    ),
    Milestone(
        "M03",
        "chain-of-identity identifier assigned",
        (ordering.CoiAssigned, ordering.AliasLinked, ordering.AliasRevoked),
    ),
    Milestone(
        "M04",
        "slot and apheresis date reserved",
        (ordering.SlotReserved, ordering.SlotChanged, collection.CollectionScheduled),
    ),
    Milestone(
        "M05",
        "patient identified, cells collected",
        (
            collection.IdentityVerified,
            collection.CollectionCompleted,
            collection.CollectionFailed,
        ),
    ),
    Milestone("M06", "collection labelled", (collection.LabelApplied,)),
    Milestone("M07", "cryopreserved at the site", (collection.MaterialCryopreserved,)),
    Milestone("M08", "starting material packed and picked up", _SHIPMENT),
    Milestone(
        "M09",
        "on the way, under known conditions",
        (transport.CheckpointPassed, *_CONDITIONS),
    ),
    Milestone(
        "M10",
        "received at the maker, accepted or rejected",
        (
            transport.ShipmentDelivered,
            manufacture.MaterialReceived,
            manufacture.MaterialDecided,
        ),
    ),
    Milestone("M11", "batch number linked to the course", (ordering.BatchNumberAssigned,)),
    Milestone(
        "M12",
        "made, step by step",
        (
            manufacture.BatchStarted,
            manufacture.StepCompleted,
            manufacture.InProcessControlRecorded,
            manufacture.AlarmChanged,
            manufacture.LineClearanceRecorded,
            manufacture.BatchTerminated,
        ),
    ),
    Milestone(
        "M13",
        "filled, labelled and frozen",
        (
            manufacture.LabelsPrinted,
            manufacture.LabelsReconciled,
            manufacture.ProductFilled,
            manufacture.BatchRecordCompleted,
        ),
    ),
    Milestone(
        "M14",
        "tested",
        (
            laboratory.SampleRegistered,
            laboratory.ResultReported,
            laboratory.ResultAmended,
            laboratory.CertificateOfAnalysisIssued,
        ),
    ),
    Milestone(
        "M15",
        "deviations and results out of specification handled",
        (
            quality.DeviationOpened,
            quality.DeviationClosed,
            quality.HoldPlaced,
            quality.HoldLifted,
            quality.OosCaseChanged,
            quality.MaterialLotRecalled,
            quality.IncidentDeclared,
            quality.IncidentReported,
            quality.DeviationReported,
        ),
    ),
    Milestone(
        "M16", "batch certified or rejected", (quality.BatchCertified, quality.BatchRejected)
    ),
    Milestone("M17", "availability confirmed to the clinic", (ordering.AvailabilityConfirmed,)),
    Milestone("M18", "product shipped", (ordering.GoodsIssued, *_SHIPMENT)),
    Milestone(
        "M19",
        "received and stored at the treatment centre",
        (transport.ShipmentDelivered, treatment.ProductReceived, treatment.ProductStored),
    ),
    Milestone(
        "M20",
        "lymphodepletion",
        (treatment.LymphodepletionStarted, treatment.LymphodepletionCompleted),
    ),
    Milestone("M21", "treatment centre ready", (treatment.SiteReadinessConfirmed,)),
    Milestone("M22", "thawed", (treatment.ThawRecorded,)),
    Milestone(
        "M23",
        "infused",
        (
            collection.IdentityVerified,
            treatment.InfusionStarted,
            treatment.InfusionCompleted,
            treatment.InfusionChanged,
        ),
    ),
    Milestone("M24", "followed up", (treatment.OutcomeRecorded,)),
)
