"""What a worker's folder belongs to: a layout, an app, a cluster, and the topics it has worked on.

A folder that belongs elsewhere is refused and never adapted: whoever started the worker has mixed
something up, and the folder may hold the only copy of what the brokers have lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from streams.engine.exits import Refused

#: How the folder is laid out; grows when this release cannot read what an earlier one has left there.
LAYOUT = 1

_FILE = "belongs.json"


class Belonging(BaseModel):
    """What one folder was made for; empty where it is not known yet."""

    model_config = ConfigDict(frozen=True)

    layout: int = LAYOUT
    app: str = ""
    cluster: str = ""
    """The cluster's own id."""
    brokers: str = ""
    """Where the cluster let this worker in."""
    topics: dict[str, str] = {}
    """The id of each topic that the app reads, or keeps a table in."""

    @classmethod
    def of(cls, folder: Path) -> Belonging | None:
        """Return what a folder says of itself; None where it says nothing."""
        file = folder / _FILE
        if not file.exists():
            return None
        try:
            told = json.loads(file.read_text())
            layout = int(told["layout"])
        except (ValueError, KeyError, TypeError) as trouble:
            raise Refused(f"{file} cannot be read ({trouble}): {_remove(folder)}") from trouble
        return cls(layout=layout) if layout != LAYOUT else cls.model_validate(told)

    def write(self, folder: Path) -> None:
        """Leave it for the next process."""
        new = folder / f"{_FILE}.new"
        new.write_text(self.model_dump_json(indent=1) + "\n")
        new.replace(folder / _FILE)


def refuse_other_layout(folder: Path, found: Belonging | None, app: str) -> None:
    """Refuse a folder that another release has laid out, or that another app has filled."""
    if found is None:
        return
    if found.layout != LAYOUT:
        raise Refused(
            f"{folder} is laid out as {found.layout} and this release knows {LAYOUT}: start the "
            f"release that made it, or {_remove(folder)}"
        )
    if found.app not in ("", app):
        raise Refused(
            f"{folder} was filled by app {found.app}, and this is {app}: name another datadir, or "
            f"{_remove(folder)}"
        )


class Place(Protocol):
    """A cluster: where it is, and its own id."""

    @property
    def servers(self) -> str: ...

    @property
    def id(self) -> str: ...


def refuse_other_cluster(folder: Path, found: Belonging | None, cluster: Place) -> None:
    """Refuse a folder that was filled from another cluster."""
    if found is not None and found.cluster and cluster.id and found.cluster != cluster.id:
        raise Refused(
            f"{folder} was filled from cluster {found.cluster} (at {found.brokers}), but "
            f"{cluster.servers} is cluster {cluster.id}: mend the address, or {_remove(folder)}"
        )


def made_anew(found: Belonging | None, topics: Mapping[str, str]) -> Iterator[str]:
    """Tell of every topic that is not the one which the folder knows by that name."""
    known = {} if found is None else found.topics
    for name, topic_id in sorted(topics.items()):
        if known.get(name, topic_id) != topic_id:
            yield (
                f"topic {name} was made anew: it had the id {known[name]} when this worker ran last, "
                f"and has {topic_id} now"
            )


def _remove(folder: Path) -> str:
    return (
        f"remove {folder} (nothing is lost: tables are restored from their changelogs, and tries of "
        "failing messages are counted anew)"
    )
