"""Takes the files that a partner drops into a folder, once each is whole and safe in the outbox.

A file is whole when it carries no name of a file under way, has not changed for a while, and nobody
holds it open for writing (where the system can tell: Linux, on its own disks). An upload that broke off
looks whole to anybody; where partners announce each file by another one, its ending is the marker, and
a file is taken only beside its marker. It is moved to `done/` only after the outbox has it; a crash in between leaves it where it is, and the
outbox knows it again. A file too large to take goes to `refused/` and is told to quarantine by its
digest. Nothing is ever deleted.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from connectors.connector import Raw

UNDER_WAY = (
    ".tmp",
    ".temp",
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".swp",
    ".writing",
    "~",
)
"""Endings that programs give to files they are still writing."""

DONE, REFUSED = "done", "refused"
BATCH_BYTES = 16_000_000
BATCH_FILES = 500

Seen = tuple[int, int, int]
"""Inode, size and time of the last change."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A file that nobody is writing any more."""

    path: Path
    name: str
    size: int
    seen: Seen


@dataclass(slots=True)
class DropFolder:
    """One watched folder, with what it has seen of files that may still grow."""

    root: Path
    quiet_seconds: float = 2.0
    suffixes: tuple[str, ...] = ()
    marker_ending: str = ""
    """What the file that announces another ends with; none when empty."""
    strangers: int = 0
    """Files whose ending this system does not use; they are left alone, and told in health."""
    _quiet_since: dict[Path, tuple[Seen, float]] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """Files that are in the folder and not yet in the outbox."""
        return len(self._quiet_since)

    def open(self) -> None:
        """Make the folder and those that files are moved to."""
        for folder in (self.root, self.root / DONE, self.root / REFUSED):
            folder.mkdir(parents=True, exist_ok=True)

    def ready(self, now: float) -> list[Ready]:
        """The whole files, oldest first; `now` is any clock that only goes forward."""
        seen_before, self._quiet_since = self._quiet_since, {}
        found = []
        self.strangers = 0
        for path, about in self._files():
            if self.marker_ending and path.name.endswith(self.marker_ending):
                continue
            if self.suffixes and not path.name.lower().endswith(self.suffixes):
                self.strangers += 1
                continue
            seen = (about.st_ino, about.st_size, about.st_mtime_ns)
            before, since = seen_before.get(path, (seen, now))
            if before != seen:
                since = now
            self._quiet_since[path] = (seen, since)
            if now - since >= self.quiet_seconds and self._whole(path):
                name = path.relative_to(self.root).as_posix()
                found.append(Ready(path, name, about.st_size, seen))
        return sorted(found, key=lambda file: (file.seen[2], file.name))

    def _whole(self, path: Path) -> bool:
        """Whether the file is announced, where files are, and nobody is writing it."""
        if self.marker_ending and not self._marker(path).exists():
            return False
        return not being_written(path)

    def _marker(self, path: Path) -> Path:
        return path.with_name(path.name + self.marker_ending)

    def read(self, file: Ready) -> Raw | None:
        """The file as a message; None when it has gone or changed meanwhile."""
        try:
            with file.path.open("rb") as opened:
                body = opened.read(file.size + 1)
                about = os.fstat(opened.fileno())
        except FileNotFoundError:
            return None
        if (about.st_ino, about.st_size, about.st_mtime_ns) != file.seen or len(body) != file.size:
            return None
        return Raw(file.name, body)

    def digest(self, file: Ready) -> bytes:
        """The digest of a file of any size, read piece by piece."""
        with file.path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").digest()

    def put_away(self, file: Ready, folder: str = DONE) -> None:
        """Move a file out of the way, beside others of its name."""
        target = self.root / folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        number = 1
        while target.exists():
            number += 1
            target = (self.root / folder / file.name).with_name(
                f"{file.path.stem}.{number}{file.path.suffix}"
            )
        try:
            file.path.rename(target)
        except FileNotFoundError:
            return
        self._quiet_since.pop(file.path, None)
        if self.marker_ending:
            self._put_away_marker(file, target)

    def _put_away_marker(self, file: Ready, target: Path) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._marker(file.path).rename(self._marker(target))

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Regular files below the folder, without hidden ones, links and what was put away."""
        for here, folders, names in os.walk(self.root):
            place = Path(here)
            away = (DONE, REFUSED) if place == self.root else ()
            folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in away)
            for name in names:
                if name.startswith(".") or name.lower().endswith(UNDER_WAY):
                    continue
                try:
                    about = os.lstat(place / name)
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(about.st_mode):
                    yield place / name, about


def being_written(path: Path) -> bool:
    """Whether somebody holds the file open for writing, as far as the system tells.

    A read lease is granted on a file that nobody writes, and refused otherwise; where none can be
    asked for (another's file, a network disk, another system), quiet time and markers have to do.
    """
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False  # it has gone meanwhile, or is closed to us: reading it will tell
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    except OSError as error:
        return error.errno in (errno.EAGAIN, errno.EBUSY)
    finally:
        os.close(handle)
    return False


def batches(files: list[Ready]) -> Iterator[list[Ready]]:
    """The files in their order, in portions that fit into memory."""
    portion: list[Ready] = []
    size = 0
    for file in files:
        if portion and (size + file.size > BATCH_BYTES or len(portion) >= BATCH_FILES):
            yield portion
            portion, size = [], 0
        portion.append(file)
        size += file.size
    if portion:
        yield portion
