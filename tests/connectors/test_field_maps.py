"""The page of each system says what its translation does today."""

from __future__ import annotations

import pytest

from connectors import CONNECTORS
from tests.connectors.field_maps import FOLDER, page


@pytest.mark.parametrize("system", CONNECTORS)
def test_the_field_map_is_of_the_code_as_it_is(system: str) -> None:
    """To mend it, run `make docs` and review what changed."""
    assert (FOLDER / f"{system}.md").read_text("utf-8") == page(system)


def test_there_is_no_page_of_a_system_that_is_gone() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(CONNECTORS)
