"""The fault runs can fail: with a bug planted in the app under fault they say what was lost or doubled."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest


def run(kafka: str, *options: str) -> tuple[int, dict[str, dict[str, int]]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.exact_engine", "--json", *options],
        env={**os.environ, "V2V_BROKERS": kafka},
        stdout=subprocess.PIPE,
        timeout=280,
        check=False,
    )
    told = json.loads(done.stdout)
    assert told["exact"] is (done.returncode == 0)
    return done.returncode, {tally["fault"]: tally for tally in told["faults"]}


@pytest.mark.faults
def test_offsets_committed_outside_the_transaction_lose_what_a_kill_interrupts(kafka):
    code, faults = run(kafka, "--plant", "offsets-outside", "--only", "kill", "--events", "15000")
    assert code == 1
    assert faults["kill"]["lost"] > 0


@pytest.mark.faults
def test_without_a_fence_a_sleepers_work_counts_too(kafka):
    code, faults = run(kafka, "--plant", "no-fence", "--only", "pause", "--events", "15000")
    assert code == 1
    assert faults["pause"]["doubled"] > 0
