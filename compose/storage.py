"""Gives the data folder of each new broker the identity of its cluster, as Kafka demands."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import run

from compose.trouble import CannotRun


def prepare(java: Sequence[str], properties: Sequence[Path], identity: Path) -> None:
    """Prepare the brokers that have no data yet; `java` is the command up to the class path."""
    new = [each for each in properties if not (each.parent / "data" / "meta.properties").exists()]
    if not new:
        return
    if not identity.exists():
        identity.write_text(urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("="))
    cluster = f"--cluster-id={identity.read_text()}"

    def one(path: Path) -> None:
        tool = ["-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool", "format", cluster]
        command = [*java, *tool, "-c", str(path)]
        done = run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CannotRun(f"Kafka could not prepare {path.parent}:\n{done.stdout}{done.stderr}")

    with ThreadPoolExecutor(len(new)) as pool:
        list(pool.map(one, new))
