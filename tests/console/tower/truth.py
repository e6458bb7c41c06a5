"""What `v2v replay` says of a log, and how somebody would be told of it: by hand, not by the tower's own words."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console import files, outputs
from schemas import topics
from schemas.json_form import as_json
from schemas.platform import PartnerHeartbeat
from schemas.wire import decode
from tests.console.tower.live_world import LiveTower, environment
from tests.console.tower.world import Telling

SIGNS = {"S1": "▲▲ S1 critical", "S2": "▲ S2 grave", "S3": "◆ S3 moderate", "S4": "● S4 minor"}

Row = dict[str, Any]


@dataclass
class Truth:
    """What a replay says of the log."""

    now: datetime
    records: dict[str, Row] = field(default_factory=dict)
    alerts: dict[str, Row] = field(default_factory=dict)
    """Those that are open, without what depends on the path."""
    quarantine: dict[str, Row] = field(default_factory=dict)
    waiting: dict[str, Row] = field(default_factory=dict)
    events: dict[str, dict[str, Row]] = field(default_factory=dict)
    """By course and event id."""
    beats: list[PartnerHeartbeat] = field(default_factory=list)

    def of(self, system: str, partner: str) -> list[Row]:
        """What a partner's system said of any course, by the time it happened."""
        found = [
            event
            for events in self.events.values()
            for event in events.values()
            if (event["system"], event["partner"]) == (system, partner)
        ]
        return sorted(found, key=lambda event: at(event["occurred_at"]))

    def alerts_of(self, coi: str) -> list[Row]:
        """What is open about a course."""
        return [alert for alert in self.alerts.values() if alert.get("coi") == coi]


def at(told: str) -> datetime:
    """A time that a contract states."""
    return datetime.fromisoformat(told)


def micros(told: str | None) -> int | None:
    """The same in microseconds since 1970."""
    return None if told is None else round(at(told).timestamp() * 1e6)


def act_by(alert: Row) -> datetime:
    """Until when somebody must have acted."""
    return at(alert.get("harm_at") or alert["decide_by"])


def shown(moment: datetime) -> str:
    """A time as a page shows it to somebody in UTC."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def spoken(seconds: float) -> str:
    """A length of time in its two greatest parts."""
    whole = round(seconds)
    for unit, next_unit, size, of in (("d", "h", 86400, 3600), ("h", "min", 3600, 60)):
        if whole >= size:
            return f"{whole // size} {unit} {whole % size // of} {next_unit}"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def left(moment: datetime, now: datetime) -> str:
    """How long it is until then, or how long ago it was."""
    seconds = (moment - now).total_seconds()
    return spoken(seconds) if seconds >= 0 else f"{spoken(-seconds)} ago"


def replayed(tower: LiveTower, folder: Path) -> Truth:
    """What the command makes of everything that came in, from the log itself."""
    came_in, to = folder / "inbound.jsonl", folder / "replayed"
    partners = ",".join(
        f"{row['system']}:{row['partner']}" for row in tower.api("/partners")["rows"]
    )
    for verb in (f"export inbound --to {came_in}", f"replay --from {came_in} --to {to}"):
        subprocess.run(
            [sys.executable, "-m", "console.v2v", *verb.split()],
            env=environment(tower.brokers, folder, V2V_PARTNERS=partners),
            check=True, capture_output=True,
        )  # fmt: skip
    found = Truth(tower.now())
    for kind, kept, key in (
        ("records", found.records, "coi"), ("alerts", found.alerts, "alert_id"),
        ("quarantine", found.quarantine, "quarantine_id"), ("waiting", found.waiting, "event_id"),
    ):  # fmt: skip
        rows = [json.loads(line) for line in (to / f"{kind}.jsonl").read_text().splitlines()]
        kept.update({row[key]: row for row in rows})
    again = Telling()
    again.take_all(files.read_file(came_in))
    assert outputs.record_lines(again.latest) == (to / "records.jsonl").read_text().splitlines()
    for out in again.said:
        if out.topic == topics.EVENTS:
            event = decode(out.value, out.headers).event
            told = {"type_name": event.type_name(), **as_json(event)}
            found.events.setdefault(out.key, {})[str(event.event_id)] = told
    for topic, message in files.read_file(came_in):
        if topics.partner_of(topic) and (
            b"PartnerHeartbeat" in dict(message.headers).get("ce_type", b"")
        ):
            beat = decode(message.value, message.headers).event
            if isinstance(beat, PartnerHeartbeat) and topic == topics.inbound(
                beat.system, beat.partner
            ):
                found.beats.append(beat)
    return found
