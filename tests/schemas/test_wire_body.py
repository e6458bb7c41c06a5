from __future__ import annotations

from schemas.record import KnownIdentifier
from schemas.wire_body import writer


def test_a_copy_with_another_content_is_written_anew_although_the_original_keeps_its_body() -> None:
    line = KnownIdentifier(identifier="BATCH:B-1", leads_to=("C-1",))
    first = writer(KnownIdentifier)(line)
    assert writer(KnownIdentifier)(line) is first
    changed = line.model_copy(update={"leads_to": ()})
    fresh = KnownIdentifier(identifier="BATCH:B-1")
    assert writer(KnownIdentifier)(changed) == writer(KnownIdentifier)(fresh)


def test_a_kept_body_shows_neither_in_comparison_nor_in_a_dump() -> None:
    line = KnownIdentifier(identifier="BATCH:B-1", leads_to=("C-1",))
    writer(KnownIdentifier)(line)
    assert line == KnownIdentifier(identifier="BATCH:B-1", leads_to=("C-1",))
    assert line.model_dump() == {"identifier": "BATCH:B-1", "leads_to": ("C-1",)}
