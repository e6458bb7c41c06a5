"""The schema ids that an inbound file names, so that a replay of it needs no registry. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from schemas.wire_schemas import PREFIX, Writer, current_writer


class OneId:
    """The id under which one message was framed; it frames the same message again."""

    def __init__(self, schema_id: int) -> None:
        self._schema_id = schema_id

    def writer(self, schema_id: int) -> Writer | None:
        """No schema: this one only writes."""
        return None

    def id_of(self, type_name: str) -> int:
        """The same id for the one message, whatever its type."""
        return self._schema_id


class IdsOfLines:
    """A registry's ids as a file shows them."""

    def __init__(self, type_names: dict[int, str]) -> None:
        self._ids = {type_names[schema_id]: schema_id for schema_id in sorted(type_names)}
        self._writers = {i: current_writer(name) for i, name in type_names.items()}

    def writer(self, schema_id: int) -> Writer | None:
        """The schema of an id that the file names; None for any other."""
        return self._writers.get(schema_id)

    def id_of(self, type_name: str) -> int:
        """The greatest id that the file names for this type."""
        return self._ids[type_name]


def ids_of(lines: Iterable[dict[str, Any]]) -> IdsOfLines:
    """The ids in these lines; each of them stood for the current schema of its type."""
    return IdsOfLines(
        {
            line["v2vschemaid"]: str(line["type"]).removeprefix(PREFIX)
            for line in lines
            if "v2vschemaid" in line
        }
    )
