"""Tables a release carries beside the cube: training plan, sums over years, checks, error record, backtests.

They are shown as they stand. A release without one answers with no rows and says why.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, query
from api.caching import answer
from api.documentation import PREFIX, described
from api.formats import csv_text, media
from api.language import Lang, Text, label
from api.pinned import Releases
from api.plan_labels import PlanLabels
from api.problems import Fault
from api.query import LANG, Field, Values, canonical, invalid, language_of
from api.records import meta
from api.release import Release
from api.schemas import Entries
from api.selection import fits
from api.service import Service

LIMIT: Final = 20_000
_PAGE: Final = (
    Field("format", "choice", "Format; sonst entscheidet Accept.", None, choices=("json", "csv", "csv-de"),
          default=False),
    Field("limit", "number", "Höchstens so viele Zeilen.", LIMIT, most=LIMIT),
    Field("offset", "number", "So viele passende Zeilen überspringen.", 0, most=10_000_000),
    LANG,
)  # fmt: skip
_WITH: Final = Field(
    "with", "choice", "side = auch die Listen, aus denen Bezeichnungen und Hinweise stammen; nur JSON.", None,
    choices=("side",), default=False,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """A table of a release.

    Args:
        name: Last part of the address.
        operation: Stem of the operation id.
        title: For people.
        filters: Columns by which rows can be chosen.
        more: Members of the document shown in the envelope beside the rows.
        side: Members that are large and the same on every page: shown with ``with=side`` only; rows get
            the names and notes from them.
    """

    name: str
    operation: str
    title: Text
    filters: tuple[str, ...]
    more: tuple[str, ...] = ()
    side: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """The parameters of the resource."""
        words = [Field(name, "code", f"Nur Zeilen mit diesem «{name}», auch mit *.", None, many=True)
                 for name in self.filters]  # fmt: skip
        return (*words, *([_WITH] if self.side else []), *_PAGE)


RESOURCES: Final = (
    Rows(
        "training-plan", "TrainingPlan", Text("Planung der Bildungsstätten", "Plan of training centres"),
        ("trade", "region", "year", "kind", "code", "measure"),
        side=("modules", "courses", "outlook_classes", "group_size", "notes"),
    ),
    Rows(
        "year-sums", "YearSums", Text("Summen über mehrere Jahre", "Sums over several years"),
        ("trade", "region", "measure", "first_year"), side=("notes",),
    ),
    Rows(
        "stay-curve", "StayCurve", Text("Verbleib nach der Prüfung", "Stay after the examination"),
        ("place", "years_since_exam"),
    ),
    Rows(
        "world-checks", "WorldChecks",
        Text("Veröffentlichtes neben dem Modell", "Published facts beside the model"),
        ("code", "region", "verdict"),
    ),
    Rows(
        "error-record", "ErrorRecord", Text("Fehlerprotokoll früherer Aussagen", "Error record"),
        ("trade", "region", "year", "measure"),
    ),
    Rows(
        "backtests", "Backtests", Text("Rückblickende Prüfung", "Backtests"),
        ("quantity", "model", "method", "indicator", "level", "horizon"), ("judgements",),
    ),
)  # fmt: skip


def document_of(release: Release, resource: Rows) -> Mapping[str, Any] | None:
    """Return columns, rows and what stands beside them; None if the release has no such table."""
    if resource.name == "backtests":
        return _backtests(release)
    document = release.snapshot.documents.get(resource.name.replace("-", "_"))
    return document if isinstance(document, dict) and "columns" in document else None


def _backtests(release: Release) -> Mapping[str, Any] | None:
    """Return the scores of all model cards as one table, and what the cards say in sentences."""
    cards = [card for card in release.entries["cards"].values() if card.get("scores")]
    if not cards:
        return None
    names = list(dict.fromkeys(name for card in cards for score in card["scores"] for name in score))
    columns = ["quantity", *(name for name in names if name != "quantity")]
    rows = [
        [card["quantity"], *(score.get(name) for name in columns[1:])]
        for card in cards
        for score in card["scores"]
    ]
    said = ("title", "summary", "loses")
    judgements = [
        {key: value for key, value in card.items() if key == "quantity" or key.rsplit("_", 1)[0] in said}
        for card in cards
    ]
    return {"columns": columns, "rows": rows, "judgements": judgements}


def chosen_rows(document: Mapping[str, Any], values: Values, resource: Rows) -> list[Sequence[Any]]:
    """Return the rows that pass every filter.

    Raises:
        Problem: 422 for a filter on a column this release's table does not have.
    """
    rows: list[Sequence[Any]] = list(document["rows"])
    for name in resource.filters:
        wanted = values.get(name)
        if wanted is None:
            continue
        if name not in document["columns"]:
            listed = ", ".join(document["columns"])
            detail = Text(f"Die Tabelle hat keine Spalte «{name}».", f"The table has no column “{name}”.")
            raise invalid([Fault(name, detail, Text(f"aus: {listed}", f"of: {listed}"))])
        at = document["columns"].index(name)
        rows = [row for row in rows if any(fits(pattern, str(row[at])) for pattern in wanted)]
    return rows


def _body(release: Release, resource: Rows, values: Values, form: str) -> bytes:
    lang = language_of(values)
    document = document_of(release, resource)
    columns = list(document["columns"]) if document else []
    rows = chosen_rows(document, values, resource) if document else []
    limit, offset = int(values.get("limit", (str(LIMIT),))[0]), int(values.get("offset", ("0",))[0])
    page = rows[offset : offset + limit]
    if document and resource.side:
        columns, page = PlanLabels(document, lang).rows(columns, page)
    if form != "json":
        return csv_text.plain_rows([columns, *page], csv_text.DIALECTS[form])
    beside = (*resource.more, *(resource.side if "with" in values else ()))
    more = {name: _in_language(document[name], lang) for name in beside if document and name in document}
    about = meta(release, lang, total=len(rows), returned=len(page), limit=limit, offset=offset)
    if document is None:
        about["reason"] = Text(
            f"Diese Veröffentlichung enthält keine Tabelle «{resource.title.de}».",
            f"This release holds no table “{resource.title.en}”.",
        ).of(lang)
    links = {"self": _address(resource, values, offset)}
    if limit and offset + len(page) < len(rows):
        links["next"] = _address(resource, values, offset + len(page))
    if document and resource.side and "with" not in values:
        links["side"] = _address(resource, {**values, "with": ("side",)}, offset)
    data = [dict(zip(columns, row, strict=True)) for row in page]
    return orjson.dumps({"meta": about, "data": data, **({"more": more} if more else {}), "links": links})


def _in_language(entries: Any, lang: Lang) -> Any:  # noqa: ANN401  (any member of a document)
    """Entries as they stand, with their name in the language asked for."""
    if not isinstance(entries, list):
        return entries
    return [
        {"label": label(entry, lang), **entry} if isinstance(entry, dict) and "name_de" in entry else entry
        for entry in entries
    ]


def _address(resource: Rows, values: Values, offset: int) -> str:
    pairs: list[tuple[str, Sequence[str | int]]] = [
        (name, values.get(name, ())) for name in (*resource.filters, "with", "limit")
    ]
    text = canonical([*pairs, ("offset", [offset] if offset else [])], language_of(values))
    return f"{PREFIX}/{resource.name}" + (f"?{text}" if text else "")


def router(service: Service, releases: Releases) -> APIRouter:
    """Return the routes over a service."""
    routes = APIRouter(prefix=PREFIX, tags=["Katalog"])
    for resource in RESOURCES:
        _add(routes, service, releases, resource)
    return routes


def _add(routes: APIRouter, service: Service, releases: Releases, resource: Rows) -> None:
    documented = described(Entries, resource.fields, example=examples.rows(resource.name))
    documented["responses"][200]["content"]["text/csv"] = {"schema": {"type": "string"}}

    @routes.get(
        f"/{resource.name}", operation_id=f"get{resource.operation}", summary=resource.title.de, **documented
    )
    async def get(request: Request) -> Response:
        release = await releases.of(request)
        values = query.read(request.scope["query_string"], resource.fields)
        form = media.one_of(("json", *csv_text.DIALECTS), values, request.headers.get("accept", ""))
        if "with" in values and form.name != "json":
            only = Text("gilt nur für JSON", "applies to JSON only")
            detail = Text(f"Widerspruch bei «with»: {only.de}.", f"Contradiction at “with”: {only.en}.")
            raise invalid([Fault("with", detail, only)])
        document = document_of(release, resource)
        if document is not None:
            chosen_rows(document, values, resource)
        offset = int(values.get("offset", ("0",))[0])
        text = f"{_address(resource, values, offset)}&format={form.name}"
        return answer(
            request, service, release, text, lambda: _body(release, resource, values, form.name),
            media_type=form.media_type, lang=language_of(values),
        )  # fmt: skip
