"""From what is known to a page: the templates, and what every one of them is given."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.responses import HTMLResponse

from console.tower import telling
from console.tower.access import Deed
from console.tower.freshness import Freshness
from console.tower.guard import Asking

HERE = Path(__file__).parent
STATIC = HERE / "static"


@cache
def environment() -> Environment:
    """The templates; what partners wrote is text in them and nothing else, what nobody stated is empty."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # else every row would look whether its template has changed
    )
    made.filters |= {
        "utc": telling.utc,
        "words": telling.words,
        "fact": telling.fact,
        "severity": telling.severity,
    }
    made.globals |= {"static": static_address, "Deed": Deed}
    return made


@cache
def static_address(name: str) -> str:
    """Where a static file lies, by its content, so that a browser may keep it."""
    content = (STATIC / name).read_bytes()
    return f"/static/{name}?{hashlib.sha256(content).hexdigest()[:12]}"


def page(
    asking: Asking, template: str, fresh: Freshness, status: int = 200, **more: Any
) -> HTMLResponse:
    """A page for somebody who is signed in."""
    return HTMLResponse(text(asking, template, fresh, **more), status)


def text(asking: Asking, template: str, fresh: Freshness, **more: Any) -> str:
    """A page, or a part of one, as text."""
    now = fresh.now
    return (
        environment()
        .get_template(template)
        .render(
            person=asking.person,
            may=asking.person.may,
            csrf=asking.csrf,
            fresh=fresh,
            now=now,
            address=asking.request.url.path,
            live=asking.request.query_params.get("live") != "off",
            when=telling.when(asking.person.zone),
            left=lambda value: telling.left(value, now),
            pressing=lambda value: telling.pressing(value, now),
            span=telling.span,
            **more,
        )
    )


def plain_page(template: str, status: int = 200, **more: Any) -> HTMLResponse:
    """A page for whoever it is, such as the one to sign in by."""
    return HTMLResponse(environment().get_template(template).render(**more), status)
