"""The model report as one page: what the model meets, what it misses, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from jinja2 import Environment, select_autoescape
from plotly.offline import get_plotlyjs

from forecast.back_cast import NO_SHARES, BackCast
from forecast.back_cast_scores import ALONE, BANDS, CELLS, EVERY, LEARNED, NAMES, SUMS, Finding
from forecast.backtest_charts import number
from forecast.backtest_page import MACROS, STYLE
from forecast.domain.provenance import Source
from forecast.model_report_charts import (
    amount,
    checks_chart,
    coverage_by_band,
    deviation_chart,
    dissolution_chart,
    published,
)
from forecast.statements import percent
from forecast.world_checks import CheckedFact

_SHOWN: Final = ("supply", "demand")


@dataclass(frozen=True, slots=True)
class ReportParts:
    """Everything the page shows.

    Args:
        checked: Facts with verdicts.
        cast: Back-cast.
        alone: Origins without a learned net inflow.
        scores: Scores of the back-cast.
        findings: The same in sentences.
        regions: Region → names, the district first.
        sources: Publications by id.
        recomputed: Dissolution rate by year from the layer model.
        official: Official dissolution rate by year.
        as_of: Day of the figures.
        draws: Draws per cell.
    """

    checked: tuple[CheckedFact, ...]
    cast: BackCast
    alone: frozenset[int]
    scores: pd.DataFrame
    findings: tuple[Finding, ...]
    regions: Mapping[str, tuple[str, str]]
    sources: Mapping[str, Source]
    recomputed: Mapping[int, float]
    official: Mapping[int, float]
    as_of: date
    draws: int


def report_page(parts: ReportParts) -> str:
    """Return a page that needs nothing but itself; texts and tables can be read without JavaScript."""
    environment = Environment(autoescape=select_autoescape(default=True, default_for_string=True))
    alone = set(parts.alone)
    return environment.from_string(_PAGE).render(
        script=get_plotlyjs(),
        leads=leads(parts.checked, german=True),
        leads_en=leads(parts.checked, german=False),
        facts=_facts(parts),
        checks=[_check(item, parts.sources) for item in parts.checked],
        findings=parts.findings,
        readings=readings(parts),
        tables=[
            ("Je Gewerk", _table(parts, CELLS, LEARNED)),
            ("Summe aller Gewerke einer Region", _table(parts, SUMS, LEARNED)),
        ],
        bare=_table(parts, SUMS, ALONE),
        bare_years=", ".join(map(str, sorted(alone))),
        charts={
            "checks": checks_chart(parts.checked),
            "dissolution": dissolution_chart(parts.recomputed, parts.official),
            "cells": coverage_by_band(parts.scores, CELLS),
            "sums": coverage_by_band(parts.scores, SUMS),
            "paths": [
                deviation_chart(parts.cast.rows, region, names[0], quantity, alone)
                for region, names in parts.regions.items()
                for quantity in _SHOWN
            ],
        },
        lent=sorted(parts.cast.borrowed.items()),
        refused=[(year, why.splitlines()[0]) for year, why in parts.cast.refused],
    )


def leads(checked: tuple[CheckedFact, ...], *, german: bool) -> list[str]:
    """Return the first sentences: how many facts are met, those the model was not made from first."""
    found = []
    for independent in (True, False):
        part = [item for item in checked if item.fact.independent is independent]
        met = sum(item.verdict.inside for item in part)
        if german:
            kind = (
                "Zahlen, die nicht ins Modell eingehen" if independent else "Zahlen, an denen es geeicht ist"
            )
            found.append(f"Von {len(part)} veröffentlichten {kind}, trifft das Modell {met}.")
        else:
            kind = "that do not enter the model" if independent else "it is calibrated on"
            found.append(f"Of {len(part)} published figures {kind}, the model meets {met}.")
    return found


def readings(parts: ReportParts) -> list[str]:
    """Return what a reader must know to judge the back-cast, as far as it applies to this one."""
    texts = [
        "Die Lücke, die kam, ist immer klein: Beschäftigt kann nur sein, wer da ist; gemessen wird der "
        "Unterschied von offenen Stellen und Arbeitslosen. Die Lücke des Modells sagt, was fehlt oder übrig "
        "ist, wenn sich sonst niemand anpasst: ein Maß für den Druck, keine Vorhersage der Statistik. Wo die "
        "Lücke hier schlechter abschneidet als der letzte Wert, liegt das auch daran.",
        "Der Bedarf, der kam, ist nur der gedeckte mit den offenen Stellen: Wo Leute fehlen, sinkt er mit "
        "ihnen. Zählen lassen sich die Beschäftigten. Ihre Zahl folgt aus den Konten als die kleinere der "
        "beiden Seiten, mit so vielen offenen Stellen und Arbeitslosen je Kopf wie im Ursprungsjahr.",
    ]
    every = parts.scores[(parts.scores["ahead"] == EVERY) & (parts.scores["origins"] == LEARNED)]
    share = {
        scope: float(np.average(part["in_80"], weights=part["n"]))
        for scope, part in every[every["quantity"].isin(_SHOWN)].groupby("scope")
    }
    if share.get(SUMS, 1.0) < share.get(CELLS, 0.0):
        texts.append(
            f"Je Gewerk lagen {percent(share[CELLS], digits=0)} im 80-%-Band, in der Summe aller Gewerke nur "
            f"{percent(share[SUMS], digits=0)}: Die Fehler der Gewerke gehen in dieselbe Richtung, das "
            "Modell lässt sie sich zu sehr ausgleichen. Spannen von Summen sind zu schmal."
        )
    if any(NO_SHARES in lent for lent in parts.cast.borrowed.values()):
        texts.append(
            "Bevor die Kammer Verträge nach Beruf veröffentlicht hat, kam der Anteil des Bezirks am Land aus "
            "den Beschäftigten. Die späteren Zahlen der Kammer liegen anders; das sieht man an den "
            "Eintritten im Bezirk."
        )
    return texts


def _facts(parts: ReportParts) -> list[tuple[str, str]]:
    rows = parts.cast.rows
    origins = sorted(int(year) for year in rows["origin"].unique())
    return [
        ("Stand der Zahlen", f"{parts.as_of:%d.%m.%Y}"),
        ("Geprüfte Zahlen", str(len(parts.checked))),
        ("Ursprungsjahre", f"{len(origins)} ({origins[0]}–{origins[-1]})"),
        ("Vergleiche", number(float(len(rows)))),
        ("Ziehungen", str(parts.draws)),
    ]


def _check(item: CheckedFact, sources: Mapping[str, Source]) -> dict[str, object]:
    """One row of the table of checks."""
    fact, verdict = item.fact, item.verdict
    if verdict.exact:
        text, mark = "trifft", "kept"
    else:
        side = "zu hoch" if verdict.missed_by > 0 else "zu niedrig"
        off = abs(verdict.missed_by)
        size = (
            f"{100 * off:.2f} Prozentpunkte".replace(".", ",")
            if fact.unit.startswith("share")
            else amount(off, fact.unit)
        )
        text, mark = (
            (f"in der Spanne; Mittelwert {size} {side}", "wide")
            if verdict.inside
            else (f"verfehlt um {size}, {side}", "narrow")
        )
    source = sources[fact.source]
    return {
        "name": fact.name_de, "published": published(fact), "model": amount(item.value, fact.unit),
        "range": f"{amount(item.lower, fact.unit)} bis {amount(item.upper, fact.unit)}", "verdict": text,
        "mark": mark, "kind": "Probe" if fact.independent else "Eichung", "computed": fact.computed_de,
        "reason": "" if verdict.exact else fact.reason_de, "publisher": source.publisher,
        "title": source.title, "url": source.url,
    }  # fmt: skip


def _table(parts: ReportParts, scope: str, origins: str) -> list[tuple[str, ...]]:
    """Rows of the table of the back-cast: quantity, region, years ahead, n, coverage, errors, bias."""
    scores = parts.scores
    chosen = scores[(scores["scope"] == scope) & (scores["origins"] == origins)]
    found = {(row["quantity"], row["region"], row["ahead"]): row for row in chosen.to_dict("records")}
    rows = []
    for quantity in NAMES:
        for region, names in parts.regions.items():
            for ahead in (*BANDS, EVERY):
                row = found.get((quantity, region, ahead))
                if row is not None:
                    rows.append((
                        f"{NAMES[quantity][0]}, {names[0]}", ahead, number(float(row["n"])),
                        *(percent(row[f"in_{p}"], digits=0) for p in (50, 80, 95)),
                        percent(row["wape"]), percent(row["wape_naive"]), number(row["mae"]),
                        number(row["mae_naive"]), percent(row["bias"]),
                    ))  # fmt: skip
    return rows


_HEADS: Final = """<thead><tr><th scope="col">Größe</th><th scope="col">Jahre voraus</th>
<th scope="col">Fälle</th>
<th scope="col">im 50-%-Band</th><th scope="col">im 80-%-Band</th><th scope="col">im 95-%-Band</th>
<th scope="col">Fehler</th><th scope="col">Fehler letzter Wert</th><th scope="col">Fehler, Personen</th>
<th scope="col">letzter Wert, Personen</th><th scope="col">Schieflage</th></tr></thead>"""

_PAGE: Final = (
    MACROS
    + """{% macro numbers(rows) %}<div class="scroll"><table>"""
    + _HEADS
    + """<tbody>{% for row in rows %}<tr>{% for cell in row %}
{% if loop.first %}<th scope="row">{{ cell }}</th>{% else %}<td>{{ cell }}</td>{% endif %}{% endfor %}</tr>
{% endfor %}</tbody></table></div>{% endmacro %}<!doctype html>
<html lang="de"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Modellbericht: das Modell an veröffentlichten Zahlen gemessen</title>
<style>"""
    + STYLE
    + """td.text { white-space: normal; min-width: 14rem; max-width: 30rem; }
</style><noscript><style>.chart { display: none; }</style></noscript>
<script>{{ script|safe }}</script></head><body>
<h1>Modellbericht</h1>
<p>Was sagt das Modell zu Zahlen, die andere veröffentlicht haben – und was hätte es in früheren Jahren
gesagt? Wo es verfehlt, steht es hier, mit dem Grund, soweit er bekannt ist.</p>
{% for lead in leads %}<p class="lead"><strong>{{ lead }}</strong></p>{% endfor %}
<dl>{% for name, value in facts %}<div><dt>{{ name }}</dt><dd>{{ value }}</dd></div>{% endfor %}</dl>
<noscript><p>Die Bilder brauchen JavaScript; alle Texte und Tabellen stehen auch so da.</p></noscript>

<h2>Das Modell neben veröffentlichten Zahlen</h2>
<p><strong>Probe</strong> heißt: Die Zahl geht nicht ins Modell ein. <strong>Eichung</strong> heißt: Sie geht
ein; dass das Modell sie trifft, zeigt nur, dass die Rechnung stimmt.</p>
<div class="scroll"><table><thead><tr><th scope="col">Zahl</th><th scope="col">veröffentlicht</th>
<th scope="col">Modell</th><th scope="col">80-%-Spanne</th><th scope="col" class="text">Urteil</th>
<th scope="col" class="text">Art</th></tr></thead><tbody>
{% for row in checks %}<tr><th scope="row">{{ row.name }}</th><td>{{ row.published }}</td>
<td>{{ row.model }}</td><td>{{ row.range }}</td>
<td class="text"><span class="mark {{ row.mark }}"></span>{{ row.verdict }}</td><td>{{ row.kind }}</td></tr>
{% endfor %}</tbody></table></div>
{{ figure(charts.checks, false) }}
<h3>Warum es verfehlt</h3>
<ul>{% for row in checks if row.reason %}<li><strong>{{ row.name }}</strong> ({{ row.verdict }}):
{{ row.reason }}</li>{% endfor %}</ul>
<details><summary>Wie gerechnet wurde, und woher die Zahlen sind</summary><ul>
{% for row in checks %}<li><strong>{{ row.name }}:</strong> {{ row.computed }} Quelle: {{ row.publisher }},
{% if row.url %}<a href="{{ row.url }}">{{ row.title }}</a>{% else %}{{ row.title }}{% endif %}.</li>
{% endfor %}</ul></details>
<h3>Die Lösungsquote Jahr für Jahr</h3>
{{ figure(charts.dissolution, false) }}

<h2>Rückrechnung der Konten</h2>
<p>Für jedes Jahr mit Beständen wurden die Zahlen auf den Tag zurückgeschnitten, an dem dieser Bestand bekannt
wurde; damit wurden Reihen geschätzt, Konten aufgestellt und fortgeschrieben wie für einen Stand. Daneben
steht, was kam: die Fachkräfte und der Bedarf, wie sie sich aus den heute veröffentlichten Berufsgruppen
ergeben, als Bewegung seit dem Ursprungsjahr. Der letzte Wert sagt: Es bleibt, wie es ist.</p>
<ul>{% for item in findings %}<li>{{ item.text_de }}</li>{% endfor %}</ul>
<h3>Wie das zu lesen ist</h3>
<ul>{% for text in readings %}<li>{{ text }}</li>{% endfor %}</ul>
{{ figure(charts.cells, false) }}
{{ figure(charts.sums, false) }}
{% for title, rows in tables %}<h3>{{ title }}</h3>
<details{% if loop.first %} open{% endif %}><summary>Tabelle</summary>{{ numbers(rows) }}</details>
{% endfor %}
<p>Fehler: Summe der Abweichungen geteilt durch die Summe der Zahlen. Schieflage: mittlere Abweichung mit
Vorzeichen; über null heißt, das Modell lag zu hoch. Bei der Lücke zählen nur Personen, weil sie null sein
kann. Die Fehler sind dort gerechnet, wo es auch einen letzten Wert gibt.</p>
{% for chart in charts.paths %}{{ figure(chart, false) }}{% endfor %}

{% if bare %}<h2>Die Konten allein, ohne gelernten Zugang</h2>
<p>In den Ursprungsjahren {{ bare_years }} waren die Reihen zu kurz, um den Nettozugang (Zuzug, Berufswechsel,
Rückkehr) und das Wachstum des Bedarfs zu schätzen. Gerechnet wurde mit Anfangsbestand, Alterung, Abgängen und
Ausbildung allein. Was dabei fehlt, ist der Teil der Fachkräfte, der von anderswo kam.</p>
{{ numbers(bare) }}{% endif %}

<h2>Was nicht zurückgestellt werden konnte</h2>
<ul>
<li>Die Annahmen (Lösungsquoten, Ruhestandsplan, Verbleib, Meldequoten) sind die von heute. Nur der Anteil der
über 55-Jährigen ist mit der Alterung zurückbewegt.</li>
<li>Altersgrenzen sind zurückgestellt: Jedes vergangene Jahr hat die seiner Jahrgänge, und ein Ursprungsjahr
kennt kein Gesetz, das erst nach seinen Zahlen verkündet wurde.</li>
{% for year, texts in lent if texts %}<li>{{ year }}: {{ texts|join("; ") }}.</li>{% endfor %}
{% for year, why in refused %}<li>{{ year }}: nicht gerechnet – {{ why }}</li>{% endfor %}
</ul>

<section lang="en"><h2>English</h2>{% for lead in leads_en %}<p>{{ lead }}</p>{% endfor %}
<ul>{% for item in findings %}<li>{{ item.text_en }}</li>{% endfor %}</ul></section>
</body></html>
"""
)
