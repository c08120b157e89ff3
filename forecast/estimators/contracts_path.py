"""New contracts of a trade from the first published year to the horizon, as draws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class ContractPath:
    """New contracts by start year, observed and forecast.

    Args:
        years: Consecutive start years (S,).
        draws: New contracts (D, S); observed years vary only within their rounding.
        last_observed: Last start year with a published figure.
        small: Whether single cells of the trade are no more than a clue (see `is_small`).
    """

    years: IntArray
    draws: FloatArray
    last_observed: int
    small: bool = False

    @property
    def contracted(self) -> NDArray[np.bool_]:
        """Start years (S,) whose contracts have been counted."""
        return self.years <= self.last_observed

    def until(self, year: int) -> ContractPath:
        """The same path with its last year repeated up to a later one.

        Example:
            >>> path = ContractPath(np.array([2034, 2035]), np.array([[3.0, 4.0]]), 2023)
            >>> path.until(2037).draws.tolist()
            [[3.0, 4.0, 4.0, 4.0]]
        """
        count = max(year - int(self.years[-1]), 0)
        return replace(
            self,
            years=np.concatenate([self.years, int(self.years[-1]) + 1 + np.arange(count)]),
            draws=np.concatenate([self.draws, np.repeat(self.draws[:, -1:], count, axis=1)], axis=1),
        )


def is_small(path: ContractPath, base_year: int, limit: float) -> bool:
    """Whether fewer than `limit` contracts a year are expected after the base year."""
    return float(path.draws[:, path.years > base_year].mean()) < limit


def contract_path(
    years: IntArray, values: FloatArray, forecast: FloatArray, *, base: int, cells: int, uniforms: FloatArray
) -> ContractPath:
    """Join published and forecast new contracts.

    `N[t] = printed + Σ_cells U(−base/2, base/2)` for published years, never below 0: the figure is a sum of
    `cells` cells, each rounded to a multiple of `base`. Forecast years follow without a seam.

    Args:
        years: Published years (T,), consecutive.
        values: Published figures (T,).
        forecast: Forecast draws (D, H) of the years after the last published one.
        base: Rounding base of a cell.
        cells: Number of rounded cells in a figure.
        uniforms: Uniform numbers (D, T, cells).

    Example:
        >>> path = contract_path(np.array([2022, 2023]), np.array([30.0, 33.0]), np.full((2, 1), 31.0),
        ...                      base=3, cells=1, uniforms=np.full((2, 2, 1), 0.5))
        >>> path.years.tolist(), path.draws.tolist()
        ([2022, 2023, 2024], [[30.0, 33.0, 31.0], [30.0, 33.0, 31.0]])
    """
    noise = (uniforms[:, :, :cells] - 0.5).sum(axis=2) * base
    observed = np.maximum(values[None, :] + noise, 0)
    ahead = np.arange(forecast.shape[1]) + years[-1] + 1
    return ContractPath(
        years=np.concatenate([years, ahead]).astype(np.int64),
        draws=np.concatenate([observed, forecast], axis=1),
        last_observed=int(years[-1]),
    )


def district_path(land: ContractPath, share: FloatArray) -> ContractPath:
    """New contracts of a district: `N_district[t] = N_land[t] · share[t]`, shares as draws (D, S)."""
    return ContractPath(years=land.years, draws=land.draws * share, last_observed=land.last_observed)


def carried_forward(values: Mapping[int, float], years: IntArray) -> FloatArray:
    """Values on a grid of years (T,): the last known value is kept after it, the first one before it.

    Used for the stock of apprentices that is taken out of the employees, where the newest years are not yet
    published; the error is a small part of a small part.

    Example:
        >>> carried_forward({2022: 5.0, 2023: 6.0}, np.array([2021, 2023, 2025])).tolist()
        [5.0, 6.0, 6.0]
    """
    known = np.array(sorted(values))
    place = np.clip(np.searchsorted(known, years, side="right") - 1, 0, known.size - 1)
    return np.array([values[int(known[index])] for index in place])
