"""`python -m console.documents`: writes `docs/` and the parts of the README that follow from the catalogues.

python -m console.documents          rewrite them
python -m console.documents --check  exit 1 naming every part that differs
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from console import catalogues
from console.catalogues import Rows
from console.pages import pages

README = Path(__file__).parents[1] / "README.md"

PART = re.compile(
    r"(?P<begin><!-- generated: (?P<name>[a-z-]+) -->\n)(?P<body>.*?)(?P<end><!-- end -->)",
    re.DOTALL,
)


class PartsUnusable(ValueError):
    """The README has other generated parts than there are; the message names them."""


def parts() -> dict[str, str]:
    """Every generated part of the README, by name."""
    return {
        "verbs": _table(_renamed(catalogues.verbs(), "verb", "does")),
        "exceptions": _table(_hazards(catalogues.exceptions())),
        "topics": _table(
            {
                "topic": row["topic"],
                "key": row["key"],
                "carries": row["carries"],
                "kept": "the last of each key" if row["compacted"] else row["kept"],
            }
            for row in catalogues.topic_forms()
        ),
        "connectors": _table(catalogues.connectors()),
        "settings": _table(_renamed(catalogues.settings(), "setting", "default", "meaning")),
        "reasons": _table(
            {"reason": row["reason"], "what to do": row["remedy"]} for row in catalogues.reasons()
        ),
    }


def written(text: str, current: Mapping[str, str]) -> str:
    """The text with every generated part as it is now."""
    found = [match["name"] for match in PART.finditer(text)]
    wrong = set(found) ^ set(current)
    if wrong or len(found) != len(set(found)):
        named = ", ".join(sorted(wrong)) or "one of them twice"
        raise PartsUnusable(f"the generated parts do not match the catalogues: {named}")
    return PART.sub(lambda m: f"{m['begin']}{current[m['name']]}{m['end']}", text)


def differing(text: str, current: Mapping[str, str]) -> list[str]:
    """The names of the generated parts that are not as they should be now."""
    written(text, current)
    return [m["name"] for m in PART.finditer(text) if m["body"] != current[m["name"]]]


def main(arguments: Sequence[str] | None = None, readme: Path = README) -> int:
    """Run the command; the answer is its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m console.documents",
        description="Write docs/ and the parts of the README that follow from the catalogues.",
    )
    parser.add_argument("--check", action="store_true", help="only say which parts differ")
    asked = parser.parse_args(arguments)
    folder = readme.parent / "docs"
    try:
        text, current = readme.read_text(encoding="utf-8"), parts()
        different, old = differing(text, current), stale(folder)
    except (OSError, PartsUnusable) as wrong:
        print(f"{readme.name}: {wrong}", file=sys.stderr)
        return 1
    if asked.check:
        for name in different:
            print(f"{readme.name}: the part {name!r} differs from its catalogue", file=sys.stderr)
        for name in old:
            print(f"{folder.name}/{name}: differs from its catalogue", file=sys.stderr)
        if different or old:
            print("run `python -m console.documents` and commit what it writes", file=sys.stderr)
        return 1 if different or old else 0
    readme.write_text(written(text, current), encoding="utf-8")
    for name in old:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(pages()[name], encoding="utf-8")
    print(f"{readme.name}: {len(different)} of {len(current)} parts written anew")
    print(f"{folder.name}/: {len(old)} of {len(pages())} pages written anew")
    return 0


def _hazards(rows: Rows) -> Rows:
    """A line for each hazard: how many of its codes are looked for, and which."""
    by_hazard: dict[object, Rows] = {}
    for row in rows:
        by_hazard.setdefault(row["hazard"], []).append(row)
    return [
        {
            "hazard": hazard,
            "looked for": f"{sum(bool(row['detected']) for row in found)} of {len(found)}",
            "codes": ", ".join(str(row["code"]) for row in found if row["detected"]) or "none yet",
        }
        for hazard, found in by_hazard.items()
    ]


def stale(folder: Path) -> list[str]:
    """The pages of `docs/` that are not as the code says."""
    return [
        name
        for name, text in pages().items()
        if not (page := folder / name).exists() or page.read_text(encoding="utf-8") != text
    ]


def _renamed(rows: Rows, code: str, *others: str) -> Rows:
    return [{code: f"`{row[code]}`", **{name: row[name] for name in others}} for row in rows]


def _table(rows: Iterable[Mapping[str, object]]) -> str:
    found = list(rows)
    names = list(found[0])
    lines = [names, ["---"] * len(names), *([_cell(row[name]) for name in names] for row in found)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _cell(value: object) -> str:
    """Text that cannot end its cell; angle brackets are not taken for markup."""
    text = str("" if value is None else value).replace("|", r"\|").replace("\n", " ")
    return text if "`" in text else text.replace("<", "&lt;")


if __name__ == "__main__":
    sys.exit(main())
