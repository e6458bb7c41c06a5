"""The address that says how a worker is: `/health` as JSON, `/metrics` for Prometheus.

It has a thread of its own, so that it answers while the worker restores, and when it hangs.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from streams.engine.exits import Refused

STATES = ("starting", "restoring", "running", "stopping")


class HealthAddress:
    """An HTTP address for supervisors and for Prometheus."""

    def __init__(
        self,
        address: str,
        health: Callable[[], dict[str, Any]],
        registries: tuple[CollectorRegistry, ...],
    ) -> None:
        host, port = parse_address(address)
        try:
            self._server = ThreadingHTTPServer((host, port), _handler(health, registries))
        except OSError as trouble:
            raise Refused(
                f"cannot listen on {address}: {trouble.strerror}; choose another `http` address"
            ) from trouble
        self._server.daemon_threads = True
        self.url = f"http://{host}:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, name="engine-http", daemon=True).start()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()


def parse_address(address: str) -> tuple[str, int]:
    """Return host and port of "host:port"."""
    parts = urlsplit(f"//{address}")
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or port is None:
        raise Refused(f"http address {address!r} is not host:port")
    return host, port


def _handler(
    health: Callable[[], dict[str, Any]], registries: tuple[CollectorRegistry, ...]
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            if path == "/metrics":
                text = b"".join(generate_latest(registry) for registry in registries)
                self._answer(200, CONTENT_TYPE_LATEST, text)
            elif path == "/health":
                told = health()
                code = 200 if told["state"] == "running" else 503
                self._answer(code, "application/json", json.dumps(told).encode())
            else:
                self._answer(404, "text/plain", b"/health or /metrics\n")

        def _answer(self, code: int, kind: str, body: bytes) -> None:
            self.send_response(code)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: a probe every few seconds is not news."""

    return Handler
