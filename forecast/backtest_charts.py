"""The charts of the backtest, each with the table it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from forecast.figures import BLUE, DASHES, GREY, LINES, RED, layout
from forecast.scoring import ALL, METHODS, NAIVE, PIT_BINS, PRODUCTION, RANGES, BacktestResult
from forecast.statements import ahead_text, group_name, percent

METHOD_NAMES: Mapping[str, tuple[str, str]] = {
    PRODUCTION: ("unsere Schätzung", "production"),
    NAIVE: ("letzter Wert", "last value"),
    "mean3": ("Mittel aus drei", "mean of three"),
    "drift": ("Drift", "drift"),
    "damped_drift": ("gedämpfte Drift", "damped drift"),
    "ses": ("einfache Glättung", "simple smoothing"),
    "combination": ("Kombination", "combination"),
    "boosting": ("Boosting", "boosting"),
    "contracts": ("Regression (Schulabgang, Stellen)", "regression (leavers, vacancies)"),
}
#: Methods drawn, the others stand in the table: colour, dash, width. The colours can be told apart by people
#: who see few of them (Okabe and Ito 2008), and every line has a dash of its own.
_STYLES: Mapping[str, tuple[str, str, float]] = {
    PRODUCTION: ("#0072b2", "solid", 3.5),
    NAIVE: ("#1a1a1a", "dash", 2.5),
    "drift": ("#d55e00", "dot", 2),
    "damped_drift": ("#009e73", "dashdot", 2),
}
_MOST_LINES: Final = 8
_YEARLY_TICKS: Final = 12


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as HTML, and the same numbers as a table.

    Args:
        html: Chart without the library.
        caption: What it shows, one sentence.
        columns: Heads of the table.
        rows: Cells, as text.
    """

    html: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def number(value: float) -> str:
    """Return a number in German spelling with as many decimals as its size needs.

    Example:
        >>> number(12345.6), number(7.25), number(0.031), number(float("nan"))
        ('12.346', '7,2', '0,031', '–')
    """
    if value != value:
        return "–"
    size = abs(value)
    digits = 0 if size >= 100 or value == int(value) else 1 if size >= 1 else 3
    return f"{value:,.{digits}f}".translate(str.maketrans(",.", ".,"))


def coverage_chart(result: BacktestResult) -> Chart:
    """Show how often figures lay in the 50, 80 and 95 % range by horizon, everything pooled."""
    ours = result.scores[(result.scores["method"] == PRODUCTION) & result.scores["coverage_80"].notna()]
    count = ours.groupby("horizon")["n"].sum()
    shares = {
        name: (ours[f"coverage_{name}"] * ours["n"]).groupby(ours["horizon"]).sum() / count for name in RANGES
    }
    figure = go.Figure()
    for place, name in enumerate(reversed(RANGES)):
        share = shares[name]
        figure.add_scatter(
            x=share.index.tolist(), y=[round(100 * value, 2) for value in share], name=f"{name}-%-Band",
            mode="lines+markers", line={"color": LINES[place], "width": 3},
        )  # fmt: skip
        figure.add_hline(y=int(name), line={"dash": "dot", "width": 1.5, "color": LINES[place]})
    figure.update_yaxes(ticksuffix=" %", range=[0, 102])
    figure.update_xaxes(title="Jahre voraus", dtick=1)
    rows = [
        (str(horizon), str(int(count[horizon])), *(percent(float(shares[name][horizon])) for name in RANGES))
        for horizon in count.index
    ]
    heads = ("Jahre voraus", "Fälle", *(f"im {name}-%-Band" for name in RANGES))
    caption = "Linien: was eintraf. Gepunktet: was versprochen war."
    return Chart(chart_html(figure, "abdeckung"), caption, heads, tuple(rows))


def ratio_chart(result: BacktestResult, table: pd.DataFrame) -> Chart:
    """Show the relative WIS per indicator and horizon.

    Args:
        result: The backtest.
        table: `headline` of it.
    """
    figure = go.Figure()
    indicators = [str(name) for name in table["indicator"].unique()]
    indicators = indicators if len(indicators) > 2 else indicators[:1]  # one alone is all there is
    drawn = indicators if len(indicators) <= _MOST_LINES + 1 else [ALL]
    ahead = sorted(int(h) for h in table["horizon"].unique() if h > 0)
    rows = []
    for place, indicator in enumerate(indicators):
        part = table[table["indicator"] == indicator].set_index("horizon")["relative_wis"]
        name = "Alle zusammen" if indicator == ALL else group_name(indicator, ALL, result.names, german=True)
        rows.append((name, *(_ratio(part.get(h)) for h in (*ahead, 0))))
        if indicator in drawn:
            steps = [h for h in ahead if h in part.index]
            whole = indicator == ALL
            figure.add_scatter(
                x=steps, y=[round(float(part[h]), 4) for h in steps], name=name, mode="lines+markers",
                line={
                    "color": "#1a1a1a" if whole else LINES[place % len(LINES)],
                    "width": 4 if whole else 2,
                    "dash": "solid" if whole else DASHES[place % len(DASHES)],
                },
            )  # fmt: skip
    figure.add_hline(y=1, line={"color": GREY, "width": 2})
    figure.add_annotation(
        x=1, xref="paper", y=1, text="gleich gut", showarrow=False, yshift=9, xanchor="right"
    )
    figure.update_xaxes(title="Jahre voraus", dtick=1)
    heads = ("Größe", *(ahead_text((h,), german=True) for h in ahead), "alle Jahre")
    caption = (
        "Unter der Linie sind unsere Spannen besser als der letzte Wert mit seinem eigenen Fehlerband, "
        "darüber schlechter."
    )
    return Chart(chart_html(figure, "relatives-wis"), caption, heads, tuple(rows))


def error_chart(rows: pd.DataFrame, name: str) -> Chart:
    """Show the mean error (WAPE) of every method over the horizon, for one forecast group."""
    figure = go.Figure()
    cells = {}
    for method in METHODS:
        part = rows[rows["method"] == method].set_index("horizon")["wape"].sort_index()
        if part.empty or part.isna().all():
            continue
        cells[method] = part
        if method in _STYLES:
            color, dash, width = _STYLES[method]
            figure.add_scatter(
                x=part.index.tolist(), y=[round(100 * value, 3) for value in part],
                name=METHOD_NAMES[method][0], mode="lines+markers",
                line={"color": color, "dash": dash, "width": width},
            )  # fmt: skip
    figure.update_yaxes(rangemode="tozero", ticksuffix=" %")
    figure.update_xaxes(title="Jahre voraus", dtick=1)
    ours = rows[rows["method"] == PRODUCTION].set_index("horizon").sort_index()
    lines = [
        (
            str(h), str(int(own["n"])), str(int(own["origins"])),
            *(percent(float(cells[m].get(h, np.nan))) for m in cells),
            *(percent(float(own[f"coverage_{r}"])) for r in ("80", "95")),
            percent(float(own["width_80"]), digits=0), _ratio(own["relative_wis"]),
        )
        for h, own in ours.iterrows()
    ]  # fmt: skip
    heads = (
        "Jahre voraus", "Fälle", "Jahrgänge", *(METHOD_NAMES[m][0] for m in cells),
        "im 80-%-Band", "im 95-%-Band", "Breite 80 %", "relatives WIS",
    )  # fmt: skip
    caption = "Mittlerer Fehler (WAPE) in Prozent der Zahlen; weitere Verfahren stehen in der Tabelle."
    return Chart(chart_html(figure, name), caption, heads, tuple(lines))


def example_chart(result: BacktestResult, indicator: str, level: str, name: str) -> Chart | None:
    """Show for one series of a group what was said a year ahead and what came, year by year.

    The series with the most origins is taken, among equals the one in the middle by size.
    """
    rows = result.errors
    rows = rows[(rows["method"] == PRODUCTION) & (rows["indicator"] == indicator) & (rows["level"] == level)]
    rows = rows[rows["median"].notna()]
    if rows.empty:
        return None
    first = int(rows["horizon"].min())
    groups = rows[rows["horizon"] == first].groupby("series")
    table = groups.agg(count=("origin", "size"), level=("truth", "mean")).sort_index()
    table = table[table["count"] == table["count"].max()].sort_values("level", kind="stable")
    key = str(table.index[len(table) // 2])
    part = rows[(rows["series"] == key) & (rows["horizon"] == first)].sort_values("origin")
    year = (part["origin"] + first).tolist()
    truth, said = part["truth"].to_numpy(), part["forecast"].to_numpy()
    low, high = part["lower_80"].to_numpy(), part["upper_80"].to_numpy()
    inside = (low <= truth) & (truth <= high)
    figure = _fan(year, said, (low, high), truth, inside)
    hits = int(inside.sum())
    caption = (
        f"{result.labels.get(key, key)}, {ahead_text((first,), german=True)}: "
        f"In {hits} von {len(inside)} Jahren lag die Zahl im Band."
    )
    cells = zip(year, said, low, high, truth, inside, strict=True)
    lines = [
        (str(y), number(s), f"{number(lo)}–{number(hi)}", number(t), "ja" if ok else "nein")
        for y, s, lo, hi, t, ok in cells
    ]
    heads = ("Jahr", "gesagt", "80-%-Band", "gekommen", "im Band?")
    return Chart(chart_html(figure, name), caption, heads, tuple(lines))


def _fan(
    year: Sequence[int],
    said: np.ndarray,
    band: tuple[np.ndarray, np.ndarray],
    truth: np.ndarray,
    inside: np.ndarray,
) -> go.Figure:
    """Draw bands as bars, figures inside as dots and outside as crosses."""
    figure = go.Figure()
    figure.add_bar(
        x=year, base=band[0].tolist(), y=(band[1] - band[0]).tolist(), width=0.5, name="80-%-Band",
        marker={"color": "#bcd9ec"}, hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=year, y=said.tolist(), mode="markers", name="gesagt",
        marker={"symbol": "line-ew-open", "size": 22, "color": BLUE, "line": {"width": 3}},
    )  # fmt: skip
    for chosen, name, symbol, color in (
        (inside, "gekommen, im Band", "circle", "#1a1a1a"),
        (~inside, "gekommen, außerhalb", "x", RED),
    ):
        if chosen.any():
            figure.add_scatter(
                x=np.asarray(year)[chosen].tolist(), y=truth[chosen].tolist(), mode="markers", name=name,
                marker={"symbol": symbol, "size": 10, "color": color},
            )  # fmt: skip
    figure.update_xaxes(dtick=1 if len(year) <= _YEARLY_TICKS else 5, tickformat="d")
    figure.update_yaxes(exponentformat="none", separatethousands=True)
    return figure


def calibration_chart(result: BacktestResult, table: pd.DataFrame) -> Chart:
    """Show where figures lay within our distributions (randomised PIT), by indicator.

    Args:
        result: The backtest.
        table: `calibration_table` of its errors.
    """
    names = [f"bin_{place}" for place in range(1, PIT_BINS + 1)]
    pooled = table[table["horizon"] == 0].to_dict("records")
    titles = [group_name(row["indicator"], ALL, result.names, german=True) for row in pooled]
    drawn = min(len(pooled), _MOST_LINES)
    lines = -(-drawn // 2)
    figure = make_subplots(
        rows=lines, cols=2, shared_yaxes=True, shared_xaxes=True, subplot_titles=titles[:drawn],
        vertical_spacing=0.12 / max(lines - 1, 1), horizontal_spacing=0.04,
    )  # fmt: skip
    places = [f"{place}." for place in range(1, PIT_BINS + 1)]
    for place, row in enumerate(pooled[:drawn]):
        heights = [round(100 * row[name], 2) for name in names]
        figure.add_bar(
            x=places,
            y=heights,
            marker={"color": BLUE},
            showlegend=False,
            row=place // 2 + 1,
            col=place % 2 + 1,
        )
    figure.add_hline(y=100 / PIT_BINS, line={"color": "#1a1a1a", "width": 1.5, "dash": "dash"})
    figure.update_yaxes(rangemode="tozero", ticksuffix=" %")
    figure.update_annotations(font={"size": 13})
    figure.update_layout(bargap=0.08)
    rows = [
        (
            title, str(row["n"]), pit_reading(row), _ratio(row["distance"]),
            *(percent(row[name], digits=0) for name in names),
        )
        for title, row in zip(titles, pooled, strict=True)
    ]  # fmt: skip
    heads = ("Größe", "Fälle", "Befund", "Abstand", *places)
    caption = (
        "Zehntel unserer Verteilung von ganz unten (1.) bis ganz oben (10.). Stimmen die Verteilungen, liegt "
        "in jedem ein Zehntel der Zahlen (gestrichelt)."
    )
    html = chart_html(figure, "kalibrierung", height=90 + 190 * lines)
    return Chart(html, caption, heads, tuple(rows))


def pit_reading(row: Mapping[Any, Any]) -> str:
    """Read a PIT histogram in words: skewed, too narrow, too wide, or as it should be.

    Args:
        row: Of `calibration_table`.

    Example:
        >>> even = {f"bin_{i}": 0.1 for i in range(1, 11)} | {"mean": 0.5}
        >>> pit_reading(even), pit_reading(even | {"mean": 0.7})
        ('gleichmäßig', 'Zahlen lagen meist höher als gesagt')
    """
    outer, slack, tilt = row["bin_1"] + row[f"bin_{PIT_BINS}"], 0.06, 0.07
    if abs(row["mean"] - 0.5) > tilt:
        return f"Zahlen lagen meist {'höher' if row['mean'] > 0.5 else 'tiefer'} als gesagt"
    if outer > 2 / PIT_BINS + slack:
        return "Spannen zu schmal (zu viele am Rand)"
    if outer < 2 / PIT_BINS - slack:
        return "Spannen zu breit (zu wenige am Rand)"
    return "gleichmäßig"


def _ratio(value: float | None) -> str:
    return "–" if value is None or value != value else f"{value:.2f}".replace(".", ",")


def chart_html(figure: go.Figure, name: str, *, height: int = 380) -> str:
    """Return the chart as HTML without the library, with a fixed id and German numbers."""
    figure.update_layout(layout(height=height), template="plotly_white")
    options = {"responsive": True, "displayModeBar": False}
    return str(figure.to_html(full_html=False, include_plotlyjs=False, div_id=name, config=options))
