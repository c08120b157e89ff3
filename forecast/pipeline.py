"""The way of a number, one typed step a function: load → train → publish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from forecast.age_document import age_document
from forecast.artefacts import load_object, read_folder, save_folder, save_object
from forecast.assemble import assemble
from forecast.back_cast import Asked
from forecast.backtest import BegunBacktest, begin_backtest, finish_backtest, write_backtest
from forecast.base_year import base_draws, base_year_series
from forecast.cells import missing_notes, published_series
from forecast.compute import Begun
from forecast.disclosure import kept_releases, protect
from forecast.district_split import DISTRICTS
from forecast.domain.harmonise import harmonise
from forecast.error_record import record_release
from forecast.errors import InputError, ModelError
from forecast.fit import Fitted, fit, prove_drivers
from forecast.gap_skill import (
    DRAWS,
    QUANTITY,
    Lost,
    begin_past_years,
    past_files,
    past_years,
    rows_in,
    verdicts,
)
from forecast.grading import Grading
from forecast.group_cells import Sums, group_series, groups_of
from forecast.group_rows import SINGLE
from forecast.inputs import DEFINITION_FOLDERS, Inputs, Settings, digest, refuse_holes
from forecast.joint_points import added_up
from forecast.notes import NoteBook
from forecast.past_forecasts import past_document
from forecast.progress import Report, german
from forecast.projecting import draft, project
from forecast.publish import build_content
from forecast.quantities import production_settings
from forecast.record_card import publish_record
from forecast.release import (
    HORIZON,
    axes_of,
    release_documents,
    release_meta,
    series_card,
    stored_run,
)
from forecast.scoring import BacktestResult, BacktestSettings
from forecast.snapshot import SnapshotContent, put_in_force
from forecast.sources.checks import read_checks
from forecast.sources.definitions import read_definitions
from forecast.sources.figures import read_panel
from forecast.stay_cells import stay_document
from forecast.training_plan import training_plan, with_plans
from forecast.what_if_release import LAST_YEAR, continued, what_if_files
from forecast.withheld_plan import withheld_plan
from forecast.year_sums import elsewhere_of, year_sums

SERIES = "series"


def load(settings: Settings, report: Report) -> Inputs:
    """Read and check everything under data/; writes nothing.

    Raises:
        DefinitionError: A code list, parameter, indicator or event breaks its rules.
        InputError: A raw file is missing, changed or holds rows that cannot be read.
    """
    with report.step("Definitionen prüfen") as step:
        definitions = read_definitions(settings.data_root)
        read_checks(settings.data_root, definitions.codes, definitions.sources)
        scenario = definitions.scenarios.get(settings.scenario)
        if scenario is None:
            raise InputError(
                f"Unbekanntes Szenario «{settings.scenario}».", where="Szenario",
                expected=", ".join(sorted(definitions.scenarios)), remedy="Eines davon wählen.",
            )  # fmt: skip
        parameters = definitions.parameters.with_overrides(scenario.overrides)
        definitions = replace(definitions, parameters=parameters)
        trades, sources = len(definitions.codes.trades), len(definitions.sources)
        step.done(f"{trades} Gewerke, {len(parameters.parameters)} Annahmen, {sources} Quellen")
    with report.step("Zahlen lesen") as step:
        read = read_panel(settings.data_root, definitions)
        as_of = settings.as_of or read.panel.latest_publication()
        printed = read.panel.as_of(as_of)
        if printed.frame.empty:
            raise InputError(
                f"Am {as_of:%d.%m.%Y} war noch keine Zahl veröffentlicht.", where="--as-of",
                expected="ein Tag nach der ersten Veröffentlichung", remedy="Einen späteren Tag angeben.",
            )  # fmt: skip
        refuse_holes(printed, read.figures, DISTRICTS)
        count, files = german(len(printed.frame)), len(read.files)
        step.done(f"{count} Zahlen aus {files} Dateien, Stand {as_of:%d.%m.%Y}")
    with report.step("Auf Gewerke umschlüsseln") as step:
        panel = harmonise(printed, definitions.codes, definitions.indicators).panel
        step.done(f"{len(panel.frame) - len(printed.frame)} Zahlen nach Gewerk")
    hashes = {
        "figures": digest(file.path for file in read.files),
        "definitions": digest(
            path
            for folder in DEFINITION_FOLDERS
            for path in (settings.data_root / folder).rglob("*")
            if path.is_file()
        ),
    }
    return Inputs(definitions, printed, panel, read.figures, as_of, hashes)


def look_ahead(inputs: Inputs, settings: Settings) -> BegunBacktest:
    """Begin what `look_back` needs, so that other processes work at it while this one goes on."""
    definitions, chosen = inputs.definitions, backtest_settings(inputs, settings)
    return begin_backtest(inputs.printed, definitions.codes, chosen, definitions.events)


def look_back(
    inputs: Inputs, settings: Settings, report: Report, begun: BegunBacktest | None = None
) -> BacktestResult:
    """Ask at every past year what would have been said then, and compare it with what came."""
    with report.step("Rückblickend prüfen") as step:
        result = finish_backtest(
            begun or look_ahead(inputs, settings),
            inputs.printed,
            inputs.definitions.codes,
            step.reached,
            {code: (one.name_de, one.name_en) for code, one in inputs.definitions.indicators.items()},
        )
        judged = [verdict for verdict in result.verdicts if verdict.judged]
        lost = sum(verdict.loses for verdict in judged)
        step.done(
            f"{sum(result.series.values())} Reihen, {len(judged)} Urteile, "
            f"{lost}-mal nicht besser als der letzte Wert"
        )
    return result


def backtest_settings(inputs: Inputs, settings: Settings) -> BacktestSettings:
    """The backtest tests what production does: the same forecaster with the same parameters."""
    values = inputs.definitions.parameters
    return BacktestSettings(
        seed=settings.seed,
        workers=settings.workers,
        minimum_origins=int(values.value("minimum_origins")),
        series=production_settings(values),
    )


def evaluate(inputs: Inputs, settings: Settings, report: Report) -> Path:
    """Run the backtest and write scores, card and report under models/."""
    return write_backtest(look_back(inputs, settings, report), settings.models_root)


class Models(NamedTuple):
    """What `train` leaves to `publish`.

    Args:
        fitted: Forecast series and shares.
        evaluated: Their backtest.
        past: The accounts at past years: being asked in other processes, or read from the models.
    """

    fitted: Fitted
    evaluated: BacktestResult
    past: Begun[Asked] | pd.DataFrame


def train(inputs: Inputs, settings: Settings, report: Report) -> Models:
    """Fit all series, check them against the past and store both with their cards.

    The accounts are asked at past years while other steps go on; `ask_past_years` waits for the answer.
    """
    codes, parameters = inputs.definitions.codes, inputs.draws(settings)
    with report.step("Treiber erproben") as step:
        begun = look_ahead(inputs, settings)
        choice = prove_drivers(inputs.printed, codes, parameters.parameters, settings.seed, settings.workers)
        used = [verdict for verdict in choice.verdicts if verdict.on]
        step.done(f"{len(choice.verdicts)} erprobt, {len(used)} helfen und werden verwendet")
    with report.step("Reihen schätzen") as step:
        fitted = fit(inputs.panel, codes, inputs.definitions.events, parameters, HORIZON, choice)
        step.done(
            f"{len(fitted.contracts)} Reihen Neuabschlüsse, {len(fitted.employees)} Reihen Beschäftigte"
        )
        for sentence, count in fitted.remarks():
            step.warn(f"{count} {'Reihe' if count == 1 else 'Reihen'}: {sentence}")
        for key, reason in fitted.refused:
            step.warn(f"{key}: {reason}")
    result = look_back(inputs, settings, report, begun)
    with report.step("Modelle ablegen") as step:
        past = begin_past_years(inputs, settings)
        card = series_card(inputs, settings, fitted, choice)
        save_object(settings.models_root, SERIES, fitted, card)
        write_backtest(result, settings.models_root)
        step.done(f"{settings.models_root}/")
    return Models(fitted, result, past)


def load_fitted(inputs: Inputs, settings: Settings, report: Report) -> Models:
    """Load the artefacts of exactly this run; past years that were not asked to the end are asked again.

    Raises:
        InputError: There are none for these figures, parameters and seed.
    """
    with report.step("Modelle laden") as step:
        key = inputs.run_key(settings)
        folder = stored_run(settings.models_root / SERIES, key)
        if folder is None:
            raise InputError(
                "Für diese Daten, Annahmen und Einstellungen gibt es noch keine Modelle.",
                where=str(settings.models_root / SERIES),
                expected=f"ein abgelegter Lauf {key}",
                remedy="Zuerst «train» mit denselben Angaben aufrufen.",
            )
        fitted = load_object(folder)
        if not isinstance(fitted, Fitted):
            raise ModelError("Das abgelegte Modell hat eine unerwartete Form.", where=str(folder))
        asked = stored_run(settings.models_root / QUANTITY, key)
        step.done(folder.name)
    result = look_back(inputs, settings, report)
    past = begin_past_years(inputs, settings) if asked is None else rows_in(read_folder(asked))
    return Models(fitted, result, past)


def ask_past_years(
    trained: Models, inputs: Inputs, settings: Settings, report: Report
) -> tuple[Lost, pd.DataFrame | None]:
    """Ask the accounts at past years: where their gap missed by more than the last one, the grade says so.

    What was found is stored with its card, so that publishing again need not ask again.

    Returns:
        Where the gap lost, and the comparisons; None where no past year could be asked.
    """
    trades = inputs.definitions.codes.trades.values()
    with report.step("Konten zu früheren Jahren befragen") as step:
        if isinstance(trained.past, Begun):
            try:
                rows = past_years(trained.past, step.reached)
            except ModelError as error:
                step.warn(f"Die Lücke ist zu keinem früheren Jahr geprüft: {error.what}")
                return {}, None
            lost = verdicts(rows, trades)
            save_folder(settings.models_root, QUANTITY, past_files(rows, lost, inputs, settings))
        else:
            rows = trained.past
            lost = verdicts(rows, trades)
        single = [by_row.get(SINGLE, {}) for by_row in lost.values()]
        judged = sum(len(by_year) for by_year in single)
        worse = sum(sum(by_year.values()) for by_year in single)
        step.done(f"{judged} Urteile über die Lücke je Gewerk, {worse}-mal schlechter als der letzte Wert")
    return lost, rows


def past_documents(
    past: pd.DataFrame | None, trades: Sequence[str], settings: Settings
) -> dict[str, dict[str, object]]:
    """What past years would have said, for the release; nothing where none could be asked."""
    if past is None:
        return {}
    return {"past_forecasts": past_document(past, trades, min(settings.draws, DRAWS))}


def publish(inputs: Inputs, trained: Models, settings: Settings, report: Report) -> str:
    """Project, round, explain and publish; returns the id of the release."""
    fitted, evaluated, _ = trained
    parameters = inputs.draws(settings)
    codes, planning = inputs.definitions.codes, inputs.definitions.planning
    first_start = inputs.as_of.year + 1
    with report.step("Konten aufstellen") as step:
        assembled = assemble(fitted, inputs.panel, codes, inputs.definitions.events, parameters, HORIZON,
                             first_start, owners_to=LAST_YEAR)  # fmt: skip
        assembled = continued(with_plans(assembled, planning, codes, parameters), parameters)
        step.done(f"{len(assembled.tasks)} Zellen mit Beschäftigten, {len(assembled.paths)} mit Verträgen")
    summaries, drafted = project(
        assembled, settings, report, lambda: draft(inputs, assembled, fitted, settings)
    )
    lost, past = ask_past_years(trained, inputs, settings, report)
    with report.step("Veröffentlichen") as step:
        axes = axes_of(inputs)
        notes = NoteBook()
        plan = training_plan(assembled, summaries, planning, inputs.panel, codes, parameters, notes)
        grading = Grading.of(
            evaluated, {code: one.level for code, one in codes.regions.items()}, parameters.parameters, lost
        )
        sums = Sums(
            assembled, summaries, drafted.ways, plan.courses,
            [codes.trades[code] for code in axes.trades if code in codes.trades], first_start,
        )  # fmt: skip
        groups = groups_of(sums, parameters)
        together = year_sums(sums, groups, grading, int(parameters.parameters.value("years_together")))
        grading = replace(grading, elsewhere=elsewhere_of(sums, groups, grading, together))
        plan = withheld_plan(plan, assembled, grading.elsewhere, notes)
        added = group_series(sums, groups, inputs.panel, grading, notes)
        base = base_draws(assembled, codes, parameters)
        today = base_year_series(sums, groups, base, notes)
        series = published_series(
            assembled, summaries, inputs.panel, first_start=first_start, notes=notes, grading=grading,
            ways=drafted.ways, plan=(*plan.series, *added, *today),
        )  # fmt: skip
        series = added_up(series, sums, base, inputs.panel, axes.years)
        reasons = missing_notes(series, assembled, codes, axes, notes)
        documents = release_documents(
            inputs, settings, assembled.base_year, evaluated, notes, axes, drafted.derivations
        )
        documents["training_plan"] = plan.document
        documents["stay_curve"] = stay_document(drafted.stay)
        documents["world_checks"] = drafted.checks
        documents["year_sums"] = together
        documents["age_profiles"] = age_document(assembled, groups, series, grading, parameters.parameters)
        documents |= past_documents(past, axes.trades, settings)
        interval = parameters.parameters.value("disclosure_interval")
        content = build_content(
            axes, series, documents, release_meta(inputs, settings, int(assembled.horizon[0]) - 1),
            lambda content: protect(content, interval, lambda: kept_releases(settings.snapshot_root)),
            reasons,
        )  # fmt: skip
        kept = what_if_files(assembled, summaries, codes, parameters, first_start)
        released = _written(replace(content, files={**content.files, **kept}), settings)
        values = int(np.isfinite(content.cube[..., 0]).sum())
        step.done(f"{german(values)} Werte, Stand {released}")
    return released


def _written(content: SnapshotContent, settings: Settings) -> str:
    """Write a release, compare earlier ones with it; return its id."""
    current = put_in_force(settings.snapshot_root, content)
    record = settings.models_root / "error_record"
    record_release(settings.snapshot_root, current, record)
    publish_record(settings.snapshot_root, record)
    return current.id
