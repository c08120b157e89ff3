"""The other districts of the Land: how what is left beside the published district is divided between them.

For them no stock by occupation group is published. What the Land holds beside the published district is
known; it is divided by the craft census, with the error such a division has where it can be checked: the
published district, group by group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.domain.codes import ALL_TRADES, CodeList
from forecast.domain.panel import Panel
from forecast.domain.provenance import Event
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.region import group_figures
from forecast.fit import (
    DISTRICT,
    LAND,
    DistrictShare,
    Fitted,
    employee_years,
    published_share,
    without_craft_factor,
)
from forecast.hierarchy import MINUS
from forecast.stats.allocate import district_shares

FloatArray = NDArray[np.float64]
#: Districts whose matrix is divided from the rest of the Land; the second one takes what the first leaves.
OTHERS: Final = ("HWK-CB", "HWK-P")
DISTRICTS: Final = (DISTRICT, *OTHERS)
REST: Final = MINUS.join((LAND, DISTRICT))
CENSUS, ANNEX_A = "sv_employees", "HwO-A"
STAFF, OPEN_PLACES, SEEKERS = "employees", "vacancies", "unemployed"
_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True, slots=True)
class Spread:
    """Error of a division on the log-odds scale: the part all trades share, and a trade's own."""

    shared: float
    own: float


@dataclass(frozen=True, slots=True)
class DistrictSplit:
    """The first of the other districts in the rest of the Land.

    Args:
        log_odds: Of its share in the craft employees of the rest, by the census.
        spreads: Error of dividing employees; of open places and job seekers against employees.
        drift: Yearly standard deviation by which log odds of a district's employees move apart.
        contracts: Trade → its share in the Land's new contracts.
    """

    log_odds: float
    spreads: Mapping[str, Spread]
    drift: float
    contracts: Mapping[str, DistrictShare]


@dataclass(frozen=True, slots=True)
class TradeSplit:
    """Shares of the first of the other districts in the rest, draws (D,); ``tilt`` (D, Y) moves log odds."""

    staff: FloatArray
    open_places: FloatArray
    seekers: FloatArray
    contracts: FloatArray
    tilt: FloatArray


def logit(share: FloatArray) -> FloatArray:
    """Log odds of a share."""
    return np.asarray(np.log(share / (1 - share)))


def expit(log_odds: FloatArray) -> FloatArray:
    """The share with these log odds.

    Example:
        >>> expit(np.array([0.0])).tolist()
        [0.5]
    """
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def census_counts(panel: Panel, codes: CodeList) -> dict[str, float] | None:
    """Craft employees of every district in the newest year counted for all its Kreise; None if one lacks."""
    counted: dict[str, float] = {}
    for region in DISTRICTS:
        years: dict[int, list[float]] = {}
        kreise = codes.children(region)
        for kreis in kreise:
            series = panel.series(CENSUS, ANNEX_A, kreis)
            for year, value in zip(series.years.tolist(), series.values.tolist(), strict=True):
                years.setdefault(year, []).append(value)
        complete = [year for year, values in years.items() if len(values) == len(kreise)]
        if not complete:
            return None
        counted[region] = float(sum(years[max(complete)]))
    return counted


def spread_of(deviation: FloatArray, weight: FloatArray) -> Spread:
    """Error seen in deviations of groups: that of their mean, and around it.

    Example:
        >>> spread_of(np.array([0.1, 0.3]), np.array([1.0, 1.0]))
        Spread(shared=0.2, own=0.1)
    """
    mean = float(np.average(deviation, weights=weight))
    own = float(np.sqrt(np.average(np.square(deviation - mean), weights=weight)))
    return Spread(round(abs(mean), 12), round(own, 12))


def split_of(
    panel: Panel, codes: CodeList, events: Sequence[Event], fitted: Fitted, recent: int
) -> DistrictSplit | None:
    """How the rest of the Land is divided, and how wrong that may be; None where no census says so.

    Args:
        panel: Observed figures.
        codes: Code lists.
        events: Events to take out of the employees.
        fitted: Shares of the published district.
        recent: Last years whose mean counts.
    """
    census = census_counts(panel, codes)
    if census is None:
        return None
    whole = sum(census.values())
    years = employee_years(panel, DISTRICT)
    found: dict[str, list[tuple[float, float]]] = {STAFF: [], OPEN_PLACES: [], SEEKERS: []}
    drifts: list[tuple[float, float]] = []
    crafts = float(logit(np.array(census[DISTRICT] / whole)))
    for group in sorted({link.occupation_group for link in codes.links}):
        here = group_figures(panel, codes, events, group, DISTRICT, years)
        land = group_figures(panel, codes, events, group, LAND, years)
        if here is None or land is None:
            continue
        odds = {name: _log_odds(getattr(here, name), getattr(land, name), recent) for name in found}
        size = float(land.employees[-1])
        found[STAFF].append((odds[STAFF] - crafts, size))
        for name in (OPEN_PLACES, SEEKERS):
            if np.isfinite(odds[name]):
                found[name].append((odds[name] - odds[STAFF], size))
        share = here.employees[[0, -1]] / np.maximum(land.employees[[0, -1]], _TINY)
        drifts.append((float(np.diff(logit(share))[0]), size))
    moved, size_of = np.array(drifts).T
    steps = max(len(years) - 1, 1)
    first, second = (census[region] for region in OTHERS)
    return DistrictSplit(
        log_odds=float(np.log(first / second)),
        spreads={name: spread_of(*np.array(pairs).T) for name, pairs in found.items()},
        drift=float(np.sqrt(np.average(np.square(moved), weights=size_of) / steps)),
        contracts=contract_shares(panel, codes, fitted, census),
    )


def _log_odds(part: FloatArray, whole: FloatArray, recent: int) -> float:
    known = np.isfinite(part) & np.isfinite(whole)
    top, bottom = part[known][-recent:].sum(), whole[known][-recent:].sum()
    return float(np.log(top / (bottom - top))) if 0 < top < bottom else float("nan")


@dataclass(frozen=True, slots=True)
class Unprinted:
    """New contracts in the trades a chamber did not print one by one: its total less those it did.

    Args:
        district: Of the district.
        land: Of the Land; estimated, because no total of its crafts is published.
        proxy: Census share of the district in the Land.
        error: Standard error on the log scale beyond counting.
    """

    district: float
    land: float
    proxy: float
    error: float

    @property
    def factor(self) -> float:
        """Log of what the proxy has to be multiplied by."""
        return float(np.log(self.district / self.land) - np.log(self.proxy))

    @property
    def sd(self) -> float:
        """Standard error of the factor, counting included."""
        return float(np.sqrt(1 / self.district + 1 / self.land + self.error**2))


def unprinted(panel: Panel, codes: CodeList, fitted: Fitted, census: Mapping[str, float]) -> Unprinted | None:
    """What the total of the first of the other districts says of trades it did not print; None without one.

    The Land's total is the published district's by its share in the Land's trades of that year.
    """
    year = fitted.totals.anchor
    if year is None:
        return None
    counted = [panel.value("new_contracts", ALL_TRADES, region, year) for region in (DISTRICT, OTHERS[0])]
    here_total, other_total = (0.0 if one is None else float(one.value or 0) for one in counted)
    if not here_total or not other_total:
        return None
    here = land = printed = printed_land = error = 0.0
    for trade, share in fitted.shares.items():
        if codes.trades[trade].sector != "craft" or not np.isfinite(share.log_mean):
            continue
        whole = panel.value("new_contracts", trade, LAND, year)
        count = 0.0 if whole is None else float(whole.value or 0)
        here, land = here + count * float(np.exp(share.log_mean)), land + count
        error = max(error, share.shared_sd)
        own, base = published_share(panel, codes, trade, OTHERS[0])
        if np.isfinite(own):
            printed, printed_land = printed + own, printed_land + base
    if here <= 0:
        return None
    left, left_land = other_total - printed, here_total * land / here - printed_land
    if left <= 0 or left_land <= left:
        return None
    return Unprinted(left, left_land, census[OTHERS[0]] / sum(census.values()), error)


def contract_shares(
    panel: Panel, codes: CodeList, fitted: Fitted, census: Mapping[str, float]
) -> dict[str, DistrictShare]:
    """Share of the first of the other districts in the Land's new contracts, trade by trade.

    The proxy is its census share of what the published district leaves. Trades the chamber printed correct it
    as in the published district. The others are what its total leaves: together they have the factor of that
    remainder, and spread around it as all factors do.
    """
    trades = [trade for trade, share in fitted.shares.items() if np.isfinite(share.log_mean)]
    first = census[OTHERS[0]] / sum(census[region] for region in OTHERS)
    observed = np.array([published_share(panel, codes, trade, OTHERS[0]) for trade in trades])
    proxies = np.array([(1 - fitted.shares[trade].proxy) * first for trade in trades])
    left = unprinted(panel, codes, fitted, census)
    extra = [] if left is None else [(left.district, left.land, left.proxy)]
    table = np.array([(*pair, proxy) for pair, proxy in zip(observed, proxies, strict=True)] + extra)
    mean, sd, shared = (part[: len(trades)] for part in district_shares(*table.T))
    if left is not None:
        open_ones = np.isnan(observed[:, 0])
        between = np.sqrt(np.maximum(sd**2 - shared**2, 0))
        mean = np.where(open_ones, np.log(proxies) + left.factor, mean)
        sd = np.where(open_ones, np.hypot(between, left.sd), sd)
        shared = np.where(open_ones, left.sd, shared)
    craft = np.array([codes.trades[trade].sector == "craft" for trade in trades])
    mean, sd = without_craft_factor(mean, sd, np.log(proxies), craft)
    seen = observed[:, 0] / observed[:, 1]
    return {
        trade: DistrictShare(
            float(mean[row]), float(sd[row]), float(shared[row]),
            float(seen[row]) if np.isfinite(seen[row]) else None, float(proxies[row]), f"share_{OTHERS[0]}",
        )
        for row, trade in enumerate(trades)
        if np.isfinite(sd[row])
    }  # fmt: skip


def trade_split(
    split: DistrictSplit, trade: str, share: FloatArray, steps: int, parameters: ParameterDraws
) -> TradeSplit | None:
    """Shares of the first of the other districts in the rest, for one trade; None without its contracts.

    Employees: `expit(census + s₁·z + s₂·z_trade)`; open places and job seekers deviate from employees by
    their own error; `tilt[t]` is a random walk with the yearly drift. New contracts: its share of the Land by
    what the published district leaves.

    Args:
        split: The division of all trades.
        trade: Code of the trade.
        share: Share of the published district in the Land's new contracts (D,).
        steps: Forecast years Y.
        parameters: Parameter draws.
    """
    contract = split.contracts.get(trade)
    if contract is None:
        return None

    def error(name: str) -> FloatArray:
        spread = split.spreads[name]
        key = f"district_split_{name}"
        return spread.shared * parameters.normal(key) + spread.own * parameters.normal(key, trade)

    staff = split.log_odds + error(STAFF)
    walk = [parameters.normal("district_drift", trade, str(step)) for step in range(steps)]
    of_land = np.exp(
        contract.log_mean
        + contract.shared_sd * parameters.normal(contract.error)
        + np.sqrt(contract.log_sd**2 - contract.shared_sd**2) * parameters.normal(contract.error, trade)
    )
    return TradeSplit(
        staff=expit(staff),
        open_places=expit(staff + error(OPEN_PLACES)),
        seekers=expit(staff + error(SEEKERS)),
        contracts=np.clip(of_land / np.maximum(1 - share, _TINY), 0.01, 0.99),
        tilt=split.drift * np.cumsum(np.stack(walk, axis=1), axis=1),
    )


def divided(
    split: DistrictSplit | None, shares: Mapping[str, FloatArray], steps: int, parameters: ParameterDraws
) -> dict[str, TradeSplit]:
    """How each trade is divided between the other districts.

    Args:
        split: The division of all trades, None where there is none.
        shares: Share of the published district in the Land's new contracts (D,) by trade.
        steps: Forecast years Y.
        parameters: Parameter draws.
    """
    if split is None:
        return {}
    found = {trade: trade_split(split, trade, share, steps, parameters) for trade, share in shares.items()}
    return {trade: one for trade, one in found.items() if one is not None}
