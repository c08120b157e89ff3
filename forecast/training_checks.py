"""The model's side of published facts on training: dissolution by year, stay, masters of journeymen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from forecast.assemble import Assembled
from forecast.districts import own_accounts
from forecast.domain.apprentices import dissolved_by_year
from forecast.domain.codes import ALL_TRADES, CodeList
from forecast.domain.panel import Panel
from forecast.domain.staying import LEFT_CRAFT, TRAINING_FIRM
from forecast.errors import InputError
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.staying import craft_stay
from forecast.estimators.transitions import LAYERS
from forecast.trained import Trained

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

DISSOLVED, NEW = "contract_terminations", "new_contracts"
#: Years the published layers are the mean of.
LAYER_YEARS: Final = (2021, 2022, 2023)
#: Steps towards the level of a year; dissolved contracts are almost in proportion to it.
STEPS: Final = 8


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """One training occupation in a year in which its dissolutions are printed.

    Args:
        trade: Trade it belongs to.
        layers: Mean layers of the trade (D, 4).
        new: New contracts of the year and the three before (4,).
        dissolved: Contracts dissolved in the year.
    """

    trade: str
    layers: FloatArray
    new: FloatArray
    dissolved: float


def layers_of(trade: str, parameters: ParameterDraws) -> FloatArray:
    """Mean layers of a trade, (D, 4)."""
    return np.stack([parameters.draw("dissolution_layer", trade=trade, layer=one) for one in LAYERS], axis=1)


def published_level(trade: str, year: int, parameters: ParameterDraws) -> float:
    """Layers of a year relative to their mean: published rate of the year / mean rate.

    The trade's own rate in the years in which it is published, else that of all occupations.
    """
    values = parameters.parameters
    if any(entry.key == (trade, year) for entry in values.parameters["dissolution_rate_year"].entries):
        rate = values.value("dissolution_rate_year", trade=trade, year=year)
        return rate / sum(values.value("dissolution_layer", trade=trade, layer=one) for one in LAYERS)
    usual = np.mean([values.value("dissolution_rate_check", year=one) for one in LAYER_YEARS])
    return float(values.value("dissolution_rate_check", year=year) / usual)


def counted_occupations(
    printed: Panel, codes: CodeList, region: str, year: int, parameters: ParameterDraws
) -> list[Counted]:
    """Occupations of a region whose dissolutions of a year are printed.

    Raises:
        InputError: There are none.
    """
    starts = np.arange(year - len(LAYERS) + 1, year + 1)
    found = []
    for code, occupation in codes.training_occupations.items():
        dissolved = printed.value(DISSOLVED, code, region, year)
        trade = codes.trades.get(occupation.trade)
        if dissolved is None or dissolved.value is None or trade is None or trade.training_years is None:
            continue
        series = printed.series(NEW, code, region)
        known = dict(zip(series.years.tolist(), series.values.tolist(), strict=True))
        new = np.array([known.get(int(start), 0.0) for start in starts])
        found.append(Counted(trade.code, layers_of(trade.code, parameters), new, float(dissolved.value)))
    if not found:
        raise InputError("Gezählte Vertragslösungen fehlen.", where=f"{region} {year}")
    return found


def dissolved_contracts(counted: Sequence[Counted], levels: FloatArray) -> FloatArray:
    """Contracts dissolved in the last of four years in all occupations, (D,), each by its trade's layers.

    Args:
        counted: Occupations (O).
        levels: Factor on the layers of each occupation in the four years, (O, D, 4).
    """
    several, draws, years = levels.shape
    new = np.repeat(np.stack([one.new for one in counted]), draws, axis=0)
    layers = np.concatenate([one.layers for one in counted])
    found = dissolved_by_year(new, layers, levels.reshape(several * draws, years))
    return np.asarray(found[:, -1].reshape(several, draws).sum(axis=0))


def counted_rate(
    printed: Panel, codes: CodeList, region: str, year: int, parameters: ParameterDraws
) -> FloatArray:
    """Dissolution rate of all occupations in a year from counts, (D,): level of the year · Σ mean layers.

    The level of each year is the one at which the layer model gives as many dissolved contracts as were
    counted in the occupations printed; the published rates of single years are not used.

    Args:
        printed: Printed figures.
        codes: Code lists.
        region: Region of the counts.
        year: Year of the rate.
        parameters: Parameter draws.
    """
    before = len(LAYERS) - 1
    level = np.ones((parameters.draws, 2 * before + 1))
    for at in range(before, level.shape[1]):
        counted = counted_occupations(printed, codes, region, year - level.shape[1] + 1 + at, parameters)
        wanted = sum(one.dissolved for one in counted)
        for _ in range(STEPS):
            window = np.broadcast_to(
                level[:, at - before : at + 1], (len(counted), parameters.draws, before + 1)
            )
            level[:, at] *= wanted / dissolved_contracts(counted, window)
    return np.asarray(level[:, -1] * layers_of(ALL_TRADES, parameters).sum(axis=1))


def published_dissolved(
    printed: Panel, codes: CodeList, region: str, year: int, parameters: ParameterDraws
) -> FloatArray:
    """Contracts dissolved in a year in the occupations printed, (D,), each year on its published level."""
    counted = counted_occupations(printed, codes, region, year, parameters)
    years = range(year - len(LAYERS) + 1, year + 1)
    levels = np.array([[published_level(one.trade, at, parameters) for at in years] for one in counted])
    levels = np.repeat(levels[:, None, :], parameters.draws, axis=1)
    return dissolved_contracts(counted, levels)


def firm_share(parameters: ParameterDraws, years: float) -> FloatArray:
    """Share of the graduates of the crafts with the training firm some years after the examination (D,)."""
    whole = max(int(np.ceil(years)) - 1, 0)
    return craft_stay(parameters, whole).at(TRAINING_FIRM, years)


def craft_share(parameters: ParameterDraws, years: int) -> FloatArray:
    """Share of the graduates in the craft some whole years after the examination (D,)."""
    return 1 - craft_stay(parameters, years - 1).at(LEFT_CRAFT, float(years))


def masters_per_journeyman(
    assembled: Assembled, ways: Mapping[tuple[str, str], Trained], region: str
) -> FloatArray:
    """Master examinations over all forecast years per journeyman of the same years, crafts of a region (D,).

    Args:
        assembled: Tasks with the accounts of masters.
        ways: What comes of the new contracts.
        region: Region.
    """
    masters, journeymen = [], []
    for task in own_accounts(assembled.tasks, region):
        cell = (task.region, task.trade)
        if task.succession is None or task.succession.masters is None:
            continue
        passed = ways[cell].graduates
        there = np.isin(passed.years, assembled.horizon)
        masters.append(task.succession.masters.inputs.examinations[:, : int(there.sum())].sum(axis=1))
        journeymen.append(passed.draws[:, there].sum(axis=1))
    if not masters:
        raise InputError("Für die Region gibt es keine Meisterkonten.", where=region)
    return np.asarray(np.sum(masters, axis=0) / np.sum(journeymen, axis=0))
