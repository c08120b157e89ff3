"""Panels of every kind, small and large, with gaps and zeros: finite, ordered, of a sober size."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.estimators.panels import learn_panel, panel_quantiles

KINDS = ("counts", "rounded", "rates", "signed", "still")


def wild(seed: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """1–40 series of 1–15 years with expectations from 0.05 up to 100,000 and a tenth of gaps."""
    generator = np.random.default_rng(seed)
    series, years = int(generator.integers(1, 40)), int(generator.integers(1, 16))
    largest = 10.0 ** generator.integers(0, 6)
    mean = np.exp(generator.uniform(np.log(0.05), np.log(largest), (series, 1)))
    values = mean * np.exp(np.cumsum(generator.normal(0, 0.2, (series, years)), axis=1))
    if kind in ("counts", "rounded", "still"):
        values = generator.poisson(np.broadcast_to(mean, values.shape)).astype(float)
    if kind == "rounded":
        values = 3 * np.rint(values / 3)
    if kind == "signed":
        values = values - mean
    if kind == "still":
        values[::3], values[1::3] = 0.0, 7.0
    if years > 3:
        values[generator.random(values.shape) < 0.1] = np.nan
    return values, generator.integers(2000, 2005, series)


@pytest.mark.parametrize("kind", KINDS)
def test_whatever_comes_is_forecast_soberly(kind: str) -> None:
    """Warnings are errors here, so an overflow anywhere inside fails as well."""
    for seed in range(60):
        values, first = wild(seed, kind)
        horizon = 1 + seed % 15
        found = panel_quantiles(learn_panel((values, first), horizon), values, first, horizon)
        sound = ~np.isnan(values).all(axis=1)
        assert np.isfinite(found.mean[sound]).all(), seed
        assert (np.diff(found.quantiles[sound], axis=2) >= 0).all(), seed
        largest = np.nanmax(np.abs(values[sound]), axis=1, initial=0)
        assert (np.abs(found.mean[sound]).max(axis=1) <= 30 * (largest + 3)).all(), seed
