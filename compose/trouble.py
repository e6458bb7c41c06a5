"""What a person is told when a local service cannot do what was asked."""

from __future__ import annotations

from pathlib import Path


class CannotRun(RuntimeError):
    """One line that says what was found, where, and how to mend it."""


def log_tail(log: Path, lines: int = 12) -> str:
    """The last lines of a log, indented, to stand below the sentence that names it."""
    if not log.exists():
        return f"({log} was never written)"
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in text) or f"({log} is empty)"
