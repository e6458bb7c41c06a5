"""What the worker's tables hold has a form with a number: whoever changes the form raises the number.

A worker of the release before would else drop what it does not know, or set messages aside that it could
not fold; with the number raised it refuses, and says why.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from streams.admission import Admitted
from streams.app import make
from streams.course import Course
from streams.identity.thing import Thing
from streams.settings import WorkerSettings

HOW = (
    "the table {table} now holds another form: in streams/app.py raise the form of its Codec by one, say "
    "under `earlier` how the form before is read (its decode_state, where only fields with defaults were "
    "added at the end), and write the new pair here"
)

FORMS: dict[str, tuple[Any, int, str]] = {
    "admitted": (Admitted, 0, "b34affa7d533"),
    "things": (Thing, 1, "07ef201e4c8e"),
    "courses": (Course, 1, "e48066b5dbd3"),
    "due": (int, 0, "644595857f56"),
}


def shape(value_type: Any) -> str:
    """A digest of what msgspec writes: types in their order, without names and words for people."""

    def bare(part: Any) -> Any:
        if isinstance(part, dict):
            return {k: bare(v) for k, v in part.items() if k not in ("title", "description")}
        return [bare(item) for item in part] if isinstance(part, list) else part

    text = json.dumps(bare(msgspec.json.schema(value_type)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("worker")
    settings = WorkerSettings(brokers="127.0.0.1:1", partners=(("mes", "m"),), folder=folder)
    return dict(make(settings).tables)


def test_every_table_has_its_form_here(tables):
    assert sorted(tables) == sorted(FORMS)


@pytest.mark.parametrize("table", FORMS)
def test_a_tables_form_has_its_number(tables, table):
    value_type, form, digest = FORMS[table]
    assert shape(value_type) == digest, HOW.format(table=table)
    assert tables[table]._codec.form == form
