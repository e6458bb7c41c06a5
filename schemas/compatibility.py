"""Whether a change of a contract breaks those who still speak, or still read, a released one.

FULL_TRANSITIVE: what any release wrote is read by the current contract, and what the current
contract writes is read by every release, so that either side may upgrade first and old topics stay
readable. Own code over the resolution rules of the Avro specification: the checker of the `avro`
package answers yes or no with the bare name of a field, and the person who made the change has to
know what to do. A test asks a real registry the same questions. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.avsc import Released
from schemas.derivation import Schema

PROMOTIONS = {
    ("int", "long"),
    ("int", "float"),
    ("int", "double"),
    ("long", "float"),
    ("long", "double"),
    ("float", "double"),
    ("string", "bytes"),
    ("bytes", "string"),
}
"""What a writer wrote, and what a reader may take it for."""

NAMED = ("record", "enum", "fixed")


@dataclass(frozen=True, slots=True)
class Break:
    """One place where a reader cannot read what a writer writes."""

    path: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}: {self.found}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Incompatible:
    """One break between the current schema of a type and a released one."""

    type_name: str
    version: str
    current_reads: bool
    """True where the current contract cannot read the release; False the other way round."""
    breaks: Break

    def __str__(self) -> str:
        direction = (
            f"the current contract cannot read what {self.version} wrote"
            if self.current_reads
            else f"{self.version} cannot read what the current contract writes"
        )
        return f"{self.type_name}: {direction}: {self.breaks}"


def incompatibilities(
    current: Mapping[str, Schema], released: Iterable[Released]
) -> tuple[Incompatible, ...]:
    """Every break between the current schemas and every released version, in both directions."""
    found: list[Incompatible] = []
    for version, type_name, schema in released:
        now = current.get(type_name)
        if now is None:
            gone = Break(type_name, "the type is gone", "keep it: old topics still hold it")
            found.append(Incompatible(type_name, version, True, gone))
            continue
        found += [Incompatible(type_name, version, True, b) for b in unreadable(now, schema)]
        found += [Incompatible(type_name, version, False, b) for b in unreadable(schema, now)]
    return tuple(found)


def unreadable(reader: Any, writer: Any) -> tuple[Break, ...]:
    """Where a reader of one schema cannot read what was written with another."""
    comparison = _Comparison(_definitions(reader), _definitions(writer))
    where = str(reader["name"]) if isinstance(reader, dict) and "name" in reader else "value"
    return tuple(comparison.breaks(reader, writer, where))


class _Comparison:
    """One reader's schema held against one writer's, with the named types of both."""

    def __init__(self, of_reader: dict[str, Any], of_writer: dict[str, Any]) -> None:
        self.of_reader = of_reader
        self.of_writer = of_writer
        self.compared: set[tuple[str, str]] = set()

    def breaks(self, reader: Any, writer: Any, path: str) -> list[Break]:
        reader, writer = self.of_reader.get(_key(reader), reader), self._written(writer)
        if isinstance(writer, list):
            return [b for branch in writer for b in self.breaks(reader, branch, path)]
        if isinstance(reader, list):
            return self._union(reader, writer, path)
        kinds = _kind(reader), _kind(writer)
        if kinds[0] != kinds[1]:
            if (kinds[1], kinds[0]) not in PROMOTIONS:
                return [_other_kind(*kinds, path)]
            return _logical(reader, writer, path)
        match kinds[0]:
            case "array":
                return self.breaks(reader["items"], writer["items"], f"{path}[]")
            case "map":
                return self.breaks(reader["values"], writer["values"], f"{path}{{}}")
            case "record" | "enum" | "fixed":
                return self._named(reader, writer, path)
            case _:
                return _logical(reader, writer, path)

    def _written(self, writer: Any) -> Any:
        return self.of_writer.get(_key(writer), writer)

    def _union(self, branches: list[Any], writer: Any, path: str) -> list[Break]:
        """A reader's union takes what any of its branches takes."""
        tried = [self._tried(branch, writer, path) for branch in branches]
        if any(not found for found in tried):
            return []
        alike = [
            found
            for branch, found in zip(branches, tried, strict=True)
            if _called(self.of_reader.get(_key(branch), branch)) == _called(writer)
        ]
        if alike:
            return alike[0]
        taken = ", ".join(_called(self.of_reader.get(_key(b), b)) for b in branches)
        what = f"the writer may write {_called(writer)}, the reader takes only {taken}"
        return [Break(path, what, "keep every kind that was ever allowed; allow no new one here")]

    def _tried(self, branch: Any, writer: Any, path: str) -> list[Break]:
        """What stands against a branch; named types met on the way are not held to be compared."""
        before = set(self.compared)
        found = self.breaks(branch, writer, path)
        if found:
            self.compared = before
        return found

    def _named(self, reader: Schema, writer: Schema, path: str) -> list[Break]:
        names = _full_name(reader), _full_name(writer)
        if names in self.compared:
            return []
        self.compared.add(names)
        if names[1].rpartition(".")[2] not in _short_names(reader):
            what = f"the reader expects {names[0]}, the writer writes {names[1]}"
            return [Break(path, what, "keep the name, or give the new one the old one as alias")]
        match reader["type"]:
            case "record":
                return self._record(reader, writer, path)
            case "enum":
                return _enum(reader, writer, path)
            case _:
                return _fixed(reader, writer, path)

    def _record(self, reader: Schema, writer: Schema, path: str) -> list[Break]:
        written = {field["name"]: field for field in writer["fields"]}
        found: list[Break] = []
        for field in reader["fields"]:
            place = f"{path}.{field['name']}"
            names = (field["name"], *field.get("aliases", ()))
            counterpart = next((written[name] for name in names if name in written), None)
            if counterpart is not None:
                found += self.breaks(field["type"], counterpart["type"], place)
            elif "default" not in field:
                what = "the reader needs this field, the writer does not write it"
                found.append(
                    Break(place, what, "give it a default: add and remove only such fields")
                )
        return found


def _enum(reader: Schema, writer: Schema, path: str) -> list[Break]:
    missing = [word for word in writer["symbols"] if word not in reader["symbols"]]
    if not missing or "default" in reader:
        return []
    what = f"the reader does not know {', '.join(missing)} and has no default"
    return [Break(path, what, "give the choice a member UNKNOWN_TO_READER before it is released")]


def _fixed(reader: Schema, writer: Schema, path: str) -> list[Break]:
    if reader["size"] == writer["size"]:
        return []
    what = f"the reader expects {reader['size']} bytes, the writer writes {writer['size']}"
    return [Break(path, what, "keep the size, or add a new field")]


def _logical(reader: Any, writer: Any, path: str) -> list[Break]:
    """The same bytes under another meaning: Avro lets it pass, and a person would be misled."""
    meanings = [s.get("logicalType") if isinstance(s, dict) else None for s in (reader, writer)]
    if meanings[0] == meanings[1]:
        return []
    what = (
        f"the reader takes it as {meanings[0] or 'plain'}, the writer as {meanings[1] or 'plain'}"
    )
    return [Break(path, what, "keep the meaning, or add a new field")]


def _other_kind(reader: str, writer: str, path: str) -> Break:
    return Break(
        path,
        f"the reader expects {reader}, the writer writes {writer}",
        "keep the type, or add a new field",
    )


def _kind(schema: Any) -> str:
    if isinstance(schema, str):
        return schema
    kind = schema["type"]
    return kind if isinstance(kind, str) else _kind(kind)


def _called(schema: Any) -> str:
    """How a person would name it: a named type by its name, anything else by its kind."""
    if isinstance(schema, dict) and schema["type"] in NAMED:
        return _full_name(schema)
    return _kind(schema)


def _key(schema: Any) -> str:
    return schema if isinstance(schema, str) else ""


def _full_name(schema: Schema) -> str:
    name, namespace = str(schema["name"]), schema.get("namespace")
    return name if "." in name or not namespace else f"{namespace}.{name}"


def _short_names(schema: Schema) -> set[str]:
    return {name.rpartition(".")[2] for name in (schema["name"], *schema.get("aliases", ()))}


def _definitions(schema: Any) -> dict[str, Any]:
    """Every named type that a schema defines, by its full name."""
    if isinstance(schema, list):
        return {name: d for branch in schema for name, d in _definitions(branch).items()}
    if not isinstance(schema, dict):
        return {}
    found: dict[str, Any] = {_full_name(schema): schema} if schema["type"] in NAMED else {}
    inner = [field["type"] for field in schema.get("fields", ())]
    inner += [schema[part] for part in ("items", "values") if part in schema]
    if not isinstance(schema["type"], str):
        inner.append(schema["type"])
    return {**found, **_definitions(inner)}
