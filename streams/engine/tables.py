"""All tables of a worker: opened, restored, staged and applied together."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import faust.tables
from faust.types import TP

from streams.engine.cluster import Cluster
from streams.engine.freshness import Freshness
from streams.engine.local_store import RocksMemory, wipe
from streams.engine.overlay import Overlay, Partition, Produce
from streams.engine.restore import Progress, restore
from streams.engine.settings import restore_config
from streams.engine.table import Table

log = logging.getLogger("streams.engine")


class TableManager(faust.tables.TableManager):
    """Setting `TableManager` of the app: Faust's, without its recovery service.

    The engine restores before it polls, so agents never meet a table that is not up to date.
    """

    mundane_level = "debug"

    async def on_start(self) -> None:
        self._tables_finalized.set()
        for table in self.values():
            await table.maybe_start()
        self._tables_registered.set()  # Faust's conductor waits for it before it subscribes

    async def on_stop(self) -> None:
        for table in self.values():
            await table.stop()

    async def wait_until_recovery_completed(self) -> bool:
        """Hold timers, tasks and services back until the first restore."""
        return await self.wait_for_stopped(self.app.consumer.ready)  # type: ignore[attr-defined]

    def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Nothing to do: partitions are closed when the next assignment is known."""


class Tables:
    """What the engine does with the tables; runs in the engine's thread but for `stage`."""

    def __init__(self, app: Any, folder: Path) -> None:
        self._app = app
        self._folder = folder
        self._memory = RocksMemory()
        self._tables: list[Table] = list(app.tables.values())
        self._log_ids: dict[str, str] = {}
        self._freshness = Freshness(folder)
        self.progress = Progress()

    def restore(
        self,
        committed: Mapping[TP, int],
        servers: str,
        cluster: Cluster,
        keep_alive: Callable[[], bool],
    ) -> bool:
        """Bring the local copies of what is assigned up to date; False when the group moved on."""
        numbers = {tp.partition for tp in committed}
        self.close_others(numbers)
        self._freshness.leave()
        settings = self._app.engine
        self._log_ids = cluster.topic_ids(table.overlay.changelog for table in self._tables)
        self._app.data_folder.recognise(self._log_ids, settings.accept_loss)
        wanted: dict[TP, tuple[Overlay, int]] = {}
        for table in self._tables:
            self._wipe_outdated(table, numbers, cluster)
            for number in numbers:
                self._open(table, number)
                wanted[TP(table.overlay.changelog, number)] = (table.overlay, number)
        self.progress = Progress()
        if not wanted:
            self.progress.total = 0
            return True
        began = time.monotonic()
        complete = restore(
            restore_config(settings, servers, self._app.conf.id),
            wanted,
            committed,
            cluster,
            self._reopen,
            keep_alive,
            self.progress,
            settings.restore_patience_s,
            settings.accept_loss,
        )
        if complete:
            self._freshness.hold(
                _copy(table, number) for table in self._tables for number in numbers
            )
            self._app.metrics.restored.inc(self.progress.records)
            log.info(
                "restored %d records of %d changelog partitions in %.2f s",
                self.progress.records,
                len(wanted),
                time.monotonic() - began,
            )
        return complete

    def close_others(self, numbers: Iterable[int]) -> None:
        """Let go of partitions that are assigned no longer."""
        keep = set(numbers)
        for table in self._tables:
            for number in set(table.overlay.partitions) - keep:
                table.overlay.close(number)

    def still_held(self) -> None:
        """Hear, about once a second, that the group still counts on this worker."""
        self._freshness.still_held()

    def shrink(self) -> None:
        """Keep to the bound on decoded values; only while no transaction is being committed."""
        for table in self._tables:
            table.overlay.shrink()

    def changelogs(self) -> list[str]:
        """The topics from which the tables are restored."""
        return [table.overlay.changelog for table in self._tables]

    def refuse_unreadable(self) -> None:
        """Refuse tables whose values have a form that this app cannot read."""
        for table in self._tables:
            for number in table.overlay.partitions:
                table.overlay.refuse_unreadable(number)

    def transactions(self) -> dict[TP, int]:
        """Return how many transactions each partition of each table holds here."""
        return {
            TP(table.overlay.changelog, number): partition.local.transactions
            for table in self._tables
            for number, partition in table.overlay.partitions.items()
        }

    def stage(self, produce: Produce) -> dict[TP, int]:
        """Send the changelog of the open transaction; return how many have written each partition."""
        return {
            TP(table.overlay.changelog, number): transactions
            for table in self._tables
            for number, transactions in table.overlay.stage(produce).items()
        }

    def apply(self) -> None:
        """Take what was committed into the local stores."""
        for table in self._tables:
            table.overlay.apply()

    def mark_torn(self) -> None:
        """Have the next process wipe what this one has open."""
        for table in self._tables:
            table.mark_torn(self._folder)

    def _wipe_outdated(self, table: Table, numbers: Iterable[int], cluster: Cluster) -> None:
        """Throw away copies that may hold keys of whose removal the changelog says no more."""
        ages = {
            number: self._freshness.age_s(_copy(table, number))
            for number in numbers
            if number not in table.overlay.partitions
        }
        if not any(ages.values()):
            return
        kept_s = cluster.removals_kept_s(table.overlay.changelog)
        for number, age_s in ages.items():
            if age_s > kept_s / 2:  # the rest of that time is for the restore
                wipe(
                    self._folder / _copy(table, number),
                    f"it may not have been up to date for {age_s:.0f} s, and {table.overlay.changelog} "
                    f"forgets removed keys after {kept_s:.0f} s",
                )

    def _reopen(self, overlay: Overlay, number: int) -> Partition:
        table = next(table for table in self._tables if table.overlay is overlay)
        overlay.close(number)
        wipe(
            self._folder / _copy(table, number),
            f"{overlay.changelog} is not the log it was filled from",
        )
        return self._open(table, number)

    def _open(self, table: Table, number: int) -> Partition:
        log_id = self._log_ids[table.overlay.changelog]
        there = (self._folder / _copy(table, number)).exists()
        partition = table.open_partition(number, self._folder, log_id, self._memory)
        if not there:
            self._freshness.begin(_copy(table, number))
        return partition


def _copy(table: Table, number: int) -> str:
    """The name of one partition's local copy."""
    return f"{table.name}-{number}"
