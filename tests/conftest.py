"""What tests share: a real Kafka, a real registry, names of their own, the partners' samples."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from compose.kafka import kafka_for
from compose.registry import registry_for

SAMPLES = Path(__file__).parents[2] / "shared" / "samples"
MARKED_BY_FIXTURE = ("kafka", "registry", "samples")
_prefixes = itertools.count(1)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that asks for the broker is marked so, without anybody having to remember it."""
    for item in items:
        for name in MARKED_BY_FIXTURE:
            if name in getattr(item, "fixturenames", ()):
                item.add_marker(name)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that rewrites golden files; without it they are only ever compared."""
    parser.addoption(
        "--rewrite",
        action="store_true",
        help="write what is said now into the golden files, to be reviewed before committing",
    )


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are written instead of compared."""
    return bool(request.config.getoption("--rewrite"))


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The servers of a real Apache Kafka: the one V2V_BROKERS names, or one for this session."""
    with kafka_for(tmp_path_factory.mktemp("kafka")) as servers:
        yield servers


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real registry: the one V2V_REGISTRY names, or one for this session."""
    with registry_for(tmp_path_factory.mktemp("registry")) as url:
        yield url


@pytest.fixture
def topic_prefix() -> str:
    """A beginning for topic and group names that no other test of this or another run has."""
    return f"t{os.getpid()}-{next(_prefixes)}-"


@pytest.fixture(scope="session")
def samples() -> Path:
    """The partners' real messages, which lie beside the project and never in it."""
    if not SAMPLES.is_dir():
        pytest.skip(f"no partner samples at {SAMPLES}; the project's own cover the same path")
    return SAMPLES
