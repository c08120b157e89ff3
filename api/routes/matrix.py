"""Cells of the cube: /matrix for regions and years, /series through all years, topics for one reader each.

All take the same selections, layouts and formats; a suffix (`/matrix.csv`) stands for `format=`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from api import examples, records, starters
from api.caching import HEAD_KEY
from api.delivery import Deliverer, Resource, place
from api.documentation import PREFIX, described
from api.formats import media
from api.language import Text
from api.pinned import Releases
from api.problems import (
    INTERNAL,
    INVALID,
    NOT_FOUND,
    NOT_READY,
    SELECTION,
    TOO_LONG,
    UNKNOWN_CODE,
    Fault,
    Problem,
)
from api.query import Field, Reader, Values, canonical, invalid
from api.release import Release
from api.schemas import Answers
from api.selection import Selection, years_named
from api.selection_fields import MATRIX_FIELDS, OUTLOOK_FIELDS, PAGED, SERIES_FIELDS, TOPIC_FIELDS
from api.service import Service

Instant = Callable[[Request], Response | None]
PROBLEMS: Final = (UNKNOWN_CODE, SELECTION, INVALID, TOO_LONG, INTERNAL, NOT_READY)
# name, operation, title; which measures belong to it says the catalogue of the release
TOPICS: Final = (
    ("training-need", "TrainingNeed", Text("Ausbildungsbedarf", "Training need")),
    ("outlook", "Outlook", Text("Aussichten für Anfängerinnen und Anfänger", "Outlook for starters")),
    ("succession", "Succession", Text("Betriebsnachfolge", "Business succession")),
    ("courses", "Courses", Text("Lehrgänge und Plätze", "Courses and places")),
    ("further-training", "FurtherTraining", Text("Weiterbildung", "Further training")),
)
MORE: Final[Mapping[str, tuple[str, ...]]] = {"outlook": starters.COLUMNS}
"""Columns of one topic alone."""
STARTS: Final = "start_year"
WHOLE_FORMS: Final = frozenset({"json-stat", "plotly"})
SUFFIX: Final = {
    "name": "suffix",
    "in": "path",
    "required": True,
    "description": "Endung statt format=.",
    "schema": {"type": "string", "enum": list(media.SUFFIXES)},
    "example": "csv",
}


def matrix_records(release: Release, asked: Selection) -> list[records.Record]:
    """Return the records of a page: the same numbers as the JSON."""
    return records.records(release, asked.region, asked.trades, asked.measures, [asked.year], asked.lang)


def _matrix_links(_: Release, chosen: Selection) -> Mapping[str, str]:
    return {
        "page": f"/?{place(chosen)}",
        "trades": f"{PREFIX}/trades",
        "measures": f"{PREFIX}/measures",
        "sources": f"{PREFIX}/sources",
    }


def _series_links(release: Release, chosen: Selection) -> Mapping[str, str]:
    if not chosen.trades or not chosen.regions:
        return {}
    pairs: list[tuple[str, Sequence[str | int]]] = [
        ("trade", chosen.trades[:1]),
        ("region", chosen.regions[:1]),
        ("year", [release.years[-1]]),
    ]
    return {"explain": f"{PREFIX}/explain?{canonical(pairs, chosen.lang)}"}


MATRIX: Final = Resource("matrix", Text("Fachkräftematrix", "Skills matrix"), _matrix_links)
SERIES: Final = Resource(
    "series", Text("Zeitreihen der Fachkräftematrix", "Series of the matrix"), _series_links
)
SHOWN: Final[Mapping[str, Resource]] = {"matrix": MATRIX, "series": SERIES}


def topic_measures(release: Release, name: str) -> tuple[str, ...]:
    """Return the measures of a release that belong to a topic, as its catalogue says."""
    entries = release.entries["measures"]
    return tuple(code for code in release.measures if name in entries[code].get("topics", ()))


def topic(release: Release, name: str, title: Text) -> Resource:
    """Return a topic, with the reason why it is empty where the release has none of its measures."""
    reason = None
    if not topic_measures(release, name):
        reason = Text(
            f"Diese Veröffentlichung enthält keine Messgrößen zu «{title.de}».",
            f"This release holds no measures on “{title.en}”.",
        )
    return Resource(name, title, lambda *_: {"measures": f"{PREFIX}/measures"}, reason)


def with_formats(documented: dict[str, Any]) -> dict[str, Any]:
    """Add the other formats to the description of a successful answer."""
    content = documented["responses"][200].setdefault("content", {})
    for form in media.FORMATS.values():
        kind, _, _ = form.media_type.partition(";")
        if form.name in {"xlsx", "parquet"}:
            content[kind] = {"schema": {"type": "string", "contentEncoding": "binary"}}
        elif form.name != "json":
            content.setdefault(kind, {"schema": {"type": "string"}})
    for kind in ("application/vnd.json-stat+json", media.PLOTLY_TYPE):
        content[kind] = {"schema": {"type": "object"}}
    return documented


def who_starts(chosen: Selection, values: Values, release: Release, form: media.Format) -> Selection:
    """Return the rows of the years in which those finish who start in the years asked for.

    Raises:
        Problem: 422 for a form that holds all years of all trades, or a year outside the axis.
    """
    if form.name in WHOLE_FORMS:
        fixed = Text(f"{form.name} hat eine feste Form", f"{form.name} has a fixed form")
        detail = Text(f"Widerspruch bei «{STARTS}»: {fixed.de}.", f"Contradiction at “{STARTS}”: {fixed.en}.")
        raise invalid([Fault(STARTS, detail, fixed)])
    starts = years_named(values, STARTS, release.years)
    places = release.starters().places(
        chosen.regions, chosen.trades, len(chosen.measures), chosen.years, starts
    )
    return chosen.narrowed(places, STARTS, values[STARTS], paged=form.name in PAGED)


class _Routes:
    """The routes below one prefix: the release in force, or one named in the address."""

    def __init__(self, releases: Releases, deliverer: Deliverer, *, pinned: bool) -> None:
        self.prefix = f"{PREFIX}/snapshots/{{snapshot_id}}" if pinned else PREFIX
        self.router = APIRouter(prefix=self.prefix, tags=["Matrix"])
        self._releases, self._deliverer = releases, deliverer
        self._pinned = pinned

    async def _answer(self, request: Request, name: str, reader: Reader) -> Response:
        release = await self._releases.of(request)
        suffix = str(request.path_params.get("suffix", ""))
        if suffix and suffix not in media.SUFFIXES:
            listed = ", ".join(f".{one}" for one in media.SUFFIXES)
            detail = Text(
                f"Diese Endung gibt es nicht; es gibt {listed}.",
                f"There is no such suffix; there are {listed}.",
            )
            raise Problem(NOT_FOUND, detail, near=tuple(media.SUFFIXES))
        values = reader.read(request.scope["query_string"])
        form = media.wanted(values, suffix, request.scope[HEAD_KEY].get(b"accept").decode("latin-1"))
        if name in SHOWN:
            chosen = Selection.of(values, release, series=name == "series", form=form.name)
            return await self._deliver(request, release, SHOWN[name], chosen, form)
        title = next(title for topical, _, title in TOPICS if topical == name)
        chosen = Selection.of(
            values, release, measures=topic_measures(release, name), form=form.name, more=MORE.get(name, ())
        )
        if STARTS in values:
            chosen = who_starts(chosen, values, release, form)
        resource = topic(release, name, title)
        return await self._deliver(request, release, resource, chosen, form)

    async def _deliver(
        self, request: Request, release: Release, resource: Resource, chosen: Selection, form: media.Format
    ) -> Response:
        return await self._deliverer.deliver(request, release, resource, chosen, form, pinned=self._pinned)

    def add(self, name: str, operation: str, summary: str, fields: Sequence[Field], example: object) -> None:
        """Add a resource, and its twin with a suffix."""
        start = "getPinned" if self._pinned else "get"
        described_as = with_formats(described(Answers, fields, PROBLEMS, example))

        reader = Reader(fields)

        @self.router.get(f"/{name}", operation_id=f"{start}{operation}", summary=summary, **described_as)
        async def plain(request: Request) -> Response:
            return await self._answer(request, name, reader)

        with_suffix = with_formats(described(Answers, fields, (NOT_FOUND, *PROBLEMS[1:]), example))
        with_suffix["openapi_extra"]["parameters"].append(SUFFIX)

        @self.router.get(
            f"/{name}.{{suffix}}",
            operation_id=f"{start}{operation}File",
            summary=f"{summary}, Format als Endung",
            include_in_schema=not self._pinned,
            **with_suffix,
        )
        async def file(request: Request) -> Response:
            return await self._answer(request, name, reader)


def instant(service: Service) -> dict[str, Instant]:
    """Return exact path → what answers at once: the hottest questions, without routing and without a task.

    Whatever is refused, heavy or unchanged comes back as None and goes the ordinary way, which says so.
    """
    deliverer = Deliverer(service)

    def made(name: str, fields: Sequence[Field]) -> Instant:
        reader, resource, series = Reader(fields), SHOWN[name], name == "series"

        def ask(request: Request) -> Response | None:
            release = service.release
            values = reader.read(request.scope["query_string"])
            form = media.wanted(values, "", request.scope[HEAD_KEY].get(b"accept").decode("latin-1"))
            chosen = Selection.of(values, release, series=series, form=form.name)
            return deliverer.at_once(request, release, resource, chosen, form)

        return ask

    return {
        f"{PREFIX}/matrix": made("matrix", MATRIX_FIELDS),
        f"{PREFIX}/series": made("series", SERIES_FIELDS),
    }


def router(releases: Releases, deliverer: Deliverer, *, pinned: bool = False) -> APIRouter:
    """Return the routes over a service.

    Args:
        releases: The release in force and those kept.
        deliverer: Builds the answers.
        pinned: Below `/snapshots/{snapshot_id}`, where answers never change.
    """
    routes = _Routes(releases, deliverer, pinned=pinned)
    routes.add("matrix", "Matrix", "Die Matrix von Regionen in Jahren", MATRIX_FIELDS, examples.MATRIX)
    routes.add("series", "Series", "Messgrößen von Gewerken durch alle Jahre", SERIES_FIELDS, examples.SERIES)
    for name, operation, title in TOPICS:
        fields = OUTLOOK_FIELDS if name in MORE else TOPIC_FIELDS
        routes.add(name, operation, title.de, fields, examples.topic(name))
    return routes.router
