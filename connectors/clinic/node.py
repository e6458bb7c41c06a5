"""One object of a FHIR document, read with care: the right kind of value, or a refusal that says where.

Pure: values in, values out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from connectors import times, units
from connectors.connector import CannotUnderstand
from schemas.reasons import Reason

Coding = tuple[str, str]
"""The system of a code, and the code."""


def _wrong_kind(path: str, expected: str) -> CannotUnderstand:
    return CannotUnderstand(Reason.STANDARD_VIOLATED, f"{path}: expected {expected}")


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object and the path that leads to it."""

    value: Mapping[str, object]
    path: str

    def has(self, name: str) -> bool:
        """Whether the object states this element."""
        return self.value.get(name) is not None

    def text(self, name: str) -> str | None:
        """A string without blanks around it; None where it is absent or empty."""
        found = self.value.get(name)
        if found is None:
            return None
        if not isinstance(found, str):
            raise _wrong_kind(f"{self.path}.{name}", "a string")
        return found.strip() or None

    def needed(self, name: str) -> str:
        """A string that must be there."""
        found = self.text(name)
        if found is None:
            raise CannotUnderstand(Reason.FIELD_MISSING, f"{self.path}.{name} is missing")
        return found

    def flag(self, name: str) -> bool | None:
        """A boolean."""
        found = self.value.get(name)
        if found is not None and not isinstance(found, bool):
            raise _wrong_kind(f"{self.path}.{name}", "true or false")
        return found

    def number(self, name: str) -> float | None:
        """A decimal number."""
        found = self.value.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise _wrong_kind(f"{self.path}.{name}", "a number")
        return units.number(found, f"{self.path}.{name}")

    def count(self, name: str) -> int | None:
        """A whole number."""
        found = self.value.get(name)
        if found is not None and (isinstance(found, bool) or not isinstance(found, int)):
            raise _wrong_kind(f"{self.path}.{name}", "a whole number")
        return found

    def node(self, name: str) -> Node | None:
        """The object under this name."""
        found = self.value.get(name)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise _wrong_kind(f"{self.path}.{name}", "an object")
        return Node(found, f"{self.path}.{name}")

    def nodes(self, name: str) -> tuple[Node, ...]:
        """The objects of the array under this name, in their order."""
        found = self.value.get(name)
        if found is None:
            return ()
        if not isinstance(found, list):
            raise _wrong_kind(f"{self.path}.{name}", "an array")
        many = []
        for index, one in enumerate(found):
            path = f"{self.path}.{name}[{index}]"
            if not isinstance(one, dict):
                raise _wrong_kind(path, "an object")
            many.append(Node(one, path))
        return tuple(many)

    def each(self, name: str) -> tuple[Node, ...]:
        """The objects under this name, whether the standard gives it one or many."""
        found = self.value.get(name)
        if isinstance(found, dict):
            return (Node(found, f"{self.path}.{name}"),)
        return self.nodes(name)

    def codings(self) -> tuple[Coding, ...]:
        """Every code of this CodeableConcept, with its system."""
        return tuple(
            (coding.text("system") or "", code)
            for coding in self.nodes("coding")
            if (code := coding.text("code")) is not None
        )

    def code(self, name: str) -> str | None:
        """The first code of the CodeableConcept under this name, or its text."""
        for concept in self.each(name):
            for _, code in concept.codings():
                return code
            if (said := concept.text("text")) is not None:
                return said
        return None

    def when(self, name: str, clock: tzinfo) -> times.When | None:
        """The time under this name, exactly as precise as it was stated."""
        said = self.text(name)
        return None if said is None else times.parse_fhir(said, clock, f"{self.path}.{name}")

    def extension(self, url: str) -> Node | None:
        """The extension of this address."""
        for found in self.nodes("extension"):
            if found.text("url") == url:
                return found
        return None
