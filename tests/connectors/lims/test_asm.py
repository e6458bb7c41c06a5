"""What an instrument's Allotrope document says, and what it does not say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.connector import Decision, Ignored, Mapped, Partner, Raw, Refused
from connectors.lims.translate import translate
from schemas.envelope import Capture, Precision, Scheme, System
from schemas.laboratory import ResultReported, Verdict
from schemas.reasons import Reason
from tests.connectors.clinic.envelopes import OpenTokens
from tests.connectors.lims.shared_samples import FIRST_MEASUREMENTS
from tests.connectors.specimens import SHARED

Json = dict[str, Any]

LAB = Partner(
    "qc", System.LIMS, zone="Europe/Berlin", mapping={"measures": {"lactate": "LAC", "a": "A"}}
)
MANIFEST = "http://purl.allotrope.org/manifests/cell-counting/REC/2024/09/cell-counting.manifest"
SAMPLE = {"sample identifier": "S-1", "batch identifier": "B-1"}
VIABILITY = {"viability (cell counter)": {"value": 91.4, "unit": "%"}}


def measurement(**more: Any) -> Json:
    return {
        "measurement identifier": "m-1",
        "measurement time": "2026-03-18T09:15:00+01:00",
        "sample document": SAMPLE,
        "processed data aggregate document": {"processed data document": [VIABILITY]},
    } | {name.replace("_", " "): value for name, value in more.items()}


def document(*measurements: Json, **more: Any) -> Json:
    held: Json = {"measurement aggregate document": {"measurement document": list(measurements)}}
    return {
        "$asm.manifest": MANIFEST,
        "cell counting aggregate document": {
            "cell counting document": [held | {"analyst": "A-1"}],
            "data system document": {"ASM file identifier": "run.json"},
            "device system document": {"device identifier": "CC-1"},
        },
    } | more


def decide(asm: Json, partner: Partner = LAB) -> tuple[Decision, ...]:
    return translate(Raw("a.json", json.dumps(asm).encode()), partner, OpenTokens(), ())


def results(*measurements: Json) -> list[ResultReported]:
    found = [d for d in decide(document(*measurements)) if isinstance(d, Mapped)]
    return [event for d in found for event in d.events if isinstance(event, ResultReported)]


def refused(asm: Json) -> Reason:
    (decision,) = decide(asm)
    assert isinstance(decision, Refused), decision
    return decision.reason


def test_a_measure_is_a_preliminary_result_that_nobody_has_judged() -> None:
    (result,) = results(measurement())
    assert (result.test, result.value, result.unit) == ("viability (cell counter)", 91.4, "%")
    assert (result.final, result.verdict) == (False, Verdict.PENDING)
    assert result.capture is Capture.INSTRUMENT
    assert (result.device, result.actor) == ("CC-1", "A-1")
    assert [(i.scheme, i.value) for i in result.identifiers] == [
        (Scheme.BATCH, "B-1"),
        (Scheme.SAMPLE, "S-1"),
    ]
    assert result.occurred_at.isoformat() == "2026-03-18T08:15:00+00:00"
    assert result.occurred_offset_minutes == 60


def test_measures_are_found_wherever_the_model_puts_them() -> None:
    spread = measurement(
        a={"value": 1, "unit": "mAU"},
        analyte_aggregate_document={
            "analyte document": [
                {"analyte name": "lactate", "mass concentration": {"value": 0.02, "unit": "g/L"}}
            ]
        },
    )
    assert [(r.test, r.value) for r in results(spread)] == [
        ("A", 1.0),
        ("viability (cell counter)", 91.4),
        ("LAC", 0.02),
    ]


def test_settings_and_measures_that_nobody_agreed_are_no_results() -> None:
    data = {
        "average total cell diameter": {"value": 9.0, "unit": "µm"},
        "data processing document": VIABILITY,
        "custom information document": VIABILITY,
    }
    other = measurement(
        processed_data_aggregate_document={"processed data document": [data]},
        device_control_aggregate_document={"device control document": [VIABILITY]},
    )
    assert decide(document(other)) == (Ignored("a measurement of nothing that is agreed"),)


@pytest.mark.parametrize(
    "role",
    ["control sample role", "Control Sample Role", "standard sample role", "Blank Role"],
)
def test_what_is_measured_beside_the_samples_is_no_result(role: str) -> None:
    beside = measurement(sample_document=SAMPLE | {"sample role type": role})
    (decision,) = decide(document(beside))
    assert decision == Ignored("a measurement of a control, a standard or a blank")


@pytest.mark.parametrize("role", ["unknown sample role", "Sample Role", None])
def test_a_sample_of_unknown_content_is_a_sample(role: str | None) -> None:
    assert results(measurement(sample_document=SAMPLE | {"sample role type": role}))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sample_document": {}}, Reason.NO_IDENTIFIER),
        ({"sample_document": {"sample identifier": "N/A"}}, Reason.NO_IDENTIFIER),
        ({"sample_document": {"sample identifier": ["S-1"]}}, Reason.STANDARD_VIOLATED),
        ({"measurement_time": None}, Reason.FIELD_MISSING),
        ({"measurement_time": "yesterday"}, Reason.FIELD_INVALID),
        ({"measurement_time": "1970-01-01T00:00:00+00:00"}, Reason.FIELD_INVALID),
        ({"processed_data_aggregate_document": []}, Reason.STANDARD_VIOLATED),
        ({"a": {"value": None}}, Reason.FIELD_MISSING),
        ({"a": {"value": True}}, Reason.FIELD_INVALID),
        ({"sample_document": {"sample identifier": "S" * 81}}, Reason.FIELD_INVALID),
    ],
)
def test_a_measurement_that_cannot_be_read_is_refused_by_itself(
    change: Json, reason: Reason
) -> None:
    good, bad = measurement(), measurement(**change)
    decisions = decide(document(good, bad, good))
    assert [isinstance(d, Mapped) for d in decisions] == [True, False, True]
    assert isinstance(decisions[1], Refused)
    assert decisions[1].reason is reason


def test_a_value_that_the_instrument_could_not_say_is_kept_in_its_words() -> None:
    (result,) = results(
        measurement(
            processed_data_aggregate_document={
                "processed data document": [
                    {"viability (cell counter)": {"value": "out of range", "unit": "%"}}
                ]
            }
        )
    )
    assert (result.value, result.value_text, result.final) == (None, "out of range", False)


def test_a_time_may_stand_for_all_measurements_and_may_be_a_day() -> None:
    asm = document(measurement(measurement_time=None))
    held = asm["cell counting aggregate document"]["cell counting document"][0]
    held["measurement aggregate document"]["measurement time"] = "2026-03-18"
    (decision,) = decide(asm)
    assert isinstance(decision, Mapped)
    assert decision.events[0].occurred_precision is Precision.DAY


@pytest.mark.parametrize(
    ("asm", "reason"),
    [
        (document() | {"$asm.manifest": "http://example.org/x"}, Reason.UNSUPPORTED_VERSION),
        (document() | {"$asm.manifest": {}}, Reason.UNSUPPORTED_VERSION),
        ({"$asm.manifest": MANIFEST}, Reason.STANDARD_VIOLATED),
        (document() | {"other aggregate document": {}}, Reason.STANDARD_VIOLATED),
        ({"hello": "world"}, Reason.UNKNOWN_FORMAT),
    ],
)
def test_a_document_of_another_shape_is_refused(asm: Json, reason: Reason) -> None:
    assert refused(asm) is reason


def test_a_document_without_measurements_says_nothing() -> None:
    assert decide(document()) == (Ignored("an ASM document without measurements"),)


def test_two_measures_of_one_file_never_share_an_id_and_a_second_reading_says_the_same() -> None:
    twice = [measurement(), measurement()]
    assert len({r.event_id for r in results(*twice)}) == 2
    assert results(*twice) == results(*twice)


@pytest.mark.samples
@pytest.mark.parametrize("name", FIRST_MEASUREMENTS)
def test_a_public_document_is_told_field_by_field(name: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("the public samples are not beside the project (../shared/samples)")
    body = (SHARED / "lims/asm_allotrope" / name).read_bytes()
    first = translate(Raw(name, body), LAB, OpenTokens(), ())[0]
    assert isinstance(first, Mapped)
    about, when, measures = FIRST_MEASUREMENTS[name]
    said: dict[str, tuple[float | None, str | None]] = {}
    for event in first.events:
        assert isinstance(event, ResultReported)
        said[event.test] = (event.value, event.unit)
        named = {i.scheme.value: i.value for i in event.identifiers}
        assert named | {"device": event.device, "actor": event.actor} == about
        assert event.occurred_at.isoformat() == when
        assert (event.final, event.verdict) == (False, Verdict.PENDING)
    assert said == measures
