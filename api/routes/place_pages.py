"""Pages on places and trades: the heat map, a trade in a region, a region, trades side by side."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from api import query
from api.caching import HTML, answer
from api.language import Lang
from api.pages import heat as heats
from api.pages.heat import View
from api.pages.heat_words import all_groups, all_levels, headings, options, shades
from api.pages.navigation import data_links
from api.pages.rendering import Pages
from api.pages.sentences import relative_sentence
from api.pages.summary import sentence
from api.query import LANG, Field, Values, canonical, language_of, year_on_axis
from api.release import Release
from api.routes.pages import shared_context, used_groups
from api.selection_fields import LEVELS
from api.service import Service
from forecast.snapshot import GRADES

REGION: Final = Field("region", "code", "Code einer Region.", "HWK-FF")
YEAR: Final = Field("year", "year", "Jahr.", 2030)
HEAT_FIELDS: Final = (
    Field("spalten", "choice", "Was quer steht.", heats.YEARS, choices=(heats.YEARS, heats.REGIONS)),
    REGION,
    YEAR,
    Field("gruppe", "code", "Nur eine Gewerbegruppe; * = alle.", "metal"),
    Field("guete", "choice", "Schlechteste Güte; * = alle.", "B", choices=(heats.ALL, *GRADES[1:])),
    Field(
        "wert", "choice", "Personen, je 100 oder beides.", heats.ABSOLUTE,
        choices=(heats.ABSOLUTE, heats.RELATIVE, heats.BOTH),
    ),
    Field(
        "ordnung", "choice", "Reihenfolge.", heats.GROUPED,
        choices=(heats.GROUPED, heats.BY_NAME, heats.BY_GAP),
    ),
    Field("ebene", "choice", "Nur Regionen dieser Ebene.", heats.ALL, choices=(heats.ALL, *LEVELS)),
    LANG,
)  # fmt: skip


def other_language(lang: Lang) -> Lang:
    """Return the language a page links to."""
    return "en" if lang == "de" else "de"


def chosen_place(release: Release, values: Values) -> tuple[str, int]:
    """Return region and year; defaults come from the release.

    Raises:
        Problem: 404 for an unknown region, 422 for a year outside the axis.
    """
    region = values.get("region", (str(release.catalogue["default_region"]),))[0]
    release.entry("regions", region)
    year = values.get("year", (str(release.catalogue["default_year"]),))[0]
    return region, year_on_axis(year, release.years)


def heat_view(release: Release, values: Values) -> View:
    """Return the view of the heat map a query asks for."""
    region, year = chosen_place(release, values)
    if values.get("spalten", ("",))[0] != heats.REGIONS:
        year = max(year, release.base_year)
    group = values.get("gruppe", (heats.ALL,))[0]
    if group != heats.ALL:
        release.entry("groups", group)
    grade = values.get("guete", (heats.ALL,))[0]
    size = values.get("wert", (heats.ABSOLUTE,))[0]
    level = values.get("ebene", (heats.ALL,))[0]
    at_level = [] if level == heats.ALL else heats.regions_at(release, level)
    if at_level and region not in at_level:
        region = at_level[0]
    return View(
        values.get("spalten", (heats.YEARS,))[0],
        region,
        year,
        "" if group == heats.ALL else group,
        "" if grade == heats.ALL else grade,
        size if size in heats.sizes(release) else heats.ABSOLUTE,
        values.get("ordnung", (heats.GROUPED,))[0],
        language_of(values),
        level if at_level else "",
    )


def heat_page(release: Release, pages: Pages, view: View) -> bytes:
    """Return the heat map as a page."""
    lang, texts, wording = view.lang, pages.texts[view.lang], pages.wording[view.lang]
    table = heats.heat(release, view, wording)
    listed = release.forecast_years if view.columns == heats.YEARS else release.years
    relative = relative_sentence(table.cells, lang, texts)
    context = {
        **shared_context(release, pages, "matrix", (view.region, view.year), lang),
        **headings(view, release.label("regions", view.region, lang), texts),
        **options(heats.sizes(release), wording, texts),
        "summary": " ".join(filter(None, (sentence(table.gaps, lang, texts), relative))),
        "view": view,
        "heat": table,
        "tabs": heats.tabs(view, texts),
        "years": [{"code": year, "label": year} for year in listed],
        "levels": [
            all_levels(texts),
            *({"code": code, "label": wording.levels[code]} for code in heats.levels(release)),
        ],
        "groups": [
            all_groups(texts),
            *({"code": code, "label": release.label("groups", code, lang)} for code in used_groups(release)),
        ],
        "shades": shades(view),
        "links": data_links("matrix", heat_query(release, view, table)),
    }
    return pages.render("heat.html", lang, view.address(other_language(lang)), context)


def heat_query(release: Release, view: View, table: heats.Heat) -> str:
    """Return the query of the numbers the heat map shows."""
    by_year = view.columns == heats.YEARS
    regions = [view.region] if by_year else [head.code for head in table.heads]
    years = f"{release.forecast_years[0]}..{release.forecast_years[-1]}" if by_year else str(view.year)
    pairs: list[tuple[str, list[str]]] = [
        ("region", regions),
        ("year", [years]),
        ("measure", list(heats.measures_of(release))),
        ("group", [view.group] if view.group else []),
    ]
    return canonical(pairs, view.lang)


def router(service: Service, pages: Pages) -> APIRouter:
    """Return the pages over a service."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/matrix")
    async def heat(request: Request) -> Response:
        release = service.release
        view = heat_view(release, query.read(request.scope["query_string"], HEAT_FIELDS))
        return answer(
            request, service, release, view.address(), lambda: heat_page(release, pages, view),
            media_type=HTML, lang=view.lang,
        )  # fmt: skip

    return routes
