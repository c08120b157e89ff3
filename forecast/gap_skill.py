"""Whether the gap of the accounts, asked at past years, beat the last gap left unchanged: by region and row.

The accounts are asked at every past year (`forecast.back_cast`) with fewer draws than a release: what is
compared are means over many trades and years, not ranges. Origins that could not learn a net inflow are left
out: their accounts are not those of a release. The same comparisons are a document of the release
(`forecast.past_forecasts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

import pandas as pd

from forecast.assemble import assemble
from forecast.back_cast import NO_INFLOW, back_cast
from forecast.back_cast_scores import BANDS
from forecast.domain.codes import ALL_TRADES, Trade
from forecast.fit import DISTRICT, employee_years, fit
from forecast.group_rows import GROUP_ROWS, SINGLE
from forecast.inputs import Inputs, Settings
from forecast.past_forecasts import QUANTITIES

GAP: Final = "gap"
DRAWS: Final = 100
Lost = Mapping[str, Mapping[str, Mapping[int, bool]]]


def past_years(
    inputs: Inputs, settings: Settings, on_progress: Callable[[int, int], None] | None = None
) -> pd.DataFrame:
    """Ask the accounts at every past year that could learn what a release learns.

    Args:
        inputs: Validated inputs of today.
        settings: Seed, draws and workers.
        on_progress: Called with (finished, total) past years.

    Returns:
        Rows of a back-cast with ranges.

    Raises:
        ModelError: No past year could be computed.
    """
    definitions = replace(inputs.definitions, parameters=inputs.definitions.parameters.apart())
    inputs = replace(inputs, definitions=definitions)  # what past years read is not what a release reads
    settings = replace(settings, draws=min(settings.draws, DRAWS))
    codes, events, parameters = definitions.codes, definitions.events, inputs.draws(settings)
    ahead = int(employee_years(inputs.panel, DISTRICT)[-1]) + 1
    fitted = fit(inputs.panel, codes, events, parameters, ahead)
    today = assemble(fitted, inputs.panel, codes, events, parameters, ahead, inputs.as_of.year + 1)
    cast = back_cast(inputs, settings, today, fitted, on_progress, quantities=QUANTITIES)
    alone = {year for year, lent in cast.borrowed.items() if NO_INFLOW in lent}
    return cast.rows[~cast.rows["origin"].isin(alone)]


def verdicts(rows: pd.DataFrame, trades: Iterable[Trade]) -> dict[str, dict[str, dict[int, bool]]]:
    """Mean error of the gap against that of the last value, by region, row and years ahead.

    `Σ|forecast − truth| > Σ|last value − truth|` over all origins and target years of a band of years ahead;
    for single trades over the trades as well, for a group row of the sums over its trades.

    Args:
        rows: Rows of a back-cast: `region, trade, quantity, origin, year, horizon, forecast, truth, naive`.
        trades: All trades, for the members of the group rows.
    """
    gaps = rows[(rows["quantity"] == GAP) & (rows["trade"] != ALL_TRADES) & rows["naive"].notna()]
    known = list(trades)
    parts = {SINGLE: gaps}
    for row in GROUP_ROWS:
        members = [trade.code for trade in known if row.holds(trade)]
        held = gaps[gaps["trade"].isin(members)]
        parts[row.code] = held.groupby(["region", "origin", "year", "horizon"], as_index=False)[
            ["forecast", "truth", "naive"]
        ].sum()
    found: dict[str, dict[str, dict[int, bool]]] = {}
    for code, part in parts.items():
        errors = part.assign(
            ours=(part["forecast"] - part["truth"]).abs(), last=(part["naive"] - part["truth"]).abs()
        )
        for first, final in BANDS.values():
            band = errors[errors["horizon"].between(first, final)]
            for region, group in band.groupby("region"):
                lost = bool(group["ours"].sum() > group["last"].sum())
                by_year = found.setdefault(str(region), {}).setdefault(code, {})
                by_year |= dict.fromkeys(range(first, final + 1), lost)
    return found
