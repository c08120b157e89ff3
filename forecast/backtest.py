"""What would we have said then, and what came? Rolling origins on what was public, beside simple methods."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow.parquet as pq

from forecast import artefacts
from forecast.backtest_report import FILES, report_files
from forecast.compute import Begun, Outcome, begin_tasks, run_tasks
from forecast.domain.codes import CodeList
from forecast.domain.panel import Panel
from forecast.domain.provenance import Event
from forecast.errors import InputError, ModelError
from forecast.estimators.protocol import History
from forecast.origins import OriginTask, run_origin
from forecast.panel_origins import history_tasks, occupation_groups, panel_tasks, series_labels
from forecast.predict import read_series
from forecast.predict_checks import check_numbers
from forecast.report_folder import require_report_folder, write_report_folder
from forecast.scoring import ALL, STANDARD, BacktestResult, BacktestSettings, judge, score_table
from forecast.stats.draws import generator_for
from forecast.tables.genesis_input import is_genesis

__all__ = [
    "backtest_file",
    "backtest_histories",
    "begin_backtest",
    "finish_backtest",
    "occupation_groups",
    "run_backtest",
    "write_backtest",
]

#: A file of somebody's own series is tested from four values before the origin on.
FILE_SETTINGS: Final = BacktestSettings(indicators=(), least_points=4, least_length=5)
#: Name of a group where a file has no column for it.
UNGROUPED: Final = "series"
_NAMES: Final = {UNGROUPED: ("Alle Reihen", "All series")}
_NO_DATES: Final = (
    "Die Tabelle sagt nicht, wann eine Zahl veröffentlicht wurde: geprüft wird, als wäre jede Zahl am Ende "
    "ihres Jahres und so, wie sie heute dasteht, bekannt gewesen."
)
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class _Errors:
    """Errors of all origins, and what was refused."""

    frame: pd.DataFrame
    refused: tuple[tuple[str, str], ...]


def run_backtest(
    panel: Panel,
    codes: CodeList,
    settings: BacktestSettings = STANDARD,
    on_progress: Progress | None = None,
    names: Mapping[str, tuple[str, str]] | None = None,
    events: Sequence[Event] = (),
) -> BacktestResult:
    """Test the forecasts of published series at every possible origin (see `panel_tasks`).

    Args:
        panel: All figures, with the day each became public.
        codes: Levels of regions and the occupation groups of training occupations.
        settings: What is tested.
        on_progress: Called with (finished, total) origins.
        names: Code of an indicator → (German, English) name, for the report.
        events: Dated events the series are corrected for.

    Returns:
        Scores, verdicts and what was refused.

    Raises:
        InputError: No series is long enough.
        ModelError: No origin could be tested.
    """
    return finish_backtest(begin_backtest(panel, codes, settings, events), panel, codes, on_progress, names)


@dataclass(frozen=True, slots=True)
class BegunBacktest:
    """Origins that are being tested in other processes, by `settings`."""

    origins: Begun[tuple[pd.DataFrame, tuple[tuple[str, str], ...]]]
    settings: BacktestSettings


def begin_backtest(
    panel: Panel, codes: CodeList, settings: BacktestSettings = STANDARD, events: Sequence[Event] = ()
) -> BegunBacktest:
    """Cut the panel at every origin and let the origins run while this process goes on.

    Args and errors as for `run_backtest`.
    """
    tasks = [
        task for name in settings.indicators for task in panel_tasks(panel, codes, name, settings, events)
    ]
    if not tasks:
        raise _too_short("", settings)
    return BegunBacktest(begin_tasks(run_origin, _named(tasks), settings.workers), settings)


def finish_backtest(
    begun: BegunBacktest,
    panel: Panel,
    codes: CodeList,
    on_progress: Progress | None = None,
    names: Mapping[str, tuple[str, str]] | None = None,
) -> BacktestResult:
    """Wait for the origins, score and judge them; arguments, result and errors as for `run_backtest`."""
    settings = begun.settings
    found = _errors_of(begun.origins.outcomes(on_progress))
    region = found.frame["series"].str.split("|").str[1]
    level = region.map({code: entry.level for code, entry in codes.regions.items()})
    result = _result(found.frame.assign(level=level), found.refused, settings)
    labels = series_labels(codes, sorted(set(found.frame["series"])))
    return replace(result, vintage=panel.latest_publication(), names=dict(names or {}), labels=labels)


def backtest_file(
    input_path: Path,
    output_folder: Path,
    horizon: int = 5,
    *,
    seed: int = 1,
    draws: int = 200,
    workers: int = 1,
    settings: BacktestSettings = FILE_SETTINGS,
    on_progress: Progress | None = None,
) -> BacktestResult:
    """Test the forecasts of any table of yearly series and write the report.

    Input as for `predict`: series_id, year, value; a further column «group» splits the scores, not the
    forecasts. The folder appears complete or not at all; a report already there is replaced, a folder with
    anything else in it is refused.

    Args:
        input_path: The table.
        output_folder: Where the files of `report_files` go.
        horizon: Years ahead, 1 to 15.
        seed: Seed, >= 0.
        draws: Draws of every forecast.
        workers: Processes; they change nothing in the result.
        settings: Constants; horizon, seed, draws and workers are taken from the arguments.
        on_progress: Called with (finished, total) origins.

    Returns:
        The backtest.

    Raises:
        InputError: The table or an argument is wrong, or no series is long enough.
        ModelError: No origin could be tested.
        OperationError: The disk refuses.
    """
    check_numbers(horizon, seed, draws, workers, 1)
    require_report_folder(output_folder, FILES)
    histories = read_series(input_path)
    chosen = replace(settings, horizon=horizon, seed=seed, draws=draws, workers=workers)
    result = backtest_histories(
        histories, chosen, groups=_groups(input_path), where=str(input_path), on_progress=on_progress
    )
    write_report_folder(output_folder, report_files(result))
    return result


def backtest_histories(
    histories: Sequence[History],
    settings: BacktestSettings = FILE_SETTINGS,
    *,
    groups: Mapping[str, str] | None = None,
    where: str = "",
    on_progress: Progress | None = None,
) -> BacktestResult:
    """Test the forecasts of a panel of series without publication days.

    All series are forecast together, as `predict` does.

    Args:
        histories: The series.
        settings: What is tested.
        groups: Key of a series → group whose scores are reported apart.
        where: Name of the file, for errors.
        on_progress: Called with (finished, total) origins.

    Returns:
        The backtest; the groups stand in the column indicator, the level is `ALL`.

    Raises:
        InputError: No series is long enough.
        ModelError: No origin could be tested.
    """
    remarks = [_NO_DATES]
    tested = list(histories)
    if len(tested) > settings.most_series:
        picked = generator_for(settings.seed, "backtest").permutation(len(tested))[: settings.most_series]
        remarks.append(f"Aus {len(tested)} Reihen wurden {settings.most_series} zufällig gezogen.")
        tested = [tested[place] for place in sorted(picked)]
    tasks = history_tasks(UNGROUPED, tested, settings)
    if not tasks:
        raise _too_short(where, settings)
    short = len(tested) - len({key for task in tasks for key in task.keys})
    if short:
        remarks.append(
            f"Nicht geprüft, weil zu kurz oder mit Lücken: {short} von {len(tested)} Reihen "
            f"(nötig sind {settings.least_length} Jahreswerte)."
        )
    found = _all_origins(tasks, settings, on_progress)
    errors = found.frame.assign(level=ALL)
    if groups:
        errors["indicator"] = errors["series"].map(groups).fillna(UNGROUPED)
    return replace(_result(errors, found.refused, settings), names=_NAMES, remarks=tuple(remarks))


def write_backtest(result: BacktestResult, root: Path, quantity: str = "backtest") -> Path:
    """Write scores, card and report as one verified folder.

    Args:
        result: The backtest.
        root: Usually ``models``.
        quantity: Name of the folder below it.

    Returns:
        ``<root>/<quantity>/<run id>`` with the files of `report_files` and manifest.json; the same result has
        the same run id.

    Raises:
        OperationError: The disk refuses.
    """
    return artefacts.save_folder(root, quantity, report_files(result))


def _all_origins(
    tasks: Sequence[OriginTask], settings: BacktestSettings, on_progress: Progress | None
) -> _Errors:
    """Run every origin; one that fails is listed and the rest goes on."""
    return _errors_of(run_tasks(run_origin, _named(tasks), settings.workers, on_progress))


def _named(tasks: Sequence[OriginTask]) -> list[tuple[str, OriginTask]]:
    return [(f"{task.indicator} {task.origin}", task) for task in tasks]


def _errors_of(outcomes: Sequence[Outcome[tuple[pd.DataFrame, tuple[tuple[str, str], ...]]]]) -> _Errors:
    """Put the errors of all origins together.

    Raises:
        ModelError: No origin could be tested.
    """
    parts, refused = [], []
    for outcome in outcomes:
        if outcome.failure is not None:
            refused.append((outcome.key, outcome.failure.reason))
        if outcome.value is not None:
            parts.append(outcome.value[0])
            refused.extend(outcome.value[1])
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
    if frame.empty:
        raise ModelError("Keine Rückrechnung ist gelungen.", rows=[f"{what}: {why}" for what, why in refused])
    return _Errors(frame, tuple(refused))


def _result(
    errors: pd.DataFrame, refused: tuple[tuple[str, str], ...], settings: BacktestSettings
) -> BacktestResult:
    """Score and judge errors that know their level."""
    scores = score_table(errors)
    by_indicator = errors.groupby("indicator", sort=True)
    return BacktestResult(
        scores=scores,
        errors=errors,
        verdicts=judge(scores, settings.minimum_origins),
        refused=refused,
        settings=settings,
        vintage=None,
        series={str(k): int(v) for k, v in by_indicator["series"].nunique().items()},
        origins={str(k): tuple(sorted(map(int, v))) for k, v in by_indicator["origin"].unique().items()},
    )


def _groups(path: Path) -> dict[str, str]:
    """Return the group of every series of a table that `read_series` has accepted; empty without column."""
    if path.suffix.lower() == ".parquet":
        if "group" not in pq.read_schema(path).names:
            return {}
        table = pq.read_table(path, columns=["series_id", "group"]).to_pydict()
        pairs = zip(map(str, table["series_id"]), (str(name or "") for name in table["group"]), strict=True)
        return {key.strip(): group.strip() or UNGROUPED for key, group in pairs}
    if is_genesis(path):
        return {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file)
        names = {name.strip(): name for name in lines.fieldnames or ()}
        if "group" not in names:
            return {}
        key, group = names["series_id"], names["group"]
        return {row[key].strip(): (row[group] or "").strip() or UNGROUPED for row in lines if row[key]}


def _too_short(where: str, settings: BacktestSettings) -> InputError:
    return InputError(
        "Keine Reihe ist lang genug für eine Rückrechnung.",
        where=where,
        expected=f"mindestens {settings.least_length} Jahreswerte",
        remedy="Mehr Jahre einlesen oder andere Reihen wählen.",
    )
