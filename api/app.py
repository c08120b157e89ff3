"""The application factory: routes, error mapping, the watch over new snapshots.

uvicorn api.app:create_app --factory
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from api import problems
from api.boundary import Boundary
from api.documentation import DESCRIPTION, PREFIX, TITLE, openapi_bytes
from api.language import Text
from api.pages.rendering import Pages
from api.problems import INTERNAL, INVALID, METHOD, NOT_FOUND, Fault, Problem
from api.routes import catalogue, explain, matrix, observations, operations, training_plan
from api.routes import pages as page_routes
from api.service import Service, Settings, fingerprint

__all__ = ["Settings", "create_app"]

VERSION: Final = "1.0.0"
ALLOWED: Final = {"Allow": "GET, HEAD"}


def create_app(settings: Settings | None = None) -> FastAPI:
    """Return the service over a directory of snapshots.

    Without a readable snapshot it starts all the same, answers 503 and keeps looking.

    Args:
        settings: Where the snapshots are; None = from the environment.
    """
    service = Service(settings or Settings.from_environment(), fingerprint(Path(__file__).parent))
    service.look()
    pages = Pages()
    app = FastAPI(
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
    app.include_router(matrix.router(service))
    app.include_router(explain.router(service))
    app.include_router(observations.router(service))
    app.include_router(training_plan.router(service))
    app.include_router(operations.router(service, lambda: openapi_bytes(app)))
    app.include_router(operations.health_router(service, PREFIX, "Api"))
    app.include_router(operations.health_router(service, "", ""))
    app.include_router(page_routes.router(service, pages))
    app.include_router(catalogue.router(service))
    _map_errors(app, pages)
    return app


@contextlib.asynccontextmanager
async def _watch(service: Service) -> AsyncIterator[None]:
    """Follow the pointer as long as the service runs."""
    task = asyncio.create_task(service.follow())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _map_errors(app: FastAPI, pages: Pages) -> None:
    """Answer every error as a problem document, or as a page where people read."""

    def answer(problem: Problem, request: Request) -> Response:
        if page_routes.is_page(request):
            return page_routes.problem_page(problem, request, pages)
        return problems.respond(problem, request)

    async def on_problem(request: Request, error: Exception) -> Response:
        return answer(error if isinstance(error, Problem) else Problem(INTERNAL), request)

    async def on_http(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else INTERNAL.status
        kind = {NOT_FOUND.status: NOT_FOUND, METHOD.status: METHOD}.get(status, INVALID)
        kind = INTERNAL if status >= INTERNAL.status else kind
        return answer(Problem(kind, headers=ALLOWED if kind is METHOD else None), request)

    async def on_validation(request: Request, error: Exception) -> Response:
        return answer(Problem(INVALID, faults=_faults(error)), request)

    async def on_crash(scope: Scope, receive: Receive, send: Send) -> None:
        await answer(Problem(INTERNAL), Request(scope))(scope, receive, send)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_middleware(Boundary, on_crash=on_crash)


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
