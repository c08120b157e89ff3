"""A count of the district that its source keeps secret stays secret: from the raw file to the release."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from forecast import pipeline
from forecast.fit import Fitted, published_share
from forecast.inputs import Inputs, Settings
from forecast.scoring import BacktestResult
from forecast.snapshot import STATUSES, Snapshot, open_snapshot
from tests.pipeline.conftest import Silent

FILE = "raw/hwk/2026-11/kammermeldungen.csv"
DISTRICT, TRADE, OCCUPATION, YEAR = "HWK-FF", "A-24", "AO-shk", 2021
SOURCE = "hwk-ff-de-bislang-punktlandung-auf-vorja-d6b7"
ROW = f"new_contracts,{OCCUPATION},{DISTRICT},{YEAR},,,contracts,suppressed,{YEAR}-12-31,{SOURCE},erfunden\n"


@pytest.fixture(scope="module")
def secret(data_root: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The bundled data with one made-up row: so many contracts that the chamber keeps the number secret."""
    root = tmp_path_factory.mktemp("secret")
    shutil.copytree(data_root, root / "data", ignore=shutil.ignore_patterns("snapshots"))
    figures = root / "data" / FILE
    figures.write_text(figures.read_text(encoding="utf-8").rstrip("\n") + "\n" + ROW, encoding="utf-8")
    sidecar = figures.with_name(figures.name + ".meta.yaml")
    meta = yaml.safe_load(sidecar.read_text(encoding="utf-8"))
    meta |= {"sha256": hashlib.sha256(figures.read_bytes()).hexdigest(), "rows": meta["rows"] + 1}
    sidecar.write_text(yaml.safe_dump(meta, allow_unicode=True), encoding="utf-8")
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
