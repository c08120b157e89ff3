"""From a selection to an answer: format, file name, links, pages; one way for all that shows cells."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from fastapi import Request, Response

from api.caching import Headers, answer
from api.envelope import about, why_empty
from api.formats import csv_text, json_layouts, media, parquet, plotly, sdmx_csv, xlsx
from api.formats.jsonstat import jsonstat
from api.language import Lang, Text
from api.problems import BUSY, Problem
from api.query import canonical
from api.release import Release
from api.schemas import API
from api.selection import Selection
from api.selection_fields import WHOLE_ROWS
from api.service import Service
from api.table import Table

HEAVY_ROWS: Final = 5_000
HEAVY_FORMS: Final = frozenset({"xlsx", "parquet"})
HEAVY_AT_ONCE: Final = 2
HEAVY_WAITING: Final = 8
RETRY_AFTER: Final = {"Retry-After": "5"}
ONE_BY_ONE: Final = ("json", "csv")
FLAT: Final = (*ONE_BY_ONE, "xlsx", "parquet")
OTHER_FORMS: Final = (*FLAT, "json-stat")
_ALTERNATE: Final = {
    name: f'; rel="alternate"; type="{form.media_type.partition(";")[0]}"'
    for name, form in media.FORMATS.items()
}
LEVEL_NAMES: Final = ("region", "trade", "measure", "year")


@dataclass(frozen=True, slots=True)
class Resource:
    """What is shown, under which name.

    Args:
        name: Last part of the address, and stem of file names.
        title: For people.
        links: Makes further links of the envelope from the selection.
        reason: Why the selection is empty, if it has to be.
    """

    name: str
    title: Text
    links: Callable[[Release, Selection], Mapping[str, str]]
    reason: Text | None = None


class Deliverer:
    """Turns selections into answers; large ones are built beside the event loop, a few at a time.

    Args:
        service: Cache and settings.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._heavy = asyncio.Semaphore(HEAVY_AT_ONCE)
        self._waiting = 0

    async def deliver(
        self,
        request: Request,
        release: Release,
        resource: Resource,
        chosen: Selection,
        form: media.Format,
        *,
        pinned: bool = False,
    ) -> Response:
        """Return the answer to a checked question.

        Args:
            request: The request.
            release: The release it is answered from.
            resource: What is asked.
            chosen: Cells and form.
            form: Format.
            pinned: Whether the address names the release.
        """
        respond, build = self._prepared(request, release, resource, chosen, form, pinned=pinned)
        return await self.send(respond, build, heavy=is_heavy(chosen, form))

    def at_once(
        self, request: Request, release: Release, resource: Resource, chosen: Selection, form: media.Format
    ) -> Response | None:
        """Return the answer to a checked question if building it takes no time worth a turn; else None."""
        if is_heavy(chosen, form):
            return None
        respond, build = self._prepared(request, release, resource, chosen, form, pinned=False)
        return respond(build)

    def _prepared(
        self,
        request: Request,
        release: Release,
        resource: Resource,
        chosen: Selection,
        form: media.Format,
        *,
        pinned: bool,
    ) -> tuple[Callable[[Callable[[], bytes]], Response], Callable[[], bytes]]:
        """Return what makes the answer from what builds its bytes, and that."""
        path = request.scope["path"]
        links = _links(release, resource, chosen, form, path)
        table = "matrix" if resource.name == "series" else resource.name
        here = f"{API}/snapshots/{release.id}" if pinned else API
        shown = {} if resource.reason else {"describedby": f"{here}/tables/{table}/metadata"}
        if "next" in links:
            shown["next"] = links["next"]
        respond = functools.partial(
            answer, request, self._service, release, f"{chosen.text}&format={form.name}",
            media_type=form.media_type, lang=chosen.lang, links=shown,
            headers=disposition(release, resource.name, form),
            more=alternates(links["self"], form, _other_forms(chosen)),
            pinned=pinned,
        )  # fmt: skip
        return respond, lambda: body_of(release, resource, chosen, form, links)

    async def send(
        self, respond: Callable[[Callable[[], bytes]], Response], build: Callable[[], bytes], *, heavy: bool
    ) -> Response:
        """Return an answer; what takes long is built beside the event loop, and only if nobody has it yet.

        Args:
            respond: Makes the answer from what builds its bytes.
            build: Builds the bytes.
            heavy: Whether that takes long.

        Raises:
            Problem: 503 if too many wait already.
        """
        if not heavy:
            return respond(build)
        try:
            return respond(_needed)  # kept, or known to the caller
        except _Needed:
            built = await self._beside(build)
            return respond(lambda: built)

    async def _beside(self, build: Callable[[], bytes]) -> bytes:
        """Build beside the event loop, a few at a time; refuse when too many wait already."""
        if self._waiting >= HEAVY_WAITING:
            raise Problem(BUSY, headers=RETRY_AFTER)
        self._waiting += 1
        try:
            async with self._heavy:
                return await asyncio.to_thread(build)
        finally:
            self._waiting -= 1


def is_heavy(chosen: Selection, form: media.Format) -> bool:
    """Tell whether an answer is built beside the event loop."""
    return chosen.stop - chosen.start > HEAVY_ROWS or form.name in HEAVY_FORMS


def disposition(release: Release, name: str, form: media.Format) -> dict[str, str]:
    """Return the name under which a browser saves an answer; JSON is looked at, not saved.

    Args:
        release: Its id is part of the name, so that files of two releases are told apart.
        name: Of the resource.
        form: Of the answer.
    """
    if form.name == "json":
        return {}
    kind = "attachment" if form.download else "inline"
    file = f"fachkraeftematrix-{name}-{release.id}.{form.suffix}"
    return {"Content-Disposition": f'{kind}; filename="{file}"'}


def alternates(address: str, form: media.Format, names: Sequence[str]) -> Headers:
    """Return the header that names the same answer in other formats.

    Args:
        address: Of this answer: quoted path and canonical query, without the format.
        form: Format of this answer.
        names: Formats worth naming.

    Example:
        >>> alternates("/api/v1/matrix.csv?year=2030", media.FORMATS["csv"], ("csv", "json"))
        [(b'link', b'</api/v1/matrix?year=2030&format=json>; rel="alternate"; type="application/json"')]
    """
    path, _, text = address.partition("?")
    if "[" in text:  # names of PxWebApi; a reference may not hold them
        text = text.replace("[", "%5B").replace("]", "%5D")
    start = f"{path.removesuffix(f'.{form.suffix}')}?{text}{'&' if text else ''}format="
    others = [f"<{start}{name}>{_ALTERNATE[name]}" for name in names if name != form.name]
    return [(b"link", ", ".join(others).encode("ascii", "replace"))] if others else []


def _other_forms(chosen: Selection) -> Sequence[str]:
    """Return the formats that can hold the same selection."""
    if chosen.layout != "records" or chosen.shape != "envelope" or "limit=" in chosen.text or chosen.start:
        return ()  # a form of JSON, or a page
    if chosen.total > WHOLE_ROWS:
        return ONE_BY_ONE
    fixed = "columns=" in chosen.text or "start_year=" in chosen.text
    return FLAT if fixed else OTHER_FORMS


class _Needed(Exception):  # noqa: N818  (a signal, not an error)
    """The answer has to be built."""


def _needed() -> bytes:
    raise _Needed


def body_of(
    release: Release, resource: Resource, chosen: Selection, form: media.Format, links: Mapping[str, str]
) -> bytes:
    """Return the bytes of a page of cells in a format."""
    table = Table(release, chosen)
    title = resource.title.of(chosen.lang)
    match form.name:
        case "json":
            reason = resource.reason or why_empty(chosen)
            return json_layouts.answer(table, about(release, chosen, reason), links)
        case "ndjson":
            return json_layouts.ndjson(table)
        case "csv":
            return csv_text.csv(table)
        case "csv-de":
            return csv_text.csv(table, csv_text.GERMAN)
        case "json-stat":
            return jsonstat(table, title)
        case "sdmx-csv":
            return sdmx_csv.sdmx_csv(table)
        case "plotly":
            return plotly.cells_figure(table, title, resource.reason)
        case "xlsx":
            return xlsx.xlsx(table, title, links["self"])
        case "parquet":
            return parquet.parquet([table], title)
    raise KeyError(form.name)


def _links(
    release: Release, resource: Resource, chosen: Selection, form: media.Format, path: str
) -> dict[str, str]:
    address = _quoted(path)
    links = {"self": f"{address}?{chosen.text}" if chosen.text else address}
    following = chosen.next_cursor(release)
    if following is not None:
        kept = "&".join(part for part in chosen.text.split("&") if part and not part.startswith("cursor="))
        named = f"&format={form.name}" if form.name != "json" and not path.endswith(f".{form.suffix}") else ""
        links["next"] = f"{address}?{kept}{'&' if kept else ''}cursor={following}{named}"
    return links | dict(resource.links(release, chosen))


def place(chosen: Selection) -> str:
    """Return the query of the page that shows the first region and year."""
    if not chosen.regions or not chosen.years:
        return ""
    return _place(chosen.region, chosen.year, chosen.lang)


@functools.lru_cache(maxsize=4_096)
def _place(region: str, year: int, lang: Lang) -> str:
    return canonical([("region", [region]), ("year", [year])], lang)


@functools.lru_cache(maxsize=64)
def _quoted(path: str) -> str:
    return quote(path)
