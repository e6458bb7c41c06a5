"""The command as a function: what it answers, says and complains of."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from connectors.simulator.network import play
from connectors.simulator.writing import write
from console import v2v


class Answer(NamedTuple):
    """What one call of the command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The only line of stdout."""
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        """Every line of stdout."""
        return [json.loads(line) for line in self.out.splitlines()]


Ask = Callable[..., Answer]


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Ask:
    """Calls the command in a folder of its own, with no setting of the machine's."""
    for name in ("V2V_PARTNERS", "V2V_PARTITIONS", "V2V_KAFKA", "V2V_REGISTRY", "V2V_BROKERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("V2V_HOME", str(tmp_path / "home"))

    def asked(*arguments: str | Path) -> Answer:
        capsys.readouterr()
        code = v2v.run([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Answer(code, said.out, said.err)

    return asked


@pytest.fixture(scope="session")
def partners(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the partners of two journeys send, as files."""
    folder = tmp_path_factory.mktemp("partners") / "sent"
    write(play(2, 3), folder)
    return folder
