"""What the demo shows while it runs: the compressed time, and each alert as it is issued."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from confluent_kafka import TopicPartition

from console import files, settings, showing
from console.reading import reader
from console.summary import Summary, percentile
from schemas.alert import Alert, AlertState, Severity
from schemas.wire import decode_contract

COLOURS = {Severity.S1: "red", Severity.S2: "yellow"}


class View:
    """Lines on stderr, so that stdout holds the summary alone."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._shown_at = -1

    def say(self, text: str) -> None:
        """One line."""
        if not self._quiet:
            showing.err.print(f"[dim]demo[/dim] {showing.plain(text)}", soft_wrap=True)

    def time(self, now: datetime, done: int, total: int, messages: int) -> None:
        """How late it is in the demo, now and then."""
        tenth = done * 10 // total
        if tenth != self._shown_at:
            self._shown_at = tenth
            self.say(f"{now:%Y-%m-%d %H:%M}Z  {done * 100 // total:3d} %  {messages} messages sent")

    @contextmanager
    def following(self, brokers: str) -> Iterator[None]:
        """Show alerts as they are issued, for the length of the block."""
        if self._quiet:
            yield
            return
        stop = threading.Event()
        thread = threading.Thread(target=self._follow, args=(brokers, stop), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(timeout=10)

    def _follow(self, brokers: str, stop: threading.Event) -> None:
        consumer = reader(brokers, settings.librdkafka())
        there = consumer.list_topics(timeout=15).topics
        consumer.assign(
            [TopicPartition(t, p, 0) for t in files.alert_topics() for p in there[t].partitions]
        )
        idle = 0
        while not stop.is_set() or idle < 5:
            message = consumer.poll(0.2)
            if message is None:
                idle += 1
            elif message.error() is None and message.value() is not None:
                self._alert(decode_contract(Alert, message.value()))
        consumer.close()

    def _alert(self, alert: Alert) -> None:
        if alert.state is AlertState.OPEN and alert.revision == 1:
            colour = COLOURS.get(alert.severity, "white")
            told = showing.plain(
                f"{alert.raised_at:%Y-%m-%d %H:%M}Z  {alert.coi or 'no course'}  {alert.title}: "
                f"{alert.detail}  ({alert.owner} by {alert.acknowledge_by:%m-%d %H:%M}Z)"
            )
            showing.err.print(
                f"[{colour}]{alert.severity.value} {alert.code}[/{colour}] {told}", soft_wrap=True
            )
        elif not alert.open:
            told = showing.plain(f"{alert.code} {alert.state.value}  {alert.coi or alert.object}")
            showing.err.print(f"[dim]{told}[/dim]", soft_wrap=True)

    def end(self, summary: Summary) -> None:
        """The summary for people."""
        messages = ", ".join(f"{system} {n}" for system, n in sorted(summary.messages.items()))
        quarantined = (
            ", ".join(f"{r} {n}" for r, n in sorted(summary.quarantined.items())) or "none"
        )
        found = summary.alerts
        p50, p99 = (percentile(summary.latencies_ms, share) for share in (0.5, 0.99))
        rows = [
            ("journeys", f"{summary.journeys} in {summary.seconds:.0f} s"),
            ("messages", messages),
            ("events", f"{summary.events} accepted, {summary.waiting} waiting for their course"),
            ("quarantined", quarantined),
            ("records", str(summary.records)),
            (
                "alerts",
                f"{found.raised} of {found.expected} labelled exceptions raised, "
                f"{len(found.missed)} missed, {len(found.false)} false",
            ),
            (
                "latency",
                "-"
                if p50 is None
                else f"fact or tick to alert: {p50:.0f} ms median, {p99:.0f} ms p99",
            ),
        ]
        showing.table(("", ""), rows, "")
        for name, lines in (("missed", found.missed), ("false", found.false)):
            for line in lines:
                showing.say(f"[red]{name}[/red] {showing.plain(line)}")
