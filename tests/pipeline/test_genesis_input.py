"""Flat files of the statistical offices go into `predict` as they are delivered."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from forecast.backtest import backtest_file
from forecast.errors import InputError
from forecast.predict import predict_file, read_series

NEW = (
    "\ufeffstatistics_code;statistics_label;time_code;time_label;time;"
    "1_variable_code;1_variable_label;1_variable_attribute_code;1_variable_attribute_label;"
    "2_variable_code;2_variable_label;2_variable_attribute_code;2_variable_attribute_label;"
    "value;value_unit;value_variable_code;value_variable_label;value_q\n"
)
OLD = (
    "Statistik_Code;Statistik_Label;Zeit_Code;Zeit_Label;Zeit;"
    "1_Merkmal_Code;1_Merkmal_Label;1_Auspraegung_Code;1_Auspraegung_Label;"
    "BIL001__Auszubildende__Anzahl;BIL002__Anteil __Prozent\n"
)


def new_row(time: str, value: str, *, region: str = "12;Brandenburg", sex: str = "GES;Geschlecht;;Insgesamt",
            unit: str = "Anzahl") -> str:  # fmt: skip
    return f"21211;Auszubildende;JAHR;Jahr;{time};DLAND;Länder;{region};{sex};{value};{unit};BIL1;Azubis;e\n"


def read(path: Path, content: str, encoding: str = "utf-8") -> dict[str, dict[int, float]]:
    path.write_bytes(content.encode(encoding))
    return {
        one.key: dict(zip(one.years.tolist(), one.values.tolist(), strict=True)) for one in read_series(path)
    }


def test_one_value_per_row_in_no_order_with_signs_and_units(tmp_path: Path) -> None:
    rows = [
        new_row("2021", "3391,5"), new_row("2019", "-"), new_row("2020", "."), new_row("2022", "x"),
        new_row("2021", "12.5", unit="Prozent"), new_row("2021", "7", sex=";;;"),
        new_row("2021", "4", region="01;Schleswig-Holstein"),
    ]  # fmt: skip
    found = read(tmp_path / "21211_de_flat.csv", NEW + "".join(rows))
    whole = "BIL1 Azubis [Anzahl] | DLAND 12 Brandenburg | GES Insgesamt"
    assert list(found) == [
        whole,
        "BIL1 Azubis [Prozent] | DLAND 12 Brandenburg | GES Insgesamt",
        "BIL1 Azubis [Anzahl] | DLAND 12 Brandenburg",
        "BIL1 Azubis [Anzahl] | DLAND 01 Schleswig-Holstein | GES Insgesamt",
    ]
    assert {year: value for year, value in found[whole].items() if not np.isnan(value)} == {
        2019: 0,
        2021: 3391.5,
    }
    assert found["BIL1 Azubis [Prozent] | DLAND 12 Brandenburg | GES Insgesamt"] == {2021: 12.5}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_column_per_measure_as_in_archives(tmp_path: Path, encoding: str) -> None:
    rows = "".join(
        f"21211;Azubis;STAG;Stichtag;31.12.{year};KREISE;Kreise;09162;München;{count};{count},5\n"
        for year, count in ((2020, 7), (2021, 9))
    )
    found = read(tmp_path / "alt.csv", OLD + rows, encoding)
    assert found == {
        "BIL001 Auszubildende [Anzahl] | KREISE 09162 München": {2020: 7, 2021: 9},
        "BIL002 Anteil [Prozent] | KREISE 09162 München": {2020: 7.5, 2021: 9.5},
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (NEW + new_row("2021", "viele"), "Zeile 2: Wert «viele» ist keine Zahl"),
        (NEW + new_row("2021", "1") + new_row("2021", "2"), "Zeile 3: das Jahr 2021 der Reihe «BIL1"),
        (NEW + new_row("2021-06-30", "1") + new_row("2021-12-31", "2"), "Zeile 3: 12-31"),
        (NEW + new_row("Mai 2021", "1"), "Zeile 2: Jahr «Mai 2021»"),
        (NEW + new_row("2021", "1") + "21211;Azubis\n", "Zeile 3: nur 2 von 18 Spalten"),
        (NEW, "keine Zeilen"),
        ("statistics_code;statistics_label\n1;2\n", "fehlt die Spalte value"),
        ("GENESIS-Tabelle: 21211-0001\nAzubis;;\n2020;7;\n", "«Flat» als Format wählen"),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_written(
    tmp_path: Path, content: str, message: str
) -> None:
    path, out = tmp_path / "amt.csv", tmp_path / "out.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        predict_file(path, out, 3, workers=1)
    assert message in str(refused.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["amt.csv"]


def test_predict_and_backtest_take_the_file(tmp_path: Path) -> None:
    dice = np.random.default_rng(3)
    rows = [
        new_row(f"{year}-12-31", str(dice.poisson(40 + 10 * land)), region=f"{land:02d};Land {land}")
        for year in range(2010, 2022)
        for land in range(1, 9)
    ]
    path, out = tmp_path / "amt.csv", tmp_path / "out.csv"
    path.write_text(NEW + "".join(rows), encoding="utf-8")
    assert predict_file(path, out, 2, workers=1).forecast == 8
    assert (
        out.read_text(encoding="utf-8").splitlines()[1].startswith("BIL1 Azubis [Anzahl] | DLAND 01 Land 1")
    )
    result = backtest_file(path, tmp_path / "bericht", 2, draws=50)
    assert sum(result.series.values()) == 8
