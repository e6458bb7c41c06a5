"""The doctor: is everything there that a deployment needs, and what to do where it is not."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Annotated
from urllib.request import urlopen

import typer

from compose.places import home_folder
from compose.processes import java
from compose.registry import named_registry
from console import files, settings, showing, topics
from console.trouble import Trouble

Finding = tuple[str, bool, str]
AHEAD_SECONDS = 60


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check Python, Java, broker, topics, registry, clock and folders; exit 1 when something is wrong.

    Example: v2v doctor --json
    """
    found = list(_findings())
    if as_json:
        showing.json_line([{"what": w, "well": ok, "found": text} for w, ok, text in found])
    else:
        for what, well, text in found:
            mark = "[green]well [/green]" if well else "[red]wrong[/red]"
            showing.say(f"{mark}  {what:<10} {showing.plain(' '.join(text.split()))}")
    if not all(well for _, well, _ in found):
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    yield _asked("python", lambda: sys.version.split()[0])
    yield _asked("faust", lambda: version("faust-streaming"))
    yield _asked("java", java)
    yield _asked("folder", _writable)
    yield _asked("partners", lambda: ", ".join(":".join(pair) for pair in settings.partners()))
    broker = _asked("broker", _broker)
    yield broker
    if broker[1]:
        yield _asked("topics", _topics)
        yield _asked("clock", _clock)
    if named_registry():
        yield _asked("registry", _registry)


def _asked(what: str, question: Callable[[], str]) -> Finding:
    try:
        return what, True, question()
    except Exception as trouble:  # noqa: BLE001 - the doctor reports whatever is wrong
        return what, False, str(trouble) or type(trouble).__name__


def _writable() -> str:
    folder = home_folder()
    folder.mkdir(parents=True, exist_ok=True)
    probe = folder / ".doctor"
    probe.write_text("well")
    probe.unlink()
    return str(folder)


def _broker() -> str:
    servers = settings.brokers()
    there = topics.admin(servers, settings.librdkafka()).list_topics(timeout=10)
    return f"{servers}, {len(there.brokers)} broker(s), {len(there.topics)} topic(s)"


def _topics() -> str:
    client = topics.admin(settings.brokers(), settings.librdkafka())
    wrong = topics.check(client, topics.wanted(settings.partners()), settings.plan())
    if wrong:
        raise Trouble(f"{len(wrong)} wrong, first: {wrong[0]}", "run 'v2v topics apply'")
    return "as the catalogue says"


def _clock() -> str:
    """The newest tick tells how late it is for a worker; another machine's clock may go wrong."""
    told = files.newest_tick(settings.brokers(), settings.librdkafka())
    if told is None:
        return "no worker has told the time yet"
    ahead = told.timestamp() - time.time()
    if ahead > AHEAD_SECONDS:
        raise Trouble(
            f"a worker's clock is {ahead:.0f} s ahead of this machine's", "synchronise both"
        )
    return f"the newest tick says {told:%Y-%m-%dT%H:%M:%SZ}, {-ahead:.0f} s ago"


def _registry() -> str:
    address = named_registry()
    with urlopen(f"{address}/subjects", timeout=5) as answer:  # noqa: S310
        return f"{address} answers {answer.status}"
