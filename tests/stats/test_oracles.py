"""statsmodels, scikit-learn, pandas and SciPy as oracles: where they compute the same thing, so do we.

Starting values of a smoother are linear unknowns. Here they are solved for by scikit-learn from errors that
statsmodels computes, fed back into statsmodels, and its level, slope, squared errors and forecasts must be
those of the bank.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.stats import energy_distance, kstest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import mean_absolute_error, mean_pinball_loss
from statsmodels.api import OLS, WLS, add_constant
from statsmodels.tsa.api import SARIMAX, ExponentialSmoothing, SimpleExpSmoothing
from statsmodels.tsa.exponential_smoothing.ets import ETSModel
from statsmodels.tsa.forecasting.theta import ThetaModel, ThetaModelResults
from threadpoolctl import threadpool_limits

from forecast.estimators.baselines import drift, point, rolling_baselines, simple_smoothing
from forecast.estimators.boosting import boosted_forecasts
from forecast.stats import scores
from forecast.stats.defaults import BOOSTING, QUANTILE_LEVELS, SHORT_SERIES
from forecast.stats.gate import averaged
from forecast.stats.operators import Bank, Fits, make_bank, members, rolling_fits

CLOSE = 1e-8  # relative
HORIZON = 7
NO_HOLT = ((), (), ())
SEEDS = range(6)
LENGTHS = (3, 6, 13, 40)


@dataclass(frozen=True)
class Oracle:
    """What statsmodels says with fixed constants and starting values."""

    errors: np.ndarray
    level: float
    slope: float
    forecast: np.ndarray

    @property
    def sse(self) -> float:
        return float(self.errors @ self.errors)


def series(seed: int, length: int) -> np.ndarray:
    """A random walk with a trend around 40, as restless as a small trade."""
    generator = np.random.default_rng(1000 * seed + length)
    return 40 + generator.normal(0.5, 3, length).cumsum() + generator.normal(0, 2, length)


def close(found: object, expected: object) -> None:
    np.testing.assert_allclose(found, expected, rtol=CLOSE, atol=CLOSE)


def at_end(values: np.ndarray, bank: Bank) -> Fits:
    ((_, fits),) = rolling_fits(values[None, :], bank, every=False)
    return fits


def said_by(fits: Fits, bank: Bank, member: int, horizon: int = HORIZON) -> np.ndarray:
    """The forecast of one member of a bank."""
    kinds = members(bank)
    weights = np.zeros((kinds.fit.size, 1))
    weights[member] = 1
    return averaged(fits, weights, kinds, horizon)[0][0]


def holt(values: np.ndarray, alpha: float, share: float, level: float, slope: float) -> Oracle:
    """Holt's linear smoothing by statsmodels; ``share`` is its β*, 0 keeps the slope."""
    model = ExponentialSmoothing(
        values, trend="add", initialization_method="known", initial_level=level, initial_trend=slope
    )
    found = model.fit(smoothing_level=alpha, smoothing_trend=share, optimized=False)
    return Oracle(values - found.fittedvalues, found.level[-1], found.trend[-1], found.forecast(HORIZON))


def damped(values: np.ndarray, alpha: float, share: float, phi: float, level: float, slope: float) -> Oracle:
    """Damped-trend smoothing by statsmodels, in component form and, where it takes α, as a state space."""
    model = ExponentialSmoothing(
        values,
        trend="add",
        damped_trend=True,
        initialization_method="known",
        initial_level=level,
        initial_trend=slope,
    )
    found = model.fit(smoothing_level=alpha, smoothing_trend=share, damping_trend=phi, optimized=False)
    errors, forecast = values - found.fittedvalues, found.forecast(HORIZON)
    if alpha < 1:  # at α = 1 it divides by 1 − α
        states = ETSModel(values, error="add", trend="add", damped_trend=True)
        other = states.smooth([alpha, alpha * share, phi, level, slope])
        close(other.resid, errors)
        close(other.forecast(HORIZON), forecast)
    return Oracle(errors, found.level[-1], found.trend[-1], forecast)


def starts(run, ridge: float) -> tuple[float, float]:
    """Solve for level and slope by scikit-learn, the slope under a ridge, from three runs of statsmodels.

    The level is free, so it is regressed out of errors and slope first (Frisch, Waugh and Lovell).
    """
    base = run(0.0, 0.0).errors
    level, slope = base - run(1.0, 0.0).errors, base - run(0.0, 1.0).errors

    def without_level(column: np.ndarray) -> np.ndarray:
        plain = LinearRegression(fit_intercept=False).fit(level[:, None], column)
        return column - plain.predict(level[:, None])

    steep = Ridge(alpha=ridge, fit_intercept=False, solver="cholesky")
    found = float(steep.fit(without_level(slope)[:, None], without_level(base)).coef_[0])
    return free_level(run, found), found


def free_level(run, slope: float) -> float:
    """Solve for the level alone where the slope is given."""
    base = run(0.0, slope).errors
    reached = base - run(1.0, slope).errors
    return float(LinearRegression(fit_intercept=False).fit(reached[:, None], base).coef_[0])


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("alpha", [0.1, 0.45, 0.8, 1.0])
def test_the_level_alone_is_simple_smoothing_with_its_best_start(length: int, alpha: float) -> None:
    values = series(1, length)
    fits = at_end(values, make_bank((alpha,), (), (), NO_HOLT, 1.0))

    def run(level: float, _: float = 0.0) -> Oracle:
        model = SimpleExpSmoothing(values, initialization_method="known", initial_level=level)
        found = model.fit(smoothing_level=alpha, optimized=False)
        return Oracle(values - found.fittedvalues, found.level[-1], 0.0, found.forecast(HORIZON))

    best = run(free_level(run, 0.0))
    close(fits.level[0, 0], best.level)
    close(fits.sse[0, 0], best.sse)
    close(said_by(fits, make_bank((alpha,), (), (), NO_HOLT, 1.0), 0), best.forecast)


def test_statsmodels_finds_no_better_start_by_searching() -> None:
    values = series(2, 25)
    fits = at_end(values, make_bank((0.3,), (), (), NO_HOLT, 1.0))
    model = SimpleExpSmoothing(values, initialization_method="estimated")
    with model.fix_params({"smoothing_level": 0.3}):
        searched = model.fit()
    assert fits.sse[0, 0] == pytest.approx(searched.sse, rel=1e-8)
    assert fits.sse[0, 0] <= searched.sse * (1 + 1e-12)
    assert fits.level[0, 0] == pytest.approx(searched.level[-1], rel=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("length", LENGTHS)
def test_drift_by_least_squares_is_the_ridge_regression_of_scikit_learn(seed: int, length: int) -> None:
    values = series(seed, length)
    alpha, share, ridge, damping = (0.2, 0.65, 1.0)[seed % 3], (0.35, 1.0)[seed % 2], 0.5 + seed, 0.85
    bank = make_bank((alpha,), (share,), (damping, 1.0), NO_HOLT, ridge)
    fits = at_end(values, bank)

    def run(level: float, slope: float) -> Oracle:
        return holt(values, alpha, 0.0, level, slope)

    slope = share * starts(run, ridge)[1]
    best = run(free_level(run, slope), slope)
    close(fits.slope[1, 0], best.slope)
    close(fits.level[1, 0], best.level)
    close(fits.sse[1, 0], best.sse)
    close(said_by(fits, bank, 2), best.forecast)
    close(said_by(fits, bank, 1), best.level + slope * np.cumsum(damping ** np.arange(1, HORIZON + 1)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("length", LENGTHS)
def test_holt_members_are_damped_trend_smoothing_of_statsmodels(seed: int, length: int) -> None:
    values = series(seed, length)
    alpha, share, phi = (0.35, 0.7, 1.0)[seed % 3], (0.1, 0.3)[seed % 2], (0.8, 0.9, 0.95)[seed % 3]
    bank = make_bank((), (), (), ((alpha,), (share,), (phi,)), ridge := 0.25 + seed)
    fits = at_end(values, bank)

    def run(level: float, slope: float) -> Oracle:
        return damped(values, alpha, share, phi, level, slope)

    best = run(*starts(run, ridge))
    close(fits.level[0, 0], best.level)
    close(fits.slope[0, 0], best.slope)
    close(fits.sse[0, 0], best.sse)
    close(said_by(fits, bank, 0), best.forecast)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_holt_member_without_damping_is_holts_linear_method(seed: int) -> None:
    values = series(seed, 12)
    bank = make_bank((), (), (), ((0.6,), (0.25,), (1.0,)), 2.0)
    fits = at_end(values, bank)

    def run(level: float, slope: float) -> Oracle:
        return holt(values, 0.6, 0.25, level, slope)

    best = run(*starts(run, 2.0))
    close(fits.level[0, 0], best.level)
    close(fits.slope[0, 0], best.slope)
    close(fits.sse[0, 0], best.sse)
    close(said_by(fits, bank, 0), best.forecast)


@pytest.mark.parametrize("member", range(0, 96, 5))
def test_members_of_the_shipped_bank_are_those_of_statsmodels(member: int) -> None:
    bank = SHORT_SERIES.bank
    kinds = members(bank)
    values = series(member, 11)
    alpha, share, phi = kinds.alpha[member], kinds.share[member], kinds.damping[member]
    fits = at_end(values, bank)

    def run(level: float, slope: float) -> Oracle:
        if kinds.holt[member] and phi < 1:
            return damped(values, alpha, kinds.beta_share[member], phi, level, slope)
        return holt(values, alpha, kinds.beta_share[member], level, slope)

    if kinds.line[member]:
        slope = share * OLS(values, add_constant(np.arange(11.0))).fit().params[1]
    else:
        slope = share * starts(run, bank.ridge)[1]
    best = run(free_level(run, slope), slope)
    if kinds.holt[member]:
        best = run(*starts(run, bank.ridge))
    row = kinds.fit[member]
    close(fits.sse[row, 0], best.sse)
    reach = np.cumsum(phi ** np.arange(1, HORIZON + 1))
    close(said_by(fits, bank, member), best.level + best.slope * reach)


@pytest.mark.parametrize("theta", [1.5, 2.0, 4.0])
@pytest.mark.parametrize("seed", SEEDS)
def test_the_straight_line_with_one_minus_one_over_theta_is_the_theta_method(seed: int, theta: float) -> None:
    """Same α and same start on both sides; statsmodels reads the line and puts the forecast together."""
    values, alpha, share = series(seed, 9 + seed), 0.2 + 0.1 * seed, 1 - 1 / theta
    bank = make_bank((alpha,), (share,), (1.0,), NO_HOLT, 1.0)
    fits = at_end(values, bank)
    model = ThetaModel(values, deseasonalize=False)
    line = model.fit(disp=False).params["b0"]

    def run(level: float, slope: float) -> Oracle:
        return holt(values, alpha, 0.0, level, slope)

    # what the method expects of the first year: the level before it plus the drift
    first = free_level(run, share * line) + share * line
    smoothing = SimpleExpSmoothing(values, initialization_method="known", initial_level=first)
    smoothed = smoothing.fit(smoothing_level=alpha, optimized=False).level[-1]
    oracle = ThetaModelResults(line, alpha, 1.0, smoothed, np.zeros(0), False, model)
    close(fits.slope[2, 0], share * line)
    close(said_by(fits, bank, 2), oracle.forecast(HORIZON, theta=theta))


@pytest.mark.parametrize("seed", range(12))
def test_the_theta_model_as_statsmodels_fits_it_is_a_member_of_a_bank(seed: int) -> None:
    values = series(seed, 200)  # long enough that the start no longer counts
    fitted = ThetaModel(values, deseasonalize=False).fit(disp=False)
    alpha = float(fitted.params["alpha"])
    assert (1 - alpha) ** 200 < 1e-10
    bank = make_bank((alpha,), (0.5,), (1.0,), NO_HOLT, 1.0)
    close(said_by(at_end(values, bank), bank, 2), fitted.forecast(HORIZON, theta=2))


@given(st.lists(st.none() | st.floats(0, 1e4), min_size=2, max_size=20), st.floats(0.05, 1))
@settings(max_examples=60)
def test_gaps_are_passed_over_as_pandas_passes_them_over(later: list[float | None], alpha: float) -> None:
    values = np.array([50.0, *(np.nan if value is None else value for value in later)])
    assume(not np.isnan(values[-1]))
    weighted = pd.Series(values).ewm(alpha=alpha, adjust=False, ignore_na=True).mean().to_numpy()
    close(simple_smoothing(values[None, :], 2, alphas=(alpha,))[0, :, 1], weighted)
    line = OLS(values, add_constant(np.arange(values.size, dtype=float)), missing="drop").fit().params[-1]
    fits = at_end(values, make_bank((alpha,), (0.5,), (1.0,), NO_HOLT, 1.0))
    np.testing.assert_allclose(fits.slope[2, 0], 0.5 * line, rtol=CLOSE, atol=1e-7)


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("alpha", [0.2, 0.7, 1.0])
def test_the_yardstick_of_simple_smoothing_starts_at_the_first_value(length: int, alpha: float) -> None:
    values = series(3, length)
    model = SimpleExpSmoothing(values, initialization_method="known", initial_level=values[0])
    expected = model.fit(smoothing_level=alpha, optimized=False).forecast(HORIZON)
    close(simple_smoothing(values[None, :], HORIZON, alphas=(alpha,))[0, -1], expected)


def test_the_yardstick_chooses_the_constant_with_the_least_squares() -> None:
    chosen = set()
    for seed in range(20):
        values = series(seed, 15)
        fitted = {}
        for alpha in SHORT_SERIES.alphas:
            model = SimpleExpSmoothing(values, initialization_method="known", initial_level=values[0])
            fitted[alpha] = model.fit(smoothing_level=alpha, optimized=False)
        best = min(fitted, key=lambda alpha: fitted[alpha].sse)
        chosen.add(best)
        found = point("ses", np.arange(15), values, 1, damping=0.8, alphas=SHORT_SERIES.alphas)
        close(found, fitted[best].forecast(1))
    assert len(chosen) > 3


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("missing", [(), (2, 5, 6)])
def test_drift_is_the_random_walk_with_drift_by_maximum_likelihood(
    seed: int, missing: tuple[int, ...]
) -> None:
    values = series(seed, 10)
    values[list(missing)] = np.nan
    found = drift(values[None, :], HORIZON, damping=1.0)[0, -1]
    known = np.flatnonzero(~np.isnan(values))
    years = np.diff(known).astype(float)
    # a change over k years has k times the mean and k times the variance of one over a year
    slope = WLS(np.diff(values[known]), years[:, None], weights=1 / years).fit().params[0]
    model = SARIMAX(values, order=(0, 1, 0), trend="c")
    walk = model.smooth([slope, 1.0])
    close(found, walk.forecast(HORIZON))
    for other in (slope - 0.01, slope + 0.01):
        assert model.loglike([other, 1.0]) < walk.llf


@pytest.mark.parametrize("seed", SEEDS)
def test_damped_drift_fades_as_a_damped_trend_does(seed: int) -> None:
    values, phi = series(seed, 10), 0.8
    found = rolling_baselines(values[None, :], HORIZON, damping=phi, alphas=(1.0,))["damped_drift"][0, -1]
    slope = (values[-1] - values[0]) / 9
    # α = 1 and β = 0: the level ends at the last value, the slope at φ to the number of years times its start
    close(found, damped(values, 1.0, 0.0, phi, values[0], slope / phi**10).forecast)


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_scores_are_those_of_scikit_learn_and_scipy(seed: int) -> None:
    generator = np.random.default_rng(seed)
    count = int(generator.integers(1, 12))
    truth = generator.poisson(6, count).astype(float)
    quantiles = np.sort(generator.gamma(3, 2, (count, len(QUANTILE_LEVELS))), axis=1)
    levels = np.array(QUANTILE_LEVELS)
    losses = np.array(
        [mean_pinball_loss(truth, q, alpha=p) for p, q in zip(levels, quantiles.T, strict=True)]
    )
    alphas = 2 * levels[:3]
    found = scores.wis(truth, quantiles[:, 3], quantiles[:, :3], quantiles[:, :3:-1], tuple(alphas))
    close(found.mean(), losses.sum() / 3.5)
    borders = np.concatenate([[0], (levels[1:] + levels[:-1]) / 2, [1]])
    close(scores.crps_of_quantiles(truth, quantiles, QUANTILE_LEVELS).mean(), 2 * losses @ np.diff(borders))
    close(scores.mae(truth, quantiles[:, 3]), mean_absolute_error(truth, quantiles[:, 3]))
    draws = generator.gamma(3, 2, (count, 30))
    energy = [energy_distance(row, [y]) ** 2 / 2 for row, y in zip(draws, truth, strict=True)]
    close(scores.crps(truth, draws), energy)
    uniform = generator.random(count) ** 2
    close(scores.uniformity(uniform), kstest(uniform, "uniform").statistic)


def test_the_second_opinion_is_a_plain_fit_of_scikit_learn() -> None:
    """Windows are cut here once more, row by row, and given to the same trees."""
    generator = np.random.default_rng(4)
    grid = generator.poisson(generator.uniform(5, 200, (30, 1)) * np.exp(0.03 * np.arange(12))).astype(float)
    grid[3, 9:] = np.nan
    features, targets, ends = [], [], []
    lags = BOOSTING.lags
    for row in grid:
        z = np.sqrt(row[~np.isnan(row)])
        for origin in range(lags, z.size):
            changes = z[origin - lags + 1 : origin + 1] - z[origin - lags : origin]
            size = np.mean(np.abs(changes)) + BOOSTING.noise
            for ahead in (1, 2, 3):
                if origin + ahead < z.size:
                    targets.append((z[origin + ahead] - z[origin]) / size)
                    features.append([*(changes / size), ahead])
        ends.append((z[-1], changes / size, size))
    trees = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=BOOSTING.iterations,
        learning_rate=BOOSTING.rate,
        max_leaf_nodes=BOOSTING.leaves,
        min_samples_leaf=BOOSTING.least_leaf,
        early_stopping=False,
        random_state=7,
    )
    # the same rows in the same order: by origin, then horizon, then series
    order = sorted(range(len(targets)), key=lambda place: _place(grid, lags, place))
    with threadpool_limits(limits=1):
        found = boosted_forecasts(grid, 3, seed=7)
        trees.fit(np.array(features)[order], np.array(targets)[order])
        expected = [
            [max(last + size * trees.predict([[*window, ahead]])[0], 0) ** 2 for ahead in (1, 2, 3)]
            for last, window, size in ends
        ]
    close(found, expected)


def _place(grid: np.ndarray, lags: int, place: int) -> tuple[int, int, int]:
    """Return (origin, horizon, series) of a window counted series by series."""
    for row, line in enumerate(grid):
        length = int((~np.isnan(line)).sum())
        for origin in range(lags, length):
            for ahead in (1, 2, 3):
                if origin + ahead < length:
                    if place == 0:
                        return origin, ahead, row
                    place -= 1
    raise AssertionError(place)
