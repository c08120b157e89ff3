"""Figures: an excerpt gives exactly these rows; each kind of bad file or bad row has its message."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from forecast.domain.panel import COLUMNS
from forecast.errors import InputError
from forecast.sources.figures import FIGURE_COLUMNS, read_figures, read_panel
from forecast.sources.rawfile import read_raw
from tests.sources.conftest import FIGURES, HEADER, ROW


def one_row(**changes):
    cells = dict(zip(HEADER.split(","), ROW.split(","), strict=True)) | changes
    return f"{HEADER}\n" + ",".join(cells[name] for name in HEADER.split(",")) + "\n"


@pytest.fixture
def read(put_figures, definitions):
    """Read one file of figures; returns accepted rows and reports."""

    def run(content, **changes):
        return read_figures(read_raw(put_figures(content, **changes)), definitions)

    return run


def test_an_excerpt_gives_exactly_these_figures(root, put_figures, definitions):
    put_figures(FIGURES)
    result = read_panel(root, definitions)
    frame = result.panel.frame
    assert tuple(frame.columns) == COLUMNS
    assert frame["trade"].tolist() == ["A-24", "AO-shk", "AO-shk"]
    assert frame["year"].tolist() == [2020, 2022, 2023]
    assert frame["value"].tolist()[1:] == [267.0, 303.0]
    assert np.isnan(frame["value"].iloc[0])
    assert frame["status"].tolist() == ["suppressed", "rounded", "rounded"]
    # Nine months after the end of the period: 2020-12-31, 2022-12-31 and 2023-12-31.
    assert [day.date() for day in frame["published"]] == [date(year, 9, 30) for year in (2021, 2023, 2024)]
    assert result.rejected == ()
    assert result.files[0].meta.rows == 3
    assert tuple(result.figures.columns) == (*FIGURE_COLUMNS, "published", "file", "line")
    assert result.figures["note"].tolist() == ["gesperrt", "", "[abgeleitet] Summe"]
    assert result.figures["unit"].tolist() == ["contracts"] * 3
    assert result.figures["line"].tolist() == [4, 3, 2]
    assert set(result.figures["file"]) == {"raw/bibb/2023/new_contracts.csv"}
    assert result.figures["value"].equals(frame["value"])


def test_several_files_are_joined_in_the_order_of_their_paths(root, put_figures, definitions):
    put_figures(one_row(year="2021"), name="b.csv")
    put_figures(one_row(year="2022"), name="a.csv")
    result = read_panel(root, definitions)
    assert [raw.path.name for raw in result.files] == ["a.csv", "b.csv"]
    assert result.panel.frame["year"].tolist() == [2021, 2022]


def test_no_files_give_an_empty_panel(root, definitions):
    result = read_panel(root, definitions)
    assert len(result.panel) == 0
    assert result.files == ()


def test_columns_may_stand_in_any_order(read):
    columns = HEADER.split(",")
    cells = dict(zip(columns, ROW.split(","), strict=True))
    turned = columns[::-1]
    rows, reports = read(",".join(turned) + "\n" + ",".join(cells[name] for name in turned) + "\n")
    assert reports == []
    assert rows["value"].tolist() == [303.0]
    assert rows["source"].tolist() == ["bibb"]


def test_a_byte_order_mark_windows_line_ends_and_quotes_are_accepted(read):
    text = FIGURES.replace("\n", "\r\n").replace("gesperrt", '"gesperrt, sagt ""BIBB"""')
    rows, reports = read(b"\xef\xbb\xbf" + text.encode())
    assert reports == []
    assert rows["note"].tolist()[2] == 'gesperrt, sagt "BIBB"'


def test_lines_are_counted_as_an_editor_counts_them(read):
    text = f'{HEADER}\n{ROW} mit "zwei\nZeilen"\n'.replace('[abgeleitet] Summe mit "zwei', '"zwei')
    _, reports = read(text + "\n" + one_row(trade="A-99").split("\n", 1)[1], rows=2)
    assert [report.line for report in reports] == [5]


@pytest.mark.parametrize("as_of", ["", "2023"])
def test_without_a_reference_date_the_period_is_the_year(read, as_of):
    rows, _ = read(one_row(as_of=as_of))
    assert rows["published"].iloc[0].date() == date(2024, 9, 30)


def test_the_reference_date_decides_not_the_year_of_the_figure(read):
    rows, _ = read(one_row(year="2030", as_of="2021-03"))
    assert rows["published"].iloc[0].date() == date(2021, 12, 31)


@pytest.mark.parametrize(
    ("changes", "column", "found", "expected"),
    [
        ({"indicator": "new_contract"}, "indicator", "new_contract", "etwa new_contracts"),
        ({"trade": "AO-shkk"}, "trade", "AO-shkk", "etwa AO-shk"),
        ({"trade": "Metallbauer"}, "trade", "Metallbauer", "etwa A-13"),
        ({"trade": ""}, "trade", "", "ein Code aus data/codes"),
        ({"region": "HWK-F"}, "region", "HWK-F", "HWK-FF"),
        ({"region": "brandenburg"}, "region", "brandenburg", "etwa BB"),
        ({"source": "bib"}, "source", "bib", "data/sources"),
        ({"year": "2023.0"}, "year", "2023.0", "vierstellige ganze Zahl"),
        ({"year": "23"}, "year", "23", "vierstellige ganze Zahl"),
        ({"year": "2022/23"}, "year", "2022/23", "vierstellige ganze Zahl"),
        ({"year": ""}, "year", "", "vierstellige ganze Zahl"),
        ({"value": ""}, "value", "", "leer nur mit status = suppressed"),
        ({"status": "suppressed"}, "value", "303", "leer, weil status = suppressed"),
        ({"status": "geheim"}, "status", "geheim", "observed | rounded"),
        ({"value": "-3"}, "value", "-3", "ein Wert ≥ 0"),
        ({"value": '"1.234,5"'}, "value", "1.234,5", "also 1234.5"),
        ({"value": '"12,5"'}, "value", "12,5", "also 12.5"),
        ({"value": "1.234"}, "value", "1.234", "also 1234"),
        ({"value": "1.234.567"}, "value", "1.234.567", "also 1234567"),
        ({"value": "."}, "value", ".", "eine Zahl mit Dezimalpunkt"),
        ({"value": "nan"}, "value", "nan", "eine Zahl mit Dezimalpunkt"),
        ({"value": "inf"}, "value", "inf", "eine Zahl mit Dezimalpunkt"),
        ({"value": "x"}, "value", "x", "eine Zahl mit Dezimalpunkt"),
        ({"unit": "persons"}, "unit", "persons", "contracts (Einheit des Indikators)"),
        ({"as_of": "31.12.2023"}, "as_of", "31.12.2023", "JJJJ-MM-TT"),
        ({"as_of": "2023-02-29"}, "as_of", "2023-02-29", "JJJJ-MM-TT"),
    ],
)
def test_a_bad_cell_is_reported_with_file_line_column_found_and_expected(
    read, changes, column, found, expected
):
    rows, reports = read(one_row(**changes))
    assert len(rows) == 0
    assert [(report.file, report.line, report.column, report.found) for report in reports] == [
        ("raw/bibb/2023/new_contracts.csv", 2, column, found)
    ]
    assert expected in reports[0].expected


def test_every_fault_of_a_row_is_reported(read):
    _, reports = read(one_row(trade="A-99", region="XX", year="x", value="y"))
    assert [report.column for report in reports] == ["trade", "region", "year", "value"]


def test_decimals_with_a_point_are_accepted(read):
    rows, reports = read(one_row(value="1234.5"))
    assert (reports, rows["value"].tolist()) == ([], [1234.5])
    rows, reports = read(one_row(value="1e3"))
    assert (reports, rows["value"].tolist()) == ([], [1000.0])


def test_a_row_with_too_many_cells_is_reported(read):
    rows, reports = read(f"{HEADER}\n{ROW}, mit Komma\n{ROW}\n")
    assert len(rows) == 1
    assert (reports[0].line, reports[0].found) == (2, "12 Zellen")


BAD_FILES = [
    (
        FIGURES.replace("Summe", "Verträge").encode("latin-1"),
        "nicht in UTF-8",
        "Zeile 2 (in Latin-1 stünde dort «ä»)",
    ),
    (FIGURES.replace(",", ";"), "nicht mit Komma getrennt", "Zeile 1"),
    (FIGURES.replace(",", "\t"), "nicht mit Komma getrennt", "Zeile 1"),
    (FIGURES.replace(",note", ""), "Spalte «note» fehlt", "Zeile 1"),
    (FIGURES.replace(",note", ",remark"), "Spalte «remark» ist unbekannt", "Zeile 1"),
    (FIGURES.replace(",note", ",unit"), "Spalte «unit» steht doppelt", "Zeile 1"),
    ("", "Spalte «indicator» fehlt", "Zeile 1"),
    (f"{HEADER}\n{ROW.replace('303', chr(34) + '303')}\n", "kein gültiges CSV", "Zeile 2"),
]


@pytest.mark.parametrize(("content", "what", "where"), BAD_FILES)
def test_an_unreadable_file_is_refused_as_a_whole(read, content, what, where):
    with pytest.raises(InputError) as error:
        read(content)
    assert what in error.value.what
    assert where in error.value.where
    assert error.value.where.startswith("raw/bibb/2023/new_contracts.csv")
    assert error.value.remedy


def test_the_number_of_rows_must_be_the_one_of_the_sidecar(read):
    with pytest.raises(InputError, match="3 Zeilen, ihre Begleitdatei nennt 5"):
        read(FIGURES, rows=5)


def test_a_repeated_key_is_reported_also_across_files(root, put_figures, definitions):
    put_figures(FIGURES, name="a.csv")
    put_figures(one_row(value="300"), name="b.csv")
    with pytest.raises(InputError, match="1 Zeile der Rohdaten verletzt") as error:
        read_panel(root, definitions)
    assert "raw/bibb/2023/b.csv, Zeile 2" in error.value.where
    kept = read_panel(root, definitions, strict=False)
    assert len(kept.panel) == 3
    assert kept.panel.value("new_contracts", "AO-shk", "BB", 2023).value == 303


def ages(total: int, *, status: str = "observed", last: str = "400") -> str:
    cells = {
        "unter 20 Jahre": "100",
        "20 bis unter 25 Jahre": "200",
        "65 Jahre und mehr": last,
        "": str(total),
    }
    rows = [
        f"new_contracts,AO-shk,BB,2023,{age},{value},contracts,{status},2023-12-31,bibb,"
        for age, value in cells.items()
    ]
    return "\n".join([HEADER, *rows]) + "\n"


def test_age_bands_that_do_not_add_up_to_their_total_are_reported(read):
    assert read(ages(700))[1] == []
    ((report),) = read(ages(750))[1]
    assert (report.line, report.column, report.found) == (5, "value", "750")
    assert "700, die Summe der 3 Altersgruppen" in report.expected


def test_rounded_age_bands_need_not_add_up(read):
    assert read(ages(750, status="rounded"))[1] == []


def test_strict_reading_refuses_everything_otherwise_the_rest_is_kept(root, put_figures, definitions):
    put_figures(FIGURES + one_row(trade="A-99").split("\n", 1)[1] + one_row(year="x").split("\n", 1)[1])
    with pytest.raises(InputError, match="2 Zeilen der Rohdaten") as error:
        read_panel(root, definitions)
    assert error.value.rows[0].startswith("raw/bibb/2023/new_contracts.csv, Zeile 5, Spalte trade: «A-99»")
    kept = read_panel(root, definitions, strict=False)
    assert len(kept.panel) == 3
    assert [report.line for report in kept.rejected] == [5, 6]


def test_the_bundled_figures_can_be_read(data_root):
    from forecast.sources.definitions import read_definitions

    if not (data_root / "raw").is_dir():
        pytest.skip("no bundled data")
    result = read_panel(data_root, read_definitions(data_root))
    assert len(result.panel) == sum(raw.meta.rows for raw in result.files)
    assert len(result.figures) == len(result.panel)
