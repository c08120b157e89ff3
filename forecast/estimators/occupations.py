"""Skilled workers of a trade, estimated from the occupation groups in which they are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.domain.codes import OccupationLink

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
#: One number, or one per draw.
Share = float | FloatArray


@dataclass(frozen=True, slots=True)
class GroupFigures:
    """Published figures of one occupation group in one region; NaN where nothing is published.

    Args:
        group: Occupation group, for example `KldB-342`.
        years: Consecutive years (T,).
        employees: Employees subject to social insurance, craft and industry, events taken out (T,).
        vacancies: Registered vacancies, mean of the year (T,).
        unemployed: Registered unemployed looking for this occupation, mean of the year (T,).
        adjusted: Years in which an event was taken out of the employees (estimate, not printed).
    """

    group: str
    years: IntArray
    employees: FloatArray
    vacancies: FloatArray
    unemployed: FloatArray
    adjusted: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class TradeFigures:
    """What the occupation groups say of one trade in one region, before parameters are drawn.

    `share[g]` is the part of group g's bundled skilled workers that belongs to the trade: a number, or (D,)
    where the weight of its apprentices is drawn; `typical[g]` the same under the values of the parameters.
    """

    trade: str
    region: str
    groups: tuple[GroupFigures, ...]
    shares: tuple[Share, ...]
    group_apprentices: tuple[FloatArray, ...]
    typical: tuple[float, ...] = ()


def take_out_step(
    years: IntArray, total: FloatArray, local: FloatArray, first_year: int, last_year: int | None
) -> FloatArray:
    """Total without a local step: what the district gained from `first_year` on is taken out.

    `adjusted[t] = total[t] − (local[min(t, last)] − local[first − 1])` for t ≥ first. A step without last
    year is still going on.

    Args:
        years: Consecutive years (T,).
        total: Figures of the larger region (T,).
        local: Figures of the district in which the event happened (T,).
        first_year: First year that the event moved.
        last_year: Last year that the event moved, None while it lasts.

    Example:
        >>> years = np.array([2020, 2021, 2022])
        >>> total, local = np.array([50.0, 90.0, 99.0]), np.array([10.0, 45.0, 50.0])
        >>> take_out_step(years, total, local, 2021, None), take_out_step(years, total, local, 2021, 2021)
        (array([50., 55., 59.]), array([50., 55., 64.]))
    """
    before = local[years == first_year - 1]
    if before.size == 0 or np.isnan(before[0]):
        return total
    moving = local if last_year is None else np.where(years > last_year, local[years == last_year][0], local)
    change = np.where(np.isnan(moving), 0.0, moving - before[0])
    return np.where(years >= first_year, total - change, total)


def splice_level(years: IntArray, total: FloatArray, local: FloatArray, first_year: int) -> FloatArray:
    """Total whose earlier years are lifted by a local break.

    `spliced[t] = total[t] + (local[first] − local[first − 1])` for t < first.

    Example:
        >>> splice_level(np.array([2014, 2015]), np.array([50.0, 70.0]), np.array([10.0, 28.0]), 2015)
        array([68., 70.])
    """
    at, before = local[years == first_year], local[years == first_year - 1]
    if not at.size or not before.size or np.isnan(at[0] - before[0]):
        return total
    return np.where(years < first_year, total + at[0] - before[0], total)


def trade_shares(
    links: Sequence[OccupationLink],
    apprentices: Mapping[str, float],
    group: str,
    staff: Mapping[str, Share] | None = None,
) -> dict[str, Share]:
    """Share of each trade among the bundled skilled workers of an occupation group.

    `share[i|g] = a[i]·s[i]·w[i,g] / Σ_j a[j]·s[j]·w[j,g]` with a = mean stock of apprentices, s = skilled
    workers per apprentice against the other trades and w = the share of the trade's workers who are counted
    in the group. No source publishes these shares; apprentices are the only figure that exists for every
    trade, hence marked as estimated.

    Args:
        links: Crosswalk from trades to occupation groups.
        apprentices: Mean stock of apprentices by trade.
        group: Occupation group.
        staff: s by trade, a number or (D,); 1 where it is not given.

    Example:
        >>> trade_shares([], {}, "KldB-342")
        {}
    """
    weight: Mapping[str, Share] = {} if staff is None else staff
    mass = {
        link.trade: apprentices[link.trade] * link.weight * weight.get(link.trade, 1.0)
        for link in links
        if link.occupation_group == group and apprentices.get(link.trade, 0) > 0 and link.weight > 0
    }
    total = sum(mass.values())
    return {trade: value / total for trade, value in mass.items()}


def skilled_workers(figures: TradeFigures, coverage: Mapping[str, FloatArray]) -> FloatArray:
    """Skilled workers of the trade without apprentices (D, T).

    `P[i,t] = Σ_g c[g]·(employees[g,t] − apprentices[g,t])·share[i|g]`; c[g] = share of the group's employees
    who are skilled workers of the bundled trades (parameter `group_coverage`).
    """
    parts: list[FloatArray] = [
        (coverage[group.group] * share)[:, None] * np.maximum(group.employees - apprentices, 0)[None, :]
        for group, share, apprentices in zip(
            figures.groups, figures.shares, figures.group_apprentices, strict=True
        )
    ]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def matched(figures: TradeFigures, coverage: Mapping[str, FloatArray], what: str, year: int) -> FloatArray:
    """Vacancies or unemployed of the trade in one year (D,): `Σ_g c[g]·x[g,year]·share[i|g]`."""
    total = np.zeros_like(next(iter(coverage.values())))
    for group, share in zip(figures.groups, figures.shares, strict=True):
        value = getattr(group, what)[group.years == year]
        total = total + coverage[group.group] * (value[0] if value.size else np.nan) * share
    return total
