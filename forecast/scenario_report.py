"""The command `scenario`: reads the question, runs the accounts, prints and writes the answer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from forecast import progress
from forecast.domain.levers import in_words
from forecast.scenario_table import (
    BASE,
    Comparison,
    compare,
    contribution_lines,
    contributions,
    region_lines,
    rows,
    said,
    trade_lines,
)
from forecast.scenarios import (
    Question,
    check_target,
    hidden_cells,
    model_of,
    published_points,
    read_question,
    regions_of,
    require_shown,
    require_trade,
    write_rows,
)
from forecast.snapshot import Snapshot
from forecast.sources.definitions import read_definitions
from forecast.what_if import WhatIfModel

WITH_FIRMS = (
    "Inhaber und Meister rechnen mit; was Hebel auf Ausbildung und Abgänge dort ändern, wirkt nicht auf "
    "Beschäftigte zurück. Weiterbildung, Kurse und Techniker sind nicht neu gerechnet."
)
WITHOUT_FIRMS = (
    "Inhaber, Nachfolgen und Meister hält dieser Stand nicht für Szenarien; sie bleiben, wie sie sind."
)
PAST_STAYS = "Geänderte Annahmen gelten ab dem ersten Vorausschätzungsjahr; die Vergangenheit bleibt."


class Report(progress.Report, Protocol):
    """Where steps and lines are shown."""

    def line(self, text: str) -> None: ...  # noqa: D102


def print_answer(
    given: str, region: str, trade: str, year: int, target: Path | None, data_root: Path, snapshot: Snapshot,
    report: Report,
) -> None:  # fmt: skip
    """Answer a question «what if» on the terminal and, where asked for, as a file.

    Args:
        given: File or name of a scenario.
        region: Code of the region.
        trade: Code of the trade or group of trades; empty takes all.
        year: Year to show; the file holds all years.
        target: CSV file to write, or None.
        data_root: The folder data/.
        snapshot: The release.
        report: Where to print.

    Raises:
        InputError: Something in the question is wrong; nothing is written then.
    """
    catalogue = snapshot.documents["catalogue"]
    named = (*catalogue["trades"], *catalogue.get("trade_groups", ()))
    labels = {entry["code"]: str(entry["name_de"]) for entry in named}
    with report.step("Szenario lesen") as step:
        if target is not None:
            check_target(target)
        model = model_of(snapshot, region)
        question = read_question(given, read_definitions(data_root), model, regions_of(snapshot))
        if trade:
            require_trade(trade, model, labels)
        model.require_year(year)
        hidden, points = hidden_cells(snapshot, model), published_points(snapshot, model)
        require_shown(trade, year, hidden)
        changed = f", {len(question.overrides)} Annahmen" if question.overrides else ""
        step.done(f"{len(question.levers)} Hebel{changed} aus {len(question.parts)} Szenarien")
    with report.step("Konten rechnen") as step:
        chosen = [trade] if trade else list(model.rows)
        shown = compare(model, question.scenario.name, question.changes, chosen, [year], hidden, points)
        step.done(f"{len(shown.base.trades)} Zeilen, {model.inputs.draws} Ziehungen, {region}")
    _print_question(question, snapshot, model, report)
    _print_cells(shown, labels, trade, year, report)
    report.line(WITH_FIRMS if model.inputs.firms is not None else WITHOUT_FIRMS)
    if trade:
        _print_contributions(model, question, shown, trade, year, report)
    if target is not None:
        with report.step("Schreiben") as step:
            every = compare(
                model,
                question.scenario.name,
                question.changes,
                chosen,
                model.inputs.years.tolist(),
                hidden,
                points,
            )
            count = write_rows(target, rows(every))
            step.done(f"{count} Zeilen → {target}")


def _print_cells(shown: Comparison, labels: Mapping[str, str], trade: str, year: int, report: Report) -> None:
    region = shown.base.region
    later = f" (der Stand reicht bis {shown.published_to}, danach gedämpft fortgeführt)"
    where = f"{labels[trade]} ({trade}), {region}" if trade else region
    report.line(f"\n[bold]{where}, {year}[/bold]{later if year > shown.published_to else ''}")
    for line in trade_lines(shown, trade, year) if trade else region_lines(shown, labels, year):
        report.line(line)
    report.line(
        "In Klammern: der Bereich von 80 von 100 Ziehungen. Personen; Ausbildungsbedarf in Verträgen."
    )


def _print_question(question: Question, snapshot: Snapshot, model: WhatIfModel, report: Report) -> None:
    scenario = question.scenario
    report.line(f"\n[bold]Szenario «{_safe(scenario.name_de or scenario.name)}»[/bold], Stand {snapshot.id}")
    if scenario.description_de:
        report.line(_safe(" ".join(scenario.description_de.split())))
    for part in question.parts:
        if part.name != scenario.name:
            report.line(f"  enthält «{_safe(part.name_de or part.name)}» ({_safe(part.name)})")
    for place, lever in enumerate(question.levers):
        report.line(f"  Hebel {place + 1}: {_safe(in_words(lever))}")
    for override in question.overrides:
        report.line(f"  Annahme: {_safe(said(override, model))}")
    if question.overrides:
        report.line(f"  {PAST_STAYS}")


def _print_contributions(
    model: WhatIfModel, question: Question, shown: Comparison, trade: str, year: int, report: Report
) -> None:
    base = shown.whole(trade, year, BASE)["gap"]
    difference = contributions(model, question.changes, trade, year, base)
    if difference is None:
        report.line("\nKein Hebel wirkt auf dieses Gewerk in dieser Region.")
        return
    report.line("\nBeitrag jedes Hebels allein zur Lücke (+ vergrößert, − verkleinert):")
    for line in contribution_lines(difference):
        report.line(_safe(line))


def _safe(text: str) -> str:
    """Brackets in a user's text are no markup."""
    return text.replace("[", r"\[")
