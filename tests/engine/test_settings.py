"""What may be set, and that every client gets it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from streams.engine import EngineSettings
from streams.engine.group_member import GroupMember
from streams.engine.settings import (
    common_config,
    consumer_config,
    producer_config,
    restore_config,
)

SECURE = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": "worker",
    "sasl.password": "secret",
    "ssl.ca.location": "/etc/ca.pem",
}


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(lambda s: common_config(s, "b:1"), id="admin"),
        pytest.param(lambda s: consumer_config(s, "b:1", "app"), id="consumer"),
        pytest.param(lambda s: producer_config(s, "b:1", "app"), id="producer"),
        pytest.param(lambda s: restore_config(s, "b:1", "app"), id="restore"),
    ],
)
def test_tls_and_sasl_reach_every_client(config):
    made = config(EngineSettings(librdkafka=SECURE))
    assert SECURE.items() <= made.items()
    assert made["bootstrap.servers"] == "b:1"


@pytest.mark.parametrize("where", ["librdkafka", "consumer", "producer"])
@pytest.mark.parametrize(
    "taken", ["isolation.level", "transactional.id", "enable.auto.commit", "group.id"]
)
def test_what_the_guarantee_rests_on_cannot_be_set(where, taken):
    with pytest.raises(ValidationError, match=f"{where} may not set {taken}"):
        EngineSettings.model_validate({where: {taken: "x"}})


def test_other_client_settings_are_taken():
    settings = EngineSettings(
        consumer={"fetch.message.max.bytes": 7}, producer={"compression.type": "none"}
    )
    assert consumer_config(settings, "b:1", "app")["fetch.message.max.bytes"] == 7
    assert restore_config(settings, "b:1", "app")["fetch.message.max.bytes"] == 7
    assert producer_config(settings, "b:1", "app")["compression.type"] == "none"


def test_readers_read_only_what_is_committed():
    settings = EngineSettings()
    for config in (consumer_config, restore_config):
        assert config(settings, "b:1", "app")["isolation.level"] == "read_committed"


def test_a_static_member_is_known_by_its_worker_name():
    static = consumer_config(EngineSettings(worker="w7"), "b:1", "app")
    dynamic = consumer_config(EngineSettings(worker="w7", static_membership=False), "b:1", "app")
    assert static["group.instance.id"] == "w7"
    assert "group.instance.id" not in dynamic


def test_a_worker_takes_over_what_its_earlier_process_left_open():
    settings = EngineSettings(worker="w7")
    assert producer_config(settings, "b:1", "app")["transactional.id"] == "app-w7"
    assert producer_config(settings, "b:1", "other")["transactional.id"] == "other-w7"


@pytest.mark.parametrize("name", ["", "a b", "a/b", "ä"])
def test_a_worker_name_can_stand_in_a_folder_and_in_a_broker(name):
    with pytest.raises(ValidationError):
        EngineSettings(worker=name)


def test_a_misspelt_setting_is_refused():
    with pytest.raises(ValidationError, match="linger_ms"):
        EngineSettings.model_validate({"linger_ms": 5})


def test_a_static_member_that_reads_other_topics_comes_as_somebody_else():
    settings = EngineSettings(worker="w7")
    names = []
    for topics in (["a", "b"], ["b", "a"], ["a", "b", "c"]):
        member = GroupMember(consumer_config(settings, "127.0.0.1:1", "app"), settings)
        member.subscribe(topics)
        names.append(member._config["group.instance.id"])
        member.close()
    same, also, other = names
    assert same == also != other
    assert all(name.startswith("w7-") for name in names)
