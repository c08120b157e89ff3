"""The regression of new contracts finds the truth it was simulated from, and refuses too little data."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from forecast.errors import ModelError
from forecast.estimators.contracts import ContractRows, fit_contracts
from forecast.estimators.protocol import Fitted


def simulated(groups: int = 40, years: int = 14, *, slope_sd: float = 0.2, noise: float = 0.1, seed: int = 3):
    generator = np.random.default_rng(seed)
    intercept, slope = generator.normal(-3, 0.8, groups), generator.normal(0.4, slope_sd, groups)
    at = np.repeat(np.arange(groups), years)
    year = np.tile(np.arange(2010, 2010 + years), groups)
    leavers = 20_000 * 1.02 ** (year - 2010.0)
    vacancies = np.exp(4 + 0.5 * np.sin((year - 2010) / 2) + generator.normal(0, 0.3, at.size))
    log_v = np.log(vacancies + 0.5)
    centred = log_v - (np.bincount(at, log_v) / years)[at]
    contracts = (
        leavers * np.exp(intercept[at] + slope[at] * centred + generator.normal(0, noise, at.size)) - 0.5
    )
    names = [f"t{group:02}" for group in at]
    return ContractRows(names, year, np.maximum(contracts, 0), leavers, vacancies), intercept, slope, centred


def test_known_truth_is_recovered() -> None:
    rows, intercept, slope, _ = simulated()
    fitted = fit_contracts(rows)
    assert fitted.intercept == pytest.approx(intercept.mean(), abs=0.05)
    assert fitted.slope == pytest.approx(0.4, abs=0.1)
    assert fitted.slope_sd == pytest.approx(0.2, abs=0.06)
    assert fitted.intercept_sd == pytest.approx(intercept.std(), rel=0.15)
    assert fitted.residual_sd == pytest.approx(0.1, abs=0.01)
    assert np.corrcoef(fitted.group_slopes, slope)[0, 1] > 0.85
    assert fitted.persistence < 0.2


def test_pooled_slopes_are_nearer_to_the_truth_than_separate_ones() -> None:
    rows, _, slope, centred = simulated(years=6, noise=0.3)
    fitted = fit_contracts(rows)
    log_rate = np.log(rows.contracts + 0.5) - np.log(rows.leavers)
    separate = [
        np.polyfit(centred[start : start + 6], log_rate[start : start + 6], 1)[0]
        for start in range(0, 240, 6)
    ]
    assert np.std(fitted.group_slopes - slope) < 0.8 * np.std(np.array(separate) - slope)


def test_statsmodels_own_fit_agrees_where_it_converges() -> None:
    rows, *_, centred = simulated()
    fitted = fit_contracts(rows)
    log_rate = np.log(rows.contracts + 0.5) - np.log(rows.leavers)
    design = np.column_stack([np.ones(centred.size), centred])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        oracle = MixedLM(log_rate, design, groups=np.repeat(np.arange(40), 14), exog_re=design).fit()
    assert [fitted.intercept, fitted.slope] == pytest.approx(oracle.fe_params, abs=0.01)
    assert fitted.residual_sd == pytest.approx(np.sqrt(oracle.scale), rel=0.01)
    assert fitted.slope_sd**2 == pytest.approx(oracle.cov_re[1, 1], rel=0.1)


def test_without_differences_between_trades_slopes_are_pooled() -> None:
    rows, *_ = simulated(slope_sd=0.0)
    fitted = fit_contracts(rows)
    assert fitted.slope_sd < 0.05
    assert np.ptp(fitted.group_slopes) < 0.15


def test_prediction_by_hand() -> None:
    rows, *_ = simulated()
    fitted = fit_contracts(rows)
    vacancies = float(np.exp(fitted.centres[1]) * 2 - 0.5)
    doubled = fitted.predict(["t01"] * 2, np.array([2040, 2040]), np.array([1e4, 2e4]), np.full(2, vacancies))
    expected = np.exp(fitted.group_intercepts[1] + fitted.group_slopes[1] * np.log(2))
    # the last residual has faded out by 2040; twice the leavers make twice the contracts
    assert doubled + 0.5 == pytest.approx([1e4 * expected, 2e4 * expected], rel=1e-3)
    unknown = fitted.predict(["neu"], np.array([2024]), np.array([1e4]), np.array([5.0]))
    assert unknown[0] + 0.5 == pytest.approx(1e4 * np.exp(fitted.intercept))


def test_what_was_missed_last_year_fades_out() -> None:
    rows, *_ = simulated(noise=0.01)
    generator = np.random.default_rng(1)
    carried = np.zeros((40, 14))
    for year in range(1, 14):
        carried[:, year] = 0.8 * carried[:, year - 1] + generator.normal(0, 0.2, 40)
    shifted = ContractRows(
        rows.group, rows.year, rows.contracts * np.exp(carried.ravel()), rows.leavers, rows.vacancies
    )
    fitted = fit_contracts(shifted)
    assert 0.4 < fitted.persistence < 0.9
    years = np.array([2024, 2026, 2060])
    said = fitted.predict(["t00"] * 3, years, np.full(3, 1e4), np.full(3, np.exp(fitted.centres[0]) - 0.5))
    distance = np.log(said + 0.5) - np.log(1e4) - fitted.group_intercepts[0]
    ratio = fitted.persistence
    assert distance == pytest.approx(fitted.last_residuals[0] * np.array([ratio, ratio**3, 0]), abs=1e-3)


def test_rows_without_figures_are_left_out_and_order_does_not_matter() -> None:
    rows, *_ = simulated(groups=10)
    gaps = rows.contracts.copy()
    gaps[[0, 20]] = np.nan
    turned = np.random.default_rng(2).permutation(gaps.size)
    a = fit_contracts(ContractRows(rows.group, rows.year, gaps, rows.leavers, rows.vacancies))
    b = fit_contracts(
        ContractRows(
            [rows.group[i] for i in turned],
            rows.year[turned],
            gaps[turned],
            rows.leavers[turned],
            rows.vacancies[turned],
        )
    )
    assert a.summary() == pytest.approx(b.summary(), rel=1e-6)
    assert isinstance(a, Fitted)


def test_too_little_data_is_refused() -> None:
    rows, *_ = simulated(groups=3)
    with pytest.raises(ModelError, match="Zu wenige Beobachtungen"):
        fit_contracts(rows)
    rows, *_ = simulated(groups=10)
    with pytest.raises(ModelError, match="ändern sich nie"):
        fit_contracts(ContractRows(rows.group, rows.year, rows.contracts, rows.leavers, np.full(140, 9.0)))
