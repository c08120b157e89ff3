"""Training need under levers: the new contracts a year that would close the gap of each year.

The arithmetic of `forecast.projection.project_training_need` in single precision, for arrays (year, draw).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.domain.apprentices import training_lag
from forecast.domain.expected import Singles
from forecast.lever_effects import ExitRates, Training
from forecast.what_if_inputs import WhatIfInputs


@dataclass(frozen=True, slots=True, eq=False)
class Yields:
    """What contracts of the start years in time bring, by target year.

    Args:
        brought: Skilled workers in the target year from one more contract a year (Y, D); nought where too
            few start years are in time.
        planned: Contracts a year expected anyway in these start years (Y, D).
    """

    brought: Singles
    planned: Singles

    def need(self, gap: Singles) -> Singles:
        """Return the new contracts a year (Y, D): ``max(0, planned + gap / brought)``, or NaN."""
        reached = self.brought > 0
        extra = np.divide(gap, self.brought, out=np.full(gap.shape, np.nan, dtype=np.float32), where=reached)
        return np.maximum(self.planned + extra, 0)


def yields_of(
    inputs: WhatIfInputs, trade: int, training: Training, rates: ExitRates, inflow_rate: Singles
) -> Yields:
    """Return what one more contract a year brings to each target year.

    ``brought[T] = Σ_s Σ_t graduates per contract · stay[t] · retained[t, T] / (1 − l0)`` over the start years
    s in time.

    Args:
        inputs: Inputs of the region.
        trade: Position of the trade.
        training: The way from contract to journeyman.
        rates: Hazards of each forecast year.
        inflow_rate: Net inflow per head (Y, D).
    """
    starts, years = inputs.start_years, inputs.years
    brought = np.zeros((len(years), inputs.draws), dtype=np.float32)
    planned = np.zeros_like(brought)
    lag = training_lag(float(inputs.training_years[trade]))
    opened = np.flatnonzero(starts >= inputs.first_start)
    first = int(np.searchsorted(years, inputs.first_start + lag))
    if first >= len(years):
        return Yields(brought, planned)
    entering = _entering(inputs, training, lag, first)
    people, low, width = _newcomers(inputs, len(years) - first)
    for step in range(first, len(years)):
        there = step - first
        if there:
            _thin_out(people, there, inputs, trade, rates, inflow_rate, step, low, width)
        in_time = opened[starts[opened] + lag <= years[step]]
        if len(in_time) >= max(inputs.least_cohorts, 1):
            # start years whose first attempt is in time count with their repeats up to the target
            kept = np.add.reduce(people[: there + 1], axis=1)
            brought[step] = np.add.reduce(entering[: there + 1] * kept, axis=0)
            planned[step] = training.contracts[in_time].mean(axis=0)
    return Yields(brought, planned)


def _entering(inputs: WhatIfInputs, training: Training, lag: int, first: int) -> Singles:
    """New journeymen of each year from `first` on per one more contract in every start year, (n, D)."""
    starts, found = inputs.start_years, []
    for entry in range(first, len(inputs.years)):
        coming = np.zeros(inputs.draws, dtype=np.float32)
        for delay, share in ((lag, training.first), (lag + 1, training.later)):
            start = int(inputs.years[entry]) - delay
            if start >= inputs.first_start:
                at = start - int(starts[0])
                coming += share[at] / np.maximum(training.kept[at], np.finfo(np.float32).eps)
        found.append(coming * training.stay[entry])
    return np.stack(found)


def _newcomers(inputs: WhatIfInputs, count: int) -> tuple[Singles, int, int]:
    """Those entering in each of some years by age, each year adding to 1, (n, a, D); first age and ages a."""
    # ages at which hardly anybody enters change the share by less than the square root of the precision
    entering = np.flatnonzero(inputs.entry_profile > np.sqrt(np.finfo(np.float32).eps))
    low, width = int(entering[0]), len(entering)
    profile = inputs.entry_profile[low : low + width] / inputs.entry_profile[low : low + width].sum()
    people = np.empty((count, width, inputs.draws), dtype=np.float32)
    people[...] = profile[:, None]
    return people, low, width


def _thin_out(
    people: Singles,
    there: int,
    inputs: WhatIfInputs,
    trade: int,
    rates: ExitRates,
    inflow_rate: Singles,
    step: int,
    low: int,
    width: int,
) -> None:
    """Take the year's exits from all who entered before it: who entered i years ago is i years older."""
    stay = rates.staying(step, low + width + there) * (1 - inputs.jobs_lost[trade, step])
    stay += inflow_rate[step]
    np.maximum(stay, 0, out=stay)
    for place in range(there):
        older = stay[low + there - place :][:width]
        people[place, : len(older)] *= older
