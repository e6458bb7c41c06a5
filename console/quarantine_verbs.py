"""Verbs for quarantine: what was set aside and why, and letting a message count after all."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated

import typer

from console import files, settings, showing
from console.trouble import Trouble
from schemas import topics
from schemas.control import QuarantinedMessage
from schemas.json_form import as_json as json_of
from schemas.reasons import Reason
from schemas.wire import WireMessage, decode_contract

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]

RELEASABLE = frozenset(
    {Reason.WRONG_OWNER, Reason.WRONG_TOPIC, Reason.WRONG_KEY, Reason.SAME_ID_OTHER_CONTENT}
)
"""What a person can let count as it is; anything else has to be mended and sent again."""


SHOWN = 400
"""Bytes of a value that are shown to people; --json has them all."""


def attach(app: typer.Typer) -> None:
    """Add the verbs to the command."""
    app.add_typer(quarantine, name="quarantine")


quarantine = typer.Typer(no_args_is_help=True, help="Messages set aside, with the reason.")


def standing() -> dict[str, QuarantinedMessage]:
    """Every message that stands in quarantine, by id."""
    with showing.progress("reading quarantine") as heard:
        latest = files.read_latest(
            settings.brokers(), [topics.QUARANTINE], settings.librdkafka(), heard
        )
    found = {
        k: decode_contract(QuarantinedMessage, v) for k, v in latest[topics.QUARANTINE].items()
    }
    return {key: entry for key, entry in sorted(found.items()) if not entry.cleared}


@quarantine.command("ls")
def quarantine_ls(
    reason: Annotated[str | None, typer.Option(help="Only this reason.")] = None,
    as_json: Json = False,
) -> None:
    """List what stands in quarantine, and how many of each reason.

    Example: v2v quarantine ls --reason wrong_owner
    """
    found = [e for e in standing().values() if reason is None or e.reason == reason]
    if as_json:
        for entry in found:
            showing.json_line(json_of(entry))
        return
    showing.table(
        ("id", "reason", "from", "detail"),
        (
            [str(e.quarantine_id)[:8], e.reason, f"{e.system or '-'} {e.partner or '-'}", e.detail]
            for e in found
        ),
        "Nothing stands in quarantine.",
    )
    for name, count in sorted(Counter(e.reason for e in found).items()):
        showing.say(showing.plain(f"{name}: {count}"))


@quarantine.command("show")
def quarantine_show(
    quarantine_id: Annotated[str, typer.Argument(help="The id, or its first characters.")],
    as_json: Json = False,
) -> None:
    """Show one message that was set aside: its bytes, its headers, the reason and the remedy.

    Example: v2v quarantine show 1f0c2a77
    """
    entry = _one(quarantine_id)
    if as_json:
        showing.json_line(json_of(entry))
        return
    say, plain = showing.say, showing.plain
    say(f"[bold]{plain(entry.reason)}[/bold] {plain(f'at {entry.stage}: {entry.detail}')}")
    say(plain(f"what to do: {entry.remedy}"))
    say(plain(f"topic {entry.topic}, key {entry.key!r}"))
    for header in entry.headers:
        say(plain(f"  {header.name}: {header.value!r}"))
    size = 0 if entry.value is None else len(entry.value)
    say(f"value: {size} byte(s)")
    if entry.value:
        say(plain(f"  {entry.value[:SHOWN]!r}{' ...' if size > SHOWN else ''}"))


def _one(quarantine_id: str) -> QuarantinedMessage:
    found = [e for key, e in standing().items() if key.startswith(quarantine_id)]
    if len(found) != 1:
        raise Trouble(
            f"{len(found)} entries begin with {quarantine_id!r}",
            "list them with 'v2v quarantine ls'",
        )
    return found[0]


@quarantine.command("release")
def quarantine_release(
    quarantine_id: Annotated[str, typer.Argument(help="The id, or its first characters.")],
    actor: Annotated[str, typer.Option("--actor", help="Your staff code, never a name.")],
    reason: Annotated[str, typer.Option("--reason", help="Why it may count; needed.")],
) -> None:
    """Let a message count after all, with your reason; it goes through the pipeline again.

    Example: v2v quarantine release 1f0c2a77 --actor STAFF-17 --reason "owner confirmed by phone"
    """
    entry = _one(quarantine_id)
    if not reason.strip():
        raise Trouble("found an empty reason", "say why the message may count")
    if entry.reason not in RELEASABLE or entry.event_id is None:
        raise Trouble(f"{entry.reason} cannot be released as it is", entry.remedy)
    message = released(entry, actor, reason, datetime.now(UTC))
    files.publish(
        settings.brokers(),
        [(topics.RELEASED, message)],
        settings.librdkafka(),
    )
    showing.say(f"{entry.event_id} is on {topics.RELEASED}")


def released(
    entry: QuarantinedMessage, actor: str, reason: str, released_at: datetime
) -> WireMessage:
    """The message as it goes through the pipeline again, with who let it and why."""
    micros = int(released_at.timestamp() * 1_000_000)
    headers = (
        *((header.name, header.value) for header in entry.headers),
        ("v2v_topic", entry.topic.encode()),
        ("v2v_released_at", str(micros).encode()),
        ("v2v_released_by", actor.encode()),
        ("v2v_release_reason", reason.encode()),
        ("v2v_quarantine_id", str(entry.quarantine_id).encode()),
        ("v2v_reason", entry.reason.encode()),
    )
    return WireMessage(str(entry.event_id).encode(), entry.value, headers)
