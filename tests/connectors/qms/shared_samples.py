"""What becomes of every public quality sample; there is one, because no quality system is open."""

from __future__ import annotations

DECISIONS: dict[str, tuple[str, object]] = {
    # ten defects without any event; their class is 92 or none, which the example mapping does not name.
    # They name neither batch nor order, so nobody could follow them with a class either.
    "s4_odata_records/defect-defect-text-01-sample.json": ("refused", "field_invalid"),
}
