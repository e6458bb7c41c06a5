"""The address that supervisors and Prometheus ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from faust.types import TP
from prometheus_client import CollectorRegistry

from streams.engine.exits import Refused
from streams.engine.health import STATES, HealthAddress, parse_address
from streams.engine.metrics import Metrics


class Told:
    """What the worker says of itself."""

    state = "starting"

    def __call__(self):
        return {"state": self.state, "worker": "w0"}


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def address(told: Told, registry: CollectorRegistry) -> Iterator[HealthAddress]:
    address = HealthAddress("127.0.0.1:0", told, (registry,))
    yield address
    address.close()


def ask(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


@pytest.mark.parametrize("state", STATES)
def test_only_a_running_worker_is_healthy(address, told, state):
    told.state = state
    code, body = ask(f"{address.url}/health")
    assert code == (200 if state == "running" else 503)
    assert json.loads(body) == {"state": state, "worker": "w0"}


def test_metrics_are_counted_once_a_batch(address, registry):
    metrics = Metrics(registry)
    metrics.count({"in": 5, "also": 2}, 0.03)
    metrics.quarantined.labels("in").inc()
    metrics.show_lags({TP("in", 3): 12})
    code, body = ask(f"{address.url}/metrics")
    assert code == 200
    for line in (
        'engine_messages_total{topic="in"} 5.0',
        'engine_messages_total{topic="also"} 2.0',
        "engine_batch_messages_sum 7.0",
        "engine_transaction_seconds_count 1.0",
        'engine_quarantined_total{topic="in"} 1.0',
        'engine_lag_messages{partition="3",topic="in"} 12.0',
        "engine_restore_records_total 0.0",
        "engine_restore_progress_ratio 0.0",
    ):
        assert line in body.splitlines()


def test_lags_of_partitions_that_left_are_gone(registry):
    metrics = Metrics(registry)
    metrics.show_lags({TP("in", 3): 12})
    metrics.show_lags({TP("in", 4): 1})
    assert (
        registry.get_sample_value("engine_lag_messages", {"topic": "in", "partition": "3"}) is None
    )


def test_another_path_is_not_found(address):
    assert ask(f"{address.url}/else")[0] == 404


def test_a_taken_port_is_refused_with_a_way_out(address, told):
    taken = address.url.removeprefix("http://")
    with pytest.raises(Refused, match=f"cannot listen on {taken}: .* another `http` address"):
        HealthAddress(taken, told, ())


@pytest.mark.parametrize("wrong", ["", "8080", "host:port", "host"])
def test_an_address_is_host_and_port(wrong):
    with pytest.raises(Refused, match="is not host:port"):
        parse_address(wrong)


def test_an_address_may_be_ipv6():
    assert parse_address("[::1]:80") == ("::1", 80)
