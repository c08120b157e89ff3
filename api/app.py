"""The application factory: routes, error mapping, the watch over new snapshots.

uvicorn api.app:create_app --factory
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import inspect
import logging
import re
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from api import problems
from api.boundary import Boundary, Endpoint, Ways
from api.cors import Origins
from api.documentation import DESCRIPTION, PREFIX, TITLE, openapi_bytes
from api.drafts import Drafts
from api.language import Text
from api.limits import RateLimiter
from api.logs import Access
from api.pages.rendering import Pages
from api.pinned import Releases
from api.problems import INTERNAL, INVALID, METHOD, NOT_FOUND, Fault, Problem
from api.routes import (
    admin_pages,
    compare_pages,
    embed_pages,
    explore,
    help_pages,
    matrix,
    operations,
    paper_pages,
    place_pages,
    topic_pages,
    trade_pages,
)
from api.routes import pages as page_routes
from api.routing import data_routers
from api.security import Guard, default_file
from api.service import Service, Settings, fingerprint
from api.what_ifs import WhatIfs

__all__ = ["Settings", "create_app"]

LOG = logging.getLogger("api")
VERSION: Final = "1.0.0"
_ADDRESS: Final = re.compile(r"[A-Za-z0-9._/-]{1,200}\Z")  # nothing else of what was sent is said back


class Application(FastAPI):
    """FastAPI with a layer around all of it: most requests never reach the framework."""

    boundary: Boundary

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer through the outermost layer."""
        await self.boundary(scope, receive, send)

    async def inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by the framework."""
        await super().__call__(scope, receive, send)


def create_app(settings: Settings | None = None) -> Application:
    """Return the service over a directory of snapshots.

    Without a readable snapshot it starts all the same, answers 503 and keeps looking.

    Args:
        settings: Where the snapshots are; None = from the environment.
    """
    service = Service(settings or Settings.from_environment(), fingerprint(Path(__file__).parent))
    service.look()
    pages = Pages()
    app = Application(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lambda _app: _watch(service),
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.service = service
    guard = Guard(service.settings.keys or default_file(), clock=time.monotonic)
    drafts = Drafts(service.settings, guard)
    releases = Releases(service)
    what_ifs = WhatIfs(service, releases)
    service.at_end.append(what_ifs.close)
    openapi = functools.cache(lambda: openapi_bytes(app))
    service.ahead += [pages.prepare, lambda: asyncio.to_thread(openapi)]
    routers = [
        *data_routers(service, releases, what_ifs),
        operations.router(service, openapi),
        operations.health_router(service, PREFIX, "Api"),
        operations.health_router(service, "", ""),
        operations.reference_router(openapi, pages),
        operations.protected_router(service, guard, drafts),
        page_routes.router(service, pages),
        admin_pages.router(service, pages, guard),
        help_pages.router(service, pages, releases),
        place_pages.router(service, pages),
        trade_pages.router(service, pages),
        compare_pages.router(service, pages),
        topic_pages.router(service, pages, what_ifs),
    ]
    routers += [embed_pages.router(service, pages), explore.router(service, pages)]
    made = direct_endpoints([one for each in routers for one in each.routes if isinstance(one, APIRoute)])
    routers.append(paper_pages.router(service, pages, made))
    for router in routers:
        app.include_router(router)
    known = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    pages.known = frozenset(route.path for route in known)
    _map_errors(app, pages, known)
    _surround(app, service, drafts, pages, known)
    return app


@contextlib.asynccontextmanager
async def _watch(service: Service) -> AsyncIterator[None]:
    """Follow the pointer as long as the service runs."""
    gc.collect()
    gc.freeze()  # what lives as long as the process need not be walked through while requests wait
    task = asyncio.create_task(service.follow())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        for end in service.at_end:
            end()


def _refusal(problem: Problem, request: Request, pages: Pages) -> Response:
    """Return a problem as a document, or as a page where people read."""
    if page_routes.is_page(request):
        try:
            return page_routes.problem_page(problem, request, pages)
        except Exception:  # what broke the page may break the page about it: a document needs no template
            LOG.exception("Die Seite zu einem Fehler ist gescheitert.")
    return problems.respond(problem, request)


def _map_errors(app: FastAPI, pages: Pages, routes: Sequence[APIRoute]) -> None:
    """Answer every error of a route as a problem."""

    async def on_problem(request: Request, error: Exception) -> Response:
        return _refusal(error if isinstance(error, Problem) else Problem(INTERNAL), request, pages)

    async def on_http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else INTERNAL.status
        kind = {NOT_FOUND.status: NOT_FOUND, METHOD.status: METHOD}.get(status, INVALID)
        kind = INTERNAL if status >= INTERNAL.status else kind
        if kind is NOT_FOUND and not page_routes.is_page(request):
            return _refusal(no_such_address(routes, request.scope["path"]), request, pages)
        headers = {"Allow": allowed_methods(routes, request.scope["path"])} if kind is METHOD else None
        return _refusal(Problem(kind, headers=headers), request, pages)

    async def on_validation(request: Request, error: Exception) -> Response:
        return _refusal(Problem(INVALID, faults=_faults(error)), request, pages)

    async def on_crash(request: Request, _error: Exception) -> Response:
        return _refusal(Problem(INTERNAL), request, pages)  # the framework's own answer would be plain text

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(Exception, on_crash)


def _surround(
    app: Application, service: Service, drafts: Drafts, pages: Pages, routes: Sequence[APIRoute]
) -> None:
    """Put the outermost layer around the application."""
    settings = service.settings
    ways = Ways(
        direct=direct_endpoints(routes),
        methods=lambda path: allowed_methods(routes, path),
        refuse=lambda problem, request: _refusal(problem, request, pages),
        instant=matrix.instant(service),
    )
    app.boundary = Boundary(
        app.inside,
        service=service,
        drafts=drafts,
        ways=ways,
        metrics=service.metrics,
        access=Access(settings.access_log),
        limiter=RateLimiter(settings.requests_per_minute, time.monotonic),
        origins=Origins(settings.origins),
        embedding=settings.embed_origins,
    )


def direct_endpoints(routes: Sequence[APIRoute]) -> Mapping[str, Endpoint]:
    """Return exact path → function for every GET route that takes nothing but the request.

    The framework's own way to such a function costs more than most answers.
    """
    found: dict[str, Endpoint] = {}
    for route in routes:
        if "{" not in route.path and route.methods == {"GET"}:
            takes = list(inspect.signature(route.endpoint).parameters)
            if takes == ["request"] and inspect.iscoroutinefunction(route.endpoint):
                found.setdefault(route.path, route.endpoint)
    return found


def allowed_methods(routes: Sequence[APIRoute], path: str) -> str:
    """Return what may be asked of an address, for Allow; empty if it does not exist."""
    scope = {"type": "http", "path": path, "method": "", "root_path": ""}
    found: set[str] = set()
    for route in routes:
        if route.matches(scope)[0] is not Match.NONE:
            found |= route.methods or set()
    if not found:
        return ""
    found |= {"OPTIONS"} | ({"HEAD"} if "GET" in found else set())
    return ", ".join(sorted(found, key=["GET", "HEAD", "POST", "DELETE", "OPTIONS"].index))


def no_such_address(routes: Sequence[APIRoute], path: str) -> Problem:
    """Return the problem for an address that does not exist, naming the one that was probably meant.

    Args:
        routes: All routes.
        path: Path of the request: with one slash too many, in capitals, or misspelt.
    """
    parts = [part for part in path.split("/") if part]
    head, tail = [part.lower() for part in parts[:3]], parts[3:]
    known = {route.path.split("/")[3] for route in routes if route.path.startswith(f"{PREFIX}/")}
    close = get_close_matches(head[2], known, n=1) if len(head) > 2 else []
    starts = [parts[:3], head, *([*head[:2], one] for one in close)]
    tries = ["/" + "/".join([*start, *tail]) for start in starts]
    found = (one for one in tries if one != path and _ADDRESS.match(one) and allowed_methods(routes, one))
    meant = next(found, "")
    if not meant:
        return Problem(NOT_FOUND)
    detail = Text(
        f"{NOT_FOUND.meaning.de} Gemeint ist vielleicht «{meant}».",
        f"{NOT_FOUND.meaning.en} Perhaps “{meant}” is meant.",
    )
    return Problem(NOT_FOUND, detail, near=[meant])


def _faults(error: Exception) -> list[Fault]:
    """What the framework found wrong, without the value it found: that may not be JSON at all."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    expected = Text("siehe /api/v1/openapi.json", "see /api/v1/openapi.json")
    return [
        Fault(
            str(one["loc"][-1])[:32] if str(one["loc"][-1]).isidentifier() else "?",
            Text("Der Wert hat nicht die erwartete Form.", "The value has not the expected form."),
            expected,
            pointer="/" + str(one["loc"][0]),
        )
        for one in found
    ]
