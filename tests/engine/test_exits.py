"""A worker ends in one of three ways, with one line."""

from __future__ import annotations

import subprocess
import sys


def end(code: str) -> tuple[int, str]:
    program = f"import time\nfrom streams.engine.exits import Refused, fail, refuse\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=30
    )
    return done.returncode, done.stderr


def test_a_failure_exits_70_with_one_line():
    code, said = end("fail('an agent failed:\\n twice')")
    assert (code, said) == (70, "engine: exit 70: an agent failed: twice\n")


def test_a_wrong_start_exits_2_with_one_line():
    code, said = end("refuse(Refused('topic x does not exist: create it'))")
    assert (code, said) == (2, "engine: refused to start: topic x does not exist: create it\n")


def test_an_abort_that_fails_does_not_keep_the_process():
    code, said = end("def abort(): raise OSError('gone')\nfail('no', abort)")
    assert code == 70
    assert said.splitlines()[0] == "engine: exit 70: no"


def test_an_abort_that_hangs_does_not_keep_the_process():
    code, said = end("fail('no', lambda: time.sleep(60))")
    assert (code, said) == (70, "engine: exit 70: no\n")
