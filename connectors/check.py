"""Says what would be understood of a file or a folder of messages, without a broker.

For the team that owns a producer: one answer per message, in the same words as the running
connector, because it asks the same translation. Needs no key: patients are hidden altogether.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from connectors import load
from connectors.connector import (
    Connector,
    Decision,
    Held,
    Ignored,
    Mapped,
    Partner,
    Raw,
    Refused,
    Tokens,
)
from connectors.field_trace import Tracing
from connectors.formats import SIZE_LIMIT
from connectors.pseudonyms import Withheld
from connectors.understand import held_key, understand
from schemas.envelope import Event, System
from schemas.reasons import REMEDIES, Reason

Answer = dict[str, object]


def check(
    system: str,
    path: Path,
    partner: Partner | None = None,
    tokens: Tokens | None = None,
    size_limit: int = SIZE_LIMIT,
    fields: bool = False,
) -> Iterator[Answer]:
    """One answer per message under `path`, in the order of the file names.

    Halves of one fact are brought together within the folder; a half that stays alone comes last,
    as ignored for now. With `fields`, the first answer about a message also says which of its fields
    were read and where they went.
    """
    partner = partner or Partner(name="check", system=System(system))
    connector = load(system)
    tracing = Tracing(connector, partner) if fields else None
    messages = _messages(path, size_limit)
    yield from answers(connector, messages, partner, tokens or Withheld(), tracing)


def answers(
    connector: Connector,
    messages: Iterable[Raw | tuple[str, Refused]],
    partner: Partner,
    tokens: Tokens,
    tracing: Tracing | None = None,
) -> Iterator[Answer]:
    """The answers to these messages, halves of one fact brought together."""
    waiting: dict[str, list[Raw]] = {}
    for message in messages:
        if isinstance(message, Raw):
            yield from _answers(connector, message, partner, tokens, waiting, tracing)
        else:
            yield answer(*message)
    for halves in waiting.values():
        for raw in halves:
            others = tuple(half for half in halves if half is not raw)
            for decision in understand(connector, raw, partner, tokens, others):
                yield answer(raw.name, decision)


def _messages(path: Path, size_limit: int) -> Iterator[Raw | tuple[str, Refused]]:
    """The files as messages; those too large to read are refused by their size alone."""
    for file in files_under(path):
        name = file.name if path.is_file() else file.relative_to(path).as_posix()
        size = file.stat().st_size
        if size > size_limit:
            detail = f"the file has {size:,} bytes; at most {size_limit:,} are read"
            yield name, Refused(Reason.TOO_LARGE, detail)
        else:
            yield Raw(name, file.read_bytes())


def files_under(path: Path) -> tuple[Path, ...]:
    """The file itself, or every file of the folder in the order of their names; no hidden ones."""
    if path.is_file():
        return (path,)
    if not path.is_dir():
        raise FileNotFoundError(f"there is no file or folder {path}")
    return tuple(
        file
        for file in sorted(path.rglob("*"))
        if file.is_file() and not any(part.startswith(".") for part in file.relative_to(path).parts)
    )


def _answers(
    connector: Connector,
    raw: Raw,
    partner: Partner,
    tokens: Tokens,
    waiting: dict[str, list[Raw]],
    tracing: Tracing | None,
) -> Iterator[Answer]:
    companions: tuple[Raw, ...] = ()
    decisions = understand(connector, raw, partner, tokens)
    key = held_key(decisions)
    if key is not None and key in waiting:
        companions = tuple(waiting[key])
        together = understand(connector, raw, partner, tokens, companions)
        if held_key(together) is None:
            del waiting[key]
            for half in companions:
                yield answer(half.name, Mapped(()), f"told together with {raw.name}")
            decisions, key = together, None
        else:
            companions = ()
    if key is not None:
        waiting.setdefault(key, []).append(raw)
        return
    traced = None if tracing is None else tracing.of(raw, decisions, companions)
    for place, decision in enumerate(decisions):
        told = answer(raw.name, decision)
        if traced is not None and place == 0:
            told["fields"] = {
                "read": traced.goes_to,
                "ignored": traced.ignored,
                "unknown": traced.unknown,
            }
        yield told


def answer(file: str, decision: Decision, reason: str | None = None) -> Answer:
    """One decision in the words of the command line."""
    match decision:
        case Mapped(events):
            facts = [event_answer(event) for event in events]
            return {"file": file, "decision": "mapped", "reason": reason, "events": facts}
        case Ignored(why):
            return {"file": file, "decision": "ignored", "reason": why, "events": []}
        case Held(_, missing):
            waits = f"waits for its {missing}"
            return {"file": file, "decision": "ignored", "reason": waits, "events": []}
        case Refused(code, detail):
            return {
                "file": file,
                "decision": "refused",
                "reason": code.value,
                "detail": detail,
                "remedy": REMEDIES[code],
                "events": [],
            }


def event_answer(event: Event) -> dict[str, object]:
    """An event with its type and only the fields that say something."""
    return {"type": event.type_name(), **event.model_dump(mode="json", exclude_defaults=True)}
