"""The count of bent messages bends every format, the same way each time, and notices what breaks."""

from __future__ import annotations

import pytest

from connectors import CONNECTORS
from connectors.connector import Connector, Mapped
from schemas.envelope import System
from tests.connectors import robustness
from tests.connectors.format_samples import FORMATS, samples
from tests.connectors.robustness import Tally, bent, main, tried, try_out
from tests.connectors.specimens import own_samples

ASM = next(form for form in FORMATS if form.name == "ASM")


@pytest.mark.parametrize("system", CONNECTORS)
def test_every_sample_of_our_own_is_of_one_format(system: str) -> None:
    for file in own_samples(system):
        of = [f.title for f in FORMATS if f.system == system and any(map(file.match, f.own))]
        assert len(of) == 1, f"{system}/{file.name} is of {of or 'none'}: see FORMATS"


def test_a_bent_message_is_the_same_at_each_call_and_another_for_each_number() -> None:
    first = [bent(ASM, 1, number) for number in range(50)]
    assert first == [bent(ASM, 1, number) for number in range(50)]
    assert len(set(first)) > 40
    assert not {raw.body for raw in samples(ASM)} & set(first[:10])


def test_every_format_meets_giants_depth_entities_and_encodings() -> None:
    numbers = range(3_000)
    found = [bent(ASM, 1, number) for number in numbers]
    assert any(len(body) > 250_000 for body in found)
    assert any(body.startswith(b'{"a":[' * 50) for body in found)
    assert any(b"<!DOCTYPE" in body for body in found)
    assert any(body.startswith(b"\xff\xfe") for body in found)


def test_what_is_said_is_counted_by_its_reason() -> None:
    ((_, tally),) = tried([ASM], 60, 1, 1)
    assert tally.good
    assert tally.tried == 60
    assert tally.said["not_well_formed"] > 0
    assert tally.said["mapped"] > 0


def with_connector(monkeypatch: pytest.MonkeyPatch, translate: object) -> None:
    broken = Connector(System.LIMS, "none", translate)  # type: ignore[arg-type]
    monkeypatch.setattr(robustness, "load", lambda _: broken)


def test_a_failure_of_ours_is_told_by_the_number_of_its_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def translate(*_: object) -> tuple[Mapped, ...]:
        raise KeyError("x")

    with_connector(monkeypatch, translate)
    tally = try_out(ASM, 1, range(7, 9))
    assert [number for number, _ in tally.failed] == [7, 8]
    assert "KeyError" in tally.failed[0][1]
    assert not tally.good


def test_a_message_that_keeps_the_processor_busy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def translate(*_: object) -> tuple[Mapped, ...]:
        while True:
            pass

    monkeypatch.setattr(robustness, "PATIENCE_S", 0.05)
    with_connector(monkeypatch, translate)
    tally = try_out(ASM, 1, range(1))
    assert tally.failed == [(0, "took more than 0.05 s of the processor")]


def test_memory_above_its_bound_is_not_good() -> None:
    assert not Tally(tried=1, peak_mb=robustness.MEMORY_MB + 1).good


def test_one_message_is_made_again_by_its_number(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["--only", ASM.title, "--show", "11"]) == 0
    assert capfdbinary.readouterr().out == bent(ASM, 1, 11)
