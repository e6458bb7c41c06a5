"""Free ports on this machine, found by binding them.

They are taken from below the range that the system hands to outgoing connections: a client that
keeps knocking on a stopped broker's port could otherwise be given that very port for itself, and
the broker would not get it back.
"""

from __future__ import annotations

import secrets
import socket
from contextlib import suppress

LOOPBACK = "127.0.0.1"
LOWEST, HIGHEST = 20_000, 32_000


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            probe.bind((LOOPBACK, port))
            return True
    return False


def free_ports(count: int) -> list[int]:
    """So many different ports on which nothing listens now."""
    found: list[int] = []
    span = HIGHEST - LOWEST
    start = secrets.randbelow(span)
    for step in range(span):
        port = LOWEST + (start + step) % span
        if is_free(port):
            found.append(port)
            if len(found) == count:
                return found
    raise OSError(f"fewer than {count} free ports between {LOWEST} and {HIGHEST}")


def answers(port: int) -> bool:
    """Whether somebody takes connections on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0
