"""`predict`: every wrong file has its German message, every series comes out, nothing is half written."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from forecast.errors import InputError, OperationError
from forecast.predict import OUTPUT_COLUMNS, predict_file, read_series

GOOD = "series_id,year,value\n" + "".join(
    f"{key},{year},{value + 3 * (year % 3)}\n"
    for key, value in (("a", 10), ("b", 200))
    for year in range(2012, 2024)
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "reihen.csv"
    path.write_text(GOOD, encoding="utf-8")
    return path


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_whole_table(source: Path, tmp_path: Path) -> None:
    report = predict_file(source, tmp_path / "aus.csv", 3, seed=1, draws=100)
    rows = table(tmp_path / "aus.csv")
    assert (report.series, report.forecast, report.rows, report.refused) == (2, 2, 6, ())
    assert tuple(rows[0]) == OUTPUT_COLUMNS
    assert [(r["series_id"], r["year"], r["horizon"]) for r in rows] == [
        (key, str(2023 + h), str(h)) for key in "ab" for h in (1, 2, 3)
    ]
    for row in rows:
        numbers = [float(row[name]) for name in OUTPUT_COLUMNS[4:]]
        assert numbers == sorted(numbers)
        assert numbers[0] >= 0
        assert numbers[0] <= float(row["mean"]) <= numbers[-1]
    assert float(rows[0]["mean"]) == pytest.approx(13, abs=5)
    assert float(rows[3]["mean"]) == pytest.approx(203, rel=0.1)


def test_the_same_file_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    for name in ("1", "2"):
        predict_file(source, tmp_path / name, 2, seed=7, draws=50)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()
    assert b"\r" not in (tmp_path / "1").read_bytes()


def test_the_seed_orders_paths_and_leaves_every_year_as_it_was(source: Path, tmp_path: Path) -> None:
    """Each year is stratified: mean and quantiles carry no noise from the draws."""
    rows = []
    for seed in (1, 2):
        predict_file(source, tmp_path / "out", 2, seed=seed, draws=50)
        rows.append([[float(row[name]) for name in OUTPUT_COLUMNS[3:]] for row in table(tmp_path / "out")])
    assert np.array(rows[0]) == pytest.approx(np.array(rows[1]), rel=1e-8)


def test_each_series_from_its_own_last_year_gaps_and_failures_included(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    lines = [f"lang,{year},{50 + year % 4}" for year in range(2005, 2021)]
    lines += [
        "luecke,2018,9",
        "luecke,2019,",
        "luecke,2021,11",
        "leer,2020,",
        "eins,2022,4.5",
        "minus,2020,-3",
    ]
    path.write_text(
        "value_note,series_id,year,value\n" + "".join(f"x,{line}\n" for line in lines), encoding="utf-8"
    )
    report = predict_file(path, tmp_path / "out.csv", 2, draws=60)
    rows = table(tmp_path / "out.csv")
    first = {row["series_id"]: row["year"] for row in rows if row["horizon"] == "1"}
    assert first == {"lang": "2021", "luecke": "2022", "leer": "", "eins": "2023", "minus": "2021"}
    assert report.refused == (("leer", "Kein beobachteter Wert."),)
    assert {key for key, _ in report.noted} == {"eins", "minus"}
    assert all(row["mean"] == row["p97_5"] == "" for row in rows if row["series_id"] == "leer")
    assert all(row["mean"] for row in rows if row["series_id"] != "leer")


@pytest.mark.parametrize(
    ("content", "message", "detail"),
    [
        (b"", "Die Datei ist leer", ""),
        (b"series_id,year,value\n", "hat keine Zeilen", ""),
        (b"series_id;year;value\na;2020;1\n", "nicht durch Kommas", "series_id;year;value"),
        (b"series_id,jahr,value\na,2020,1\n", "fehlt: year", "jahr"),
        (b"series_id,year,value,value\na,2020,1,2\n", "doppelt: value", ""),
        ("series_id,year,value\nMünchen,2020,1\n".encode("latin-1"), "nicht in UTF-8", "Zeile 2"),
        (b'series_id,year,value\na,2020,"3,5"\n', "1 Zeilen", "Dezimalkomma"),
        (b"series_id,year,value\na,2020,3,5\n", "1 Zeilen", "Dezimalkomma"),
        (
            b"series_id,year,value\na,2020,1\na,2020,2\n",
            "1 Zeilen",
            "Zeile 3: das Jahr 2020 der Reihe «a»",
        ),
        (b"series_id,year,value\na,2020,viele\n", "1 Zeilen", "keine Zahl"),
        (b"series_id,year,value\na,2020,inf\n", "1 Zeilen", "keine Zahl"),
        (b"series_id,year,value\na,2020,1_000\n", "1 Zeilen", "keine Zahl"),
        (b"series_id,year,value\na,2020,1e30\n", "1 Zeilen", "1e+15"),
        (b"series_id,year,value\na,-5,1\n", "1 Zeilen", "Jahreszahl"),
        (b"series_id,year,value\na,2020.5,1\n", "1 Zeilen", "Jahreszahl"),
        (b"series_id,year,value\na,,1\n", "1 Zeilen", "Jahreszahl"),
        (b"series_id,year,value\n,2020,1\n", "1 Zeilen", "series_id ist leer"),
        (b"series_id,year,value\na,2020\n", "1 Zeilen", "2 von 3 Spalten"),
        (b'series_id,year,value\n"a,2020,1\n', "kein lesbares CSV", ""),
        (b"\x00\x01\x02", "keine Textdatei", ""),
    ],
)
def test_wrong_files_are_explained(tmp_path: Path, content: bytes, message: str, detail: str) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        predict_file(path, tmp_path / "out.csv", 2)
    assert message in str(caught.value)
    assert detail in str(caught.value)
    assert "in.csv" in str(caught.value)
    assert not (tmp_path / "out.csv").exists()


def test_at_most_five_rows_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("series_id,year,value\n" + "a,x,1\n" * 9, encoding="utf-8")
    with pytest.raises(InputError, match="9 Zeilen") as caught:
        read_series(path)
    assert "… und 4 weitere" in str(caught.value)


def test_byte_order_mark_windows_lines_spaces_and_blank_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"\xef\xbb\xbfseries_id, year ,value\r\na, 2021.0 , 4.5\r\n\r\na,2020,\r\n,,\r\n")
    (history,) = read_series(path)
    assert history.key == "a"
    assert history.years.tolist() == [2021, 2020]
    assert history.values[0] == 4.5
    assert np.isnan(history.values[1])


@pytest.mark.parametrize("horizon", [0, -1, 16])
def test_the_horizon_has_limits(source: Path, tmp_path: Path, horizon: int) -> None:
    with pytest.raises(InputError, match="1 bis 15"):
        predict_file(source, tmp_path / "out.csv", horizon)


def test_the_longest_horizon_works(source: Path, tmp_path: Path) -> None:
    assert predict_file(source, tmp_path / "out.csv", 15, draws=20).rows == 30


def test_places_are_checked(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dieselbe Datei"):
        predict_file(source, tmp_path / "." / "reihen.csv", 2)
    with pytest.raises(InputError, match="gibt es nicht"):
        predict_file(tmp_path / "fehlt.csv", tmp_path / "out.csv", 2)
    with pytest.raises(InputError, match="Ordner der Ausgabe"):
        predict_file(source, tmp_path / "neu" / "out.csv", 2)
    with pytest.raises(InputError, match="ist ein Ordner"):
        predict_file(source, tmp_path, 2)
    with pytest.raises(InputError, match="Ziehungen"):
        predict_file(source, tmp_path / "out.csv", 2, draws=0)
    assert source.read_text(encoding="utf-8") == GOOD


def test_a_failing_disk_leaves_the_old_file_and_no_rest(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "ziel" / "out.csv"
    target.parent.mkdir()
    target.write_text("alt", encoding="utf-8")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OperationError, match="No space left"):
        predict_file(source, target, 2, draws=10)
    assert target.read_text(encoding="utf-8") == "alt"
    assert [entry.name for entry in target.parent.iterdir()] == ["out.csv"]
