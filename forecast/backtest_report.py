"""The public error record: score table, model card in German and English, and a page with charts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import yaml
from jinja2 import Environment, select_autoescape
from plotly.offline import get_plotlyjs

from forecast.scoring import METHODS, NAIVE, PRODUCTION, BacktestResult, Verdict

METHOD_NAMES: Mapping[str, tuple[str, str]] = {
    PRODUCTION: ("Produktion", "production"),
    NAIVE: ("letzter Wert", "last value"),
    "mean3": ("Mittel aus drei", "mean of three"),
    "drift": ("Drift", "drift"),
    "damped_drift": ("gedämpfte Drift", "damped drift"),
    "ses": ("einfache Glättung", "simple smoothing"),
    "combination": ("Kombination", "combination"),
    "boosting": ("Boosting", "boosting"),
    "contracts": ("Regression (Schulabgang, Stellen)", "regression (leavers, vacancies)"),
}
LEVEL_NAMES: Mapping[str, str] = {
    "country": "Bund",
    "land": "Land",
    "chamber_district": "Kammerbezirk",
    "kreis": "Kreis",
    "other": "übrige",
}


def report_files(result: BacktestResult) -> dict[str, bytes]:
    """Return the files of a backtest by name; the same result gives the same bytes."""
    table = result.scores.copy()
    numbers = table.select_dtypes("float").columns
    table[numbers] = table[numbers].round(6)
    texts = {
        "scores.csv": table.to_csv(index=False, lineterminator="\n"),
        "card.yaml": yaml.safe_dump(card(result), allow_unicode=True, sort_keys=False, width=110),
        "CARD.md": card_text(result),
        "report.html": report_page(result),
    }
    return {name: text.encode("utf-8") for name, text in texts.items()}


def card(result: BacktestResult) -> dict[str, Any]:
    """Return the card as plain data: what was tested, on what, and where production loses.

    ``scores`` holds the rows of production with those of the last value beside them.
    """
    table = result.scores
    ours = table[table["method"] == PRODUCTION]
    naive = table[table["method"] == NAIVE].set_index(["indicator", "level", "horizon"])["wape"]
    scores = []
    for row in ours.to_dict("records"):
        entry = {str(name): _plain(value) for name, value in row.items() if name != "method"}
        entry["wape_last"] = _plain(naive.get((row["indicator"], row["level"], row["horizon"])))
        scores.append(entry)
    summary = _summary(result)
    return {
        "quantity": "backtest",
        "title_de": "Rückrechnung der Vorausschätzungen",
        "title_en": "Backtest of the forecasts",
        "summary_de": summary[0],
        "summary_en": summary[1],
        "loses_de": _losses(result, german=True),
        "loses_en": _losses(result, german=False),
        "data_vintage": result.vintage.isoformat(),
        "series": dict(result.series),
        "origins": {name: list(years) for name, years in result.origins.items()},
        "seed": result.settings.seed,
        "draws": result.settings.draws,
        "horizon": result.settings.horizon,
        "refused": [{"what": what, "reason": reason} for what, reason in result.refused],
        "scores": scores,
    }


def card_text(result: BacktestResult) -> str:
    """Return the card as Markdown, German first."""
    german, english = _summary(result)
    lines = [
        "# Rückrechnung der Vorausschätzungen",
        "",
        german,
        "",
        f"**Wo wir verlieren:** {_losses(result, german=True)}",
        "",
        "| Größe | Ebene | Horizont | n | Ursprünge | WAPE | letzter Wert | Gewinn | in 80 % | in 95 % |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in card(result)["scores"]:
        level = LEVEL_NAMES.get(row["level"], row["level"])
        cells = [row["indicator"], level, row["horizon"], row["n"], row["origins"]]
        shares = ("wape", "wape_last", "skill", "coverage_80", "coverage_95")
        cells += [_percent(row[name]) for name in shares]
        lines += ["| " + " | ".join(str(cell) for cell in cells) + " |"]
    lines += ["", "## English", "", english, "", f"**Where we lose:** {_losses(result, german=False)}", ""]
    return "\n".join(lines)


def report_page(result: BacktestResult) -> str:
    """Return a page that needs nothing but itself: charts by indicator and level, and the full table."""
    figures: list[str] = []
    table = result.scores
    for indicator, part in table.groupby("indicator", sort=False):
        for level, rows in part.groupby("level", sort=False):
            name = f"{indicator} · {LEVEL_NAMES.get(str(level), str(level))}"
            figures.append(_chart(rows, "wape", f"{name}: mittlerer Fehler (WAPE)", f"wape-{len(figures)}"))
    coverage = _coverage_chart(table)
    environment = Environment(autoescape=select_autoescape(default=True, default_for_string=True))
    german, english = _summary(result)
    return environment.from_string(_PAGE).render(
        script=get_plotlyjs(),
        german=german,
        english=english,
        loses=_losses(result, german=True),
        loses_en=_losses(result, german=False),
        figures=[coverage, *figures],
        columns=list(table.columns),
        rows=[[_shown(value) for value in row] for row in table.itertuples(index=False)],
    )


def _chart(rows: Any, measure: str, title: str, name: str) -> str:  # noqa: ANN401 - a pandas frame
    """Return one line chart over the horizon with a line per method."""
    figure = go.Figure()
    for method in METHODS:
        part = rows[rows["method"] == method].sort_values("horizon")
        if part.empty:
            continue
        ours = method == PRODUCTION
        figure.add_scatter(
            x=part["horizon"].tolist(),
            y=[round(100 * value, 3) for value in part[measure]],
            name=METHOD_NAMES[method][0],
            mode="lines+markers",
            line={"width": 4 if ours else 1.5, "dash": "solid" if ours or method == NAIVE else "dot"},
        )
    return _div(figure, title, "Prozent", name)


def _coverage_chart(table: Any) -> str:  # noqa: ANN401 - a pandas frame
    """Return the coverage of the 80 and 95 % ranges by horizon, pooled over everything."""
    ours = table[table["method"] == PRODUCTION]
    figure = go.Figure()
    for nominal in ("80", "95"):
        weighted = (ours[f"coverage_{nominal}"] * ours["n"]).groupby(ours["horizon"]).sum()
        share = weighted / ours["n"].groupby(ours["horizon"]).sum()
        figure.add_scatter(
            x=share.index.tolist(),
            y=[round(100 * v, 2) for v in share],
            name=f"Spanne {nominal} %",
            mode="lines+markers",
        )
        figure.add_hline(y=int(nominal), line={"dash": "dot", "width": 1})
    return _div(figure, "Wie oft lag das Ergebnis in der Spanne?", "Prozent", "coverage")


def _div(figure: go.Figure, title: str, unit: str, name: str) -> str:
    """Return the chart as HTML without the library, with a fixed id."""
    figure.update_layout(
        title=title, template="plotly_white", height=380, xaxis={"title": "Jahre voraus", "dtick": 1},
        yaxis={"title": unit, "rangemode": "tozero"}, margin={"t": 50, "b": 50},
    )  # fmt: skip
    return str(figure.to_html(full_html=False, include_plotlyjs=False, div_id=name))


def _summary(result: BacktestResult) -> tuple[str, str]:
    """Return one paragraph in German and in English."""
    judged = [verdict for verdict in result.verdicts if verdict.judged]
    lost = sum(verdict.loses for verdict in judged)
    origins = sorted({year for years in result.origins.values() for year in years})
    span = f"{origins[0]}–{origins[-1]}" if origins else "–"
    count = sum(result.series.values())
    ours = result.scores[result.scores["method"] == PRODUCTION]
    total = max(int(ours["n"].sum()), 1)
    inner, outer = ((ours[f"coverage_{r}"] * ours["n"]).sum() / total for r in ("80", "95"))
    german = (
        f"{count} Reihen, {len(origins)} Ursprungsjahre ({span}), jeder mit dem, was damals bekannt war. "
        f"Stand der Zahlen: {result.vintage}. In {len(judged) - lost} von {len(judged)} Vergleichen "
        f"(Größe, Ebene, Horizont) ist die Produktion mindestens so gut wie der letzte Wert. "
        f"Die 80-%-Spanne traf in {_percent(inner)}, die 95-%-Spanne in {_percent(outer)} der Fälle."
    )
    english = (
        f"{count} series, {len(origins)} origin years ({span}), each seeing only what was public then. "
        f"Data vintage: {result.vintage.isoformat()}. In {len(judged) - lost} of {len(judged)} comparisons "
        f"(quantity, level, horizon) production is at least as good as the last value. "
        f"The 80 % range held in {100 * inner:.1f} %, the 95 % range in {100 * outer:.1f} % of cases."
    )
    return german, english


def _losses(result: BacktestResult, *, german: bool) -> str:
    """Return where production is worse than the last value, in one sentence."""
    lost = [verdict for verdict in result.verdicts if verdict.loses and verdict.judged]
    if not lost:
        return "nirgends, wo genug Ursprünge vorliegen." if german else "nowhere with enough origins."
    places: dict[tuple[str, str], list[Verdict]] = {}
    for verdict in lost:
        places.setdefault((verdict.indicator, verdict.level), []).append(verdict)
    years, than = ("Jahre voraus", "schlechter") if german else ("years ahead", "worse")
    parts = []
    for (indicator, level), found in places.items():
        horizons = ", ".join(str(verdict.horizon) for verdict in found)
        worst = min(verdict.skill for verdict in found)
        change = f", bis {_percent(-worst)} {than}" if german else f", up to {-100 * worst:.1f} % {than}"
        where = LEVEL_NAMES.get(level, level) if german else level
        parts.append(f"{indicator} ({where}), {horizons} {years}{change if worst < 0 else ' (MASE)'}")
    return "; ".join(parts) + "."


def _percent(value: object) -> str:
    """Return a share as German percent."""
    if not isinstance(value, float | int) or value != value:
        return "–"
    return f"{100 * value:.1f} %".replace(".", ",")


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return a number YAML can hold: rounded, NaN as None."""
    if value is None or isinstance(value, str):
        return value
    if float(value) != float(value):
        return None
    return (
        int(value) if float(value).is_integer() and not isinstance(value, float) else round(float(value), 6)
    )


def _shown(value: object) -> str:
    """Return a cell of the table."""
    if isinstance(value, float):
        return "–" if value != value else f"{value:.3f}".replace(".", ",")
    return str(value)


_PAGE = """<!doctype html>
<html lang="de"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rückrechnung der Vorausschätzungen</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 68rem; padding: 1rem; }
table { border-collapse: collapse; font-size: 0.8rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.15rem 0.5rem; text-align: right; border-bottom: 1px solid #ddd; }
th:nth-child(-n+3), td:nth-child(-n+3) { text-align: left; }
.wide { overflow-x: auto; }
</style>
<script>{{ script|safe }}</script></head><body>
<h1>Rückrechnung der Vorausschätzungen</h1>
<p>{{ german }}</p><p><strong>Wo wir verlieren:</strong> {{ loses }}</p>
<p lang="en">{{ english }} <strong>Where we lose:</strong> {{ loses_en }}</p>
{% for figure in figures %}<section>{{ figure|safe }}</section>
{% endfor %}
<h2>Alle Werte</h2><div class="wide"><table><thead><tr>
{% for name in columns %}<th scope="col">{{ name }}</th>{% endfor %}
</tr></thead><tbody>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div></body></html>
"""
