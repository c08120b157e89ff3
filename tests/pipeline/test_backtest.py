"""The backtest sees only what was public, scores by hand, says where it loses, and is reproducible."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from forecast.artefacts import read_folder
from forecast.backtest import occupation_groups, run_backtest, write_backtest
from forecast.backtest_report import FILES, card_text
from forecast.domain.codes import CodeList, OccupationLink, Region, TrainingOccupation
from forecast.domain.panel import COLUMNS, Panel
from forecast.errors import InputError
from forecast.scoring import (
    NAIVE,
    PRODUCTION,
    BacktestSettings,
    Verdict,
    calibration_table,
    headline,
    judge,
    score_table,
    size_table,
)

OCCUPATIONS = [f"AO-b{i:02}" for i in range(12)]
WIDTHS = (("50", 1), ("80", 2), ("95", 4))
SETTINGS = BacktestSettings(indicators=("new_contracts",), horizon=3, draws=60)


def region(code: str, level: str) -> Region:
    return Region(code, code, code, level, (), "", "", None, None, "source", "s", "")


def code_list() -> CodeList:
    occupations = {
        code: TrainingOccupation(code, code, code, code, "A-24", 1.0, 3.0, "", None, None, "source", "s", "")
        for code in OCCUPATIONS
    }
    links = (
        OccupationLink("A-24", "KldB-251", "secondary", 0.2, 0.1, 0.3, None, None, "source", "s", "", None),
        OccupationLink("A-24", "KldB-342", "main", 0.8, 0.7, 0.9, None, None, "source", "s", "", None),
    )
    regions = {"DE": region("DE", "country"), "BB": region("BB", "land")}
    return CodeList({}, occupations, {}, regions, links, {})


def row(
    indicator: str, trade: str, place: str, year: int, value: float, published: str
) -> tuple[object, ...]:
    return (indicator, trade, place, year, "", value, "observed", pd.Timestamp(published), "s")


def toy_panel(first: int = 2008, last: int = 2023) -> Panel:
    generator = np.random.default_rng(11)
    rows = []
    for place, size in (("DE", 900.0), ("BB", 60.0)):
        for code in OCCUPATIONS:
            level = size * np.exp(
                generator.normal(0, 0.4) + np.cumsum(generator.normal(0, 0.06, last - first + 1))
            )
            for year, value in zip(range(first, last + 1), generator.poisson(level), strict=True):
                rows.append(row("new_contracts", code, place, year, float(value), f"{year + 1}-09-30"))
        for year in range(first - 3, last + 1):
            leavers = 40 * size * (1 + 0.01 * (year - 2000))
            rows.append(row("leavers_total", "*", place, year, leavers, f"{year + 1}-03-31"))
            places = size * (1 + 0.3 * np.sin(year))
            rows.append(row("vacancies_avg", "KldB-342", place, year, places, f"{year + 1}-02-28"))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return Panel(frame.sort_values(["indicator", "trade", "region", "year"]).reset_index(drop=True))


@pytest.fixture(scope="module")
def result():
    return run_backtest(toy_panel(), code_list(), SETTINGS)


def test_every_method_is_scored_on_every_level_and_horizon(result) -> None:
    found = result.scores.groupby("method").size()
    assert set(found.index) == {
        "production", "last", "mean3", "drift", "damped_drift", "ses", "combination", "boosting", "contracts",
    }  # fmt: skip
    assert (found == 6).all()
    assert result.series == {"new_contracts": 24}
    assert result.origins == {"new_contracts": tuple(range(2012, 2023))}
    ours = result.scores[result.scores["method"] == PRODUCTION]
    assert ours["n"].tolist() == [132, 120, 108] * 2
    assert ours["coverage_95"].between(0.85, 1.0).all()
    assert ours["wis"].gt(0).all()
    assert ours["crps"].between(0.3 * ours["wis"], 3 * ours["wis"]).all()
    assert (ours["width_50"] < ours["width_80"]).all()
    assert (ours["width_80"] < ours["width_95"]).all()
    assert ours["relative_wis"].between(0.5, 1.5).all()
    naive = result.scores[result.scores["method"] == NAIVE]
    assert naive["relative_wis"].tolist() == [1.0] * 6
    assert naive["coverage_95"].between(0.8, 1.0).all()
    assert result.vintage.isoformat() == "2024-09-30"


def test_errors_of_the_last_value_are_those_of_the_figures(result) -> None:
    panel = toy_panel().frame
    values = panel[panel["indicator"] == "new_contracts"].set_index(["trade", "region", "year"])["value"]
    naive = result.errors[(result.errors["method"] == NAIVE) & (result.errors["horizon"] == 2)]
    for entry in naive.iloc[::17].to_dict("records"):
        trade, place = entry["series"].split("|")
        assert entry["forecast"] == values[trade, place, entry["origin"]]
        assert entry["truth"] == values[trade, place, entry["origin"] + 2]


def test_what_was_published_later_changes_no_earlier_forecast(result) -> None:
    """Every figure of 2020 on is multiplied; forecasts from origins before must not move."""
    panel = toy_panel()
    late = panel.frame["published"] > pd.Timestamp("2020-09-30")
    changed = Panel(panel.frame.assign(value=panel.frame["value"].where(~late, panel.frame["value"] * 7)))
    other = run_backtest(changed, code_list(), SETTINGS)
    key = ["method", "series", "origin", "horizon"]
    pair = result.errors.merge(other.errors, on=key, suffixes=("", "_other"))
    early = pair[pair["origin"] <= 2019]
    assert len(early) > 1000
    assert early["forecast"].equals(early["forecast_other"])
    assert early["upper_95"].equals(early["upper_95_other"])
    moved = pair[(pair["origin"] >= 2021) & (pair["method"] == NAIVE)]
    assert moved["forecast_other"].to_numpy() == pytest.approx(7 * moved["forecast"].to_numpy())


def test_a_figure_that_came_late_is_no_origin_yet() -> None:
    panel = toy_panel()
    frame = panel.frame.copy()
    slow = (frame["trade"] == "AO-b03") & (frame["region"] == "BB") & (frame["year"] == 2018)
    frame.loc[slow, "published"] = pd.Timestamp("2020-03-31")
    errors = run_backtest(Panel(frame), code_list(), SETTINGS).errors
    origins = errors.loc[errors["series"] == "AO-b03|BB", "origin"].unique()
    assert 2018 not in origins
    assert {2017, 2019} <= set(origins)


@pytest.mark.slow
def test_workers_change_nothing(result, tmp_path: Path) -> None:
    again = run_backtest(toy_panel(), code_list(), dataclasses.replace(SETTINGS, workers=2))
    assert again.scores.equals(result.scores)
    same = dataclasses.replace(again, settings=SETTINGS)
    assert write_backtest(same, tmp_path).name == write_backtest(result, tmp_path).name


def test_files_of_the_record(result, tmp_path: Path) -> None:
    folder = write_backtest(result, tmp_path)
    files = read_folder(folder)
    assert folder.parent == tmp_path / "backtest"
    assert set(files) == set(FILES)
    card = yaml.safe_load(files["card.yaml"])
    assert card["data_vintage"] == "2024-09-30"
    assert len(card["scores"]) == 6
    assert card["scores"][0]["wape_last"] > 0
    assert "11 Ursprungsjahre (2012–2022)" in card["summary_de"]
    assert "11 origin years" in card["summary_en"]
    ratios = {(row["indicator"], row["horizon"]): row["relative_wis"] for row in card["relative_wis"]}
    assert set(ratios) == {(name, h) for name in ("new_contracts", "all") for h in range(4)}
    assert f"relatives WIS {ratios['all', 0]:.2f}".replace(".", ",") in card["summary_de"]
    assert all(row["relative_wis"] > 0 for row in card["scores"])
    assert len(card["covered_de"]) == len(card["covered_en"]) == 2
    text = files["CARD.md"].decode()
    assert "Wo wir verlieren" in text
    assert "Where we lose" in text
    page = files["report.html"].decode()
    assert "<h1>Rückrechnung" in page
    outside_scripts = re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    assert not re.findall(r"<(?:link|script)[^>]+https?://", page)
    assert "http" not in outside_scripts
    assert page.index("lag die Zahl im 80-%-Band") < page.index("WAPE")
    assert '<div class="chart">' in page
    assert "<noscript>" in page
    scores = pd.read_csv(folder / "scores.csv")
    assert (scores["size"] == "all").sum() == len(result.scores)
    assert set(scores["size"]) == {"all", "10–99", "100–999", "1000–9999"}
    stored = pd.read_parquet(folder / "scores.parquet")
    assert stored["relative_wis"].to_numpy() == pytest.approx(
        scores["relative_wis"].to_numpy(), abs=1e-6, nan_ok=True
    )
    errors = pd.read_parquet(folder / "errors.parquet")
    pd.testing.assert_frame_equal(errors, result.errors, check_dtype=False)
    assert set(pd.read_csv(folder / "errors.csv")["method"]) == {PRODUCTION, NAIVE}
    pit = pd.read_csv(folder / "calibration.csv")
    assert pit["horizon"].tolist() == [0, 1, 2, 3]
    assert pit.filter(like="bin_").sum(axis=1).to_numpy() == pytest.approx(1.0, abs=1e-5)


def errors_table() -> pd.DataFrame:
    """Two series, one horizon; production errs by 1 and 5, the last value by 2 and 2."""
    rows = []
    for method, said in ((PRODUCTION, (9.0, 25.0)), (NAIVE, (12.0, 18.0))):
        for series, truth, forecast, scale in zip("ab", (10.0, 20.0), said, (1.0, 4.0), strict=True):
            ours = method == PRODUCTION
            rows.append({
                "indicator": "x", "level": "land", "method": method, "horizon": 1, "series": series,
                "origin": 2020, "forecast": forecast, "truth": truth, "scale": scale,
                "median": forecast if ours else np.nan,
                **{f"lower_{r}": forecast - w if ours else np.nan for r, w in WIDTHS},
                **{f"upper_{r}": forecast + w if ours else np.nan for r, w in WIDTHS},
            })  # fmt: skip
    return pd.DataFrame(rows)


def test_scores_by_hand() -> None:
    scores = score_table(errors_table()).set_index("method")
    ours = scores.loc[PRODUCTION]
    assert (ours["mae"], ours["wape"], ours["mase"]) == pytest.approx((3.0, 0.2, (1 + 1.25) / 2))
    assert ours["skill"] == pytest.approx(1 - 3 / 2)
    assert (ours["coverage_80"], ours["coverage_95"]) == (0.5, 0.5)
    # a: (1/2 + 0.25·2 + 0.1·4 + 0.025·8) / 3.5; b adds what lies beyond the bounds: 4, 3 and 1
    first = (0.5 + 0.5 + 0.4 + 0.2) / 3.5
    second = (2.5 + 0.5 + 0.4 + 0.2 + 4 + 3 + 1) / 3.5
    assert ours["wis"] == pytest.approx((first + second) / 2)
    assert (ours["width_50"], ours["width_80"], ours["width_95"]) == pytest.approx((4 / 30, 8 / 30, 16 / 30))
    assert np.isnan(scores.loc[NAIVE, "wis"])
    assert np.isnan(ours["relative_wis"])
    assert scores.loc[NAIVE, "skill"] == 0


def banded_table() -> pd.DataFrame:
    """As above, the last value with a band of ±3, ±6, ±12 and both with size classes."""
    table = errors_table()
    last = table["method"] == NAIVE
    table.loc[last, "median"] = table.loc[last, "forecast"]
    for name, width in WIDTHS:
        table.loc[last, f"lower_{name}"] = table.loc[last, "forecast"] - 3 * width
        table.loc[last, f"upper_{name}"] = table.loc[last, "forecast"] + 3 * width
    return table.assign(size=["10–99", "100–999"] * 2, pit=[0.05, 0.95, np.nan, np.nan])


def test_relative_wis_by_hand() -> None:
    """The last value errs by 2 inside every range: (2/2 + 0.25·6 + 0.1·12 + 0.025·24)/3.5 = 4.3/3.5."""
    scores = score_table(banded_table()).set_index("method")
    first, second = 1.6 / 3.5, (3.6 + 8.0) / 3.5
    assert scores.loc[NAIVE, "wis"] == pytest.approx(4.3 / 3.5)
    assert scores.loc[PRODUCTION, "relative_wis"] == pytest.approx((first + second) / (2 * 4.3 / 3.5))
    sizes = size_table(banded_table())
    ours = sizes[sizes["method"] == PRODUCTION].set_index("size")
    assert ours["relative_wis"].to_dict() == pytest.approx({"10–99": 1.6 / 4.3, "100–999": 11.6 / 4.3})
    (verdict,) = judge(score_table(banded_table()), 1)
    assert verdict.relative_wis == pytest.approx(13.2 / 8.6)
    assert verdict.loses_ranges


def test_only_pairs_both_have_forecast_enter_the_ratio() -> None:
    table = banded_table()
    without = table[~((table["method"] == NAIVE) & (table["series"] == "b"))]
    ours = score_table(without).set_index("method").loc[PRODUCTION]
    assert ours["relative_wis"] == pytest.approx(1.6 / 4.3)
    assert ours["n"] == 2


def test_headline_is_the_geometric_mean_over_levels_and_leaves_out_what_is_not_judged() -> None:
    def verdict(indicator: str, level: str, horizon: int, ratio: float, *, judged: bool = True) -> Verdict:
        return Verdict(indicator, level, horizon, 0.0, False, judged, ratio, ratio > 1)

    found = headline((
        verdict("x", "land", 1, 0.5), verdict("x", "kreis", 1, 2.0), verdict("x", "land", 2, 0.9),
        verdict("y", "land", 1, 0.8), verdict("y", "land", 2, 9.0, judged=False),
        verdict("y", "kreis", 2, float("nan")),
    ))  # fmt: skip
    ratios = {(row.indicator, row.horizon): row.relative_wis for row in found.itertuples()}
    assert ratios == pytest.approx({
        ("x", 0): 0.9 ** (1 / 3), ("x", 1): 1.0, ("x", 2): 0.9, ("y", 0): 0.8, ("y", 1): 0.8,
        ("all", 0): 0.72**0.25, ("all", 1): 0.8 ** (1 / 3), ("all", 2): 0.9,
    })  # fmt: skip
    assert list(found["indicator"].unique()) == ["x", "y", "all"]
    assert headline(()).empty


def test_calibration_by_hand() -> None:
    table = calibration_table(banded_table())
    assert table["horizon"].tolist() == [0, 1]
    row = table.iloc[0]
    assert (row["n"], row["mean"], row["distance"]) == pytest.approx((2, 0.5, 0.45))
    assert (row["bin_1"], row["bin_2"], row["bin_10"]) == (0.5, 0.0, 0.5)


def test_a_loss_is_called_a_loss_and_one_origin_is_no_verdict(result) -> None:
    scores = score_table(errors_table())
    (verdict,) = judge(scores, minimum_origins=1)
    assert verdict.loses
    assert verdict.judged
    assert not judge(scores, minimum_origins=2)[0].judged
    lost = dataclasses.replace(result, scores=scores, verdicts=(verdict,))
    assert (
        "x, Land: 1 Jahr voraus lag der letzte Wert näher an der Zahl (unser Fehler bis 50,0 % größer)."
        in (card_text(lost))
    )
    assert (
        "x, Land: 1 year ahead the last value was nearer to the figure (our error up to 50.0 % larger)."
        in (card_text(lost))
    )


def test_the_main_occupation_group_explains_a_trade() -> None:
    assert occupation_groups(code_list()) == dict.fromkeys(OCCUPATIONS, "KldB-342")


def test_short_series_are_not_tested() -> None:
    with pytest.raises(InputError, match="lang genug"):
        run_backtest(toy_panel(first=2018), code_list(), SETTINGS)


def test_what_cannot_be_fitted_is_listed_and_the_rest_goes_on() -> None:
    panel = toy_panel(first=2010)
    without = Panel(panel.frame[panel.frame["indicator"] != "vacancies_avg"].reset_index(drop=True))
    found = run_backtest(without, code_list(), SETTINGS)
    assert "contracts" not in set(found.scores["method"])
    assert (
        "new_contracts 2020 contracts",
        "Zu wenige Beobachtungen für die Regression der Neuabschlüsse.",
    ) in (found.refused)
