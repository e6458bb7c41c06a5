"""The ways in that fetch for themselves, as the settings ask for them: a partner's topics, a partner's address."""

from __future__ import annotations

from urllib.parse import urlsplit

from connectors.doors.kafka_source import HELD_BY_THE_SOURCE, KafkaSource, SourceTopics
from connectors.doors.rest_source import Address, RestSource
from connectors.secret_file import SecretUnusable, read_secrets
from connectors.settings import ConnectorSettings, Misconfigured
from schemas import topics


def kafka_source(settings: ConnectorSettings) -> KafkaSource | None:
    """The reader of the partner's topics, where the settings name any."""
    if not settings.source_topics:
        return None
    if taken := sorted(HELD_BY_THE_SOURCE & settings.source_kafka.keys()):
        raise Misconfigured(
            f"{settings.system.value} connector: source_kafka may not set {', '.join(taken)}:"
            " the connector's promise rests on it"
        )
    own = not settings.source_brokers
    inbound = topics.inbound(settings.system.value, settings.partner)
    return KafkaSource(
        SourceTopics(
            settings.brokers if own else settings.source_brokers,
            settings.source_topics,
            {**settings.kafka, **settings.source_kafka} if own else settings.source_kafka,
            inbound if settings.source_carries == "events" else None,
        )
    )


def rest_source(settings: ConnectorSettings) -> RestSource | None:
    """The asker of the partner's address, where the settings name one."""
    url = settings.rest_url
    if not url:
        return None
    where = f"{settings.system.value} connector: rest"
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc:
        raise Misconfigured(f"{where}_url is no address; write one such as https://host/records")
    if ("{since}" in url) != bool(settings.rest_since_field):
        raise Misconfigured(f"{where}_url says {{since}} if and only if rest_since_field is set")
    if settings.rest_since_field and not settings.rest_items:
        raise Misconfigured(f"{where}_items is not set; a since-field is one of each record")
    return RestSource(
        Address(
            url,
            settings.rest_items,
            settings.rest_since_field,
            settings.rest_next_page,
            settings.rest_start,
            settings.rest_seconds,
            _headers(settings, where),
        )
    )


def _headers(settings: ConnectorSettings, where: str) -> tuple[tuple[str, str], ...]:
    if settings.rest_headers is None:
        return ()
    try:
        lines = read_secrets(settings.rest_headers, "file of headers")
    except SecretUnusable as wrong:
        raise Misconfigured(f"{where}_headers: {wrong}") from None
    found = []
    for line in lines:
        name, colon, value = line.decode().partition(":")
        if not colon or not name.strip() or not value.strip():
            raise Misconfigured(f"{where}_headers: each line is a name, a colon and a value")
        found.append((name.strip(), value.strip()))
    return tuple(found)
