"""A second opinion on a panel: gradient boosting with absolute loss on scaled windows of yearly changes.

It is fitted once per panel and origin and never published alone: it shows whether something is left in the
history that the smoothers miss.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.errors import ModelError
from forecast.estimators.baselines import filled
from forecast.estimators.protocol import Array
from forecast.stats.defaults import BOOSTING, BoostingSettings

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingRegressor


def boosted_forecasts(
    grid: Array, horizon: int, *, seed: int, settings: BoostingSettings = BOOSTING, root: bool = True
) -> Array:
    """Continue every series of a panel by one boosted regression over all windows and horizons.

    On the root scale z of values that cannot be negative, a window of K changes is divided by its mean
    absolute change s; the target is ``(z[t+h] − z[t]) / s`` with the horizon as a further feature.

    Args:
        grid: (N, T) values, column 0 observed, NaN for gaps and after the end.
        horizon: Years ahead of each series' own last value, H.
        seed: Seed of the trees.
        settings: Size of windows and trees.
        root: Values cannot be negative.

    Returns:
        (N, H) forecasts; NaN for a series shorter than a window.

    Raises:
        ModelError: Too few windows to learn from.

    Source of method: global boosting on scaled lag windows with absolute loss, as scikit-learn fits it.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor  # loads long; most processes never need it

    z = np.sqrt(filled(grid)) if root else filled(grid)
    lags = settings.lags
    features, targets = [], []
    for origin in range(lags, z.shape[1]):
        window, scale = _window(z, origin, settings)
        for ahead in range(1, min(horizon, z.shape[1] - 1 - origin) + 1):
            target = (z[:, origin + ahead] - z[:, origin]) / scale
            known = np.isfinite(target) & np.isfinite(window).all(axis=1)
            features.append(_with_horizon(window[known], ahead))
            targets.append(target[known])
    count = sum(len(part) for part in targets)
    if count < settings.least_windows:
        raise ModelError(
            "Zu wenige Verläufe für das Vergleichsverfahren (Boosting).",
            where=f"{count} Fenster",
            expected=f"mindestens {settings.least_windows}",
            remedy="Längere oder mehr Reihen verwenden.",
        )
    model = HistGradientBoostingRegressor(
        loss="absolute_error",
        max_iter=settings.iterations,
        learning_rate=settings.rate,
        max_leaf_nodes=settings.leaves,
        min_samples_leaf=settings.least_leaf,
        early_stopping=False,
        random_state=seed,
    )
    model.fit(np.concatenate(features), np.concatenate(targets))
    return _continued(model, z, horizon, settings, root)


def _continued(
    model: HistGradientBoostingRegressor, z: Array, horizon: int, settings: BoostingSettings, root: bool
) -> Array:
    """Apply the fitted trees to the last window of every series."""
    last = np.isfinite(z).sum(axis=1) - 1
    result = np.full((len(z), horizon), np.nan)
    for origin in np.unique(last[last >= settings.lags]):
        rows = np.flatnonzero(last == origin)
        window, scale = _window(z[rows], int(origin), settings)
        for ahead in range(1, horizon + 1):
            change = model.predict(_with_horizon(window, ahead)) * scale
            result[rows, ahead - 1] = z[rows, origin] + change
    return np.square(np.maximum(result, 0)) if root else result


def _window(z: Array, origin: int, settings: BoostingSettings) -> tuple[Array, Array]:
    """Return the scaled changes before an origin (N, K) and their scale (N,)."""
    changes = np.diff(z[:, origin - settings.lags : origin + 1], axis=1)
    scale = np.abs(changes).mean(axis=1) + settings.noise
    return changes / scale[:, None], scale


def _with_horizon(window: Array, ahead: int) -> Array:
    """Append the horizon as a feature."""
    return np.column_stack([window, np.full(len(window), ahead)])
