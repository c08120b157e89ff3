"""Figures for readers, in the form of plotly: built from the records the service answers with.

They are plain dictionaries: whoever shows them needs plotly, whoever builds or sends them does not. The
colours can be told apart by people who see few of them (Okabe and Ito 2008); nothing is said by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

Figure = dict[str, Any]
Record = Mapping[str, Any]
Lang = Literal["de", "en"]

BLUE: Final = "#0072b2"
RED: Final = "#b3261e"
GREEN: Final = "#009e73"
GREY: Final = "#6b7280"
INK: Final = "#1a1a1a"
LINES: Final = (BLUE, "#d55e00", GREEN, "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#8c564b")
DASHES: Final = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
BANDS: Final = (("95", 0.12), ("80", 0.18), ("50", 0.28))
"""Ranges of a record, the widest first, and how densely they are filled."""

_WORDS: Final[Mapping[Lang, tuple[str, str, str]]] = {
    "de": ("bis heute", "vorausgeschätzt", "{level}-%-Spanne"),
    "en": ("to date", "forecast", "{level}% range"),
}
"""What was printed, what lies ahead, a range of a level."""
_OUTCOMES: Final[Mapping[Lang, tuple[str, str]]] = {"de": ("gesagt", "gekommen"), "en": ("said", "came")}
"""A forecast of an earlier year, and what came of it."""
_SEPARATORS: Final[Mapping[Lang, str]] = {"de": ",.", "en": ".,"}
"""Decimal sign, then sign between thousands."""

_AXIS: Final = {
    "gridcolor": "#e5e7eb", "zerolinecolor": "#9ca3af", "automargin": True, "exponentformat": "none",
}  # fmt: skip


def layout(*, title: str = "", height: int = 380, lang: Lang = "de") -> dict[str, Any]:
    """Return what all figures share: white ground, German numbers, one legend line above, no dragging.

    Args:
        title: A sentence that says what is seen; empty where the page has a heading of its own.
        height: Pixels.
        lang: How numbers are written.
    """
    shared: dict[str, Any] = {
        "height": height, "separators": _SEPARATORS[lang], "hovermode": "x unified", "dragmode": False,
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
    records: Sequence[Record],
    title: str,
    unit: str,
    *,
    bands: Sequence[str] = ("80", "50"),
    lang: Lang = "de",
) -> Figure:
    """Draw one series: printed figures as dots, forecasts as a dashed line within their ranges.

    A year without a number interrupts the line; it is never drawn as zero. Pointing at a year shows its
    number and its ranges.

    Args:
        records: Of one trade, region and measure by year, with `year, value, lower_…, upper_…, is_forecast`.
        title: A sentence.
        unit: Stands at the vertical axis.
        bands: Which ranges, the widest first.
        lang: Of the words in the figure.

    Example:
        >>> row = {"year": 2026, "value": 5, "lower_80": 3, "upper_80": 8, "is_forecast": True}
        >>> figure = fan_figure([row, {**row, "year": 2027}], "Fünf kommen", "Personen", bands=("80",))
        >>> [trace["name"] for trace in figure["data"]]
        ['80-%-Spanne', 'vorausgeschätzt']
    """
    ahead = _between_known([row for row in records if row["is_forecast"]])
    behind = _between_known([row for row in records if not row["is_forecast"]])
    past, coming, span = _WORDS[lang]
    spans = {name: span.format(level=name) for name in bands}
    data = [_band(runs, name, spans[name]) for name in bands if (runs := _runs([*behind, *ahead], name))]
    if behind:
        data.append(_line(behind, past, spans, mode="lines+markers", color=INK))
    if ahead:
        data.append(_line(ahead, coming, spans, mode="lines", color=BLUE, dash="dash"))
    axes = {
        "xaxis": {"dtick": 2, "tickformat": "d"},
        "yaxis": {"title": {"text": unit}, "rangemode": "tozero"},
    }
    return {"data": data, "layout": layout(title=title, lang=lang) | axes}


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


def waterfall_figure(
    items: Sequence[tuple[str, float]], total: str, title: str, unit: str, *, lang: Lang = "de"
) -> Figure:
    """Draw signed items that add up to their total: what enlarges it red, what makes it smaller green.

    Args:
        items: Label and signed number, in the order of the explanation.
        total: Label of the sum, which is computed here.
        title: A sentence.
        unit: Stands at the horizontal axis.
        lang: How numbers are written.

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
        "text": [f"{value:+,.0f}".replace(",", _SEPARATORS[lang][1]).replace("-", "−") for value in whole],
        "textposition": "outside", "cliponaxis": False, "showlegend": False,
        "increasing": {"marker": {"color": RED}}, "decreasing": {"marker": {"color": GREEN}},
        "totals": {"marker": {"color": BLUE}},
    }  # fmt: skip
    shared = layout(title=title, height=120 + 32 * len(whole), lang=lang) | {"hovermode": "y"}
    axes = {"xaxis": _amounts(unit), "yaxis": {"autorange": "reversed"}}
    shared["margin"] = {**shared["margin"], "r": 48}  # room for the number behind the longest bar
    return {"data": [trace], "layout": shared | axes}


def ranges_figure(
    rows: Sequence[tuple[str, float, float, float]], title: str, unit: str, *, lang: Lang = "de"
) -> Figure:
    """Draw a dot with its range for each row: the way to compare uncertain numbers.

    Args:
        rows: Label, number, lower and upper bound; the first row stands on top.
        title: A sentence.
        unit: Stands at the horizontal axis.
        lang: How numbers are written.
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
    shared = layout(title=title, height=120 + 32 * len(rows), lang=lang) | {"hovermode": "y"}
    rows_named = {"autorange": "reversed", "type": "category"}  # a year is a name here, not a number
    axes = {"xaxis": _amounts(unit), "yaxis": rows_named}
    return {"data": [trace], "layout": shared | axes}


def range_bars_figure(
    rows: Sequence[tuple[str, float, float, float]], title: str, unit: str, *, lang: Lang = "de"
) -> Figure:
    """Draw a bar with its range for each row: parts of a whole, or the steps of a way.

    Args:
        rows: Label, number, lower and upper bound; the first row stands on top.
        title: A sentence.
        unit: Stands at the horizontal axis.
        lang: How numbers are written.

    Example:
        >>> bar = range_bars_figure([("bis 24 Jahre", 9, 7, 12)], "Alter", "Personen")["data"][0]
        >>> bar["type"], bar["x"], bar["error_x"]["array"]
        ('bar', [9], [3])
    """
    figure = ranges_figure(rows, title, unit, lang=lang)
    (dots,) = figure["data"]
    shown = {name: dots[name] for name in ("x", "y", "showlegend")}
    error = {**dots["error_x"], "thickness": 1.5, "width": 5, "color": INK}
    bar = {"type": "bar", "orientation": "h", "marker": {"color": BLUE}, "error_x": error}
    return {**figure, "data": [{**shown, **bar}]}


def outcomes_figure(
    rows: Sequence[tuple[str, float, float, float, float]], title: str, unit: str, *, lang: Lang = "de"
) -> Figure:
    """Draw what was said as dots with ranges, and what came as diamonds.

    Args:
        rows: Label, what was said, lower and upper bound, what came; the first row stands on top.
        title: A sentence.
        unit: Stands at the horizontal axis.
        lang: Of the words in the figure.

    Example:
        >>> figure = outcomes_figure([("2024", 20, 5, 31, 26)], "Was kam", "Personen")
        >>> [(trace["name"], trace["x"]) for trace in figure["data"]]
        [('gesagt', [20]), ('gekommen', [26])]
    """
    said, came = _OUTCOMES[lang]
    figure = ranges_figure([row[:4] for row in rows], title, unit, lang=lang)
    (dots,) = figure["data"]
    diamonds = {
        "type": "scatter", "mode": "markers", "name": came, "x": [row[4] for row in rows], "y": dots["y"],
        "marker": {"color": RED, "size": 11, "symbol": "diamond-open", "line": {"width": 2}},
        "showlegend": True,
    }  # fmt: skip
    return {**figure, "data": [{**dots, "name": said, "showlegend": True}, diamonds]}


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


def _between_known(rows: Sequence[Record]) -> list[Record]:
    """The years from the first to the last one with a number."""
    known = [place for place, row in enumerate(rows) if row["value"] is not None]
    return list(rows[known[0] : known[-1] + 1]) if known else []


def _runs(rows: Sequence[Record], name: str) -> list[list[Record]]:
    """Neighbouring years with both ends of a range, at least two."""
    runs: list[list[Record]] = []
    for row in rows:
        if row.get(f"lower_{name}") is None or row.get(f"upper_{name}") is None:
            continue
        if runs and runs[-1][-1]["year"] == row["year"] - 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    return [run for run in runs if len(run) > 1]


def _band(runs: Sequence[Sequence[Record]], name: str, label: str) -> dict[str, Any]:
    """Closed areas: upper bounds forward, lower bounds backward; a gap between two areas."""
    x: list[int | None] = []
    y: list[float | None] = []
    for run in runs:
        years = [row["year"] for row in run]
        upper, lower = ([row[f"{side}_{name}"] for row in run] for side in ("upper", "lower"))
        x += [*([None] if x else []), *years, *years[::-1]]
        y += [*([None] if y else []), *upper, *lower[::-1]]
    return {
        "type": "scatter", "mode": "lines", "name": label, "fill": "toself", "hoverinfo": "skip",
        "x": x, "y": y, "line": {"width": 0}, "fillcolor": f"rgba(0,114,178,{dict(BANDS)[name]})",
    }  # fmt: skip


def _line(
    rows: Sequence[Record], name: str, spans: Mapping[str, str], *, mode: str, color: str, dash: str = "solid"
) -> dict[str, Any]:
    """A line whose points tell their ranges when pointed at."""
    shown = {level: label for level, label in spans.items() if any(_bounds(row, level) for row in rows)}
    told = "".join(
        f"<br>{label}: %{{customdata[{2 * place}]:,}} … %{{customdata[{2 * place + 1}]:,}}"
        for place, label in enumerate(shown.values())
    )
    trace: dict[str, Any] = {
        "type": "scatter", "mode": mode, "name": name, "line": {"color": color, "width": 3, "dash": dash},
        "x": [row["year"] for row in rows], "y": [row["value"] for row in rows],
    }  # fmt: skip
    if shown:
        trace["customdata"] = [
            [end for level in shown for end in _bounds(row, level) or (None, None)] for row in rows
        ]
        trace["hovertemplate"] = f"%{{y:,}}{told}"
    return trace


def _bounds(row: Record, level: str) -> tuple[float, float] | None:
    lower, upper = row.get(f"lower_{level}"), row.get(f"upper_{level}")
    return None if lower is None or upper is None else (lower, upper)
