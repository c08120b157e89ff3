"""The backtest for readers: score tables, model card in German and English, and the page."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import yaml

from forecast.backtest_page import report_page, sizes_of
from forecast.scoring import (
    NAIVE,
    PRODUCTION,
    BacktestResult,
    calibration_table,
    headline,
)
from forecast.statements import (
    coverage_statements,
    group_name,
    headline_sentence,
    loss_sentences,
    percent,
)

#: Names of the files of a report.
FILES: Final = (
    "report.html", "CARD.md", "card.yaml", "scores.csv", "scores.parquet", "errors.csv", "errors.parquet",
    "statements.csv", "calibration.csv",
)  # fmt: skip
_DIGITS: Final = 6
_NOWHERE: Final = ("Nirgends, wo genug Jahrgänge vorliegen.", "Nowhere with enough origin years.")


def report_files(result: BacktestResult) -> dict[str, bytes]:
    """Return the files of a backtest by name; the same result gives the same bytes.

    Returns:
        report.html, card.yaml, CARD.md; scores (all size classes: size = all, then each class) and errors as
        Parquet and CSV, the errors as CSV for production and last value only; statements.csv and
        calibration.csv.
    """
    sizes = sizes_of(result.errors)
    scores = pd.concat([result.scores.assign(size="all"), sizes], ignore_index=True)
    both = result.errors[result.errors["method"].isin([PRODUCTION, NAIVE])]
    statements = pd.DataFrame(coverage_statements(result))
    found = card(result)
    texts = {
        "scores.csv": _csv(scores),
        "errors.csv": _csv(both),
        "statements.csv": _csv(statements),
        "calibration.csv": _csv(calibration_table(result.errors)),
        "card.yaml": yaml.safe_dump(found, allow_unicode=True, sort_keys=False, width=110),
        "CARD.md": card_text(result, found),
        "report.html": report_page(result, sizes),
    }
    files = {name: text.encode("utf-8") for name, text in texts.items()}
    return files | {"scores.parquet": _parquet(scores), "errors.parquet": _parquet(result.errors)}


def card(result: BacktestResult) -> dict[str, Any]:
    """Return the card as plain data: what was tested, on what, and where production loses.

    ``scores`` holds the rows of production with the WAPE of the last value beside them; ``relative_wis`` the
    headline per indicator and horizon (horizon 0: all horizons, indicator «all»: all indicators).
    """
    table = result.scores
    ours = table[table["method"] == PRODUCTION]
    naive = table[table["method"] == NAIVE].set_index(["indicator", "level", "horizon"])["wape"]
    scores = []
    for row in ours.to_dict("records"):
        entry = {str(name): _plain(value) for name, value in row.items() if name != "method"}
        entry["wape_last"] = _plain(naive.get((row["indicator"], row["level"], row["horizon"])))
        scores.append(entry)
    german, english = _summary(result)
    pooled = [statement for statement in coverage_statements(result) if statement.horizon == 0]
    return {
        "quantity": "backtest",
        "title_de": "Rückrechnung der Vorausschätzungen",
        "title_en": "Backtest of the forecasts",
        "summary_de": german,
        "summary_en": english,
        "loses_de": " ".join(loss_sentences(result, german=True)) or _NOWHERE[0],
        "loses_en": " ".join(loss_sentences(result, german=False)) or _NOWHERE[1],
        "data_vintage": result.vintage.isoformat() if result.vintage else None,
        "series": dict(result.series),
        "origins": {name: list(years) for name, years in result.origins.items()},
        "seed": result.settings.seed,
        "draws": result.settings.draws,
        "horizon": result.settings.horizon,
        "refused": [{"what": what, "reason": reason} for what, reason in result.refused],
        "relative_wis": [
            {str(name): _plain(value) for name, value in row.items()}
            for row in headline(result.verdicts).to_dict("records")
        ],
        "covered_de": [statement.text_de for statement in pooled],
        "covered_en": [statement.text_en for statement in pooled],
        "scores": scores,
    }


def card_text(result: BacktestResult, known: Mapping[str, Any] | None = None) -> str:
    """Return the card as Markdown, German first; ``known`` is what `card` returned, if it was asked."""
    german, english = _summary(result)
    found = card(result) if known is None else known
    lines = ["# Rückrechnung der Vorausschätzungen", "", german, "", "## Was die Spannen wert waren", ""]
    lines += [f"- {text}" for text in found["covered_de"]]
    lines += ["", "## Wo wir verlieren", ""]
    lines += [f"- {text}" for text in loss_sentences(result, german=True) or (_NOWHERE[0],)]
    lines += [
        "",
        "## Zahlen",
        "",
        "Relatives WIS: unsere Spannen geteilt durch den letzten Wert mit seinem eigenen Fehlerband; "
        "unter 1 sind unsere besser.",
        "",
        "| Größe | Jahre voraus | n | Jahrgänge | WAPE | letzter Wert | Gewinn | relatives WIS | in 80 % "
        "| in 95 % |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in found["scores"]:
        name = group_name(row["indicator"], row["level"], result.names, german=True)
        cells = [name, row["horizon"], row["n"], row["origins"]]
        cells += [percent(row[column]) for column in ("wape", "wape_last", "skill")]
        cells += [_ratio(row["relative_wis"]), percent(row["coverage_80"]), percent(row["coverage_95"])]
        lines.append("| " + " | ".join(str(cell) for cell in cells) + " |")
    lines += ["", "## English", "", english, ""]
    lines += [f"- {text}" for text in found["covered_en"]]
    lines += ["", "### Where we lose", ""]
    lines += [f"- {text}" for text in loss_sentences(result, german=False) or (_NOWHERE[1],)]
    return "\n".join([*lines, ""])


def _summary(result: BacktestResult) -> tuple[str, str]:
    """Return one paragraph in German and in English."""
    judged = [verdict for verdict in result.verdicts if verdict.judged]
    lost = sum(verdict.loses for verdict in judged)
    origins = sorted({year for years in result.origins.values() for year in years})
    span = f"{origins[0]}–{origins[-1]}" if origins else "–"
    count = sum(result.series.values())
    ours = result.scores[result.scores["method"] == PRODUCTION]
    total = max(int(ours["n"].sum()), 1)
    inner, outer = (float((ours[f"coverage_{r}"] * ours["n"]).sum() / total) for r in ("80", "95"))
    stand = f"Stand der Zahlen: {result.vintage:%d.%m.%Y}. " if result.vintage else ""
    vintage = f"Data vintage: {result.vintage.isoformat()}. " if result.vintage else ""
    german = (
        f"{count} Reihen, {len(origins)} Ursprungsjahre ({span}), jeder mit dem, was damals bekannt war. "
        f"{stand}In {len(judged) - lost} von {len(judged)} Vergleichen "
        f"(Größe, Ebene, Horizont) ist die Produktion mindestens so gut wie der letzte Wert. "
        f"Die 80-%-Spanne traf in {percent(inner)}, die 95-%-Spanne in {percent(outer)} der Fälle. "
        f"{headline_sentence(result, german=True)}"
    )
    english = (
        f"{count} series, {len(origins)} origin years ({span}), each seeing only what was public then. "
        f"{vintage}In {len(judged) - lost} of {len(judged)} comparisons "
        f"(quantity, level, horizon) production is at least as good as the last value. "
        f"The 80 % range held in {percent(inner, german=False)}, the 95 % range in "
        f"{percent(outer, german=False)} of cases. {headline_sentence(result, german=False)}"
    )
    return german.strip(), english.strip()


def _csv(table: pd.DataFrame) -> str:
    """Return a table as CSV with rounded numbers."""
    rounded = table.copy()
    numbers = rounded.select_dtypes("float").columns
    rounded[numbers] = rounded[numbers].round(_DIGITS)
    return rounded.to_csv(index=False, lineterminator="\n")


def _parquet(table: pd.DataFrame) -> bytes:
    """Return a table as Parquet."""
    buffer = io.BytesIO()
    table.to_parquet(buffer, index=False, engine="pyarrow")
    return buffer.getvalue()


def _ratio(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}".replace(".", ",")


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Return a number YAML can hold: rounded, NaN as None."""
    if value is None or isinstance(value, str):
        return value
    if not np.isfinite(float(value)):
        return None
    whole = float(value).is_integer() and not isinstance(value, float)
    return int(value) if whole else round(float(value), _DIGITS)
