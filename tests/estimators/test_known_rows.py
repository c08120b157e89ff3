"""What is known about a history: events, an unfinished year, suppressed and rounded values, flags."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.estimators.known import joined_blur, known_rows, known_values
from forecast.estimators.panels import learn_panel, panel_quantiles
from forecast.estimators.protocol import History, KnownEvent
from forecast.estimators.rows import (
    CENSORED,
    ENDS,
    KNOWN_PULSE,
    KNOWN_STEP,
    LEAP,
    PARTIAL,
    PULSE,
    PULSES,
    STEP,
    STEPS,
    lay_rows,
    reasons,
)
from forecast.estimators.series import SeriesForecast, forecast_series
from forecast.stats.defaults import SHORT_SERIES

NAN = float("nan")
YEARS = np.arange(2010, 2024)


def panel(count: int = 40, seed: int = 1, level: tuple[float, float] = (20, 300)) -> list[History]:
    """Counts that hardly move."""
    dice = np.random.default_rng(seed)
    mean = dice.uniform(*level, count)[:, None] * np.exp(
        np.cumsum(dice.normal(0, 0.03, (count, YEARS.size)), axis=1)
    )
    return [History(f"s{i}", YEARS, row) for i, row in enumerate(dice.poisson(mean).astype(float))]


def calm(*changed: tuple[int, float]) -> np.ndarray:
    """A series around 100 with some years changed."""
    values = np.array([100, 104, 97, 101, 95, 103, 99, 102, 98, 105, 96, 100, 103, 99], dtype=float)
    for year, value in changed:
        values[year - 2010] = value
    return values


def said(history: History, horizon: int = 3) -> SeriesForecast:
    return forecast_series([*panel(), history], horizon, draws=400, seed=1)[-1]


def band(item: SeriesForecast) -> tuple[float, float]:
    low, high = np.quantile(item.draws[:, 0], [0.1, 0.9])
    return float(low), float(high)


def test_a_wrong_year_in_the_middle_does_not_drag_the_forecast() -> None:
    plain = said(History("x", YEARS, calm()))
    wrong = said(History("x", YEARS, calm((2018, 400.0))))
    assert plain.flags == ()
    assert wrong.flags == ("Ausreißer 2018: dieses Jahr gilt als Lücke.",)
    assert wrong.mean == pytest.approx(plain.mean, rel=0.05)
    before_last = said(History("x", YEARS, calm((2022, 400.0))))
    assert before_last.flags == ("Ausreißer 2022: dieses Jahr gilt als Lücke.",)
    assert before_last.mean == pytest.approx(plain.mean, rel=0.08)


def test_a_new_level_does_not_become_a_trend() -> None:
    stepped = calm()
    stepped[:8] = np.round(stepped[:8] * 0.3)
    found = said(History("x", YEARS, stepped), 5)
    assert found.flags == ("Niveausprung 2018: frühere Jahre sind auf den neuen Stand gebracht.",)
    assert found.mean == pytest.approx([100] * 5, rel=0.06)


def test_a_leap_in_the_last_year_is_flagged_not_continued_and_widens_the_range() -> None:
    plain, leapt = said(History("x", YEARS, calm())), said(History("x", YEARS, calm((2023, 250.0))))
    assert leapt.flags == (
        "Ungewöhnlicher Sprung im letzten Jahr 2023: er gilt nicht als Trend, die Spanne ist weiter.",
    )
    assert leapt.mean == pytest.approx([250] * 3, rel=0.06)
    (low, high), (narrow_low, narrow_high) = band(leapt), band(plain)
    assert high - low > 2 * (narrow_high - narrow_low)


def test_flags_and_years_of_rows_are_those_of_series() -> None:
    histories = [
        *panel(),
        History("a", YEARS, calm((2018, 400.0))),
        History("b", YEARS[:9], calm()[:9]),
        History("c", YEARS, calm((2023, 250.0))),
    ]
    known = known_rows(histories)
    learning = learn_panel(known, 2)
    found = panel_quantiles(learning, known.grid, known.first, 2)
    drawn = forecast_series(histories, 2, draws=20, seed=1)
    for flags, years, item in zip(found.flags.tolist(), found.years.tolist(), drawn, strict=True):
        assert reasons(flags, years) == item.flags
    assert (found.flags[-3:] & (PULSE | STEP | LEAP | ENDS)).tolist() == [PULSE, ENDS, LEAP]
    assert drawn[-2].flags == ("Endet vor 2023, dem letzten Jahr der meisten Reihen.",)
    assert drawn[-2].years.tolist() == [2019, 2020]


@pytest.mark.parametrize("size", [1, 5, 40])
def test_jumps_and_marks_do_not_depend_on_the_rows_beside(size: int) -> None:
    dice = np.random.default_rng(2)
    histories = []
    for place in range(160):
        length = int(dice.integers(4, 30))
        values = dice.poisson(np.exp(dice.uniform(1, 6)), length).astype(float)
        values[dice.random(length) < 0.1] = NAN
        values[dice.integers(length)] *= 6
        values[: int(dice.integers(length))] *= 0.2 if place % 3 else 1
        if place % 7 == 0:
            values = values - 40.5
        event = KnownEvent(2024 - int(dice.integers(1, length + 1)), "pulse" if place % 2 else "step")
        histories.append(History(str(place), np.arange(2024 - length, 2024), values, (event,)))
    known = known_rows(histories)
    learning = learn_panel(known, 3, rounding=3)
    whole = panel_quantiles(learning, known.grid, known.first, 3, marks=known.marks)
    assert (whole.flags & (PULSE | STEP | LEAP) > 0).sum() > 5
    assert known.marks is not None
    for start in range(0, 160, size):
        part = slice(start, start + size)
        alone = panel_quantiles(learning, known.grid[part], known.first[part], 3, marks=known.marks[part])
        for name, column in alone._asdict().items():
            assert column.tobytes() == getattr(whole, name)[part].tobytes(), (name, start)


def test_a_known_step_moves_the_years_before_however_small_it_is() -> None:
    values = calm()
    values[:9] -= 20
    untold = said(History("x", YEARS, values))
    told = said(History("x", YEARS, values, events=(KnownEvent(2019, "step"),)))
    assert untold.flags == ()
    assert told.flags == ("Bekannter Bruch 2019: frühere Jahre sind auf den neuen Stand gebracht.",)
    assert abs(told.mean[2] - 100) < abs(untold.mean[2] - 100) + 1
    assert np.ptp(band(told)) < np.ptp(band(untold)) * 1.02


def test_a_known_pulse_is_a_gap_and_in_the_last_year_the_value_before() -> None:
    for year in (2016, 2023):
        told = said(History("x", YEARS, calm((year, 30.0)), events=(KnownEvent(year, "pulse"),)))
        assert told.flags == (f"Bekannter einmaliger Ausschlag {year}: dieses Jahr zählt nicht.",)
        assert told.origin == 2023
        assert told.mean == pytest.approx([100] * 3, rel=0.07)


def test_events_outside_the_history_change_nothing() -> None:
    plain = said(History("x", YEARS, calm()))
    for year in (1999, 2010, 2040):
        told = said(History("x", YEARS, calm(), events=(KnownEvent(year, "definition_change"),)))
        assert np.array_equal(told.draws, plain.draws)


def test_forecasts_across_a_known_step_teach_no_ranges() -> None:
    moved = []
    for history in panel(60):
        values = history.values.copy()
        values[:7] *= 2
        moved.append(History(history.key, history.years, np.round(values)))
    told = [History(h.key, h.years, h.values, events=(KnownEvent(2017, "definition_change"),)) for h in moved]
    widths = [
        np.mean([np.ptp(np.quantile(item.draws[:, 0], [0.025, 0.975])) for item in forecast_series(
            some, 2, draws=300, seed=1
        )])
        for some in (panel(60), moved, told)
    ]  # fmt: skip
    assert widths[2] < 0.8 * widths[1]
    assert widths[2] == pytest.approx(widths[0], rel=0.3)


def test_an_unfinished_last_year_is_left_out() -> None:
    unfinished = said(History("x", YEARS, calm((2023, 31.0)), partial=True))
    without = said(History("x", YEARS[:-1], calm()[:-1]))
    assert unfinished.origin == 2022
    assert np.array_equal(unfinished.draws, without.draws)
    assert unfinished.flags[-1] == "Das unvollständige Jahr 2023 bleibt außer Betracht."
    alone = said(History("x", np.array([2023]), np.array([4.0]), partial=True))
    assert (alone.status, alone.reason) == ("failed", "Kein beobachteter Wert.")


def test_suppressed_values_by_hand() -> None:
    bounds = np.array([[NAN, NAN], [0, 2], [0, 4], [0.5, 2.0]])
    history = History("x", np.arange(4), np.array([7.0, NAN, NAN, NAN]), bounds=bounds)
    _, values, blur = known_values(history)
    assert values.tolist() == [7, 1, 2, 1.25]
    # 0, 1, 2: variance 2/3; 0 … 4: 2; evenly on [0.5, 2]: 1.5²/12
    assert blur == pytest.approx([0, 2 / 3, 2, 0.1875])
    assert known_rows([history]).flags.tolist() == [CENSORED]


def test_rounding_and_suppression_join_the_noise_by_hand() -> None:
    grid = np.array([[6.0, 9.0, 3.0], [60.0, 66.0, 63.0]])
    blur = joined_blur(None, 3.0, 2)
    assert blur is not None
    assert blur == pytest.approx(np.full((2, 1), 8 / 12))
    rows = lay_rows(grid, np.array([2000, 2000]), True, True, SHORT_SERIES, blur=blur)
    counting = 1 - np.exp(-1.27 * np.array([18.5, 189.5]) / 4)  # mean with half a case in one more year
    assert rows.scale.noise == pytest.approx(counting + np.array([(2 / 3) / 6, (2 / 3) / 63]))
    plain = lay_rows(grid, np.array([2000, 2000]), False, False, SHORT_SERIES, blur=blur)
    assert plain.scale.noise == pytest.approx([2 / 3 + 1 / 12] * 2)  # beside rounding to whole numbers
    hidden = np.array([[0.0, 0.0, 2.0], [0.0, 0.0, 0.0]])
    joined = joined_blur(hidden, 3.0, 2)
    assert joined is not None
    assert joined == pytest.approx(np.array([[2 / 3, 2 / 3, 2], [2 / 3] * 3]))
    assert joined_blur(None, 1.0, 2) is None
    assert joined_blur(None, 0.0, 2) is None
    assert joined_blur(None, 0.5, 1) == pytest.approx(np.array([[0.25 / 12]]))


def test_rounding_is_found_or_told() -> None:
    rounded = [History(h.key, h.years, 5 * np.round(h.values / 5)) for h in panel(level=(3, 15))]
    assert learn_panel(rounded, 2).rounding == 5
    assert learn_panel(panel(), 2).rounding == 0
    assert learn_panel(panel(), 2, rounding=3).rounding == 3
    assert learn_panel([History("x", YEARS[:3], np.array([3.0, 9, 6]))], 2).rounding == 0


@pytest.mark.parametrize("base", [3, 5])
def test_ranges_of_rounded_and_suppressed_counts_cover_what_is_published(base: int) -> None:
    dice = np.random.default_rng(base)
    mean = dice.uniform(2, 15, 400)[:, None] * np.exp(np.cumsum(dice.normal(0, 0.04, (400, 14)), axis=1))
    exact = dice.poisson(mean).astype(float)
    published = base * np.round(exact / base)
    hidden = (exact > 0) & (exact < base)
    bounds = np.where(hidden[:, :11, None], np.array([0.0, base - 1.0]), NAN)
    known = np.where(hidden, NAN, published)[:, :11]
    seen = ~np.isnan(known) | hidden[:, :11]
    assert seen.all()
    histories = [
        History(f"s{i}", np.arange(2000, 2011), row, bounds=bounds[i]) for i, row in enumerate(known)
    ]
    found = forecast_series(histories, 3, draws=200, seed=1, rounding=base)
    draws = np.stack([item.draws for item in found], axis=1)
    assert (draws >= 0).all()
    for truth in (published, exact):
        for nominal, slack in ((0.8, 0.09), (0.95, 0.045)):
            low, high = np.quantile(draws, [(1 - nominal) / 2, (1 + nominal) / 2], axis=0)
            inside = (low <= truth[:, 11:]) & (truth[:, 11:] <= high)
            assert inside.mean() == pytest.approx(nominal, abs=slack)


SHAPES = {
    "one": [5], "two": [5, 7], "three": [5, 7, 6], "four": [0, 1, 0, 2], "five": [9, 9, 9, 9, 9],
    "gaps": [4, NAN, NAN, 6, NAN, 5], "zeros": [0] * 8, "zero": [0], "constant": [40] * 12,
    "late": [NAN] * 12 + [3], "huge": [1e12, 1.1e12, 0.9e12, 1e12, 1e12, 1e12], "tiny": [1e-9, 2e-9, 1e-9],
    "from nothing": [0, 0, 0, 0, 0, 500], "to nothing": [500, 490, 510, 505, 500, 0],
    "two levels": [5, 5, 5, 5, 50, 50, 50, 50], "negative": [-3, 4, -2, 5, -1, 0],
    "shares": [0.1, 0.2, 0.15, 0.1],
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("alone", [True, False])
def test_no_shape_crashes_and_ranges_are_sensible(shape: str, alone: bool) -> None:
    values = np.array(SHAPES[shape], dtype=float)
    history = History("x", np.arange(2024 - values.size, 2024), values)
    found = forecast_series([history] if alone else [*panel(), history], 4, draws=200, seed=1)[-1]
    assert found.status in ("forecast", "short")
    assert np.isfinite(found.draws).all()
    low, high = np.quantile(found.draws, [0.025, 0.975], axis=0)
    assert (low < high).all()
    largest = np.nanmax(np.abs(values))
    if not (values < 0).any():
        assert (found.draws >= 0).all()
    if not alone:  # alone, nothing is known about how far such series move
        assert (high < 12 * largest + 25).all()
    if values[-1] > 0:
        assert (found.draws.max(axis=0) >= values[-1]).all()


def test_marks_survive_the_window() -> None:
    long = np.arange(1900, 2024)
    values = np.full(long.size, 50.0)
    history = History("x", long, values, events=(KnownEvent(2000, "pulse"), KnownEvent(2010, "step")))
    known = known_rows([history])
    assert known.marks is not None
    rows = lay_rows(known.grid, known.first, True, True, SHORT_SERIES, marks=known.marks)
    assert rows.marks is not None
    assert rows.marks.shape == rows.grid.shape == (1, SHORT_SERIES.window)
    assert (rows.first[0] + np.flatnonzero(rows.marks[0] == PULSES)).tolist() == [2000]
    assert (rows.first[0] + np.flatnonzero(rows.marks[0] == STEPS)).tolist() == [2010]
    assert KNOWN_PULSE != KNOWN_STEP != PARTIAL
