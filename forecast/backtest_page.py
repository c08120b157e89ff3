"""The backtest as one page for planners: words first, every chart with its table, nothing from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pandas as pd
from jinja2 import Environment, select_autoescape
from plotly.offline import get_plotlyjs

from forecast.backtest_charts import (
    Chart,
    calibration_chart,
    coverage_chart,
    error_chart,
    example_chart,
    number,
    ratio_chart,
)
from forecast.scoring import PRODUCTION, BacktestResult, calibration_table, headline, size_table
from forecast.statements import (
    Statement,
    ahead_text,
    coverage_statements,
    group_name,
    headline_sentence,
    in_ten,
    loss_sentences,
    percent,
)

_LABELS: Final = {
    "kept": "wie versprochen",
    "narrow": "zu schmal",
    "wide": "breiter als nötig",
    "chance": "abweichend, kann Zufall sein",
    "unknown": "zu wenige Jahrgänge",
}
#: Groups shown with charts; a file with more of them has the rest in the tables.
_MOST_GROUPS: Final = 24


@dataclass(frozen=True, slots=True)
class _Group:
    """One forecast group as the page shows it."""

    name: str
    sentence: str
    example: Chart | None
    errors: Chart


def report_page(result: BacktestResult, sizes: pd.DataFrame | None = None) -> str:
    """Return a page that needs nothing but itself; texts and tables can be read without JavaScript.

    Args:
        result: The backtest.
        sizes: Its scores by size class where they have been computed already; empty without sizes.
    """
    statements = coverage_statements(result)
    pooled = [statement for statement in statements if statement.horizon == 0]
    ratios, calibration = headline(result.verdicts), calibration_table(result.errors)
    environment = Environment(autoescape=select_autoescape(default=True, default_for_string=True))
    return environment.from_string(_PAGE).render(
        script=get_plotlyjs(),
        lead=_lead(result),
        headline=headline_sentence(result, german=True),
        facts=_facts(result),
        overview=_overview(result, statements),
        losses=loss_sentences(result, german=True),
        charts={
            "coverage": coverage_chart(result),
            "ratio": None if ratios.empty else ratio_chart(result, ratios),
            "calibration": None if calibration.empty else calibration_chart(result, calibration),
        },
        groups=[_group(result, item, place) for place, item in enumerate(pooled[:_MOST_GROUPS])],
        left_out=max(len(pooled) - _MOST_GROUPS, 0),
        sizes=_sizes(result, sizes_of(result.errors) if sizes is None else sizes),
        remarks=result.remarks,
        refused=result.refused,
        english=[statement.text_en for statement in pooled],
        english_lead=headline_sentence(result, german=False),
        english_losses=loss_sentences(result, german=False),
    )


def _lead(result: BacktestResult) -> str:
    """Return the first sentence: in how many years the figure lay in the band."""
    ours = result.scores[(result.scores["method"] == PRODUCTION) & result.scores["coverage_80"].notna()]
    total = max(int(ours["n"].sum()), 1)
    inner, outer = (float((ours[f"coverage_{r}"] * ours["n"]).sum() / total) for r in ("80", "95"))
    return (
        f"{in_ten(inner, german=True)} lag die Zahl im 80-%-Band ({percent(inner)} von "
        f"{number(float(total))} Vergleichen), im 95-%-Band in {percent(outer)}."
    )


def _facts(result: BacktestResult) -> list[tuple[str, str]]:
    """Return what was tested, as pairs of name and value."""
    origins = sorted({year for years in result.origins.values() for year in years})
    facts = [
        ("Reihen", number(float(sum(result.series.values())))),
        ("Ursprungsjahre", f"{len(origins)} ({origins[0]}–{origins[-1]})" if origins else "–"),
        ("Jahre voraus", f"1 bis {result.settings.horizon}"),
        ("Ziehungen je Vorausschätzung", str(result.settings.draws)),
    ]
    return [*facts, ("Stand der Zahlen", f"{result.vintage:%d.%m.%Y}")] if result.vintage else facts


def _overview(
    result: BacktestResult, statements: tuple[Statement, ...]
) -> tuple[tuple[str, ...], list[tuple[str, tuple[str, ...], str, str]]]:
    """Return the first table: per group how often the figure lay in the 80 % band, by horizon."""
    ahead = sorted({statement.horizon for statement in statements if statement.horizon})
    found = {(s.indicator, s.level, s.horizon): s for s in statements}
    rows: list[tuple[str, tuple[str, ...], str, str]] = []
    for statement in statements:
        if statement.horizon:
            continue
        place = statement.indicator, statement.level
        cells = [found.get((*place, h)) for h in (*ahead, 0)]
        shown = tuple(percent(cell.share_80, digits=0) if cell else "–" for cell in cells)
        name = group_name(*place, result.names, german=True)
        rows.append((name, shown, _LABELS[statement.promise], statement.promise))
    heads = (*(ahead_text((h,), german=True) for h in ahead), "alle")
    return heads, rows


def _group(result: BacktestResult, statement: Statement, place: int) -> _Group:
    """Return sentence, example and errors of one forecast group."""
    indicator, level = statement.indicator, statement.level
    rows = result.scores
    rows = rows[(rows["indicator"] == indicator) & (rows["level"] == level)]
    return _Group(
        group_name(indicator, level, result.names, german=True),
        statement.text_de.partition(": ")[2],
        example_chart(result, indicator, level, f"beispiel-{place}"),
        error_chart(rows, f"fehler-{place}"),
    )


def sizes_of(errors: pd.DataFrame) -> pd.DataFrame:
    """Return the scores by size class, empty where the errors know no sizes."""
    return size_table(errors) if "size" in errors else pd.DataFrame()


def _sizes(result: BacktestResult, table: pd.DataFrame) -> list[tuple[str, ...]]:
    """Return the scores by size class, all horizons and levels of an indicator, production only."""
    if table.empty:
        return []
    rows = []
    for row in table[table["method"] == PRODUCTION].to_dict("records"):
        cells = (
            percent(row[name]) for name in ("wape", "skill", "coverage_50", "coverage_80", "coverage_95")
        )
        ratio = row["relative_wis"]
        rows.append((
            group_name(row["indicator"], "all", result.names, german=True), row["size"], str(row["horizon"]),
            str(row["n"]), *cells, percent(row["width_80"], digits=0),
            "–" if ratio != ratio else f"{ratio:.2f}".replace(".", ","),
        ))  # fmt: skip
    return rows


MACROS: Final = """
{% macro table(chart) %}<div class="scroll"><table><thead><tr>
{% for head in chart.columns %}<th scope="col">{{ head }}</th>{% endfor %}</tr></thead><tbody>
{% for row in chart.rows %}<tr>{% for cell in row %}{% if loop.first %}<th scope="row">{{ cell }}</th>
{% else %}<td>{{ cell }}</td>{% endif %}{% endfor %}</tr>
{% endfor %}</tbody></table></div>{% endmacro %}
{% macro figure(chart, open=true) %}<figure><figcaption>{{ chart.caption }}</figcaption>
<div class="chart">{{ chart.html|safe }}</div>
<details{% if open %} open{% endif %}><summary>Zahlen zum Bild</summary>{{ table(chart) }}</details>
</figure>{% endmacro %}
"""

STYLE: Final = """
:root { color-scheme: light; }
body { font: 17px/1.55 system-ui, "Segoe UI", sans-serif; color: #1a1a1a; margin: 0 auto;
  max-width: 70rem; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 1rem; }
h2 { font-size: 1.4rem; margin: 3rem 0 0.5rem; border-top: 2px solid #1a1a1a; padding-top: 0.75rem; }
h3 { font-size: 1.15rem; margin: 2.25rem 0 0.25rem; }
p, li { max-width: 46rem; }
.lead { font-size: 1.35rem; line-height: 1.4; margin: 0.5rem 0; }
dl { display: flex; flex-wrap: wrap; gap: 0.5rem 2.25rem; margin: 1.25rem 0; }
dt { font-size: 0.85rem; color: #4b5563; } dd { margin: 0; font-weight: 600; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.7rem; text-align: right; border-bottom: 1px solid #d1d5db; font-weight: 400; }
thead th { vertical-align: bottom; font-weight: 600; border-bottom: 2px solid #6b7280; }
th:first-child, .text { text-align: left; } tbody th { font-weight: 600; }
td { white-space: nowrap; }
.scroll { overflow-x: auto; }
figure { margin: 0.75rem 0 1.5rem; } figcaption { max-width: 46rem; margin-bottom: 0.25rem; }
summary { cursor: pointer; color: #0b4f7d; font-size: 0.9rem; margin: 0.25rem 0; }
.mark { border-left: 0.35rem solid #6b7280; padding-left: 0.5rem; white-space: nowrap; }
.kept { border-color: #009e73; } .narrow { border-color: #b3261e; } .wide { border-color: #e69f00; }
.two { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 2rem; }
@media (max-width: 60rem) { .two { grid-template-columns: minmax(0, 1fr); } body { font-size: 16px; } }
@media print { h2, h3 { break-after: avoid; } figure { break-inside: avoid; } }
"""

_PAGE: Final = (
    MACROS
    + """<!doctype html>
<html lang="de"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Rückrechnung der Vorausschätzungen</title>
<style>"""
    + STYLE
    + """</style><noscript><style>.chart { display: none; }</style></noscript>
<script>{{ script|safe }}</script></head><body>
<h1>Rückrechnung der Vorausschätzungen</h1>
<p>Was hätten wir damals gesagt, und was kam? Für jedes Jahr der Vergangenheit wurde vorausgeschätzt, was
danach kam – nur mit den Zahlen, die damals schon bekannt waren.</p>
<p class="lead"><strong>{{ lead }}</strong></p>
{% if headline %}<p class="lead">{{ headline }}</p>{% endif %}
<dl>{% for name, value in facts %}<div><dt>{{ name }}</dt><dd>{{ value }}</dd></div>{% endfor %}</dl>
{% for remark in remarks %}<p>{{ remark }}</p>{% endfor %}
<noscript><p>Die Bilder brauchen JavaScript; alle Texte und Tabellen stehen auch so da.</p></noscript>

<h2>Wie oft lag die Zahl im 80-%-Band?</h2>
<p>Nach Jahren voraus. Versprochen sind 80 von 100. Weniger heißt: Das Band war zu schmal. Mehr heißt: Es war
breiter als nötig.</p>
<div class="scroll"><table><thead><tr><th scope="col">Größe</th>
{% for head in overview[0] %}<th scope="col">{{ head|replace(" voraus", "") }}</th>{% endfor %}
<th scope="col" class="text">Urteil</th></tr></thead>
<tbody>{% for name, cells, label, promise in overview[1] %}<tr><th scope="row">{{ name }}</th>
{% for cell in cells %}<td>{{ cell }}</td>{% endfor %}
<td class="text"><span class="mark {{ promise }}">{{ label }}</span></td></tr>
{% endfor %}</tbody></table></div>
{{ figure(charts.coverage) }}

{% if charts.ratio %}<h2>Sind unsere Spannen besser als der letzte Wert?</h2>
<p>Das einfachste Verfahren sagt: Es bleibt, wie es ist – und nimmt als Band, wie weit es damit früher
danebenlag.
Das relative WIS teilt unseren Verlust durch den dieses Verfahrens; 0,90 heißt: zehn Prozent besser. Das WIS
bewertet Spannen: Es zählt ihre Breite und bestraft jede Zahl, die außerhalb liegt.</p>
{{ figure(charts.ratio) }}{% endif %}

<h2>Wo wir verlieren</h2>
{% if losses %}<ul>{% for text in losses %}<li>{{ text }}</li>{% endfor %}</ul>
{% else %}<p>Nirgends, wo genug Jahrgänge vorliegen.</p>{% endif %}

<h2>Jede Größe für sich</h2>
{% for group in groups %}<h3>{{ group.name }}</h3>
<p>{{ group.sentence }}</p>
<div class="two">{% if group.example %}{{ figure(group.example, false) }}{% endif %}
{{ figure(group.errors, false) }}</div>
{% endfor %}
{% if left_out %}<p>{{ left_out }} weitere Gruppen stehen in scores.csv und statements.csv.</p>{% endif %}

{% if charts.calibration %}<h2>Stimmen die Verteilungen?</h2>
<p>Für jede Zahl, die kam, fragen wir, an welcher Stelle unserer Verteilung sie lag (bei ganzen Zahlen
zufällig innerhalb ihrer Stufe: randomisierter PIT). Der Abstand ist der größte Unterschied zur
Gleichverteilung (Kolmogorow-Smirnow); 0 wäre vollkommen. Er ist ein Maß und kein Test, weil sich Reihen die
Jahre teilen.</p>
{{ figure(charts.calibration) }}{% endif %}

{% if sizes %}<h2>Nach Größe der Zahlen</h2>
<p>Kleine Zahlen schwanken stärker. Größenklasse ist der letzte Wert am Ursprung; alle Ebenen zusammen.</p>
<details><summary>Tabelle zeigen</summary><div class="scroll"><table><thead><tr><th scope="col">Größe</th>
<th scope="col">letzter Wert</th><th scope="col">Jahre voraus</th><th scope="col">Fälle</th>
<th scope="col">WAPE</th><th scope="col">Gewinn</th><th scope="col">im 50-%-Band</th>
<th scope="col">im 80-%-Band</th><th scope="col">im 95-%-Band</th><th scope="col">Breite 80 %</th>
<th scope="col">relatives WIS</th></tr></thead><tbody>
{% for row in sizes %}<tr>{% for cell in row %}{% if loop.first %}<th scope="row">{{ cell }}</th>
{% else %}<td>{{ cell }}</td>{% endif %}{% endfor %}</tr>
{% endfor %}</tbody></table></div></details>{% endif %}

<h2>Wie ist das gemeint?</h2>
<ul>
<li><strong>Ursprungsjahr, Jahrgang:</strong> das letzte Jahr, das damals bekannt war.</li>
<li><strong>80-%-Band:</strong> In acht von zehn Fällen soll die Zahl darin liegen.</li>
<li><strong>WAPE:</strong> Summe der Fehler geteilt durch die Summe der Zahlen; 10 % heißt: im Schnitt ein
Zehntel daneben. <strong>Gewinn:</strong> um wie viel kleiner unser Fehler ist als der des letzten Werts.</li>
<li><strong>Breite:</strong> mittlere Breite des Bandes im Verhältnis zu den Zahlen.</li>
<li><strong>Drift:</strong> Die mittlere Veränderung seit dem ersten Wert geht weiter; gedämpft: immer
schwächer.</li>
</ul>
{% if refused %}<h2>Was nicht gerechnet werden konnte</h2>
<details><summary>{{ refused|length }} Einträge</summary><ul>
{% for what, why in refused %}<li>{{ what }}: {{ why }}</li>{% endfor %}</ul></details>{% endif %}

<section lang="en"><h2>English</h2><p>{{ english_lead }}</p>
<ul>{% for text in english %}<li>{{ text }}</li>{% endfor %}</ul>
<p><strong>Where we lose</strong></p>
{% if english_losses %}<ul>{% for text in english_losses %}<li>{{ text }}</li>{% endfor %}</ul>
{% else %}<p>Nowhere with enough origin years.</p>{% endif %}</section>
</body></html>
"""
)
