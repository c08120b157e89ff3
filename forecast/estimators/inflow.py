"""Net inflow from elsewhere: what the accounts of the past leave unexplained, pooled over trades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.errors import ModelError
from forecast.estimators.inflow_shocks import INDEPENDENT, Shocks, mean_error
from forecast.stats.rates import pool_estimates

FloatArray = NDArray[np.float64]


def past_inflow(stock: FloatArray, exits: FloatArray, entrants: FloatArray) -> FloatArray:
    """Net inflow per head in each past year, backwards from the account.

    `E[t] = (P[t+1] − P[t])/P[t] + x[t] − G[t+1]/P[t]`: the change of the stock that exits and young
    journeymen do not explain is migration, change of occupation and return to the trade.

    Args:
        stock: Skilled workers (D, T) of consecutive years.
        exits: Exits per head (D, T), all causes, at the age structure of the year.
        entrants: Journeymen who enter in the year (D, T), same years as the stock.

    Returns:
        Net inflow per head (D, T−1).

    Source: accounting residual of Hyndman and Nguyen (methods.md, section 1).

    Example:
        >>> stock, exits = np.array([[100.0, 98.0]]), np.array([[0.05, 0.06]])
        >>> past_inflow(stock, exits, np.array([[0.0, 2.0]])).round(3)
        array([[0.01]])
    """
    growth = stock[:, 1:] / stock[:, :-1] - 1
    return growth + exits[:, :-1] - entrants[:, 1:] / stock[:, :-1]


def with_job_seekers(employed: FloatArray, seekers: FloatArray) -> FloatArray:
    """Skilled workers of past years, those employed and those looking for work (D, T).

    The stock that is carried on counts both. An account of the employed alone would read everybody who found
    work as newcomer from elsewhere, and carry that on when nobody is left to be found. Where job seekers of a
    year are not published, their number per employed lies on the line between the years beside it; before the
    first and after the last known year it stays.

    Args:
        employed: Skilled workers employed (D, T).
        seekers: Skilled job seekers (D, T); NaN in years without figures, the same in all draws. At least one
            year is known.

    Example:
        >>> with_job_seekers(np.array([[100.0, 100.0, 200.0]]), np.array([[10.0, np.nan, 60.0]]))
        array([[110., 120., 260.]])
    """
    known = np.flatnonzero(np.isfinite(seekers).all(axis=0))
    rate = seekers[:, known] / np.maximum(employed[:, known], np.finfo(float).tiny)
    years = np.arange(employed.shape[1])
    between = np.stack([np.interp(years, known, unit) for unit in np.eye(known.size)])
    return np.asarray(employed * (1 + rate @ between))


@dataclass(frozen=True, slots=True)
class PooledInflow:
    """Net inflow per head of one cell, learned from the past.

    Args:
        mean: Mean of the years seen, as draws of what the past itself leaves open (D,).
        spread: Standard deviation from year to year.
        common_error: Standard error of the mean that all trades of a region share.
        own_error: Standard error of the mean that is the cell's own.
        last: Net inflow per head of the last year seen (D,); None where no year was seen.
    """

    mean: FloatArray
    spread: float
    common_error: float
    own_error: float
    last: FloatArray | None = None


def pooled_inflow(
    rates: list[FloatArray], spread: float | None = None, shocks: Shocks = INDEPENDENT
) -> list[PooledInflow]:
    """Mean net inflow of each cell as draws (D,) and its year-to-year spread, pooled over the cells.

    The mean of a cell is drawn towards the mean of all cells by the ratio of the variance between
    cells to its own sampling variance (partial pooling); the year-to-year spread is pooled outright. What all
    cells have in common says nothing about differences between them and does not count there. A cell
    without a year of its own takes the mean of the others; where no cell has two years, the mean is zero.

    Args:
        rates: Per cell the yearly net inflow per head (D, T); T may be 0.
        spread: Year-to-year spread to use where no cell has two years to show it.
        shocks: How the yearly deviations hang together.

    Raises:
        ModelError: No cell has two years and no spread is given.
    """
    if not rates:
        return []
    varied = [rate for rate in rates if rate.shape[1] > 1]
    if varied:
        spread = float(np.sqrt(np.mean([np.median(rate.var(axis=1, ddof=1)) for rate in varied])))
    elif spread is None:
        raise ModelError(
            "Der Nettozugang lässt sich nicht schätzen: kein Gewerk hat zwei vollständige Jahre.",
            where="Nettozugang",
            expected="Beschäftigte und Neuabschlüsse über mindestens eine Ausbildungsdauer und zwei Jahre",
            remedy="Längere Reihen einlesen.",
        )
    if not varied:
        common, own = mean_error(spread, 1, shocks)
        return [PooledInflow(np.zeros(len(rate)), spread, common, own) for rate in rates]
    means = [rate.mean(axis=1) if rate.shape[1] else np.zeros(len(rate)) for rate in rates]
    known = np.array([rate.shape[1] > 0 for rate in rates])
    typical = np.where(known, [float(np.median(mean)) for mean in means], np.nan)
    longest = max(rate.shape[1] for rate in rates)
    errors = [mean_error(spread, rate.shape[1] or longest, shocks) for rate in rates]
    posterior = pool_estimates(typical, np.array([own for _, own in errors]))
    return [
        PooledInflow(mean - seen + centre, spread, common, float(sd), rate[:, -1] if rate.shape[1] else None)
        for rate, mean, seen, centre, sd, (common, _) in zip(
            rates, means, np.where(known, typical, 0.0), posterior.mean, posterior.sd, errors, strict=True
        )
    ]


def expected_path(mean: FloatArray, last: FloatArray | None, keep: float, years: int) -> FloatArray:
    """Expected net inflow per head in the years ahead (D, Y): from that of the last year back to the mean.

    `e[h] = mean + φ^h·(last − mean)`: what the persistence φ of the shocks makes of the last deviation. Where
    no year was seen, the mean.

    Args:
        mean: Mean net inflow per head (D,).
        last: Net inflow per head of the last year (D,).
        keep: Persistence φ.
        years: Years ahead Y.

    Example:
        >>> expected_path(np.array([0.02]), np.array([-0.02]), 0.5, 2)
        array([[0.  , 0.01]])
    """
    away = np.zeros(mean.shape) if last is None else last - mean
    return np.asarray(mean[:, None] + away[:, None] * keep ** np.arange(1, years + 1))


def inflow_path(mean: FloatArray, shocks: FloatArray, index: FloatArray, response: FloatArray) -> FloatArray:
    """Net inflow per head and year (D, Y): the mean of the past, answering what demand does unexpectedly.

    `e[t] = mean + ρ·(g[t] − E g[t]) + (1 − ρ)·shock[t]` with g the growth of demand in the draw. What the
    past shows as inflow is employment that was filled: its ups and downs are mostly those of demand. A share
    ρ of an unexpected change is therefore met by inflow, the rest opens or closes the gap.

    Args:
        mean: Expected net inflow per head (D, Y).
        shocks: Inflow that has nothing to do with demand (D, Y).
        index: Demand relative to the base year (D, Y).
        response: ρ as draws (D,).

    Example:
        >>> index = np.array([[1.1], [0.9]])
        >>> inflow_path(np.zeros((2, 1)), np.zeros((2, 1)), index, np.array([0.5, 0.5])).round(3)
        array([[ 0.05],
               [-0.05]])
    """
    before = np.concatenate([np.ones((index.shape[0], 1)), index[:, :-1]], axis=1)
    growth = index / np.maximum(before, np.finfo(float).tiny) - 1
    surprise = np.clip(growth - growth.mean(axis=0), -1, 1)
    return np.asarray(mean + response[:, None] * surprise + (1 - response[:, None]) * shocks)
