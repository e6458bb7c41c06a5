"""The states of a replay as a worker finds them that has nothing but its tables."""

from __future__ import annotations

from typing import Any

from streams import states
from streams.engine import Codec
from streams.engine.pieces import Kept
from streams.replay import Replay


def stored(codec: Codec, state: Any) -> Any:
    """A state once it has been written to its table and read from it again."""
    value = codec.read(codec.write(state))
    if codec.pieces is not None:
        _, rows = codec.pieces.changes(b"key", state, Kept())
        codec.pieces.put_back(value, ((row, raw or b"") for row, raw in sorted(rows)))
    return value


def store_all(replay: Replay, new: Replay) -> None:
    """Fill a new replay with the states of another, each through its table."""
    for key, admitted in replay.admitted.items():
        new.admitted[key] = stored(states.ADMITTED, admitted)
    for key, known in replay.things.items():
        new.things[key] = stored(states.THINGS, known)
    for key, held in replay.courses.items():
        new.courses[key] = stored(states.COURSES, held)
    for key, at in replay.due.items():
        new.due[key] = stored(states.DUE, at)
