"""The whole line on the bundled figures: complete, closed, reproducible, and followed back to print."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from forecast import pipeline
from forecast.account_recipes import ACCOUNT_RECIPES
from forecast.domain.matrix import ITEMS
from forecast.errors import InputError
from forecast.estimators.technicians import INDUSTRIAL_MEASURES
from forecast.gap_skill import begin_past_years
from forecast.inputs import Inputs, Settings
from forecast.rounding import decimals_of
from forecast.snapshot import STATUSES, VALUE_STATUSES, Snapshot
from forecast.training_recipes import TRAINING_RECIPES
from forecast.workforce_cells import FIRST_EFFECTIVE
from forecast.workforce_recipes import WORKFORCE_RECIPES
from tests.pipeline.conftest import Silent
from tests.pipeline.golden import GOLDEN, golden_line

DISTRICT = "HWK-FF"
#: Modules that read parameters of their own, outside a release.
ELSEWHERE = {"forecast.back_cast"}
#: Heads times assumptions on working time.
ASSUMED = {"gap_fte", "gap_hours", "part_time_share", "hours_per_head"}


def cube_of(release: Snapshot, measure: str, region: str = DISTRICT) -> np.ndarray:
    """Values (trade, year, statistic) of one measure and region."""
    return release.cube[release.index("region", region), :, release.index("measure", measure)].astype(float)


def test_every_cell_of_the_district_has_a_value_or_says_why_not(release: Snapshot) -> None:
    region = release.index("region", DISTRICT)
    ahead = [release.index("year", year) for year in release.axes.years]
    for measure in release.axes.measures:
        m = release.index("measure", measure)
        values = release.cube[region, :, m][:, ahead, 0]
        status = release.status[region, :, m][:, ahead]
        note = release.note[region, :, m][:, ahead]
        has = np.isfinite(values)
        codes = {STATUSES.index(word) for word in VALUE_STATUSES}
        assert np.array_equal(has, np.isin(status, list(codes)))
        assert np.all(note[~has] > 0), f"{measure}: a missing cell gives no reason"


def test_explanation_sums_to_the_gap_and_ranges_contain_the_point(release: Snapshot) -> None:
    gap = cube_of(release, "gap")
    known = np.isfinite(gap[..., 0])
    assert known.sum() > 200
    items = sum(cube_of(release, item)[..., 0] for item in ITEMS)
    assert np.array_equal(items[known], gap[..., 0][known])
    assert np.array_equal(
        (cube_of(release, "demand") - cube_of(release, "supply"))[..., 0][known], gap[..., 0][known]
    )
    everything = release.cube.reshape(-1, release.cube.shape[-1]).astype(float)
    ranged = everything[np.isfinite(everything).all(axis=1)]
    for low, high in ((1, 2), (3, 4), (5, 6)):
        assert np.all((ranged[:, low] <= ranged[:, 0]) & (ranged[:, 0] <= ranged[:, high]))


def test_a_gap_is_never_published_without_its_range(release: Snapshot) -> None:
    for region in release.axes.regions:
        gap = cube_of(release, "gap", region)
        known = np.isfinite(gap[..., 0])
        assert np.isfinite(gap[known]).all()


def test_the_parts_of_the_net_inflow_add_to_it_in_every_published_cell(release: Snapshot) -> None:
    net = cube_of(release, "net_inflow")[..., 0]
    known = np.isfinite(net)
    assert known.any()
    parts = [cube_of(release, part)[..., 0] for part in ("returners", "migration", "residual_inflow")]
    for part in parts:
        assert np.array_equal(np.isfinite(part), known)
    assert np.array_equal(sum(parts)[known], net[known])
    assert parts[0][known].min() >= 0


def test_counts_are_whole_and_not_negative(release: Snapshot) -> None:
    signed = {"gap", "gap_craft", "gap_fte", "gap_hours", "gap_rate", "master_gap", "net_inflow", *ITEMS}
    signed |= {"expansion_demand", "migration", "residual_inflow", "today_disagrees"}
    signed |= {"technician_gap", "industrial_master_gap"}
    for measure in release.axes.measures:
        values = release.cube[:, :, release.index("measure", measure)]
        known = values[np.isfinite(values)]
        digits = decimals_of(measure)
        whole = np.rint(known.astype(float) * 10**digits) / 10**digits
        assert np.array_equal(known, whole.astype(np.float32)), measure
        if measure not in signed:
            assert known.min(initial=0) >= 0, measure


def test_printed_figures_come_out_as_printed(release: Snapshot) -> None:
    # BIBB, new contracts, Anlagenmechaniker SHK, Brandenburg: 255 (2020), 303 (2023); Kfz 564 (2020)
    at = release.index
    values = release.cube[at("region", "BB"), :, at("measure", "new_contracts"), :, 0]
    assert values[at("trade", "A-24"), [at("year", 2020), at("year", 2023)]].tolist() == [255, 303]
    assert values[at("trade", "A-20"), at("year", 2020)] == 564
    # painters and vehicle painters together: 105 + 45
    assert values[at("trade", "A-10"), at("year", 2020)] == 150
    status = release.status[
        at("region", "BB"), at("trade", "A-24"), at("measure", "new_contracts"), at("year", 2023)
    ]
    assert STATUSES[status] == "rounded"


def test_the_district_is_marked_as_estimated(release: Snapshot) -> None:
    at = release.index
    status = release.status[at("region", DISTRICT), at("trade", "A-24"), at("measure", "new_contracts")]
    assert STATUSES[status[at("year", 2020)]] == "estimated"
    assert STATUSES[status[at("year", 2030)]] == "forecast"


def test_training_need_says_when_it_can_work_at_all(release: Snapshot) -> None:
    at = release.index
    status = release.status[at("region", DISTRICT), at("trade", "A-24"), at("measure", "training_need")]
    words = {year: STATUSES[status[at("year", year)]] for year in range(2026, 2036)}
    assert words[2030] == "not_reachable"  # begun in autumn 2027, three and a half years: winter 2030/31
    assert words[2031] == "not_reachable"  # one cohort alone would have to close the whole gap
    assert words[2032] == "not_reachable"  # two cohorts: a quarter more than three would need
    assert words[2033] == "forecast"
    first = release.cube[
        at("region", DISTRICT), at("trade", "A-24"), at("measure", "first_effective_year"), at("year", 2030)
    ]
    assert np.all(first == 2031)
    notes = release.documents["catalogue"]["notes"]
    place = (at("region", DISTRICT), at("trade", "A-24"), at("measure", "training_need"))
    for year in (2030, 2032, 2033, 2035):  # shown or not, the note names the first year training can work
        assert "frühestens 2031" in notes[release.note[(*place, at("year", year))]]["de"], year
    assert "nur 2 neue Jahrgänge" in notes[release.note[(*place, at("year", 2032))]]["de"]


def test_one_cell_can_be_followed_to_print(release: Snapshot) -> None:
    catalogue, derivations = release.documents["catalogue"], release.documents["derivations"]
    observations = release.documents["observations"]
    columns = observations["columns"]
    printed = {
        tuple(row[columns.index(name)] for name in ("indicator", "trade", "region", "year", "age", "source")):
        row[columns.index("value")]
        for row in observations["rows"]
    }  # fmt: skip
    sources = {source["id"] for source in catalogue["sources"]}
    parameters = {parameter["name"] for parameter in catalogue["parameters"]}
    cell = derivations[f"{DISTRICT}|A-24"]
    headline = {"retirements", "training_need", "successions_due", "new_contracts"}
    told = {*ITEMS, *headline, *WORKFORCE_RECIPES, *TRAINING_RECIPES, *ACCOUNT_RECIPES}
    assert set(cell) == told - set(INDUSTRIAL_MEASURES)
    for item, entry in cell.items():
        assert entry["formula_de"], item
        assert entry["formula_en"], item
        assert entry["inputs"] or item in ASSUMED, item
        assert entry["parameters"] or item == FIRST_EFFECTIVE, item
        for figure in entry["inputs"]:
            key = tuple(figure[name] for name in ("indicator", "trade", "region", "year", "age", "source"))
            assert printed[key] == figure["value"]
            assert figure["source"] in sources
        assert {parameter["name"] for parameter in entry["parameters"]} <= parameters


def test_base_year_vacancies_can_be_computed_by_hand(release: Snapshot) -> None:
    # item_vacancies = Σ coverage · registered vacancies · share of the trade ÷ reporting rate
    entry = release.documents["derivations"][f"{DISTRICT}|A-38"]["item_vacancies"]
    vacancies = next(
        f["value"] for f in entry["inputs"] if f["indicator"] == "vacancies_avg" and f["trade"] == "KldB-823"
    )
    values = {p["name"]: p["value"] for p in entry["parameters"]}
    share = next(e["value"] for e in entry["estimates"] if e["key"] == "KldB-823")
    by_hand = values["group_coverage"] * vacancies * share / values["reporting_rate"]
    at = release.index
    shown = release.cube[
        at("region", DISTRICT), at("trade", "A-38"), at("measure", "item_vacancies"), at("year", 2025)
    ]
    assert shown[3] <= by_hand <= shown[4]
    assert shown[0] == pytest.approx(by_hand, rel=0.05)


def test_two_workers_give_the_same_bytes(
    release: Snapshot,
    inputs: Inputs,
    trained: pipeline.Models,
    settings: Settings,
    tmp_path: Path,
) -> None:
    again = replace(settings, workers=2, snapshot_root=tmp_path / "snapshots")
    anew = trained._replace(past=begin_past_years(inputs, again))
    assert pipeline.publish(inputs, anew, again, Silent()) == release.id


def test_publishing_needs_the_models_of_this_very_run(
    inputs: Inputs, trained: pipeline.Models, release: Snapshot, settings: Settings
) -> None:
    fitted, _, past = pipeline.load_fitted(inputs, settings, Silent())
    lost, asked = pipeline.ask_past_years(trained, inputs, settings, Silent())
    pd.testing.assert_frame_equal(past, asked)  # read from the models: no past year is asked again
    assert set(lost) == {"BB", "HWK-FF"}
    key = next(iter(trained[0].contracts))
    assert np.array_equal(fitted.contracts[key].draws, trained[0].contracts[key].draws)
    with pytest.raises(InputError, match="noch keine Modelle"):
        pipeline.load_fitted(inputs, replace(settings, seed=2), Silent())


def test_an_earlier_day_knows_less(settings: Settings, inputs: Inputs) -> None:
    earlier = pipeline.load(replace(settings, as_of=date(2023, 1, 1)), Silent())
    assert len(earlier.printed.frame) < len(inputs.printed.frame)
    assert earlier.panel.series("new_contracts", "A-24", "BB").years.max() == 2021
    with pytest.raises(InputError, match="noch keine Zahl"):
        pipeline.load(replace(settings, as_of=date(1980, 1, 1)), Silent())


def test_unknown_scenario_names_the_known_ones(settings: Settings) -> None:
    with pytest.raises(InputError, match="Szenario") as error:
        pipeline.load(replace(settings, scenario="gibt-es-nicht"), Silent())
    assert "base" in str(error.value)


def test_parameters_in_use_are_read_and_no_others(release: Snapshot, inputs: Inputs) -> None:
    parameters = inputs.definitions.parameters
    in_use = {
        name
        for name, parameter in parameters.parameters.items()
        if parameter.in_use and parameter.used_by not in ELSEWHERE
    }
    assert parameters.names_read - in_use == set(), "read, but not marked as in use"
    assert in_use - parameters.names_read == set(), "marked as in use, but never read"


def test_golden_cells(release: Snapshot) -> None:
    """A change here is a change of published numbers: it belongs into CHANGELOG.md, section Numbers."""
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    now = [golden_line(release, *line.split()[:3], int(line.split()[3])) for line in lines]
    assert now == lines, "run `python -m tests.pipeline.golden` after checking every difference"
