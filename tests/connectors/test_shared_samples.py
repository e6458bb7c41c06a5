"""What becomes of every public sample of a first format, file by file, as it was reviewed."""

from __future__ import annotations

import pytest

from connectors import CONNECTORS, load
from connectors.check import Answer, answers
from tests.connectors.specimens import (
    FIRST_FORMATS,
    HERE,
    SHARED,
    TOKENS,
    messages,
    partner,
    told,
)
from tests.connectors.told import line

pytestmark = pytest.mark.samples

Row = tuple[str, object]
"""The decision, and the reason or the types of the events."""


def files_of(system: str) -> tuple[str, ...]:
    """The samples of the system's first format, as seen from its folder."""
    if not SHARED.is_dir():
        pytest.skip("the public samples are not beside the project (../shared/samples)")
    folder = SHARED / system
    found = {file for pattern in FIRST_FORMATS[system] for file in folder.glob(pattern)}
    names = sorted(f.relative_to(folder).as_posix() for f in found if f.is_file())
    return tuple(name for name in names if not name.endswith("SOURCES.md"))


def reviewed(system: str) -> dict[str, Row]:
    table = told(system, "shared_samples", "DECISIONS", None)
    assert isinstance(table, dict), f"tests/connectors/{system}/shared_samples.py is missing"
    return table


def row(replies: list[Answer]) -> Row:
    """All that is said of one file in one row: the gravest decision counts."""
    by = {str(reply["decision"]): reply for reply in reversed(replies)}
    if "refused" in by:
        return "refused", by["refused"]["reason"]
    if "mapped" in by:
        types: list[str] = []
        for reply in replies:
            events = reply["events"]
            assert isinstance(events, list)
            types.extend(event["type"] for event in events)
        return "mapped", tuple(types)
    return "ignored", by["ignored"]["reason"]


@pytest.mark.parametrize("system", CONNECTORS)
def test_every_public_sample_is_in_the_table_and_none_is_made_up(system: str) -> None:
    assert set(reviewed(system)) == set(files_of(system))


@pytest.mark.parametrize("system", CONNECTORS)
def test_every_public_sample_is_decided_as_reviewed(system: str) -> None:
    folder = SHARED / system
    files = tuple(folder / name for name in files_of(system))
    said: dict[str, list[Answer]] = {}
    for reply in answers(load(system), messages(files, folder), partner(system), TOKENS):
        said.setdefault(str(reply["file"]), []).append(reply)
    table = reviewed(system)
    found = {name: row(replies) for name, replies in said.items()}
    expected = {name: (decision, _told(why)) for name, (decision, why) in table.items()}
    assert {name: (decision, _told(why)) for name, (decision, why) in found.items()} == expected


def _told(why: object) -> object:
    """A reason or event types, however a table writes them."""
    if isinstance(why, str):
        return str(why)
    return tuple(str(part) for part in why) if isinstance(why, tuple | list) else why


FIELD_BY_FIELD = tuple(s for s in CONNECTORS if (HERE / s / "shared_facts.txt").is_file())


@pytest.mark.parametrize("system", FIELD_BY_FIELD)
def test_every_mapped_public_sample_says_field_by_field_what_was_reviewed(system: str) -> None:
    """Each fact in a line, held against the message by hand; `expected` is read, never written."""
    folder = SHARED / system
    files = tuple(folder / name for name in files_of(system))
    found: list[str] = []
    for reply in answers(load(system), messages(files, folder), partner(system), TOKENS):
        events = reply["events"]
        assert isinstance(events, list)
        heading = f"## {reply['file']}"
        if events and heading not in found:
            found.append(heading)
        found.extend(line(event) for event in events)
    expected = (HERE / system / "shared_facts.txt").read_text(encoding="utf-8").splitlines()
    assert found == [row for row in expected if row and not row.startswith("# ")]
