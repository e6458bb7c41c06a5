"""Secrets in files that their owner alone can read: one a line, so that two are good while one is replaced."""

from __future__ import annotations

from pathlib import Path

SHORTEST = 16
"""Characters of a secret that cannot be tried out."""


class SecretUnusable(ValueError):
    """The secrets of a file cannot be used; the message says how to mend it, and never what they are."""


def read_secrets(path: Path, what: str) -> tuple[bytes, ...]:
    """The secrets of a file; `what` says for people what they are for."""
    try:
        mode = path.stat().st_mode
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        raise SecretUnusable(
            f"there is no {what} at {path}; make one with"
            f" `openssl rand -hex 32 > {path} && chmod 600 {path}`"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SecretUnusable(f"the {what} {path} cannot be read: {type(error).__name__}") from None
    if mode & 0o077:
        raise SecretUnusable(f"others may read the {what} {path}; run `chmod 600 {path}`")
    found = tuple(line.encode() for line in lines if line)
    if not found:
        raise SecretUnusable(f"the {what} {path} is empty; write one secret a line")
    if any(len(secret) < SHORTEST for secret in found):
        raise SecretUnusable(f"the {what} {path} is shorter than {SHORTEST} characters")
    return found
