"""What the laboratory connector says of public messages in formats it does not read."""

from __future__ import annotations

from importlib import import_module

import pytest

from connectors import load
from connectors.connector import Refused
from connectors.understand import understand
from tests.connectors.specimens import SHARED, TOKENS, messages, partner

pytestmark = pytest.mark.samples


@pytest.mark.parametrize("system", ["lims"])
def test_every_message_in_another_format_is_refused_by_its_reason(system: str) -> None:
    if not SHARED.is_dir():
        pytest.skip("the public samples are not beside the project (../shared/samples)")
    table = import_module(f"tests.connectors.{system}.shared_samples").OTHER_FORMATS
    folder = SHARED / system
    for pattern, (decision, reason) in table.items():
        files = tuple(sorted(folder.glob(pattern)))
        assert files, f"no sample is named {pattern}"
        for raw in messages(files, folder):
            (said,) = understand(load(system), raw, partner(system), TOKENS)
            assert decision == "refused"
            assert isinstance(said, Refused), raw.name
            assert said.reason == reason, raw.name
