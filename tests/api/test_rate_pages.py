"""The gap for every 100, sums, ages and past forecasts on the pages are exactly the interface's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import plotly.graph_objects as go
import pytest

from api.app import create_app
from api.pages import numbers
from api.pages.figures import DIGITS
from api.service import Settings
from forecast.rounding import DECIMALS
from forecast.snapshot import write_snapshot
from tests.api.conftest import Client
from tests.api.page_reader import Element, read_page
from tests.api.rate_toy import RATE, SUM_ROWS, rate_content
from tests.api.test_error_record_route import ONE, TWO, published
from tests.api.test_matrix_page import COLUMNS
from tests.api.test_place_pages import BETWEEN, compare, json_link, lines, number
from tests.toy_snapshot import BASE_YEAR, TRADES

HEADING = {"de": "Fachkräfte in Handwerksberufen: ", "en": "Skilled workers in craft occupations: "}


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """The service over a release with the relative gap."""
    root: Path = tmp_path_factory.mktemp("rated")
    write_snapshot(root, rate_content())
    found = Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))
    yield found
    for end in found.service.at_end:
        end()


def second(cell: Element, record: dict[str, Any], lang: str) -> None:
    """The second number of a cell is the record's, with its range."""
    if record["value"] is None:
        assert not cell.all("span", kind="second")
        return
    assert number(cell.one("span", kind="second").children[0].strip(), lang) == record["value"]  # type: ignore[union-attr]
    if record["lower_80"] is not None:
        ends = cell.all("span", kind="range")[-1].text.split(BETWEEN[lang])
        assert [number(end, lang) for end in ends] == [record["lower_80"], record["upper_80"]]


def every(client: Client, link: str) -> dict[tuple[str, str, str], dict[str, Any]]:
    """Trade, column and measure → record, the rows that are sums included."""
    sums = f"{link}&trade={','.join(SUM_ROWS)}".replace("/matrix?", "/series?")
    found = [*client.data(link)["data"], *client.data(sums)["data"]]
    return {(r["trade_code"], str(r["year"]), r["measure"]): r for r in found}


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("size", ["absolut", "je100", "beides"])
@pytest.mark.parametrize("order", ["gruppe", "luecke"])
def test_every_cell_and_every_sum_of_the_heat_map(rated: Client, lang: str, size: str, order: str) -> None:
    page = read_page(rated.get(f"/matrix?wert={size}&ordnung={order}&region=BB&year=2033&lang={lang}").text)
    link = json_link(page)
    assert parse_qs(urlsplit(link).query)["measure"] == ["gap,gap_rate"]
    found = every(rated, link)
    table = page.one("table")
    heads = [head.text.removesuffix(" ▼") for head in table.one("thead").all("th")[1:]]
    shown = lines(table)
    for trade, cells in shown:
        for head, cell in zip(heads, cells, strict=True):
            gap, rate = found[trade, head, "gap"], found[trade, head, RATE]
            compare(cell, rate if size == "je100" else gap, lang)
            if size == "beides":
                second(cell, rate, lang)
            else:
                assert not cell.all("span", kind="second")
    names = [trade for trade, _ in shown]
    assert names[-1] == "GRP-ALL"
    groups = ["GRP-METAL", "GRP-SHK"] if order == "gruppe" else []
    assert [name for name in names if name in SUM_ROWS] == [*groups, "GRP-ALL"]
    if order == "luecke":
        by = RATE if size != "absolut" else "gap"
        values = [found[trade, "2033", by]["value"] for trade in names[:-1]]
        assert values == sorted(values, reverse=True)


def test_a_group_has_its_sum_and_not_that_of_all(rated: Client) -> None:
    for url in ("/matrix?gruppe=shk", "/matrix?gruppe=shk&ordnung=name", "/?gruppe=shk"):
        page = read_page(rated.get(url).text)
        assert [name for name, _ in lines(page.one("table"))] == ["A-24", "GRP-SHK"], url


def test_a_release_without_the_rate_does_not_offer_it(client: Client, rated: Client) -> None:
    def offered(one: Client) -> list[str]:
        page = read_page(one.get("/matrix?wert=beides").text)
        (choice,) = [select for select in page.all("select") if select.get("name") == "wert"]
        return [option.get("value") for option in choice.all("option")]

    assert offered(client) == ["absolut"]
    assert offered(rated) == ["absolut", "je100", "beides"]
    assert not read_page(client.get("/matrix?wert=beides").text).one("table").all("span", kind="second")
    assert not read_page(client.get("/").text).one("table").all("span", kind="second")


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_matrix_shows_gap_and_rate_in_one_cell_and_all_sums(rated: Client, lang: str) -> None:
    page = read_page(rated.get(f"/?region=HWK-FF&year=2031&lang={lang}").text)
    link = page.one("nav", kind="tools").all("a")[0].get("href")
    found = every(rated, link)
    assert set(parse_qs(urlsplit(link).query)["measure"][0].split(",")) == {*COLUMNS, RATE}
    shown = lines(page.one("table"))
    assert [name for name, _ in shown if name in SUM_ROWS] == ["GRP-METAL", "GRP-SHK", "GRP-ALL"]
    assert shown[-1][0] == "GRP-ALL"
    for trade, cells in shown:
        for measure, cell in zip(COLUMNS, cells, strict=False):
            compare(cell, found[trade, "2031", measure], lang)
        second(cells[COLUMNS.index("gap")], found[trade, "2031", RATE], lang)
    assert page.one("h1").text.startswith(HEADING[lang])


def test_the_region_has_a_column_of_the_rate(rated: Client) -> None:
    page = read_page(rated.get("/region?region=BB&year=2032").text)
    link = json_link(page)
    measures = [m for m in parse_qs(urlsplit(link).query)["measure"][0].split(",") if m != "demand"]
    assert RATE in measures
    found = {(r["trade_code"], r["measure"]): r for r in rated.data(link)["data"]}
    sums = link.replace("/matrix?", "/series?") + "&trade=GRP-ALL"
    found |= {(r["trade_code"], r["measure"]): r for r in rated.data(sums)["data"]}
    shown = lines(page.one("table"))
    assert shown[-1][0] == "GRP-ALL"
    for trade, cells in shown:
        for measure, cell in zip(measures, cells, strict=True):
            compare(cell, found[trade, measure], "de")


def table_of(page: Element, caption: str) -> Element:
    """The table whose caption has this id."""
    (found,) = [t for t in page.all("table") if t.one("caption").one("span").get("id") == caption]
    return found


def link_to(page: Element, resource: str) -> str:
    """The address of these numbers in the interface."""
    (found,) = {
        link.get("href")
        for links in page.all("p", kind="data")
        for link in links.all("a")
        if link.get("href").startswith(f"/api/v1/{resource}?") and link.text == "JSON"
    }
    return found


@pytest.mark.parametrize("lang", ["de", "en"])
def test_ages_and_retirements_are_the_interfaces(rated: Client, lang: str) -> None:
    page = read_page(rated.get(f"/gewerk?trade=A-24&region=HWK-FF&year=2030&lang={lang}").text)
    found = rated.data(link_to(page, "age-profiles"))["data"]
    stock = rated.data(f"/api/v1/series?trade=A-24&region=HWK-FF&measure=supply&year={BASE_YEAR}")["data"][0]
    bands, older = [r for r in found if r["kind"] == "band"], found[-1]
    assert sum(band["value"] for band in bands) == stock["value"]
    rows = lines(table_of(page, "tabelle-alter"))
    for (_, cells), record in zip(rows, [*bands, stock, older], strict=True):
        compare(cells[0], record, lang)
    (chart,) = [s for s in page.all("svg") if s.one("title").get("id") == "b-alter-t"]
    assert len(chart.all("rect")) == len(bands)
    for band in bands:
        assert str(band["value"]) in chart.one("desc").text
    title = chart.one("title").text
    assert str(older["value"]) in title
    assert str(stock["value"]) in title
    section = next(s for s in page.all("section") if s.get("aria-labelledby") == "titel-ages")
    hint = section.one("p", kind="hint").text
    for row in rated.data("/api/v1/year-sums?trade=A-24&region=HWK-FF&measure=retirements")["data"]:
        assert f"{row['lower_80']}{BETWEEN[lang]}{row['upper_80']}" in hint
    assert ("Alter geschätzt." if lang == "de" else "Ages estimated.") in section.text


@pytest.mark.parametrize("lang", ["de", "en"])
def test_past_forecasts_are_the_interfaces(rated: Client, lang: str) -> None:
    page = read_page(rated.get(f"/gewerk?trade=A-24&region=HWK-FF&year=2030&lang={lang}").text)
    found = {(r["year"], r["horizon"]): r for r in rated.data(link_to(page, "past-forecasts"))["data"]}
    table = table_of(page, "tabelle-frueher")
    ahead = [int(head.text.split()[0]) for head in table.one("thead").all("th")[2:]]
    assert ahead == [1, 3]
    rows = lines(table)
    assert [name for name, _ in rows] == ["2023", "2022"]
    for name, cells in rows:
        assert {number(cells[0].text, lang)} == {r["came"] for (year, _), r in found.items()
                                                 if str(year) == name}  # fmt: skip
        for horizon, cell in zip(ahead, cells[1:], strict=True):
            record = found.get((int(name), horizon))
            if record is None:
                assert cell.text == "–"
                continue
            assert number(cell.one("span", kind="value").text, lang) == record["said"]
            ends = cell.one("span", kind="range").text.split(BETWEEN[lang])
            assert [number(end, lang) for end in ends] == [record["lower_80"], record["upper_80"]]
            assert bool(cell.all("span", kind="words")) is not record["inside_80"]
    section = next(s for s in page.all("section") if s.get("aria-labelledby") == "titel-frueher")
    (score,) = rated.data("/api/v1/past-forecasts?trade=A-24&with=side")["more"]["scores"]
    said = section.one("p", kind="hint").text
    of = "von" if lang == "de" else "of"
    assert f"In {score['inside_80']} {of} {score['compared']} " in said
    for part in (score["mean_error"], score["mean_error_last"]):
        assert (f"{part}".replace(".", ",") if lang == "de" else f"{part}") in said
    described = section.one("svg").one("desc").text
    assert "−35" in described
    assert "+97" in described


@pytest.mark.parametrize("lang", ["de", "en"])
def test_explored_ages_steps_and_past_forecasts_have_the_numbers_of_the_interface(
    rated: Client, lang: str
) -> None:
    page = read_page(rated.get(f"/gewerk?trade=A-24&region=HWK-FF&year=2030&lang={lang}").text)
    asked = {
        address.partition("?")[0].rpartition("/")[2]: address
        for one in page.all("figure")
        if (address := one.get("data-figure"))
    }
    bands = [r for r in rated.data(link_to(page, "age-profiles"))["data"] if r["kind"] == "band"]
    section = next(s for s in page.all("section") if s.get("aria-labelledby") == "titel-pipeline")
    link = next(a.get("href") for a in section.all("a") if "year=2030" in a.get("href") and a.text == "JSON")
    steps = [r for r in rated.data(link)["data"] if r["value"] is not None]
    for name, rows in (("alter", bands), ("weg", steps)):
        figure = rated.data(asked[name])
        (trace,) = figure["data"]
        assert go.Figure(figure).data[0].type == "bar"
        ends = zip(trace["x"], trace["error_x"]["array"], trace["error_x"]["arrayminus"], strict=True)
        expected = [(r["value"], r["upper_80"], r["lower_80"]) for r in rows]
        assert sorted((value, value + up, value - down) for value, up, down in ends) == sorted(
            (value, value if up is None else up, value if down is None else down)
            for value, up, down in expected
        )
    found = {(r["year"], r["horizon"]): r for r in rated.data(link_to(page, "past-forecasts"))["data"]}
    past = rated.data(asked["frueher"])
    assert past["layout"]["yaxis"]["type"] == "category"  # or years would be numbers on a scale
    said, came = past["data"]
    assert said["y"] == ["2023", "2022"]
    for at, year in enumerate(said["y"]):
        record = found[int(year), 3]
        up, down = said["error_x"]["array"][at], said["error_x"]["arrayminus"][at]
        assert (said["x"][at], came["x"][at]) == (record["said"], record["came"])
        assert (said["x"][at] + up, said["x"][at] - down) == (record["upper_80"], record["lower_80"])
    for name in ("alter", "frueher"):
        assert rated.get(f"/erkunden/{name}?trade=A-13&region=BB").status_code == 404


@pytest.mark.parametrize("lang", ["de", "en"])
def test_ages_and_past_forecasts_are_figures_for_other_dashboards_too(rated: Client, lang: str) -> None:
    place = f"trade=A-24&region=HWK-FF&lang={lang}"
    bands = [r for r in rated.data(f"/api/v1/age-profiles?{place}")["data"] if r["kind"] == "band"]
    (bars,) = go.Figure(rated.data(f"/api/v1/age-profiles?{place}&format=plotly")).data
    assert list(bars.x) == [r["value"] for r in bands]
    assert list(bars.y) == [f"{r['age_from']}–{r['age_to']}" for r in bands]
    asked = f"{place}&measure=gap&horizon=3"
    rows = rated.data(f"/api/v1/past-forecasts?{asked}")["data"]
    figure = rated.data(f"/api/v1/past-forecasts?{asked}&format=plotly")
    said, came = go.Figure(figure).data
    assert dict(zip(said.y, said.x, strict=True)) == {str(r["year"]): r["said"] for r in rows}
    assert dict(zip(came.y, came.x, strict=True)) == {str(r["year"]): r["came"] for r in rows}
    assert figure["layout"]["meta"]["snapshot_id"] == rated.service.release.id
    for url in (f"past-forecasts?{place}", "age-profiles?lang=de"):
        assert rated.get(f"/api/v1/{url}&format=plotly").status_code == 413
    empty = rated.data("/api/v1/age-profiles?trade=A-13&region=BB&format=plotly")
    assert empty["data"] == []
    assert rated.get("/api/v1/year-sums?format=plotly").status_code == 422


def test_every_table_of_a_trade_can_be_taken_along(rated: Client) -> None:
    page = read_page(rated.get("/gewerk?trade=A-24&region=HWK-FF&year=2030").text)
    links = [link for one in page.all("p", kind="data") for link in one.all("a")]
    assert {link.text for link in links} == {"JSON", "CSV", "Excel"}
    assert len(links) == 3 * len(page.all("p", kind="data"))
    for link in links:
        answer = rated.get(link.get("href"))
        assert answer.status_code == 200, link.get("href")
        if link.text == "Excel":
            assert answer.content.startswith(b"PK")


def test_old_releases_and_other_trades_have_no_such_parts(client: Client, rated: Client) -> None:
    for one, url in ((client, "/gewerk?trade=A-24"), (rated, "/gewerk?trade=A-13&region=BB")):
        text = one.get(url).text
        assert "tabelle-alter" not in text
        assert "tabelle-frueher" not in text
    reason = client.data("/api/v1/age-profiles")["meta"]["reason"]
    assert "Fachkräfte nach Alter" in reason
    assert client.data("/api/v1/past-forecasts")["data"] == []
    assert rated.get(f"/gewerk?trade={TRADES[-1]}").status_code == 200


def test_what_was_published_and_came_stands_beside_the_back_cast(own_root: Path, serve: Any) -> None:
    before = serve(own_root)
    assert "titel-frueher" not in before.get("/gewerk?trade=A-24&region=BB").text
    published(own_root, ONE, TWO)
    for client in (serve(own_root), before):  # a running service shows the new record too
        page = read_page(client.get("/gewerk?trade=A-24&region=BB").text)
        ((year, cells),) = lines(table_of(page, "tabelle-protokoll"))
        (record,) = client.data(link_to(page, "error-record"))["data"]
        assert year == str(record["year"])
        assert cells[0].text == record["measure_label"]
        assert number(cells[2].one("span", kind="value").text, "de") == record["said"]
        assert cells[2].one("span", kind="range").text == "80 bis 100"
        assert not cells[2].all("span", kind="words")
        assert number(cells[3].text, "de") == record["came"]
    missed = read_page(before.get("/gewerk?trade=A-24&region=DE&lang=en").text)
    ((_, cells),) = lines(table_of(missed, "tabelle-protokoll"))
    assert cells[2].one("span", kind="words").text == "outside"


def test_the_view_for_other_sites_has_the_sums_of_the_page(rated: Client) -> None:
    def sums(url: str) -> list[tuple[str, str]]:
        rows = read_page(rated.get(url).text).all("tr", kind="sum")
        return [(row.one("th").one("span", kind="code").text, " ".join(td.text for td in row.all("td")))
                for row in rows]  # fmt: skip

    asked = "region=HWK-FF&year=2030&wert=beides"
    assert sums(f"/embed/matrix?{asked}") == sums(f"/matrix?{asked}") != []
    (row, *_) = read_page(rated.get(f"/embed/matrix?{asked}").text).all("tr", kind="sum")
    assert not row.all("a")


def test_pages_print_the_digits_the_release_is_rounded_to() -> None:
    assert DIGITS == DECIMALS
    assert numbers.interval(-3, 22.2, "de", signed=True, digits=1) == "−3,0\u00a0bis\u00a0+22,2"
    assert numbers.number(2, "en", digits=2) == "2.00"
    assert numbers.number(0.125, "de") == "0,125"
