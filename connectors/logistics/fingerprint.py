"""Names an event that came without an eventID by its own content, so that reading it twice is once.

The content hash is sha256 over canonical JSON: keys sorted, no blanks, without eventID, recordTime
and errorDeclaration, which say something about the event and are no part of it, and with times in
UTC. It is not the event hash of CBV 2.0 (`ni:///sha-256;...?ver=CBV2.0`): the reference
implementation of that has changed its order of members between versions, so two honest programs
give one event two names; a name of our own cannot be mistaken for theirs. A partner's eventID,
hash or not, is always taken before it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import orjson

from connectors.times import parse_rfc3339

_ABOUT_THE_EVENT = frozenset({"eventID", "recordTime", "errorDeclaration", "@context"})


def native_key(event: Mapping[str, object]) -> str:
    """The partner's own eventID, or else the hash of what the event says."""
    stated = event.get("eventID")
    return stated if isinstance(stated, str) and stated else content_hash(event)


def content_hash(event: Mapping[str, object]) -> str:
    """sha256 of what the event says, however its members are ordered."""
    said = {name: value for name, value in event.items() if name not in _ABOUT_THE_EVENT}
    said["eventTime"] = parse_rfc3339(str(said["eventTime"])).instant.isoformat()
    canonical = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return f"sha256:{hashlib.sha256(canonical).hexdigest()}"
