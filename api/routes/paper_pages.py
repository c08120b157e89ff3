"""Pages as PDF: the page is made as for a browser, then set in type by a process beside the service."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import APIRouter, Request, Response

from api.caching import HEAD_KEY, QUESTION, Cached, answer
from api.connecting import address as base_address
from api.heads import Head
from api.language import Text, requested
from api.pages.navigation import foot
from api.pages.rendering import Pages
from api.pages.versions import PAPER
from api.problems import INTERNAL, Problem
from api.service import Service
from api.what_if_lanes import Lane, Work

PDF: Final = "application/pdf"
WORK: Final = Work(
    "api.paper.worker",
    "PDF",
    Text(
        "Es warten schon so viele PDF-Dateien, wie der Dienst annimmt.",
        "As many PDF files are waiting as the service accepts.",
    ),
    Text(
        "Das Setzen der PDF-Datei hat länger gedauert als erlaubt und wurde beendet.",
        "Setting the PDF file took longer than allowed and was ended.",
    ),
)
WAITING: Final = 8
SECONDS: Final = 30.0
ESTIMATE: Final = 1.0  # seconds; the longest page takes about half of it

Page = Callable[[Request], Awaitable[Response]]


class Press:
    """Sets pages in type, each once per release and address.

    Args:
        service: Release, cache and settings.
        pages: For the words at the foot.
        made: Path → function that answers with the page.
    """

    def __init__(self, service: Service, pages: Pages, made: Mapping[str, Page]) -> None:
        self._service = service
        self._pages = pages
        self._made = made
        self._lane = Lane("pdf", WAITING, SECONDS, work=WORK)

    def close(self) -> None:
        """End the process."""
        self._lane.close()

    async def print(self, request: Request, path: str) -> Response:
        """Return a page as a PDF.

        Args:
            request: For the address of the PDF.
            path: Address of the page without its query.

        Raises:
            Problem: What the page refuses; 503 if too many are waiting.
        """
        release = self._service.release
        page = await self._page(request, path)
        lang = requested(request.scope["query_string"])
        query = request.scope["query_string"].decode("ascii", "replace")
        base = base_address(str(request.scope.get("scheme", "http")), request.headers.get("host", ""))
        address = f"{base}{path}?{query}" if query else f"{base}{path}"
        request.scope[QUESTION] = None  # the host stands at the foot: it belongs to the question
        name = f"fachkraeftematrix-{PAPER[path].removeprefix('/').removesuffix('.pdf')}-{release.id}.pdf"
        respond = functools.partial(
            answer, request, self._service, release, f"{page.entry.tag}&{address}", media_type=PDF, lang=lang,
            headers={"Content-Disposition": f'inline; filename="{name}"'},
        )  # fmt: skip
        try:
            return respond(_needed)  # kept, or known to the caller
        except _Needed:
            built = await self._lane.ask(
                {
                    "html": page.entry.body.decode(),
                    "address": address,
                    "day": str(release.catalogue["as_of"]),
                    "foot": foot(release, lang, self._pages.texts[lang]),
                },
                ESTIMATE,
            )
            return respond(lambda: built)

    async def _page(self, request: Request, path: str) -> Cached:
        """Return the page as a browser gets it, kept or new."""
        scope = {**request.scope, "path": path, QUESTION: None, HEAD_KEY: Head([])}
        response = await self._made[path](Request(scope))
        if not isinstance(response, Cached):
            raise Problem(INTERNAL)
        return response


class _Needed(Exception):  # noqa: N818  (a signal, not an error)
    """The PDF has to be made."""


def _needed() -> bytes:
    raise _Needed


def router(service: Service, pages: Pages, made: Mapping[str, Page]) -> APIRouter:
    """Return the addresses of the PDFs over a service.

    Args:
        service: Release, cache and settings.
        pages: Templates and catalogues.
        made: Path → function that answers with the page.
    """
    routes = APIRouter(include_in_schema=False)
    press = Press(service, pages, made)
    service.at_end.append(press.close)

    def add(page: str, paper: str) -> None:
        async def printed(request: Request) -> Response:
            return await press.print(request, page)

        routes.add_api_route(paper, printed, methods=["GET"])

    for page, paper in PAPER.items():
        if page in made:
            add(page, paper)
    return routes
