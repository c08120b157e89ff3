"""Regions without a matrix show what is published for them, as printed, and why there is no more."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from api.pages.printed_view import Printed, printed_of, rarest_first
from tests.api.page_reader import read_page

COLUMNS = [
    "indicator",
    "trade",
    "region",
    "year",
    "age",
    "value",
    "unit",
    "status",
    "published",
    "source",
    "note",
]


def row(indicator: str, trade: str, region: str, year: int, value: float | None, **more: str) -> list[Any]:
    fields = {"age": "", "unit": "persons", "status": "observed", "published": "", "source": "", "note": ""}
    fields |= more
    return [indicator, trade, region, year, fields["age"], value, *(fields[name] for name in COLUMNS[6:])]


def release(rows: list[list[Any]]) -> Any:
    names = {"employees": "Beschäftigte", "leavers": "Abgänger", "A-24": "Installateur", "A-23": "Klempner"}
    groups = [{"code": "KldB-342", "role": "main"}]
    return SimpleNamespace(
        snapshot=SimpleNamespace(documents={"observations": {"columns": COLUMNS, "rows": rows}}),
        entries={"trades": {"A-24": {"occupation_groups": groups}, "A-23": {"occupation_groups": groups}}},
        label=lambda kind, code, lang: names[code],
    )


def test_first_and_latest_figure_of_every_series() -> None:
    rows = [
        row("leavers", "*", "12067", 2015, 1465),
        row("employees", "KldB-342", "12067", 2025, 2250),
        row("employees", "KldB-342", "12067", 2013, 2485.5, status="rounded"),
        row("employees", "KldB-342", "12060", 2012, 7),  # another region
        row("employees", "KldB-342", "12067", 2012, None, status="suppressed"),
        row("employees", "KldB-342", "12067", 2011, 9, status="estimated"),  # not printed
        row("employees", "*", "12067", 2025, 3, age="20 bis unter 25"),  # a part
        row("leavers_interim", "*", "12067", 2016, 8),  # not the year's end
    ]
    assert printed_of(release(rows), "12067", "de") == (
        Printed("Abgänger", "", "", "1.465\u00a0(2015)"),
        Printed(
            "Beschäftigte", "KldB-342 (Installateur, Klempner)", "2.485,5\u00a0(2013)", "2.250\u00a0(2025)"
        ),
    )


def test_what_is_said_of_fewer_cells_comes_first() -> None:
    assert rarest_first(["a", "b", "a", None, "", "a"]) == ("b", "a")


def test_only_a_region_without_a_matrix_shows_printed_figures(client) -> None:
    said = "Was für diese Region veröffentlicht ist"
    for region in client.data("/api/v1/regions")["data"]:
        page = read_page(client.get(f"/region?region={region['code']}&year=2031").text)
        found = client.data(f"/api/v1/matrix?region={region['code']}&measure=gap&year=2031")["data"]
        rows = client.data(f"/api/v1/observations?region={region['code']}")["data"]
        bare = all(one["value"] is None for one in found)
        shown = said in [heading.text for heading in page.all("h2")]
        assert not shown or (bare and rows), region["code"]
