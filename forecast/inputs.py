"""What a run is made of: where files lie, what was read, and the name that same inputs always give."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pandas as pd

from forecast.domain.panel import Panel
from forecast.errors import InputError
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.sources.definitions import Definitions

PACKAGE = Path(__file__).parent
#: Histories an account is drawn up from: it cannot be drawn up around a hole in the middle of one.
WHOLE_HISTORIES = ("new_contracts", "apprentices")
DEFINITION_FOLDERS = ("codes", "indicators", "parameters", "events", "skills", "scenarios", "sources")


@dataclass(frozen=True, slots=True)
class Settings:
    """Where files lie and what makes a run reproducible.

    Args:
        data_root: Code lists, parameters, figures.
        models_root: Fitted artefacts and cards.
        snapshot_root: Published releases.
        as_of: Only what was public on this day; None takes everything bundled.
        seed: Seed of the run.
        draws: Draws per cell.
        workers: Processes; does not change any number.
        scenario: Name of a scenario under data/scenarios.
    """

    data_root: Path
    models_root: Path
    snapshot_root: Path
    as_of: date | None = None
    seed: int = 1
    draws: int = 500
    workers: int = 1
    scenario: str = "base"


@dataclass(frozen=True, slots=True)
class Inputs:
    """Validated inputs of a run.

    Args:
        definitions: Codes, indicators, parameters under the scenario, sources, events.
        printed: Figures under the publishers' occupations, only what was public.
        panel: The same with figures of training occupations added up to trades.
        figures: All printed figures with notes, for the catalogue.
        as_of: Day of the data.
        hashes: sha256 of raw figures and of definitions.
    """

    definitions: Definitions
    printed: Panel
    panel: Panel
    figures: pd.DataFrame
    as_of: date
    hashes: Mapping[str, str]

    def draws(self, settings: Settings) -> ParameterDraws:
        """Parameters as draws under the seed of the run."""
        return ParameterDraws(self.definitions.parameters, settings.seed, settings.draws)

    def run_key(self, settings: Settings) -> str:
        """Name of a run: same inputs, parameters, code and seed give the same name."""
        parts = (
            *sorted(self.hashes.items()),
            self.as_of,
            settings.seed,
            settings.draws,
            settings.scenario,
            code_version(),
            code_digest(),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def refuse_holes(printed: Panel, figures: pd.DataFrame, districts: Collection[str]) -> None:
    """Refuse a withheld count where the accounts need the whole history; nothing is published then.

    In a district such a count is withheld and its year left out, since the history there is an estimate.
    Of the Land and of Germany the printed history itself is what everything is projected from.

    Args:
        printed: Figures that were public; a number of another publisher fills a hole.
        figures: All printed rows with file and line.
        districts: Regions whose history is estimated.

    Raises:
        InputError: Naming each such row.
    """
    best = printed.preferred().frame
    holes = best[
        (best["status"] == "suppressed")
        & best["indicator"].isin(WHOLE_HISTORIES)
        & ~best["region"].isin(list(districts))
    ]
    if holes.empty:
        return
    named = ["indicator", "trade", "region", "year", "age", "source", "published"]
    places = holes.merge(figures[[*named, "file", "line"]], on=named, how="left")
    rows = [
        f"{one.file}, Zeile {one.line}: {one.indicator} {one.trade} {one.region} {one.year} "
        f"(Quelle {one.source})"
        for one in places.itertuples()
    ]
    raise InputError(
        "Eine geheime Zahl steht mitten in einer Reihe, aus der gerechnet wird; veröffentlicht wird nichts.",
        where=rows[0].partition(": ")[0],
        expected="Neuabschlüsse und Auszubildende des Landes und Deutschlands mit einer Zahl in jedem Jahr; "
        "geheim (status = suppressed) dürfen sie nur in einem Kammerbezirk sein",
        remedy="Eine Zahl einer anderen Quelle für dieses Jahr einspielen (zum Beispiel auf Vielfache von 3 "
        "gerundet, status = rounded) oder, wenn das Jahr am Rand der Reihe liegt, die Zeile weglassen. Keine "
        "Null und keine eigene Schätzung eintragen.",
        rows=rows,
    )


def code_version() -> str:
    """Version of the installed package."""
    try:
        return version("fachkraeftematrix")
    except PackageNotFoundError:
        return "0+source"


@lru_cache(maxsize=1)
def code_digest(package: Path = PACKAGE) -> str:
    """sha256 of the code that computes: what other code has stored is not loaded, whatever version it has."""
    return digest(package.rglob("*.py"))


def digest(paths: Iterable[Path]) -> str:
    """sha256 over names and bytes of files, whatever folder they lie under."""
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda path: (path.name, path.as_posix())):
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
