"""`python -m tests.connectors.field_maps`: writes the page of each system with its field map.

The map is found by asking the translation about the project's own samples, field by field, so it is of
the code that maps and of nothing else; `make docs` writes it, and a test compares it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from connectors import CONNECTORS, load
from connectors.connector import Held, Mapped, Raw
from connectors.field_trace import DECIDES, Trace, trace
from connectors.understand import understand
from schemas.authority import AUTHORITY, Authority
from schemas.envelope import System
from tests.connectors.specimens import HERE, TOKENS, messages, own_samples, partner

FOLDER = HERE.parents[1] / "docs" / "connectors"
WRITTEN = "<!-- written by `make docs` from the code: change the code, not this page -->\n"


def page(system: str) -> str:
    """The text of one system's page."""
    return "".join(_page(system))


def _page(system: str) -> Iterator[str]:
    connector = load(system)
    yield f"{WRITTEN}# {system}\n\nReads {connector.format}.\n\n"
    endings = ", ".join(f"`{suffix}`" for suffix in connector.suffixes) or "any"
    yield f"- endings that its drop folder takes: {endings}\n"
    yield f"- try yours: `v2v connect {system} --check FOLDER --fields --html report.html`\n"
    yield "- ways in and settings: [connecting](../connecting.md)\n"
    yield (
        "- a field that names a person is read to become a token, or to be blanked out of free text; "
        "what it says goes nowhere\n"
    )
    goes_to: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    deciding: set[str] = set()
    carried: set[str] = set()
    said: set[str] = set()
    for traced in traces(system):
        carried |= set(traced.ignored)
        for path, to in traced.goes_to.items():
            for one in to:
                if one == DECIDES:
                    deciding.add(path)
                else:
                    stage, kind, field = one.split(".", 2)
                    goes_to[f"{stage}.{kind}"][field].add(path)
                    said.add(path)
    own = [n for (n, s), r in AUTHORITY.items() if s == System(system) and r is Authority.OWNER]
    for kind in sorted(goes_to):
        yield f"\n## [{kind}](../events/{kind}.md)\n\n| field | from |\n| --- | --- |\n"
        for field, paths in sorted(goes_to[kind].items()):
            yield f"| `{field}` | {_listed(paths)} |\n"
    unsaid = sorted(name for name in set(own) - goes_to.keys() if not name.startswith("platform."))
    yield f"\n## Said by no sample\n\n{_listed(unsaid) or 'Nothing: every type that it owns is said.'}\n"
    yield f"\n## Decides whether and what is said\n\n{_listed(deciding)}\n"
    left = carried - said - deciding
    yield f"\n## Carried by samples and read by nothing\n\n{_listed(left) or 'Nothing.'}\n"


def _listed(paths: set[str] | list[str]) -> str:
    return ", ".join(f"`{path.replace('|', chr(92) + '|')}`" for path in sorted(paths))


def traces(system: str) -> Iterator[Trace]:
    """What becomes of the fields of every own sample that is understood, with its other half beside it."""
    connector, about = load(system), partner(system)
    halves: dict[str, Raw] = {}
    for raw in messages(own_samples(system), HERE / system / "samples"):
        companions: tuple[Raw, ...] = ()
        decisions = understand(connector, raw, about, TOKENS)
        held = next((d for d in decisions if isinstance(d, Held)), None)
        if held is not None:
            if held.key not in halves:
                halves[held.key] = raw
                continue
            companions = (halves[held.key],)
            decisions = understand(connector, raw, about, TOKENS, companions)
        if any(isinstance(decision, Mapped) for decision in decisions):
            found = trace(connector, raw, about, companions)
            if found is not None:
                yield found


def main() -> int:
    """Write every page."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for system in CONNECTORS:
        Path(FOLDER / f"{system}.md").write_text(page(system), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
