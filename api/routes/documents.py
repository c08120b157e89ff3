"""Tables a release carries beside the cube (plan, sums over years, checks, backtests), and the error record.

They are shown as they stand. Where there is none, or none with rows yet, the answer has no rows and says why.
The error record compares releases with what came later; so it stands beside them, not in one.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import document_examples, error_records, query
from api.caching import QUESTION, answer
from api.delivery import FLAT, HEAVY_FORMS, Deliverer, alternates, disposition
from api.documentation import PREFIX, described
from api.error_records import ErrorRecords
from api.formats import media, plain
from api.formats.plain import PlainTable
from api.formats.plotly_rows import DRAWN, rows_figure
from api.language import Lang, Text, label
from api.pinned import PINNED, Releases, base
from api.plan_labels import PlanLabels
from api.problems import Fault
from api.query import LANG, Field, Values, canonical, invalid, language_of
from api.records import meta
from api.release import Release
from api.schemas import Entries
from api.selection import fits
from api.service import Service

Document = Mapping[str, Any]
LIMIT: Final = 20_000
FORMS: Final = ("json", *plain.FORMS)
ERROR_RECORD: Final = "error-record"
PAST: Final = "past-forecasts"
_PAGE: Final = (
    Field("limit", "number", "Höchstens so viele Zeilen.", LIMIT, most=LIMIT),
    Field("offset", "number", "So viele passende Zeilen überspringen.", 0, most=10_000_000),
    LANG,
)
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
    def forms(self) -> tuple[str, ...]:
        """The formats the resource comes in."""
        return (*FORMS, "plotly") if self.name in DRAWN else FORMS

    @property
    def fields(self) -> tuple[Field, ...]:
        """The parameters of the resource."""
        form = Field("format", "choice", "Format; sonst entscheidet Accept.", None, choices=self.forms,
                     default=False)  # fmt: skip
        words = [Field(name, "code", f"Nur Zeilen mit diesem «{name}», auch mit *.", None, many=True)
                 for name in self.filters]  # fmt: skip
        return (*words, *([_WITH] if self.side else []), form, *_PAGE)


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
        "age-profiles", "AgeProfiles",
        Text("Fachkräfte nach Alter im Basisjahr", "Skilled workers by age in the base year"),
        ("trade", "region", "kind"), side=("notes",),
    ),
    Rows(
        PAST, "PastForecasts",
        Text("Was die Konten früher gesagt hätten", "What the accounts would have said before"),
        ("trade", "region", "measure", "asked_in", "year", "horizon"), ("card",), ("scores", "horizons"),
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
        ERROR_RECORD, "ErrorRecord", Text("Fehlerprotokoll früherer Aussagen", "Error record"),
        ("snapshot", "trade", "region", "year", "measure"), ("card",),
    ),
    Rows(
        "backtests", "Backtests", Text("Rückblickende Prüfung", "Backtests"),
        ("quantity", "model", "method", "indicator", "level", "horizon"), ("judgements",),
    ),
)  # fmt: skip


def document_of(release: Release, resource: Rows) -> Document | None:
    """Return columns, rows and what stands beside them; None if the release has no such table."""
    if resource.name == "backtests":
        return _backtests(release)
    document = release.snapshot.documents.get(resource.name.replace("-", "_"))
    return document if isinstance(document, dict) and "columns" in document else None


def _backtests(release: Release) -> Document | None:
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


@dataclass(frozen=True, slots=True)
class Page:
    """A question to one of the tables, and the table it is asked of.

    Args:
        release: The release in force, or the one the address names.
        resource: Which table.
        document: Columns, rows and what stands beside them; None if there is no such table.
        values: Checked values of the query string.
        here: Address below which links lead.
    """

    release: Release
    resource: Rows
    document: Document | None
    values: Values
    here: str = PREFIX

    @property
    def lang(self) -> Lang:
        """Language of names and notes."""
        return language_of(self.values)

    @property
    def offset(self) -> int:
        """Number of rows left out at the beginning."""
        return int(self.values.get("offset", ("0",))[0])

    @property
    def address(self) -> str:
        """The one spelling of the question."""
        return _address(self, self.values, self.offset)

    def body(self, form: str) -> bytes:
        """Return the answer in a format."""
        document, resource = self.document, self.resource
        columns = list(document["columns"]) if document else []
        rows = chosen_rows(document, self.values, resource) if document else []
        limit = int(self.values.get("limit", (str(LIMIT),))[0])
        total, page = len(rows), rows[self.offset : self.offset + limit]
        if document and resource.side:
            columns, page = PlanLabels(document, self.lang).rows(columns, page)
        if document and resource.name in (ERROR_RECORD, PAST):
            columns, named = error_records.named(self.release, columns, page, self.lang)
            page = list(named)
        about = meta(
            self.release, self.lang, total=total, returned=len(page), limit=limit, offset=self.offset,
            **self._reason(),
        )  # fmt: skip
        title = resource.title.of(self.lang)
        if form == "plotly":
            drawn = [dict(zip(columns, row, strict=True)) for row in page]
            return rows_figure(resource.name, drawn, self.release, title, self.lang)
        if form != "json":
            return plain.body(PlainTable(tuple(columns), page, title, about, self.lang, self.address), form)
        data = [dict(zip(columns, row, strict=True)) for row in page]
        more = self._more()
        links = self._links(total, len(page), limit)
        return orjson.dumps({"meta": about, "data": data, **({"more": more} if more else {}), "links": links})

    def _reason(self) -> dict[str, str]:
        """Say why there are no rows."""
        resource = self.resource
        if resource.name == ERROR_RECORD:
            said = error_records.reason(self.document, self.lang)
            return {} if said is None else {"reason": said}
        if self.document is not None:
            return {}
        missing = Text(
            f"Diese Veröffentlichung enthält keine Tabelle «{resource.title.de}».",
            f"This release holds no table “{resource.title.en}”.",
        )
        return {"reason": missing.of(self.lang)}

    def _more(self) -> dict[str, Any]:
        beside = (*self.resource.more, *(self.resource.side if "with" in self.values else ()))
        return {
            name: _in_language(self.document[name], self.lang)
            for name in beside
            if self.document and name in self.document
        }

    def _links(self, total: int, shown: int, limit: int) -> dict[str, str]:
        links = {"self": self.address}
        if limit and self.offset + shown < total:
            links["next"] = _address(self, self.values, self.offset + shown)
        if self.document and self.resource.side and "with" not in self.values:
            links["side"] = _address(self, {**self.values, "with": ("side",)}, self.offset)
        joined = "&" if "?" in self.address else "?"
        return links | {name: f"{self.address}{joined}format={name}" for name in ("csv", "xlsx", "parquet")}


def _in_language(entries: Any, lang: Lang) -> Any:  # noqa: ANN401  (any member of a document)
    """Entries as they stand, with their name in the language asked for."""
    if not isinstance(entries, list):
        return entries
    return [
        {"label": label(entry, lang), **entry} if isinstance(entry, dict) and "name_de" in entry else entry
        for entry in entries
    ]


def _address(page: Page, values: Values, offset: int) -> str:
    pairs: list[tuple[str, Sequence[str | int]]] = [
        (name, values.get(name, ())) for name in (*page.resource.filters, "with", "limit")
    ]
    text = canonical([*pairs, ("offset", [offset] if offset else [])], page.lang)
    return f"{page.here}/{page.resource.name}" + (f"?{text}" if text else "")


class _Routes:
    """The routes below one prefix: the release in force, or one named in the address."""

    def __init__(
        self,
        service: Service,
        releases: Releases,
        deliverer: Deliverer,
        records: ErrorRecords,
        *,
        pinned: bool,
    ) -> None:
        self.router = APIRouter(prefix=PINNED if pinned else PREFIX, tags=["Katalog"])
        self._service, self._releases, self._deliverer = service, releases, deliverer
        self._records, self._pinned = records, pinned

    def add(self, resource: Rows) -> None:
        """Add one table."""
        documented = described(Entries, resource.fields, example=document_examples.rows(resource.name))
        content = documented["responses"][200]["content"]
        for name in resource.forms[1:]:
            kind = media.FORMATS[name].media_type.partition(";")[0]
            binary = {"contentEncoding": "binary"} if name in HEAVY_FORMS else {}
            content[kind] = {"schema": {"type": "string", **binary}}

        @self.router.get(
            f"/{resource.name}",
            operation_id=f"get{resource.operation}",
            summary=resource.title.de,
            include_in_schema=not self._pinned,
            **documented,
        )
        async def get(request: Request) -> Response:
            return await self._answer(request, resource)

    async def _answer(self, request: Request, resource: Rows) -> Response:
        release = await self._releases.of(request)
        values = query.read(request.scope["query_string"], resource.fields)
        form = media.one_of(resource.forms, values, request.headers.get("accept", ""))
        if "with" in values and form.name != "json":
            only = Text("gilt nur für JSON", "applies to JSON only")
            detail = Text(f"Widerspruch bei «with»: {only.de}.", f"Contradiction at “with”: {only.en}.")
            raise invalid([Fault("with", detail, only)])
        version = ""
        if resource.name == ERROR_RECORD:
            version, document = await asyncio.to_thread(self._records.current)
            request.scope[QUESTION] = None  # it can grow while the release in force stays the same
        else:
            document = document_of(release, resource)
        if document is not None:
            chosen_rows(document, values, resource)
        page = Page(release, resource, document, values, base(request))
        respond = functools.partial(
            answer, request, self._service, release, f"{page.address}&format={form.name}&{version}",
            media_type=form.media_type, lang=page.lang,
            headers=disposition(release, resource.name, form),
            more=[] if "with" in values else alternates(page.address, form, FLAT),
            pinned=self._pinned,
        )  # fmt: skip
        return await self._deliverer.send(
            respond, lambda: page.body(form.name), heavy=form.name in HEAVY_FORMS
        )


def router(service: Service, releases: Releases, deliverer: Deliverer, *, pinned: bool = False) -> APIRouter:
    """Return the routes over a service.

    Args:
        service: What the routes share.
        releases: The release in force and those kept.
        deliverer: Builds what takes long.
        pinned: Below an address that names the release; the error record belongs to none.
    """
    records = ErrorRecords(service.settings.snapshot_root)
    routes = _Routes(service, releases, deliverer, records, pinned=pinned)
    for resource in RESOURCES:
        if not pinned or resource.name != ERROR_RECORD:
            routes.add(resource)
    return routes.router
