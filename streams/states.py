"""How the states of the folds lie in the worker's tables: in which form, and which parts of them entry by entry.

What grows for as long as a course or a thing is spoken of has a row for each entry, so that a word about
one of them is written alone: the events of a course and its alerts; the readings, uses and waiting events of
an identifier; the courses that wait for a partner.
"""

from __future__ import annotations

from typing import Any

import msgspec

from streams import admission, course
from streams.course import Course, Fact
from streams.engine import Codec, Pieces
from streams.identity import thing
from streams.identity.thing import Thing
from streams.messages import Carry, Occupy, Readings, Reliance

_encode = msgspec.msgpack.Encoder().encode


def _read(kind: Any) -> Any:
    return msgspec.msgpack.Decoder(kind).decode


def _of_course(state: Course) -> dict[str, dict[str, Any]]:
    return {"facts": state.facts, "issued": state.issued}


def _course_without(state: Course) -> bytes:
    return _encode(msgspec.structs.replace(state, facts={}, issued={}))


def _of_thing(state: Thing) -> dict[str, dict[str, Any]]:
    parts: dict[str, dict[str, Any]] = {
        "readings": state.readings,
        "legs": state.legs,
        "occupied": state.occupied,
        "waiting": state.waiting,
    }
    if state.partner is not None:
        parts["relying"] = state.partner.relying
    return parts


def _thing_without(state: Thing) -> bytes:
    partner = state.partner
    if partner is not None:
        partner = msgspec.structs.replace(partner, relying={})
    bare = msgspec.structs.replace(
        state, readings={}, legs={}, occupied={}, waiting={}, partner=partner
    )
    return _encode(bare)


ADMITTED = Codec(admission.encode_state, admission.decode_state)

COURSES = Codec(
    _course_without,
    course.decode_state,
    form=1,
    earlier={0: course.decode_state},
    pieces=Pieces(
        _of_course,
        encode={"facts": _encode, "issued": _encode},
        decode={"facts": _read(list[Fact]), "issued": _read(bytes)},
    ),
)

THINGS = Codec(
    _thing_without,
    thing.decode_state,
    form=1,
    earlier={0: thing.decode_state},
    pieces=Pieces(
        _of_thing,
        encode=dict.fromkeys(("readings", "legs", "occupied", "waiting", "relying"), _encode),
        decode={
            "readings": _read(list[Readings]),
            "legs": _read(bytes),
            "occupied": _read(Occupy),
            "waiting": _read(list[Carry]),
            "relying": _read(Reliance),
        },
    ),
)


def _encode_number(number: int) -> bytes:
    return b"%d" % number


DUE = Codec(_encode_number, int)
