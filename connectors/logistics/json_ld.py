"""Reads JSON-LD as ONE Record writes it: one name for each member, whatever prefix or vocabulary it came with.

No context is ever fetched. A name of the cargo vocabulary becomes bare, one of the interface's own
begins with `api:`, and a name of anybody else's keeps its full form.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.connector import CannotUnderstand
from schemas.reasons import Reason

CARGO = "https://onerecord.iata.org/ns/cargo#"
API = "https://onerecord.iata.org/ns/api#"
MOST_PREFIXES = 200
STANDARD = "https://onerecord.iata.org/"

Said = Mapping[str, Any]


def expanded(document: object, inherited: Mapping[str, str] | None = None) -> object:
    """The document with every name and every type in one spelling."""
    declared = inherited or {"cargo": CARGO, "api": API, "@vocab": CARGO}
    if isinstance(document, list):
        return [expanded(one, declared) for one in document]
    if not isinstance(document, dict):
        return document
    for context in _listed(document.get("@context")):
        if isinstance(context, dict):
            more = {k: v for k, v in context.items() if isinstance(v, str)}
            declared = {**declared, **more}
            if len(declared) > MOST_PREFIXES:
                detail = f"@context: more than {MOST_PREFIXES} prefixes"
                raise CannotUnderstand(Reason.STANDARD_VIOLATED, detail)
    found: dict[str, object] = {}
    for name, value in document.items():
        if name == "@context":
            continue
        if name == "@type":
            found[name] = [_name(str(one), declared) for one in _listed(value)]
        elif name == "@id":
            found[name] = _address(str(value), declared)
        elif name.startswith("@"):
            found[name] = expanded(value, declared)
        else:
            found[_name(name, declared)] = expanded(value, declared)
    return found


def types(said: object) -> list[str]:
    """The types of a node; none of a plain value."""
    listed = said.get("@type", []) if isinstance(said, dict) else []
    return [one for one in listed if isinstance(one, str)]


def nodes(value: object, parents: tuple[Said, ...] = ()) -> list[tuple[Said, tuple[Said, ...]]]:
    """Every node of the document with those around it, outer ones first."""
    found: list[tuple[Said, tuple[Said, ...]]] = []
    if isinstance(value, list):
        for one in value:
            found += nodes(one, parents)
    elif isinstance(value, dict) and "@value" not in value:
        found.append((value, parents))
        around = (*parents, value)
        for child in value.values():
            if isinstance(child, dict | list):
                found += nodes(child, around)
    return found


def text(value: object) -> str:
    """What a literal says, with its type around it or without; empty when it is none."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        value = value.get("@value")
    if isinstance(value, bool):
        return str(value).lower()
    return str(value).strip() if isinstance(value, str | int | float) else ""


def each(value: object) -> tuple[Said, ...]:
    """The nodes under a name, whether one stands there or a list; an address alone is a node too."""
    return tuple(
        {"@id": one.strip()} if isinstance(one, str) else one
        for one in _listed(value)
        if isinstance(one, dict | str)
    )


def code(value: object) -> str:
    """A code of a list: the end of its address, or the code within its element, or the bare word."""
    if isinstance(value, dict) and "@id" in value:
        tail = str(value["@id"]).rpartition("#")[2].rpartition("/")[2]
        return tail.removeprefix("StatusCode_").removeprefix("MeasurementUnitCode_")
    if isinstance(value, dict) and "code" in value:
        return text(value["code"])
    return text(value).rpartition("#")[2]


def _name(name: str, declared: Mapping[str, str]) -> str:
    full = _address(name, declared)
    if ":" not in full and not full.startswith("@"):
        full = declared.get("@vocab", CARGO) + full
    if full.startswith(CARGO):
        return full.removeprefix(CARGO)
    return f"api:{full.removeprefix(API)}" if full.startswith(API) else full


def _address(name: str, declared: Mapping[str, str]) -> str:
    stated = name.strip()
    prefix, colon, rest = stated.partition(":")
    if colon and not rest.startswith("//") and prefix in declared:
        return declared[prefix] + rest
    return stated


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
