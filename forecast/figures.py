"""Figures for readers, in the form of plotly: built from the records the service answers with.

They are plain dictionaries: whoever shows them needs plotly, whoever builds or sends them does not. The
colours can be told apart by people who see few of them (Okabe and Ito 2008); nothing is said by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

Figure = dict[str, Any]
Record = Mapping[str, Any]

BLUE: Final = "#0072b2"
RED: Final = "#b3261e"
GREEN: Final = "#009e73"
GREY: Final = "#6b7280"
INK: Final = "#1a1a1a"
LINES: Final = (BLUE, "#d55e00", GREEN, "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#8c564b")
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
BANDS: Final = (("95", 0.12), ("80", 0.18), ("50", 0.28))
"""Ranges of a record, the widest first, and how densely they are filled."""

_AXIS: Final = {
    "gridcolor": "#e5e7eb", "zerolinecolor": "#9ca3af", "automargin": True, "exponentformat": "none",
}  # fmt: skip


def layout(*, title: str = "", height: int = 380) -> dict[str, Any]:
    """Return what all figures share: white ground, German numbers, one legend line above, no dragging.

    Args:
        title: A sentence that says what is seen; empty where the page has a heading of its own.
        height: Pixels.
    """
    shared: dict[str, Any] = {
        "height": height, "separators": ",.", "hovermode": "x unified", "dragmode": False,
        "margin": {"t": 64 if title else 28, "b": 48, "l": 56, "r": 12}, "font": {"size": 13},
        "legend": {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        "template": {
            "layout": {
                "plot_bgcolor": "#ffffff", "paper_bgcolor": "#ffffff",
                "xaxis": _AXIS, "yaxis": {**_AXIS, "separatethousands": True},
            }
        },
    }  # fmt: skip
    return shared | ({"title": {"text": title, "font": {"size": 15}, "x": 0.01, "y": 0.97}} if title else {})


def fan_figure(
    records: Sequence[Record], title: str, unit: str, *, bands: Sequence[str] = ("80", "50")
) -> Figure:
    """Draw one series: printed figures as dots, forecasts as a dashed line within their ranges.

    A year without a number stays empty; it is never drawn as zero.

    Args:
        records: Of one trade, region and measure by year, with `year, value, lower_…, upper_…, is_forecast`.
        title: A sentence.
        unit: Stands at the vertical axis.
        bands: Which ranges, the widest first.

    Example:
        >>> row = {"year": 2026, "value": 5, "lower_80": 3, "upper_80": 8, "is_forecast": True}
        >>> figure = fan_figure([row], "Fünf kommen", "Personen", bands=("80",))
        >>> [trace["name"] for trace in figure["data"]]
        ['80-%-Spanne', 'vorausgeschätzt']
    """
    ahead = [row for row in records if row["is_forecast"] and row["value"] is not None]
    behind = [row for row in records if not row["is_forecast"] and row["value"] is not None]
    data: list[dict[str, Any]] = []
    for name in bands:
        known = [row for row in ahead if row.get(f"lower_{name}") is not None]
        if known:
            data.append(_band(known, name))
    if behind:
        data.append(_line(behind, "bis heute", mode="lines+markers", color=INK))
    if ahead:
        data.append(_line(ahead, "vorausgeschätzt", mode="lines", color=BLUE, dash="dash"))
    axes = {
        "xaxis": {"dtick": 2, "tickformat": "d"},
        "yaxis": {"title": {"text": unit}, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout(title=title) | axes}


def lines_figure(
    series: Mapping[str, Iterable[tuple[float, float | None]]], title: str, unit: str, *, x_title: str = ""
) -> Figure:
    """Draw several series in one picture, each with a colour and a dash of its own.

    Args:
        series: Name → points (x, y); a missing y leaves a gap.
        title: A sentence.
        unit: Stands at the vertical axis.
        x_title: Stands at the horizontal axis.
    """
    data = []
    for place, (name, points) in enumerate(series.items()):
        x, y = zip(*points, strict=True)
        style = {"color": LINES[place % len(LINES)], "dash": DASHES[place % len(DASHES)], "width": 3}
        data.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "name": name,
                "x": list(x),
                "y": list(y),
                "line": style,
            }
        )
    axes = {
        "xaxis": {"title": {"text": x_title}, "tickformat": "d"},
        "yaxis": {"title": {"text": unit}, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout(title=title) | axes}


def waterfall_figure(items: Sequence[tuple[str, float]], total: str, title: str, unit: str) -> Figure:
    """Draw signed items that add up to their total: what enlarges it red, what makes it smaller green.

    Args:
        items: Label and signed number, in the order of the explanation.
        total: Label of the sum, which is computed here.
        title: A sentence.
        unit: Stands at the horizontal axis.

    Example:
        >>> items = [("Renteneintritte", 30), ("Nachwuchs", -12)]
        >>> figure = waterfall_figure(items, "Lücke", "Es fehlen 18", "Personen")
        >>> figure["data"][0]["x"], figure["data"][0]["text"]
        ([30, -12, 18], ['+30', '−12', '+18'])
    """
    numbers = [value for _, value in items]
    whole = [*numbers, sum(numbers)]
    trace = {
        "type": "waterfall", "orientation": "h", "y": [*(label for label, _ in items), total], "x": whole,
        "measure": ["relative"] * len(items) + ["total"],
        "text": [f"{value:+,.0f}".replace(",", ".").replace("-", "−") for value in whole],
        "textposition": "outside", "cliponaxis": False, "showlegend": False,
        "increasing": {"marker": {"color": RED}}, "decreasing": {"marker": {"color": GREEN}},
        "totals": {"marker": {"color": BLUE}},
    }  # fmt: skip
    shared = layout(title=title, height=120 + 32 * len(whole)) | {"hovermode": "y"}
    axes = {"xaxis": _amounts(unit), "yaxis": {"autorange": "reversed"}}
    shared["margin"] = {**shared["margin"], "r": 48}  # room for the number behind the longest bar
    return {"data": [trace], "layout": shared | axes}


def ranges_figure(rows: Sequence[tuple[str, float, float, float]], title: str, unit: str) -> Figure:
    """Draw a dot with its range for each row: the way to compare uncertain numbers.

    Args:
        rows: Label, number, lower and upper bound; the first row stands on top.
        title: A sentence.
        unit: Stands at the horizontal axis.
    """
    labels, values = [row[0] for row in rows], [row[1] for row in rows]
    error = {
        "type": "data", "symmetric": False, "thickness": 3, "width": 0, "color": GREY,
        "array": [high - value for _, value, _, high in rows],
        "arrayminus": [value - low for _, value, low, _ in rows],
    }  # fmt: skip
    trace = {
        "type": "scatter", "mode": "markers", "x": values, "y": labels, "error_x": error,
        "marker": {"color": BLUE, "size": 11}, "showlegend": False,
    }  # fmt: skip
    shared = layout(title=title, height=120 + 32 * len(rows)) | {"hovermode": "y"}
    axes = {"xaxis": _amounts(unit), "yaxis": {"autorange": "reversed"}}
    return {"data": [trace], "layout": shared | axes}


def bars_figure(series: Mapping[str, Mapping[Any, float]], title: str, unit: str) -> Figure:
    """Draw stacked bars: what a whole is made of, place by place.

    Args:
        series: Name of a part → place → number.
        title: A sentence.
        unit: Stands at the vertical axis.
    """
    data = [
        {
            "type": "bar", "name": name, "x": list(parts), "y": list(parts.values()),
            "marker": {"color": LINES[place % len(LINES)]},
        }
        for place, (name, parts) in enumerate(series.items())
    ]  # fmt: skip
    axes = {"barmode": "stack", "xaxis": {"dtick": 1}, "yaxis": {"title": {"text": unit}}}
    return {"data": data, "layout": layout(title=title) | axes}


def _amounts(unit: str) -> dict[str, Any]:
    """A horizontal axis of amounts, not of years."""
    return {"title": {"text": unit}, "separatethousands": True}


def _band(rows: Sequence[Record], name: str) -> dict[str, Any]:
    """A closed area: upper bounds forward, lower bounds backward."""
    years = [row["year"] for row in rows]
    upper, lower = ([row[f"{side}_{name}"] for row in rows] for side in ("upper", "lower"))
    return {
        "type": "scatter", "mode": "lines", "name": f"{name}-%-Spanne", "fill": "toself", "hoverinfo": "skip",
        "x": years + years[::-1], "y": upper + lower[::-1], "line": {"width": 0},
        "fillcolor": f"rgba(0,114,178,{dict(BANDS)[name]})",
    }  # fmt: skip


def _line(rows: Sequence[Record], name: str, *, mode: str, color: str, dash: str = "solid") -> dict[str, Any]:
    return {
        "type": "scatter", "mode": mode, "name": name, "line": {"color": color, "width": 3, "dash": dash},
        "x": [row["year"] for row in rows], "y": [row["value"] for row in rows],
    }  # fmt: skip
