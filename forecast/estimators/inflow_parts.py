"""What is known of the net inflow before the accounts are asked: who comes back, and who moves."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from forecast.domain.inflow_parts import (
    MIGRATION,
    MIGRATION_FACTORS,
    ORIGINS,
    RETURNERS,
    migration_rate,
    returner_rate,
)
from forecast.estimators.parameter_draws import ParameterDraws

FloatArray = NDArray[np.float64]


def known_inflow(
    profile: FloatArray, craft_leavers: FloatArray, group: str, parameters: ParameterDraws
) -> dict[str, FloatArray]:
    """Known parts of the net inflow of a trade, per head of its stock and year: part → (D,).

    Args:
        profile: Ages of the skilled workers in the base year (D, A).
        craft_leavers: Share leaving the trade for other work by age (D, A).
        group: Group of the trade.
        parameters: Parameter draws.
    """
    by_origin = [
        np.stack([parameters.draw(name, origin=origin) for origin in ORIGINS]) for name in MIGRATION_FACTORS
    ]
    return {
        RETURNERS: returner_rate(
            np.einsum("da,da->d", profile, craft_leavers),
            parameters.draw("return_share"),
            parameters.draw("share_women", group=group),
            parameters.draw("parental_return_rate"),
        ),
        MIGRATION: migration_rate(*by_origin),
    }
