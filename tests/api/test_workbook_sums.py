"""The workbook of a page holds the sums the page shows, on a sheet of their own; the data stay trades."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from forecast.snapshot import write_snapshot
from tests.api.page_reader import Element, read_page
from tests.toy_snapshot import TRADES, toy_content

ALL, GROUP = "GRP-*", "GRP-TWO"
MEMBERS = {ALL: list(TRADES), GROUP: ["A-25", "A-24"]}
SHEETS = {"de": ("Daten", "Summen", "Hinweise"), "en": ("Data", "Sums", "Notes")}


@pytest.fixture
def grouped(serve, tmp_path):
    """The toy release with a sum of two trades and one of all; made of numbers no trade has."""
    toy = toy_content()
    arrays = {}
    for name in ("cube", "status", "grade", "note"):
        whole = getattr(toy, name)
        one = whole[:, [TRADES.index("A-24")]]
        more = [one * np.float32(3), one * np.float32(7)] if name == "cube" else [one, one]
        arrays[name] = np.concatenate([whole, *more], axis=1)
    catalogue = dict(toy.documents["catalogue"])
    catalogue["trades"] = [
        {**entry, "group": "shk"} if entry["code"] in MEMBERS[GROUP] else entry
        for entry in catalogue["trades"]
    ]
    catalogue["trade_groups"] = [
        {
            "code": code, "name_de": f"Summe {code}", "name_en": f"Sum {code}", "kind": "group",
            "group": "shk" if code == GROUP else "", "sector": "", "members": members,
        }
        for code, members in MEMBERS.items()
    ]  # fmt: skip
    content = replace(
        toy,
        axes=replace(toy.axes, trades=(*TRADES, GROUP, ALL)),
        documents={**toy.documents, "catalogue": catalogue},
        **arrays,
    )
    write_snapshot(tmp_path, content)
    return serve(tmp_path)


def workbook(client, url: str) -> CalamineWorkbook:
    answer = client.get(url)
    assert answer.status_code == 200, answer.text[:300]
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content))


def lines(book: CalamineWorkbook, sheet: str) -> list[dict[str, object]]:
    head, *rows = book.get_sheet_by_name(sheet).to_python()
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def excel_link(page: Element) -> str:
    return next(one.get("href") for one in page.all("a") if "matrix.xlsx" in one.get("href"))


@pytest.mark.parametrize("lang", ["de", "en"])
@pytest.mark.parametrize(("group", "codes"), [("", {GROUP, ALL}), ("&gruppe=shk", {GROUP})])
def test_the_sheet_holds_the_sums_of_the_page(grouped, lang: str, group: str, codes: set[str]) -> None:
    page = read_page(grouped.get(f"/?region=BB&year=2030{group}&lang={lang}").text)
    shown = {}
    for row in page.all("tr", kind="sum"):
        code = row.one("th", scope="row").one("span", kind="code").text
        for cell in row.all("td"):
            if cell.all("span", kind="value"):
                shown[code, cell.get("class").split()[0]] = cell.all("span", kind="value")[0].text
    assert {code for code, _ in shown} == codes
    data, sheet, _ = SHEETS[lang]
    book = workbook(grouped, excel_link(page))
    found = {(str(one["trade_code"]), str(one["measure"])): one for one in lines(book, sheet)}
    assert {code for code, _ in found} == codes
    gaps = {code: found[code, "gap"]["value"] for code in codes}
    sign = {code: shown[code, "gap"].replace("−", "-").replace(".", "").replace(",", "") for code in codes}
    assert {code: int(text) for code, text in sign.items()} == gaps
    assert not {str(one["trade_code"]) for one in lines(book, data)} & set(MEMBERS)


def test_the_sums_are_the_records_of_the_interface_and_the_data_what_they_were(grouped) -> None:
    query = "region=BB&year=2030&measure=gap,demand"
    book = workbook(grouped, f"/api/v1/matrix.xlsx?{query}")
    for sheet, asked in (("Daten", query), ("Summen", f"{query}&trade={GROUP},{ALL}")):
        expected = grouped.data(f"/api/v1/matrix?{asked}")["data"]
        read = [
            {name: None if cell == "" else cell for name, cell in one.items()} for one in lines(book, sheet)
        ]
        assert [list(one) for one in read] == [list(one) for one in expected]
        assert read == expected
    said = {str(row[0]): str(row[1]) for row in book.get_sheet_by_name("Hinweise").to_python()}
    assert "schon gezählt" in said["Summen"]


@pytest.mark.parametrize(
    "query",
    [
        "matrix.xlsx?region=BB&year=2030&trade=A-24",  # part of a group
        "matrix.xlsx?region=BB&year=2030&trade=A-24,A-20",
        "series.xlsx?trade=A-24&region=BB&measure=gap",
        f"matrix.xlsx?region=BB&year=2030&trade={GROUP}",  # asked for by name: it is the data
    ],
)
def test_a_table_without_all_trades_of_a_sum_has_no_sheet(grouped, query: str) -> None:
    assert "Summen" not in workbook(grouped, f"/api/v1/{query}").sheet_names


def test_a_group_asked_for_alone_has_its_sum_and_not_that_of_all(grouped) -> None:
    book = workbook(grouped, "/api/v1/matrix.xlsx?region=BB&year=2029,2030&group=shk&measure=gap")
    assert [(one["trade_code"], one["year"]) for one in lines(book, "Summen")] == [
        (GROUP, 2029), (GROUP, 2030),
    ]  # fmt: skip
