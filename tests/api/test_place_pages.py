"""Heat map, trade, region and comparison show exactly the numbers of the interface, and never crash."""

from __future__ import annotations

import gzip
import random
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from api.pages.heat import _reasons
from forecast.snapshot import write_snapshot
from tests.api.page_reader import Element, read_page
from tests.toy_snapshot import EMPTY_TRADE, REGIONS, TRADES, toy_content

SEPARATOR = {"de": ".", "en": ","}
DECIMAL = {"de": ",", "en": "."}
BETWEEN = {"de": " bis ", "en": " to "}
PAGES = (
    "/matrix", "/matrix?spalten=regionen&year=2030&wert=je100", "/gewerk?trade=A-24", "/region?region=BB",
    "/vergleich", f"/gewerk?trade={EMPTY_TRADE}",
)  # fmt: skip


def number(text: str, lang: str) -> float:
    """A printed number."""
    plain = text.replace(SEPARATOR[lang], "").replace(DECIMAL[lang], ".").replace("−", "-").replace("+", "")
    assert re.fullmatch(r"-?\d+(\.\d+)?", plain), text
    return float(plain)


def json_link(page: Element, place: int = 0) -> str:
    """The address behind the word JSON of a table."""
    found = [link for links in page.all("p", kind="data") for link in links.all("a") if link.text == "JSON"]
    return found[place].get("href")


def compare(cell: Element, record: dict, lang: str) -> None:
    """A cell shows its record: number and range, or why there is none."""
    value = cell.one("span", kind="value").text
    if record["value"] is None:
        assert value == "–"
        assert cell.one("span", kind="words").text
        return
    assert number(value, lang) == record["value"]
    ranges = cell.all("span", kind="range")
    if record["lower_80"] is None:
        assert not ranges
    else:
        ends = ranges[0].text.split(BETWEEN[lang])
        assert [number(end, lang) for end in ends] == [record["lower_80"], record["upper_80"]]
    assert cell.one("abbr", kind="mark").text.endswith(record["grade"])


def lines(table: Element) -> list[tuple[str, list[Element]]]:
    """Rows of a table: name of the row, cells."""
    rows = [row for row in table.all("tr") if row.all("th", scope="row")]
    named = []
    for row in rows:
        head = row.one("th", scope="row")
        codes = head.all("span", kind="code")
        named.append((codes[0].text if codes else head.text, row.all("td")))
    return named


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("seed", range(3))
def test_every_number_of_a_trade_is_the_interfaces(client, lang: str, seed: int) -> None:
    chance = random.Random(seed)
    trade, region = chance.choice(TRADES[:4]), chance.choice(REGIONS)
    year = chance.randrange(2025, 2036)
    page = read_page(client.get(f"/gewerk?trade={trade}&region={region}&year={year}&lang={lang}").text)
    tables = [
        t
        for t in page.all("table", kind="series")
        if t.one("caption").one("span").get("id") != "tabelle-posten"
    ]
    compared = 0
    for place, table in enumerate(tables):
        link = json_link(page, place)
        measures = parse_qs(urlsplit(link).query)["measure"][0].split(",")
        found = {(r["measure"], r["year"]): r for r in client.data(link)["data"]}
        if table.one("caption").one("span").get("id") == "tabelle-weg":
            steps = [cells[0] for _, cells in lines(table)]
            for measure, cell in zip(measures, steps, strict=True):
                compare(cell, found[measure, year], lang)
            continue
        assert len(table.one("thead").all("th")) == len(measures) + 1
        for name, cells in lines(table):
            for measure, cell in zip(measures, cells, strict=True):
                compare(cell, found[measure, int(name)], lang)
                compared += 1
    assert compared > 100
    explained = client.data(f"/api/v1/explain?trade={trade}&region={region}&year={year}&lang={lang}")
    (posten,) = [t for t in page.all("table", kind="series") if t not in tables]
    shown = lines(posten)
    assert [item["value"] for item in explained["items"]] == [
        number(cells[0].one("span", kind="value").text, lang) for _, cells in shown[:-1]
    ]
    compare(shown[-1][1][0], explained["gap"], lang)


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("columns", ["jahre", "regionen"])
def test_every_cell_of_the_heat_map_is_the_interfaces(client, lang: str, columns: str) -> None:
    page = read_page(client.get(f"/matrix?spalten={columns}&year=2031&lang={lang}").text)
    found = {
        (r["trade_code"], str(r["year"]) if columns == "jahre" else r["region_label"], r["measure"]): r
        for r in client.data(json_link(page))["data"]
    }
    table = page.one("table")
    heads = [head.text for head in table.one("thead").all("th")[1:]]
    assert len(heads) == (11 if columns == "jahre" else 3)
    seen = set()
    for trade, cells in lines(table):
        for head, cell in zip(heads, cells, strict=True):
            seen.add((trade, head))
            compare(cell, found[trade, head, "gap"], lang)
    bare = {(trade, head) for trade, head, measure in found if trade == EMPTY_TRADE and measure == "gap"}
    assert seen | bare == {(trade, head) for trade, head, _ in found}


def test_the_heat_map_is_sorted_and_filtered_by_its_address(client) -> None:
    page = read_page(client.get("/matrix?region=HWK-FF&year=2033&ordnung=luecke").text)
    (column,) = [head for head in page.one("thead").all("th") if head.get("aria-sort")]
    assert column.text == "2033 ▼"
    place = [head.text for head in page.one("thead").all("th")[1:]].index("2033 ▼")
    values = [
        number(cells[place].one("span", kind="value").text, "de") for _, cells in lines(page.one("table"))
    ]
    assert values == sorted(values, reverse=True)
    assert not page.all("tr", kind="group")
    names = lines(read_page(client.get("/matrix?ordnung=name&lang=en").text).one("table"))
    labels = {code: client.data(f"/api/v1/trades/{code}?lang=en") for code, _ in names}
    assert len(labels) == 4
    metal = read_page(client.get("/matrix?gruppe=metal").text)
    assert [code for code, _ in lines(metal.one("table"))] == ["A-13"]
    best = client.get("/matrix?guete=A&year=2030").text
    kept = [code for code, _ in lines(read_page(best).one("table"))]
    grades = {
        r["trade_code"]: r["grade"]
        for r in client.data("/api/v1/matrix?region=HWK-FF&year=2030&measure=gap")["data"]
    }
    assert set(kept) == {code for code, grade in grades.items() if grade == "A"}
    links = [head.one("a").get("href") for head in page.one("thead").all("th")[1:]]
    assert all(client.get(link).status_code == 200 for link in links)


def test_the_heat_map_says_where_most_of_a_hundred_are_lacking(client) -> None:
    page = read_page(client.get("/matrix?region=HWK-FF&year=2030").text)
    found: dict[str, dict[str, dict]] = {}
    for record in client.data("/api/v1/matrix?region=HWK-FF&year=2030&measure=gap,demand")["data"]:
        found.setdefault(record["trade_label"], {})[record["measure"]] = record
    shares = {
        trade: cell["gap"]["value"] / cell["demand"]["value"]
        for trade, cell in found.items()
        if (cell["gap"]["lower_80"] or 0) > 0
    }
    most = max(shares, key=shares.__getitem__)
    assert (
        f"im Gewerk {most} die meisten: etwa {round(100 * shares[most])}." in page.one("p", kind="lead").text
    )


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("region", REGIONS)
def test_every_number_of_a_region_is_the_interfaces(client, lang: str, region: str) -> None:
    page = read_page(client.get(f"/region?region={region}&year=2032&lang={lang}").text)
    link = json_link(page)
    measures = [m for m in parse_qs(urlsplit(link).query)["measure"][0].split(",") if m != "demand"]
    found = {(r["trade_code"], r["measure"]): r for r in client.data(link)["data"]}
    shown = lines(page.one("table"))
    for trade, cells in shown:
        for measure, cell in zip(measures, cells, strict=True):
            compare(cell, found[trade, measure], lang)
    gaps = [found[trade, "gap"]["value"] for trade, _ in shown]
    assert gaps == sorted(gaps, reverse=True)
    (dots,) = page.all("svg", kind="dots")
    assert len(dots.all("circle")) == len(shown)


def test_up_to_four_trades_stand_side_by_side_on_one_scale(client) -> None:
    page = read_page(client.get("/vergleich?trade=A-13,A-25,A-24,A-20,A-27&region=BB").text)
    found = {(r["trade_code"], r["year"]): r for r in client.data(json_link(page))["data"]}
    heads = [head.one("span").text for head in page.one("thead").all("th")[1:]]
    assert heads == ["A-13", "A-25", "A-24", "A-20"]
    for year, cells in lines(page.one("table")):
        for trade, cell in zip(heads, cells, strict=True):
            compare(cell, found[trade, int(year)], "de")
    axes = {tuple(t.text for t in chart.all("text", kind="muted") if t.get("text-anchor") == "end"
                  and t.get("x") == "46") for chart in page.all("svg")}  # fmt: skip
    assert len(axes) == 1
    names = [select.get("name") for select in page.one("form").all("select")]
    assert names == ["trade"] * 4 + ["region"]
    assert client.get("/vergleich?trade=A-13&trade=*&trade=*&trade=*&region=BB").status_code == 200
    assert client.get("/vergleich?trade=A-99").status_code == 404


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("url", PAGES)
def test_pages_need_no_script_and_name_every_chart(client, url: str, lang: str) -> None:
    answer = client.get(f"{url}{'&' if '?' in url else '?'}lang={lang}")
    assert answer.status_code == 200, answer.text
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    scripts = re.findall(r"<script[^>]*>[^<]*", answer.text)
    own = [
        re.fullmatch(r'<script type="module" src="/static/[a-z]+\.[0-9a-f]{12}\.js">', one) for one in scripts
    ]
    assert all(own), scripts
    assert ("script-src 'self'" in policy) == bool(scripts)
    assert not re.search(r"\bstyle\s*=", answer.text)
    assert len(gzip.compress(answer.content, 6)) < 100_000
    page = read_page(answer.text)
    assert page.one("html").get("lang") == lang
    ids = re.findall(r'\bid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))
    for chart in page.all("svg"):
        title, described = chart.one("title"), chart.one("desc")
        assert chart.get("role") == "img"
        assert chart.get("aria-labelledby") == f"{title.get('id')} {described.get('id')}"
        assert title.text
        assert described.text
    for link in page.all("a"):
        target = link.get("href")
        if target.startswith("#"):
            assert target[1:] in ids
        elif not target.startswith("https://"):
            assert client.get(target).status_code == 200, target
    other = page.one("nav", kind="tools").one("a", hreflang="en" if lang == "de" else "de").get("href")
    assert read_page(client.get(other).text).one("html").get("lang") != lang


def test_the_sentence_of_a_trade_follows_from_its_record(client) -> None:
    gap = client.data("/api/v1/matrix?region=HWK-FF&year=2030&trade=A-24&measure=gap")["data"][0]
    demand = client.data("/api/v1/matrix?region=HWK-FF&year=2030&trade=A-24&measure=demand")["data"][0]
    lead = read_page(client.get("/gewerk?trade=A-24&year=2030").text).one("p", kind="lead").text
    assert f"Im Jahr 2030 fehlen voraussichtlich {gap['lower_80']} bis {gap['upper_80']} Fachkräfte" in lead
    assert f"von 100 benötigten Fachkräften etwa {round(100 * gap['value'] / demand['value'])} fehlen" in lead
    need = client.data("/api/v1/matrix?region=HWK-FF&year=2030&trade=A-24&measure=training_need")["data"][0]
    assert f"wären im Jahr etwa {need['value']}" in lead
    series = client.data("/api/v1/series?trade=A-24&region=HWK-FF&measure=new_contracts")["data"]
    known = [r for r in series if r["value"] is not None and not r["is_forecast"]][-1]
    assert lead.endswith(f"{known['year']} waren es {known['value']}.")
    none = read_page(client.get(f"/gewerk?trade={EMPTY_TRADE}").text).one("p", kind="lead").text
    assert "keine Angabe zur Fachkräftelücke" in none


def test_what_a_release_lacks_is_named_with_its_reason(client, serve, tmp_path) -> None:
    page = read_page(client.get("/gewerk?trade=A-24").text)
    outlook = next(s for s in page.all("section") if s.get("aria-labelledby") == "titel-outlook")
    assert outlook.one("p", kind="missing").text == "– in dieser Veröffentlichung nicht enthalten"
    content = toy_content()
    kept = [at for at, code in enumerate(content.axes.measures) if code in {"gap", "demand", "supply"}]
    cube, status = content.cube.copy(), content.status.copy()
    lost = [at for at in range(len(content.axes.measures)) if at not in kept]
    cube[:, :, lost] = np.nan
    status[:, :, lost] = 6
    write_snapshot(tmp_path, replace(content, cube=cube, status=status))
    bare = serve(tmp_path)
    for url in PAGES:
        assert bare.get(url).status_code == 200, url
    text = bare.get("/gewerk?trade=A-24&year=2030").text
    assert "gehen nicht auf" in text  # no items: a sum that does not close is not shown
    assert not read_page(text).all("svg", kind="waterfall")


def test_names_from_the_data_cannot_become_markup_in_a_chart(serve, tmp_path) -> None:
    content = toy_content()
    catalogue = dict(content.documents["catalogue"])
    nasty = '"><script>alert(1)</script>'
    for kind in ("trades", "regions", "measures"):
        catalogue[kind] = [one | {"name_de": nasty} for one in catalogue[kind]]
    catalogue["items"] = [one | {"label_de": nasty} for one in catalogue["items"]]
    write_snapshot(tmp_path, replace(content, documents={**content.documents, "catalogue": catalogue}))
    client = serve(tmp_path)
    for url in PAGES:
        text = client.get(url).text
        assert "<script>" not in text, url
        read_page(text)


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/gewerk?trade=A-99", 404), ("/region?region=XX", 404), ("/matrix?gruppe=nichts", 404),
        ("/matrix?year=1900", 422), ("/matrix?wert=viel", 422), ("/gewerk?wert=x", 422),
    ],
)  # fmt: skip
def test_wrong_addresses_are_explained_on_a_page(client, url: str, status: int) -> None:
    answer = client.get(url)
    assert answer.status_code == status
    assert read_page(answer.text).one("h1").text


def test_navigation_leads_on_with_the_choice(client) -> None:
    page = read_page(client.get("/region?region=BB&year=2031&lang=en").text)
    links = {link.text: link for link in page.one("nav", kind="pages").all("a")}
    assert links["Matrix"].get("href") == "/?region=BB&year=2031&lang=en"
    assert links["Region"].get("aria-current") == "page"
    assert sum(1 for link in links.values() if link.get("aria-current")) == 1


def test_print_leaves_out_what_paper_cannot_use(client) -> None:
    css = client.get(read_page(client.get("/").text).one("link", rel="stylesheet").get("href")).text
    printed = css[css.index("@media print") :]
    hidden = next(line for line in printed.splitlines() if "display: none" in line)
    assert {".pages", ".tabs", ".choice", ".skip"} <= {
        part.strip() for part in hidden.split("{")[0].split(",")
    }
    assert ".wide, .wide.long { overflow: visible; max-height: none;" in printed  # whole tables, not boxes
    assert "@media (forced-colors: active)" in css


@pytest.mark.parametrize(("asked", "shown"), [("HWK-FF", "BB"), ("BB", "BB")])
def test_regions_of_one_level_stand_side_by_side(client, asked: str, shown: str) -> None:
    page = read_page(client.get(f"/matrix?spalten=regionen&year=2031&ebene=land&region={asked}").text)
    levels = {region["code"]: region["level"] for region in client.data("/api/v1/regions")["data"]}
    regions = parse_qs(urlsplit(json_link(page)).query)["region"][0].split(",")
    assert shown in regions
    assert {levels[region] for region in regions} == {"land"}
    assert len(page.one("table").one("thead").all("th")) == 1 + len(regions)
    (select,) = [one for one in page.all("select") if one.get("name") == "ebene"]
    (option,) = [one for one in select.all("option") if "selected" in one.attributes]
    assert option.get("value") == "land"


def test_a_level_without_a_matrix_hides_no_region(client) -> None:
    every = client.get("/matrix?spalten=regionen&year=2031").text
    assert read_page(client.get("/matrix?spalten=regionen&year=2031&ebene=kreis").text).one("table").text == (
        read_page(every).one("table").text
    )
    assert client.get("/matrix?ebene=stadt").status_code == 422


def test_a_table_without_figures_says_why_each_reason_once() -> None:
    """Of three trades two share a reason; what fewer say is the particular and comes first."""
    notes = {"A-01": "no figures", "A-02": "no figures", "A-24": "no accounts", "A-25": None}
    found = {
        trade: {year: {"gap": {"note": note}} for year in ("2030", "2031")} for trade, note in notes.items()
    }
    assert _reasons(found) == ("no accounts", "no figures")


def test_a_table_with_figures_gives_no_reasons(client) -> None:
    page = read_page(client.get("/matrix?region=HWK-FF&year=2031").text)
    assert page.one("table").all("td")
    assert not [one for one in page.all("p") if one.get("class") == "hint" and "keine Konten" in one.text]
