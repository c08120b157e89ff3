"""Kept releases: one of them, and the difference between two."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any, Final

import orjson
from fastapi import APIRouter, Request, Response

from api import examples, query
from api.attribution import COLUMNS as REASON_COLUMNS
from api.attribution import Asked, attribution
from api.caching import answer
from api.delivery import FLAT, HEAVY_FORMS, Deliverer, alternates, disposition
from api.difference import COLUMNS, changes
from api.documentation import PREFIX, described
from api.formats import media, plain
from api.formats.plain import PlainTable
from api.language import Text
from api.pinned import Releases
from api.problems import INTERNAL, INVALID, NOT_READY, SELECTION, TOO_LONG, UNKNOWN_CODE, Problem
from api.query import LANG, REGION, TRADE, YEAR, Field, canonical, language_of, year_on_axis
from api.records import meta
from api.release import Release
from api.schemas import Difference, Entry, Reasons
from api.selection import Selection
from api.selection_fields import MEASURES_FIELD, PAGE_ROWS, REGIONS_FIELD, TRADES_FIELD, YEARS_FIELD
from api.service import Service

PROBLEMS: Final = (UNKNOWN_CODE, INVALID, TOO_LONG, INTERNAL, NOT_READY)
TITLE: Final = Text("Unterschied zweier Stände", "Difference between two releases")
FORMS: Final = ("json", *plain.FORMS)
TO: Final = Field("to", "code", "Der spätere Stand; ohne Angabe der geltende.", None)
FIELDS: Final = (
    TO,
    replace(REGIONS_FIELD, required=False, unless=()),
    replace(YEARS_FIELD, required=False, description="Jahre; ohne Angabe vom Ausgangsjahr bis zum Horizont."),
    TRADES_FIELD,
    MEASURES_FIELD,
    Field("format", "choice", "Format; sonst entscheidet Accept.", None, choices=FORMS, default=False),
    LANG,
)
REASONS_TITLE: Final = Text("Woher die Änderung kommt", "What the change comes from")
REASON_FIELDS: Final = (TO, TRADE, REGION, YEAR, *FIELDS[-2:])
PINNED: Final = (
    "matrix",
    "series",
    "explain",
    "observations",
    "training-need",
    "outlook",
    "succession",
    "courses",
    "further-training",
    "training-plan",
    "backtests",
    "tables",
    "codelists",
    "downloads",
    "catalog.jsonld",
    "datapackage.json",
    "trades",
    "regions",
    "groups",
    "measures",
    "indicators",
    "parameters",
    "sources",
    "events",
    "scenarios",
    "cards",
)


def snapshot_document(release: Release, current: str) -> dict[str, Any]:
    """Return what a release is: run, axes, files, and where its numbers are."""
    here = f"{PREFIX}/snapshots/{release.id}"
    axes = release.snapshot.axes
    return {
        "id": release.id,
        "is_current": release.id == current,
        **release.snapshot.meta,
        "axes": {"regions": len(axes.regions), "trades": len(release.trades), "measures": list(axes.measures),
                 "years": [axes.years[0], axes.years[-1]]},
        "files": [
            {"name": name, **entry} for name, entry in sorted(release.snapshot.manifest["files"].items())
        ],
        "links": {name: f"{here}/{name}" for name in PINNED}
        | {"difference": f"{here}/difference", "reasons": f"{here}/difference/reasons"},
    }  # fmt: skip


def difference_body(before: Release, after: Release, chosen: Selection, form: str = "json") -> bytes:
    """Return the changed cells in a format, with how many were compared.

    Args:
        before: The earlier release.
        after: The later release.
        chosen: The cells compared.
        form: One of ``FORMS``.
    """
    found = changes(before, after, chosen)
    lang = chosen.lang
    about = {
        **meta(after, lang),
        "compared_with": before.id,
        "compared_as_of": before.catalogue["as_of"],
        "compared": chosen.total,
        "changed": len(found),
    }
    address = difference_address(before, after, chosen)
    if form != "json":
        rows = [[record[name] for name in COLUMNS] for record in found]
        compared = Text("Verglichen mit", "Compared with").of(lang)
        remarks = ((compared, f"{before.id} ({about['compared_as_of']})"),)
        kinds = plain.like_cells(COLUMNS)
        table = PlainTable(COLUMNS, rows, TITLE.of(lang), about, lang, address, kinds, remarks, narrow=True)
        return plain.body(table, form)
    links = {"from": f"{PREFIX}/snapshots/{before.id}", "to": f"{PREFIX}/snapshots/{after.id}"}
    links |= {name: f"{address}&format={name}" for name in ("csv", "xlsx", "parquet")}
    gaps = [one for one in found if one["measure"] == "gap" and one["change"]]
    if gaps:  # why the gap that moved most did so
        most = max(gaps, key=lambda one: abs(one["change"]))
        pairs: list[tuple[str, list[str | int]]] = [
            ("to", [after.id]), ("trade", [most["trade_code"]]), ("region", [most["region_code"]]),
            ("year", [most["year"]]),
        ]  # fmt: skip
        links["reasons"] = f"{links['from']}/difference/reasons?{canonical(pairs, lang)}"
    return orjson.dumps({"meta": about, "data": found, "links": links})


def difference_address(before: Release, after: Release, chosen: Selection) -> str:
    """Return the address of a comparison that names both releases and so never changes."""
    asked = f"&{chosen.text}" if chosen.text else ""
    return f"{PREFIX}/snapshots/{before.id}/difference?to={after.id}{asked}"


def router(service: Service, releases: Releases, deliverer: Deliverer) -> APIRouter:
    """Return the routes over a service."""
    routes = APIRouter(prefix=PREFIX, tags=["Betrieb"])

    @routes.get(
        "/snapshots/{snapshot_id}", operation_id="getSnapshot", summary="Ein aufbewahrter Stand",
        **described(Entry, (LANG,), PROBLEMS, examples.SNAPSHOT),
    )  # fmt: skip
    async def one(request: Request, snapshot_id: str) -> Response:
        release = await releases.named(snapshot_id)
        current = service.release.id
        lang = language_of(query.read(request.scope["query_string"], (LANG,)))
        body = {
            "meta": meta(release, lang),
            "data": snapshot_document(release, current),
            "links": {"self": f"{PREFIX}/snapshots/{release.id}", "collection": f"{PREFIX}/snapshots"},
        }
        return answer(request, service, release, f"current={current}", lambda: orjson.dumps(body), lang=lang)

    documented = described(Difference, FIELDS, (UNKNOWN_CODE, SELECTION, *PROBLEMS[1:]), examples.DIFFERENCE)

    @routes.get(
        "/snapshots/{snapshot_id}/difference",
        operation_id="getSnapshotDifference",
        summary="Was sich zwischen zwei Ständen geändert hat",
        **_with_forms(documented),
    )
    async def difference(request: Request, snapshot_id: str) -> Response:
        values = query.read(request.scope["query_string"], FIELDS)
        before = await releases.named(snapshot_id)
        after = await releases.named(values["to"][0]) if "to" in values else service.release
        chosen = Selection.of(values, after, measures=after.default_measures)
        if chosen.total > PAGE_ROWS:
            raise Problem(SELECTION, Text(
                f"Verglichen werden höchstens {PAGE_ROWS} Zellen; verlangt sind {chosen.total}.",
                f"At most {PAGE_ROWS} cells are compared; {chosen.total} are asked for.",
            ))  # fmt: skip
        form = media.one_of(FORMS, values, request.headers.get("accept", ""))
        headers = disposition(after, f"difference-{before.id}", form)
        respond = functools.partial(
            answer, request, service, after, f"from={before.id}&{chosen.text}&format={form.name}",
            media_type=form.media_type, lang=chosen.lang, headers=headers,
            more=alternates(difference_address(before, after, chosen), form, FLAT),
        )  # fmt: skip
        return await deliverer.send(
            respond, lambda: difference_body(before, after, chosen, form.name), heavy=True
        )

    _reasons(routes, service, releases, deliverer)
    return routes


def _with_forms(documented: dict[str, Any]) -> dict[str, Any]:
    """Add the formats of flat rows to the description of a successful answer."""
    for name in plain.FORMS:
        kind = media.FORMATS[name].media_type.partition(";")[0]
        binary = {"contentEncoding": "binary"} if name in HEAVY_FORMS else {}
        documented["responses"][200]["content"][kind] = {"schema": {"type": "string", **binary}}
    return documented


def reasons_body(before: Release, after: Release, asked: Asked, form: str) -> bytes:
    """Return the parts of the change of a gap in a format.

    Args:
        before: The earlier release.
        after: The later release.
        asked: The cell.
        form: One of ``FORMS``.
    """
    document = attribution(before, after, asked)
    pairs: list[tuple[str, list[str | int]]] = [
        ("to", [after.id]), ("trade", [asked.trade]), ("region", [asked.region]), ("year", [asked.year])
    ]  # fmt: skip
    here = f"{PREFIX}/snapshots/{before.id}"
    address = f"{here}/difference/reasons?{canonical(pairs, asked.lang)}"
    if form != "json":
        rows = [[record[name] for name in REASON_COLUMNS] for record in document["data"]]
        about = document["meta"]
        heads = (("compared_with", Text("Verglichen mit", "Compared with")),
                 ("gap_before", Text("Lücke vorher", "Gap before")),
                 ("gap_after", Text("Lücke nachher", "Gap after")))  # fmt: skip
        remarks = tuple((text.of(asked.lang), str(about[name])) for name, text in heads)
        kinds: dict[str, plain.Kind] = {
            "value_before": "integer",
            "value_after": "integer",
            "change": "integer",
        }
        title = REASONS_TITLE.of(asked.lang)
        table = PlainTable(REASON_COLUMNS, rows, title, about, asked.lang, address, kinds, remarks)
        return plain.body(table, form)
    links = {"self": address, "from": here, "to": f"{PREFIX}/snapshots/{after.id}"}
    place = canonical(pairs[1:], asked.lang)
    links |= {"explain_before": f"{here}/explain?{place}",
              "explain_after": f"{PREFIX}/snapshots/{after.id}/explain?{place}"}  # fmt: skip
    links |= {name: f"{address}&format={name}" for name in ("csv", "xlsx", "parquet")}
    return orjson.dumps({**document, "links": links})


def _reasons(routes: APIRouter, service: Service, releases: Releases, deliverer: Deliverer) -> None:
    documented = described(Reasons, REASON_FIELDS, (UNKNOWN_CODE, *PROBLEMS[1:]), examples.REASONS)

    @routes.get(
        "/snapshots/{snapshot_id}/difference/reasons",
        operation_id="getSnapshotDifferenceReasons",
        summary="Woher die Änderung einer Lücke zwischen zwei Ständen kommt",
        **_with_forms(documented),
    )
    async def reasons(request: Request, snapshot_id: str) -> Response:
        values = query.read(request.scope["query_string"], REASON_FIELDS)
        before = await releases.named(snapshot_id)
        after = await releases.named(values["to"][0]) if "to" in values else service.release
        trade, region = values["trade"][0], values["region"][0]
        after.entry("trades", trade)
        after.entry("regions", region)
        asked = Asked(trade, region, year_on_axis(values["year"][0], after.years), language_of(values))
        form = media.one_of(FORMS, values, request.headers.get("accept", ""))
        respond = functools.partial(
            answer, request, service, after,
            f"reasons={before.id}&{trade}&{region}&{asked.year}&{asked.lang}&format={form.name}",
            media_type=form.media_type, lang=asked.lang,
            headers=disposition(after, f"difference-reasons-{before.id}", form),
        )  # fmt: skip
        return await deliverer.send(
            respond, lambda: reasons_body(before, after, asked, form.name), heavy=True
        )
