"""Formats that are not read yet are refused with their name, and no file of the folder is forgotten."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from connectors.connector import Mapped, Raw, Refused
from connectors.logistics import CONNECTOR
from connectors.understand import understand
from schemas.reasons import Reason
from tests.connectors.logistics.shared_samples import DECISIONS, OTHER_FORMATS
from tests.connectors.specimens import SHARED, TOKENS, partner

pytestmark = pytest.mark.samples

FOLDER = SHARED / "logistics"


def others() -> list[str]:
    if not FOLDER.is_dir():
        pytest.skip("the public samples are not beside the project (../shared/samples)")
    names = (f.relative_to(FOLDER).as_posix() for f in FOLDER.rglob("*") if f.is_file())
    return sorted(name for name in names if name not in DECISIONS and name != "SOURCES.md")


def said(name: str) -> tuple[object, ...]:
    raw = Raw(name, (FOLDER / name).read_bytes())
    return understand(CONNECTOR, raw, partner("logistics"), TOKENS)


def test_every_file_of_another_format_is_refused_as_decided() -> None:
    for name in others():
        (row,) = {
            row for pattern, row in OTHER_FORMATS.items() if PurePosixPath(name).match(pattern)
        }
        (decision,) = said(name)
        assert isinstance(decision, Refused)
        assert ("refused", decision.reason.value) == row, name


def test_a_hand_over_is_told_although_its_temperature_has_no_unit() -> None:
    if not FOLDER.is_dir():
        pytest.skip("the public samples are not beside the project (../shared/samples)")
    told, set_aside = said("openepcis/2.0__JSON__Capture__Documents__JumbledFieldsOrder.json")
    assert isinstance(told, Mapped)
    assert [e.type_name() for e in told.events] == ["transport.CustodyHandedOver"]
    assert isinstance(set_aside, Refused)
    assert set_aside.reason is Reason.UNIT_UNKNOWN
