"""What an origin of the back-cast may know: laws announced by then, and spreads lent from today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Assembled
from forecast.domain.parameters import ParameterSet
from forecast.estimators.ages import age_profiles
from forecast.estimators.retirement import exit_hazards
from forecast.fit import LAND, Fitted
from forecast.inputs import Inputs, Settings

FloatArray = NDArray[np.float64]
Cell = tuple[str, str]
#: Law that came within the years looked at: since when it is in force.
LONG_INSURED: Final = "long_insured_since"
DATE_PARTS: Final = ("year", "month", "day")
#: Name of the error of a proxy, which is another one than that of today's shares.
OF_PROXY: Final = "share_at_origin"


@dataclass(frozen=True, slots=True)
class Lent:
    """What an origin that has too little past takes from today: spreads, never means.

    Args:
        inflow_spread: Year-to-year spread of the net inflow per head.
        share_sd: Error of the district's share of the Land on the log scale, and the part all trades share.
        one_year: (region, occupation group) → employees one year ahead relative to their mean (D,).
        share_55plus: Group of trades and trade (or all of the group) → year → today's share aged 55 and
            over, moved back by the model.
    """

    inflow_spread: float
    share_sd: tuple[float, float]
    one_year: Mapping[Cell, FloatArray]
    share_55plus: Mapping[tuple[str, str], Mapping[int, float]]


def unknown_laws(values: ParameterSet, day: date, last: int) -> list[dict[str, object]]:
    """Overrides by which a law announced after the day of an origin is not in force in any year looked at.

    Args:
        values: Parameters of today.
        day: Day on which the stocks of the origin became public.
        last: Last year looked at.
    """
    year, month, dom = (int(values.value("long_insured_announced", part=part)) for part in DATE_PARTS)
    if date(year, month, dom) <= day:
        return []
    never = max(last, int(values.value(LONG_INSURED))) + 1
    return [{"name": LONG_INSURED, "key": {}, "value": never, "low": never, "high": never}]


def with_lent_shares(fitted: Fitted, lent: tuple[float, float]) -> tuple[Fitted, bool]:
    """Shares of the district whose error could not be estimated then take today's error; whether there are.

    It is another error than that of today's shares: the one is of a proxy, the other of a count.

    Args:
        fitted: What was fitted at the origin.
        lent: Today's error on the log scale, and the part all trades share.
    """
    missing = [trade for trade, share in fitted.shares.items() if not np.isfinite(share.log_sd)]
    if not missing:
        return fitted, False
    shares = dict(fitted.shares)
    for trade in missing:
        shares[trade] = replace(shares[trade], log_sd=lent[0], shared_sd=lent[1], error=OF_PROXY)
    return replace(fitted, shares=shares), True


def share_spread(fitted: Fitted) -> tuple[float, float]:
    """Typical distance on the log scale between a share of the district and its proxy, errors included.

    The second number is the part of it that is the same for all trades: the distance of their mean.
    """
    known = [share for share in fitted.shares.values() if np.isfinite(share.log_sd)]
    distance = np.array([share.log_mean - np.log(share.proxy) for share in known])
    total = np.sqrt(np.mean(np.square(distance) + np.square([share.log_sd for share in known])))
    return float(total), float(abs(distance.mean()))


def shares_55plus(
    inputs: Inputs, settings: Settings, today: Assembled, years: NDArray[np.int64]
) -> dict[tuple[str, str], dict[int, float]]:
    """Share aged 55 and over by group, trade and year: today's entries moved back as the Land's ages move."""
    parameters = inputs.draws(settings)
    codes, values = inputs.definitions.codes, parameters.parameters
    older = today.ages >= values.value("older_from_age")
    entries = [
        values.entry("share_55plus", group=state.trade.group, trade=state.trade.code)
        for state in today.states.values()
    ]
    found: dict[tuple[str, str], dict[int, float]] = {}
    for entry in entries:
        group, trade = (str(part) for part in entry.key)
        if (group, trade) in found:
            continue
        hazards = exit_hazards(today.ages, years + 1, group, parameters)
        profiles = age_profiles(
            inputs.panel, codes, LAND, (group, trade), today.ages, hazards, years, parameters
        )
        fraction = profiles[:, :, older].sum(axis=2).mean(axis=1)
        found[(group, trade)] = {
            int(year): float(entry.value * part / fraction[-1])
            for year, part in zip(years, fraction, strict=True)
        }
    return found
