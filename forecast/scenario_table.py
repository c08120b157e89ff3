"""The answer to a question «what if» for people and for spreadsheets: base and variant side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast.assumption_rules import in_words as assumption_in_words
from forecast.domain.attribution import INTERACTION, WholeDifference, whole_difference
from forecast.domain.expected import FLOWS
from forecast.domain.inflow_parts import RESIDUAL_INFLOW
from forecast.domain.levers import Lever, in_words
from forecast.domain.matrix import ITEMS, round_matrix
from forecast.domain.scenario import Change
from forecast.snapshot import STATISTICS
from forecast.stats.draws import summarise
from forecast.what_if import WhatIf, WhatIfModel
from forecast.what_if_firms import FIRM_MEASURES
from forecast.what_if_measures import WORK_UNITS

SHOWN = {
    "demand": "Bedarf",
    "supply": "Angebot",
    "gap": "Fachkräftelücke",
    "training_need": "Ausbildungsbedarf je Jahr",
    "demand_fte": "Bedarf, Vollzeit",
    "supply_fte": "Angebot, Vollzeit",
    "gap_fte": "Lücke, Vollzeit",
    "demand_hours": "Bedarf, Tsd. Stunden",
    "supply_hours": "Angebot, Tsd. Stunden",
    "gap_hours": "Lücke, Tsd. Stunden",
    "demand_craft": "Bedarf, Handwerksbetriebe",
    "supply_craft": "Angebot, Handwerksbetriebe",
    "gap_craft": "Lücke, Handwerksbetriebe",
    "owners": "Inhaber",
    "craft_handovers": "Übergaben",
    "craft_closures": "Schließungen",
    "masters": "Meister",
    "master_gap": "Lücke bei Meistern",
}
COLUMNS = ("scenario", "region", "trade", "year", "measure", "case", "published", *STATISTICS)
BASE, VARIANT, DIFFERENCE = "base", "variant", "difference"
NEED = "training_need"
LOW, HIGH = STATISTICS.index("lower_80"), STATISTICS.index("upper_80")
NUMBER, LABEL = 29, 28
TOO_SMALL = "zu klein für eine Zahl"


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Base and variant of some trades of a region.

    Args:
        scenario: Code of the scenario.
        base: Draws without levers.
        variant: Draws with levers.
        published_to: Last year of the release.
        hidden: Trade and year of cells too small for a number of their own, as the release says.
        published: Measure, trade and year → whole number the release shows; where it is known it is the base.
    """

    scenario: str
    base: WhatIf
    variant: WhatIf
    published_to: int
    hidden: frozenset[tuple[str, int]] = frozenset()
    published: Mapping[tuple[str, str, int], int] = field(default_factory=dict)

    def statistics(self, measure: str, trade: str, year: int, case: str) -> NDArray[np.float64]:
        """Mean and ranges (7,) of one number; not numbers where it cannot be reached."""
        if case == DIFFERENCE:
            draws = self.variant.of(measure, trade, year) - self.base.of(measure, trade, year)
        else:
            draws = (self.base if case == BASE else self.variant).of(measure, trade, year)
        if np.isnan(draws).any():
            return np.full(len(STATISTICS), np.nan)
        return summarise(draws.astype(np.float64))

    def whole(self, trade: str, year: int, case: str) -> dict[str, int]:
        """Demand, supply, gap and training need in whole numbers; the base is as the release shows it.

        `variant = published + (mean with levers − mean without)`, rounded so that gap = demand − supply.
        """
        found: dict[str, int] = {}
        craft = ("_craft",) if "gap_craft" in self.variant.measures else ()
        for unit in ("", *(f"_{unit}" for unit in WORK_UNITS), *craft):
            demand, supply = (
                self._point(f"{side}{unit}", trade, year, case) for side in ("demand", "supply")
            )
            cell = round_matrix(demand, supply, {"gap": demand - supply})
            found |= {f"demand{unit}": cell.demand, f"supply{unit}": cell.supply, f"gap{unit}": cell.gap}
        if np.isfinite(need := self._point(NEED, trade, year, case)):
            found[NEED] = max(int(np.rint(need)), 0)
        return found

    def _point(self, measure: str, trade: str, year: int, case: str) -> float:
        before, after = (
            float(run.of(measure, trade, year).astype(np.float64).mean())
            for run in (self.base, self.base if case == BASE else self.variant)
        )
        return self.published.get((measure, trade, year), before) + (after - before)


def compare(
    model: WhatIfModel,
    scenario: str,
    changes: Sequence[Change],
    trades: Iterable[str] | None,
    years: Sequence[int],
    hidden: frozenset[tuple[str, int]] = frozenset(),
    published: Mapping[tuple[str, str, int], int] | None = None,
) -> Comparison:
    """Run the accounts without and with levers and overrides."""
    chosen = None if trades is None else list(trades)
    base = model.run((), chosen, years)
    variant = model.run(changes, chosen, years)
    return Comparison(scenario, base, variant, model.inputs.published_to, hidden, published or {})


def rows(comparison: Comparison) -> Iterator[dict[str, Any]]:
    """One row a trade, year, measure and case for a spreadsheet; empty where a year cannot be reached."""
    measures = [
        name
        for name in dict.fromkeys((*SHOWN, *FLOWS, RESIDUAL_INFLOW, *FIRM_MEASURES, *ITEMS))
        if name in comparison.base.measures
    ]
    for trade in comparison.base.trades:
        for year in comparison.base.years.tolist():
            if (trade, year) in comparison.hidden:
                continue
            for measure in measures:
                for case in (BASE, VARIANT, DIFFERENCE):
                    statistics = comparison.statistics(measure, trade, year, case)
                    yield {
                        "scenario": comparison.scenario, "region": comparison.base.region, "trade": trade,
                        "year": year, "measure": measure, "case": case,
                        "published": "true" if year <= comparison.published_to else "false",
                        **{
                            name: "" if np.isnan(value) else f"{value:.3f}"
                            for name, value in zip(STATISTICS, statistics.tolist(), strict=True)
                        },
                    }  # fmt: skip


def trade_lines(comparison: Comparison, trade: str, year: int) -> list[str]:
    """One trade in one year: demand, supply, gap and training need, base beside variant."""
    lines = [f"{'':<{LABEL}}{'Basis':>{NUMBER}}{'Szenario':>{NUMBER}}{'Unterschied':>{NUMBER}}"]
    whole = {case: comparison.whole(trade, year, case) for case in (BASE, VARIANT)}
    whole[DIFFERENCE] = {name: count - whole[BASE][name] for name, count in whole[VARIANT].items()}
    for measure, label in SHOWN.items():
        if measure not in comparison.base.measures:
            continue
        cells = []
        for case in (BASE, VARIANT, DIFFERENCE):
            statistics = comparison.statistics(measure, trade, year, case)
            if np.isnan(statistics).any():
                cells.append("nicht erreichbar" if measure not in FIRM_MEASURES else "nicht gerechnet")
                continue
            point = statistics[0]
            if measure in whole[BASE]:
                point = whole[case][measure]
            cells.append(with_range(point, statistics, signed=case == DIFFERENCE))
        lines.append(f"{label:<{LABEL}}" + "".join(f"{cell:>{NUMBER}}" for cell in cells))
    return lines


def region_lines(comparison: Comparison, labels: Mapping[str, str], year: int) -> list[str]:
    """The gap of every trade and group of trades in one year, base beside variant."""
    width = max(len(labels[trade]) for trade in comparison.base.trades) + 2
    heads = "".join(f"{head:>{NUMBER}}" for head in ("Basis", "Szenario", "Unterschied"))
    lines = [f"{'Fachkräftelücke':<{width}}{heads}"]
    for trade in comparison.base.trades:
        if (trade, year) in comparison.hidden:
            lines.append(f"{labels[trade]:<{width}}{TOO_SMALL:>{NUMBER}}")
            continue
        whole = {case: comparison.whole(trade, year, case)["gap"] for case in (BASE, VARIANT)}
        whole[DIFFERENCE] = whole[VARIANT] - whole[BASE]
        cells = [
            with_range(
                whole[case], comparison.statistics("gap", trade, year, case), signed=case == DIFFERENCE
            )
            for case in (BASE, VARIANT, DIFFERENCE)
        ]
        lines.append(f"{labels[trade]:<{width}}" + "".join(f"{cell:>{NUMBER}}" for cell in cells))
    return lines


def contributions(
    model: WhatIfModel, changes: Sequence[Change], trade: str, year: int, shown: int | None = None
) -> WholeDifference | None:
    """What each lever or override alone does to the gap, in whole persons; None where nothing acts.

    Args:
        model: Accounts of a region.
        changes: Levers and overrides.
        trade: Code of the trade, or of a group row.
        year: Year of the gap.
        shown: The gap without changes as it is shown; None takes the mean of its draws.
    """
    acting = [change for change in changes if model.acts(change, trade)]
    if not acting:
        return None
    at = model.inputs.years.tolist().index(year)
    found = model.contributions(acting, trade)
    parts = {
        name if name == INTERACTION else f"{name}. {said(acting[int(name)], model)}": float(part[at])
        for name, part in found.items()
    }
    gap = model.run((), [trade], [year], training_need=False).of("gap", trade, year)
    before = float(gap.astype(np.float64).mean()) if shown is None else float(shown)
    return whole_difference(before, before + sum(parts.values()), parts)


def said(change: Change, model: WhatIfModel) -> str:
    """A lever or an override in one German line."""
    if isinstance(change, Lever):
        return in_words(change)
    return change.name if model.assumptions is None else assumption_in_words(change, model.assumptions)[0]


def contribution_lines(difference: WholeDifference) -> list[str]:
    """The contributions, one a line, and their sum."""
    lines = []
    for name, count in difference.contributions.items():
        if name == INTERACTION:
            label = "Zusammenwirken und Rundung"
        else:
            place, _, words = name.partition(". ")
            label = f"{int(place) + 1}. {words}"
        lines.append(f"  {signed(count):>8}  {label}")
    lines.append(f"  {signed(difference.after - difference.before):>8}  Summe = Änderung der Lücke")
    return lines


def with_range(point: float, statistics: NDArray[np.float64], *, signed: bool = False) -> str:
    """A number with its 80 % range, as a German reader writes it.

    Example:
        >>> with_range(1234.0, np.array([1234.0, 0, 0, 1200.4, 1260.2, 0, 0]))
        '1.234 (1.200 bis 1.261)'
    """
    whole = int(np.rint(point))
    low = min(int(np.floor(statistics[LOW])), whole)
    high = max(int(np.ceil(statistics[HIGH])), whole)
    return f"{plain(whole, signed=signed)} ({plain(low)} bis {plain(high)})"


def signed(count: int) -> str:
    """A whole number with its sign.

    Example:
        >>> signed(-3), signed(0), signed(1200)
        ('−3', '0', '+1.200')
    """
    return plain(count, signed=True)


def plain(count: int, *, signed: bool = False) -> str:
    """A whole number with German separators and a real minus sign."""
    sign = "−" if count < 0 else "+" if signed and count > 0 else ""
    return sign + f"{abs(count):,}".replace(",", ".")
