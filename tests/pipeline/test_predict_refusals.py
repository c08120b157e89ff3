"""`predict` on the command line: bad tables end in one German message, odd series in a line of the report."""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from forecast import __main__ as command_line
from forecast.errors import InputError
from forecast.predict import predict_file, report_path

HEAD = "series_id,year,value\n"
YEARS = range(2010, 2024)
CALM = (100, 104, 97, 101, 95, 103, 99, 102, 98, 105, 96, 100, 103, 99)
INPUT_ERROR = 2


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["fachkraeftematrix", "predict", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        command_line.main()
    return int(end.value.code or 0)


def lines(key: str, values: tuple[float, ...], first: int = 2010) -> str:
    return "".join(f"{key},{first + place},{value}\n" for place, value in enumerate(values))


def panel() -> str:
    """Forty calm series, so that a usual change is known."""
    dice = np.random.default_rng(1)
    mean = dice.uniform(20, 300, 40)
    return "".join(lines(f"s{i}", tuple(dice.poisson(m, len(YEARS)).tolist())) for i, m in enumerate(mean))


REFUSED = {
    "not a number": (HEAD + "a,2020,1\na,2021,viele\n", "Zeile 3: Wert «viele» ist keine Zahl"),
    "infinite": (HEAD + "a,2020,1\na,2021,inf\n", "Zeile 3: Wert «inf»"),
    "minus infinite": (HEAD + "a,2020,-inf\n", "Zeile 2: Wert «-inf»"),
    "overflow": (HEAD + "a,2020,1e400\n", "Zeile 2: Wert «1e400»"),
    "an unknown gap": (HEAD + "a,2020,n. v.\n", "Zeile 2: Wert «n. v.»"),
    "year twice": (HEAD + "a,2020,1\nb,2020,1\na,2020,2\n", "Zeile 4: das Jahr 2020 der Reihe «a»"),
    "two units": (
        "series_id,year,value,unit\na,2019,1,Personen\na,2020,2,Prozent\n",
        "Zeile 3: Einheit «Prozent» der Reihe «a», in Zeile 2 steht «Personen»",
    ),
    "year as text": (HEAD + "a,2019,1\na,zweitausend,2\n", "Zeile 3: Jahr «zweitausend»"),
    "year as a range": (HEAD + "a,2019/20,1\n", "Zeile 2: Jahr «2019/20»"),
    "empty file": ("", "Die Datei ist leer"),
    "head only": (HEAD, "keine Zeilen"),
    "no name": (HEAD + ",2020,1\n", "Zeile 2: series_id ist leer"),
    "signs of official tables": (
        HEAD + "a,2020,-\na,2021,.\na,2022,x\n",
        "«-» ist keine Zahl (Zeichen amtlicher Tabellen, nichts vorhanden: 0 schreiben)",
    ),
    "thousands set apart": (HEAD + "a,2020,1\u00a0204\n", "Tausender getrennt?"),
    "a date as year": (HEAD + "a,31.12.2019,1\n", "erwartet wird nur das Jahr"),
    "years side by side": ("series_id,2019,2020\na,1,2\n", "Jahre untereinander schreiben"),
    "a quote that stays open": (HEAD + "a,2019,1\n\"b,2019,1\nb,2020,2\n", "ab Zeile 3"),
    "a million columns": (
        "series_id," + ",".join(f"j{i}" for i in range(1_000_000)) + "\n", "eine Zeile je Reihe und Jahr",
    ),
}  # fmt: skip


@pytest.mark.parametrize("reason", REFUSED)
@pytest.mark.parametrize("target", ["out.csv", "out.parquet"])
def test_a_bad_table_is_refused_and_nothing_is_written(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    reason: str,
    target: str,
) -> None:
    content, message = REFUSED[reason]
    path, out = tmp_path / "in.csv", tmp_path / target
    path.write_text(content, encoding="utf-8")
    out.write_text("früher", encoding="utf-8")
    assert call(monkeypatch, "--input", path, "--output", out, "--horizon", 3) == INPUT_ERROR
    said = capsys.readouterr()
    assert message in " ".join((said.out + said.err).split())
    assert "Traceback" not in said.out + said.err
    assert "Warning" not in said.out + said.err
    assert out.read_text(encoding="utf-8") == "früher"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["in.csv", target]


@pytest.mark.parametrize(
    ("values", "warned"),
    [
        ((987, "1.204", "1.311", "2.087", "1.192", "1.045", "3.041"), True),
        ((987, "1.2", "1.3", "2.0", "1.1", "1.5", "3.4"), False),
        (("0.204", "0.311", "0.087", "0.192", "0.045", "0.041"), False),
        (("1204.511", "1.311", "2.087", "1.192", "1.045", "3.041"), False),
    ],
)
def test_points_between_thousands_are_suspected(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    values: tuple[object, ...],
    warned: bool,
) -> None:
    path = tmp_path / "in.csv"
    rows = "".join(f"a,{2010 + place},{value}\n" for place, value in enumerate(values))
    path.write_text(HEAD + rows, encoding="utf-8")
    assert call(monkeypatch, "--input", path, "--output", tmp_path / "out.csv") == 0
    said = " ".join("".join(capsys.readouterr()).split())
    assert ("Sind es Tausenderpunkte" in said) is warned


@pytest.mark.parametrize("horizon", ["0", "-3", "16", "100", "fünf", "2.5"])
def test_a_horizon_that_cannot_be_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], horizon: str
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(HEAD + lines("a", CALM), encoding="utf-8")
    asked = ("--input", path, "--output", tmp_path / "out.csv", f"--horizon={horizon}")
    assert call(monkeypatch, *asked) == INPUT_ERROR
    said = capsys.readouterr()
    assert "horizon" in (said.out + said.err)
    assert "Traceback" not in said.out + said.err
    assert [entry.name for entry in tmp_path.iterdir()] == ["in.csv"]


def test_several_faulty_rows_are_told_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(HEAD + "a,x,1\na,2020,y\n,2021,1\na,2022,4\n", encoding="utf-8")
    assert call(monkeypatch, "--input", path, "--output", tmp_path / "out.csv") == INPUT_ERROR
    said = " ".join("".join(capsys.readouterr()).split())
    for part in ("3 Zeilen", "Zeile 2: Jahr «x»", "Zeile 3: Wert «y»", "Zeile 4: series_id"):
        assert part in said


def odd_series() -> str:
    up = (*CALM[:8], 400, *CALM[9:])
    new = tuple(round(value * 0.3) for value in CALM[:8]) + CALM[8:]
    gone = lines("verschwunden", CALM[:6])
    hole = "".join(f"lückenhaft,{2010 + i},{v if i % 3 else ''}\n" for i, v in enumerate(CALM))
    return "".join(
        [
            panel(), lines("ausreißer", up), lines("niveau", new), lines("sprung", (*CALM[:-1], 250)), gone,
            hole, "ein Wert,2023,7\n", "leer,2022,\nleer,2023,\n", lines("nullen", (0,) * 14),
            lines("gleich", (40,) * 14), lines("zwei", (8, 9), 2022),
            lines("negativ", (-3, 4, -2, 5, -1), 2019),
        ]
    )  # fmt: skip


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_odd_series_are_forecast_and_the_report_says_what_is_odd(tmp_path: Path, suffix: str) -> None:
    path, out = tmp_path / "in.csv", tmp_path / f"out.{suffix}"
    path.write_text(HEAD + odd_series(), encoding="utf-8")
    result = predict_file(path, out, 4)
    with report_path(out).open(encoding="utf-8", newline="") as file:
        rows = {row["series_id"]: row for row in csv.DictReader(file)}
    assert {key: row["flags"] for key, row in rows.items() if row["flags"]} == {
        "ausreißer": "Ausreißer 2018: dieses Jahr gilt als Lücke.",
        "niveau": "Niveausprung 2018: frühere Jahre sind auf den neuen Stand gebracht.",
        "sprung": "Ungewöhnlicher Sprung im letzten Jahr 2023: er gilt nicht als Trend, "
        "die Spanne ist weiter.",
        "verschwunden": "Endet vor 2023, dem letzten Jahr der meisten Reihen.",
    }
    assert {key: row["reason"] for key, row in rows.items() if row["reason"]} == {
        "ein Wert": "Nur ein beobachteter Wert: letzter Wert mit der Spanne der übrigen Reihen.",
        "leer": "Kein beobachteter Wert.",
    }
    assert (result.failed, result.short, result.flagged) == (1, 1, 4)
    found = _numbers(out)
    assert set(found) == set(_series(path))
    for key, numbers in found.items():
        if key == "leer":
            assert np.isnan(numbers).all()
            continue
        assert np.isfinite(numbers).all()
        assert (np.diff(numbers[:, 1:], axis=1) >= 0).all()
        assert key == "negativ" or (numbers >= 0).all()
    for key in ("ausreißer", "niveau", "gleich"):
        level = 40 if key == "gleich" else 100
        assert found[key][:, 0] == pytest.approx([level] * 4, rel=0.07)
    assert found["nullen"][:, 0].max() < 2
    assert (found["gleich"][:, -1] > found["gleich"][:, 1]).all()


def test_a_series_of_one_value_alone_in_the_table(tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text(HEAD + "a,2023,12\n", encoding="utf-8")
    result = predict_file(path, out, 15)
    assert (result.short, result.failed, result.rows) == (1, 0, 15)
    numbers = _numbers(out)["a"]
    assert numbers[:5, 0] == pytest.approx([12] * 5, rel=0.2)
    assert (numbers[:, 1] < numbers[:, -1]).all()


def test_a_rounded_table_is_noticed(tmp_path: Path) -> None:
    dice = np.random.default_rng(3)
    exact = dice.poisson(dice.uniform(3, 12, 60)[:, None], (60, 14))
    rounded = 5 * np.rint(exact / 5)
    widths = []
    for name, values in (("genau", exact), ("gerundet", rounded)):
        path = tmp_path / f"{name}.csv"
        path.write_text(
            HEAD + "".join(lines(f"s{i}", tuple(row)) for i, row in enumerate(values)), encoding="utf-8"
        )
        predict_file(path, tmp_path / "out.csv", 2)
        widths.append(np.mean([np.ptp(rows[0, 1:]) for rows in _numbers(tmp_path / "out.csv").values()]))
    assert widths[1] > widths[0]


def _numbers(path: Path) -> dict[str, np.ndarray]:
    """Mean and quantiles (H, 8) of every series."""
    if path.suffix == ".parquet":
        frame = pq.read_table(path)
    else:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        frame = pa.table(
            {
                name: [row[name] if name == "series_id" else float(row[name] or "nan") for row in rows]
                for name in rows[0]
            }
        )
    names = frame["series_id"].to_pylist()
    numbers = np.column_stack([frame[name].to_numpy().astype(float) for name in frame.schema.names[3:]])
    return {key: numbers[[place for place, name in enumerate(names) if name == key]] for key in set(names)}


def _series(path: Path) -> list[str]:
    return [line.split(",")[0] for line in path.read_text(encoding="utf-8").splitlines()[1:]]


def test_shares_stay_below_their_ceiling(tmp_path: Path) -> None:
    values = [0.97, 0.99, 0.96, 0.98, 1.0, 0.97, 0.99, 1.0]
    rows = "".join(
        f"s{i},{2010 + t},{min(v + i / 1000, 1)}\n" for i in range(5) for t, v in enumerate(values)
    )
    source = tmp_path / "shares.csv"
    source.write_text("series_id,year,value\n" + rows, encoding="utf-8")
    predict_file(source, tmp_path / "free.csv", 3)
    predict_file(source, tmp_path / "kept.csv", 3, ceiling=1.0)

    def largest(name: str) -> float:
        with (tmp_path / name).open(encoding="utf-8") as file:
            return max(float(row["p97_5"]) for row in csv.DictReader(file))

    assert largest("free.csv") > 1
    assert largest("kept.csv") == 1
    with pytest.raises(InputError, match="Obergrenze"):
        predict_file(source, tmp_path / "none.csv", 3, ceiling=0.0)
    assert not (tmp_path / "none.csv").exists()
