"""What becomes of each public B2MML and BatchML document, looked at one by one."""

from __future__ import annotations

DECISIONS: dict[str, tuple[str, object]] = {
    # a raw material (its definition is in MAT-...), "Valid": it tells no course anything
    "b2mml_courbon/LOT-20121210170718-0001L0001.xml": (
        "ignored",
        "MaterialInformation: no lot of a patient's material",
    ),
    "b2mml_courbon/MAT-20121210170256-CRBN0001.xml": ("ignored", "SyncMaterialDefinition"),
    # a weighing that consumed 0.41 kg; without ActualEndTime it has not been said to be done, and
    # without a produced lot it belongs to no batch
    "b2mml_courbon/PES-20121229115825-53107.xml": (
        "ignored",
        "ProductionPerformance: no start, no ended step of a batch",
    ),
    # a plan
    "b2mml_courbon/PRO-20121210181416-27942.xml": ("ignored", "SyncProductionSchedule"),
    # batch BX10 of a test plant: twelve phases with a completion time, and three open exceptions, of
    # which none has a high risk; the recommendation of a comment is not a risk
    "batchml/ProductionBatchRecord_Example_v06.xml": (
        "mapped",
        ("manufacture.StepCompleted",) * 12 + ("manufacture.AlarmChanged",) * 3,
    ),
}
