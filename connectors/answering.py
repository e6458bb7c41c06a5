"""The MLLP door of one running connector: what stands behind it, and how it is opened by the settings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from connectors.connector import Raw, Refused
from connectors.doors import clock
from connectors.doors.mllp_door import Behind, MllpDoor, Unread, secured
from connectors.kept import Receipt
from connectors.lines import Origin, quarantine_line
from connectors.metrics import Metrics
from connectors.outbox import Outbox
from connectors.settings import ConnectorSettings, Misconfigured
from connectors.translation import Translation
from connectors.understand import understand

Said = TypeVar("Said")


class InThread(Protocol):
    """Runs work that waits for the disk or computes for long, beside the loop."""

    def __call__(self, work: Callable[..., Said], *about: object) -> Awaitable[Said]: ...


class Answering:
    """Keeps what comes by MLLP, and says at once what the translation is going to say of it."""

    def __init__(
        self,
        settings: ConnectorSettings,
        translation: Translation,
        outbox: Outbox,
        metrics: Metrics,
        in_thread: InThread,
    ) -> None:
        self._settings, self._translation = settings, translation
        self._outbox, self._metrics, self._in_thread = outbox, metrics, in_thread
        self._door: MllpDoor | None = None

    @property
    def senders(self) -> int:
        """Connections that are open now."""
        return 0 if self._door is None else self._door.senders

    async def open(
        self, keep: Callable[[Raw], Awaitable[Receipt]], full: Callable[[], bool]
    ) -> str:
        """Open the door where the settings name its port; what is announced of it."""
        settings = self._settings
        if settings.mllp_port is None:
            return ""
        door = MllpDoor(
            Behind(
                settings.size_limit,
                settings.mllp_connections,
                settings.mllp_idle_seconds,
                keep,
                full,
                self._judge,
                self._set_aside,
                self._metrics.answered,
            )
        )
        try:
            tls = None
            if settings.mllp_certificate is not None and settings.mllp_key is not None:
                tls = secured(settings.mllp_certificate, settings.mllp_key, settings.mllp_clients)
            at = await door.open(settings.mllp_host, settings.mllp_port, tls)
        except OSError as error:  # what is wrong with a certificate is among these
            system = settings.system.value
            raise Misconfigured(f"{system} connector: the MLLP door stays shut: {error}") from None
        self._door = door
        return f" and by MLLP at {at}"

    async def close(self) -> None:
        """Take no more."""
        if self._door is not None:
            await self._door.close()

    async def _judge(self, raw: Raw) -> Refused | None:
        """Why a message is not understood, as its translation is going to say."""
        told = self._translation
        decisions = await self._in_thread(
            understand, told.connector, raw, told.partner, told.tokens
        )
        return next((d for d in decisions if isinstance(d, Refused)), None)

    async def _set_aside(self, unread: Unread) -> None:
        """Tell quarantine of something that was not taken."""
        digest = unread.digest.hex()
        origin = Origin(self._translation.partner, digest, unread.size)
        await self._in_thread(
            self._outbox.refuse_unread,
            unread.digest,
            f"mllp/{digest[:16]}",
            unread.size,
            quarantine_line(unread.why.reason, unread.why.detail, origin),
            clock.now().timestamp(),
            unread.why.reason,
        )
