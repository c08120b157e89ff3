"""Growth of the demand for skilled workers: the employment forecast of the trade's occupation groups."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.estimators.parameter_draws import ParameterDraws

FloatArray = NDArray[np.float64]


def growth_index(
    paths: Mapping[str, FloatArray],
    last: Mapping[str, float],
    weights: Mapping[str, float],
    horizon: NDArray[np.int64],
    parameters: ParameterDraws,
) -> FloatArray:
    """Demand relative to the base year (D, Y): weighted employment forecast divided by productivity.

    `index[t] = Σ_g w[g]·forecast[g,t]/employees[g,base] / (1 + prod)^(t − base)`. The published series shows
    demand that was met, so its trend already holds past gains in productivity; `productivity_growth` is what
    a scenario adds.

    Args:
        paths: Employment forecast draws (D, Y) per occupation group.
        last: Employees of the base year per group.
        weights: Weights of the groups in the trade, any positive scale.
        horizon: Years ahead (Y,): 1, 2, ….
        parameters: Parameter draws.

    Source: methods.md, section 9.
    """
    total = sum(weights[group] for group in paths)
    parts = [weights[group] / total * paths[group] / last[group] for group in paths]
    faster = 1 + parameters.draw("productivity_growth")
    return np.asarray(np.sum(parts, axis=0) / faster[:, None] ** horizon[None, :], dtype=np.float64)


def open_places_swing(
    paths: Mapping[str, FloatArray], weights: Mapping[str, float], growth: FloatArray
) -> FloatArray:
    """Swing of the open places of a trade around their mean (D, Y): `v[t]·E growth[t] / E(growth[t]·v[t])`.

    `v = Σ_g w·registered`, E = mean over draws. Registered vacancies swing with the economy many times as
    wide as employment. Only the swing of their forecast is used: carried on, its trend would prolong a boom.
    Divided by the mean with the weight of employment, it leaves `E(growth·swing) = E growth`: open places
    rise and fall together with employment, and still keep their proportion to it in the mean.

    Args:
        paths: Forecast of registered vacancies (D, Y) per occupation group.
        weights: Weight of each group in the open places of the trade.
        growth: Employment relative to the base year (D, Y).

    Example:
        >>> open_places_swing({"KldB-342": np.array([[50.0], [150.0]])}, {"KldB-342": 0.3}, np.ones((2, 1)))
        array([[0.5],
               [1.5]])
    """
    total = np.sum([weights[group] * path for group, path in paths.items()], axis=0)
    usual = growth.mean(axis=0)
    mean = np.divide((growth * total).mean(axis=0), usual, out=np.zeros(usual.shape), where=usual > 0)
    mean = np.broadcast_to(mean, total.shape)
    return np.asarray(np.divide(total, mean, out=np.ones(total.shape), where=mean > 0), dtype=np.float64)


def with_open_places(
    growth: FloatArray, employed: FloatArray, vacancies: FloatArray, swing: FloatArray
) -> FloatArray:
    """Demand relative to the base year (D, Y) where open places swing beside employment.

    `index[t] = growth[t]·(employed + vacancies·swing[t]) / (employed + vacancies)`.

    Args:
        growth: Employment relative to the base year (D, Y).
        employed: Skilled workers of the base year (D,).
        vacancies: Open places of the base year (D,).
        swing: Swing of the open places around their mean (D, Y).

    Example:
        >>> with_open_places(np.array([[1.0]]), np.array([90.0]), np.array([10.0]), np.array([[0.5]]))
        array([[0.95]])
    """
    base = (employed + vacancies)[:, None]
    part = np.divide(vacancies[:, None], base, out=np.zeros(base.shape), where=base > 0)
    return np.asarray(growth * (1 + part * (swing - 1)), dtype=np.float64)
