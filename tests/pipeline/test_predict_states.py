"""What a table says of its cells reaches the forecast: suppressed, unfinished, a new level, an outlier."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast import predict, predict_chunk
from forecast.backtest import backtest_file
from forecast.errors import InputError
from forecast.estimators.known import known_rows
from forecast.estimators.panels import known_quantiles, learn_panel
from forecast.estimators.protocol import History, KnownEvent
from forecast.predict import predict_file, read_series, report_path
from forecast.scoring import NAIVE
from forecast.stats.defaults import QUANTILE_LEVELS
from forecast.tables.csv_input import csv_blocks
from forecast.tables.panel_rows import PanelRows

HEADER = ("series_id", "year", "value", "status", "low", "high")
Row = tuple[object, ...]


def write(path: Path, rows: Sequence[Row], header: Sequence[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def calm(key: str, *changed: Row, years: range = range(2010, 2024)) -> list[Row]:
    """A quiet series around 40; rows given replace those of their year."""
    dice = np.random.default_rng(len(key) + ord(key[-1]))
    rows = {year: (key, year, 40 + int(dice.integers(-3, 4)), "", "", "") for year in years}
    rows |= {int(str(row[0])): (key, *row) for row in changed}
    return list(rows.values())


def company() -> list[Row]:
    """Series to learn from, nothing is said of them."""
    return [row for number in range(30) for row in calm(f"ruhig{number}")]


def report(output: Path) -> dict[str, dict[str, str]]:
    with report_path(output).open(encoding="utf-8", newline="") as file:
        return {row["series_id"]: row for row in csv.DictReader(file)}


def forecast(
    folder: Path, rows: Sequence[Row], horizon: int = 3
) -> tuple[pd.DataFrame, dict[str, dict[str, str]]]:
    output = folder / "voraus.csv"
    predict_file(write(folder / "reihen.csv", rows), output, horizon)
    return pd.read_csv(output, dtype={"series_id": str}), report(output)


def numbers(frame: pd.DataFrame, key: str) -> np.ndarray:
    return frame[frame["series_id"] == key].drop(columns=["series_id"]).to_numpy(dtype=float)


def test_a_suppressed_value_is_forecast_as_the_engine_does_with_its_bounds(tmp_path: Path) -> None:
    rows = [*company(), *calm("klein", (2021, "", "suppressed", 35, 44), (2023, "", "suppressed", 38.5, 45))]
    frame, said = forecast(tmp_path, rows)
    bounds = np.full((14, 2), np.nan)
    bounds[11], bounds[13] = (35, 44), (38.5, 45)
    histories = []
    for item in read_series(tmp_path / "reihen.csv"):
        assert (item.bounds is not None) == (item.key == "klein")
        histories.append(item)
    mine = histories[-1]
    assert np.array_equal(mine.bounds, bounds, equal_nan=True)
    assert np.isnan(np.asarray(mine.values)[[11, 13]]).all()
    found = known_quantiles(learn_panel(known_rows(histories), 3), known_rows([mine]), 3)
    got = frame[frame["series_id"] == "klein"]
    assert got["mean"].to_numpy() == pytest.approx(found.mean[0], rel=1e-9)
    names = [name for name in frame.columns if name.startswith("p")]
    assert len(names) == len(QUANTILE_LEVELS)
    assert got[names].to_numpy() == pytest.approx(found.quantiles[0], rel=1e-9)
    assert got["year"].tolist() == [2024, 2025, 2026]
    assert said["klein"]["flags"] == "Gesperrte Werte gehen mit der Mitte ihres Bereichs ein."


def test_wider_bounds_give_wider_ranges(tmp_path: Path) -> None:
    rows = company()
    for key, low, high in (("eng", 38, 42), ("weit", 10, 70)):
        rows += [(key, *row[1:]) for row in calm("x", (2022, "", "suppressed", low, high))]
    frame, _ = forecast(tmp_path, rows)
    spread = {
        key: (frame["p90"] - frame["p10"])[frame["series_id"] == key].to_numpy() for key in ("eng", "weit")
    }
    assert (spread["weit"] > spread["eng"]).all()


def test_an_unfinished_year_is_forecast_instead_of_believed(tmp_path: Path) -> None:
    whole = [*company(), *calm("x", years=range(2010, 2023))]
    plain, _ = forecast(tmp_path, whole)
    for value in (9, ""):
        frame, said = forecast(tmp_path, [*whole, ("x", 2023, value, "partial", "", "")])
        assert np.array_equal(numbers(frame, "x"), numbers(plain, "x"))
        assert numbers(frame, "x")[0, 0] == 2023
        assert "Das unvollständige Jahr 2023 bleibt außer Betracht." in said["x"]["flags"]


def test_a_known_new_level_and_a_known_outlier_count_as_such(tmp_path: Path) -> None:
    jump = [(year, 80 + year % 3, "step" if year == 2021 else "", "", "") for year in range(2021, 2024)]
    rows = [*company(), *calm("neu", *jump), *calm("messe", (2022, 95, "pulse", "", ""))]
    frame, said = forecast(tmp_path, rows)
    middle = frame.set_index(["series_id", "horizon"])["p50"]
    assert middle["neu", 1] == pytest.approx(81, abs=4)
    assert middle["messe", 1] == pytest.approx(40, abs=4)
    assert said["neu"]["flags"].startswith("Bekannter Bruch 2021")
    assert said["messe"]["flags"].startswith("Bekannter einmaliger Ausschlag 2022")
    events = {item.key: item.events for item in read_series(tmp_path / "reihen.csv") if item.events}
    assert events == {"neu": (KnownEvent(2021, "step"),), "messe": (KnownEvent(2022, "pulse"),)}


def test_suppressed_without_bounds_is_a_gap_and_says_so(tmp_path: Path) -> None:
    gap, _ = forecast(tmp_path, [*company(), *calm("x", (2019, "", "", "", ""))])
    frame, said = forecast(tmp_path, [*company(), *calm("x", (2019, "", "suppressed", "", ""))])
    assert np.array_equal(numbers(frame, "x"), numbers(gap, "x"))
    assert said["x"]["flags"] == "Gesperrte Werte ohne Grenzen gelten als Lücken."


def test_words_for_plain_values_change_nothing_and_bounds_need_a_status(tmp_path: Path) -> None:
    words = ("observed", "rounded", "provisional", "estimated")
    rows = company()
    plain, _ = forecast(tmp_path, rows)
    told, _ = forecast(tmp_path, [(*row[:3], words[place % 4], "", "") for place, row in enumerate(rows)])
    pd.testing.assert_frame_equal(told, plain)
    without = write(
        tmp_path / "ohne.csv",
        [(*row[:3], "x", 9) for row in rows],
        ("series_id", "year", "value", "low", "high"),
    )
    predict_file(without, tmp_path / "aus.csv", 3)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "aus.csv"), plain)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("x", 2023, 4, "gesperrt", "", ""), "Status «gesperrt» ist unbekannt (möglich: observed, rounded, "),
        (("x", 2023, 4, "suppressed", 0, 2), "der Status suppressed verlangt einen leeren Wert"),
        (("x", 2023, "", "suppressed", 0, ""), "von low und high ist nur eines angegeben"),
        (("x", 2023, "", "suppressed", 5, 2), "low 5 ist größer als high 2"),
        (("x", 2023, "", "suppressed", 0, "1e999"), "low und high müssen gewöhnliche Zahlen"),
        (("x", 2023, "", "suppressed", 0, "1,5"), "low und high müssen gewöhnliche Zahlen"),
        (("x", 2023, "", "suppressed", 0, "2e15"), "low und high müssen gewöhnliche Zahlen"),
        (("x", 2023, 7, "", 0, 2), "low und high gelten nur für Zeilen mit dem Status suppressed"),
        (("x", 2015, 7, "partial", "", ""), "das Jahr 2015 der Reihe «x» ist als unvollständig (partial)"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_contradictions_name_their_row(tmp_path: Path, row: Row, reason: str, suffix: str) -> None:
    rows = [*calm("x", years=range(2016, 2023)), row]
    source = write(tmp_path / "reihen.csv", rows)
    if suffix == ".parquet":
        frame = pd.read_csv(source, dtype=str, keep_default_na=False)
        source = tmp_path / "reihen.parquet"
        frame.to_parquet(source)
    with pytest.raises(InputError) as refused:
        predict_file(source, tmp_path / "aus.csv", 2)
    noun, line = ("Zeile", len(rows) + 1) if suffix == ".csv" else ("Datensatz", len(rows))
    assert refused.value.rows[0].startswith(f"{noun} {line}: ")
    assert reason in refused.value.rows[0]
    assert not (tmp_path / "aus.csv").exists()


def test_parquet_says_the_same(tmp_path: Path) -> None:
    rows = [*company(), *calm("klein", (2021, "", "suppressed", 0, 2), (2023, 9, "partial", "", ""))]
    frame, _ = forecast(tmp_path, rows)
    table = pd.read_csv(tmp_path / "reihen.csv", keep_default_na=False)
    for name in ("value", "low", "high"):
        table[name] = pd.to_numeric(table[name])
    for typed in (table, table.astype({"status": "category"}), table.astype(str).replace("nan", "")):
        typed.to_parquet(tmp_path / "reihen.parquet")
        predict_file(tmp_path / "reihen.parquet", tmp_path / "aus.csv", 3)
        pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "aus.csv"), frame)


CELL = st.sampled_from(
    ["", "observed", "suppressed", " partial", '"step"', "pulse", "x", "Suppressed"]
)  # fmt: skip
BOUND = st.sampled_from(["", "", "0", "2", "1.5", "-1", "inf", "NA", "z"])


@given(
    lines=st.lists(
        st.tuples(st.sampled_from(["", "", "4", "NaN"]), CELL, BOUND, BOUND), min_size=1, max_size=9
    ),
    block=st.integers(20, 200),
)
@settings(max_examples=200)
def test_arrow_and_python_read_the_same_states(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, ...]], block: int
) -> None:
    text = [f"r{place // 3},{2000 + place},{','.join(cells)}" for place, cells in enumerate(lines)]
    path = tmp_path_factory.mktemp("zustand") / "t.csv"
    found = []
    for quote in ("", '"a\nb",2000,1,,,\n'):  # a cell over two lines: the rest is read row by row
        path.write_text(",".join(HEADER) + "\n" + quote + "\n".join(text) + "\n", encoding="utf-8")
        faults, rows = [], []
        shift = 2 if quote else 0
        for part in csv_blocks(path, block_bytes=block):
            faults += [(line - shift, why) for line, why in part.faults]
            assert part.states is not None
            assert part.widths is not None
            rows += list(
                zip(
                    (part.keys[code] for code in part.codes), part.years.tolist(), map(str, part.values),
                    (part.lines - shift).tolist(), part.states.tolist(), part.widths.tolist(), strict=True,
                )
            )  # fmt: skip
        found.append((faults, [row for row in rows if row[0] != "a\nb"]))
    assert found[0] == found[1]


def test_states_survive_the_file_beside_memory(tmp_path: Path) -> None:
    rows = [*calm("x", (2021, "", "suppressed", 0, 2), (2023, 9, "partial", "", "")), *company()]
    path = write(tmp_path / "reihen.csv", rows)
    found = []
    for memory in (1 << 20, 300):
        panel = PanelRows(path, "Zeile", 4, tmp_path, memory)
        panel.gather(csv_blocks(path, block_bytes=500))
        found.append([drawer.rows.tobytes() for drawer in panel.drawers()])
        panel.close()
    assert found[0] == found[1]


def test_chunks_change_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predict, "UNIT", 3)
    monkeypatch.setattr(predict_chunk, "BATCH", 3)
    rows = company()
    for number in range(9):
        told = [(2019, "", "suppressed", 0, 9), (2021, 60, "step", "", ""), (2023, 9, "partial", "", "")]
        rows += calm(f"viel{number}", told[number % 3])
    source = write(tmp_path / "reihen.csv", rows)
    outputs = []
    for chunk in (3, 6, 900):
        output = tmp_path / f"aus{chunk}.csv"
        predict_file(source, output, 3, chunk=chunk, workers=2)
        outputs.append((output.read_bytes(), report_path(output).read_bytes()))
    assert outputs[0] == outputs[1] == outputs[2]


def test_the_backtest_takes_no_unfinished_or_suppressed_value_for_the_truth(tmp_path: Path) -> None:
    rows = [
        (f"s{i:02}", year, 121 if year % 2 else 100, "", "", "")
        for i in range(12)
        for year in range(2010, 2020)
    ]
    plain = backtest_file(write(tmp_path / "a.csv", rows), tmp_path / "a", 2, draws=40)
    more = [(f"s{i:02}", 2020, 3, "partial", "", "") for i in range(12)]
    told = backtest_file(write(tmp_path / "b.csv", [*rows, *more]), tmp_path / "b", 2, draws=40)
    pd.testing.assert_frame_equal(told.scores, plain.scores)
    hidden = [
        (key, year, "", "suppressed", 90, 130) if year == 2015 else (key, year, *rest)
        for key, year, *rest in rows
    ]
    without = backtest_file(write(tmp_path / "c.csv", hidden), tmp_path / "c", 2, draws=40)
    errors = without.errors[without.errors["method"] == NAIVE]
    assert 2015 not in set(errors["origin"]) | set(errors["origin"] + errors["horizon"])
    assert len(errors) < len(plain.errors[plain.errors["method"] == NAIVE])


def test_a_history_without_states_is_as_before(tmp_path: Path) -> None:
    item = read_series(write(tmp_path / "reihen.csv", calm("x")))[0]
    assert item == History("x", item.years, item.values)
