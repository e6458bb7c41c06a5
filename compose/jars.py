"""Java archives by a committed list: each is fetched once and checked before every start.

The lists (`kafka.lock.toml`, `registry.lock.toml`) are written by `python -m compose.jars`, which
resolves the coordinates below with jgo. A start resolves nothing: it takes what the list names, or
stops. `slf4j-simple` stands beside Kafka because jgo's answer then equals Maven's own; with other
logging bindings it has put an old client library beside a new broker.
"""

from __future__ import annotations

import fcntl
import hashlib
import sys
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests
import tomli_w
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import Artifact, MavenContext, PythonResolver
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

from compose.places import cache_folder
from compose.trouble import CannotRun

KAFKA_VERSION = "4.4.0"
REGISTRY_VERSION = "3.3.3"
KAFKA_LOCK = Path(__file__).with_name("kafka.lock.toml")
REGISTRY_LOCK = Path(__file__).with_name("registry.lock.toml")
KAFKA = (("org.apache.kafka", "kafka_2.13", KAFKA_VERSION), ("org.slf4j", "slf4j-simple", "1.7.36"))
REGISTRY = ("io.apicurio", "apicurio-registry-app", REGISTRY_VERSION)

Arrivals = Callable[[str, int], AbstractContextManager[Callable[[int], None], bool | None]]


@dataclass(frozen=True)
class Locked:
    """One archive: its coordinate, its size and the checksum it must have."""

    group: str
    artifact: str
    version: str
    sha256: str
    size: int
    packaging: str = "jar"
    classifier: str = ""

    @property
    def name(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


def locked(lock: Path) -> list[Locked]:
    """What the list names, in the order of the class path."""
    return [Locked(**entry) for entry in tomllib.loads(lock.read_text())["archive"]]


def fetched(lock: Path, what: str) -> list[Path]:
    """The checked files of a list; those not yet in the cache are downloaded, with a progress bar."""
    archives = locked(lock)
    store = cache_folder() / "maven"
    with _alone(store):
        maven = _maven(store)
        missing = [archive for archive in archives if not _where(maven, archive).exists()]
        if missing:
            _download(missing, what, store)
        return [_checked(_where(maven, archive), archive) for archive in archives]


def _where(maven: MavenContext, archive: Locked) -> Path:
    path = _artifact(maven, archive).cached_path
    assert path is not None, "the cache is always named"
    return path


def _artifact(maven: MavenContext, archive: Locked) -> Artifact:
    component = maven.project(archive.group, archive.artifact).at_version(archive.version)
    return component.artifact(classifier=archive.classifier, packaging=archive.packaging)


def _maven(store: Path, progress: Arrivals | None = None) -> MavenContext:
    repositories = {"central": MAVEN_CENTRAL_URL, **GlobalSettings.load().repositories}
    return MavenContext(
        resolver=PythonResolver(progress_callback=progress),
        repo_cache=store,
        remote_repos=repositories,
    )


def _checked(path: Path, archive: Locked) -> Path:
    if _sha256(path) == archive.sha256:
        return path
    path.unlink()
    raise CannotRun(
        f"{archive.name} in {path.parent} is not the file that was locked (it may have been cut "
        "short); it has been removed: run the same command again to fetch it anew"
    )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(archives: list[Locked], what: str, store: Path) -> None:
    """Some at a time; a file that is cut short is found by its checksum and fetched anew."""
    total = sum(archive.size for archive in archives)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
    console = Console(stderr=True)
    if not console.is_terminal:
        print(f"fetching {what} ({total / 1e6:.0f} MB, once)", file=sys.stderr, flush=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"fetching {what} (once)", total=total)

        @contextmanager
        def one(_name: str, _size: int) -> Iterator[Callable[[int], None]]:
            yield lambda arrived: progress.advance(task, arrived)

        maven = _maven(store, one)
        with ThreadPoolExecutor(6) as pool:
            try:
                list(pool.map(lambda archive: _artifact(maven, archive).resolve(), archives))
            except (OSError, RuntimeError, requests.RequestException) as problem:
                raise CannotRun(
                    f"could not fetch {what} into {store}: {problem}; check the network and the "
                    "room on the disk and try again, or name what already runs in V2V_BROKERS or V2V_REGISTRY"
                ) from problem


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time fetches into the cache; the others wait and find it done."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_locks() -> None:
    """Resolve the coordinates anew and write both lists."""
    maven = _maven(cache_folder() / "maven")
    wanted = [
        maven.create_dependency(f"{group}:{artifact}:{version}")
        for group, artifact, version in KAFKA
    ]
    inputs, transitive = maven.resolver.resolve(wanted)
    running = [each for each in transitive if each.scope in ("compile", "runtime")]
    _write(KAFKA_LOCK, [each.artifact for each in (*inputs, *running)])
    group, artifact, version = REGISTRY
    registry = maven.project(group, artifact).at_version(version)
    _write(REGISTRY_LOCK, [registry.artifact(classifier="all", packaging="tar.gz")])


def _write(lock: Path, artifacts: list[Artifact]) -> None:
    entries = []
    for artifact in artifacts:
        path = artifact.resolve()
        entry = {
            "group": artifact.groupId,
            "artifact": artifact.artifactId,
            "version": artifact.version,
            "packaging": artifact.packaging,
            "classifier": artifact.classifier or "",
            "sha256": _sha256(path),
            "size": path.stat().st_size,
        }
        entries.append({key: value for key, value in entry.items() if value != ""})
    lock.write_text(
        "# Written by `python -m compose.jars`.\n\n" + tomli_w.dumps({"archive": entries})
    )


if __name__ == "__main__":
    write_locks()
