"""The application is whole before its first request."""

from __future__ import annotations

import pytest

from console.tower.site import site
from tests.console.tower.conftest import Place


def test_every_route_is_worked_out_before_the_first_request(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = site(place.tower)

    def late(**_: object) -> None:
        raise AssertionError("a route was worked out at a request")

    monkeypatch.setattr("fastapi.dependencies.utils.create_model_field", late)
    for path in ("", "/", "/exceptions", "/api/v1/courses"):
        for route in made.routes:
            route.matches({"type": "http", "method": "GET", "path": path, "headers": []})
