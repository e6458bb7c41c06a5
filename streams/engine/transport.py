"""The `rdkafka://` transport: Faust's door to the engine."""

from __future__ import annotations

from typing import Any, ClassVar

from faust.transport import base
from faust.transport.drivers import TRANSPORTS

from streams.engine.consumer import Consumer
from streams.engine.producer import Producer

SCHEME = "rdkafka"


class Transport(base.Transport):
    """Makes the engine's consumer and producer."""

    Consumer: ClassVar[Any] = Consumer
    Producer: ClassVar[Any] = Producer
    driver_version = "librdkafka"

    @property
    def servers(self) -> str:
        """The brokers as librdkafka wants them listed."""
        return ",".join(f"{url.host}:{url.port or 9092}" for url in self.url)


def register() -> None:
    """Make the scheme known to Faust."""
    TRANSPORTS.aliases[SCHEME] = f"{__name__}:{Transport.__name__}"
