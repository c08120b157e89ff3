"""A question «what if» from a file: which scenarios and levers it means, checked against a release."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from forecast.assumption_rules import faults
from forecast.assumptions import assumptions_of
from forecast.domain.levers import Lever, combine
from forecast.domain.scenario import Change, Override, Scenario, combined_overrides, expanded
from forecast.errors import DefinitionError, InputError
from forecast.scenario_table import COLUMNS
from forecast.snapshot import Snapshot
from forecast.sources.definitions import Definitions
from forecast.sources.documents import Complaints, read_yaml
from forecast.sources.scenarios import lever_rules, read_draft, settled
from forecast.tables.pending import PendingFile
from forecast.what_if import WhatIfModel
from forecast.what_if_answer import ACCOUNTS, NEED
from forecast.what_if_inputs import FOLDER, decode, file_name

FILE_LIMIT = 1 << 20
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Question:
    """A scenario with everything it builds on, as levers.

    Args:
        scenario: The scenario asked for.
        parts: It and all it builds on, those built on first.
        levers: Levers of all parts without doubles.
        overrides: Overrides of all parts without doubles.
    """

    scenario: Scenario
    parts: tuple[Scenario, ...]
    levers: tuple[Lever, ...]
    overrides: tuple[Override, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Everything that is different: levers first, then overridden assumptions."""
        return (*self.levers, *self.overrides)


def regions_of(snapshot: Snapshot) -> tuple[str, ...]:
    """Regions for which a release keeps accounts."""
    return tuple(region for region in snapshot.axes.regions if file_name(region) in snapshot.files)


def model_of(snapshot: Snapshot, region: str) -> WhatIfModel:
    """Open the accounts of a region.

    Raises:
        InputError: The release has none, or none for this region.
    """
    regions = regions_of(snapshot)
    if not regions:
        raise InputError(
            "Der Stand enthält keine Konten für Szenarien.", where=snapshot.id,
            expected=f"Dateien {FOLDER}/…",
            remedy="Mit dieser Fassung neu veröffentlichen: python -m forecast run",
        )  # fmt: skip
    if region not in regions:
        known = region in snapshot.axes.regions
        near = difflib.get_close_matches(region, regions, n=3)
        raise InputError(
            f"Für «{region}» gibt es keine Konten." if known else f"Unbekannte Region «{region}».",
            where="--region",
            expected=f"etwa {', '.join(near)}" if near else ", ".join(regions),
            remedy="Eine Region mit Konten wählen.",
        )
    name = file_name(region)
    assumptions = assumptions_of(snapshot.documents["catalogue"])
    return WhatIfModel(decode(snapshot.read_file(name), name), assumptions)


def hidden_cells(snapshot: Snapshot, model: WhatIfModel) -> frozenset[tuple[str, int]]:
    """Rows and years whose gap the release does not show; years after it are as its last one."""
    region, gap = snapshot.index("region", model.inputs.region), snapshot.index("measure", "gap")
    hidden = set()
    for trade in model.rows:
        cells = snapshot.cube[region, snapshot.index("trade", trade), gap, :, 0]
        for year in model.inputs.years.tolist():
            shown = cells[snapshot.index("year", min(year, model.inputs.published_to))]
            if np.isnan(shown):
                hidden.add((trade, year))
    return frozenset(hidden)


def published_points(snapshot: Snapshot, model: WhatIfModel) -> dict[tuple[str, str, int], int]:
    """Demand, supply and training need as the release shows them, by measure, trade and year."""
    region = snapshot.index("region", model.inputs.region)
    years = [year for year in model.inputs.years.tolist() if year <= model.inputs.published_to]
    found = {}
    sides = (NEED, *(side for unit in ACCOUNTS for side in unit[:2]))
    for measure in (side for side in sides if side in snapshot.axes.measures):
        for trade in model.rows:
            place = region, snapshot.index("trade", trade), snapshot.index("measure", measure)
            for year in years:
                point = snapshot.cube[place][snapshot.index("year", year), 0]
                if np.isfinite(point):
                    found[(measure, trade, year)] = int(point)
    return found


def require_shown(trade: str, year: int, hidden: frozenset[tuple[str, int]]) -> None:
    """Refuse a cell the release does not show.

    Raises:
        InputError: The cell is too small for a number of its own.
    """
    if (trade, year) in hidden:
        raise InputError(
            f"Für «{trade}» zeigt der Stand {year} keine eigene Zahl: die Zelle ist zu klein.",
            where="--trade und --year", expected="ein größeres Gewerk oder ein früheres Jahr",
            remedy="Das Land (--region BB) wählen, oder im Stand die Zeile der Gruppe («GRP-…») oder mehrere "
            "Jahre zusammen ansehen (Tabelle year-sums).",
        )  # fmt: skip


def read_question(
    given: str, definitions: Definitions, model: WhatIfModel, regions: Iterable[str]
) -> Question:
    """Return what is asked: a file of the user, or the name of a shipped scenario.

    Args:
        given: Path of a YAML file or name of a scenario.
        definitions: Shipped scenarios, parameters and codes.
        model: Accounts the levers will act on.
        regions: Regions with accounts.

    Raises:
        InputError: The file is missing, unreadable, or says something unknown, impossible or contradictory.
    """
    try:
        scenario = _scenario(given, definitions, model, regions)
        known = {**definitions.scenarios, scenario.name: scenario}
        parts = expanded([scenario.name], known)
        levers = combine((part.name, part.levers) for part in parts)
        overrides = combined_overrides(parts)
        groups = {code: one.group for code, one in definitions.codes.trades.items()}
        require_sound(overrides, levers, model, groups, parts)
        return Question(scenario, parts, levers, overrides)
    except DefinitionError as error:
        raise InputError(
            error.what, where=error.where, expected=error.expected, remedy=error.remedy, rows=error.rows
        ) from error


def _scenario(given: str, definitions: Definitions, model: WhatIfModel, regions: Iterable[str]) -> Scenario:
    path = Path(given)
    if not path.exists():
        if given in definitions.scenarios:
            return definitions.scenarios[given]
        near = difflib.get_close_matches(path.stem, list(definitions.scenarios), n=3)
        raise InputError(
            f"Die Datei «{given}» gibt es nicht, und kein mitgeliefertes Szenario heißt so.",
            where="FILE",
            expected="eine YAML-Datei oder der Name eines Szenarios"
            + (f", etwa {', '.join(near)}" if near else ""),
            remedy=f"Mitgeliefert sind: {', '.join(sorted(definitions.scenarios))}.",
        )
    if path.is_dir() or path.stat().st_size > FILE_LIMIT:
        raise InputError(
            "Das ist keine Szenariodatei.", where=given, expected="eine YAML-Datei bis 1 MiB",
            remedy="Eine Szenariodatei angeben.",
        )  # fmt: skip
    document = read_yaml(path, given)
    document.data.setdefault("name", path.stem)
    complaints = Complaints()
    draft = read_draft(document, complaints, required=())
    if complaints.found:
        where, what, expected = complaints.found[0]
        raise InputError(
            f"Das Szenario lässt sich nicht lesen: {what.removesuffix('.')}.", where=where, expected=expected,
            remedy="Datei an der genannten Stelle berichtigen.",
            rows=[f"{place}: {text}" for place, text, _ in complaints.found[1:]],
        )  # fmt: skip
    scenario = draft.scenario
    if scenario.name in definitions.scenarios and not _is_shipped(path, scenario.name):
        raise InputError(
            f"Ein mitgeliefertes Szenario heißt schon «{scenario.name}».", where=document.where("name"),
            expected="ein anderer Name", remedy="Im Feld name einen eigenen Namen angeben.",
        )  # fmt: skip
    if (
        not any(document.data.get(field) for field in ("extends", "overrides", "levers"))
        and scenario.name != "base"
    ):
        raise InputError(
            "Das Szenario ändert nichts.", where=given, expected="extends, levers oder overrides",
            remedy="Mindestens ein mitgeliefertes Szenario oder einen Hebel nennen.",
        )  # fmt: skip
    years = (int(model.inputs.years[0]), int(model.inputs.years[-1]))
    return settled(draft, lever_rules(definitions.parameters, definitions.codes, regions, years))


def _is_shipped(path: Path, name: str) -> bool:
    return path.parent.name == "scenarios" and path.stem == name


def require_sound(
    overrides: Sequence[Override],
    levers: Sequence[Lever],
    model: WhatIfModel,
    trades: Mapping[str, str],
    parts: Sequence[Scenario] = (),
) -> None:
    """Refuse overrides the accounts cannot follow; the first fault is the message, the others are listed.

    Args:
        overrides: Overrides of the question.
        levers: Its levers.
        model: Accounts of a region with what the release assumes.
        trades: Group of each trade.
        parts: Scenarios the overrides come from, to name the one with the fault.

    Raises:
        InputError: An override is unknown, out of its range, not read on demand, or in conflict.
    """
    if model.assumptions is None or not overrides:
        return
    found = list(faults(overrides, levers, model.assumptions, trades))
    if found:
        first, *more = found
        raise InputError(
            first.what[0], where=_entry(overrides[first.at], first.at, parts), expected=first.expected[0],
            remedy="Die Überschreibung berichtigen; was wie wirkt, steht in docs/handbook/szenarien.md.",
            rows=[f"{_entry(overrides[one.at], one.at, parts)}: {one.what[0]}" for one in more],
        )  # fmt: skip
    model.assumptions.parameters.with_overrides(overrides)


def _entry(override: Override, at: int, parts: Sequence[Scenario]) -> str:
    """Where an override stands: its scenario and its place in that list."""
    owner = next((part for part in parts if override in part.overrides), None)
    if owner is None:
        return f"overrides, {at + 1}. Eintrag"
    return f"Szenario «{owner.name}», overrides, {owner.overrides.index(override) + 1}. Eintrag"


def require_trade(trade: str, model: WhatIfModel, labels: Mapping[str, str]) -> None:
    """Refuse a trade or group of trades without accounts, with near matches by code and by name.

    Raises:
        InputError: There are no accounts for it.
    """
    trades = tuple(model.rows)
    if trade in trades:
        return
    by_name = {labels[code].casefold(): code for code in trades}
    near = difflib.get_close_matches(trade.upper(), trades, n=3)
    near += [by_name[name] for name in difflib.get_close_matches(trade.casefold(), by_name, n=3)]
    raise InputError(
        f"Für «{trade}» gibt es in {model.inputs.region} keine Konten.",
        where="--trade",
        expected="etwa " + ", ".join(f"{code} ({labels[code]})" for code in dict.fromkeys(near))
        if near else ", ".join(trades),
        remedy="Ein Gewerk mit Konten wählen.",
    )  # fmt: skip


def check_target(path: Path) -> None:
    """Refuse a target that cannot become a CSV file, before anything is computed.

    Raises:
        InputError: It is no CSV file or its folder is missing.
    """
    if path.suffix.lower() != ".csv" or path.is_dir() or not path.parent.is_dir():
        raise InputError(
            f"Nach «{path}» lässt sich nicht schreiben.", where="--output",
            expected="eine Datei .csv in einem Ordner, den es gibt", remedy="Ein anderes Ziel angeben.",
        )  # fmt: skip


def write_rows(path: Path, found: Iterable[Mapping[str, Any]]) -> int:
    """Write rows as CSV (UTF-8, comma, decimal point); the file appears whole or not at all.

    Returns:
        Number of rows.

    Raises:
        InputError: The target is no CSV file or its folder is missing.
        OperationError: The disk refuses.
    """
    check_target(path)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    count = 0
    for row in found:
        name = str(row["scenario"])
        writer.writerow({**row, "scenario": f"'{name}" if name.startswith(FORMULA) else name})
        count += 1
    with PendingFile(path, path.parent) as pending:
        pending.file.write(text.getvalue().encode("utf-8"))
        pending.sync()
        pending.replace()
    return count
