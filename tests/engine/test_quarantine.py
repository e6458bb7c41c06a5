"""A message that failed too often goes on as it was, with the reason."""

from __future__ import annotations

from typing import Any

from streams.engine.quarantine import to_topic


class Failed:
    """The message that failed."""

    def headers(self) -> Any:
        return [("ce_id", b"1")]

    def key(self) -> bytes:
        return b"k"

    def value(self) -> bytes:
        return b"v"

    def topic(self) -> str:
        return "in"

    def partition(self) -> int:
        return 2

    def offset(self) -> int:
        return 70


def test_key_value_and_headers_stay_and_the_reason_is_added():
    sent: list[tuple[Any, ...]] = []
    message: Any = Failed()
    to_topic("set-aside", lambda *args: sent.append(args))(message, "failed 3 times: no")
    assert sent == [
        (
            "set-aside",
            b"k",
            b"v",
            [
                ("ce_id", b"1"),
                ("engine_reason", b"failed 3 times: no"),
                ("engine_topic", b"in"),
                ("engine_partition", b"2"),
                ("engine_offset", b"70"),
            ],
        )
    ]
