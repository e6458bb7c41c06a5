"""The next release, made from this one: an event may say one thing more.

A release that stands beside the next one has been told its schemas, as `schemas/avsc/released` or a
registry tells them: what is written under a schema that nobody has told cannot be read.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from confluent_kafka import Consumer, TopicPartition

from schemas.collection import IdentityVerified
from schemas.wire import SINGLE_OBJECT
from schemas.wire_schemas import fingerprint, writer_of, writers

ROOT = Path(__file__).parents[2]
COURSES = "v2v-courses-changelog"
OTHERS = ("streams", "connectors", "console", "compose", "tests")
BEYOND_ALL = "9999.0.0"
"""Under this number the next release knows what this one writes."""
BEFORE = "    comparisons: Annotated[tuple[Comparison, ...], Field(max_length=20)] = ()\n"
MORE = "    said_by_the_next_release: Prose | None = None\n"
TELL = f"""
import json
from schemas.collection import {IdentityVerified.__name__} as Event
from schemas.derivation import derive
print(json.dumps(derive(Event)))
"""


def next_release(folder: Path) -> Path:
    """Make the next release in a folder, and write down what it has to tell this one."""
    folder.mkdir()
    shutil.copytree(ROOT / "schemas", folder / "schemas")
    released = folder / "schemas" / "avsc" / "released" / BEYOND_ALL
    released.mkdir()
    for schema in (ROOT / "schemas" / "avsc").glob("*.avsc"):
        shutil.copy(schema, released)
    for package in OTHERS:
        (folder / package).symlink_to(ROOT / package)
    module = folder / "schemas" / "collection.py"
    text = module.read_text()
    if text.count(BEFORE) != 1:
        raise ValueError(f"{module} has no place for one field more")
    text = text.replace(BEFORE, BEFORE + MORE)
    module.write_text(
        text.replace("from schemas.contract import ", "from schemas.contract import Prose, ", 1)
    )
    done = subprocess.run(
        [sys.executable, "-c", TELL], cwd=folder, check=True, capture_output=True, text=True
    )
    told = folder / "told.json"
    told.write_text(done.stdout)
    hear(told)
    return told


def hear(told: Path) -> None:
    """Read from now on what the next release writes, too."""
    schema = json.loads(told.read_text())
    writers().setdefault(fingerprint(schema), writer_of(schema))


def written_by_it(told: Path, brokers: str, partitions: int) -> int:
    """How many courses have been written down with an event as only the next release writes it."""
    mark = SINGLE_OBJECT + fingerprint(json.loads(told.read_text()))
    reader = Consumer(
        {
            "bootstrap.servers": brokers,
            "group.id": "nobody",  # never joined
            "enable.partition.eof": True,
            "log_level": 0,
        }
    )
    reader.assign([TopicPartition(COURSES, number, 0) for number in range(partitions)])
    found = 0
    ended: set[int | None] = set()
    while len(ended) < partitions:
        for message in reader.consume(1_000, 5.0):
            if message.error() is None:
                found += mark in (message.value() or b"")
            else:
                ended.add(message.partition())
    reader.close()
    return found
