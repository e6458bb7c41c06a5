"""The engine's README is true: its example runs, its tables are what the code says."""

from __future__ import annotations

from pathlib import Path

import pytest
from confluent_kafka import Producer

import streams.engine
from streams.engine import EngineSettings
from streams.engine.health import STATES
from streams.engine.metrics import Metrics
from tests.engine.world import World, eventually

README = (Path(streams.engine.__file__).parent / "README.md").read_text()


def settings_table() -> str:
    rows = ["| setting | default | what it is |", "| --- | --- | --- |"]
    for name, field in EngineSettings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        rows.append(f"| `{name}` | `{default!r}` | {field.description} |")
    return "\n".join(rows)


def test_the_table_of_settings_is_what_the_code_says():
    """To mend it, put what `settings_table()` returns between the two marks."""
    told = README.split("<!-- settings -->\n")[1].split("\n<!-- /settings -->")[0]
    assert told == settings_table()


def test_every_state_and_metric_is_told():
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    Metrics(registry)
    for family in registry.collect():
        name = family.name + ("_total" if family.type == "counter" else "")
        assert f"`{name}`" in README
    for state in STATES:
        assert f'"{state}"' in README


@pytest.fixture
def example(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """The example, with names of its own."""
    code = README.split("```python\n")[1].split("```")[0]
    for told, ours in (
        ('"counting"', f'"{world.app}"'),
        ("counting.quarantine", f"{world.app}.quarantine"),
        ("127.0.0.1:9092", world.brokers),
        ('"data"', f'"{world.data}"'),
        ('"readings"', f'"{world.app}.in"'),
        ('"alerts"', f'"{world.app}.alerts"'),
        ("partitions=4", "partitions=2"),
    ):
        assert told in code
        code = code.replace(told, ours)
    return code


def test_the_example_runs(world: World, example: str, tmp_path: Path):
    program = tmp_path / "counting.py"
    program.write_text(
        example.replace("    app.main()", "    app.create_changelogs()\n    app.main()")
    )
    world.make_topics(alerts=1)
    producer = Producer({"bootstrap.servers": world.brokers})
    for number in range(15):
        producer.produce(f"{world.app}.in", b"%d" % number, b"a")
    producer.flush()
    with world.script(program, "worker", "-l", "info") as process:
        eventually(lambda: world.counts("totals") == {"a": 105})
        assert [(m.key(), m.value()) for m in world.read(f"{world.app}.alerts")] == [
            (b"a", b"over 100")
        ]
        process.terminate()
        assert process.wait(10) == 0
