"""GET /observations: the figures as they were printed, on which everything rests."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, query
from api.caching import answer
from api.delivery import FLAT, HEAVY_FORMS, Deliverer, alternates, disposition
from api.documentation import PREFIX, described
from api.formats import media, plain
from api.formats.plain import Kind, PlainTable
from api.language import Text
from api.pinned import PINNED, Releases, base
from api.problems import unknown_code
from api.query import LANG, Field, Values, canonical, language_of
from api.records import meta
from api.release import NOUNS, Release
from api.schemas import Entries
from api.service import Service

LIMIT: Final = 5_000
FORMS: Final = ("json", *plain.FORMS)
TITLE: Final = Text("Veröffentlichte Ausgangszahlen", "Published figures")
#: A column whose cells may all be empty or whole on a page keeps its type on every page.
KINDS: Final[Mapping[str, Kind]] = {"age": "text", "value": "number", "year": "integer"}
FILTERS: Final = ("indicator", "trade", "region")
FIELDS: Final = (
    Field("indicator", "code", "Nur diese Kennzahlen.", "new_contracts", many=True),
    Field("trade", "code", "Nur diese Gewerke, Berufe oder Zusammenfassungen.", "A-24", many=True),
    Field("region", "code", "Nur diese Regionen.", "BB", many=True),
    Field("year", "year", "Nur dieses Jahr.", 2024),
    Field("limit", "number", "Höchstens so viele Zeilen.", LIMIT, most=LIMIT),
    Field("offset", "number", "So viele passende Zeilen überspringen.", 0, most=10_000_000),
    Field(
        "format",
        "choice",
        "Format; sonst entscheidet Accept.",
        None,
        choices=FORMS,
        default=False,
    ),
    LANG,
)


def matching(release: Release, values: Values) -> list[Sequence[Any]]:
    """Return the rows of printed figures that pass every filter, in the order of the table."""
    document = release.snapshot.documents["observations"]
    rows = document["rows"]
    if "indicator" in values:
        found = release.observed()
        numbers = sorted(n for code in values["indicator"] for n in found.get(code, ()))
        rows = [rows[number] for number in numbers]
    for name in ("trade", "region"):
        if name in values:
            at, wanted = document["columns"].index(name), set(values[name])
            rows = [row for row in rows if row[at] in wanted]
    if "year" in values:
        at, year = document["columns"].index("year"), int(values["year"][0])
        rows = [row for row in rows if row[at] == year]
    return list(rows)


def _check(release: Release, values: Values) -> None:
    for name in FILTERS:
        for code in values.get(name, ()):
            known = release.subjects(name)
            if code not in known:
                raise unknown_code(NOUNS[f"{name}s"] if name != "trade" else _SUBJECT, code, known)


_SUBJECT: Final = Text("Ein Gewerk, einen Beruf oder eine Zusammenfassung", "trade, occupation or aggregate")


def observations_body(release: Release, values: Values, form: str = "json", here: str = PREFIX) -> bytes:
    """Return one page of the matching rows in a format; links lead below an address."""
    lang = language_of(values)
    limit = int(values.get("limit", (str(LIMIT),))[0])
    offset = int(values.get("offset", ("0",))[0])
    rows = matching(release, values)
    page = rows[offset : offset + limit]
    columns = release.snapshot.documents["observations"]["columns"]
    counts = {"total": len(rows), "returned": len(page), "limit": limit, "offset": offset}
    about, address = meta(release, lang, **counts), _address(here, values, offset)
    if form != "json":
        return plain.body(PlainTable(tuple(columns), page, TITLE.of(lang), about, lang, address, KINDS), form)
    links = {"self": address}
    if limit and offset + len(page) < len(rows):
        links["next"] = _address(here, values, offset + len(page))
    return orjson.dumps(
        {
            "meta": about,
            "data": [dict(zip(columns, row, strict=True)) for row in page],
            "links": links,
        }
    )


def _address(here: str, values: Values, offset: int) -> str:
    pairs = [(name, values.get(name, ())) for name in (*FILTERS, "year", "limit")]
    text = canonical([*pairs, ("offset", [offset] if offset else [])], language_of(values))
    return f"{here}/observations" + (f"?{text}" if text else "")


def router(service: Service, releases: Releases, deliverer: Deliverer, *, pinned: bool = False) -> APIRouter:
    """Return the route over a service.

    Args:
        service: What the routes share.
        releases: The release in force and those kept.
        deliverer: Builds what takes long.
        pinned: Below an address that names the release.
    """
    routes = APIRouter(prefix=PINNED if pinned else PREFIX, tags=["Matrix"])
    documented = described(Entries, FIELDS, example=examples.OBSERVATIONS)
    for name in plain.FORMS:
        kind = media.FORMATS[name].media_type.partition(";")[0]
        binary = {"contentEncoding": "binary"} if name in HEAVY_FORMS else {}
        documented["responses"][200]["content"][kind] = {"schema": {"type": "string", **binary}}

    @routes.get(
        "/observations",
        operation_id="listObservations",
        summary="Veröffentlichte Ausgangszahlen, wie sie gedruckt sind",
        include_in_schema=not pinned,
        **documented,
    )
    async def observations(request: Request) -> Response:
        release = await releases.of(request)
        values = query.read(request.scope["query_string"], FIELDS)
        _check(release, values)
        form = media.one_of(FORMS, values, request.headers.get("accept", ""))
        here = base(request)
        text = _address(here, values, int(values.get("offset", ("0",))[0]))
        respond = functools.partial(
            answer, request, service, release, f"{text}&format={form.name}", media_type=form.media_type,
            lang=language_of(values), pinned=pinned,
            headers=disposition(release, "observations", form), more=alternates(text, form, FLAT),
        )  # fmt: skip
        return await deliverer.send(
            respond, lambda: observations_body(release, values, form.name, here),
            heavy=form.name in HEAVY_FORMS,
        )  # fmt: skip

    return routes
