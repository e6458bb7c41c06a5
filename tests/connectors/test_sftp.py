"""Partners upload into the drop folder over SFTP, to a real OpenSSH server: nothing half is ever taken."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import pytest

from connectors.connector import Partner
from connectors.doors.drop_folder import DropFolder
from connectors.doors.taking import take
from connectors.outbox import Outbox
from schemas.envelope import System

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
REMEDY = "no OpenSSH here; apt-get install openssh-server openssh-client"
PARTNER = Partner(name="lab", system=System.LIMS)
BODY = os.urandom(1_500_000)

pytestmark = pytest.mark.timeout(120)


@dataclass
class Server:
    """An OpenSSH server that lets one key of ours in."""

    folder: Path
    port: int

    def sftp(self, *commands: str, kilobits: int | None = None) -> subprocess.Popen[bytes]:
        """A partner's client with these commands."""
        slowly = ("-l", str(kilobits)) if kilobits else ()
        batch = self.folder / f"batch-{monotonic()}"
        batch.write_text("\n".join(commands) + "\n")
        return subprocess.Popen(
            [
                *("sftp", "-q", "-b", batch, "-P", str(self.port), "-i", self.folder / "client"),
                *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null"),
                *("-o", "IdentitiesOnly=yes", *slowly, f"{getpass.getuser()}@127.0.0.1"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )


def done(client: subprocess.Popen[bytes]) -> int:
    _, complaint = client.communicate(timeout=60)
    assert client.returncode == 0, complaint
    return client.returncode


def until(well: Callable[[], bool], seconds: float = 30) -> None:
    end = monotonic() + seconds
    while not well():
        assert monotonic() < end


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if SSHD is None or shutil.which("sftp") is None:
        assert "V2V_CI" not in os.environ, REMEDY
        pytest.skip(REMEDY)
    folder = tmp_path / "ssh"
    folder.mkdir()
    for name in ("host", "client"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True
        )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)  # where it separates privileges
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/client.pub\nStrictModes no\nPasswordAuthentication no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin prohibit-password\n"
        "Subsystem sftp internal-sftp\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "config"], stderr=log)

    def listens() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", port)) == 0

    until(listens)
    try:
        yield Server(folder, port)
    finally:
        process.kill()
        process.wait()


@dataclass
class Drop:
    """The drop folder, its outbox, and a file to upload."""

    folder: DropFolder
    outbox: Outbox
    file: Path

    @property
    def path(self) -> Path:
        return self.folder.root / "result.hl7"

    def look(self, now: float) -> list[bytes]:
        """Take what is whole; everything that was ever taken."""
        take(self.folder.ready(now), self.folder, self.outbox, PARTNER, 10_000_000)
        return [stored.raw.body for stored in self.outbox.received(100)]

    def half_there(self) -> bool:
        """Whether some of the file has come, and not all of it."""
        return self.path.exists() and 0 < self.path.stat().st_size < len(BODY)


@pytest.fixture
def drop(tmp_path: Path) -> Iterator[Drop]:
    folder = DropFolder(tmp_path / "in", quiet_seconds=0)
    folder.open()
    outbox = Outbox(tmp_path / "outbox")
    file = tmp_path / "result.hl7"
    file.write_bytes(BODY)
    yield Drop(folder, outbox, file)
    outbox.close()


def test_an_upload_is_taken_whole_although_it_is_looked_at_all_the_time(
    server: Server, drop: Drop
) -> None:
    client = server.sftp(f"put {drop.file} {drop.path}", kilobits=8_000)
    seen_half, now = False, 0.0
    while not drop.look(now := now + 1.0):
        seen_half = seen_half or drop.half_there()
        assert now < 10_000_000
    done(client)
    assert seen_half, "the upload was too quick to be looked at"
    assert drop.look(now + 1.0) == [BODY]


def test_an_upload_that_stalls_for_ever_is_not_taken(server: Server, drop: Drop) -> None:
    client = server.sftp(f"put {drop.file} {drop.path}", kilobits=2_000)
    until(drop.half_there)
    client.send_signal(signal.SIGSTOP)
    for hours in range(100):
        assert drop.look(3_600.0 * hours) == []
    client.send_signal(signal.SIGCONT)
    done(client)
    until(lambda: drop.look(1e9) == [BODY])


def test_an_upload_that_broke_off_is_never_taken_where_files_are_announced(
    server: Server, drop: Drop
) -> None:
    drop.folder.marker_ending = ".done"
    client = server.sftp(f"put {drop.file} {drop.path}", kilobits=2_000)
    until(drop.half_there)
    client.kill()
    client.communicate()
    for hours in range(100):
        assert drop.look(3_600.0 * hours) == []
    empty = drop.file.with_name("empty")
    empty.touch()
    done(server.sftp(f"put {drop.file} {drop.path}", f"put {empty} {drop.path}.done"))
    until(lambda: drop.look(1e9) == [BODY])


def test_an_upload_under_another_name_is_taken_once_it_has_its_own(
    server: Server, drop: Drop
) -> None:
    under_way = drop.path.with_name("result.hl7.part")
    done(server.sftp(f"put {drop.file} {under_way}"))
    assert drop.look(1e6) == []
    done(server.sftp(f"rename {under_way} {drop.path}"))
    until(lambda: drop.look(1e9) == [BODY])
