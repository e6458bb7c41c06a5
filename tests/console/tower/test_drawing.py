"""What the drawings of a course show, read as the text that they are."""

from __future__ import annotations

from typing import Any

from console.tower.drawing import temperature

LEG: dict[str, Any] = {
    "logger": "L-1",
    "shipment": "SHIPMENT:H-1",
    "readings": 5,
    "first_at": "2026-03-01T07:00:00+00:00",
    "last_at": "2026-03-01T11:00:00+00:00",
    "coldest": 0.5,
    "warmest": 9.5,
    "warmest_at": "2026-03-01T08:00:00+00:00",
    "excursions": [],
}
TOO_WARM = {
    "start": "2026-03-01T08:00:00+00:00", "end": "2026-03-01T08:30:00+00:00", "warmest": 9.5,
}  # fmt: skip
TOO_COLD = {
    "start": "2026-03-01T10:00:00+00:00", "end": "2026-03-01T10:10:00+00:00", "coldest": 0.5,
}  # fmt: skip


def test_a_band_has_two_lines_and_a_stretch_on_each_side_of_it() -> None:
    band = {"limit": 8.0, "lower_limit": 2.0, "excursions": [TOO_WARM]}
    drawn = temperature(LEG | band | {"excursions_below": [TOO_COLD]})
    assert drawn.count('class="limit"') == 2
    assert "limit 8 °C" in drawn
    assert "not below 2 °C" in drawn
    assert "above the limit, warmest 9.5 °C" in drawn
    assert "below the limit, coldest 0.5 °C" in drawn


def test_what_travels_frozen_has_one_limit() -> None:
    drawn = temperature(LEG | {"limit": -150.0})
    assert drawn.count('class="limit"') == 1
    assert "not below" not in drawn


def test_where_no_limit_is_known_none_is_drawn() -> None:
    assert 'class="limit"' not in temperature(LEG)
