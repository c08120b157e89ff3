"""A count of the district that its source keeps secret stays secret: from the raw file to the release."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from forecast import pipeline
from forecast.cells import observed_series
from forecast.domain.panel import Panel
from forecast.errors import InputError
from forecast.fit import Fitted, published_share
from forecast.inputs import Inputs, Settings
from forecast.notes import NoteBook
from forecast.scoring import BacktestResult
from forecast.snapshot import STATUSES, Snapshot, open_snapshot
from tests.pipeline.conftest import Silent

FILE = "raw/hwk/2026-11/kammermeldungen.csv"
DISTRICT, TRADE, OCCUPATION, YEAR = "HWK-FF", "A-24", "AO-shk", 2021
SOURCE = "hwk-ff-de-bislang-punktlandung-auf-vorja-d6b7"
ROW = f"new_contracts,{OCCUPATION},{DISTRICT},{YEAR},,,contracts,suppressed,{YEAR}-12-31,{SOURCE},erfunden"


def with_rows(data_root: Path, root: Path, file: str, change: Callable[[list[str]], list[str]]) -> Path:
    """A copy of the bundled data in which the lines of one file are others, and its sidecar says so."""
    shutil.copytree(data_root, root / "data", ignore=shutil.ignore_patterns("snapshots"))
    figures = root / "data" / file
    lines = change(figures.read_text(encoding="utf-8").splitlines())
    figures.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sidecar = figures.with_name(figures.name + ".meta.yaml")
    meta = yaml.safe_load(sidecar.read_text(encoding="utf-8"))
    meta |= {"sha256": hashlib.sha256(figures.read_bytes()).hexdigest(), "rows": len(lines) - 1}
    sidecar.write_text(yaml.safe_dump(meta, allow_unicode=True), encoding="utf-8")
    return root / "data"


@pytest.fixture(scope="module")
def secret(data_root: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The bundled data with one made-up row: so many contracts that the chamber keeps the number secret."""
    root = tmp_path_factory.mktemp("secret")
    with_rows(data_root, root, FILE, lambda lines: [*lines, ROW])
    return replace(settings, data_root=root / "data", snapshot_root=root / "snapshots",
                   models_root=root / "models")  # fmt: skip


@pytest.fixture(scope="module")
def read(secret: Settings) -> Inputs:
    return pipeline.load(secret, Silent())


@pytest.fixture(scope="module")
def withheld(read: Inputs, trained: tuple[Fitted, BacktestResult], secret: Settings) -> Snapshot:
    return open_snapshot(secret.snapshot_root, pipeline.publish(read, trained, secret, Silent()))


def cell(release: Snapshot, region: str, year: int, measure: str = "new_contracts") -> tuple[int, ...]:
    place = zip(("region", "trade", "measure", "year"), (region, TRADE, measure, year), strict=True)
    return tuple(release.index(*pair) for pair in place)


def test_a_withheld_year_does_not_take_the_share_of_the_years_before(inputs: Inputs, read: Inputs) -> None:
    codes = read.definitions.codes
    before, after = (published_share(one.panel, codes, TRADE) for one in (inputs, read))
    assert np.isfinite(before).all()
    assert after == before


@pytest.mark.slow
def test_the_count_is_suppressed_and_no_estimate_stands_in_its_place(
    release: Snapshot, withheld: Snapshot
) -> None:
    at = cell(withheld, DISTRICT, YEAR)
    assert STATUSES[release.status[cell(release, DISTRICT, YEAR)]] == "estimated"
    assert STATUSES[withheld.status[at]] == "suppressed"
    assert np.isnan(withheld.cube[at]).all()
    assert withheld.grade[at] == 0
    note = withheld.documents["catalogue"]["notes"][withheld.note[at]]
    assert note["de"] == "Nicht gezeigt: Die Quelle hält diese Zahl geheim."
    for year in (YEAR - 1, YEAR + 1):
        assert STATUSES[withheld.status[cell(withheld, DISTRICT, year)]] == "estimated"


@pytest.mark.slow
def test_what_would_give_it_away_is_withheld_with_it(withheld: Snapshot) -> None:
    """The Land's number is one of the parts that add: it goes too, also where it is printed by occupation."""
    disclosure = withheld.documents["catalogue"]["disclosure"]
    assert disclosure["primary"] == 1
    assert disclosure["secondary"] >= 1
    printed = withheld.documents["observations"]
    at = {name: place for place, name in enumerate(printed["columns"])}
    land_hidden = STATUSES[withheld.status[cell(withheld, "BB", YEAR)]] == "suppressed"
    shown = {
        row[at["region"]]: row[at["value"]]
        for row in printed["rows"]
        if [row[at[name]] for name in ("indicator", "trade", "year")] == ["new_contracts", OCCUPATION, YEAR]
    }
    assert shown[DISTRICT] is None
    assert (shown["BB"] is None) == land_hidden


def withheld_row(start: str) -> Callable[[list[str]], list[str]]:
    """Make the one line that begins so a secret one."""

    def change(lines: list[str]) -> list[str]:
        (at,) = [number for number, line in enumerate(lines) if line.startswith(start)]
        parts = lines[at].split(",")
        parts[5], parts[7] = "", "suppressed"
        return [*lines[:at], ",".join(parts), *lines[at + 1 :]]

    return change


@pytest.mark.parametrize("indicator", ["new_contracts", "apprentices"])
@pytest.mark.parametrize("region", ["BB", "DE"])
def test_a_hole_in_the_history_of_the_land_is_refused_with_its_line(
    data_root: Path, settings: Settings, tmp_path: Path, indicator: str, region: str
) -> None:
    file = f"raw/bibb/dazubi-2023/{indicator}.csv"
    start = f"{indicator},{OCCUPATION},{region},{YEAR},"
    changed = with_rows(data_root, tmp_path, file, withheld_row(start))
    lines = (changed / file).read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith(start))
    with pytest.raises(InputError) as refused:
        pipeline.load(replace(settings, data_root=changed), Silent())
    error = refused.value
    assert error.what.startswith("Eine geheime Zahl steht mitten in einer Reihe")
    assert f"{indicator}.csv, Zeile {line}" in error.where
    assert len(error.rows) == 1
    assert error.rows[0].endswith(f"{indicator} {OCCUPATION} {region} {YEAR} (Quelle bibb-dazubi)")
    assert "status = suppressed" in error.expected
    assert "status = rounded" in error.remedy


def test_a_printed_series_withholds_what_its_source_withholds(inputs: Inputs) -> None:
    """No model reads the terminations as printed: their year is withheld, the others stay."""
    frame = inputs.panel.frame.copy()
    key = ("contract_terminations", TRADE, "BB")
    mine = (frame["indicator"] == key[0]) & (frame["trade"] == key[1]) & (frame["region"] == key[2])
    assert mine.sum() > 3
    frame.loc[mine & (frame["year"] == YEAR), ["value", "status"]] = [np.nan, "suppressed"]
    notes = NoteBook()
    (found,) = observed_series(("BB", TRADE), key[0], Panel(frame), 0, notes)
    at = list(found.years).index(YEAR)
    assert np.isnan(found.statistics[at]).all()
    assert (found.status[at], found.grade[at]) == ("suppressed", "")
    said, _ = list(notes.entries)[found.note_index[at]]
    assert said == "Nicht gezeigt: Die Quelle hält diese Zahl geheim."
    others = [number for number in range(len(found.years)) if number != at]
    assert np.isfinite(found.statistics[others, 0]).all()
    assert {(found.status[number], found.grade[number]) for number in others} == {("rounded", "A")}
