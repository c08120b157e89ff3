"""The charts of the model report, each with the table it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd
import plotly.graph_objects as go

from forecast.back_cast_scores import BANDS, CELLS, LEARNED, NAMES
from forecast.backtest_charts import Chart, chart_html, number
from forecast.domain.codes import ALL_TRADES
from forecast.domain.facts import Fact
from forecast.figures import BLUE, DASHES, GREY, LINES, RED
from forecast.statements import percent
from forecast.world_checks import CheckedFact

_ROW: Final = 34
#: A span this narrow, relative to the value, is the rounding of one published number.
_ROUNDING: Final = 0.01


def amount(value: float, unit: str) -> str:
    """Return a value in the words of its unit.

    Example:
        >>> amount(0.2945, "share"), amount(64.4, "years"), amount(45402.0, "contracts")
        ('29,4 %', '64,4 Jahre', '45.402')
    """
    if unit.startswith("share"):
        return percent(value)
    return f"{number(value)} Jahre" if unit == "years" else number(float(round(value)))


def published(fact: Fact) -> str:
    """Return the published value or span in words.

    Example:
        >>> published(Fact("x", "", "", "share", "DE", 2012, 0, 0.4, "at_most", False, "s", "", ""))
        'höchstens 40,0 %'
    """
    low, high = amount(fact.low, fact.unit), amount(fact.high, fact.unit)
    if fact.relation == "at_most":
        return f"höchstens {high}"
    if fact.relation == "at_least":
        return f"mindestens {low}"
    if fact.high - fact.low <= _ROUNDING * abs(fact.high):
        return amount((fact.low + fact.high) / 2, fact.unit)
    return f"{low} bis {high}"


def checks_chart(checked: Sequence[CheckedFact]) -> Chart:
    """Show model value and 80 % range of every fact as percent of the published value."""
    figure = go.Figure()
    names = [item.fact.name_de for item in checked]
    middle = [_middle(item.fact) for item in checked]
    for item, base in zip(checked, middle, strict=True):
        low = 0.0 if item.fact.relation == "at_most" else item.fact.low
        figure.add_scatter(
            x=[round(100 * low / base, 2), round(100 * item.fact.high / base, 2)],
            y=[item.fact.name_de] * 2, mode="lines", line={"color": "#c7cbd1", "width": 14},
            hoverinfo="skip", showlegend=False,
        )  # fmt: skip
    for inside, colour, label in ((True, BLUE, "Spanne trifft"), (False, RED, "Spanne verfehlt")):
        part = [(i, b) for i, b in zip(checked, middle, strict=True) if i.verdict.inside is inside]
        if part:
            figure.add_scatter(
                x=[round(100 * item.value / base, 2) for item, base in part],
                y=[item.fact.name_de for item, _ in part], mode="markers", name=label,
                marker={"color": colour, "size": 10, "symbol": "circle" if inside else "x"},
                error_x={
                    "type": "data", "symmetric": False, "color": colour, "thickness": 2.5,
                    "array": [round(100 * (item.upper - item.value) / base, 2) for item, base in part],
                    "arrayminus": [round(100 * (item.value - item.lower) / base, 2) for item, base in part],
                },
            )  # fmt: skip
    figure.add_vline(x=100, line={"color": GREY, "width": 1.5, "dash": "dot"})
    figure.update_xaxes(ticksuffix=" %", title="Modell im Verhältnis zum Veröffentlichten")
    figure.update_yaxes(autorange="reversed", categoryorder="array", categoryarray=names, automargin=True)
    rows = [
        (
            item.fact.name_de, published(item.fact), amount(item.value, item.fact.unit),
            f"{amount(item.lower, item.fact.unit)} bis {amount(item.upper, item.fact.unit)}",
        )
        for item in checked
    ]  # fmt: skip
    caption = "Grau: was veröffentlicht ist. Punkt und Strich: Modellwert mit seiner 80-%-Spanne."
    html = chart_html(figure, "pruefungen", height=120 + _ROW * len(checked))
    return Chart(html, caption, ("Zahl", "veröffentlicht", "Modell", "80-%-Spanne"), tuple(rows))


def _middle(fact: Fact) -> float:
    bound = {"at_least": fact.low, "at_most": fact.high}.get(fact.relation, (fact.low + fact.high) / 2)
    return bound or 1.0


def coverage_by_band(scores: pd.DataFrame, scope: str) -> Chart:
    """Show how often the figure lay in the 80 % range by years ahead, one line a quantity, all regions."""
    part = scores[(scores["scope"] == scope) & (scores["origins"] == LEARNED) & scores["ahead"].isin(BANDS)]
    figure, rows = go.Figure(), []
    for place, quantity in enumerate(NAMES):
        one = part[part["quantity"] == quantity]
        total = one.groupby("ahead")["n"].sum()
        share = (one["in_80"] * one["n"]).groupby(one["ahead"]).sum() / total
        bands = [band for band in BANDS if band in share.index]
        figure.add_scatter(
            x=bands, y=[round(100 * float(share[band]), 1) for band in bands], name=NAMES[quantity][0],
            mode="lines+markers",
            line={"color": LINES[place], "dash": DASHES[place], "width": 3},
        )  # fmt: skip
        rows.append((NAMES[quantity][0], *(percent(share.get(band), digits=0) for band in BANDS)))
    figure.add_hline(y=80, line={"dash": "dot", "width": 1.5, "color": GREY})
    figure.update_yaxes(ticksuffix=" %", range=[0, 102])
    figure.update_xaxes(title="Jahre voraus", type="category")
    word = "je Gewerk" if scope == CELLS else "Summe aller Gewerke einer Region"
    caption = f"Anteil der Fälle im 80-%-Band, {word}. Gepunktet: was versprochen ist."
    return Chart(chart_html(figure, f"abdeckung-{scope}"), caption, ("Größe", *BANDS), tuple(rows))


def deviation_chart(rows: pd.DataFrame, region: str, place: str, quantity: str, alone: set[int]) -> Chart:
    """Show the sum over all trades as percent off what came, one line an origin."""
    part = rows[
        (rows["trade"] == ALL_TRADES) & (rows["region"] == region) & (rows["quantity"] == quantity)
    ].sort_values("year")
    figure, lines = go.Figure(), []
    years = sorted(int(year) for year in part["year"].unique())
    for at, (origin, one) in enumerate(part.groupby("origin")):
        off = dict(zip(one["year"].astype(int), 100 * (one["forecast"] / one["truth"] - 1), strict=True))
        bare = origin in alone
        figure.add_scatter(
            x=list(off), y=[round(float(value), 2) for value in off.values()],
            name=f"ab {origin}" + (" (ohne gelernten Zugang)" if bare else ""), mode="lines+markers",
            line={
                "color": GREY if bare else LINES[at % len(LINES)],
                "dash": "dot" if bare else DASHES[at % len(DASHES)], "width": 2.5,
            },
        )  # fmt: skip
        lines.append((f"ab {origin}", *(number(off[year]) if year in off else "" for year in years)))
    figure.add_hline(y=0, line={"width": 1.5, "color": "#1a1a1a"})
    figure.update_yaxes(ticksuffix=" %")
    figure.update_xaxes(dtick=1, tickformat="d")
    caption = f"{NAMES[quantity][0]}, {place}, alle Gewerke: Vorausberechnung gegen das, was kam, in Prozent."
    name = f"abweichung-{quantity}-{region.lower()}"
    return Chart(chart_html(figure, name), caption, ("Ursprung", *map(str, years)), tuple(lines))


def dissolution_chart(recomputed: Mapping[int, float], official: Mapping[int, float]) -> Chart:
    """Show the dissolution rate of all occupations, recomputed by the layer model and official."""
    figure = go.Figure()
    figure.add_scatter(
        x=list(recomputed), y=[round(100 * v, 2) for v in recomputed.values()], name="Schichtenmodell",
        mode="lines+markers", line={"color": BLUE, "width": 3},
    )  # fmt: skip
    figure.add_scatter(
        x=list(official), y=[round(100 * v, 2) for v in official.values()], name="amtlich", mode="markers",
        marker={"color": RED, "size": 12, "symbol": "diamond"},
    )  # fmt: skip
    figure.update_yaxes(ticksuffix=" %")
    figure.update_xaxes(dtick=1, tickformat="d")
    rows = [
        (str(year), percent(value), percent(official.get(year, float("nan"))))
        for year, value in recomputed.items()
    ]
    caption = "Lösungsquote aller Ausbildungsberufe in Deutschland."
    return Chart(
        chart_html(figure, "loesungsquote"), caption, ("Jahr", "Schichtenmodell", "amtlich"), tuple(rows)
    )
