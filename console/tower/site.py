"""The tower as one application: its routes, its guard, its static files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from console.tower import api, exporting, live, pages, problems, signing_in, working
from console.tower.guard import Guard, tower_of
from console.tower.problems import NotFound
from console.tower.rendering import STATIC
from console.tower.tower import Tower

KINDS = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}


def site(tower: Tower) -> FastAPI:
    """The application of one tower."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        tower.bell.hang()
        yield
        tower.bell.close()

    app = FastAPI(
        title="vein to vein control tower",
        version="1",
        description=api.__doc__ or "",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
    )
    app.state.tower = tower
    for room in (signing_in, pages, working, live, exporting, api):
        app.include_router(room.routes)
    app.add_api_route("/static/{name}", static, include_in_schema=False)
    app.add_api_route("/health", health, include_in_schema=False)
    problems.attach(app)
    app.add_middleware(problems.OwnFaults)
    app.add_middleware(Guard, tower=tower, told=problems.problem)
    _work_out(app)
    return app


def _work_out(app: FastAPI) -> None:
    """Let every room work out its routes now.

    FastAPI would do it at the first request that looks into a room, and catches warnings meanwhile, which
    only one thread may do at a time: two first requests in two threads made one of them fail.
    """
    nowhere = {"type": "http", "method": "GET", "path": "", "root_path": "", "headers": []}
    for route in app.routes:
        route.matches(dict(nowhere))


def static(request: Request, name: str) -> Response:
    """A file that belongs to the pages; named by its content, it may be kept for ever."""
    kind = KINDS.get("." + name.rpartition(".")[2])
    path = STATIC / name
    if kind is None or path.parent != STATIC or not path.is_file():
        raise NotFound(f"there is nothing at {request.url.path}")
    kept = "public, max-age=31536000, immutable" if request.url.query else "no-cache"
    return FileResponse(path, media_type=kind, headers={"Cache-Control": kept})


def health(request: Request) -> Response:
    """Whether the tower shows what the log says now; open to anybody, and says nothing of a therapy."""
    tower = tower_of(request)
    with tower.snapshot() as database:
        fresh = tower.fresh(database)
    well = fresh.whole and not fresh.silent and fresh.trouble is None
    said = {"reading": fresh.trouble is None, "whole": fresh.whole, "silent": fresh.silent}
    return JSONResponse(said, 200 if well else 503)
