"""Messages to send through a whole connector: as many as wanted, each of its own, in EPCIS 2.0 JSON."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import UUID, uuid5

NAMESPACE = UUID("00000000-0000-0000-0000-00000000beef")


def departure(number: int) -> bytes:
    """The logistics system says that a shipment departed; the checkpoint event follows from it."""
    return json.dumps(
        {
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "ObjectEvent",
            "eventID": f"urn:uuid:{uuid5(NAMESPACE, str(number))}",
            "eventTime": f"2026-03-05T{number // 3600 % 24:02d}:{number // 60 % 60:02d}:{number % 60:02d}Z",
            "eventTimeZoneOffset": "+01:00",
            "action": "OBSERVE",
            "bizStep": "departing",
            "epcList": ["urn:epc:id:sscc:9521141.3000000246"],
            "readPoint": {"id": "geo:48.3538,11.7861"},
        }
    ).encode()


NOT_EPCIS = b'{"hello": "world"}'


def drop(folder: Path, name: str, body: bytes) -> Path:
    """Put a file into a folder as a careful partner does: under another name until it is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    under_way = folder / f".{name}.part"
    under_way.write_bytes(body)
    return under_way.rename(folder / name)
