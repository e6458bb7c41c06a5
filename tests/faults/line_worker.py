"""`v2v worker` as the harness starts it: the same verb, with a bug planted when it is told to.

A planted bug must be found; that is what the harness is worth.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console import v2v
from schemas import topics
from streams import line, supervise
from tests.faults.engine_job import plant_offsets_outside
from tests.faults.line_release import hear

ONE_IN = 97


def plant_drop() -> None:
    """Lose one partner event in so many, without a word."""
    inbound = line.Line._inbound

    def lossy(self: line.Line, topic: str, message: Any) -> list[Any]:
        if topic != topics.RELEASED and sum(message.key or b"") % ONE_IN == 0:
            return []
        return inbound(self, topic, message)

    line.Line._inbound = lossy  # type: ignore[method-assign]


def plant_clock() -> None:
    """Let the moment at which an alert is noticed into what it says."""
    room: Any = supervise
    alert_of = room.alert_of

    def noticed(*said: Any) -> Any:
        return alert_of(*said).model_copy(update={"raised_at": datetime.now(UTC)})

    room.alert_of = noticed


def plant_raise() -> None:
    """Fail on every event whose site says so."""
    inbound = line.Line._inbound

    def failing(self: line.Line, topic: str, message: Any) -> list[Any]:
        if b"A-SITE-THAT-FAILS" in (message.value or b""):
            raise RuntimeError("this event can never be taken")
        return inbound(self, topic, message)

    line.Line._inbound = failing  # type: ignore[method-assign]


PLANTS: Mapping[str, Callable[[], None]] = {
    "drop": plant_drop,
    "clock": plant_clock,
    "raise": plant_raise,
    "offsets-outside": lambda: plant_offsets_outside(0.02),
}


def main() -> None:
    """Start one worker."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worker", required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--http", default="0")
    parser.add_argument("--plant", choices=PLANTS)
    parser.add_argument("--told", type=Path, help="a schema of the next release")
    args = parser.parse_args()
    if args.plant:
        PLANTS[args.plant]()
    if args.told:
        hear(args.told)
    os.environ["V2V_WORKER_HTTP"] = f"127.0.0.1:{args.http}"
    v2v.main(["worker", "--name", args.worker, "--folder", args.data])


if __name__ == "__main__":
    main()
