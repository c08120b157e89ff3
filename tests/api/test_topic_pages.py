"""Training need, training centres, succession, scenarios: every number is the interface's."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from api.pages.need_view import SORTS
from api.pages.rendering import Pages
from api.pages.scenarios_view import said
from api.pages.texts import load
from api.pages.topic import Choice
from api.pages.topic_words import TopicWords
from api.pages.topics import RESULT_PATH, TopicPages
from forecast.snapshot import write_snapshot
from tests.api.page_reader import Element, read_page
from tests.api.rich_toy import FIRST_EFFECTIVE, rich_content
from tests.toy_snapshot import EMPTY_TRADE, REGIONS

PATHS = ("/ausbildungsbedarf", "/bildung", "/nachfolge", "/szenarien")
DRAWN = random.Random(20261123)
SELECTIONS = [
    (
        DRAWN.choice(REGIONS), DRAWN.choice(range(2024, 2036)), DRAWN.choice(("*", "shk", "metal", "other")),
        DRAWN.choice(("de", "en")),
    )
    for _ in range(12)
]  # fmt: skip
MARKUP = '"><script>alert(1)</script>'


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """The service over a release with every measure the pages name."""
    from api.app import create_app
    from api.service import Settings
    from tests.api.conftest import Client

    root = tmp_path_factory.mktemp("rich") / "snapshots"
    write_snapshot(root, rich_content())
    return Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))


def number(text: str, lang: str) -> float:
    """A printed number as a number."""
    plain = text.replace("." if lang == "de" else ",", "").replace(",", ".")
    plain = plain.replace("−", "-").replace("+", "")
    assert re.fullmatch(r"-?\d+(\.\d+)?", plain), text
    return float(plain)


def same(cell: Element, record: dict, lang: str) -> None:
    """Assert that a cell shows a record: value and 80 % range, or a dash with a reason in words."""
    value = cell.one("span", kind="value").text
    if record["value"] is None:
        assert value == "–"
        words = cell.one("span", kind="words").text
        assert len(words) > 3
        if record.get("status") == "not_reachable":
            assert str(FIRST_EFFECTIVE) in words
        return
    assert number(value, lang) == record["value"]
    ranges = cell.all("span", kind="range")
    assert bool(ranges) == (record["lower_80"] is not None)
    if ranges:
        ends = ranges[0].text.split(" bis " if lang == "de" else " to ")
        assert [number(end, lang) for end in ends] == [record["lower_80"], record["upper_80"]]


def data(client, page: Element) -> dict:
    """The records behind a page by trade, year and measure, from its first link for programs."""
    link = page.one("nav", kind="tools").all("a")[0].get("href")
    found = client.data(link)
    assert found["meta"].get("next") is None
    return {(r["trade_code"], r["year"], r["measure"]): r for r in found["data"]}


def shown_rows(page: Element, table: str) -> list[Element]:
    """Rows of a table that may be missing."""
    return [r for t in page.all("table", id=table) for r in t.all("tr") if r.all("th", scope="row")]


@pytest.mark.parametrize(("region", "year", "group", "lang"), SELECTIONS)
def test_training_need_shows_the_numbers_of_the_interface(rich, region, year, group, lang) -> None:
    page = read_page(
        rich.get(f"/ausbildungsbedarf?region={region}&year={year}&gruppe={group}&lang={lang}").text
    )
    found = data(rich, page)
    seen = set()
    differences = []
    for row in shown_rows(page, "bedarf"):
        code = row.get("data-trade")
        need, today, difference, effective = row.all("td")
        records = [found[code, year, "training_need"], found[code, 2025, "new_contracts"]]
        same(need, records[0], lang)
        same(today, records[1], lang)
        differences.append(number(difference.one("span").text, lang))
        assert differences[-1] == records[0]["value"] - records[1]["value"]
        assert difference.one("span").text.startswith("+") == (differences[-1] > 0)
        assert effective.text == str(FIRST_EFFECTIVE)
        seen.add(code)
    assert differences == sorted(differences, reverse=True)
    for row in shown_rows(page, "spaet"):
        assert found[row.get("data-trade"), year, "training_need"]["status"] == "not_reachable"
        same(row.all("td")[0], found[row.get("data-trade"), year, "training_need"], lang)
        seen.add(row.get("data-trade"))
    if seen:
        seen |= {item.get("data-trade") for item in page.all("li") if item.get("data-trade")}
        assert seen == {code for code, *_ in found}
        assert group == "*" or len(seen) < 5


def test_the_chart_of_the_need_has_the_numbers_of_the_table(rich) -> None:
    page = read_page(rich.get("/ausbildungsbedarf?year=2032").text)
    figure = page.one("figure")
    for row in shown_rows(page, "bedarf"):
        assert row.all("td")[0].one("span", kind="value").text in figure.text
        assert row.all("td")[0].one("span", kind="range").text in figure.text
    assert page.one("figcaption").text


@pytest.mark.parametrize("sort", SORTS)
def test_the_list_can_be_ordered(rich, sort: str) -> None:
    page = read_page(rich.get(f"/ausbildungsbedarf?year=2033&sortierung={sort}").text)
    rows = shown_rows(page, "bedarf")
    values = [number(r.all("td")[0].one("span", kind="value").text, "de") for r in rows]
    names = [r.one("th").text for r in rows]
    assert len(rows) == 4
    if sort == "bedarf":
        assert values == sorted(values, reverse=True)
    if sort == "gewerk":
        assert names == sorted(names)
    chosen = [
        o.get("value") for s in page.all("select") for o in s.all("option") if "selected" in o.attributes
    ]
    assert sort in chosen


def test_the_sentence_on_the_need_names_the_largest_differences(rich) -> None:
    page = read_page(rich.get("/ausbildungsbedarf?year=2035").text)
    first = shown_rows(page, "bedarf")[0]
    need, today = (cell.one("span", kind="value").text for cell in first.all("td")[:2])
    assert f"({need} statt {today} Verträge im Jahr)" in page.one("p", kind="lead").text
    late = read_page(rich.get("/ausbildungsbedarf?year=2027&lang=en").text)
    assert "training can no longer close the gap of this year" in late.one("p", kind="lead").text
    assert "numbers from 2029 on" in late.one("table", id="spaet").text
    none = read_page(rich.get("/ausbildungsbedarf?year=2024").text)
    assert "nicht bekannt" in none.one("p", kind="lead").text


@pytest.mark.parametrize(("region", "year", "group", "lang"), SELECTIONS)
def test_the_overview_for_training_centres_shows_the_interface(rich, region, year, group, lang) -> None:
    page = read_page(rich.get(f"/bildung?region={region}&year={year}&gruppe={group}&lang={lang}").text)
    found = data(rich, page)
    seen = set()
    for row in shown_rows(page, "uebersicht"):
        code = row.get("data-trade")
        cells = row.all("td")
        assert len(cells) == 5
        for cell in cells:
            same(cell, found[code, year, cell.get("data-measure")], lang)
        unread = found[code, year, "course_weeks_unsourced"]["value"]
        assert number(row.one("th").one("span", kind="unit").text.split()[0], lang) == unread
        seen.add(code)
    assert EMPTY_TRADE not in seen
    assert bool(seen) == (group != "other")


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_sheet_of_a_trade_shows_the_rows_of_the_plan(rich, lang: str) -> None:
    page = read_page(rich.get(f"/bildung?region=HWK-FF&year=2030&trade=A-24&lang={lang}").text)
    link = next(a.get("href") for a in page.one("footer").all("a") if "training-plan" in a.get("href"))
    rows = rich.data(link)["data"]
    sheet = page.one("section", kind="sheet")
    cells = {
        (number(c.one("span", kind="value").text, lang), c.one("span", kind="range").text)
        for c in sheet.all("td")
        if c.all("span", kind="range")
    }
    between = "bis" if lang == "de" else "to"
    printed = sheet.text
    for row in rows:
        if row["measure"] == "probability":
            item = sheet.one("li", **{"data-outlook": row["code"]}).text
            assert f" {round(row['value'] * 100)} " in item
            assert item.endswith({"bad": ("sehr unwahrscheinlich", "very unlikely"),
                                  "very_good": ("unwahrscheinlich", "unlikely"),
                                  "good": ("etwa gleich wahrscheinlich wie nicht", "about as likely as not"),
                                  }[row["code"]][lang == "en"])  # fmt: skip
        elif row["measure"] in {"workshop_places", "classes"}:
            assert f"{row['value']} ({row['lower_80']} {between} {row['upper_80']})" in printed
        elif row["measure"] not in {"outlook_ratio", "hours_per_worker"}:
            ends = [str(row[side]) for side in ("lower_80", "upper_80")]
            match = [r for v, r in cells if v == row["value"]]
            plain = [re.sub(r"[.,]", "", r) for r in match]
            assert f"{ends[0]} {between} {ends[1]}" in plain, row
    assert {"de": "16,2", "en": "16.2"}[lang] in printed
    assert {"de": "Abschluss 2034", "en": "Examination 2034"}[lang] in printed
    assert {"de": "nach 5 (3 bis 7) Jahren", "en": "after 5 (3 to 7) years"}[lang] in printed
    assert {"de": "24. August 2031", "en": "24 August 2031"}[lang] in printed
    marks = [mark for mark in sheet.all("table")[0].all("abbr") if "grade" not in str(mark.get("class"))]
    assert [mark.text for mark in marks] == [
        {"de": "verteilt", "en": "split"}[lang]
    ]  # only what was not read is marked
    letters = [mark.text for mark in sheet.all("abbr") if "grade" in str(mark.get("class"))]
    assert set(letters) == {"C", "D"}
    outlook = {"de": "(Güte C)", "en": "(grade C)"}[lang]
    assert outlook in printed
    trends = [head.text for head in sheet.all("th", scope="rowgroup")]
    assert trends == {"de": ["Was wächst", "Was bleibt", "Was schrumpft"],
                      "en": ["What grows", "What stays", "What shrinks"]}[lang]  # fmt: skip
    order = [item.get("data-outlook") for item in sheet.all("li")]
    assert order == ["very_good", "good", "bad"]


@pytest.mark.parametrize("lang", ["de", "en"])
def test_the_overview_says_what_grows_and_what_ages(rich, lang: str) -> None:
    page = read_page(rich.get(f"/bildung?region=HWK-FF&year=2030&lang={lang}").text)
    table = page.one("table", id="signale")
    groups = [head.text for head in table.all("th", scope="rowgroup")]
    assert groups == {"de": ["Was wächst", "Was schrumpft"], "en": ["What grows", "What shrinks"]}[lang]
    rows = {row.get("data-module"): [cell.text for cell in row.all("td")] for row in table.all("tr")}
    assert {code for code in rows if code} == {"heat_pump", "oil"}  # what stays is on the sheets
    ageing, trades, most, hours = rows["heat_pump"]
    assert {"de": "nach 5 (3 bis 7) Jahren", "en": "after 5 (3 to 7) years"}[lang] in ageing
    assert (trades, most) == ("1", rich.service.release.label("trades", "A-24", lang))
    assert hours.startswith({"de": "1.613", "en": "1,613"}[lang])
    assert not read_page(rich.get("/bildung?year=2030&trade=A-24").text).all("table", id="signale")


def test_the_whole_plan_has_a_sheet_for_every_trade_with_numbers(rich) -> None:
    page = read_page(rich.get("/bildung?region=HWK-FF&year=2030&ansicht=plan").text)
    sheets = [s.get("data-trade") for s in page.all("section", kind="sheet")]
    assert sheets == [r.get("data-trade") for r in shown_rows(page, "uebersicht")]
    assert len(sheets) == 4
    ids = re.findall(r'id="([^"]+)"', rich.get("/bildung?year=2030&ansicht=plan").text)
    assert len(ids) == len(set(ids))
    css = "".join(rich.get(one.get("href")).text for one in page.all("link", rel="stylesheet"))
    printed = css.split("@media print")
    assert any("table-header-group" in part for part in printed)  # heads repeat on every sheet of paper
    assert "A4" in css


def test_a_trade_without_courses_says_why(rich) -> None:
    page = read_page(rich.get("/bildung?year=2031&trade=A-13&lang=en").text)
    assert "no inter-company courses are known" in page.one("section", kind="sheet").text
    assert "no outlook is computed" in page.one("section", kind="sheet").text


@pytest.mark.parametrize(("region", "year", "group", "lang"), SELECTIONS)
def test_succession_shows_the_interface_for_all_trades(rich, region, year, group, lang) -> None:
    page = read_page(rich.get(f"/nachfolge?region={region}&year={year}&gruppe={group}&lang={lang}").text)
    found = data(rich, page)
    rows = shown_rows(page, "nachfolge")
    due = []
    for row in rows:
        cells = row.all("td")
        assert len(cells) == 8
        for cell in cells:
            same(cell, found[row.get("data-key"), year, cell.get("data-measure")], lang)
        due.append(found[row.get("data-key"), year, "successions_due"]["value"] or 0)
    assert due == sorted(due, reverse=True)
    assert bool(rows) == (year >= 2025 and group != "other")


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize("trade", ["A-24", "A-13"])
def test_succession_of_a_trade_goes_over_the_years(rich, trade: str, lang: str) -> None:
    page = read_page(rich.get(f"/nachfolge?region=BB&trade={trade}&year=2030&lang={lang}").text)
    found = data(rich, page)
    rows = shown_rows(page, "nachfolge")
    assert [row.get("data-key") for row in rows] == [str(year) for year in range(2025, 2036)]
    for row in rows:
        for cell in row.all("td"):
            same(cell, found[trade, int(row.get("data-key")), cell.get("data-measure")], lang)
    assert len(page.all("figure")) == 8
    due = found[trade, 2030, "successions_due"]["value"]
    assert str(due) in page.one("p", kind="lead").text
    empty = read_page(rich.get(f"/nachfolge?trade={EMPTY_TRADE}&lang={lang}").text)
    assert not shown_rows(empty, "nachfolge")
    assert empty.all("p", kind="hint")


def test_scenarios_are_told_in_plain_words(rich) -> None:
    page = read_page(rich.get("/szenarien").text)
    told = {s.get("data-scenario"): s for s in page.all("section", kind="scenario")}
    entries = rich.data("/api/v1/scenarios")["data"]
    assert list(told) == [entry["name"] for entry in entries]
    for entry in entries:
        text = told[entry["name"]].text
        assert entry["label"] in text
        assert entry["reason"] in text
        assert len(told[entry["name"]].all("tr")) == bool(entry.get("levers")) + sum(
            len(lever["amounts"]) for lever in entry.get("levers", ())
        )
    stay = told["retention"].all("tr")[1].text
    assert "Verbleib nach der Prüfung" in stay
    assert "ab 2027, in 3 Jahresschritten" in stay
    assert "Installateur und Heizungsbauer und Gruppe Elektro" in stay
    assert "+5" in stay
    assert "+2 bis +8" in stay
    assert "−30 % bis −10 %" in told["retention"].text
    assert "python -m forecast scenario four_days --region HWK-FF" in told["four_days"].text
    assert "Bindung" in told["four_days"].text
    assert "Verbleib im Gewerk0,75" in told["four_days"].text
    assert "veröffentlichten Zahlen" in told["base"].text
    english = read_page(rich.get("/szenarien?szenario=retention&region=BB&lang=en").text)
    assert [s.get("data-scenario") for s in english.all("section", kind="scenario")] == ["retention"]
    assert "Retention happens." in english.text
    assert "Because we say so." in english.text
    assert "assumed by us" in english.text
    assert rich.data("/api/v1/scenarios/retention?lang=en")["data"]["reason"] == "Because we say so."
    untold = rich.data("/api/v1/scenarios/four_days?lang=en")["data"]["reason"]
    assert untold == rich.data("/api/v1/scenarios/four_days")["data"]["reason"], "German where nobody has"
    assert "--region BB" in english.text


def test_results_of_scenarios_are_linked_where_the_service_has_them(rich) -> None:
    pages = Pages()
    pages.known = {RESULT_PATH}
    topics = TopicPages(pages)
    choice = Choice("/szenarien", "BB", 2035, lang="en")
    page = read_page(topics.scenarios(rich.service.release, choice, "").decode())
    links = [a.get("href") for a in page.all("a") if "/result" in a.get("href")]
    assert links == [
        f"/api/v1/scenarios/{name}/result?region=BB&year=2035&lang=en" for name in ("retention", "four_days")
    ]


def test_levers_are_said_as_they_are_read() -> None:
    assert said("growth", 0.0075, "de").replace("\u00a0", " ") == "+0,75 %"
    assert said("persons", -1250.0, "de") == "−1.250"
    assert said("points", -0.05, "en") == "−5"
    assert said("uptake", 0.25, "en") == "25%"


def test_probabilities_have_words() -> None:
    words = TopicWords(load("en"))
    assert [words.probability(share) for share in (0.9, 0.7, 0.5, 0.2, 0.05)] == [
        "very likely", "likely", "about as likely as not", "unlikely", "very unlikely",
    ]  # fmt: skip


def test_a_release_without_the_measures_says_so(client) -> None:
    """The toy release knows neither courses nor foundings."""
    succession = read_page(client.get("/nachfolge?year=2030").text)
    missing = succession.text.split("Nicht Teil dieser Veröffentlichung: ")[1]
    assert missing.startswith(
        "Stellen, die mit Schließungen wegfallen, Verlorene Ausbildungsplätze, Verschoben"
    )
    assert "Gegründet" in missing
    assert len(shown_rows(succession, "nachfolge")[0].all("td")) == 5
    training = read_page(client.get("/bildung?region=HWK-FF&year=2030").text)
    assert "Veröffentlichung nicht enthalten" in training.one("table", id="uebersicht").text
    for path in PATHS:
        for lang in ("de", "en"):
            assert client.get(f"{path}?lang={lang}").status_code == 200


def test_a_release_without_a_plan_says_so(serve, tmp_path: Path) -> None:
    content = rich_content()
    write_snapshot(tmp_path, replace(content, documents={**content.documents, "training_plan": {}}))
    page = serve(tmp_path).get("/bildung?year=2030&trade=A-24")
    assert page.status_code == 200
    assert "enthält keinen Plan nach Lehrjahr und Modul" in page.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("wrong", "status", "near"),
    [("region=HWK-FX", 404, "HWK-FF"), ("regoin=BB", 422, "region"), ("year=1999", 422, "2035"),
     ("year=neun", 422, "")],
)  # fmt: skip
def test_wrong_codes_give_helpful_pages(rich, path: str, wrong: str, status: int, near: str) -> None:
    for lang in ("de", "en"):
        found = rich.get(f"{path}?{wrong}&lang={lang}")
        assert found.status_code == status
        assert found.headers["content-type"].startswith("text/html")
        page = read_page(found.text)
        assert page.one("html").get("lang") == lang
        assert near in page.one("main").text
        assert "Traceback" not in found.text


@pytest.mark.parametrize(
    "wrong", ["/bildung?trade=A-99", "/nachfolge?gruppe=nix", "/szenarien?szenario=nix", "/bildung?ansicht=x",
              "/ausbildungsbedarf?sortierung=x", "/ausbildungsbedarf?hebel=A-99"],
)  # fmt: skip
def test_wrong_choices_of_one_page_are_refused(rich, wrong: str) -> None:
    assert rich.get(wrong).status_code in {404, 422}


ADDRESSES = (
    "/ausbildungsbedarf?region=HWK-FF&year=2031&gruppe=shk&sortierung=gewerk&hebel=A-24",
    "/bildung?region=HWK-FF&year=2030&gruppe=shk&trade=A-24&ansicht=plan",
    "/nachfolge?region=BB&year=2030&gruppe=shk&trade=A-24",
    "/szenarien?region=BB&year=2035&trade=A-24&szenario=four_days&neben=retention",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_both_languages_link_to_each_other_and_the_form_keeps_the_choice(rich, address: str) -> None:
    german = read_page(rich.get(address).text)
    other = german.one("a", hreflang="en").get("href")
    assert other == f"{address}&lang=en"
    english = read_page(rich.get(other).text)
    assert english.one("a", hreflang="de").get("href") == address
    asked = dict(part.split("=") for part in address.partition("?")[2].split("&"))
    chosen = {
        select.get("name"): next(o.get("value") for o in select.all("option") if "selected" in o.attributes)
        for select in english.all("select")
    }
    assert chosen.items() <= asked.items()
    assert english.one("form").get("method") == "get"
    assert all(label.all("select") for label in english.one("form").all("label"))


@pytest.mark.parametrize("address", [*ADDRESSES, *PATHS, "/bildung?region=DE", "/nachfolge?year=2024"])
def test_pages_need_no_script_and_every_link_works(rich, address: str) -> None:
    text = rich.get(address).text
    page = read_page(text)
    own = ("/static/auswahl.", "/static/erkunden.")
    assert all(one.get("src").startswith(own) for one in page.all("script"))
    assert not page.all("style")
    assert 'style="' not in text
    ids = set(re.findall(r' id="([^"]+)"', text))
    for link in page.all("a"):
        target = link.get("href")
        if target.startswith("#"):
            assert target[1:] in ids, target
        elif target.startswith("/") and "/result?" not in target:  # the toy has nothing to compute one from
            assert rich.get(target).status_code == 200, target
    for name in re.findall(r'aria-labelledby="([^"]+)"', text):
        assert set(name.split()) <= ids
    assert len(page.all("h1")) == 1


@pytest.mark.parametrize("address", ADDRESSES[:3])
def test_german_pages_speak_german(rich, address: str) -> None:
    text = read_page(rich.get(address).text).one("main").text
    for english in ("Training", "Succession", "Course weeks", "Handed", "Difference", "year 1"):
        assert english not in text


def test_names_from_the_data_cannot_become_markup(serve, tmp_path: Path) -> None:
    content = rich_content()
    catalogue = dict(content.documents["catalogue"])
    for kind in ("trades", "regions", "scenarios"):
        catalogue[kind] = [
            entry | {"name_de": MARKUP, "reason": MARKUP, "description_de": MARKUP}
            for entry in catalogue[kind]
        ]
    plan = dict(content.documents["training_plan"])
    plan["modules"] = [one | {"name_de": MARKUP} for one in plan["modules"]]
    plan["courses"] = [one | {"title": MARKUP} for one in plan["courses"]]
    documents = {**content.documents, "catalogue": catalogue, "training_plan": plan}
    write_snapshot(tmp_path, replace(content, documents=documents))
    client = serve(tmp_path)
    for address in ADDRESSES:
        assert "<script>" not in client.get(address).text


def test_a_choice_has_one_address() -> None:
    choice = Choice("/bildung", "BB", 2030, trade="A-24", more=(("ansicht", ""),), lang="en")
    assert choice.address() == "/bildung?region=BB&year=2030&trade=A-24&lang=en"
    assert choice.other(trade="", region="DE") == "/bildung?region=DE&year=2030&lang=en"
