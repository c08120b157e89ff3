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
