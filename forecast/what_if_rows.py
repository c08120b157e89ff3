"""Rows of an answer «what if»: single trades, and groups of trades as sums of their members in every draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.domain.expected import Singles

Members = Mapping[str, tuple[str, ...]]


def rows_of(groups: Members, trades: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Every row that can be asked for, by code: each trade with accounts, then the groups that hold any.

    Example:
        >>> rows_of({"GRP-A": ("A-1", "A-9"), "GRP-B": ("B-1",)}, ["A-1", "A-2"])
        {'A-1': ('A-1',), 'A-2': ('A-2',), 'GRP-A': ('A-1',)}
    """
    here = {code: tuple(one for one in members if one in trades) for code, members in groups.items()}
    return {trade: (trade,) for trade in trades} | {code: held for code, held in here.items() if held}


def summed(
    made: Mapping[str, Singles], singles: Sequence[str], rows: Members, chosen: Sequence[str]
) -> dict[str, Singles]:
    """Measures (T, Y, D) of single trades as measures of the rows chosen; a group is the sum of its members.

    A member whose year cannot be reached adds no contracts to the training need of its group; a group of
    which no member can be reached has none, as in the release.

    Args:
        made: Measures of the single trades.
        singles: Their codes (T).
        rows: Members of every row.
        chosen: Codes of the rows.
    """
    if tuple(chosen) == tuple(singles):
        return dict(made)
    at = [[singles.index(member) for member in rows[code]] for code in chosen]
    return {name: np.stack([_sum(draws[places]) for places in at]) for name, draws in made.items()}


def _sum(draws: Singles) -> Singles:
    """Sum over members (n, Y, D); not a number where it is none for all of them."""
    if len(draws) == 1:
        return np.asarray(draws[0])
    total = np.asarray(np.nansum(draws, axis=0, dtype=np.float64))
    total[np.isnan(draws).all(axis=0)] = np.nan
    return np.asarray(total, dtype=np.float32)


def summed_plain(
    values: npt.NDArray[Any], singles: Sequence[str], rows: Members, chosen: Sequence[str]
) -> npt.NDArray[Any]:
    """Sums of values of single trades (T, …) over the members of each row, (R, …)."""
    return np.stack([values[[singles.index(one) for one in rows[code]]].sum(axis=0) for code in chosen])
