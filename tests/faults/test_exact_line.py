"""The harness of the line bites: a bug that is put into the workers is reported as a difference."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.kafka, pytest.mark.faults]


@pytest.mark.parametrize("plant", ["drop", "clock"])
def test_a_planted_bug_is_found(plant: str) -> None:
    command = [sys.executable, "-m", "tests.faults.exact_line", "--short", "--events", "800"]
    environment = {name: value for name, value in os.environ.items() if name != "V2V_BROKERS"}
    ended = subprocess.run(
        [*command, "--json", "--plant", plant],
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    verdict = json.loads(ended.stdout)
    assert not verdict["exact"]
    assert sum(phase["lost"] + phase["doubled"] for phase in verdict["phases"])
