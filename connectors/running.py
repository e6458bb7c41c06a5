"""One connector at work: takes messages by its doors, translates what came, publishes what it says.

Loops that meet only in the outbox. Any of them may fail or wait without the others losing
anything: a broker that is away stops the publishing and nothing else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from connectors import load
from connectors.answering import Answering
from connectors.connector import Raw
from connectors.delivery import LINES_AT_ONCE, deliver
from connectors.doors import clock
from connectors.doors.drop_folder import DropFolder, batches
from connectors.doors.guard import guard_of
from connectors.doors.http_door import Behind, HttpDoor
from connectors.doors.intake import Intake
from connectors.doors.taking import take
from connectors.fetching import Fetching, Within
from connectors.heartbeat import heartbeat, heartbeat_line
from connectors.kept import Backlog, Receipt
from connectors.metrics import Metrics
from connectors.outbox import Outbox, OutboxUnusable
from connectors.pseudonyms import KeyUnusable, Pseudonyms, read_key
from connectors.publisher import Publisher
from connectors.secret_file import SecretUnusable
from connectors.settings import ConnectorSettings, Misconfigured, usable
from connectors.translation import Translation
from schemas import topics
from schemas.authority import AUTHORITY
from schemas.wire import SchemaIds

MESSAGES_AT_ONCE = 200
RETRY_SECONDS = 1.0
FOREVER = 1e9
GRACE_SECONDS = 3.0
"""How long the end waits for the broker's word on what is under way."""

log = logging.getLogger("v2v.connect")
Said = TypeVar("Said")
Announce = Callable[[str], None]


class Running:
    """One connector at work."""

    def __init__(
        self, settings: ConnectorSettings, stop: asyncio.Event, ids: SchemaIds | None = None
    ) -> None:
        self._settings, self._stop, self._ids = settings, stop, ids
        self._system = settings.system.value
        self._partner = settings.spoken_for
        connector = load(self._system)
        usable(connector, self._partner, settings.mllp_port is not None)
        try:
            tokens = Pseudonyms(settings.pseudonym_domain, read_key(settings.pseudonym_key))
            self._guard = guard_of(settings)
            self._outbox = Outbox(settings.outbox)
        except (KeyUnusable, SecretUnusable, OutboxUnusable) as error:
            raise Misconfigured(f"{self._system} connector: {error}") from None
        self._translation = Translation(
            connector, self._partner, tokens, settings.publish_refused_bytes, ids
        )
        self._fetching = Fetching(settings)
        self._publisher = Publisher(settings.brokers, settings.kafka)
        self._metrics = Metrics(self._system, settings.partner)
        self._mllp = Answering(
            settings, self._translation, self._outbox, self._metrics, self._in_thread
        )
        self._folder: DropFolder | None = None
        if settings.drop_folder is not None:
            self._folder = DropFolder(
                settings.drop_folder,
                settings.quiet_seconds,
                connector.suffixes,
                settings.marker_ending,
            )
        # one for each loop that waits for the disk or the broker, and one for each network door
        self._threads = ThreadPoolExecutor(8, thread_name_prefix=f"v2v-{self._system}")
        self._arrived, self._told, self._schemas_known = (asyncio.Event() for _ in range(3))
        self._backlog = Backlog()
        self._last_message: float | None = None
        self._trouble: str | None = None
        self._unwritten: str | None = None
        self._stopped_at: float | None = None

    async def serve(self, announce: Announce) -> None:
        """Work until told to stop; then end what is under way and leave the rest in the outbox."""
        behind = Behind(
            self._system,
            self._settings.size_limit,
            Intake(self._receive).keep,
            lambda: self._full,
            self.health,
            self._metrics_text,
            self._guard,
            self._metrics.turn_away,
        )
        door = HttpDoor(behind)
        try:
            await self._check_topics()
            await self._look()
            address = await self._open(door)
            by_mllp = await self._mllp.open(behind.keep, behind.full)
            folder = f" and from {self._folder.root}" if self._folder else ""
            announce(
                f"{self._system} connector takes messages at {address}/{self._system}"
                f"{by_mllp}{folder}"
            )
            async with asyncio.TaskGroup() as loops:
                for work in (self._watch, self._translate, self._publish, self._heartbeats):
                    loops.create_task(work())
                room = self._fetching.room(
                    Within(
                        self._outbox,
                        self._stop,
                        lambda: self._full,
                        self._complain,
                        self._in_thread,
                        self._until,
                        self._came,
                    )
                )
                for source in self._fetching.sources:
                    loops.create_task(source.run(room))
                await self._stop.wait()
                await self._mllp.close()
                await door.close()
        finally:
            await self._mllp.close()
            await door.close()
            self._threads.shutdown(wait=True, cancel_futures=True)
            self._publisher.close()
            self._outbox.close()

    async def _open(self, door: HttpDoor) -> str:
        try:
            if self._folder is not None:
                await self._in_thread(self._folder.open)
            return await door.open(self._settings.http_host, self._settings.http_port)
        except OSError as error:
            raise Misconfigured(f"{self._system} connector: a door stays shut: {error}") from None

    async def _check_topics(self) -> None:
        """A missing topic is a wrong setting; a broker that is away is not."""
        wanted = (topics.inbound(self._system, self._settings.partner), topics.QUARANTINE)
        missing = await self._in_thread(self._publisher.missing_topics, wanted)
        if missing:
            raise Misconfigured(
                f"{self._system} connector: the broker has no topic {' and '.join(missing)};"
                " make it with `v2v topics apply`"
            )

    # ---------------------------------------------------------------------------------- loops

    async def _watch(self) -> None:
        """Take the files that are whole, as long as there is room for them."""
        folder, settings = self._folder, self._settings
        while folder is not None and not self._stop.is_set():
            try:
                ready = await self._in_thread(folder.ready, clock.elapsed())
                for portion in batches(ready):
                    if self._full or self._stop.is_set():
                        break
                    await self._in_thread(
                        take, portion, folder, self._outbox, self._partner, settings.size_limit
                    )
                    self._last_message = clock.now().timestamp()
                    self._backlog = await self._in_thread(self._outbox.backlog)
                    self._arrived.set()
                    self._told.set()
            except OSError as error:  # the outbox is among these: the files stay where they are
                # never the file's name, which may be a patient's
                self._complain(f"the drop folder waits: {error.strerror or error}")
            await self._until(self._stop, settings.poll_seconds)

    async def _receive(self, raws: list[Raw]) -> tuple[Receipt, ...]:
        """Make messages of the HTTP door safe."""
        now = clock.now().timestamp()
        try:
            receipts = await self._in_thread(self._outbox.receive, raws, now)
        except OutboxUnusable as error:
            self._unwritten = str(error)
            self._complain(self._unwritten)
            raise
        if self._trouble == self._unwritten:
            self._trouble = self._unwritten = None  # so that it is said again when it comes again
        await self._came()
        return receipts

    async def _translate(self) -> None:
        """Turn what was received into lines, in the order in which it came."""
        step, stopped = self._translation.step, self._stop.is_set
        await self._know_schemas()
        while not self._stop.is_set():
            self._arrived.clear()
            try:
                while not stopped() and await self._in_thread(
                    step, self._outbox, MESSAGES_AT_ONCE, stopped
                ):
                    self._told.set()
            except OutboxUnusable as error:
                self._complain(str(error))
            await self._look()
            await self._until(self._arrived, RETRY_SECONDS)

    async def _know_schemas(self) -> None:
        """Ask the registry once for all that this system may say; until it answers, messages wait."""
        own = [name for name, system in AUTHORITY if system is self._settings.system]
        while self._ids is not None and not self._stop.is_set():
            try:
                for name in own:
                    await self._in_thread(self._ids.id_of, name)
                break
            except Exception as error:  # noqa: BLE001 - its client may raise anything while it is away
                self._complain(f"the schema registry does not answer: {type(error).__name__}")
                await self._until(self._stop, RETRY_SECONDS)
        self._schemas_known.set()

    async def _publish(self) -> None:
        """Send the lines in order, and forget each when the broker has it."""
        while not self._stop.is_set():
            self._told.clear()
            try:
                while not self._stop.is_set() and await self._in_thread(
                    deliver, self._outbox, self._publisher, self._partner, self._past_grace
                ):
                    await self._look()
            except OutboxUnusable as error:
                self._complain(str(error))
            await self._look()
            await self._until(self._told, RETRY_SECONDS)

    def _past_grace(self) -> bool:
        if not self._stop.is_set():
            return False
        now = clock.elapsed()
        self._stopped_at = self._stopped_at or now
        return now - self._stopped_at > GRACE_SECONDS

    async def _heartbeats(self) -> None:
        """Say from time to time that the interface is alive, and how much still waits."""
        every = self._settings.heartbeat_seconds
        await self._until(self._schemas_known, FOREVER)
        while every and not self._stop.is_set():
            await self._until(self._stop, every)
            if self._stop.is_set() or self._backlog.lines >= LINES_AT_ONCE:
                continue  # while the broker is away, few are as good as many
            since, waiting = self._settings.manual_bridge_since, self._backlog.waiting
            beat = heartbeat(self._partner, waiting, clock.now(), every, since)
            line = heartbeat_line(beat, self._partner, self._ids)
            try:
                await self._in_thread(self._outbox.add, line)
            except OutboxUnusable as error:
                self._complain(str(error))
            self._told.set()

    # -------------------------------------------------------------------------------- looking

    async def health(self) -> tuple[bool, dict[str, object]]:
        """Whether messages can be taken, and how the connector does at this moment."""
        await self._look()
        away = self._publisher.trouble is not None and self._backlog.lines > 0
        return not self._full, {
            "status": "full" if self._full else "broker away" if away else "ok",
            "system": self._system,
            "partner": self._settings.partner,
            "backlog": self._backlog.waiting,
            "held": self._backlog.held,
            "files_waiting": self._folder.waiting if self._folder else 0,
            "mllp_senders": self._mllp.senders,
            "files_of_other_endings": self._folder.strangers if self._folder else 0,
            "last_message_at": self._last_message,
            "trouble": self._publisher.trouble if away else self._trouble,
            **self._fetching.told(),
            **self._metrics.sums(),
        }

    async def _came(self, *, whole_lines: bool = False) -> None:
        """Something is in the outbox that was not there before."""
        self._last_message = clock.now().timestamp()
        self._backlog = await self._in_thread(self._outbox.backlog)
        (self._told if whole_lines else self._arrived).set()

    async def _metrics_text(self) -> bytes:
        await self._look()
        return self._metrics.text()

    @property
    def _full(self) -> bool:
        backlog, limits = self._backlog, self._settings
        return (
            backlog.waiting >= limits.backlog_limit or backlog.bytes >= limits.backlog_bytes_limit
        )

    async def _look(self) -> None:
        self._backlog = await self._in_thread(self._outbox.backlog)
        self._metrics.counts = await self._in_thread(self._outbox.counts)
        up = self._publisher.trouble is None or not self._backlog.lines
        self._metrics.show(self._backlog, self._last_message, up)
        if (source := self._fetching.kafka) is not None:
            self._metrics.show_source(source.behind, source.missed)

    def _complain(self, trouble: str) -> None:
        if trouble != self._trouble:
            log.warning("%s connector: %s", self._system, trouble)
        self._trouble = trouble

    async def _in_thread(self, work: Callable[..., Said], *about: object) -> Said:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *about)

    async def _until(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for the event, for the end, or for so long."""
        waits = {asyncio.ensure_future(event.wait()), asyncio.ensure_future(self._stop.wait())}
        _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for wait in pending:
            wait.cancel()
