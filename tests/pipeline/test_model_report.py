"""The model report: facts beside the model, past years beside what came, on a page of its own."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

from forecast.__main__ import app
from forecast.assemble import assemble
from forecast.back_cast import NO_GROWTH, NO_INFLOW, NO_SHARES
from forecast.back_cast_scores import LEARNED, SUMS, findings, score_rows
from forecast.cells import MEASURES
from forecast.errors import DefinitionError, InputError, ModelError
from forecast.estimators.ages import published_bands
from forecast.estimators.cell import cell_inputs
from forecast.fit import employee_years
from forecast.model_report import make_model_report, write_model_report
from forecast.pipeline import load
from forecast.range_contents import CONTENTS
from forecast.sources.checks import read_checks

ORIGINS = [2013, 2020, 2022]


class Silent:
    """A report nobody reads."""

    def step(self, name):
        return nullcontext(self)

    def done(self, message):
        assert message


@pytest.fixture(scope="module")
def report(inputs, settings):
    return make_model_report(inputs, settings, origins=ORIGINS)


@pytest.fixture(scope="module")
def folder(report, tmp_path_factory):
    return write_model_report(report, tmp_path_factory.mktemp("models"))


def test_every_fact_is_held_against_the_model(report, inputs, settings):
    facts = read_checks(settings.data_root, inputs.definitions.codes, inputs.definitions.sources)
    assert {item.fact.code for item in report.checked} == set(facts)
    for item in report.checked:
        assert item.lower <= item.value <= item.upper or item.lower == pytest.approx(item.upper), item
        assert np.isfinite(item.value)


def test_what_the_model_is_calibrated_on_comes_back(report):
    missed = [i.fact.code for i in report.checked if not i.fact.independent and not i.verdict.inside]
    assert not missed


def test_some_figures_the_model_does_not_know_are_met(report):
    met = {item.fact.code for item in report.checked if item.fact.independent and item.verdict.inside}
    assert {"dissolution-2019", "shk-finish", "pension-start", "older-employees-bb"} <= met


def test_an_origin_knows_only_what_was_public(report, inputs):
    """2013 has one year of stocks: nothing to learn from, and the report says so; 2022 needs no loan."""
    assert set(report.cast.borrowed[2013]) == {NO_SHARES, NO_INFLOW, NO_GROWTH}
    assert report.cast.borrowed[2022] == ()
    ((year, why),) = report.cast.refused
    assert year == "2020"
    assert "Arbeitslose" in why
    last = int(employee_years(inputs.panel, "HWK-FF")[-1])
    rows = report.cast.rows
    assert rows["year"].max() == last
    assert (rows["horizon"] == rows["year"] - rows["origin"]).all()
    assert (rows["horizon"] >= 1).all()


def test_without_growth_the_demand_of_2013_is_the_last_value_with_the_spread_of_today(report):
    rows = report.cast.rows
    bare = rows[(rows["origin"] == 2013) & (rows["quantity"] == "demand")]
    np.testing.assert_allclose(bare["forecast"], bare["naive"], rtol=0.02)
    width = (bare["upper_80"] - bare["lower_80"]) / bare["forecast"]
    by_year = width[bare["trade"] != "*"].groupby(bare["year"]).mean()
    assert by_year.loc[2025] > by_year.loc[2014] > 0.05  # errors of the years add up
    held = bare[bare["trade"] != "*"]["in_80"].mean()
    assert 0.6 < held < 0.95


def test_the_other_districts_are_not_held_against_what_nobody_counted(report):
    assert set(report.cast.rows["region"]) == {"HWK-FF", "BB"}


def test_sums_are_sums_of_trades(report):
    rows = report.cast.rows
    rows = rows[rows["quantity"] == "supply"]
    keys = ["origin", "region", "year"]
    total = rows[rows["trade"] == "*"].set_index(keys)["forecast"].sort_index()
    parts = rows[rows["trade"] != "*"].groupby(keys)["forecast"].sum()
    np.testing.assert_allclose(total, parts.loc[total.index])


def scored(**columns):
    base = {"origin": 2016, "region": "BB", "trade": "A-24", "quantity": "supply", "year": 2017, "horizon": 1}
    ranges = {"in_50": True, "in_80": True, "in_95": True}
    return pd.DataFrame(
        [base | ranges | dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    )


def test_scores_by_hand():
    rows = scored(forecast=[110.0, 90.0], truth=[100.0, 100.0], naive=[130.0, np.nan], in_80=[True, False])
    row = score_rows(rows, set()).query("ahead == 'alle'").iloc[0]
    assert (row["origins"], row["n"], row["in_80"]) == (LEARNED, 2, 0.5)
    assert row["bias"] == 0  # ten too many, ten too few
    assert row["wape"] == pytest.approx(0.1)  # where there is a last value to compare with
    assert row["wape_naive"] == pytest.approx(0.3)
    (found,) = findings(score_rows(rows, set()), {"BB": ("Brandenburg", "Brandenburg")})
    assert "50 von 100 Fällen im 80-%-Band (zu schmal)" in found.text_de
    assert "Mittlerer Fehler 10,0 %, beim letzten Wert 30,0 %: besser." in found.text_de
    assert not found.good


def test_a_lean_to_one_side_is_said():
    rows = scored(forecast=[105.0, 107.0], truth=[100.0, 100.0], naive=[101.0, 101.0])
    (found,) = findings(score_rows(rows, set()), {})
    assert "Im Mittel lag das Modell 6,0 % zu hoch." in found.text_de
    assert "nicht besser" in found.text_de


def test_the_numbers_are_written_beside_the_page(folder, report):
    checks = yaml.safe_load((folder / "checks.yaml").read_text(encoding="utf-8"))
    assert [entry["code"] for entry in checks] == [item.fact.code for item in report.checked]
    numbers = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
    assert {row["scope"] for row in numbers["scores"]} >= {SUMS}
    assert numbers["refused"][0][0] == "2020"
    assert len((folder / "back_cast.csv").read_text().splitlines()) == len(report.cast.rows) + 1


def test_the_page_says_what_misses_and_needs_nothing_else(folder, report):
    page = (folder / "report.html").read_text(encoding="utf-8")
    shown = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r'(src|href)="(?!http)[^"#]', shown), "something would be loaded"
    assert not re.search(r'<(script|link|img)[^>]+(src|href)="http', page)
    for item in report.checked:
        assert item.fact.name_de in shown
        if not item.verdict.exact and item.fact.reason_de:
            assert item.fact.reason_de.split()[0] in shown
    assert "verfehlt um" in shown
    assert "Spannen von Summen" in shown or "Summe aller Gewerke" in shown


def test_the_same_report_has_the_same_name(folder, report):
    again = write_model_report(report, folder.parent.parent)
    assert again == folder


def test_every_measure_says_what_its_range_contains() -> None:
    assert set(MEASURES) <= set(CONTENTS), sorted(set(MEASURES) - set(CONTENTS))
    for german, english in CONTENTS.values():
        assert german.startswith("Enthalten:")
        assert "Nicht enthalten:" in german
        assert english.startswith("Contained:")
        assert "Not contained:" in english


def test_a_region_without_data_is_named(inputs, settings) -> None:
    with pytest.raises(
        InputError, match="Region «HWK-CB» sind keine Beschäftigten nach Berufsgruppe"
    ) as caught:
        employee_years(inputs.panel, "HWK-CB")
    assert caught.value.where == "HWK-CB"
    bands = ["unter 20 Jahre"]
    with pytest.raises(InputError, match="Region «BE» sind keine Beschäftigten nach Altersgruppen"):
        published_bands(inputs.panel, inputs.definitions.codes, "BE", bands)


def test_impossible_inputs_name_the_cell(inputs, settings, trained) -> None:
    """A cell whose stock is impossible is refused with trade and region before anything is projected."""
    codes, events = inputs.definitions.codes, inputs.definitions.events
    made = assemble(trained[0], inputs.panel, codes, events, inputs.draws(settings), 2027, 2027)
    cell = ("BB", "A-24")
    state = made.states[cell]
    task = next(task for task in made.tasks if (task.region, task.trade) == cell)
    with pytest.raises(ModelError, match="negativ oder fehlt") as caught:
        cell_inputs(
            replace(state, vacancies=state.vacancies * np.nan),
            horizon=made.horizon,
            ages=made.ages,
            profile=np.full((settings.draws, made.ages.size), 1 / made.ages.size),
            entry_profile=task.inputs.entry_profile,
            hazards={
                c: np.zeros(made.ages.size)
                for c in ("deaths", "retirements", "health_exits", "craft_leavers")
            },
            growth=task.inputs.growth_index,
            inflow=np.zeros((settings.draws, made.horizon.size)),
            inflow_parts=task.inputs.inflow_parts,
            jobs_lost=None,
            seed=1,
        )
    assert "A-24" in caught.value.where
    assert "Region BB" in caught.value.where


def test_the_command_asks_which_report() -> None:
    result = CliRunner().invoke(app, ["report"])
    assert isinstance(result.exception, InputError)
    assert "--model" in str(result.exception)


def test_a_broken_fact_stops_every_run(settings, tmp_path) -> None:
    copied = tmp_path / "data"
    shutil.copytree(settings.data_root, copied, ignore=shutil.ignore_patterns("snapshots"))
    path = copied / "checks" / "shk-finish.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("relation: range", "relation: etwa"), encoding="utf-8"
    )
    with pytest.raises(DefinitionError, match="relation «etwa»") as caught:
        load(replace(settings, data_root=copied), Silent())
    assert "checks/shk-finish.yaml, Zeile" in caught.value.where
