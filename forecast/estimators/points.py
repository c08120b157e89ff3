"""What every method says about a panel at every rolling origin, or behind the last values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.estimators.baselines import last_value
from forecast.estimators.protocol import Array
from forecast.estimators.rows import Rows
from forecast.stats.blend import blend_rows
from forecast.stats.defaults import SeriesSettings

#: Methods averaged into the production forecast, in the order of `SeriesSettings.prior`.
METHODS: Final = ("last", "damped", "theta", "learned")


@dataclass(frozen=True, slots=True)
class Points:
    """What the methods say at K columns.

    Args:
        methods: `METHODS` → (N, K, H) values.
        sse: (N, K) sum of squared one-step errors in the sample, on the scale of the errors.
        seen: (N, K) observed values.
    """

    methods: dict[str, Array]
    sse: Array
    seen: Array

    def average(self, weights: Array) -> Array:
        """Return the weighted average of the methods, (N, K, H)."""
        found = np.zeros(self.methods[METHODS[0]].shape)
        for weight, name in zip(weights, METHODS, strict=True):
            found += weight * self.methods[name]
        return found


def rolling_points(rows: Rows, horizon: int, settings: SeriesSettings, *, every: bool) -> Points:
    """Return what every method says at every column, or behind the last value only (then K = 1).

    Args:
        rows: The histories.
        horizon: H.
        settings: Constants.
        every: All columns; only observed ones have a meaning then.
    """
    z = rows.scale.forward(rows.grid)
    blend = blend_rows(
        rows.grid,
        z,
        rows.scale.noise,
        rows.scale.root,
        settings.bank,
        settings.gate,
        horizon,
        every=every,
    )
    here = np.arange(len(z))
    last = last_value(rows.grid, horizon) if every else rows.grid[here, rows.last][:, None, None]
    passed = np.arange(z.shape[1])[None, :] if every else rows.last[:, None]
    count = np.cumsum(~np.isnan(rows.grid), axis=1).astype(np.float64)
    return Points(
        methods={
            "last": np.broadcast_to(last, blend.theta.shape),
            "damped": _damped(rows, last, rows.scale.back(blend.level), passed, horizon, settings.damping),
            "theta": rows.scale.back(blend.theta),
            "learned": rows.scale.back(blend.learned),
        },
        sse=blend.sse,
        seen=count if every else count[here, rows.last][:, None],
    )


def _damped(
    rows: Rows, last: Array, level: Array, passed: NDArray[np.int_], horizon: int, damping: float
) -> Array:
    """Return the mean of last value, simple smoothing and damped drift, (N, K, H).

    The drift is ``last + (last − first)/passed · (φ + … + φ^h)``; the three err in different directions.

    Args:
        rows: The histories.
        last: (N, K, 1 or H) last values.
        level: (N, K, 1) smoothed levels.
        passed: (1 or N, K) years since the first value.
        horizon: H.
        damping: φ.
    """
    slope = (last[:, :, :1] - rows.grid[:, :1, None]) / np.maximum(passed, 1)[:, :, None]
    drift = last + slope * np.cumsum(damping ** np.arange(1, horizon + 1))
    drift = np.where(rows.scale.root[:, None, None], np.maximum(drift, 0), drift)
    return np.asarray((last + level + drift) / 3)
