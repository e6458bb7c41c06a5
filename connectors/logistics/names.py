"""One spelling for a word that EPCIS allows to be bare, shortened by a prefix, a URN or a full URI."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.logistics.vocabulary import FAMILIES

USUAL_PREFIXES: Mapping[str, str] = {
    "cbv": "https://ref.gs1.org/cbv/",
    "gs1": "https://gs1.org/voc/",
    "epcis": "https://ref.gs1.org/epcis/",
}
"""What GS1's own context declares; a document need not declare it again."""

_CBV = ("https://ref.gs1.org/cbv/", "http://ref.gs1.org/cbv/", "https://ns.gs1.org/cbv/")
_CBV_URN = "urn:epcglobal:cbv:"
_GS1_VOCABULARY = ("https://gs1.org/voc/", "https://www.gs1.org/voc/", "http://gs1.org/voc/")


def prefixes(*contexts: object) -> dict[str, str]:
    """The prefixes that the documents' contexts declare; an address of a context is never fetched."""
    declared = dict(USUAL_PREFIXES)
    for context in contexts:
        for part in context if isinstance(context, list) else [context]:
            if isinstance(part, dict):
                declared.update(
                    (key, value)
                    for key, value in part.items()
                    if isinstance(value, str) and not key.startswith("@")
                )
    return declared


def expanded(name: str, declared: Mapping[str, str]) -> str:
    """The full URI of a name shortened by a declared prefix; any other name as it is."""
    prefix, colon, rest = name.partition(":")
    if colon and not rest.startswith("//") and prefix in declared:
        return declared[prefix] + rest
    return name


def word(name: str, family: str, declared: Mapping[str, str]) -> str:
    """The bare word of the vocabulary, or the full URI where it is somebody's own word."""
    full = expanded(name, declared)
    if ":" not in full:
        return full
    for beginning in _CBV:
        stated = full.removeprefix(f"{beginning}{family}-")
        if stated != full:
            return stated if stated in FAMILIES[family] else full
    urn = f"{_CBV_URN}{family.lower()}:"
    if full.startswith(urn):
        return full.removeprefix(urn)
    return full


def measurement(name: str, declared: Mapping[str, str]) -> str:
    """The bare name of what a sensor measured, for example Temperature."""
    full = expanded(name, declared)
    for beginning in _GS1_VOCABULARY:
        if full.startswith(beginning):
            return full.removeprefix(beginning).removeprefix("MeasurementType-")
    return full


def extensions(value: Mapping[str, object], declared: Mapping[str, str]) -> dict[str, object]:
    """The members that are no part of EPCIS, by their full names."""
    return {expanded(key, declared): said for key, said in value.items() if ":" in key}
