"""`python -m tests.connectors.robustness`: what the connectors say of bent messages, very many of each format.

python -m tests.connectors.robustness                        100,000 of every format, on all cores
python -m tests.connectors.robustness --mutations 1000       fewer
python -m tests.connectors.robustness --only "lims: ASM" --show 4711    one of them, as bytes
python -m tests.connectors.robustness --json                 one JSON line for each format

A message is bent in its bytes, its structure or its encoding, made giant or deep, or given entities
that grow (tests/connectors/mutations.py). Each must be mapped, ignored or refused with a reason: a failure
of ours, one that takes longer than ten seconds of the processor, and memory above the bound are told by
the number of the message, which `--show` makes again.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random

from connectors import load
from connectors.check import answer
from connectors.connector import Raw
from connectors.understand import understand
from schemas.reasons import Reason
from tests.connectors.format_samples import FORMATS, Format, samples
from tests.connectors.mutations import mutant
from tests.connectors.specimens import TOKENS, partner

MUTATIONS = 100_000
CHUNK = 2_500
PATIENCE_S = 10
MEMORY_MB = 600
"""What the process that reads may hold; it begins with about 100."""


class Hangs(BaseException):
    """A message keeps the processor busy for too long."""


@dataclass
class Tally:
    """What came of the bent messages of one format."""

    tried: int = 0
    said: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[int, str]] = field(default_factory=list)
    """(number, what went wrong) of each message that broke something."""
    peak_mb: int = 0
    seconds: float = 0.0

    def add(self, other: Tally) -> None:
        """Take the figures of another part in."""
        self.tried += other.tried
        self.said += other.said
        self.failed += other.failed
        self.peak_mb = max(self.peak_mb, other.peak_mb)
        self.seconds += other.seconds

    @property
    def good(self) -> bool:
        """Whether nothing broke, and memory stayed within its bound."""
        return not self.failed and self.peak_mb <= MEMORY_MB


def bent(form: Format, seed: int, number: int) -> bytes:
    """One bent message, the same at each call."""
    chance = Random(f"{seed}/{form.title}/{number}")
    return mutant(chance.choice(samples(form)).body, chance)


def try_out(form: Format, seed: int, numbers: range) -> Tally:
    """Read some bent messages of a format, one after the other."""
    signal.signal(signal.SIGPROF, _stop)
    tally, began = Tally(), time.process_time()
    connector, sender = load(form.system), partner(form.system)
    for number in numbers:
        raw = Raw(f"mutated {number}", bent(form, seed, number))
        signal.setitimer(signal.ITIMER_PROF, PATIENCE_S)
        try:
            for decision in understand(connector, raw, sender, TOKENS):
                told = answer(raw.name, decision)
                said = str(told["reason"] if told["decision"] == "refused" else told["decision"])
                tally.said[said] += 1
                if said == Reason.HANDLER_FAILED:
                    tally.failed.append((number, json.dumps(told)[:300]))
        except Hangs:
            tally.failed.append((number, f"took more than {PATIENCE_S} s of the processor"))
        except Exception as crash:  # noqa: BLE001 - whatever it is, it is what we look for
            tally.failed.append((number, f"{type(crash).__name__}: {crash}"[:300]))
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        tally.tried += 1
    tally.peak_mb = _peak_mb()
    tally.seconds = time.process_time() - began
    return tally


def _peak_mb() -> int:
    """The most that this process has held; not what its parent did, which `getrusage` counts in."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024


def _stop(*_: object) -> None:
    raise Hangs


def tried(
    forms: Sequence[Format], mutations: int, seed: int, jobs: int
) -> Iterator[tuple[Format, Tally]]:
    """What came of each format, one format after the other; a process for each, so that memory is its own."""
    for form in forms:
        whole = Tally()
        starts = range(0, mutations, CHUNK)
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
            parts = [
                pool.submit(try_out, form, seed, range(start, min(start + CHUNK, mutations)))
                for start in starts
            ]
            for part in as_completed(parts):
                whole.add(part.result())
                print(f"\r{form.title}: {whole.tried} tried   ", end="", file=sys.stderr)
        print(file=sys.stderr)
        yield form, whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the answer is its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.connectors.robustness", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--mutations", type=int, default=MUTATIONS, help="of each format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", choices=[form.title for form in FORMATS])
    parser.add_argument("--show", type=int, metavar="NUMBER", help="print that one, and read none")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--json", action="store_true", help="a JSON line for each format")
    asked = parser.parse_args(arguments)
    forms = [form for form in FORMATS if not asked.only or form.title in asked.only]
    if asked.show is not None:
        for form in forms:
            sys.stdout.buffer.write(bent(form, asked.seed, asked.show))
        return 0
    good = True
    for form, tally in tried(forms, asked.mutations, asked.seed, asked.jobs):
        _tell(form, tally, as_json=asked.json)
        good = good and tally.good
    return 0 if good else 1


def _tell(form: Format, tally: Tally, *, as_json: bool) -> None:
    if as_json:
        said = dict(tally.said.most_common())
        figures = {"tried": tally.tried, "said": said, "failed": tally.failed}
        more = {"peak_mb": tally.peak_mb, "processor_s": round(tally.seconds, 1)}
        print(json.dumps({"format": form.title, **figures, **more}), flush=True)
        return
    said_most = ", ".join(f"{name} {count}" for name, count in tally.said.most_common(4))
    print(
        f"{form.title:28} {tally.tried:7} tried, {len(tally.failed)} broke something, "
        f"{tally.peak_mb} MB at most, {tally.seconds:.0f} s; {said_most}",
        flush=True,
    )
    for number, what in tally.failed[:5]:
        print(f"  {number}: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
