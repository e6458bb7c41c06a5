"""Writes an IDoc that came as XML in fixed-width records, as SAP's file port would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from connectors.erp.layouts import CARRIED, CONTROL, Layout

RELEASES = {
    "E1EDK01": "005",
    "E1EDKA1": "003",
    "E1EDP01": "008",
    "E1EDP19": "002",
    "Z1V2VEXT": "000",
}


def flat(file: Path, layouts: Mapping[str, Layout] = CARRIED) -> str:
    """Every IDoc of the file, one record in a line; fields without a layout are left out."""
    lines: list[str] = []
    for idoc in ElementTree.fromstring(file.read_bytes()).iter("IDOC"):
        control = next(child for child in idoc if child.tag.startswith("EDI_DC40"))
        said = {field.tag: field.text or "" for field in control} | {"TABNAM": "EDI_DC40"}
        lines.append("".join(said.get(n, "").ljust(length)[:length] for n, length in CONTROL))
        segments = [child for child in idoc if child is not control]
        lines += _records(segments, 0, 1, said.get("DOCNUM", ""), [0], layouts)
    return "".join(f"{line}\r\n" for line in lines)


def _records(
    segments: list[Element],
    parent: int,
    level: int,
    document: str,
    count: list[int],
    layouts: Mapping[str, Layout],
) -> Iterator[str]:
    for segment in segments:
        count[0] += 1
        number = count[0]
        inner = [child for child in segment if len(child) or "SEGMENT" in child.attrib]
        fields = {c.tag: c.text or "" for c in segment if c not in inner}
        data = [" "] * 1000
        for name, (offset, length) in layouts.get(segment.tag, {}).items():
            data[offset : offset + length] = fields.get(name, "").ljust(length)[:length]
        name = segment.tag.replace("1", "2", 1) + RELEASES.get(segment.tag, "")
        name = name.replace("_-", "/")  # a slash cannot stand in the name of an element
        head = f"{name:<30}100{document.zfill(16)}{number:06}{parent:06}{level:02}"
        yield head + "".join(data)
        yield from _records(inner, number, level + 1, document, count, layouts)
