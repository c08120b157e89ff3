"""The backtest of somebody's own table: known scores, the report folder, groups, and every wrong input."""

from __future__ import annotations

import csv
import hashlib
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast.backtest import FILE_SETTINGS, backtest_file, backtest_histories
from forecast.backtest_report import FILES
from forecast.errors import InputError, OperationError
from forecast.estimators.protocol import History
from forecast.scoring import NAIVE, PRODUCTION
from forecast.stats.error_band import OFFSET

YEARS = range(2010, 2020)


def write_table(path: Path, rows: list[tuple[object, ...]], header: str = "series_id,year,value") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(header + "\n")
        csv.writer(file, lineterminator="\n").writerows(rows)
    return path


def up_and_down(series: int = 12) -> list[tuple[object, ...]]:
    """Every series is 100 in even years and 121 in odd ones."""
    return [(f"s{i:02}", year, 121 if year % 2 else 100) for i in range(series) for year in YEARS]


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("known")
    table = write_table(folder / "panel.csv", up_and_down())
    return backtest_file(table, folder / "bericht", 2, draws=40), folder / "bericht"


def test_scores_of_the_last_value_are_those_one_can_work_out(known) -> None:
    result, _ = known
    naive = result.scores[result.scores["method"] == NAIVE].set_index("horizon")
    # origins 2013 … 2018 a year ahead, 2013 … 2017 two years ahead, twelve series each
    assert naive["n"].tolist() == [72, 60]
    assert naive["origins"].tolist() == [6, 5]
    assert naive["mae"].tolist() == [21.0, 0.0]
    # a year ahead: three origins say 121 where 100 comes, three say 100 where 121 comes
    assert naive.loc[1, "wape"] == pytest.approx(126 / 663)
    assert naive.loc[1, "mase"] == pytest.approx(1.0)
    # every change is of one size on the root scale: all ranges end at the figure that came, and hold it
    step = np.sqrt(121 + OFFSET) - np.sqrt(100 + OFFSET)
    beyond = [(np.sqrt(low + OFFSET) + sign * step) ** 2 - OFFSET for low, sign in ((100, -1), (121, 1))]
    width = ((121 - beyond[0]) + (beyond[1] - 100)) / 2
    assert naive.loc[1, "wis"] == pytest.approx((21 / 2 + (0.25 + 0.1 + 0.025) * width) / 3.5)
    assert naive.loc[2, "wis"] == pytest.approx(0.0, abs=1e-9)
    errors = result.errors[(result.errors["method"] == NAIVE) & (result.errors["horizon"] == 1)]
    assert errors["upper_95"].where(errors["truth"] == 121).dropna().to_numpy() == pytest.approx(121.0)
    assert set(result.errors["size"]) == {"100–999"}


def test_the_folder_holds_the_report_and_says_what_it_cannot_know(known) -> None:
    result, folder = known
    assert {entry.name for entry in folder.iterdir()} == set(FILES)
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Die Tabelle sagt nicht, wann eine Zahl veröffentlicht wurde" in page
    assert "Alle Reihen" in page
    outside_scripts = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    assert "http" not in outside_scripts
    assert "src=" not in outside_scripts
    assert result.vintage is None
    assert result.series == {"series": 12}
    assert len(pd.read_parquet(folder / "errors.parquet")) == len(result.errors)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_the_same_table_gives_the_same_bytes_and_replaces_the_report(known, tmp_path: Path) -> None:
    _, folder = known
    table = write_table(tmp_path / "panel.csv", up_and_down())
    again = tmp_path / "again"
    again.mkdir()
    (again / "report.html").write_text("old")
    backtest_file(table, again, 2, draws=40)
    assert digests(again) == digests(folder)
    assert {entry.name for entry in tmp_path.iterdir()} == {"panel.csv", "again"}


def noisy(key: str, seed: int, years: range = YEARS, level: float = 60.0) -> History:
    generator = np.random.default_rng(seed)
    values = generator.poisson(level * np.exp(np.cumsum(generator.normal(0, 0.08, len(years))))).astype(float)
    return History(key, np.array(years), values)


def test_each_series_counts_from_where_it_is_known() -> None:
    """Series begin late, end early and have gaps; an origin needs its own year and four values."""
    full = noisy("gap", 3)
    gap = History("gap", full.years, np.where(full.years == 2015, np.nan, full.values))
    histories = [*(noisy(f"n{i}", 10 + i) for i in range(8)), noisy("late", 1, range(2014, 2020)), gap]
    histories.append(noisy("early", 2, range(2010, 2016)))
    errors = backtest_histories(histories, FILE_SETTINGS).errors
    ours = errors[errors["method"] == PRODUCTION]
    origins = {key: sorted(set(part["origin"])) for key, part in ours.groupby("series")}
    assert origins["n0"] == list(range(2013, 2019))
    assert origins["late"] == [2017, 2018]
    assert origins["early"] == [2013, 2014]
    assert origins["gap"] == [2013, 2014, 2016, 2017, 2018]
    assert 2015 not in set(ours.loc[ours["series"] == "gap", "origin"] + ours["horizon"])


def test_groups_split_the_scores_and_not_the_forecasts(tmp_path: Path) -> None:
    rows = [
        (history.key, int(year), int(value), "Bau" if i < 5 else "")
        for i, history in enumerate(noisy(f"n{i}", 20 + i) for i in range(10))
        for year, value in zip(history.years, history.values, strict=True)
    ]
    grouped = write_table(tmp_path / "grouped.csv", rows, "series_id,year,value,group")
    plain = write_table(tmp_path / "plain.csv", [row[:3] for row in rows])
    split = backtest_file(grouped, tmp_path / "a", 2, draws=30)
    whole = backtest_file(plain, tmp_path / "b", 2, draws=30)
    assert split.series == {"Bau": 5, "series": 5}
    columns = ["series", "origin", "horizon", "forecast", "upper_80", "crps"]
    pd.testing.assert_frame_equal(split.errors[columns], whole.errors[columns])
    assert "Bau" in (tmp_path / "a" / "report.html").read_text(encoding="utf-8")
    table = tmp_path / "grouped.parquet"
    pd.read_csv(grouped, dtype={"group": "str"}, keep_default_na=False).to_parquet(table, index=False)
    again = backtest_file(table, tmp_path / "c", 2, draws=30)
    assert again.series == split.series
    pd.testing.assert_frame_equal(again.errors, split.errors)


def test_of_a_large_table_a_sample_is_tested_and_that_is_said() -> None:
    histories = [noisy(f"n{i}", i) for i in range(30)]
    settings = FILE_SETTINGS.__class__(
        indicators=(), least_points=4, least_length=5, most_series=9, most_origins=2, horizon=1, draws=20
    )
    result = backtest_histories(histories, settings)
    assert result.series == {"series": 9}
    assert result.origins == {"series": (2017, 2018)}
    assert "Aus 30 Reihen wurden 9 zufällig gezogen." in result.remarks


def test_rates_and_negative_values_are_tested_on_their_own_scale() -> None:
    generator = np.random.default_rng(5)
    histories = [
        History(f"r{i}", np.array(YEARS), np.round(generator.normal(0, 0.4, len(YEARS)), 3))
        for i in range(20)
    ]
    result = backtest_histories(histories, FILE_SETTINGS)
    ours = result.errors[result.errors["method"] == PRODUCTION]
    assert (ours["lower_80"] < 0).any()
    assert result.scores.loc[result.scores["method"] == NAIVE, "coverage_80"].between(0.6, 1).all()


@pytest.mark.parametrize(("horizon", "draws", "seed"), [(0, 10, 1), (16, 10, 1), (2, 0, 1), (2, 10, -1)])
def test_impossible_numbers_are_refused(tmp_path: Path, horizon: int, draws: int, seed: int) -> None:
    table = write_table(tmp_path / "panel.csv", up_and_down())
    with pytest.raises(InputError, match="nicht möglich"):
        backtest_file(table, tmp_path / "out", horizon, draws=draws, seed=seed)
    assert not (tmp_path / "out").exists()


def test_series_that_are_too_short_are_refused_with_the_file(tmp_path: Path) -> None:
    table = write_table(tmp_path / "short.csv", [("a", year, 5) for year in range(2010, 2014)])
    with pytest.raises(InputError, match="lang genug") as refusal:
        backtest_file(table, tmp_path / "out", 2)
    assert "short.csv" in refusal.value.where
    assert not (tmp_path / "out").exists()


def test_a_foreign_folder_is_left_alone(tmp_path: Path) -> None:
    table = write_table(tmp_path / "panel.csv", up_and_down())
    foreign = tmp_path / "briefe"
    foreign.mkdir()
    (foreign / "brief.txt").write_text("wichtig")
    with pytest.raises(InputError, match="etwas anderes als ein Bericht") as refusal:
        backtest_file(table, foreign, 2)
    assert refusal.value.rows == ("brief.txt",)
    with pytest.raises(InputError, match="kein Ordner"):
        backtest_file(table, table, 2)
    with pytest.raises(InputError, match="gibt es nicht"):
        backtest_file(table, tmp_path / "nirgends" / "out", 2)
    link = tmp_path / "link"
    link.symlink_to(foreign)
    with pytest.raises(InputError, match="Verweis"):
        backtest_file(table, link, 2)
    assert (foreign / "brief.txt").read_text() == "wichtig"


def test_a_disk_that_refuses_leaves_the_earlier_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from forecast import report_folder

    target = tmp_path / "bericht"
    report_folder.write_report_folder(target, {"report.html": b"old"})

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report_folder.os, "fsync", full)
    with pytest.raises(OperationError, match="voll"):
        report_folder.write_report_folder(target, {"report.html": b"new"})
    assert (target / "report.html").read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["bericht"]


def test_the_report_says_how_many_series_were_too_short(tmp_path: Path) -> None:
    rows = [*up_and_down(6), ("kurz", 2018, 5), ("kurz", 2019, 6), ("leer", 2019, "")]
    result = backtest_file(write_table(tmp_path / "panel.csv", rows), tmp_path / "bericht", 2, draws=40)
    said = "Nicht geprüft, weil zu kurz oder mit Lücken: 2 von 8 Reihen (nötig sind 5 Jahreswerte)."
    assert said in result.remarks
    page = (tmp_path / "bericht" / "report.html").read_text(encoding="utf-8")
    assert said in page
    assert re.search(r"lag die Zahl im 80-%-Band \([\d,]+ % von \d+ Vergleichen\), im 95-%-Band in", page)


@pytest.mark.parametrize("horizon", [0, 99])
def test_an_impossible_horizon_is_named_alone(tmp_path: Path, horizon: int) -> None:
    table = write_table(tmp_path / "panel.csv", up_and_down(2))
    with pytest.raises(InputError, match=f"Der Horizont {horizon} ist nicht möglich"):
        backtest_file(table, tmp_path / "bericht", horizon)
    assert not (tmp_path / "bericht").exists()
