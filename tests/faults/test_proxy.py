"""The proxy passes everything, nothing, late or torn, as it is told."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.proxy import LOOPBACK, Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """A server that says again what it hears."""
    listening = socket.create_server((LOOPBACK, 0))

    def serve() -> None:
        while True:
            try:
                heard, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(heard,), daemon=True).start()

    def answer(heard: socket.socket) -> None:
        with heard:
            try:
                while data := heard.recv(4_096):
                    heard.sendall(data)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    yield int(listening.getsockname()[1])
    listening.close()


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    with Proxy(echo) as made:
        yield made


@pytest.fixture
def line(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection((LOOPBACK, proxy.port), timeout=5) as made:
        yield made


def asked(line: socket.socket, said: bytes) -> bytes:
    line.sendall(said)
    return line.recv(4_096)


def test_everything_passes(line):
    assert asked(line, b"hello") == b"hello"


def test_nothing_passes_while_it_is_cut_and_nobody_is_told(proxy, line):
    proxy.cut()
    line.settimeout(0.2)
    with pytest.raises(TimeoutError):
        asked(line, b"lost?")
    proxy.heal()
    line.settimeout(5)
    assert line.recv(4_096) == b"lost?"


def test_one_way_is_cut(proxy, line):
    proxy.cut(forth=False)
    line.settimeout(0.2)
    with pytest.raises(TimeoutError):
        asked(line, b"heard but not answered")


def test_what_is_delayed_comes_late(proxy, line):
    proxy.delay(0.2)
    began = time.monotonic()
    assert asked(line, b"late") == b"late"
    assert time.monotonic() - began > 0.2


def test_what_is_slow_takes_its_time(proxy, line):
    proxy.slow(10_000)
    began = time.monotonic()
    assert asked(line, b"x" * 1_000)
    assert time.monotonic() - began > 0.1


def test_a_reset_ends_the_connection_without_a_farewell(proxy, line):
    assert asked(line, b"hello") == b"hello"
    proxy.reset()
    with pytest.raises(ConnectionError):
        line.recv(4_096)
