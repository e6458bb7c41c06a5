"""The option that rewrites golden files; without it they are only ever compared."""

from __future__ import annotations

import contextlib

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    with contextlib.suppress(ValueError):  # the project's own conftest may offer it already
        parser.addoption(
            "--rewrite",
            action="store_true",
            help="write what is said now into the golden files, to be reviewed before committing",
        )


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are written instead of compared."""
    return bool(request.config.getoption("--rewrite", default=False))
