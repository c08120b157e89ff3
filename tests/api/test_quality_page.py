"""The page on how good the forecasts are says what the cards say, losses first, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from api.pages import release_view
from api.pages.quality_view import sentences
from api.pages.texts import load
from forecast.record_file import FOLDER, write_record_file
from forecast.snapshot import write_snapshot
from tests.api.page_reader import read_page
from tests.toy_snapshot import toy_content

SCORES = [
    {"indicator": "new_contracts", "level": "land", "horizon": 1, "n": 1222, "origins": 9, "wape": 0.0538,
     "wape_last": 0.0533, "skill": -0.0094, "relative_wis": 1.034,
     "coverage_80": 0.8153, "coverage_95": 0.955},
    {"indicator": "new_contracts", "level": "country", "horizon": 2, "n": 172, "origins": 7, "wape": 0.0584,
     "wape_last": 0.0636, "skill": 0.0818, "coverage_80": 0.7267, "coverage_95": 0.8779},
    {"indicator": "employees", "level": "kreis", "horizon": 1, "n": 31, "origins": 4, "wape": 0.01,
     "wape_last": None, "skill": None, "coverage_80": 0.96, "coverage_95": 1.0},
]  # fmt: skip
CARD = {
    "quantity": "backtest", "title_de": "Rückrechnung", "title_en": "Backtest",
    "summary_de": "In 1 von 2 Vergleichen.", "summary_en": "In 1 of 2 comparisons.",
    "loses_de": "Verträge (31.12.), Land: 1 Jahr voraus lag der letzte Wert näher. Sonst nirgends.",
    "loses_en": "Contracts (31 December), Land: 1 year ahead the last value was nearer.",
    "covered_de": ["In 8 von 10 Jahren."], "covered_en": ["In 8 of 10 years."], "scores": SCORES,
}  # fmt: skip
RECORD = {
    "quantity": "error_record", "title_de": "Protokoll", "title_en": "Record", "scores": [],
    "summary_de": "7 Vorausschätzungen verglichen.", "summary_en": "7 forecasts compared.",
    "loses_de": "", "loses_en": "",
}  # fmt: skip


@pytest.fixture
def judged(serve, tmp_path):
    """A service whose release carries a card like that of the backtest."""

    def make(*cards: dict):
        content = toy_content()
        catalogue = dict(content.documents["catalogue"]) | {"cards": list(cards)}
        write_snapshot(
            tmp_path, replace(content, documents=dict(content.documents) | {"catalogue": catalogue})
        )
        return serve(tmp_path)

    return make


def percent(text: str, lang: str) -> float:
    """A printed share as a number of percent."""
    plain = text.replace("−", "-").replace("+", "").replace("%", "").strip()
    assert re.fullmatch(r"-?\d+[.,]\d", plain), text
    return float(plain.replace(",", ".") if lang == "de" else plain)


@pytest.mark.parametrize("lang", ["de", "en"])
def test_page_and_interface_agree_on_every_score(judged, lang: str) -> None:
    client = judged(CARD)
    page = read_page(client.get(f"/guete?lang={lang}").text)
    link = page.one("nav", kind="tools").all("a")[0].get("href")
    found = client.data(link)["data"]
    shown = [
        (table.get("data-quantity"), [cell.text for cell in row.all("td")])
        for table in page.all("table", kind="scores")
        for row in table.one("tbody").all("tr")
    ]
    assert len(shown) == len(found)
    by_cases = {score["n"]: score for score in found}
    for quantity, cells in shown:
        score = by_cases.pop(int(cells[6].replace(".", "").replace(",", "")))
        assert quantity == score["indicator"]
        for at, name in ((0, "wape"), (1, "wape_last"), (4, "coverage_80"), (5, "coverage_95")):
            if score[name] is None:
                assert cells[at] == "–"
            else:
                assert percent(cells[at], lang) == pytest.approx(100 * score[name], abs=0.0501)
        assert int(cells[7]) == score["origins"]
        ratio = score.get("relative_wis")
        point = "," if lang == "de" else "."
        assert cells[8].split()[0] == ("–" if ratio is None else f"{ratio:.2f}".replace(".", point))
        assert f" {round(10 * score['coverage_80'])} " in f" {cells[3]} "


def test_levels_stand_from_the_nation_down(judged) -> None:
    table = read_page(judged(CARD).get("/guete?groesse=new_contracts").text).one("table", kind="scores")
    heads = [row.one("th").text for row in table.one("tbody").all("tr")]
    assert heads == ["Bund, 2 Jahre voraus", "Länder, 1 Jahr voraus"]


def test_what_is_lost_stands_first_and_is_told_in_words(judged) -> None:
    page = read_page(judged(CARD).get("/guete").text)
    assert page.one("p", kind="lead").text.startswith("Nach dem mittleren Fehler wäre in 1 von 2 Vergleichen")
    headings = [heading.text for heading in page.one("main").all("h2")]
    assert headings[0] == "Wo wir verlieren"
    losses = page.one("ul", kind="loses").all("li")
    assert [one.text for one in losses] == [
        "Verträge (31.12.), Land: 1 Jahr voraus lag der letzte Wert näher.", "Sonst nirgends.",
    ]  # fmt: skip
    (lost,) = page.all("tr", kind="lost")
    assert "−0,9 %" in lost.text
    assert "verloren" in lost.text  # not by colour alone
    assert "in 8 von 10 Jahren" in lost.text


def test_ten_squares_show_the_years_in_the_range(judged) -> None:
    page = read_page(judged(CARD).get("/guete?groesse=employees").text)
    (row,) = page.one("table", kind="scores").one("tbody").all("tr")
    (squares,) = row.one("svg").all("path")
    assert (squares.get("class"), squares.get("d")) == ("hit", "M1 5H100")
    assert row.one("svg").get("aria-hidden") == "true"  # the words beside it say the same


def test_every_chart_has_its_numbers_in_a_table(judged) -> None:
    page = read_page(judged(CARD).get("/guete").text)
    (figure,) = page.all("figure")  # nothing to draw where there is no comparison
    chart = figure.one("svg", role="img")
    described = chart.one("desc").text
    for shown in ("−0,9", "+8,2"):
        assert shown in described
        assert any(shown in row.text for row in page.all("tr"))
    assert "Prozent" in chart.one("title").text


def test_the_choice_is_in_the_address(judged) -> None:
    client = judged(CARD)
    page = read_page(client.get("/guete?groesse=employees&lang=en").text)
    assert [table.get("data-quantity") for table in page.all("table", kind="scores")] == ["employees"]
    assert page.one("nav", kind="tools").all("a")[0].get("href") == (
        "/api/v1/backtests?indicator=employees&lang=en"
    )
    assert page.one("a", hreflang="de").get("href") == "/guete?groesse=employees"
    wrong = client.get("/guete?groesse=nichts")
    assert wrong.status_code == 404
    assert "employees" in wrong.text
    assert client.get("/guete?jahr=2030").status_code == 422


def test_the_error_record_in_force_is_shown_and_grows_while_the_release_stays(judged, tmp_path) -> None:
    """It stands beside the releases, as at /api/v1/error-record; no card of a release stands in for it."""
    client = judged(CARD, RECORD)

    def shown(lang: str = "de") -> str:
        return read_page(client.get(f"/guete?lang={lang}").text).one("main").text

    assert "7 Vorausschätzungen verglichen." not in shown()
    first = {"columns": [], "rows": [], "card": {**RECORD, "summary_de": "9 sind verglichen."}}
    write_record_file(tmp_path, first)
    assert "9 sind verglichen." in shown()
    assert "7 forecasts compared." in shown("en")
    write_record_file(tmp_path, {**first, "card": {**RECORD, "summary_de": "11 sind verglichen."}})
    assert "11 sind verglichen." in shown()
    for path in (tmp_path / FOLDER).glob("*.json"):
        path.write_bytes(path.read_bytes()[:-1] + b" ")
    fresh = judged(CARD, RECORD).get("/guete")
    assert fresh.status_code == 200
    assert "beschädigt" in read_page(fresh.text).one("main").text


def test_without_scores_and_record_the_page_says_so(judged) -> None:
    text = read_page(judged().get("/guete").text).one("main").text
    assert "Dieser Stand enthält keinen Vergleich" in text
    assert "Noch ist keine Vorausschätzung" in text
    assert "kein früherer Stand" in text


def test_cards_of_any_shape_are_shown(client) -> None:
    page = read_page(client.get("/guete").text)
    rows = page.one("table", kind="scores").one("tbody").all("tr")
    assert [row.one("span", kind="code").text for row in rows] == ["gate", "last"]
    assert "–" in rows[0].text


def test_data_status_is_that_of_the_printed_figures(client) -> None:
    page = read_page(client.get("/guete").text)
    (row,) = page.one("table", kind="status").one("tbody").all("tr")
    found = client.data("/api/v1/observations?indicator=new_contracts&limit=5000")["data"]
    cells = [cell.text for cell in row.all("td")]
    assert cells[0] == str(max(one["year"] for one in found))
    assert int(cells[2].replace(".", "")) == len(found)
    assert "BIBB" in cells[3]


def test_events_are_listed_with_what_was_done_about_them(client) -> None:
    text = read_page(client.get("/guete").text).one("main").text
    assert "Pandemiejahr" in text
    assert "1. März 2020, vorübergehender Ausschlag (Deutschland)" in text


# --- what changed -------------------------------------------------------------------------------------------


@pytest.fixture
def two(serve, tmp_path):
    """Two kept releases: the later one knows newer figures, and one gap is another."""
    first = write_snapshot(tmp_path, toy_content())
    content = toy_content()
    axes = content.axes
    cube = content.cube.copy()
    at = (axes.regions.index("HWK-FF"), axes.trades.index("A-24"), axes.measures.index("gap"),
          axes.years.index(2035))  # fmt: skip
    cube[at] += np.float32(17)
    for item, moved in (("item_vacancies", -4), ("item_retirements", 21)):
        cube[(*at[:2], axes.measures.index(item), at[3])] += np.float32(moved)
    catalogue = dict(content.documents["catalogue"]) | {"as_of": "2026-02-28"}
    meta = dict(content.meta) | {"as_of": "2026-02-28", "inputs_sha256": "0" * 64, "draws": 1234}
    documents = dict(content.documents) | {"catalogue": catalogue}
    write_snapshot(tmp_path, replace(content, cube=cube, documents=documents, meta=meta))
    return serve(tmp_path), first


@pytest.mark.parametrize("lang", ["de", "en"])
def test_changes_are_those_of_the_interface(two, lang: str) -> None:
    client, first = two
    page = read_page(client.get(f"/guete?lang={lang}").text)
    table = page.one("table", kind="changes")
    link = next(a.get("href") for a in page.all("a") if "/difference?" in a.get("href"))
    found = client.data(link)
    assert found["meta"]["compared_with"] == first
    (row,) = table.one("tbody").all("tr")
    (record,) = found["data"]
    cells = [cell.text for cell in row.all("td")]
    assert cells[0] == str(record["year"])
    numbers = [int(re.sub(r"[.,+]", "", text.replace("−", "-"))) for text in cells[1:4]]
    assert numbers == [record["value_before"], record["value_after"], record["change"]]
    assert record["change"] == 17


@pytest.mark.parametrize("lang", ["de", "en"])
def test_a_change_names_the_item_that_moved_most(two, lang: str) -> None:
    client, _ = two
    page = read_page(client.get(f"/guete?lang={lang}").text)
    (row,) = page.one("table", kind="changes").one("tbody").all("tr")
    link = [a.get("href") for a in page.all("a") if "/difference?" in a.get("href")][1]
    moved = {one["measure"]: one for one in client.data(link)["data"]}
    assert {code: one["change"] for code, one in moved.items()} == {
        "item_vacancies": -4,
        "item_retirements": 21,
    }
    labels = {one["item"]: one["label"] for one in _items(client, lang)}
    reason = row.all("td")[-1]
    assert reason.text.startswith(f"{labels['item_retirements']} +21; {labels['item_vacancies']} −4 ")
    found = client.data(reason.one("a").get("href"))
    assert found["meta"]["change"] == 17
    assert {one["code"]: one["change"] for one in found["data"] if one["change"]} == {
        "item_vacancies": -4, "item_retirements": 21,
    }  # fmt: skip


def _items(client, lang: str) -> list[dict]:
    asked = f"/api/v1/explain?trade=A-24&region=HWK-FF&year=2034&lang={lang}"
    return client.data(asked)["items"]


def test_items_that_are_not_named_stand_together() -> None:
    items = [{"measure": name, "trade_code": "A", "year": 2030, "change": change}
             for name, change in (("a", 9), ("b", -30), ("c", 1), ("d", 12), ("e", 3))]  # fmt: skip
    row = {"trade_code": "A", "trade_label": "A", "region_code": "R", "year": 2030, "value_before": 5,
           "value_after": 0, "change": -5, "inside_80": None}  # fmt: skip
    names = {name: name.upper() for name in "abcde"}
    (shown,) = release_view.changed([row], items, names, "/api/v1/x/difference", "de", load("de"))
    assert shown["reason"] == "B −30; D +12; A +9; alle übrigen +4"
    assert shown["href"] == "/api/v1/x/difference/reasons?trade=A&region=R&year=2030"


def test_reasons_for_a_change_are_named(two) -> None:
    client, first = two
    text = read_page(client.get("/guete").text).one("main").text
    assert f"Verglichen mit dem Stand {first}: 1 von" in text
    assert "Neue Zahlen: bis 28. Februar 2026 statt bis 31. Oktober 2025." in text
    assert "Die gedruckten Zahlen dahinter sind andere." in text
    assert "Andere Zufallszahlen: 1.234 Ziehungen ab Startwert 7 statt 1.000 ab 7." in text
    assert "Annahmen wurden geändert" not in text


def test_the_release_to_compare_with_is_in_the_address(two) -> None:
    client, first = two
    assert client.get(f"/guete?stand={first}").status_code == 200
    assert client.get("/guete?stand=0123456789abcdef").status_code == 404
    form = read_page(client.get("/guete").text).all("select")[1]
    assert [option.get("value") for option in form.all("option")] == [first]


def test_sentences_of_a_card_are_told_apart() -> None:
    assert sentences("") == []
    assert sentences("A (31.12.), Land: x. 2 von 3. Bund: 1,5 % größer.") == [
        "A (31.12.), Land: x.", "2 von 3.", "Bund: 1,5 % größer.",
    ]  # fmt: skip


FACT = {
    "code": "shk-finish", "name_de": "SHK besteht", "name_en": "SHK finishes", "unit": "share",
    "region": "DE", "year": 2023, "relation": "range", "independent": True,
    "published_low": 0.5, "published_high": 0.6,
    "value": 0.554, "lower_80": 0.54, "upper_80": 0.57, "verdict": "met", "missed_by": 0.0,
    "computed_de": "so gerechnet", "computed_en": "computed so", "reason_de": "", "reason_en": "",
    "source": "q",
}  # fmt: skip


@pytest.fixture
def with_facts(serve, tmp_path):
    """A service whose release carries these facts."""

    def make(*rows: dict):
        content = toy_content()
        document = {"columns": list(FACT), "rows": [list(row.values()) for row in rows]}
        documents = dict(content.documents) | {"world_checks": document}
        write_snapshot(tmp_path, replace(content, documents=documents))
        return serve(tmp_path)

    return make


def test_published_facts_stand_beside_the_model_those_missed_first(with_facts) -> None:
    missed = FACT | {
        "code": "masters", "name_de": "Meister", "unit": "persons", "published_low": 1425,
        "published_high": 1500, "value": 273.3, "lower_80": 254.9, "upper_80": 292.8, "verdict": "missed",
        "reason_de": "Nicht alle Gewerke.", "independent": False,
    }  # fmt: skip
    bound = FACT | {"code": "long", "name_de": "Auf Dauer", "relation": "at_most", "published_high": 0.4}
    lost = FACT | {"code": "late", "name_de": "Spät", "value": None, "lower_80": None, "upper_80": None,
                   "verdict": "not_computed", "missed_by": None}  # fmt: skip
    client = with_facts(FACT, missed, bound, lost)
    page = read_page(client.get("/guete").text)
    rows = page.one("table", kind="facts").one("tbody").all("tr")
    assert [row.one("th").text.split()[0] for row in rows] == ["Meister", "SHK", "Auf", "Spät"]
    cells = [[cell.text for cell in row.all("td")] for row in rows]
    assert cells[0] == ["1.425 bis 1.500", "273", "255 bis 293", "verfehlt", "ja"]
    assert cells[1] == ["50,0 % bis 60,0 %", "55,4 %", "54,0 % bis 57,0 %", "getroffen", "nein"]
    assert cells[2][0] == "höchstens 40,0 %"
    assert cells[3][1:4] == ["–", "–", "mit diesen Zahlen nicht zu rechnen"]
    assert "Nicht alle Gewerke." in page.text
    assert "Von 3 veröffentlichten Tatsachen" in page.text
    assert "within the range" not in page.text
    assert "at most 40.0%" in read_page(client.get("/guete?lang=en").text).text


def test_the_same_facts_are_data(with_facts) -> None:
    client = with_facts(FACT, FACT | {"code": "other", "verdict": "missed"})
    assert client.data("/api/v1/world-checks")["data"] == [
        FACT,
        FACT | {"code": "other", "verdict": "missed"},
    ]
    chosen = client.data("/api/v1/world-checks?verdict=missed")
    assert [row["code"] for row in chosen["data"]] == ["other"]


def test_a_release_without_facts_has_no_such_section(serve, tmp_path) -> None:
    write_snapshot(tmp_path, toy_content())
    client = serve(tmp_path)
    assert "An der Welt gemessen" not in client.get("/guete").text
    assert client.data("/api/v1/stay-curve")["data"] == []


# --- single trades ------------------------------------------------------------------------------------------

HORIZONS = [
    {"region": "HWK-FF", "trade": "A-24", "measure": "gap", "horizon": 1, "compared": 7, "inside_80": 6,
     "mean_error": 36.6, "mean_error_last": 27.9},
    {"region": "HWK-FF", "trade": "A-24", "measure": "gap", "horizon": 2, "compared": 2, "inside_80": 2,
     "mean_error": 50.2, "mean_error_last": 61.0},
    {"region": "HWK-FF", "trade": "A-24", "measure": "gap", "horizon": 4, "compared": 9, "inside_80": 0,
     "mean_error": 1.0, "mean_error_last": 0.5},
    {"region": "HWK-FF", "trade": "A-25", "measure": "gap", "horizon": 1, "compared": 1, "inside_80": 0,
     "mean_error": None, "mean_error_last": None},
    {"region": "HWK-FF", "trade": "A-25", "measure": "demand", "horizon": 1, "compared": 5, "inside_80": 5,
     "mean_error": 3.0, "mean_error_last": 1.0},
    {"region": "BB", "trade": "A-27", "measure": "gap", "horizon": 1, "compared": 5, "inside_80": 5,
     "mean_error": 3.0, "mean_error_last": 1.0},
]  # fmt: skip


@pytest.fixture
def asked(serve, tmp_path):
    """A service whose release was asked at past years."""
    content = toy_content()
    document = {"columns": [], "rows": [], "card": {}, "scores": [], "horizons": HORIZONS}
    documents = dict(content.documents) | {"past_forecasts": document}
    write_snapshot(tmp_path, replace(content, documents=documents))
    return serve(tmp_path)


def test_every_trade_shows_how_often_its_gap_was_right_and_where_it_lost(asked) -> None:
    page = read_page(asked.get("/guete").text)
    table = page.one("table", kind="hits")
    assert [head.text for head in table.one("thead").all("th")] == [
        "Gewerk",
        "1 Jahr voraus",
        "2 Jahre voraus",
    ]
    rows = {
        row.get("data-trade"): [cell.text for cell in row.all("td")] for row in table.one("tbody").all("tr")
    }
    assert rows == {
        "A-24": ["6 von 7 verlorenFehler 36,6, letzter Wert 27,9", "2 von 2Fehler 50,2, letzter Wert 61,0"],
        "A-25": ["0 von 1", "–"],
    }
    (lost,) = table.all("td", kind="lost")
    squares = {path.get("class"): path.get("d") for path in lost.one("svg").all("path")}
    assert squares == {"hit": "M1 5H60", "miss": "M61.5 1.5h7v7h-7z"}
    assert "In 8 von 10 Vergleichen lag" in page.one("main").text
    assert "In 1 von 2 Feldern der Tabelle" in page.one("main").text
    assert table.all("a")[0].get("href").endswith("region=HWK-FF#titel-frueher")


def test_a_choice_of_one_quantity_leaves_the_trades_out(asked, judged) -> None:
    assert not read_page(judged(CARD).get("/guete?groesse=new_contracts").text).all("table", kind="hits")
    assert not read_page(judged(CARD).get("/guete").text).all("table", kind="hits")
