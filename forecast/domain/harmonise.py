"""Crosswalk: figures of training occupations become figures of trades; what is lost is counted."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from forecast.domain.codes import OCCUPATION_PREFIX, CodeList
from forecast.domain.indicators import Indicator
from forecast.domain.panel import COLUMNS, STATUSES, Panel

CELL = ("indicator", "region", "year", "age", "published", "source")
LOSSES = ("before", "after", "outside", "weighted", "incomplete")
"""Columns of the loss report; before = after + outside + weighted + incomplete in every row."""

Row = dict[Any, Any]
Cell = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Harmonised:
    """The panel with rows for trades, and the account of what could not be carried over.

    Args:
        panel: All rows as before, and one row for each trade whose occupations are all known.
        losses: One row for each `CELL` with occupations, in the unit of its indicator: the total `before`; of
            this, what stands `after` under trades, what is `outside` any trade, what is left out because a
            `weighted` occupation belongs only in part to its trade, and what is left out with an `incomplete`
            trade.
    """

    panel: Panel
    losses: pd.DataFrame


def harmonise(panel: Panel, codes: CodeList, indicators: Mapping[str, Indicator]) -> Harmonised:
    """Add up training occupations to trades: value(trade) = Σ weight(occupation) · value(occupation).

    A sum is formed within one indicator, region, year, age group, publication and source. It is formed only
    if every occupation that makes up the trade there is present (see `members`); a missing one makes the sum
    missing, never partial. It takes the weakest status of its parts, `estimated` if a part is weighted, and
    is withheld if a part is. Rates and shares are carried over only where a trade is one whole occupation.
    Where the source prints the trade itself, that figure stands and no sum is formed.

    Args:
        panel: Observed figures.
        codes: Code lists with the trade and weight of each occupation.
        indicators: Definitions; `additive_over` says what may be summed over trades.
    """
    rows = _occupation_rows(panel)
    groups: dict[tuple[str, Cell], list[Row]] = defaultdict(list)
    for row in rows:
        trade = codes.training_occupations[row["trade"]].trade
        groups[trade, tuple(row[name] for name in CELL)].append(row)
    needed = members(rows, codes)
    printed = {(row["trade"], *(row[name] for name in CELL)) for row in panel.frame.to_dict("records")}
    book: dict[Cell, dict[str, float]] = defaultdict(lambda: dict.fromkeys(LOSSES, 0.0))
    sums: list[Row] = []
    for (trade, cell), parts in groups.items():
        total = _known(parts)
        additive = "trade" in indicators[str(cell[0])].additive_over
        if additive:
            book[cell]["before"] += total
        if not trade:
            book[cell]["outside"] += total
            continue
        year = int(cell[CELL.index("year")])
        complete = _complete(parts, needed[trade, str(cell[CELL.index("region")])], codes, year)
        whole = len(codes.occupations_of(trade)) == 1 and _weight(parts[0], codes) == 1
        if not complete or not (additive or whole) or (trade, *cell) in printed:
            book[cell]["incomplete"] += total
            continue
        added = _sum(trade, cell, parts, codes)
        sums.append(added)
        carried = math.fsum(
            _weight(part, codes) * part["value"] for part in parts if not math.isnan(part["value"])
        )
        book[cell]["after"] += _known([added])
        book[cell]["weighted"] += total - carried
        book[cell]["incomplete"] += carried - _known([added])
    additional = pd.DataFrame(sums, columns=list(COLUMNS)).astype(dict(panel.frame.dtypes))
    return Harmonised(panel.plus(Panel(additional)), _losses(book, indicators))


def members(rows: Iterable[Row], codes: CodeList) -> dict[tuple[str, str], frozenset[str]]:
    """Return, for each trade and region, the occupations that make up the trade in the figures.

    These are the occupations in the source that prints most figures on the trade: those it prints for this
    region, or for any region where it does not know this one. A press note on one occupation of a trade is
    therefore no figure on the trade.

    Args:
        rows: Figures of training occupations.
        codes: Code lists.
    """
    printed: dict[str, Counter[str]] = defaultdict(Counter)
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    regions: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        trade = codes.training_occupations[row["trade"]].trade
        printed[trade][row["source"]] += 1
        regions[trade].add(row["region"])
        for region in (row["region"], ""):
            found[trade, row["source"], region].add(row["trade"])
    result = {}
    for trade, sources in printed.items():
        source = min(sources, key=lambda name: (-sources[name], name))
        for region in regions[trade]:
            there = found.get((trade, source, region)) or found[trade, source, ""]
            result[trade, region] = frozenset(there)
    return result


def _occupation_rows(panel: Panel) -> list[Row]:
    chosen = panel.frame["trade"].str.startswith(OCCUPATION_PREFIX)
    return panel.frame[chosen].to_dict("records")


def _complete(parts: list[Row], needed: frozenset[str], codes: CodeList, year: int) -> bool:
    """Say whether all needed occupations that existed in the year are among the parts."""
    existing = {code for code in needed if codes.training_occupations[code].valid_in(year)}
    return existing <= {part["trade"] for part in parts}


def _sum(trade: str, cell: Cell, parts: list[Row], codes: CodeList) -> Row:
    statuses = [str(part["status"]) for part in parts]
    if any(_weight(part, codes) != 1 for part in parts):
        statuses.append("estimated")
    # Suppressed is the last of the statuses: one withheld part withholds the sum.
    value = math.fsum(_weight(part, codes) * part["value"] for part in parts)
    status = max(statuses, key=STATUSES.index)
    return {**dict(zip(CELL, cell, strict=True)), "trade": trade, "value": value, "status": status}


def _weight(part: Row, codes: CodeList) -> float:
    return codes.training_occupations[part["trade"]].weight


def _known(parts: Iterable[Row]) -> float:
    return math.fsum(part["value"] for part in parts if not math.isnan(part["value"]))


def _losses(book: Mapping[Cell, Mapping[str, float]], indicators: Mapping[str, Indicator]) -> pd.DataFrame:
    rows = [
        {**dict(zip(CELL, cell, strict=True)), **amounts}
        for cell, amounts in book.items()
        if "trade" in indicators[str(cell[0])].additive_over
    ]
    frame = pd.DataFrame(rows, columns=[*CELL, *LOSSES])
    return frame.sort_values(list(CELL), kind="stable").reset_index(drop=True)
