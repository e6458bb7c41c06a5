"""A local cluster has a production cluster's manners."""

from __future__ import annotations

from pathlib import Path

import pytest

from compose.broker_properties import Listeners, broker_properties


def properties_of(brokers: int) -> dict[str, str]:
    cluster = [Listeners(20_000 + 2 * n, 20_001 + 2 * n) for n in range(brokers)]
    return broker_properties(brokers - 1, cluster, Path("/data"))


@pytest.mark.parametrize("brokers", [1, 3])
def test_no_topic_appears_because_somebody_misspelt_one(brokers):
    assert properties_of(brokers)["auto.create.topics.enable"] == "false"


def test_three_brokers_keep_three_copies_and_need_two():
    three = properties_of(3)
    assert {name: value for name, value in three.items() if "replication.factor" in name} == {
        "default.replication.factor": "3",
        "offsets.topic.replication.factor": "3",
        "transaction.state.log.replication.factor": "3",
        "share.coordinator.state.topic.replication.factor": "3",
    }
    assert three["min.insync.replicas"] == three["transaction.state.log.min.isr"] == "2"


def test_all_three_vote():
    voters = properties_of(3)["controller.quorum.voters"]
    assert voters == "0@127.0.0.1:20001,1@127.0.0.1:20003,2@127.0.0.1:20005"


@pytest.mark.parametrize("brokers", [1, 3])
def test_nothing_listens_beyond_this_machine(brokers):
    listeners = properties_of(brokers)["listeners"].split(",")
    assert all("://127.0.0.1:" in listener for listener in listeners)
