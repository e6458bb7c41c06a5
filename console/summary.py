"""What a demo run came to: labels against alerts, counts, and the time from message to alert. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connectors.simulator.labels import Label
from schemas.alert import Alert, AlertState

Told = tuple[str, str]
"""(code, course or thing): what a label expects and an alert raises."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Labels against alerts."""

    expected: int
    raised: int
    missed: list[str]
    false: list[str]


def compare(labels: Iterable[Label], history: Iterable[Alert]) -> Compared:
    """Which labelled exceptions were raised, and which alerts nobody had labelled."""
    wanted, raised = told_by(labels, history)
    return Compared(
        len(wanted),
        len(raised & wanted),
        sorted(f"{code} {about}" for code, about in wanted - raised),
        sorted(f"{code} {about}" for code, about in raised - wanted),
    )


def told_by(labels: Iterable[Label], history: Iterable[Alert]) -> tuple[set[Told], set[Told]]:
    """What the labels expect, and what the alerts have raised.

    An alert that was retracted said nothing in the end: what it rested on was disproved. Where a label
    says that a later fact ends its alert, that is what has to happen, and it counts as raised.
    """
    last: dict[object, Alert] = {}
    for alert in history:
        known = last.get(alert.alert_id)
        if known is None or known.revision <= alert.revision:
            last[alert.alert_id] = alert
    raised = {_alert(a) for a in last.values() if a.state is not AlertState.RETRACTED}
    retracted = {_alert(a) for a in last.values()} - raised
    wanted = {_label(label): label.stays for label in labels}
    return set(wanted), raised | {told for told in retracted if wanted.get(told) is False}


def _label(label: Label) -> Told:
    return label.code, label.coi or label.object or ""


def _alert(alert: Alert) -> Told:
    return alert.code, alert.coi or alert.object


BY_DEADLINE = frozenset({"ID-04", "CU-03", "TW-01", "TW-06", "SQ-02", "RE-01"})
"""Codes that the time raises, not a fact."""


def latencies(
    issued: Iterable[tuple[Alert, int]],
    arrived: Mapping[str, int],
    ticks: Sequence[tuple[datetime, int]],
) -> list[float]:
    """Milliseconds from the last fact an alert rests on, or the tick that made it overdue, to the alert.

    `issued` and `arrived` (by event id) and `ticks` (in order) each with the broker's time.
    """
    found: list[float] = []
    for alert, at in issued:
        causes = [arrived[str(e)] for e in alert.evidence if str(e) in arrived]
        if alert.code in BY_DEADLINE:
            causes += [told for now, told in ticks if now >= alert.raised_at][:1]
        if alert.revision == 1 and causes:
            found.append(float(max(0, at - max(causes))))
    return found


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value below which that share of the values lies; None of no values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(slots=True)
class Summary:
    """Everything the demo prints at its end."""

    journeys: int
    seconds: float
    messages: Mapping[str, int]
    events: int
    records: int
    waiting: int
    quarantined: Counter[str]
    alerts: Compared
    latencies_ms: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The summary for programs."""
        return {
            "journeys": self.journeys,
            "seconds": round(self.seconds, 1),
            "messages": dict(sorted(self.messages.items())),
            "events": self.events,
            "records": self.records,
            "waiting": self.waiting,
            "quarantined": dict(sorted(self.quarantined.items())),
            "alerts": {
                "expected": self.alerts.expected,
                "raised": self.alerts.raised,
                "missed": self.alerts.missed,
                "false": self.alerts.false,
            },
            "latency_ms": {
                "p50": percentile(self.latencies_ms, 0.50),
                "p99": percentile(self.latencies_ms, 0.99),
            },
        }
