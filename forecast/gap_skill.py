"""Whether the gap of the accounts, asked at past years, beat the last gap left unchanged: by region and row.

The accounts are asked at every past year (`forecast.back_cast`) with fewer draws than a release: what is
compared are means over many trades and years, not ranges. Origins that could not learn a net inflow are left
out: their accounts are not those of a release. The same comparisons are a document of the release
(`forecast.past_forecasts`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Final

import pandas as pd
import yaml

from forecast.assemble import assemble
from forecast.back_cast import NO_INFLOW, Asked, begin_back_cast, finish_back_cast
from forecast.back_cast_scores import BANDS
from forecast.compute import Begun
from forecast.domain.codes import ALL_TRADES, Trade
from forecast.fit import DISTRICT, employee_years, fit
from forecast.group_rows import GROUP_ROWS, SINGLE
from forecast.inputs import Inputs, Settings
from forecast.past_forecasts import QUANTITIES

GAP: Final = "gap"
#: Folder of the artefact below the models, and its file for machines.
QUANTITY: Final = "past_years"
ROWS: Final = "rows.parquet"
DRAWS: Final = 100
Lost = Mapping[str, Mapping[str, Mapping[int, bool]]]


def begin_past_years(inputs: Inputs, settings: Settings) -> Begun[Asked]:
    """Let the accounts be asked at every past year in other processes.

    Args:
        inputs: Validated inputs of today.
        settings: Seed, draws and workers.
    """
    definitions = replace(inputs.definitions, parameters=inputs.definitions.parameters.apart())
    inputs = replace(inputs, definitions=definitions)  # what past years read is not what a release reads
    settings = replace(settings, draws=min(settings.draws, DRAWS))
    codes, events, parameters = definitions.codes, definitions.events, inputs.draws(settings)
    ahead = int(employee_years(inputs.panel, DISTRICT)[-1]) + 1
    fitted = fit(inputs.panel, codes, events, parameters, ahead)
    today = assemble(fitted, inputs.panel, codes, events, parameters, ahead, inputs.as_of.year + 1)
    return begin_back_cast(inputs, settings, today, fitted, quantities=QUANTITIES)


def past_years(begun: Begun[Asked], on_progress: Callable[[int, int], None] | None = None) -> pd.DataFrame:
    """Wait for the past years; return the rows of their back-cast with ranges.

    Args:
        begun: What `begin_past_years` returned.
        on_progress: Called with (finished, total) past years.

    Raises:
        ModelError: No past year could be computed.
    """
    cast = finish_back_cast(begun, on_progress)
    alone = {year for year, lent in cast.borrowed.items() if NO_INFLOW in lent}
    return cast.rows[~cast.rows["origin"].isin(alone)].reset_index(drop=True)


def past_files(rows: pd.DataFrame, lost: Lost, inputs: Inputs, settings: Settings) -> dict[str, bytes]:
    """Return the comparisons as files of an artefact: Parquet and YAML for machines, Markdown for people."""
    card = {
        "quantity": QUANTITY,
        "title_de": "Konten zu früheren Jahren neben dem, was kam",
        "title_en": "Accounts at past years beside what came",
        "run": inputs.run_key(settings),
        "as_of": inputs.as_of.isoformat(),
        "seed": settings.seed,
        "draws": min(settings.draws, DRAWS),
    }
    lines = [
        f"# {card['title_de']}", "", f"Lauf {card['run']}, Datenstand {card['as_of']}.", "",
        "War die Lücke der Konten im Mittel weiter von dem entfernt, was kam, als die unverändert "
        "fortgeführte letzte Lücke? Zeile ohne Namen: einzelne Gewerke.", "",
        "| Region | Zeile | Jahre voraus | weiter entfernt |", "|---|---|---:|---|",
    ]  # fmt: skip
    lines += [
        f"| {region} | {row} | {ahead} | {'ja' if worse else 'nein'} |"
        for region, by_row in lost.items()
        for row, by_year in by_row.items()
        for ahead, worse in by_year.items()
    ]
    table = BytesIO()
    rows.to_parquet(table, index=False)
    texts = {
        "card.yaml": yaml.safe_dump(card, allow_unicode=True, sort_keys=False),
        "CARD.md": "\n".join([*lines, ""]),
    }
    return {ROWS: table.getvalue()} | {name: text.encode() for name, text in texts.items()}


def rows_in(files: Mapping[str, bytes]) -> pd.DataFrame:
    """Return the comparisons that `past_files` wrote."""
    return pd.read_parquet(BytesIO(files[ROWS]))


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
