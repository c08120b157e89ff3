"""Overridden assumptions: the release with the same values, closed accounts with others, or a reason."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from forecast.assemble import assemble
from forecast.assumption_rules import LEVERS_ON, faults, permitted
from forecast.assumptions import MADE, NOT_PEOPLE, OVERRIDABLE, assumed, changed_fields
from forecast.domain.expected import ROLLED
from forecast.domain.levers import KINDS, Amount, Lever
from forecast.domain.matrix import ITEMS
from forecast.domain.scenario import Override
from forecast.domain.workforce import EXITS
from forecast.errors import ModelError
from forecast.estimators.cell import run_cell
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.scenario_table import contributions
from forecast.scenarios import model_of
from forecast.what_if import WhatIfModel

REGION, TRADE = "HWK-FF", "A-24"
#: One override of each kind, and the sign of what it does to the gap of the last year.
DIRECTIONS = {
    "retirement_rate": ({"age": 63.0}, 0.1, -1),
    "retirement_way_share": ({"way": "with_deductions"}, 0.45, 1),
    "health_exit_rate": ({"age": 50.0}, 0.03, 1),
    "health_factor": ({"group": "shk"}, 1.6, 1),
    "craft_leaving_rate": ({"age": 15.0}, 0.02, -1),
    "mortality": ({"age": 50.0, "sex": "m"}, 0.02, 1),
    "entry_age": ({}, 27, 0),
    "entry_age_spread": ({}, 5, 0),
    "dissolution_layer": ({"layer": 0.0}, 0.05, -1),
    "exam_pass_first": ({}, 0.95, -1),
    "exam_retry": ({}, 0.95, -1),
    "exam_pass_retry": ({}, 0.8, -1),
    "productivity_growth": ({}, 0.01, -1),
    "trend_damping": ({}, 0.2, 0),
    "closure_staff_kept": ({}, 0.5, 1),
    "closure_training_kept": ({}, 0.3, 1),
    "success_share": ({}, 0.9, -1),
    "succession_postponed": ({}, 0.2, -1),
    "master_share": ({}, 0.1, 1),
    "master_stay": ({}, 0.5, 1),
}


def overrides_of(name: str) -> list[Override]:
    key, value, _ = DIRECTIONS[name]
    return [Override(name, value, key)]


@pytest.fixture(scope="module")
def model(release) -> WhatIfModel:
    return model_of(release, REGION)


@pytest.fixture(scope="module")
def trades(inputs) -> dict[str, str]:
    return {code: trade.group for code, trade in inputs.definitions.codes.trades.items()}


def said(overrides, model, trades, levers=()) -> list:
    return list(faults(overrides, levers, model.assumptions, trades))


@pytest.mark.parametrize("name", sorted(OVERRIDABLE))
def test_the_value_of_the_release_changes_no_bit(model: WhatIfModel, name: str) -> None:
    parameter = model.assumptions.parameters.parameters[name]
    same = [
        Override(
            name, entry.value, dict(zip(parameter.keyed_by, entry.key, strict=True)), entry.low, entry.high
        )
        for entry in parameter.entries
    ]
    found = assumed(model.inputs, model.assumptions, same)
    for after, before in ((found, model.inputs), (found.firms, model.inputs.firms)):
        for field in fields(after):
            if field.name != "firms":
                np.testing.assert_array_equal(
                    getattr(after, field.name), getattr(before, field.name), err_msg=field.name
                )


@pytest.mark.parametrize("name", sorted(OVERRIDABLE))
def test_every_overridable_assumption_has_a_permitted_range_around_its_values(
    model: WhatIfModel, name: str
) -> None:
    allowed = permitted(name, model.assumptions)
    assert allowed is not None
    for entry in model.assumptions.parameters.parameters[name].entries:
        assert allowed[0] <= entry.value <= allowed[1]


def test_ranges_are_permitted_for_nothing_else(model: WhatIfModel) -> None:
    listed = {
        str(entry.key[0]) for entry in model.assumptions.parameters.parameters["override_range"].entries
    }
    assert listed == OVERRIDABLE
    assert set(LEVERS_ON) <= OVERRIDABLE
    assert set().union(*LEVERS_ON.values()) <= set(KINDS)


@pytest.mark.parametrize("name", sorted(DIRECTIONS))
def test_an_override_moves_the_gap_where_it_should_and_the_accounts_close(
    model: WhatIfModel, trades: dict[str, str], name: str
) -> None:
    changes = overrides_of(name)
    assert said(changes, model, trades) == []
    base, run = model.run(training_need=False), model.run(changes, training_need=False)
    opening = model.inputs.opening.sum(axis=1)[:, :, None]
    change = sum((-1.0 if flow in EXITS else 1.0) * run.measures[flow].astype(float) for flow in ROLLED)
    scale = run.measures["supply"].max()
    assert np.abs(run.measures["supply"] - opening - np.cumsum(change, axis=2)).max() < scale * 1e-5
    items = sum(run.measures[item].astype(float) for item in ITEMS)
    assert np.abs(items - run.measures["gap"]).max() < scale * 1e-5
    at = run.trades.index(TRADE)
    moved = (run.measures["gap"] - base.measures["gap"])[at].mean(axis=0)[-1]
    sign = DIRECTIONS[name][2]
    assert moved != 0
    assert sign in (0, np.sign(moved)), f"{name}: {moved}"


def test_working_time_moves_work_and_never_heads(model: WhatIfModel) -> None:
    base = model.run()
    for name, value, sign in (
        ("part_time_share", 0.4, -1), ("part_time_drift", 0.1, -1), ("part_timer_hours", 0.8, 1),
        ("part_timer_drift", 0.1, 1), ("effective_hours_full_time", 1500, -1),
        ("full_time_hours_drift", -0.01, -1),
    ):  # fmt: skip
        run = model.run([Override(name, value)])
        np.testing.assert_array_equal(run.measures["gap"], base.measures["gap"])
        unit = "hours" if "full_time" in name else "fte"
        moved = run.measures[f"supply_{unit}"].mean() - base.measures[f"supply_{unit}"].mean()
        assert np.sign(moved) == sign, name
        for side in ("fte", "hours"):
            parts = run.measures[f"demand_{side}"] - run.measures[f"supply_{side}"]
            np.testing.assert_allclose(parts, run.measures[f"gap_{side}"], atol=0.05)


def test_more_cohorts_before_a_need_is_shown(model: WhatIfModel) -> None:
    base, run = model.run(), model.run([Override("least_cohorts", 4)])
    missing = [np.isnan(one.measures["training_need"]).any(axis=(0, 1)).sum() for one in (base, run)]
    assert missing[1] == missing[0] + 1  # three by default


def test_only_the_trades_of_the_key_move(model: WhatIfModel) -> None:
    one = Override("dissolution_layer", 0.02, {"trade": TRADE, "layer": 1.0})
    base, run = model.run(training_need=False), model.run([one], training_need=False)
    still = [at for at, trade in enumerate(run.trades) if trade != TRADE]
    np.testing.assert_array_equal(run.measures["gap"][still], base.measures["gap"][still])
    assert not one.acts_on("A-13", "metal", REGION)
    assert (run.measures["gap"] - base.measures["gap"])[run.trades.index(TRADE)].mean() < 0


def test_the_longer_key_wins_in_any_order(model: WhatIfModel) -> None:
    every, own = (
        Override("dissolution_layer", 0.2, {"layer": 0.0}),
        Override("dissolution_layer", 0.05, {"layer": 0.0, "trade": TRADE}),
    )
    found = [
        assumed(model.inputs, model.assumptions, two).dissolution for two in ([every, own], [own, every])
    ]
    np.testing.assert_array_equal(*found)
    at = model.inputs.trades.index(TRADE)
    assert found[0][at, 0].mean() < 0.08 < found[0][at - 1, 0].mean()


def test_contributions_of_levers_and_overrides_add_to_the_change(model: WhatIfModel) -> None:
    lever = Lever("contracts", "x", {"change": Amount(0.2, 0.2, 0.2)}, ("*",), ("*",), 2027)
    changes = [lever, *overrides_of("craft_leaving_rate"), *overrides_of("productivity_growth")]
    difference = contributions(model, changes, TRADE, 2035)
    assert difference is not None
    assert len(difference.contributions) == 4
    assert sum(difference.contributions.values()) == difference.after - difference.before
    assert any("craft_leaving_rate" in name for name in difference.contributions)


def test_an_override_agrees_with_the_full_pipeline_under_the_same_override(
    model: WhatIfModel, inputs, settings, trained
) -> None:
    """Productivity is read in the forecast years alone: a new run and the accounts on demand say the same."""
    override = Override("productivity_growth", 0.01)
    parameters = ParameterDraws(
        inputs.definitions.parameters.with_overrides([override]), settings.seed, settings.draws
    )
    assembled = assemble(
        trained[0], inputs.panel, inputs.definitions.codes, inputs.definitions.events, parameters, 2035,
        inputs.as_of.year + 1,
    )  # fmt: skip
    task = next(one for one in assembled.tasks if (one.region, one.trade) == (REGION, TRADE))
    summary = run_cell(task)
    run = model.run([override], [TRADE])
    for name in ("demand", "supply", "gap"):
        ours = run.measures[name][0, :, : summary.years.size].astype(float)
        error = ours.std(axis=0) / np.sqrt(len(ours))
        assert np.all(np.abs(ours.mean(axis=0) - summary.statistics[name][:, 0]) <= 4 * error + 0.5), name


def test_overrides_that_move_nobody_do_not_roll_the_accounts_anew() -> None:
    assert changed_fields([Override("productivity_growth", 0.01)]) <= NOT_PEOPLE
    assert not changed_fields([Override("craft_leaving_rate", 0.01)]) <= NOT_PEOPLE
    assert changed_fields([]) == frozenset()
    assert set(MADE) >= NOT_PEOPLE - {"least_cohorts"}


def test_without_the_assumptions_of_a_release_nothing_is_overridden(model: WhatIfModel) -> None:
    with pytest.raises(ModelError, match="Annahmen"):
        WhatIfModel(model.inputs).run(overrides_of("exam_retry"))


WRONG = {
    "unknown name": (Override("exam_retri", 0.5), "name", "Unbekannter Parameter", "exam_retry"),
    "outside": (Override("exam_retry", 1.5), "value", "außerhalb der erlaubten Spanne", "0 bis 1"),
    "upside down": (Override("exam_retry", 0.5, {}, 0.6, 0.7), "value", "passt nicht", "low ≤ value"),
    "high outside": (Override("craft_leaving_rate", 0.2, {}, 0.1, 0.6), "value", "außerhalb", "0,25"),
    "no range": (Override("productivity_growth", 0.01, {}, 0, 0.02), "low", "festen Wert", "nur value"),
    "half a cohort": (Override("least_cohorts", 2.5), "value", "Anzahl", "ganze Zahl"),
    "unknown key": (Override("exam_retry", 0.5, {"group": "shk"}), "key", "Schlüssel", "kein Schlüssel"),
    "unknown trade": (
        Override("dissolution_layer", 0.1, {"trade": "A-99"}), "key", "«A-99»", "A-",
    ),
    "unknown group": (Override("health_factor", 1.2, {"group": "skh"}), "key", "«skh»", "shk"),
    "age beyond": (Override("health_exit_rate", 0.01, {"age": 70.0}), "key", "«70.0»", "15 bis 56"),
    "firms": (Override("due_rate", 0.03), "name", "Betriebe und Meister", "closure_staff_kept"),
    "stocks": (Override("reporting_rate", 0.5), "name", "Beständen des Basisjahrs", "einer von"),
    "law": (Override("statutory_retirement_age", 816), "name", "exit_age", "einer von"),
    "a lever's number": (Override("four_day_week_offset", 0.5), "name", "Zahl für einen Hebel", "einer von"),
    "series": (Override("own_weight", 1), "name", "Schätzen und Beurteilen", "einer von"),
    "nobody reads it": (Override("dissolution_lever", 0.01), "name", "Kein Konto liest ihn", "einer von"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said_in_both_languages(
    name: str, model: WhatIfModel, trades: dict[str, str]
) -> None:
    override, field, what, expected = WRONG[name]
    (fault,) = said([override], model, trades)
    assert fault.field == field
    assert what in fault.what[0]
    assert expected in fault.expected[0]
    assert fault.what[1] != fault.what[0]
    assert fault.what[1]


@pytest.mark.parametrize("name", sorted(LEVERS_ON))
def test_a_lever_on_the_same_component_is_refused_and_both_are_named(
    name: str, model: WhatIfModel, trades: dict[str, str]
) -> None:
    parameter = model.assumptions.parameters.parameters[name]
    value = parameter.entries[0].value
    for kind in LEVERS_ON[name]:
        lever = Lever(kind, kind, {}, ("*",), ("*",), 2027)
        (fault,) = said([Override(name, value)], model, trades, [lever])
        assert name in fault.what[0]
        assert kind in fault.what[0]


def test_a_lever_on_other_trades_is_no_contradiction(model: WhatIfModel, trades: dict[str, str]) -> None:
    override = Override("health_factor", 1.2, {"group": "shk"})
    elsewhere = Lever("health_exits", "x", {}, ("group:metal",), ("*",), 2027)
    assert said([override], model, trades, [elsewhere]) == []
    same = Lever("health_exits", "x", {}, ("A-24",), ("*",), 2027)
    assert len(said([override], model, trades, [same])) == 1


def test_the_same_assumption_twice_is_a_contradiction(model: WhatIfModel, trades: dict[str, str]) -> None:
    (fault,) = said([Override("exam_retry", 0.5), Override("exam_retry", 0.6)], model, trades)
    assert "zweimal" in fault.what[0]
    assert fault.at == 1
    assert said([Override("exam_retry", 0.5), Override("exam_retry", 0.5)], model, trades) == []
