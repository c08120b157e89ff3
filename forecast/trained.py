"""What comes of the new contracts of a trade in a region, as draws: begun, apprentices, graduates, entrants.

Published cell by cell for trades (`forecast.cells`), summed draw by draw for groups (`forecast.group_cells`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Assembled, Cell
from forecast.district_split import DISTRICTS
from forecast.domain.apprentices import (
    TrainingPipeline,
    apprentices_stock,
    contracts_begun,
    graduates,
    skilled_entrants,
    training_lag,
)
from forecast.domain.panel import Panel
from forecast.domain.staying import ONE_YEAR, PLACES, StayCurve
from forecast.estimators.contracts_path import ContractPath
from forecast.fit import LAND

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """A measure over some years as draws.

    Args:
        years: Years (Y,), ascending.
        draws: Values (D, Y); (1, Y) where they are printed and known without a range.
        known: Whether a year rests on what has been counted, not on a forecast (Y,).
    """

    years: IntArray
    draws: FloatArray
    known: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """The way of one trade's new contracts.

    Args:
        path: New contracts.
        begun: Contracts begun.
        graduates: Journeymen by year of the examination.
        entrants: Those who stay in the craft and the region.
        places: All graduates by where they work a year after the examination, in the order of `PLACES`.
        apprentices: Apprentices at the end of the year, empty where none are printed.
    """

    path: ContractPath
    begun: Stretch
    graduates: Stretch
    entrants: Stretch
    places: Mapping[str, Stretch]
    apprentices: Stretch


def trained_of(assembled: Assembled, panel: Panel, stay: StayCurve) -> dict[Cell, Trained]:
    """The way of the new contracts of every trade whose training length is known, by region and trade.

    Args:
        assembled: Paths of new contracts and transition rates.
        panel: Observed figures.
        stay: Where journeymen work after the examination.
    """
    found: dict[Cell, Trained] = {}
    for cell, path in assembled.paths.items():
        pipeline = assembled.pipelines.get(cell[1])
        if pipeline is not None:
            share = assembled.share_of(cell)
            found[cell] = trained(cell, path, pipeline, panel, share, assembled.base_year, stay)
    return found


def trained(
    cell: Cell,
    path: ContractPath,
    pipeline: TrainingPipeline,
    panel: Panel,
    share: FloatArray,
    base_year: int,
    stay: StayCurve,
) -> Trained:
    """Follow the new contracts of one trade in one region.

    Args:
        cell: Region and trade.
        path: New contracts.
        pipeline: Transition rates of the training.
        panel: Observed figures.
        share: Share of a district in the Land (D,), ones elsewhere.
        base_year: Last year with observed stocks.
        stay: Where journeymen work after the examination.
    """
    begun = contracts_begun(path.draws, pipeline.dissolution)
    out = path.years[path.years >= path.years[0] + training_lag(pipeline.training_years) + 1]
    passed = graduates(begun, path.years, out, pipeline)
    past = out <= base_year
    total = passed.sum(axis=1)
    places = {place: Stretch(out, total * stay.at(place, ONE_YEAR)[:, None], past) for place in PLACES}
    return Trained(
        path,
        Stretch(path.years, begun, path.contracted),
        Stretch(out, total, past),
        Stretch(out, skilled_entrants(passed, pipeline).sum(axis=1), past),
        places,
        _apprentices(cell, path, begun, pipeline, panel, share),
    )


def _apprentices(
    cell: Cell,
    path: ContractPath,
    begun: FloatArray,
    pipeline: TrainingPipeline,
    panel: Panel,
    share: FloatArray,
) -> Stretch:
    """Printed stocks, then the modelled ones, scaled to the last printed one."""
    region, trade = cell
    printed = panel.series("apprentices", trade, LAND if region in DISTRICTS else region)
    keep = (printed.years >= path.years[0]) & (printed.years <= path.last_observed)
    years = printed.years[keep]
    if not keep.any() or int(years[-1]) != path.last_observed:
        return Stretch(np.empty(0, dtype=np.int64), np.empty((share.size, 0)), np.empty(0, dtype=np.bool_))
    past = printed.values[keep][None, :] * share[:, None]
    stock = apprentices_stock(begun, path.years, path.years, pipeline)
    last = stock[:, path.years == path.last_observed][:, 0]
    ratio = past[:, -1] / np.maximum(last, np.finfo(float).tiny)
    ahead = path.years > path.last_observed
    return Stretch(
        np.concatenate([years, path.years[ahead]]),
        np.concatenate([past, stock[:, ahead] * ratio[:, None]], axis=1),
        np.concatenate([np.ones(years.size, dtype=np.bool_), np.zeros(int(ahead.sum()), dtype=np.bool_)]),
    )
