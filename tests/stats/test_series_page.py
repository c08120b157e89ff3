"""The page on the forecaster: its table is the code's, what it names exists, its formulas hold."""

from __future__ import annotations

import importlib
import re
from dataclasses import fields

import numpy as np
import pytest
from scipy.stats import norm

from forecast.stats.blend import blend_rows
from forecast.stats.defaults import SHORT_SERIES
from forecast.stats.gate import FEATURES, PROPERTIES, features, properties
from forecast.stats.intervals import ErrorPool, Scale, deviations, own_variance
from forecast.stats.operators import members, rolling_fits
from forecast.stats.paths import central_quantiles, lowered_centre
from tests.stats.series_page import END, PAGE, PARTS, START, meanings, parts, table, written


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_table_of_constants_is_that_of_the_code(page: str) -> None:
    assert parts(page)[1] == table(), "python -m tests.stats.series_page writes it anew"


def test_every_constant_has_a_meaning_and_no_value_hides() -> None:
    found = table()
    for part, settings in PARTS.items():
        known = meanings(type(settings))
        for one in fields(settings):
            if one.name not in PARTS:
                assert known[one.name], (part, one.name)
                assert f"| {part} `{one.name}` | {written(getattr(settings, one.name))} |" in found


def test_a_changed_constant_is_noticed(page: str) -> None:
    value = written(SHORT_SERIES.prior)
    assert f"| {value} |" in page
    assert parts(page.replace(f"| {value} |", "| 1, 0, 0, 0 |"))[1] != table()


def test_a_page_without_a_place_for_the_table_is_refused(page: str) -> None:
    for broken in (page.replace(START, ""), page.replace(END, "")):
        with pytest.raises(AssertionError):
            parts(broken)


def test_modules_and_constants_named_on_the_page_exist(page: str) -> None:
    modules = set(re.findall(r"`(forecast\.[a-z_.]+)`", page))
    assert len(modules) > 8
    for name in modules:
        importlib.import_module(name)
    text = page.replace(parts(page)[1], "")
    named = set(re.findall(r"`([a-z]+_[a-z_]+)`", text)) - {"panel_quantiles"}
    known = {one.name for settings in PARTS.values() for one in fields(settings)}
    assert named <= known, sorted(named - known)


def test_the_page_says_where_it_loses_and_links_the_facts(page: str) -> None:
    headings = re.findall(r"^## (.*)$", page, flags=re.MULTILINE)
    assert "Where it loses, and when not to use it" in headings
    facts = page.split("## Recorded facts")[1]
    assert "(benchmark.md)" in facts
    assert "(backtest.md)" in facts


def test_the_numbers_of_members_features_and_properties_are_those_of_the_code(page: str) -> None:
    assert f"{members(SHORT_SERIES.bank).fit.size} linear smoothers" in page
    words = {9: "nine", 12: "twelve"}
    assert f"x are {words[len(FEATURES)]} features" in page
    assert f"p_g {words[len(PROPERTIES)]} properties" in page


def test_averages_follow_from_the_formulas_of_the_page() -> None:
    """w ∝ exp(τ·L + xᵀBp), w ∝ exp(L) for the drift family, member by member."""
    values = np.array([12.0, 15.0, 11.0, 16.0, 19.0, 17.0, 23.0])
    z, noise, gate, bank = 2 * np.sqrt(values + 0.375), 1.0, SHORT_SERIES.gate, SHORT_SERIES.bank
    kinds, n = members(bank), values.size
    ((_, fits),) = rolling_fits(z[None, :], bank, every=False)
    mean_square = fits.sse[:, 0] / n
    floored = np.maximum(mean_square + gate.floor * mean_square.mean(), gate.noise_floor * noise)
    fit = -n / 2 * np.log(floored)
    x = features(values[None, :], z[None, :], np.ones(1), np.array([True]))[0, -1]
    warmth = gate.temperature * (n / 12) ** gate.lengthening
    held = properties(kinds)
    learned, theta, both = np.zeros(3), np.zeros(3), [0.0, 0.0]
    for g in range(kinds.fit.size):
        d = kinds.fit[g]
        said = fits.level[d, 0] + fits.slope[d, 0] * np.cumsum(kinds.damping[g] ** np.arange(1, 4))
        weight = np.exp(warmth * fit[d] + x @ gate.coefficients @ held[g])
        plain = np.exp(fit[d]) if not kinds.holt[g] else 0.0
        learned, theta = learned + weight * said, theta + plain * said
        both = [both[0] + weight, both[1] + plain]
    found = blend_rows(values[None, :], z[None, :], np.ones(1), np.array([True]), bank, gate, 3, every=False)
    np.testing.assert_allclose(found.learned[0, 0], learned / both[0], rtol=1e-9)
    np.testing.assert_allclose(found.theta[0, 0], theta / both[1], rtol=1e-9)


def test_ranges_follow_from_the_formulas_of_the_page() -> None:
    s = SHORT_SERIES.intervals
    y, sse, n, relative, horizon = 40.0, 21.0, 9.0, 0.02, 4
    scale = Scale(np.array([True]), np.array([s.offset]), np.ones(1))
    expected = 1 + relative * y
    v = max((sse + s.own_weight * expected) / (n - 1 + s.own_weight), 1)
    row = np.array([[1.0]])
    own = own_variance(sse * row, n * row, y * row, np.ones(1), relative * row, s.own_weight)
    assert own[0, 0] == pytest.approx(v)
    h = np.arange(1, horizon + 1)
    delta = np.sqrt((1 + (v - 1) * h**s.growth) * (1 + s.few_points * (1 + h) / n))
    found = deviations(own, n * row, np.ones(1), horizon, s.growth, s.few_points)
    np.testing.assert_allclose(found[0, 0], delta)
    errors = np.array([0.1, 0.4, 0.9, 2.0])
    pool = ErrorPool((), ((errors,) * horizon,), np.zeros(horizon), 0.0, np.array([0.02]), np.ones(horizon))
    z = np.full((1, horizon), 2 * np.sqrt(y + s.offset))
    spread = delta * np.sqrt(np.mean(errors**2))
    centre = np.sqrt(np.maximum(z**2 - s.mean_share * spread**2, z**2 / 4))
    np.testing.assert_allclose(lowered_centre(z, spread[None, :], s.mean_share, scale.root), centre)
    levels = np.array([0.025, 0.25, 0.5, 0.9])
    _, quantiles = central_quantiles(centre, found[0], scale, np.zeros(1, dtype=int), pool, levels)
    for place, p in enumerate(levels):
        error = np.interp(abs(2 * p - 1), np.arange(5) / 5, [0, *errors])
        reach = np.maximum(delta * error, abs(norm.ppf(p))) * np.sign(p - 0.5)
        value = np.maximum((centre[0] + reach) ** 2 / 4 - s.offset, 0)
        np.testing.assert_allclose(quantiles[0, :, place], value)
