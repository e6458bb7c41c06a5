"""The alert rules fire when they should and stay quiet when they should not; they and the dashboard ask for what there is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import yaml
from faust.types import TP
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric

import compose
from connectors.kept import Backlog
from connectors.metrics import COUNTED, Metrics
from console.tower.counting import COUNTED as IN_THE_READ_MODEL
from console.tower.counting import Counting
from console.tower.folding import Heard
from console.tower.read_model import ReadModel, snapshot
from schemas import topics
from schemas.control import WaitingEvent
from schemas.wire import encode_contract
from streams.engine.metrics import Metrics as EngineMetrics
from streams.messages import Out
from streams.metrics import StreamMetrics
from streams.quarantine import Outcome
from tests.console.tower.world import journeys, trouble

FOLDER = Path(compose.__file__).parent
RULES = FOLDER / "alert_rules.yml"
STATED = {
    rule["alert"]: rule
    for group in yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]
}
DASHBOARD = json.loads((FOLDER / "grafana" / "dashboards" / "vein-to-vein.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
ASKED = [target["expr"] for panel in PANELS for target in panel["targets"]]

PROMETHEUS_OWN = {"up": {"job", "instance"}}
"""What Prometheus itself tells of every target."""


@dataclass(frozen=True)
class Story:
    """What is measured every minute, whom the alert then names, and a story near it that alerts nobody."""

    measured: dict[str, str]
    """Values by series, in the short form of `promtool`: `0+10x30` rises by ten, `5x30` stays."""
    after: str
    about: dict[str, str]
    quiet: dict[str, str] = field(default_factory=dict)


LIMS = 'system="lims",partner="lab-1"'
OF_LIMS = {"system": "lims", "partner": "lab-1"}
LAG = 'engine_lag_messages{instance="w:80",topic="v2v.events",partition="%d"}'
DONE = 'engine_messages_total{instance="w:80",topic="v2v.events"}'
TOOK = 'engine_transaction_seconds_bucket{instance="w:80",le="%s"}'

STORIES: dict[str, Story] = {
    "V2VPartDown": Story(
        {'up{job="worker",instance="w:80"}': "1 1 0x10"}, "5m", {"instance": "w:80"},
        {'up{job="worker",instance="w:80"}': "1 1 0 1x10"},
    ),
    "V2VWatchdog": Story({}, "1m", {}),
    "V2VRestoreLasts": Story(
        {'engine_restore_progress_ratio{instance="w:80"}': "0.2x30"}, "15m", {"instance": "w:80"},
        {'engine_restore_progress_ratio{instance="w:80"}': "0.2x8 1x30"},
    ),
    "V2VLagGrows": Story(
        {LAG % 0: "0+100x40", LAG % 1: "0x40"}, "30m", {"topic": "v2v.events"},
        {LAG % 0: "4000-100x40", LAG % 1: "0x40"},
    ),
    "V2VWorkerStands": Story(
        {LAG % 0: "7x30", DONE: "500x30"}, "20m", {"instance": "w:80"},
        {LAG % 0: "7x30", DONE: "500+1x30"},
    ),
    "V2VTransactionsSlow": Story(
        {TOOK % "5": "0+1x30", TOOK % "10": "0+10x30", TOOK % "+Inf": "0+10x30"},
        "20m", {"instance": "w:80"},
        {TOOK % "5": "0+10x30", TOOK % "10": "0+10x30", TOOK % "+Inf": "0+10x30"},
    ),
    "V2VMessageFailed": Story(
        {'engine_quarantined_total{topic="v2v.events"}': "0 0 1x20"}, "10m", {"topic": "v2v.events"},
        {'engine_quarantined_total{topic="v2v.events"}': "3x20"},
    ),
    "V2VNoTicks": Story(
        {'v2v_clock_timestamp_seconds{partition="3",instance="w:80"}': "0+60x4 240x20"},
        "10m", {"partition": "3"},
        {   # it has gone over to another worker
            'v2v_clock_timestamp_seconds{partition="3",instance="w:80"}': "0+60x4 240x20",
            'v2v_clock_timestamp_seconds{partition="3",instance="x:80"}': "0+60x24",
        },
    ),
    "V2VNoTicksAtAll": Story(
        {'up{job="worker",instance="w:80"}': "1x20"}, "10m", {},
        {'v2v_clock_timestamp_seconds{partition="3"}': "0+60x20"},
    ),
    "V2VQuarantineRises": Story(
        {'v2v_messages_total{topic="v2v.in.lims.lab-1",outcome="quarantined"}': "0+1x30"},
        "20m", {"topic": "v2v.in.lims.lab-1"},
        {'v2v_messages_total{topic="v2v.in.lims.lab-1",outcome="admitted"}': "0+9x30",
         'v2v_messages_total{topic="v2v.in.lims.lab-1",outcome="quarantined"}': "0x10 1x10 2x10"},
    ),
    "V2VPartnerNotUnderstood": Story(
        {f'v2v_connector_refused_total{{{LIMS},kind="unknown_type"}}': "0+1x30"},
        "20m", {**OF_LIMS, "kind": "unknown_type"},
        {f'v2v_connector_refused_total{{{LIMS},kind="unknown_type"}}': "0x10 3x20"},
    ),
    "V2VOutboxNotDraining": Story(
        {f"v2v_connector_outbox_backlog{{{LIMS}}}": "0 0 40x30"}, "25m", OF_LIMS,
        {f"v2v_connector_outbox_backlog{{{LIMS}}}": "900-20x40"},
    ),
    "V2VConnectorWithoutBroker": Story(
        {f"v2v_connector_broker_up{{{LIMS}}}": "1 0x20"}, "10m", OF_LIMS,
        {f"v2v_connector_broker_up{{{LIMS}}}": "1 0 1x20"},
    ),
    "V2VSourceLost": Story(
        {f"v2v_connector_source_missed{{{LIMS}}}": "0 0 5x9"}, "5m", OF_LIMS,
        {f"v2v_connector_source_missed{{{LIMS}}}": "0x9"},
    ),
    "V2VSourceBehind": Story(
        {f"v2v_connector_source_behind{{{LIMS}}}": "0+200x40"}, "30m", OF_LIMS,
        {f"v2v_connector_source_behind{{{LIMS}}}": "9000-200x40"},
    ),
    "V2VTowerStale": Story(
        {"v2v_tower_last_message_timestamp_seconds": "0+60x4 240x20"}, "10m", {},
        {"v2v_tower_last_message_timestamp_seconds": "0+60x24"},
    ),
    "V2VTowerNotReading": Story(
        {"v2v_tower_reading": "1 0x20"}, "10m", {}, {"v2v_tower_reading": "1 0 1x20"},
    ),
    "V2VTowerUnreadable": Story(
        {"v2v_tower_unreadable_messages": "0 2x9"}, "5m", {},
        {"v2v_tower_unreadable_messages": "0x9"},
    ),
    "V2VTowerFails": Story(
        {"v2v_tower_failures_total": "0 0 1x9"}, "5m", {}, {"v2v_tower_failures_total": "4x30"},
    ),
}  # fmt: skip
"""Each alert's story; one without a story, and a story without its alert, fail the tests."""


@pytest.fixture(scope="module")
def promtool() -> str:
    """Prometheus' own tool for its rules."""
    found = shutil.which("promtool")
    if found is None:
        assert "V2V_CI" not in os.environ, "promtool is not installed"
        pytest.skip("no promtool; on Debian: apt-get install prometheus")
    return found


def asked_of(promtool: str, *arguments: object) -> str:
    answer = subprocess.run(
        [promtool, *map(str, arguments)], capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_prometheus_takes_the_rules_and_its_configuration(promtool: str) -> None:
    assert f"{len(STATED)} rules found" in asked_of(promtool, "check", "rules", RULES)
    told = asked_of(promtool, "check", "config", FOLDER / "prometheus.yml")
    assert "1 rule files found" in told


def test_each_alert_has_its_story() -> None:
    assert STORIES.keys() == STATED.keys()


def played(folder: Path, told: dict[str, str], name: str, after: str, *found: Any) -> Path:
    """A file for `promtool test rules`: what is measured, and which alerts of this name fire then."""
    asked = f'ALERTS{{alertname="{name}",alertstate="firing"}}'
    case = {
        "interval": "1m",
        "input_series": [{"series": series, "values": said} for series, said in told.items()],
        "promql_expr_test": [{"expr": asked, "eval_time": after, "exp_samples": list(found)}],
    }
    path = folder / "story.yml"
    stated = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": [case]}
    path.write_text(yaml.safe_dump(stated))
    return path


@pytest.mark.parametrize("name", STORIES)
def test_an_alert_fires_and_names_whom_it_is_about(
    name: str, promtool: str, tmp_path: Path
) -> None:
    story = STORIES[name]
    own = {"job": "worker"} if name == "V2VPartDown" else {}
    labels = {**story.about, **own, **STATED[name]["labels"], "alertname": name}
    told = ",".join(f'{key}="{word}"' for key, word in {**labels, "alertstate": "firing"}.items())
    firing = {"labels": f"ALERTS{{{told}}}", "value": 1}
    asked_of(promtool, "test", "rules", played(tmp_path, story.measured, name, story.after, firing))


@pytest.mark.parametrize("name", [name for name in STORIES if name != "V2VWatchdog"])
def test_an_alert_stays_quiet_where_nobody_has_to_look(
    name: str, promtool: str, tmp_path: Path
) -> None:
    story = STORIES[name]
    assert story.quiet
    asked_of(promtool, "test", "rules", played(tmp_path, story.quiet, name, story.after))


@pytest.mark.parametrize("name", STATED)
def test_an_alert_says_what_it_means_and_what_to_do(name: str) -> None:
    told = STATED[name]["annotations"]
    assert told.keys() == {"summary", "description", "action"}
    assert STATED[name]["labels"]["severity"] in ("critical", "warning", "none")
    labels = {*STORIES[name].about, *(("job",) if name == "V2VPartDown" else ())}
    assert set(re.findall(r"\$labels\.(\w+)", " ".join(told.values()))) <= labels


# ------------------------------------------------------------- what is asked for is what there is


def exported(folder: Path) -> Iterator[Metric]:
    """Every metric of every part, each with a value, as Prometheus would be told it."""
    worker = CollectorRegistry()
    engine, stream = EngineMetrics(worker), StreamMetrics(worker)
    engine.count({"v2v.events": 3}, 0.1)
    engine.quarantined.labels("v2v.events").inc()
    engine.show_lags({TP("v2v.events", 0): 4})
    stream.sent(Out(topics.QUARANTINE, "key", b"entry"))
    stream.sent(Out(topics.WAITING, "key", None))
    stream.sent(Out("v2v.alerts.identity", "key", b"alert"))
    line: Any = SimpleNamespace(outcomes=Counter({("t", one): 1 for one in Outcome}), clock=1)
    batch: Any = SimpleNamespace(topic=topics.TICKS, partition=0)
    stream.took(line, batch)
    yield from worker.collect()

    connector = Metrics("lims", "lab-1")
    connector.counts.update({(what, "kind"): 1 for what in COUNTED})
    connector.turn_away(400)
    connector.answered("AA")
    connector.show(Backlog(received=1, bytes=1, held=1), 1.0, True)
    connector.show_source(1, 1)
    yield from connector._registry.collect()

    said, now = journeys()
    model = ReadModel(folder / "read.sqlite", datetime(2026, 11, 1, tzinfo=UTC))
    waits = WaitingEvent(
        event_id=UUID(int=1), type_name="laboratory.ResultReported", system="lims",
        partner="lab-1", identifiers=("SAMPLE:S-9",), occurred_at=now, value=b"event",
    )  # fmt: skip
    waiting = Heard(topics.WAITING, 0, 90_000, str(waits.event_id), encode_contract(waits))
    model.take((*said, *trouble(now), waiting), datetime(2026, 11, 1, tzinfo=UTC))
    model.close()
    tower: Any = SimpleNamespace(
        snapshot=lambda: snapshot(folder / "read.sqlite"),
        reading=lambda: (None, 1.0),
        bell=SimpleNamespace(waiting=1),
        failures=1,
    )
    yield from Counting(tower).registry.collect()


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The labels of every series that the code exports, by its name."""
    found = {name: set(labels) for name, labels in PROMETHEUS_OWN.items()}
    for metric in exported(tmp_path_factory.mktemp("exported")):
        for sample in metric.samples:
            own = found.setdefault(sample.name, {"job", "instance"})
            own |= set(sample.labels)
    assert {name for name, *_ in IN_THE_READ_MODEL} <= found.keys()
    return found


GROUPING = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
SELECTING = re.compile(r"\{([^}]*)\}")
WORD = re.compile(r"\b([a-z_][a-z0-9_]*)\b(?!\s*\()", re.IGNORECASE)
OPERATORS = {"and", "or", "unless", "offset", "bool"}


def names_of(expression: str) -> set[str]:
    """The names of the metrics that an expression asks for."""
    bare = GROUPING.sub(" ", SELECTING.sub(" ", re.sub(r"\[[^\]]*\]", " ", expression)))
    bare = re.sub(r"\boffset\s+\w+", " ", bare)
    return {word for word in WORD.findall(bare) if word not in OPERATORS and not word.isdigit()}


def labels_of(expression: str, legend: str = "") -> set[str]:
    """The labels by which an expression chooses and groups, and which its legend shows."""
    told = ",".join(GROUPING.findall(expression)).split(",")
    chosen = re.findall(r"(\w+)\s*[=!]~?", ",".join(SELECTING.findall(expression)))
    return {word.strip() for word in told if word.strip()} | set(chosen) | set(
        re.findall(r"\{\{(\w+)\}\}", legend)
    )  # fmt: skip


def test_names_and_labels_are_found_in_an_expression() -> None:
    asked = 'time() - max by (a, b) (one_total{c="x",d!~"y"} offset 5m) > 0 and rate(two[5m]) == 1'
    assert names_of(asked) == {"one_total", "two"}
    assert labels_of(asked, "{{e}} of it") == {"a", "b", "c", "d", "e"}


@pytest.mark.parametrize("name", STATED)
def test_a_rule_asks_for_metrics_and_labels_that_there_are(
    name: str, known: dict[str, set[str]]
) -> None:
    expression = STATED[name]["expr"]
    if name != "V2VWatchdog":
        assert names_of(expression)
    assert names_of(expression) <= known.keys()
    asked = {*labels_of(expression), *STORIES[name].about}
    assert asked <= set().union(*(known[one] for one in names_of(expression)))


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: panel["title"])
def test_a_panel_asks_for_metrics_and_labels_that_there_are(
    panel: dict[str, Any], known: dict[str, set[str]]
) -> None:
    assert panel["description"]
    for target in panel["targets"]:
        expression = target["expr"]
        assert names_of(expression)
        assert names_of(expression) <= known.keys()
        there = set().union(*(known[one] for one in names_of(expression)))
        assert labels_of(expression, target["legendFormat"]) <= there


def test_every_metric_of_ours_is_on_the_dashboard(known: dict[str, set[str]]) -> None:
    shown = set().union(*(names_of(expression) for expression in ASKED))
    left = {n for n in known if n not in shown and not n.endswith(("_created", "_sum", "_count"))}
    assert left == {"v2v_connector_held_total"}  # the gauge of what is held now tells more


def test_the_dashboard_can_be_read_by_prometheus(promtool: str, tmp_path: Path) -> None:
    rules = [{"record": "panel", "expr": expression} for expression in ASKED]
    path = tmp_path / "panels.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"{len(ASKED)} rules found" in asked_of(promtool, "check", "rules", "--lint=none", path)


def test_a_grafana_is_told_where_the_dashboard_and_its_prometheus_are() -> None:
    told = FOLDER / "grafana" / "provisioning"
    (source,) = yaml.safe_load((told / "datasources" / "prometheus.yml").read_text())["datasources"]
    services = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]
    assert source["type"] == DASHBOARD["templating"]["list"][0]["query"] == "prometheus"
    assert source["url"] == "http://prometheus:9090"
    assert services["prometheus"]["ports"] == ["127.0.0.1:9090:9090"]
    (place,) = yaml.safe_load((told / "dashboards" / "vein-to-vein.yml").read_text())["providers"]
    comment = re.sub(r"\s*#?\s+", " ", (FOLDER / "compose.yaml").read_text())
    assert f"grafana/dashboards as {place['options']['path']}" in comment


def test_no_two_panels_lie_on_one_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_a_quarantined_message_is_told_under_the_name_that_the_rule_has() -> None:
    assert f'outcome="{Outcome.QUARANTINED.value}"' in STATED["V2VQuarantineRises"]["expr"]
