"""Views for other web sites: one table or one chart, no navigation, a link to the whole page.

Their numbers are made by the functions that make them for the pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api import query
from api.caching import HTML, QUESTION, answer
from api.connecting import address as base_address
from api.language import Lang
from api.pages import heat as heats
from api.pages import place
from api.pages.heat import View, trade_address
from api.pages.heat_words import headings
from api.pages.navigation import standing
from api.pages.need_view import need_list, need_sentence
from api.pages.rendering import Pages
from api.pages.summary import sentence
from api.pages.topic import Choice
from api.pages.topics import NEED_PATH, TopicPages, found_records
from api.pages.versions import EMBEDDED, FOLDER, in_language
from api.problems import NOT_FOUND, Problem
from api.query import language_of
from api.records import records
from api.release import Release
from api.routes.place_pages import HEAT_FIELDS, heat_view
from api.routes.topic_pages import need_asked
from api.routes.trade_pages import trade_asked, trade_summary
from api.selection import Selection
from api.service import Service

HOW: Final = "/einbetten"
MATRIX, TRADE, NEED = EMBEDDED
HEIGHTS: Final = {MATRIX: 640, TRADE: 560, NEED: 720}
PART: Final = "balance"


class Embedded:
    """The views over one release at a time.

    Args:
        pages: Templates and catalogues.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._topics = TopicPages(pages)

    def matrix(self, release: Release, view: View) -> bytes:
        """Return the heat map with its table alone."""
        lang, texts = view.lang, self._pages.texts[view.lang]
        table = heats.heat(release, view, self._pages.wording[lang])
        context = {
            **headings(view, release.label("regions", view.region, lang), texts),
            "summary": sentence(table.gaps, lang, texts),
            "view": view,
            "heat": table,
        }
        return self._render(release, "embed_matrix.html", view.address(), lang, context)

    def trade(self, release: Release, trade: str, region: str, year: int, lang: Lang) -> bytes:
        """Return the chart of the gap of a trade with its table."""
        texts, wording = self._pages.texts[lang], self._pages.wording[lang]
        wanted = (*place.PARTS[PART], "training_need", "new_contracts")  # the relative gap is a part
        measures = [code for code in wanted if code in release.entries["measures"]]
        series = place.by_measure(records(release, region, [trade], measures, release.years, lang))
        label, where = release.label("trades", trade, lang), release.label("regions", region, lang)
        context = {
            "title": f"{label}: {where}, {year}",
            "summary": trade_summary(release, series, year, lang, self._pages),
            "part": place.section(release, PART, series, (trade, region, year), lang, wording, texts),
        }
        page = trade_address(trade, region, year, lang)
        return self._render(release, "embed_trade.html", page, lang, context)

    def need(self, release: Release, choice: Choice, asked: Selection, sort: str) -> bytes:
        """Return the chart of the training need with its table."""
        lang = choice.lang
        texts, wording = self._pages.texts[lang], self._pages.wording[lang]
        shown = need_list(
            release, found_records(release, asked), choice, sort, wording, self._topics.words[lang]
        )
        title, drawn = self._topics.need_chart(shown, choice)
        context = {
            "region_label": release.label("regions", choice.region, lang),
            "year": choice.year,
            "base": release.base_year,
            "summary": need_sentence(release, shown, choice, lang, texts),
            "list": shown,
            "chart_title": title,
            "chart": drawn,
        }
        return self._render(release, "embed_need.html", choice.address(), lang, context)

    def how(self, release: Release, page: str, base: str, lang: Lang) -> bytes:
        """Return the page that says how to put a view on another web site.

        Args:
            release: The release.
            page: Address of the whole page, as a path with its query.
            base: Address of this server as the reader called it.
            lang: Language.
        """
        path = page.partition("?")[0]
        context = {
            "section": "help",
            "standing": standing(release, lang),
            "source": f"{base}{FOLDER}{page}",
            "preview": f"{FOLDER}{page}",
            "whole": page,
            "height": HEIGHTS[path],
        }
        other: Lang = "en" if lang == "de" else "de"
        return self._pages.render("embed_how.html", lang, f"{HOW}{in_language(page, other)}", context)

    def _render(
        self, release: Release, template: str, page: str, lang: Lang, context: Mapping[str, Any]
    ) -> bytes:
        stands = standing(release, lang)
        return self._pages.render(
            template, lang, f"{FOLDER}{page}", {**context, "whole": page, "stands": stands, "navigation": []}
        )


def router(service: Service, pages: Pages) -> APIRouter:
    """Return the views over a service."""
    routes = APIRouter(include_in_schema=False)
    views = Embedded(pages)

    @routes.get(FOLDER + MATRIX)
    async def matrix(request: Request) -> Response:
        release = service.release
        view = heat_view(release, query.read(request.scope["query_string"], HEAT_FIELDS))
        return answer(
            request, service, release, view.address(), lambda: views.matrix(release, view),
            media_type=HTML, lang=view.lang,
        )  # fmt: skip

    @routes.get(FOLDER + TRADE)
    async def trade(request: Request) -> Response:
        release = service.release
        code, region, year, lang = trade_asked(release, request.scope["query_string"])
        return answer(
            request, service, release, trade_address(code, region, year, lang),
            lambda: views.trade(release, code, region, year, lang), media_type=HTML, lang=lang,
        )  # fmt: skip

    @routes.get(FOLDER + NEED_PATH)
    async def need(request: Request) -> Response:
        release = service.release
        choice, asked, sort = need_asked(release, request.scope["query_string"])
        return answer(
            request, service, release, choice.address(),
            lambda: views.need(release, choice, asked, sort), media_type=HTML, lang=choice.lang,
        )  # fmt: skip

    _add_how(routes, service, views)
    return routes


def _add_how(routes: APIRouter, service: Service, views: Embedded) -> None:
    @routes.get(HOW + "/{name}")
    async def how(request: Request, name: str) -> Response:
        release = service.release
        if f"/{name}" not in EMBEDDED:
            raise Problem(NOT_FOUND)
        page, lang = _whole(release, f"/{name}", request.scope["query_string"])
        base = base_address(str(request.scope.get("scheme", "http")), request.headers.get("host", ""))
        request.scope[QUESTION] = None  # the host stands in the snippet: it belongs to the question
        return answer(
            request, service, release, f"{base}{page}", lambda: views.how(release, page, base, lang),
            media_type=HTML, lang=lang,
        )  # fmt: skip


def _whole(release: Release, path: str, query_string: bytes) -> tuple[str, Lang]:
    """Return the one address of the whole page a query asks for, and its language."""
    if path == MATRIX:
        values = query.read(query_string, HEAT_FIELDS)
        return heat_view(release, values).address(), language_of(values)
    if path == TRADE:
        code, region, year, lang = trade_asked(release, query_string)
        return trade_address(code, region, year, lang), lang
    choice, _, _ = need_asked(release, query_string)
    return choice.address(), choice.lang
