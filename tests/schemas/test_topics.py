"""The catalogue of topics: each named once, keyed, and kept as long as its readers need it."""

from __future__ import annotations

from schemas import topics


def test_every_topic_is_named_once_and_says_what_it_carries() -> None:
    names = [topic.name for topic in topics.TOPICS]
    assert len(set(names)) == len(names)
    for topic in topics.TOPICS:
        assert topic.name.startswith("v2v.")
        assert topic.key
        assert topic.carries


def test_every_hazard_has_a_compacted_alert_topic() -> None:
    found = {t.name: t.compacted for t in topics.TOPICS if t.name.startswith("v2v.alerts.")}
    assert found == {topics.alerts(hazard): True for hazard in topics.HAZARDS}


def test_what_stands_for_a_state_is_compacted_and_what_happened_is_kept() -> None:
    kept = {t.name: t for t in topics.TOPICS}
    for name in (topics.RECORDS, topics.QUARANTINE, topics.WAITING):
        assert kept[name].configuration["cleanup.policy"] == "compact"
    for name in (topics.EVENTS, topics.ACTIONS, topics.RELEASED):
        assert kept[name].configuration["cleanup.policy"] == "delete"


def test_an_inbound_topic_names_system_and_partner() -> None:
    assert topics.inbound("lims", "partner-1") == "v2v.in.lims.partner-1"
