"""`predict`: every wrong file has its German message, every series comes out, nothing is half written."""

from __future__ import annotations

import csv
import errno
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forecast import predict_chunk
from forecast.errors import InputError, OperationError
from forecast.predict import predict_file, read_series, report_path
from forecast.tables import pending
from forecast.tables.results import OUTPUT_COLUMNS

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


def parquet(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_a_whole_table(source: Path, tmp_path: Path) -> None:
    report = predict_file(source, tmp_path / "aus.csv", 3)
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
    report = predict_file(path, tmp_path / "out.csv", 2)
    rows = table(tmp_path / "out.csv")
    first = {row["series_id"]: row["year"] for row in rows if row["horizon"] == "1"}
    assert first == {"lang": "2021", "luecke": "2022", "leer": "", "eins": "2023", "minus": "2021"}
    assert report.refused == (("leer", "Kein beobachteter Wert."),)
    assert {key for key, _ in report.noted} == {"eins", "minus"}
    assert (report.short, report.failed) == (2, 1)
    assert all(row["mean"] == row["p97_5"] == "" for row in rows if row["series_id"] == "leer")
    assert all(row["mean"] for row in rows if row["series_id"] != "leer")
    noted = {row["series_id"]: row for row in table(report_path(tmp_path / "out.csv"))}
    assert noted["leer"] == {
        "series_id": "leer",
        "status": "failed",
        "reason": "Kein beobachteter Wert.",
        "flags": "",
    }
    assert noted["eins"]["status"] == "short"
    assert "Nur ein beobachteter Wert" in noted["eins"]["reason"]
    assert set(noted) >= {"leer", "eins", "minus"}


def test_parquet_in_and_out_holds_the_numbers_of_csv(source: Path, tmp_path: Path) -> None:
    rows = table(source)
    path = parquet(
        tmp_path / "reihen.parquet",
        value=pa.array([int(row["value"]) for row in rows], pa.int32()),
        series_id=pa.array([row["series_id"] for row in rows]).dictionary_encode(),
        year=pa.array([int(row["year"]) for row in rows], pa.int16()),
    )
    predict_file(source, tmp_path / "aus.csv", 3)
    for given in (source, path):
        predict_file(given, tmp_path / "aus.parquet", 3)
        found = pq.read_table(tmp_path / "aus.parquet")
        assert tuple(found.column_names) == OUTPUT_COLUMNS
        assert [field.type for field in found.schema][:4] == [
            pa.string(), pa.int32(), pa.int32(), pa.float64(),
        ]  # fmt: skip
        written = table(tmp_path / "aus.csv")
        for name in OUTPUT_COLUMNS[3:]:
            assert found[name].to_pylist() == [float(row[name]) for row in written]
        assert found["series_id"].to_pylist() == [row["series_id"] for row in written]
    predict_file(path, tmp_path / "aus2.csv", 3)
    assert (tmp_path / "aus2.csv").read_bytes() == (tmp_path / "aus.csv").read_bytes()


def test_names_with_commas_quotes_and_breaks_come_back_as_they_were(tmp_path: Path) -> None:
    names = ["a,b", 'sagt "ja"', "zwei\nZeilen", "schlicht", "Köche/Köchinnen"]
    path = tmp_path / "in.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["series_id", "year", "value"], *([n, 2020, 5] for n in names)])
    predict_file(path, tmp_path / "out.csv", 1)
    assert [row["series_id"] for row in table(tmp_path / "out.csv")] == names
    assert "\nschlicht,2021,1," in (tmp_path / "out.csv").read_text(encoding="utf-8")


def test_parquet_holds_texts_in_any_form(tmp_path: Path) -> None:
    names, years, values = ["a"] * 6 + ["b"] * 6, [*range(2015, 2021)] * 2, [5, 7, 6, 8, 7, 9] * 2
    written = []
    for place, kind in enumerate((pa.string(), pa.large_string(), pa.string_view())):
        path, out = tmp_path / f"in{place}.parquet", tmp_path / f"out{place}.csv"
        texts = pa.array(names, pa.string()).cast(kind)
        pq.write_table(pa.table({"series_id": texts, "year": years, "value": values}), path)
        predict_file(path, out, 2, workers=1)
        written.append(out.read_bytes())
    assert written[0] == written[1] == written[2]


def test_a_series_without_numbers_is_null_in_parquet(tmp_path: Path) -> None:
    path = parquet(tmp_path / "in.parquet", series_id=["x", "y"], year=[2020, 2020], value=[None, 3.0])
    predict_file(path, tmp_path / "out.parquet", 2)
    found = pq.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["year"] for row in found] == [None, None, 2021, 2022]
    assert [row["mean"] is None for row in found] == [True, True, False, False]


def test_the_same_file_gives_the_same_bytes_for_any_seed(source: Path, tmp_path: Path) -> None:
    for name, seed in (("1.csv", 7), ("2.csv", 8)):
        predict_file(source, tmp_path / name, 2, seed=seed, draws=50)
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    assert b"\r" not in (tmp_path / "1.csv").read_bytes()


@pytest.mark.parametrize(
    ("content", "message", "detail"),
    [
        (b"", "Die Datei ist leer", ""),
        (b"\xef\xbb\xbf \r\n", "Die Datei ist leer", ""),
        (b"series_id,year,value\n", "hat keine Zeilen", ""),
        (b"series_id,year,value\n\n,,\n", "hat keine Zeilen", ""),
        (b"series_id;year;value\na;2020;1\n", "nicht durch Kommas", "series_id;year;value"),
        (b"series_id,jahr,value\na,2020,1\n", "fehlt: year", "jahr"),
        (b"2020,2021,2022\n1,2,3\n", "fehlt: series_id, year, value", "2020, 2021"),
        (b"series_id,year,value,value\na,2020,1,2\n", "doppelt: value", ""),
        (b"series_id,year,value,unit,unit\na,2020,1,x,x\n", "doppelt: unit", ""),
        ("series_id,year,value\nMünchen,2020,1\n".encode("latin-1"), "nicht in UTF-8", "Zeile 2"),
        ("série,series_id,year,value\nx,a,2020,1\n".encode("latin-1"), "nicht in UTF-8", "Zeile 1"),
        ("series_id,year,value,ort\na,2020,1,x\nb,2020,1,Köln\n".encode("latin-1"), "UTF-8", "Zeile 3"),
        ("series_id,year,value\na,2020,1\n".encode("utf-16"), "nicht in UTF-8", "Zeile 1"),
        (b'series_id,year,value\na,2020,"3,5"\n', "1 Zeile der", "Dezimalkomma"),
        (b"series_id,year,value\na,2020,3,5\n", "1 Zeile der", "Dezimalkomma"),
        (
            b"series_id,year,value\na,2020,1\nb,2020,1\na,2020,2\n",
            "1 Zeile der",
            "Zeile 4: das Jahr 2020 der Reihe «a» steht mehrfach da, zuerst in Zeile 2",
        ),
        (
            b"series_id,year,value\na,2020,\n\na,2020.0,\n",
            "1 Zeile der",
            "Zeile 4: das Jahr 2020 der Reihe «a» steht mehrfach da, zuerst in Zeile 2",
        ),
        (b"series_id,year,value\na,2020,viele\n", "1 Zeile der", "Zeile 2: Wert «viele» ist keine Zahl"),
        (b"series_id,year,value\na,2019,1\n\na,2020,x\n", "1 Zeile der", "Zeile 4: Wert «x»"),
        (b"series_id,year,value\na,2020,inf\n", "1 Zeile der", "keine Zahl"),
        (b"series_id,year,value\na,2020,-Infinity\n", "1 Zeile der", "keine Zahl"),
        (b"series_id,year,value\na,2020,1e999\n", "1 Zeile der", "keine Zahl"),
        (b"series_id,year,value\na,2020,NAN\n", "1 Zeile der", "keine Zahl"),
        (b"series_id,year,value\na,2020,1_000\n", "1 Zeile der", "keine Zahl"),
        (b"series_id,year,value\na,2020,1 000\n", "1 Zeile der", "keine Zahl"),
        (b"series_id,year,value\na,2020,0x10\n", "1 Zeile der", "keine Zahl"),
        (b"series_id,year,value\na,2020,1e30\n", "1 Zeile der", "1e+15"),
        (b"series_id,year,value\na,-5,1\n", "1 Zeile der", "Jahreszahl"),
        (b"series_id,year,value\na,2020.5,1\n", "1 Zeile der", "Jahreszahl"),
        (b"series_id,year,value\na,,1\n", "1 Zeile der", "Jahreszahl"),
        (b"series_id,year,value\na,zwanzig,1\n", "1 Zeile der", "Jahr «zwanzig» ist keine Jahreszahl"),
        (b"series_id,year,value\na,01.01.2020,1\n", "1 Zeile der", "Jahr «01.01.2020»"),
        (b"series_id,year,value\n,2020,1\n", "1 Zeile der", "series_id ist leer"),
        (b"series_id,year,value\na,2020\n", "1 Zeile der", "2 von 3 Spalten"),
        (
            b"series_id,unit,year,value\na,Personen,2019,1\nb,Prozent,2019,1\na,,2020,1\na,Prozent,2021,2\n",
            "1 Zeile der",
            "Zeile 5: Einheit «Prozent» der Reihe «a», in Zeile 2 steht «Personen»",
        ),
        (b'series_id,year,value\n"a,2020,1\n', "kein lesbares CSV", ""),
        (b'series_id,year,value\n"a"b,2020,1\n', "kein lesbares CSV", ""),
        (b'series_id,"year,value\na,2020,1\n', "kein lesbares CSV", ""),
        (b"\x00\x01\x02", "keine Textdatei", ""),
        (b"series_id,year,value\na,2020,1\n\x00\n", "keine Textdatei", ""),
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
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.csv"]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"series_id": ["a"], "year": [2020]}, "fehlt: value"),
        ({"series_id": ["a"], "year": ["zwanzig"], "value": [1.0]}, "Datensatz 1: Jahr «zwanzig»"),
        ({"series_id": ["a", "a"], "year": [2020, 2020], "value": [1, 2]}, "Datensatz 2: das Jahr 2020"),
        ({"series_id": ["a"], "year": [2020], "value": [float("inf")]}, "Datensatz 1: Wert «inf»"),
        (
            {"series_id": ["a", None], "year": [2020, 2020], "value": [1, 2]},
            "Datensatz 2: series_id ist leer",
        ),
        ({"series_id": ["a"], "year": [2020.5], "value": [1.0]}, "Jahr «2020.5»"),
        ({"series_id": ["a"], "year": [None], "value": [1.0]}, "keine Jahreszahl"),
        ({"series_id": [1.5], "year": [2020], "value": [1.0]}, "series_id hat den Typ double"),
        ({"series_id": ["a"], "year": [2020], "value": [True]}, "value hat den Typ bool"),
        ({"series_id": ["a"], "year": [2020], "value": [[1.0]]}, "value hat den Typ list"),
        (
            {"series_id": ["a", "a"], "year": [2019, 2020], "value": [1, 2], "unit": ["m", "km"]},
            "Datensatz 2: Einheit «km» der Reihe «a», in Datensatz 1 steht «m»",
        ),
        ({"series_id": [], "year": [], "value": []}, "hat keine Zeilen"),
    ],
)
def test_wrong_parquet_is_explained(tmp_path: Path, columns: dict[str, object], message: str) -> None:
    path = parquet(tmp_path / "in.parquet", **columns)
    with pytest.raises(InputError) as caught:
        predict_file(path, tmp_path / "out.parquet", 2)
    assert message in str(caught.value)
    assert not (tmp_path / "out.parquet").exists()


def test_broken_parquet_is_explained(source: Path, tmp_path: Path) -> None:
    good = parquet(
        tmp_path / "gut.parquet",
        series_id=[str(i) for i in range(999)],
        year=[2020] * 999,
        value=[0.5 * i for i in range(999)],
    ).read_bytes()
    damaged = bytearray(good)
    damaged[200:2000] = b"\xff" * 1800
    contents = {"leer": b"", "csv": GOOD.encode(), "halb": good[: len(good) // 2], "kaputt": bytes(damaged)}
    for name, content in contents.items():
        path = tmp_path / f"{name}.parquet"
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"leer|kein lesbares Parquet"):
            predict_file(path, tmp_path / "out.csv", 2)
    misnamed = tmp_path / "gut.csv"
    misnamed.write_bytes(good)
    with pytest.raises(InputError, match="keine Textdatei"):
        predict_file(misnamed, tmp_path / "out.csv", 2)


def test_a_million_columns_are_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "breit.csv"
    path.write_text("series_id," + ",".join(map(str, range(1_000_000))) + "\na\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"mehr als .* Spalten") as caught:
        predict_file(path, tmp_path / "out.csv", 2)
    assert "eine Zeile je Reihe und Jahr" in str(caught.value)
    path.write_text(",".join(["series_id", *map(str, range(1500))]) + "\na\n", encoding="utf-8")
    with pytest.raises(InputError, match="1501 Spalten"):
        predict_file(path, tmp_path / "out.csv", 2)
    wide = parquet(tmp_path / "breit.parquet", **{f"j{i}": [1] for i in range(1200)})
    with pytest.raises(InputError, match="1200 Spalten"):
        predict_file(wide, tmp_path / "out.csv", 2)
    path = tmp_path / "huge.parquet"  # a footer of 40 MB is not even parsed
    path.write_bytes(b"PAR1" + bytes(40_000_000) + (40_000_000).to_bytes(4, "little") + b"PAR1")
    with pytest.raises(InputError, match="viel zu viele Spalten"):
        predict_file(path, tmp_path / "out.csv", 2)


def test_at_most_five_rows_are_shown_and_reading_stops_where_nothing_fits(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("series_id,year,value\n" + "a,x,1\n" * 9, encoding="utf-8")
    with pytest.raises(InputError, match="9 Zeilen") as caught:
        read_series(path)
    assert "… und 4 weitere" in str(caught.value)
    path.write_text("series_id,year,value\n" + "a,x,1\n" * 50_000, encoding="utf-8")
    with pytest.raises(InputError, match="Mindestens 1000 Zeilen"):
        read_series(path)


def test_byte_order_mark_windows_lines_spaces_and_blank_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"\xef\xbb\xbfseries_id, year ,value\r\na, 2021.0 , 4.5\r\n\r\na,2020,\r\n,,\r\n")
    (history,) = read_series(path)
    assert history.key == "a"
    assert history.years.tolist() == [2020, 2021]
    assert np.isnan(history.values[0])
    assert history.values[1] == 4.5


def test_old_line_ends_and_cells_over_lines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b"series_id,year,value\ra,2020,1\ra,2021,2\r")
    assert read_series(path)[0].values.tolist() == [1, 2]
    path.write_bytes(b'series_id,year,value\n"a\nb",2020,1\nc,2021,2\n"a\nb",2019,3\n')
    first, second = read_series(path)
    assert (first.key, first.values.tolist(), second.key) == ("a\nb", [3, 1], "c")


@pytest.mark.parametrize("horizon", [0, -1, 16, 100])
def test_the_horizon_has_limits(source: Path, tmp_path: Path, horizon: int) -> None:
    with pytest.raises(InputError, match="1 bis 15"):
        predict_file(source, tmp_path / "out.csv", horizon)


def test_the_longest_horizon_works(source: Path, tmp_path: Path) -> None:
    assert predict_file(source, tmp_path / "out.csv", 15).rows == 30


def test_places_and_settings_are_checked(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="dieselbe Datei"):
        predict_file(source, tmp_path / "." / "reihen.csv", 2)
    (tmp_path / "x.csv.report.csv").write_text(GOOD, encoding="utf-8")
    with pytest.raises(InputError, match="dieselbe Datei"):
        predict_file(tmp_path / "x.csv.report.csv", tmp_path / "x.csv", 2)
    with pytest.raises(InputError, match="gibt es nicht"):
        predict_file(tmp_path / "fehlt.csv", tmp_path / "out.csv", 2)
    with pytest.raises(InputError, match="Ordner der Ausgabe"):
        predict_file(source, tmp_path / "neu" / "out.csv", 2)
    with pytest.raises(InputError, match="ist ein Ordner"):
        predict_file(source, tmp_path, 2)
    with pytest.raises(InputError, match="Format der Eingabe ist unbekannt"):
        predict_file(tmp_path / "reihen.xlsx", tmp_path / "out.csv", 2)
    with pytest.raises(InputError, match="Format der Ausgabe ist unbekannt"):
        predict_file(source, tmp_path / "out.csv.gz", 2)
    with pytest.raises(InputError, match="Ziehungen"):
        predict_file(source, tmp_path / "out.csv", 2, draws=0)
    for setting in ({"workers": 0}, {"chunk": 0}):
        with pytest.raises(InputError, match="Größe der Pakete"):
            predict_file(source, tmp_path / "out.csv", 2, **setting)
    assert source.read_text(encoding="utf-8") == GOOD


def test_a_folder_without_the_right_to_write_is_refused(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(OperationError, match="darf nicht geschrieben werden"):
        predict_file(source, tmp_path / "out.csv", 2)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("place", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_rest(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, place: str
) -> None:
    target = tmp_path / "ziel" / f"out.{suffix}"
    target.parent.mkdir()
    target.write_text("alt", encoding="utf-8")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    if place == "write":
        opened = os.fdopen

        def fdopen(descriptor: int, *args: object, **kwargs: object):
            os.close(descriptor)
            return opened(os.open("/dev/full", os.O_WRONLY), "wb", buffering=0)

        monkeypatch.setattr(pending.os, "fdopen", fdopen)
    else:
        monkeypatch.setattr(os, place, full)
    with pytest.raises(OperationError, match="Der Datenträger ist voll"):
        predict_file(source, target, 2)
    assert target.read_text(encoding="utf-8") == "alt"
    assert [entry.name for entry in target.parent.iterdir()] == [target.name]


def test_a_series_the_engine_stumbles_over_fails_alone(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source.write_text(GOOD + "schlimm,2020,13\nc,2020,7\ngross,2020,99\n", encoding="utf-8")
    real = predict_chunk.known_quantiles

    def stumbling(learning, known, *rest, **settings):
        if (known.grid[:, 0] == 13).any():
            raise ArithmeticError("dreizehn")
        found = real(learning, known, *rest, **settings)
        found.mean[known.grid[:, 0] == 99] = np.inf
        return found

    monkeypatch.setattr(predict_chunk, "known_quantiles", stumbling)
    report = predict_file(source, tmp_path / "out.csv", 2)
    assert report.refused == (
        ("schlimm", "Rechenfehler: ArithmeticError: dreizehn"),
        ("gross", "Das Ergebnis ist keine endliche Zahl."),
    )
    assert [row["series_id"] for row in table(tmp_path / "out.csv") if row["mean"]] == [*"aabbcc"]


def test_a_chunk_that_cannot_be_finished_is_an_error(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def out_of_memory(*_: object, **__: object) -> None:
        raise MemoryError("zu groß")

    monkeypatch.setattr(predict_chunk, "known_quantiles", out_of_memory)
    with pytest.raises(OperationError, match="MemoryError: zu groß"):
        predict_file(source, tmp_path / "out.csv", 2, workers=1)
    assert not (tmp_path / "out.csv").exists()
