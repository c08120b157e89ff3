"""Charts to explore: plotly only on demand, and the very numbers of the page and of the interface."""

from __future__ import annotations

import gzip
import hashlib
import math
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import plotly.graph_objects as go
import pytest

from api.pages.library import Library, installed
from api.pages.versions import EXPLORED
from forecast import figures
from forecast.errors import OperationError
from tests.api.page_reader import Element, read_page

PAGES = ("/gewerk?trade=A-24", "/region", "/ausbildungsbedarf")


def explored(client, url: str) -> tuple[Element, list[str]]:
    page = read_page(client.get(url).text)
    return page, [one.get("data-figure") for one in page.all("figure") if one.get("data-figure")]


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("url", PAGES)
def test_every_figure_of_a_page_is_one_plotly_takes(client, url: str, lang: str) -> None:
    _, addresses = explored(client, f"{url}{'&' if '?' in url else '?'}lang={lang}")
    assert addresses
    for address in addresses:
        found = client.data(address)
        shown = go.Figure(found)
        assert shown.data
        assert shown.layout.separators == {"de": ",.", "en": ".,"}[lang]


def test_only_pages_with_charts_to_explore_ask_for_the_script_that_draws_them(client) -> None:
    for path in ("/", "/matrix", "/gewerk", "/region", "/ausbildungsbedarf", "/vergleich", "/hilfe"):
        page, addresses = explored(client, path)
        scripts = [one.get("src") for one in page.all("script")]
        assert any("erkunden" in one for one in scripts) == (path in EXPLORED)
        assert bool(addresses) == (path in EXPLORED)


@pytest.mark.parametrize("measure", ["gap", "training_need", "new_contracts"])
def test_a_series_has_the_numbers_of_the_interface(client, measure: str) -> None:
    query = f"trade=A-24&region=HWK-FF&measure={measure}"
    rows = client.data(f"/api/v1/series?{query}")["data"]
    known = {row["year"]: row for row in rows if row["value"] is not None}
    lines: dict[int, Any] = {}
    for trace in client.data(f"/erkunden/reihe?{query}")["data"]:
        if "fill" not in trace:
            ends = trace.get("customdata") or [[None] * 4] * len(trace["x"])
            lines |= {
                year: (value, *(ends_of or [None] * 4)[:2])
                for year, value, ends_of in zip(trace["x"], trace["y"], ends, strict=True)
                if value is not None
            }
    assert lines
    assert lines == {y: (r["value"], r["lower_80"], r["upper_80"]) for y, r in known.items()}


def test_contributions_add_up_to_the_gap_of_the_interface(client) -> None:
    query = "trade=A-24&region=HWK-FF&year=2030"
    (trace,) = client.data(f"/erkunden/posten?{query}")["data"]
    gap = client.data(f"/api/v1/matrix?{query}&measure=gap")["data"][0]["value"]
    assert math.isclose(sum(trace["x"][:-1]), gap)
    assert trace["x"][-1] == gap


def test_rankings_have_the_numbers_of_the_interface(client) -> None:
    for path, measure, year in (("/region", "gap", 2030), ("/ausbildungsbedarf", "training_need", 2035)):
        _, (address,) = explored(client, f"{path}?region=HWK-FF&year={year}")
        (trace,) = client.data(address)["data"]
        rows = {
            row["trade_label"]: row
            for row in client.data(f"/api/v1/matrix?region=HWK-FF&year={year}&measure={measure}")["data"]
        }
        assert trace["y"]
        for label, value, up, down in zip(
            trace["y"], trace["x"], trace["error_x"]["array"], trace["error_x"]["arrayminus"], strict=True
        ):
            row = rows[label]
            assert (value, value + up, value - down) == (row["value"], row["upper_80"], row["lower_80"])


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/erkunden/reihe?trade=A-24&measure=unfug", 404), ("/erkunden/reihe?trade=A-24", 422),
        ("/erkunden/reihe?measure=gap", 422), ("/erkunden/posten?trade=A-99", 404), ("/erkunden/x", 404),
    ],
)  # fmt: skip
def test_a_wrong_figure_is_refused(client, url: str, status: int) -> None:
    assert client.get(url).status_code == status


def test_the_script_is_the_installed_one_under_its_hash(client) -> None:
    page, _ = explored(client, "/region")
    address = page.one("template", id="erkunden").get("data-library")
    original = installed().read_bytes()
    assert address == f"/static/plotly.{hashlib.sha256(original).hexdigest()[:12]}.js"
    packed = client.raw_get(address, accept_encoding="gzip")
    assert packed.status == 200
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["content-type"].startswith("text/javascript")
    assert "immutable" in packed.headers["cache-control"]
    assert gzip.decompress(packed.body) == original
    assert client.raw_get(address).body == original
    assert client.get(urlsplit(address).path.replace(".js", ".css")).status_code == 404


def test_no_page_asks_for_plotly_by_itself(client) -> None:
    for url in PAGES:
        page, _ = explored(client, url)
        assert ["erkunden" in one.get("src") for one in page.all("script")] == [False, True]
        assert "plotly" not in client.get(url).text.replace(page.one("template").get("data-library"), "")


def test_a_package_without_the_script_is_named(monkeypatch, tmp_path: Path) -> None:
    monkeypatch.setattr("api.pages.library.find_spec", lambda _name: None)
    with pytest.raises(OperationError, match="plotly"):
        Library()


def test_a_range_with_a_gap_is_two_areas_and_the_line_breaks() -> None:
    def row(year: int, value: float | None) -> dict[str, Any]:
        ends = {"lower_80": value - 1, "upper_80": value + 1} if value is not None else {}
        return {"year": year, "value": value, **ends, "is_forecast": False}

    rows = [row(2018, None), row(2019, 4), row(2020, 5), row(2021, None), row(2022, 6), row(2023, 7)]
    band, line = figures.fan_figure(rows, "", "", lang="en", bands=("80",))["data"]
    assert line["y"] == [4, 5, None, 6, 7]
    assert band["name"] == "80% range"
    assert band["x"] == [2019, 2020, 2020, 2019, None, 2022, 2023, 2023, 2022]
    assert band["y"] == [5, 6, 4, 3, None, 7, 8, 6, 5]
    assert line["customdata"][2] == [None, None]
    assert "%{customdata[1]:,}" in line["hovertemplate"]
