"""What becomes of every public quality sample; there is one, because no quality system is open."""

from __future__ import annotations

DECISIONS: dict[str, tuple[str, object]] = {
    # records that a tool logged, and no event that asked for them: what changed is not said. They
    # could not be mapped in any case: they name neither batch nor order, and their times have no zone
    # (the tool made them 09:00+09:00 throughout).
    "s4_odata_records/defect-defect-text-01-sample.json": ("refused", "field_missing"),
}
