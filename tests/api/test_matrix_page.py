"""The page shows exactly the numbers of the interface, in a table that needs no eyes, colour or script."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from api.pages.common_notes import common_parts, note_parts
from api.pages.summary import sentence
from api.pages.texts import load
from forecast.snapshot import NOTE_SEPARATOR, write_snapshot
from tests.api.page_reader import Element, read_page
from tests.toy_snapshot import EMPTY_TRADE, REGIONS, toy_content

COLUMNS = (
    "demand", "supply", "gap", "new_contracts", "training_need", "retirements", "successions_due",
)  # fmt: skip
WORDS = {
    "no_data": {"de": "keine Angaben", "en": "no data"},
    "suppressed": {"de": "geheim", "en": "withheld"},
}
SEPARATOR = {"de": ".", "en": ","}


def number(text: str, lang: str) -> int:
    """A printed number as a whole number."""
    plain = text.replace(SEPARATOR[lang], "").replace("−", "-").replace("+", "")
    assert re.fullmatch(r"-?\d+", plain), text
    return int(plain)


def rows(page: Element) -> list[Element]:
    """Rows of trades."""
    return [row for row in page.one("table").all("tr") if row.all("th", scope="row")]


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("year", [2025, 2026, 2030, 2035])
def test_page_and_interface_agree_on_every_number(client, lang: str, region: str, year: int) -> None:
    page = read_page(client.get(f"/?region={region}&year={year}&lang={lang}").text)
    link = page.one("nav", kind="tools").all("a")[0].get("href")
    assert link.startswith("/api/v1/matrix?")
    found = {(r["trade_code"], r["measure"]): r for r in client.data(link)["data"]}
    shown = set()
    for row in rows(page):
        code = row.one("th", scope="row").one("span", kind="code").text
        cells = row.all("td")[: len(COLUMNS)]
        for measure, cell in zip(COLUMNS, cells, strict=True):
            record = found[code, measure]
            shown.add((code, measure))
            _compare(cell, record, lang)
    bare = {item.get("data-trade") for item in page.one("ul", kind="bare").all("li")}
    assert bare == {EMPTY_TRADE}
    assert shown | {(code, measure) for code in bare for measure in COLUMNS} == set(found)


def _compare(cell: Element, record: dict, lang: str) -> None:
    value = cell.one("span", kind="value").text
    if record["value"] is None:
        assert value == "–"
        words = cell.one("span", kind="words").text
        if record["status"] == "not_reachable":
            assert words in {"frühestens 2029", "2029 at the earliest"}
        else:
            assert words == WORDS[record["status"]][lang]
        return
    assert number(value, lang) == record["value"]
    if record["measure"] == "gap":
        assert value.startswith("+") == (record["value"] > 0)
    between = " bis " if lang == "de" else " to "
    if record["lower_80"] is None:
        assert record["status"] in {"observed", "rounded", "provisional"}
        assert not cell.all("span", kind="range")
    else:
        lower, upper = cell.one("span", kind="range").text.split(between)
        assert (number(lower, lang), number(upper, lang)) == (record["lower_80"], record["upper_80"])
    mark = cell.one("abbr", kind="mark")
    assert mark.text.endswith(record["grade"])
    assert len(mark.get("title")) > len(
        mark.text
    )  # letters are explained where they stand, and in the legend


def test_the_same_numbers_come_as_files(client) -> None:
    page = read_page(client.get("/?region=BB&year=2030&gruppe=shk").text)
    links = {link.text: link.get("href") for link in page.one("p", kind="data").all("a")}
    assert list(links) == ["JSON", "CSV", "Excel", "PDF"]
    rows = client.data(links["JSON"])["data"]
    assert {row["trade_code"] for row in rows} == {"A-24"}
    assert len(client.get(links["CSV"]).text.splitlines()) == len(rows) + 1
    assert client.get(links["Excel"]).content.startswith(b"PK")


def test_the_table_has_caption_heads_and_groups(client) -> None:
    page = read_page(client.get("/?region=HWK-FF&year=2030").text)
    table = page.one("table")
    assert "Kammerbezirk Frankfurt (Oder), 2030" in table.one("caption").text
    heads = table.one("thead").all("th")
    assert {head.get("scope") for head in heads} == {"col"}
    assert [re.sub(r"(Personen|Verträge|Betriebe).*", "", head.text).strip() for head in heads[:8]] == [
        "Gewerk", "Bedarf", "Angebot", "Lücke", "Neuabschlüsse", "Ausbildungsbedarf", "Renteneintritte",
        "Fällige Nachfolgen",
    ]  # fmt: skip
    groups = [body.all("th", scope="rowgroup") for body in table.all("tbody")]
    assert [group[0].text for group in groups] == ["Metall", "Elektro", "Sanitär, Heizung, Klima", "Fahrzeug"]
    assert all(group[0].get("colspan") == str(len(heads)) for group in groups)
    region = page.one("div", role="region")
    assert region.get("tabindex") == "0"
    assert page.all("span", id=region.get("aria-labelledby"))


def test_the_page_says_what_it_shows(client, snapshot) -> None:
    page = read_page(client.get("/?region=HWK-FF&year=2030").text)
    text = page.one("main").text
    assert "Lücke = Bedarf − Angebot." in text
    assert "Plus heißt: Es fehlen Fachkräfte" in text
    assert "31. Oktober 2025" in text
    assert snapshot.id in text
    assert "BIBB, Datensystem Auszubildende (DAZUBI)" in text
    assert "in 8 von 10 Fällen" in text
    legend = {one.one("dt").text: one.one("dd").text for one in page.one("dl", kind="marks").all("div")}
    assert legend["p"] == "Prognose"
    assert legend["g"] == "geschätzt"
    assert legend["A"].startswith("Güte: belastbar (")
    assert "Annahmen" in legend["D"]
    marks = {mark.text.split()[0] for mark in page.all("abbr")}
    assert marks <= set(legend)


def test_the_sentence_on_top_follows_from_the_records(client) -> None:
    page = read_page(client.get("/?region=HWK-FF&year=2030").text)
    gaps = client.data("/api/v1/matrix?region=HWK-FF&year=2030&measure=gap")["data"]
    short = sorted((r for r in gaps if (r["value"] or 0) > 0), key=lambda r: -r["value"])
    sentence = page.one("p", kind="lead").text
    assert sentence.startswith(
        "Kammerbezirk Frankfurt (Oder), 2030: Voraussichtlich fehlen Fachkräfte in 3 von 4"
    )
    for record in short[:3]:
        reach = f"{record['lower_80']} bis {record['upper_80']}"
        assert f"{record['trade_label']} ({record['value']}; 80 %: {reach})" in sentence
    assert all(record["lower_80"] > 0 for record in short)
    assert sentence.endswith("Bei allen liegt der 80-%-Bereich ganz über null.")
    none = read_page(client.get("/?year=2027&gruppe=vehicle").text).one("p", kind="lead").text
    assert "in keinem der 1 Gewerke" in none
    past = read_page(client.get("/?year=2025&lang=en").text).one("p", kind="lead").text
    assert "are estimated in 3 of 4 trades" in past
    empty = read_page(client.get("/?gruppe=other").text)
    assert empty.one("p", kind="lead").text.startswith(
        "Für diese Region und dieses Jahr gibt es keine Angabe"
    )
    assert "keine Angaben" in empty.one("table").text


@pytest.mark.parametrize(
    ("ranges", "words"),
    [([3, 1], "Bei allen liegt"), ([-3, 0], "In keinem davon"), ([3, -1], "In 1 davon")],
)
def test_the_sentence_says_how_sure_a_shortage_is(ranges: list[int], words: str) -> None:
    found = [
        {
            "trade_code": f"A-{place:02}", "trade_label": "Gewerk", "region_label": "Ort", "year": 2030,
            "is_forecast": True, "status": "forecast", "value": 9, "lower_80": lower, "upper_80": 12,
        }
        for place, lower in enumerate(ranges)
    ]  # fmt: skip
    assert words in sentence(found, "de", load("de"))


def test_a_region_without_a_matrix_says_where_there_is_one(serve, tmp_path) -> None:
    content = toy_content()
    cube, status = content.cube.copy(), content.status.copy()
    axes = content.axes
    contracts = axes.measures.index("new_contracts")
    for region, kept in (("BB", ()), ("DE", (contracts,))):
        lost = [at for at in range(len(axes.measures)) if at not in kept]
        cube[axes.regions.index(region), :, lost] = np.nan
        status[axes.regions.index(region), :, lost] = 0
    write_snapshot(tmp_path, replace(content, cube=cube, status=status))
    client = serve(tmp_path)
    page = read_page(client.get("/?region=BB&year=2030").text)
    hint = page.one("p", kind="hint")
    assert "keine Zahlen je Gewerk" in hint.text
    assert [link.get("href") for link in hint.all("a")] == ["/?region=HWK-FF&year=2030"]
    assert "nur Ausbildungsverträge" in read_page(client.get("/?region=DE").text).one("p", kind="hint").text
    whole = read_page(client.get("/?region=HWK-FF&lang=en").text)
    assert not whole.all("p", kind="hint")
    options = {one.get("value"): one.text for one in whole.all("select")[0].all("option")}
    assert options["BB"].endswith("(no data)")
    assert options["DE"].endswith("(contracts only)")
    assert not options["HWK-FF"].endswith(")") or "(Oder)" in options["HWK-FF"]


def test_notes_are_numbered_as_a_reader_meets_them(client) -> None:
    page = read_page(client.get("/?region=HWK-FF&year=2012").text)
    met = [link.get("href") for link in page.one("table").all("a", kind="note")]
    first = list(dict.fromkeys(met))
    assert first
    assert first == [f"#hinweis-{place}" for place in range(1, len(first) + 1)]
    assert len(page.one("ol", kind="notes").all("li")) == len(first)  # none that nothing points to


def test_what_holds_for_the_whole_table_is_said_once_and_has_no_number(client) -> None:
    page = read_page(client.get("/?region=HWK-FF&year=2025").text)
    assert [one.text for one in page.one("ul", kind="common").all("li")] == ["Aus dem Landeswert geschätzt."]
    assert not page.one("table").all("a", kind="note")
    assert not page.all("ol", kind="notes")


def test_what_holds_for_a_row_stands_beside_its_name() -> None:
    both, single = f"Klein.{NOTE_SEPARATOR}Geschätzt.", "Geschätzt."
    row = [{"note": both}, {"note": both}, {"note": single}, {"note": "Nur hier."}, {"note": None}]
    assert common_parts(row) == ("Geschätzt.",)
    assert common_parts([*row, {"note": both}]) == ("Klein.", "Geschätzt.")
    assert note_parts(row[0]) == ("Klein.", "Geschätzt.")
    assert note_parts(row[-1]) == ()


def test_the_form_works_without_a_script_and_keeps_the_choice(client) -> None:
    page = read_page(client.get("/?region=BB&year=2027&gruppe=shk&lang=en").text)
    form = page.one("form")
    assert (form.get("method"), form.get("action")) == ("get", "/")
    chosen = {
        select.get("name"): next(o.get("value") for o in select.all("option") if "selected" in o.attributes)
        for select in form.all("select")
    }
    assert chosen == {"region": "BB", "year": "2027", "gruppe": "shk"}
    assert form.one("input").get("value") == "en"
    assert all(label.all("select") for label in form.all("label"))
    assert [option.get("value") for option in form.all("select")[1].all("option")] == [
        str(year) for year in range(2025, 2036)
    ]
    query = "&".join(f"{name}={value}" for name, value in chosen.items())
    assert (
        client.get(f"/?{query}&lang=en").text == client.get("/?region=BB&year=2027&gruppe=shk&lang=en").text
    )


def test_both_languages_link_to_each_other(client) -> None:
    german = read_page(client.get("/?region=BB&year=2027").text)
    other = german.one("a", hreflang="en")
    assert (german.one("html").get("lang"), other.get("href")) == ("de", "/?region=BB&year=2027&lang=en")
    english = read_page(client.get(other.get("href")).text)
    assert english.one("html").get("lang") == "en"
    assert english.one("a", hreflang="de").get("href") == "/?region=BB&year=2027"
    assert "Skilled workers in craft occupations: Brandenburg, 2027" in english.one("h1").text


@pytest.mark.parametrize("url", ["/", "/?lang=en&gruppe=metal", "/nichts", "/hilfe/fehler/kein-stand"])
def test_every_link_of_a_page_leads_somewhere_on_this_server(client, url: str) -> None:
    page = read_page(client.get(url).text)
    ids = {
        e.get("id") for tag in ("span", "section", "h2", "li", "main") for e in page.all(tag) if e.get("id")
    }
    for link in [*page.all("a"), *page.all("link")]:
        target = link.get("href")
        if target.startswith("#"):
            assert target[1:] in ids
        elif not target.startswith("https://"):
            assert client.get(target).status_code == 200, target
    assert all(one.get("src").startswith("/static/auswahl.") for one in page.all("script"))
    assert not page.all("img")
    assert not page.all("style")
    assert 'style="' not in client.get(url).text


def test_names_from_the_data_cannot_become_markup(serve, tmp_path) -> None:
    content = toy_content()
    catalogue = dict(content.documents["catalogue"])
    nasty = '"><script>alert(1)</script>'
    catalogue["trades"] = [trade | {"name_de": nasty, "note": nasty} for trade in catalogue["trades"]]
    catalogue["regions"] = [region | {"name_de": nasty} for region in catalogue["regions"]]
    catalogue["sources"] = [
        source | {"title": nasty, "attribution": nasty, "url": "javascript:alert(1)"}
        for source in catalogue["sources"]
    ]
    catalogue["notes"] = [{"de": nasty, "en": nasty}] * len(catalogue["notes"])
    write_snapshot(tmp_path, replace(content, documents={**content.documents, "catalogue": catalogue}))
    text = serve(tmp_path).get("/").text
    assert "<script>" not in text
    assert 'href="javascript:' not in text
    (own,) = read_page(text).all("script")
    assert own.get("src").startswith("/static/auswahl.")


def test_the_style_sheet_has_a_name_that_never_expires(client) -> None:
    page = read_page(client.get("/").text)
    address = page.one("link", rel="stylesheet").get("href")
    answer = client.get(address)
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    older = client.get(re.sub(r"[0-9a-f]{12}", "0" * 12, address))  # named by a page in somebody's cache
    assert (older.content, older.headers["cache-control"]) == (answer.content, "no-cache")
    for other in ("/static/seite.css", "/static/x.000000000000.css", "/static/..%2fview.py"):
        assert client.get(other).status_code == 404
    assert "http" not in answer.text.replace("http-equiv", "")


def _luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_are_far_enough_apart(client) -> None:
    """WCAG 2.2, success criterion 1.4.3: at least 4.5 to 1, in light and in dark."""
    css = client.get(read_page(client.get("/").text).one("link", rel="stylesheet").get("href")).text
    themes = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in css.split("@media")[:2]]
    for colours in themes:
        pairs = [("on-brand", "brand"), ("text", "group"), ("focus", "ground")]
        pairs += [
            (ink, paper) for ink in ("text", "muted") for paper in ("ground", "panel", "shortage", "surplus")
        ]
        pairs += [("text", f"{tone}-{step}") for tone in ("heat", "cool") for step in (1, 2, 3)]
        pairs += [("text", "band-80"), ("line-ink", "ground")]
        pairs += [("link", paper) for paper in ("ground", "panel", "shortage", "surplus")]
        for ink, paper in pairs:
            bright, dark = sorted((_luminance(colours[ink]), _luminance(colours[paper])), reverse=True)
            assert (bright + 0.05) / (dark + 0.05) >= 4.5, (ink, paper)
