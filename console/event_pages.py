"""A page for each event type: what it says, who may say it, its fields with their units, an example. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

import orjson

from console import catalogues
from schemas.authority import AUTHORITY
from schemas.catalogue import EVENTS
from schemas.envelope import Event
from schemas.examples import example_line
from schemas.shape import (
    NOTHING,
    ByName,
    Choice,
    Many,
    OneOf,
    Part,
    Plain,
    Record,
    Shape,
    parts,
    symbols,
    unknown_member,
)

RIGHTS = {
    "owner": "system of record",
    "may_correct": "may correct it, naming the event and the reason",
    "may_report": "may report it; never changes a state by itself",
}


def event_pages() -> dict[str, str]:
    """The text of each page, by file name."""
    return {f"events/{kind.type_name()}.md": "".join(_page(kind)) for kind in EVENTS}


def _page(kind: type[Event]) -> Iterator[str]:
    name = kind.type_name()
    yield f"# {name}\n\n{catalogues.sentence(kind.__doc__)}\n\n"
    yield f"Schema: [v2v.{name}](../../schemas/avsc/{name}.avsc); all types: [events](../events.md).\n\n"
    yield "| who | may |\n| --- | --- |\n"
    rights = [(s.value, right.value) for (said, s), right in AUTHORITY.items() if said == name]
    yield from (f"| {system} | {RIGHTS[right]} |\n" for system, right in sorted(rights))
    for source, targets in kind.links:
        yield f"\nFrom its system of record it links {source} to {' or '.join(targets)}.\n"
    own = [part for part in parts(kind) if part.name not in Event.model_fields]
    if own:
        yield "\n## What it adds to the envelope\n\n"
        yield from _fields(own)
    for contract in dict.fromkeys(c for part in own for c in _inside(part.shape)):
        yield f"\n### {contract.__name__}\n\n{catalogues.sentence(contract.__doc__)}\n\n"
        yield from _fields(parts(contract))
    yield "\n## The envelope\n\n"
    yield from _fields([part for part in parts(kind) if part.name in Event.model_fields])
    yield (
        f"\n## Example\n\n`v2v event new {name} --all` writes it, `v2v event validate FILE` judges it, and "
        "`v2v event send FILE` sends it. An `id` that is no UUID is the partner's own key of the record.\n\n"
        "```json\n"
    )
    yield orjson.dumps(example_line(kind), option=orjson.OPT_INDENT_2).decode()
    yield "\n```\n"


def _fields(found: list[Part] | tuple[Part, ...]) -> Iterator[str]:
    yield "| field | kind | needed | says |\n| --- | --- | --- | --- |\n"
    for part in found:
        needed = "yes" if part.required else f"no; {_default(part.default)}"
        said = (part.doc or "").replace("|", r"\|")
        yield f"| `{part.name}` | {kind_of(part.shape)} | {needed} | {said} |\n"


def _default(value: object) -> str:
    if value is None or value == ():
        return "left open"
    if isinstance(value, Enum):
        return f"`{value.value}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _inside(shape: Shape) -> Iterator[type]:
    match shape:
        case Record(contract):
            yield contract
        case Many(item) | ByName(item):
            yield from _inside(item)
        case OneOf(branches):
            for branch in branches:
                yield from _inside(branch)
        case Plain() | Choice():
            return


def kind_of(shape: Shape, *, unknown: bool = False) -> str:
    """A kind of value in words; the word by which readers name what they do not know only where asked for."""
    match shape:
        case Plain(kind):
            return kind
        case Choice(enum):
            spoken = [
                word
                for one, word in symbols(enum).items()
                if unknown or one is not unknown_member(enum)
            ]
            return f"one of {', '.join(spoken)}"
        case Record(contract):
            return contract.__name__
        case Many(item):
            return f"any number of {kind_of(item, unknown=unknown)}"
        case ByName(item):
            return f"{kind_of(item, unknown=unknown)} by name"
        case OneOf(branches):
            something = (branch for branch in branches if branch != NOTHING)
            return " or ".join(kind_of(branch, unknown=unknown) for branch in something)
