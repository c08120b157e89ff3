"""Owners of a trade in a district and how many of them leave, estimated from the chamber's totals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.estimators.parameter_draws import ParameterDraws
from forecast.stats.bands import spread_bands

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class OwnerInputs:
    """What the succession account of a trade needs: owners by age and the rates of leaving, as draws.

    Args:
        owners: Owners by single age in the base year (D, A).
        exit_rates: Probability of leaving within the year (A,).
        due_ratio: Share of leaving owners whose firm the chamber counts as due for succession (D,).
        success: Share of due successions that find a successor (D,).
        successor_profile: Age profile of successors and founders (A,), sums to 1.
        foundings_rate: Foundings per owner and year that keep the number of firms on its trend (D,).
    """

    owners: NDArray[np.int64]
    exit_rates: FloatArray
    due_ratio: FloatArray
    success: FloatArray
    successor_profile: FloatArray
    foundings_rate: FloatArray


def owner_profile(ages: IntArray, parameters: ParameterDraws) -> FloatArray:
    """Share of owners by single age (A,) from the published shares aged 55+ and 60+.

    Below 55, 55–59 and 60+ are spread by a monotone spline on the cumulated shares.
    """
    p = parameters.parameters
    older, oldest = p.value("owners_55plus_share"), p.value("owners_60plus_share")
    edges = np.array([p.value("owner_age_bounds", bound=b) for b in ("from", "older", "oldest", "to")])
    single, spread = spread_bands(edges.astype(np.int64), np.array([1 - older, older - oldest, oldest]))
    profile = np.interp(ages, single, spread, left=0, right=0)
    return np.asarray(profile / profile.sum(), dtype=np.float64)


def firms_of_trades(
    firms: float, skilled: Mapping[str, FloatArray], parameters: ParameterDraws, year_gap: int
) -> dict[str, FloatArray]:
    """Firms of each craft trade as draws (D,), from the chamber's total.

    `firms[i] = F·(1+trend)^gap·annex A share·bundled share·(craft_i / Σ_j craft_j)·exp(s·z)`,
    craft_i = skilled workers of the trade in craft firms. No per-trade count is published for the district;
    s is the judged spread of firm sizes between trades.

    Args:
        firms: Published number of firms of the district.
        skilled: Skilled workers per craft trade (D,).
        parameters: Parameter draws.
        year_gap: Years between the published count and the base year.
    """
    p = parameters
    trend = (1 + p.draw("firm_trend")) ** year_gap
    pool = firms * trend * p.draw("annex_a_share") * p.draw("bundled_share_of_annex_a")
    craft = {trade: stock * p.draw("craft_share", trade=trade) for trade, stock in skilled.items()}
    total = np.sum(list(craft.values()), axis=0)
    spread = p.draw("firm_size_spread")
    return {
        trade: pool * part / total * np.exp(spread * p.normal("firms", trade))
        for trade, part in craft.items()
    }


def owner_inputs(firms: FloatArray, ages: IntArray, parameters: ParameterDraws) -> OwnerInputs:
    """Owners by age and rates of a trade; one owner a firm.

    `due_ratio = due_rate / Σ_x profile[x]·exit[x]`: the chamber counts fewer firms as due for succession
    than owners leave; the rest fades out unseen. `foundings = closures + trend` in the base year.
    """
    p = parameters
    profile = owner_profile(ages, p)
    first = int(p.parameters.value("owner_exit_first_age"))
    exit_rates = np.zeros(ages.size)
    exit_rates[ages >= first] = p.parameters.vector("owner_exit_rate", "age", ages[ages >= first])
    leaving = float(profile @ exit_rates)
    due_ratio = np.minimum(p.draw("due_rate") / leaving, 1)
    success = p.draw("success_share")
    closing = leaving * (1 - due_ratio * success)
    distance = (ages - p.parameters.value("successor_age")) / p.parameters.value("successor_age_spread")
    successors = np.where(ages < first, np.exp(-(distance**2) / 2), 0)  # nobody starts at the age of leaving
    return OwnerInputs(
        owners=np.rint(firms[:, None] * profile[None, :]).astype(np.int64),
        exit_rates=exit_rates,
        due_ratio=due_ratio,
        success=success,
        successor_profile=successors / successors.sum(),
        foundings_rate=np.maximum(closing + p.draw("firm_trend"), 0),
    )
