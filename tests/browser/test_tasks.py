"""Three people, three tasks, from the first page to what they take along, by what is on the pages alone."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Download, Locator, Page
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from tests.browser.conftest import follow

SHK = "Sanitär, Heizung, Klima"
NUMBER = re.compile(r"^[+−]?\d{1,3}(?:\.\d{3})*$")


def number(text: str) -> int:
    """Return a whole number as German pages write it."""
    plain = text.strip().replace("\u00a0", "")
    assert NUMBER.match(plain), plain
    return int(plain.replace(".", "").replace("−", "-").replace("+", ""))


def ends(text: str) -> tuple[int, int]:
    """Return both ends of a range as German pages write it."""
    low, _, high = text.replace("\u00a0", " ").partition(" bis ")
    return number(low), number(high)


def downloaded(page: Page, link: Locator) -> Download:
    """Click a link that gives a file."""
    with page.expect_download() as waiting:
        link.click()
    return waiting.value


# --- the planner looks for the largest gap ------------------------------------------------------------------


def test_a_planner_finds_the_largest_gap_in_shk_and_exports_it(page: Page, tmp_path: Path) -> None:
    page.goto("/")
    page.get_by_label("Gewerbegruppe").select_option(label=SHK)
    follow(page, page.get_by_role("button", name="Anzeigen"))
    gaps: dict[str, tuple[int, tuple[int, int]]] = {}
    for row in page.locator("tbody tr:not(.sum):has(td.gap .range)").all():
        code = row.locator("th .code").inner_text()
        cell = row.locator("td.gap")
        value, span = (cell.locator(part).first.inner_text() for part in (".value", ".range"))
        gaps[code] = number(value), ends(span)
    assert gaps, "the group has a trade with a gap"
    below = {
        row.locator("th .code").inner_text(): number(row.locator("td.gap .value").first.inner_text())
        for row in page.locator("tbody tr.sum").all()
    }
    assert len(below) == 1, "the group has a sum"
    largest = max(gaps, key=lambda code: gaps[code][0])

    file = downloaded(page, page.locator("p.data").get_by_role("link", name="Excel"))
    assert file.suggested_filename.endswith(".xlsx")
    file.save_as(tmp_path / "luecke.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "luecke.xlsx")
    heads, *rows = book.get_sheet_by_name("Daten").to_python()
    records = [dict(zip(map(str, heads), row, strict=True)) for row in rows]
    found = {
        str(one["trade_code"]): (int(one["value"]), (int(one["lower_80"]), int(one["upper_80"])))
        for one in records
        if one["measure"] == "gap" and one["value"] != ""
    }
    assert found == gaps
    assert max(found, key=lambda code: found[code][0]) == largest
    sums = [
        dict(zip(map(str, heads), row, strict=True))
        for row in book.get_sheet_by_name("Summen").to_python()[1:]
    ]
    assert {str(one["trade_code"]): one["value"] for one in sums if one["measure"] == "gap"} == below
    notes = {
        str(row[0]): str(row[1]) for row in book.get_sheet_by_name("Hinweise").to_python() if len(row) > 1
    }
    assert notes["Stand (snapshot_id)"] in page.locator("footer").inner_text()

    follow(page, page.locator(f"tr:has(th .code:text-is('{largest}')) th a").first)
    value, _ = gaps[largest]
    assert page.locator("h1").inner_text().startswith("Installateur und Heizungsbauer")
    sign = "+" if value > 0 else "−"
    shown = f"{sign}{abs(value):,}".replace(",", ".")
    assert page.locator("td .value", has_text=re.compile(f"^{re.escape(shown)}$")).count() >= 1


# --- the training centre prints its plan --------------------------------------------------------------------


def test_a_training_centre_prints_the_course_plan_of_next_year(page: Page) -> None:
    page.goto("/")
    follow(page, page.get_by_role("navigation", name="Seiten").get_by_role("link", name="Bildungsstätten"))
    year = page.get_by_label("Jahr").input_value()
    assert int(year) == int(re.findall(r"\d{4}", page.locator("footer").inner_text())[0]) + 1
    table = page.locator("#uebersicht")
    planned = {
        row.locator("th a, th").first.inner_text().split("\n")[0].strip(): [
            cell.inner_text() for cell in row.locator("td .value").all()
        ]
        for row in table.locator("tbody tr").all()
    }
    planned = {name: values for name, values in planned.items() if values}
    assert len(planned) >= 3

    link = page.get_by_role("link", name="Diese Seite als PDF").get_attribute("href")
    assert link is not None
    answer = page.request.get(link)  # a browser without a viewer of its own shows nothing
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    reader = PdfReader(io.BytesIO(answer.body()))
    assert_paper_says(reader, year, planned)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"], "a tagged document can be read aloud"
    assert_paper_says(PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True))), year, planned)


def assert_paper_says(reader: PdfReader, year: str, planned: dict[str, list[str]]) -> None:
    """The sheets hold the year, every trade and every number of the page."""
    text = " ".join(page.extract_text() for page in reader.pages)
    plain = re.sub(r"[\s\u00ad\u00a0-]+", "", text)
    assert year in plain
    for trade, values in planned.items():
        assert re.sub(r"[\s\u00ad\u00a0-]+", "", trade) in plain, trade
        for value in values:
            assert re.sub(r"[\s\u00a0]+", "", value) in plain or value == "–", (trade, value)


# --- the planner compares two scenarios ---------------------------------------------------------------------


def test_a_planner_compares_two_scenarios_and_shares_the_link(
    context: Callable[..., BrowserContext], page: Page
) -> None:
    page.goto("/")
    follow(page, page.get_by_role("navigation", name="Seiten").get_by_role("link", name="Szenarien"))
    page.get_by_role("combobox", name="Szenario", exact=True).select_option(
        label="Bessere Bindung ans Gewerk"
    )
    page.get_by_label("Daneben").select_option(label="Mehr Zuwanderung")
    page.get_by_role("combobox", name="Gewerk", exact=True).select_option(
        label="Installateur und Heizungsbauer"
    )
    follow(page, page.get_by_role("button", name="Anzeigen"))
    seen = compared(page)
    assert list(seen) == ["demand", "supply", "gap", "training_need"]
    base, better, less, more, change = seen["gap"]
    assert number(better) - number(base) == number(less)
    assert number(more) - number(base) == number(change)
    for code, name in (("retention", "Bessere Bindung ans Gewerk"), ("immigration_up", "Mehr Zuwanderung")):
        lines = page.locator(f"table:has(#beitrag-{code}) tbody td .value").all_inner_texts()
        assert sum(map(number, lines[:-1])) == number(lines[-1]), f"levers of {name} sum to the difference"
        assert number(lines[-1]) == number(less if code == "retention" else change)

    link = page.get_by_role("link", name="Link zu diesem Vergleich").get_attribute("href")
    assert link is not None
    colleague = context(locale="en-GB").new_page()
    colleague.goto(link)
    assert compared(colleague) == seen
    assert colleague.get_by_label("Daneben").locator("option:checked").inner_text() == "Mehr Zuwanderung"
    follow(colleague, colleague.get_by_role("link", name="English"))
    assert colleague.get_by_label("Beside it").locator("option:checked").inner_text() != ""
    assert list(compared(colleague)) == list(seen)


def compared(page: Page) -> dict[str, list[str]]:
    """Return measure → base, first scenario, its difference, second scenario, its difference."""
    return {
        str(row.get_attribute("data-key")): row.locator("td .value").all_inner_texts()
        for row in page.locator("#ergebnis tbody tr").all()
    }


@pytest.mark.parametrize("region", ["12067", "DE"])
def test_a_region_without_accounts_says_where_there_are_some(page: Page, region: str) -> None:
    page.goto(f"/szenarien?szenario=retention&region={region}")
    hint = page.locator("#titel-ergebnis ~ p.hint")
    assert "keine Konten" in hint.inner_text()
    follow(page, hint.get_by_role("link").first)
    assert page.locator("#ergebnis").is_visible()
