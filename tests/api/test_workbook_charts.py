"""Charts of a workbook: drawn from a table beside them whose numbers are those of the interface."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from tests.toy_snapshot import EMPTY_TRADE

Lines = list[list[Any]]


def opened(client, url: str) -> tuple[Lines, list[str]]:
    """The sheet of charts and the charts."""
    body = io.BytesIO(client.get(url).content)
    lines = (
        CalamineWorkbook.from_filelike(body).get_sheet_by_name("Diagramm").to_python(skip_empty_area=False)
    )
    book = zipfile.ZipFile(body)
    names = sorted(name for name in book.namelist() if name.startswith("xl/charts/chart"))
    return lines, [book.read(name).decode() for name in names]


def cells(lines: Lines, column: int = 0) -> list[list[Any]]:
    """Label, value, lower and upper end below the two heads."""
    rows = [line[column : column + 4] for line in lines[2:] if len(line) > column and line[column] != ""]
    return [[None if cell == "" else cell for cell in row] for row in rows]


def test_one_year_is_a_ranking_of_one_measure_with_ranges(client) -> None:
    query = "region=HWK-FF&year=2030&measure=demand,supply,gap,new_contracts"
    lines, (chart,) = opened(client, f"/api/v1/matrix.xlsx?{query}")
    rows = [row for row in client.data(f"/api/v1/matrix?{query}")["data"] if row["measure"] == "gap"]
    known = sorted(
        (row for row in rows if row["value"] is not None), key=lambda row: (-row["value"], row["trade_label"])
    )
    assert len(known) > 1
    assert cells(lines) == [
        [row["trade_label"], row["value"], row["lower_80"], row["upper_80"]] for row in known
    ]
    assert "<c:barChart>" in chart
    assert chart.count("<c:ser>") == 1
    assert f"$B$3:$B${len(known) + 2}" in chart
    plus = re.search(r"<c:plus>.*?</c:plus>", chart)
    assert plus
    assert [float(one) for one in re.findall(r"<c:v>([^<]*)</c:v>", plus.group())] == [
        row["upper_80"] - row["value"] for row in known
    ]
    assert "2030" in lines[0][0]
    assert known[0]["region_label"] in lines[0][0]


def test_years_are_lines_one_chart_a_measure(client) -> None:
    query = "trade=A-24&region=HWK-FF&measure=gap,new_contracts,training_need"
    lines, charts = opened(client, f"/api/v1/series.xlsx?{query}")
    rows = client.data(f"/api/v1/series?{query}")["data"]
    measures = list(dict.fromkeys(row["measure"] for row in rows))
    assert len(charts) == len(measures) == 3
    assert len({lines[0][place * 5] for place in range(3)}) == 3
    for place, (measure, chart) in enumerate(zip(measures, charts, strict=True)):
        shown = cells(lines, place * 5)
        found = {row["year"]: row for row in rows if row["measure"] == measure}
        known = [year for year, row in found.items() if row["value"] is not None]
        assert [row[0] for row in shown] == list(range(min(known), max(known) + 1))
        assert [row[1:] for row in shown] == [
            [found[row[0]][name] for name in ("value", "lower_80", "upper_80")] for row in shown
        ]
        assert "<c:lineChart>" in chart
        assert 'dispBlanksAs val="zero"' not in chart  # the format's default: a gap


def test_several_trades_are_one_chart_each_and_without_ranges_none_is_drawn(client) -> None:
    url = "/api/v1/series.xlsx?trade=A-13,A-24&region=HWK-FF&measure=gap&quantiles=50"
    lines, charts = opened(client, url)
    assert len(charts) == 2
    assert all(chart.count("<c:ser>") == 1 for chart in charts)
    assert lines[0][0] != lines[0][5]


@pytest.mark.parametrize(
    "url",
    [
        f"/api/v1/series.xlsx?trade={EMPTY_TRADE}&region=HWK-FF&measure=gap",
        f"/api/v1/matrix.xlsx?trade={EMPTY_TRADE}&region=HWK-FF&year=2030&measure=gap",
    ],
)
def test_a_selection_without_numbers_has_no_chart(client, url: str) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(url).content))
    assert book.sheet_names == ["Daten", "Hinweise"]


@pytest.mark.parametrize(
    "path", ["/", "/matrix", "/gewerk?trade=A-24", "/bildung", "/ausbildungsbedarf", "/nachfolge", "/region"]
)
def test_the_workbooks_of_a_page_open_and_hold_a_chart_and_notes(client, path: str) -> None:
    links = sorted(set(re.findall(r'href="([^"]*\.xlsx[^"]*)"', client.get(path).text)))
    assert links
    for link in links:
        lines, charts = opened(client, link.replace("&amp;", "&"))
        assert charts
        assert cells(lines)
