"""Whether a journey lets the infusion come in time, by the standard times of its product.

At every milestone somebody may ask: with what is usual from here on, is the infusion still within the
target from vein to vein? Told from the script's own moments, never from what a detector says.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from connectors.simulator.timeline import Timeline
from schemas.profile import PATH_ENDS, TherapyProfile

STEPS: Mapping[str, str] = {
    "manufacture.MaterialReceived": "material_received",
    "manufacture.MaterialDecided": "material_decided",
    "manufacture.BatchStarted": "batch_started",
    "manufacture.ProductFilled": "filled",
    "laboratory.CertificateOfAnalysisIssued": "analysed",
    "manufacture.BatchRecordCompleted": "recorded",
    "quality.BatchCertified": "certified",
    "ordering.AvailabilityConfirmed": "available",
    "treatment.ProductReceived": "product_received",
    "treatment.LymphodepletionStarted": "depletion_started",
    "treatment.LymphodepletionCompleted": "depletion_completed",
    PATH_ENDS: "infusion:1",
}
"""By which step of a journey a milestone of the way is reached."""


def target(profile: TherapyProfile) -> float:
    """Within how many hours after the collection the infusion is to begin."""
    assert profile.vein_to_vein is not None
    return profile.vein_to_vein.hours


def overruns(profile: TherapyProfile, collected: datetime, milestone: str, at: datetime) -> bool:
    """Whether a milestone that is reached then brings the infusion too late."""
    longest = {milestone: 0.0}
    for step in profile.path:
        before = [longest[name] for name in step.after if name in longest]
        if before:
            longest[step.step] = max(before) + step.p50_hours
    return at + timedelta(hours=longest[PATH_ENDS]) > collected + timedelta(hours=target(profile))


def in_time(profile: TherapyProfile, timeline: Timeline) -> bool:
    """Whether the infusion is expected in time at every milestone of a journey."""
    if profile.vein_to_vein is None:
        return True
    milestones = {step.step for step in profile.path}
    return not any(
        overruns(profile, timeline["collected"], name, timeline[step])
        for name, step in STEPS.items()
        if name in milestones and step in timeline
    )
