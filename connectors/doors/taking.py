"""Takes whole files from a drop folder into the outbox, and puts each away once it is safe."""

from __future__ import annotations

from connectors.connector import Partner, Raw
from connectors.doors import clock
from connectors.doors.drop_folder import REFUSED, DropFolder, Ready
from connectors.lines import Origin, digest_of, quarantine_line
from connectors.outbox import Outbox
from schemas.reasons import Reason


def take(
    files: list[Ready], folder: DropFolder, outbox: Outbox, partner: Partner, size_limit: int
) -> int:
    """How many of these files are now in the outbox; one write to disk makes all of them safe."""
    whole: list[tuple[Ready, Raw]] = []
    for file in files:
        if file.size > size_limit:
            refuse(file, folder, outbox, partner, size_limit)
        elif raw := folder.read(file):
            whole.append((file, raw))
    if whole:
        outbox.receive([raw for _, raw in whole], clock.now().timestamp())
        for file, _ in whole:
            folder.put_away(file)
    return len(whole)


def refuse(
    file: Ready, folder: DropFolder, outbox: Outbox, partner: Partner, size_limit: int
) -> None:
    """Set a file aside that is too large to take: quarantine is told its digest and its size."""
    digest = folder.digest(file)
    detail = f"the file has {file.size:,} bytes; at most {size_limit:,} are taken"
    line = quarantine_line(Reason.TOO_LARGE, detail, Origin(partner, digest.hex(), file.size))
    outbox.refuse_unread(digest, file.name, file.size, line, clock.now().timestamp())
    folder.put_away(file, REFUSED)


def refuse_body(raw: Raw, outbox: Outbox, partner: Partner, size_limit: int) -> None:
    """Set a fetched message aside that is too large to take; the partner keeps its bytes."""
    digest, size = digest_of(raw.body), len(raw.body)
    detail = f"the message has {size:,} bytes; at most {size_limit:,} are taken"
    line = quarantine_line(Reason.TOO_LARGE, detail, Origin(partner, digest, size))
    outbox.refuse_unread(bytes.fromhex(digest), raw.name, size, line, clock.now().timestamp())
