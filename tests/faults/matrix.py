"""The fault matrix: each fault by its number, where it is put upon the pipeline, and what came of it.

Pure: from what the runs wrote to what people read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One fault: where it is tried in simulation, and which trials on real brokers are its own."""

    number: str
    fault: str
    simulated: str
    """In simulation; empty where it is not."""
    engine: tuple[str, ...] = ()
    """Trials of the counting job on one broker."""
    three: tuple[str, ...] = ()
    """Trials of the counting job on three brokers."""
    line: tuple[str, ...] = ()
    """Phases of the whole line on one broker."""
    connector: str = ""
    """What is done to a connector on one broker; empty where nothing is."""
    elsewhere: str = ""
    """What holds it instead, or why it is open."""


ROWS: tuple[Row, ...] = (
    Row(
        "F1",
        "worker killed at any instant",
        "kill",
        ("kill",),
        ("kill",),
        ("kill -9",),
        "kills",
    ),
    Row("F2", "killed at each named point around the commit", "kill at a point"),
    Row("F3", "rolling restart", "restart as asked", ("leave",), (), ("the third leaves",)),
    Row("F4", "paused past the session, then woken", "pause", ("pause",)),
    Row("F5", "workers join and leave", "join, leave", ("join", "leave"), (), ("a third joins",)),
    Row(
        "F6",
        "local state lost",
        "kill, disk lost",
        ("kill, disk wiped",),
        (),
        ("kill -9, folder wiped",),
    ),
    Row("F7", "local state torn or old", "kill, disk torn; of earlier", ("disk torn",)),
    Row("F8", "broker killed", "", ("broker kill",), connector="broker kills"),
    Row("F9", "leader of three killed", "", (), ("leader kill",)),
    Row("F10", "broker loses all data: workers refuse", "", ("data lost",)),
    Row("F11", "worker and brokers cut off", "cut off; brokers away", ("cut off",)),
    Row("F12", "slow network", "", ("latency",)),
    Row(
        "F13",
        "connections reset, answers lost",
        "every 33rd answer to a commit is lost",
        ("resets",),
    ),
    Row("F14", "schema registry away", "", elsewhere="tests/streams/test_registry.py"),
    Row("F15", "disk full", "", ("disk full", "broker disk full"), connector="outbox's disk full"),
    Row("F16", "disk fails, syncs with it", "", ("disk fails",), connector="syncs of outbox fail"),
    Row("F17", "clocks that jump", "ticks repeated and out of order; no other clock is read"),
    Row(
        "F18",
        "repeats, disorder, one id with other content",
        "always on",
        line=("first start, on a backlog",),
    ),
    Row(
        "F19", "poison and spoiled messages", "always on", ("poison", "exception"), (), ("kill -9",)
    ),
    Row("F20", "flood of one partner", "", line=("a flood",)),
    Row("F21", "the tower stands still", "", line=("a tower that stands still",)),
    Row(
        "F22",
        "the next release beside this one, and back",
        "",
        line=("the next release, and back",),
    ),
    Row("F23", "replay while live traffic runs", "", line=("a replay meanwhile",)),
    Row("F24", "everything at once", "theme mixed"),
)

Results = Mapping[str, Any]
"""What the runs wrote: `simulation`, `engine`, `three`, `line`, `connector`; None where one was not run."""


def holds(results: Results) -> bool:
    """Whether every run that was made came out as it must."""
    return not list(failures(results))


def failures(results: Results) -> Iterator[str]:
    """Everything that did not come out as it must."""
    simulation = results.get("simulation") or {"jobs": [], "planted": []}
    for job in simulation["jobs"]:
        yield from (f"simulation of {job['job']}: {line}" for line in job["failed"])
    for bug in simulation["planted"]:
        if not bug["caught"]:
            yield f"the planted bug was not caught: {bug['bug']}"
    for name in ("engine", "three"):
        run = results.get(name)
        if run is not None and not run["exact"]:
            yield f"{name}: not exact"
        if run is not None and run["unexpected"]:
            yield f"{name}: {run['unexpected']}"
        if run is not None and not run["sleepers_exited"]:
            yield f"{name}: a worker that slept past its session did not exit 70"
    line = results.get("line")
    if line is not None and not line["exact"]:
        yield f"line: {line['differences'] or line['trouble']}"
    connector = results.get("connector")
    if connector is not None and not connector["exact"]:
        yield f"connector: {connector['troubles'] or connector}"


def kills(results: Results) -> int:
    """How many processes were ended as by a crash, in all runs."""
    simulation = results.get("simulation") or {"jobs": []}
    count: int = sum(job["kills"] for job in simulation["jobs"])
    for name in ("engine", "three"):
        for fault in (results.get(name) or {"faults": []})["faults"]:
            if "kill" in fault["fault"] or fault["fault"] == "disk torn":
                count += fault["trials"]
    for phase in (results.get("line") or {"phases": []})["phases"]:
        count += phase["kills"]
    connector = results.get("connector") or {"kills": 0, "broker_kills": 0}
    count += connector["kills"] + connector["broker_kills"]
    return count


def report(results: Results, version: str, seed: int) -> str:
    """The report that people read."""
    return "\n".join(_report(results, version, seed)) + "\n"


def _report(results: Results, version: str, seed: int) -> Iterator[str]:
    total = kills(results)
    yield "# Reliability"
    yield ""
    yield "Written by `make reliability`, each part from a run of its own; do not edit. What the invariants and the layers are:"
    yield "[tests/faults/invariants.py](tests/faults/invariants.py), [tests/faults/matrix.py](tests/faults/matrix.py)."
    yield ""
    yield f"- version {version}, seed {seed}; history: `.v2v/faults/results.json`, repeated by `make faults SEED={seed}`"
    yield f"- {'everything came out as it must' if holds(results) else 'NOT everything came out as it must'}"
    yield f"- {total} processes were killed. {_bound(total)}"
    for line in failures(results):
        yield f"- FAILED: {line}"
    yield ""
    yield from _matrix(results)
    yield from _simulation(results.get("simulation"))
    yield from _engine(results)
    yield from _line(results.get("line"))


def _bound(total: int) -> str:
    if not total:
        return "That bounds nothing."
    return (
        f"No failure among them bounds the chance of one to under {min(1.0, 3 / total):.1%} a kill at 95 % "
        "confidence (the rule of three), not to never."
    )


def _matrix(results: Results) -> Iterator[str]:
    yield "## The matrix"
    yield ""
    yield "S: simulation, one process, every instant. P: real processes on one Apache Kafka. B: on three brokers."
    yield ""
    yield "| | fault | S | P | B |"
    yield "| --- | --- | --- | --- | --- |"
    for row in ROWS:
        simulated = row.simulated if results.get("simulation") else ""
        on_one = [
            *_trials(results, "engine", row.engine),
            *_phases(results, row.line),
            *_connector(results, row.connector),
        ]
        on_three = _trials(results, "three", row.three)
        missing = row.elsewhere or ("not tried by this run" if not (simulated or on_three) else "")
        cells = (simulated, ", ".join(on_one) or missing, ", ".join(on_three))
        yield f"| {row.number} | {row.fault} | {' | '.join(cells)} |"
    yield ""


def _trials(results: Results, run: str, names: tuple[str, ...]) -> list[str]:
    faults = {f["fault"]: f for f in (results.get(run) or {"faults": []})["faults"]}
    return [
        f"{f['fault']} ×{f['trials']}: {f['lost']} lost, {f['doubled']} doubled"
        for name in names
        if (f := faults.get(name)) is not None
    ]


def _phases(results: Results, names: tuple[str, ...]) -> list[str]:
    phases = {p["phase"]: p for p in (results.get("line") or {"phases": []})["phases"]}
    return [
        f"line, {p['phase']}: {p['lost']} lost, {p['doubled']} doubled"
        for name in names
        if (p := phases.get(name)) is not None
    ]


def _connector(results: Results, what: str) -> Iterator[str]:
    run = results.get("connector")
    if run is not None and what:
        times = {"kills": run["kills"], "broker kills": run["broker_kills"]}
        times |= dict.fromkeys(run["hurt"], 1)
        doubled = max(0, run["admitted"] - run["sent"])
        if what in times:
            yield f"connector, {what} ×{times[what]}: {run['lost']} lost, {doubled} doubled"


def _simulation(told: Any) -> Iterator[str]:
    if told is None:
        return
    yield "## Simulation (S)"
    yield ""
    yield "| job | seeds | messages | faults | kills | longest recovery, simulated s | failed |"
    yield "| --- | --- | --- | --- | --- | --- | --- |"
    for job in told["jobs"]:
        first, last = job["seeds"]
        yield (
            f"| {job['job']} | {first}-{last} | {job['messages']} | {job['faults']} | {job['kills']} "
            f"| {job['longest_recovery_s']:.1f} | {len(job['failed'])} |"
        )
    yield ""
    yield "Bugs that are planted on purpose, and which invariants named them:"
    yield ""
    yield "| planted bug | named by | at seed |"
    yield "| --- | --- | --- |"
    for bug in told["planted"]:
        named = ", ".join(bug["invariants"]) or "NOBODY"
        yield f"| {bug['bug']} | {named} | {bug['seed']} |"
    yield ""


def _engine(results: Results) -> Iterator[str]:
    for name, title in (("engine", "one broker (P)"), ("three", "three brokers (B)")):
        run = results.get(name)
        if run is None:
            continue
        yield f"## The engine on {title}"
        yield ""
        yield f"{run['events']} events in {run['seconds']:.0f} s."
        yield ""
        yield "| fault | trials | lost | doubled | seconds to progress |"
        yield "| --- | --- | --- | --- | --- |"
        for f in run["faults"]:
            took = sorted(f["seconds_to_progress"])
            span = f"{took[0]}" if len(took) == 1 else f"{took[0]}-{took[-1]}"
            yield f"| {f['fault']} | {f['trials']} | {f['lost']} | {f['doubled']} | {span} |"
        yield ""


def _line(run: Any) -> Iterator[str]:
    if run is None:
        return
    yield "## The whole line on one broker (P)"
    yield ""
    fates = ", ".join(
        f"{run[fate]} {fate}" for fate in ("admitted", "duplicate", "quarantined", "waiting")
    )
    yield f"{run['received']} messages of partners in {run['seconds']:.0f} s: {fates}."
    yield ""
    yield "| phase | messages | kills | lost | doubled | seconds |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for p in run["phases"]:
        yield (
            f"| {p['phase']} | {p['messages']} | {p['kills']} | {p['lost']} | {p['doubled']} "
            f"| {p['seconds']} |"
        )
    yield ""
    if latency := run.get("latency"):
        yield (
            f"From a check at the bedside to its alert, milliseconds: p50 {latency['normal_p50_ms']}, p99 "
            f"{latency['normal_p99_ms']}; while another partner says fifty times as much: p50 "
            f"{latency['flood_p50_ms']}, p99 {latency['flood_p99_ms']}."
        )
