"""Sums among series: read from code lists, checked against what is printed, kept in every draw."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.domain.codes import Aggregate, CodeList, Region, Trade, TrainingOccupation
from forecast.errors import ModelError
from forecast.estimators.protocol import History
from forecast.estimators.series import forecast_series
from forecast.hierarchy import (
    Hierarchy,
    build_hierarchy,
    reconcile_forecasts,
    region_atoms,
    rest_figures,
    subject_members,
)
from forecast.inputs import Inputs

YEAR = 2024
KREISE = ("12053", "12060", "12064", "12067", "12073")


def region(code: str, level: str, *parents: str, until: date | None = None) -> Region:
    return Region(code, code, code, level, parents, "", "", None, until, "source", "s", "")


def trade(code: str, group: str) -> Trade:
    return Trade(code, code, code, group, "craft", "A", "", 3.0, None, None, "source", "s", "")


def occupation(code: str, to: str, weight: float) -> TrainingOccupation:
    return TrainingOccupation(code, code, code, code, to, weight, 3.0, "", None, None, "source", "s", "")


@pytest.fixture(scope="module")
def toy() -> CodeList:
    """Nation N ⊃ lands L, M; L ⊃ chambers C ⊃ {1, 2}, D ⊃ {3}; every Kreis has two parents."""
    regions = [
        region("N", "country"),
        region("L", "land", "N"),
        region("M", "land", "N"),
        region("C", "chamber_district", "L"),
        region("D", "chamber_district", "L"),
        region("1", "kreis", "C", "L"),
        region("2", "kreis", "C", "L"),
        region("3", "kreis", "D", "L"),
        region("4", "kreis", "D", "L"),
        region("9", "kreis", "M", until=date(2016, 10, 31)),
        region("X", "other"),
    ]
    trades = [trade("T1", "metal"), trade("T2", "metal"), trade("T3", "electro")]
    occupations = [occupation("AO-a", "T3", 1.0), occupation("AO-b", "T3", 0.4), occupation("AO-c", "", 1.0)]
    return CodeList(
        trades={entry.code: entry for entry in trades},
        training_occupations={entry.code: entry for entry in occupations},
        occupation_groups={},
        regions={entry.code: entry for entry in regions},
        links=(),
        aggregates={"AGG": Aggregate("AGG", "", "", ("AO-a", "AO-c"), "source", "s")},
    )


def sums(found: Hierarchy) -> dict[tuple[str, str], dict[tuple[str, str], float]]:
    table = found.aggregation.toarray()
    return {
        key: {leaf: table[row, place] for place, leaf in enumerate(found.leaves) if table[row, place]}
        for row, key in enumerate(found.aggregates)
    }


def of(subject: str, *regions: str) -> list[tuple[str, str]]:
    return [(code, subject) for code in regions]


def test_all_levels_are_sums_of_kreise(toy: CodeList) -> None:
    found = build_hierarchy(of("s", "1", "2", "3", "4", "C", "D", "L"), toy, YEAR)
    ones = {(kreis, "s"): 1.0 for kreis in "1234"}
    assert sums(found) == {
        ("C", "s"): {("1", "s"): 1, ("2", "s"): 1},
        ("D", "s"): {("3", "s"): 1, ("4", "s"): 1},
        ("L", "s"): ones,
    }
    assert not found.rests
    assert not found.alone


def test_a_level_may_be_missing(toy: CodeList) -> None:
    found = build_hierarchy(of("s", "C", "3", "4", "L"), toy, YEAR)
    assert sums(found) == {("L", "s"): {("C", "s"): 1, ("3", "s"): 1, ("4", "s"): 1}}
    assert not found.rests


def test_missing_children_become_a_rest(toy: CodeList) -> None:
    found = build_hierarchy(of("s", "N", "L", "C", "1"), toy, YEAR)
    assert found.rests == {
        ("C−1", "s"): {("C", "s"): 1, ("1", "s"): -1},
        ("L−C", "s"): {("L", "s"): 1, ("C", "s"): -1},
        ("N−L", "s"): {("N", "s"): 1, ("L", "s"): -1},
    }
    assert sums(found)["N", "s"] == dict.fromkeys([("N−L", "s"), ("L−C", "s"), ("C−1", "s"), ("1", "s")], 1.0)


def test_a_single_listed_child_is_never_the_whole(toy: CodeList) -> None:
    assert region_atoms(toy, 2010)["M"] == {"M", "9"}
    assert build_hierarchy(of("s", "M", "9"), toy, 2010).rests.keys() == {("M−9", "s")}
    assert build_hierarchy(of("s", "M", "9"), toy, YEAR).alone == (("9", "s"), ("M", "s"))


def test_what_has_no_relatives_stands_alone(toy: CodeList) -> None:
    found = build_hierarchy([("X", "s"), ("C", "s"), ("C", "t"), ("nowhere", "s")], toy, YEAR)
    assert not found.aggregates
    assert set(found.alone) == {("X", "s"), ("C", "s"), ("C", "t"), ("nowhere", "s")}


def test_groups_are_sums_of_trades_and_trades_of_weighted_occupations(toy: CodeList) -> None:
    assert subject_members(toy)["T3"] == {"AO-a": 1.0, "AO-b": 0.4}
    keys = [("C", name) for name in ("metal", "T1", "T2", "electro", "T3", "AO-a", "AO-b")]
    found = build_hierarchy(keys, toy, YEAR)
    weighted = {("C", "AO-a"): 1.0, ("C", "AO-b"): 0.4}
    assert sums(found) == {
        ("C", "metal"): {("C", "T1"): 1, ("C", "T2"): 1},
        ("C", "electro"): weighted,
        ("C", "T3"): weighted,
    }


def test_trade_by_region_meets_in_the_same_cells(toy: CodeList) -> None:
    keys = [(r, s) for r in ("C", "1", "2") for s in ("metal", "T1", "T2")]
    found = build_hierarchy(keys, toy, YEAR)
    assert found.leaves == (("1", "T1"), ("1", "T2"), ("2", "T1"), ("2", "T2"))
    assert sums(found)["C", "metal"] == dict.fromkeys(found.leaves, 1.0)
    assert sums(found)["2", "metal"] == {("2", "T1"): 1, ("2", "T2"): 1}


def test_the_rest_of_a_group_is_split_by_region_like_a_trade(toy: CodeList) -> None:
    keys = [(r, s) for r in ("L", "C") for s in ("AGG", "AO-a")]
    found = build_hierarchy(keys, toy, YEAR)
    assert ("L−C", "AGG−AO-a") in found.rests
    assert found.rests["L−C", "AGG−AO-a"] == {("L", "AGG−AO-a"): 1, ("C", "AGG−AO-a"): -1}
    printed = {
        ("L", "AGG"): {2023: 100.0},
        ("L", "AO-a"): {2023: 70.0},
        ("C", "AGG"): {2023: 40.0},
        ("C", "AO-a"): {2023: 33.0},
    }
    rests = rest_figures(found, printed)
    assert rests["L−C", "AO-a"] == {2023: 37.0}
    assert rests["L−C", "AGG−AO-a"] == {2023: 23.0}
    assert sums(found)["L", "AGG"] == dict.fromkeys(
        [("C", "AO-a"), ("L−C", "AO-a"), ("C", "AGG−AO-a"), ("L−C", "AGG−AO-a")], 1.0
    )


def test_printed_figures_have_the_last_word(toy: CodeList) -> None:
    keys = of("s", "C", "1", "2")

    def built(whole: float, **more: float) -> Hierarchy:
        figures = {("C", "s"): {2020: whole}, ("1", "s"): {2020: 6.0}, ("2", "s"): {2020: 3.0}}
        return build_hierarchy(keys, toy, YEAR, figures=figures, **more)

    assert not built(9.0).rests
    assert list(built(12.0).rests) == [("C−1−2", "s")]
    assert built(8.0).unclosed == (("C", "s"),)
    assert len(built(8.0).alone) == 3
    assert not built(12.0, rounding=3.0).rests  # three rounded numbers may be off by 4.5
    assert not built(6.0, rounding=3.0).unclosed
    assert built(4.0, rounding=3.0).unclosed


def test_a_rest_that_is_nothing_is_left_out(toy: CodeList) -> None:
    figures = {("M", "s"): {2020: 5.0}, ("9", "s"): {2020: 5.0}}
    found = build_hierarchy(figures, toy, 2010, figures=figures)
    assert sums(found) == {("M", "s"): {("9", "s"): 1}}


def draws_of(keys, seed: int, count: int = 60, years: int = 3) -> dict[tuple[str, str], np.ndarray]:
    generator = np.random.default_rng(seed)
    return {key: generator.gamma(2.0, generator.uniform(1, 20), size=(count, years)) for key in keys}


def worst_gap(found, hierarchy: Hierarchy) -> float:
    total = np.stack([found[key] for key in hierarchy.aggregates])
    parts = np.stack([found[key] for key in hierarchy.leaves])
    gap = np.abs(total - np.tensordot(hierarchy.aggregation.toarray(), parts, axes=1))
    return float((gap / np.maximum(np.abs(total), 1e-300)).max())


@given(st.sets(st.sampled_from("NLMCD1234"), min_size=1), st.integers(0, 99), st.booleans())
@settings(deadline=None, max_examples=60)
def test_any_choice_of_regions_adds_up_in_every_draw(toy: CodeList, chosen, seed: int, crossed: bool) -> None:
    subjects = ("metal", "T1", "T2") if crossed else ("s",)
    hierarchy = build_hierarchy([(r, s) for r in chosen for s in subjects], toy, YEAR)
    names = {(r, s) for r in chosen for s in subjects}
    given_keys = draws_of(sorted(names.union(hierarchy.rests)), seed)
    found = reconcile_forecasts(given_keys, hierarchy)
    assert found.keys() == given_keys.keys()
    assert all((values >= 0).all() for values in found.values())
    assert not hierarchy.aggregates or worst_gap(found, hierarchy) <= 1e-8
    assert all(found[key] is given_keys[key] for key in hierarchy.alone)


def test_forecasts_that_agree_are_left_unchanged(toy: CodeList) -> None:
    keys = of("s", "1", "2", "C")
    hierarchy = build_hierarchy(keys, toy, YEAR)
    forecasts = draws_of(keys[:2], 3)
    forecasts["C", "s"] = forecasts["1", "s"] + forecasts["2", "s"]
    found = reconcile_forecasts(forecasts, hierarchy)
    for key in keys:
        assert np.allclose(found[key], forecasts[key], rtol=1e-12)


def test_a_rest_without_forecast_moves_nothing(toy: CodeList) -> None:
    keys = of("s", "L", "C")
    generator = np.random.default_rng(1)
    forecasts = {
        ("L", "s"): generator.normal(100, 5, (50, 2)),
        ("C", "s"): generator.normal(30, 3, (50, 2)),
    }
    found = reconcile_forecasts(forecasts, build_hierarchy(keys, toy, YEAR))
    assert found.keys() == set(keys)
    for key in keys:
        assert np.allclose(found[key], forecasts[key])


def test_by_hand_with_given_variances(toy: CodeList) -> None:
    keys = of("s", "C", "1", "2")
    values = {"C": 20.0, "1": 5.0, "2": 9.0}
    forecasts = {(code, "s"): np.full((2, 1), value) for code, value in values.items()}
    hierarchy = build_hierarchy(keys, toy, YEAR)
    found = reconcile_forecasts(forecasts, hierarchy, {("C", "s"): 3.0, ("1", "s"): 1.0, ("2", "s"): 2.0})
    assert [float(found[code, "s"][0, 0]) for code in "C12"] == pytest.approx([17, 6, 11])
    alike = reconcile_forecasts(forecasts, hierarchy, scheme="ols")
    assert [float(alike[code, "s"][0, 0]) for code in "C12"] == pytest.approx([18, 7, 11])
    counted = reconcile_forecasts(forecasts, hierarchy, scheme="structural")
    assert [float(counted[code, "s"][0, 0]) for code in "C12"] == pytest.approx([17, 6.5, 10.5])


def test_what_does_not_fit_together_is_refused(toy: CodeList) -> None:
    keys = of("s", "1", "2", "C")
    hierarchy = build_hierarchy(keys, toy, YEAR)
    forecasts = draws_of(keys, 1)
    with pytest.raises(ModelError, match="verschiedene Jahre"):
        reconcile_forecasts(forecasts | {keys[0]: np.ones((60, 2))}, hierarchy)
    with pytest.raises(ModelError, match="fehlen") as caught:
        reconcile_forecasts({key: forecasts[key] for key in keys[:2]}, hierarchy)
    assert caught.value.rows == ("C s",)


@pytest.fixture(scope="module")
def employees(inputs: Inputs) -> dict[tuple[str, str], dict[int, float]]:
    """Printed employees by region and occupation group."""
    frame = inputs.panel.select(indicator="employees").preferred().frame
    frame = frame[frame["trade"].str.startswith("KldB-") & frame["value"].notna()]
    found: dict[tuple[str, str], dict[int, float]] = {}
    columns = (frame[name].tolist() for name in ("region", "trade", "year", "value"))
    for place, group, year, value in zip(*columns, strict=True):
        found.setdefault((place, group), {})[int(year)] = float(value)
    return {key: values for key, values in found.items() if len(values) >= 8}


def test_five_kreise_are_the_district_in_print(employees) -> None:
    cells = [
        (values[year], sum(employees[kreis, group][year] for kreis in KREISE))
        for (place, group), values in employees.items()
        if place == "HWK-FF" and ("12053", group) in employees
        for year in values
        if all(year in employees[kreis, group] for kreis in KREISE)
    ]
    assert len(cells) >= 117
    assert [whole for whole, _ in cells] == [parts for _, parts in cells]


def test_printed_employees_form_one_hierarchy_per_group(employees, inputs: Inputs) -> None:
    found = build_hierarchy(employees, inputs.definitions.codes, 2025, figures=employees)
    assert not found.unclosed
    assert sums(found)["HWK-FF", "KldB-342"] == {(kreis, "KldB-342"): 1.0 for kreis in KREISE}
    assert found.rests["BB−HWK-FF", "KldB-342"] == {("BB", "KldB-342"): 1, ("HWK-FF", "KldB-342"): -1}
    assert ("DE−BB", "KldB-342") in found.rests
    assert ("HWK-FF−12053−12060−12064−12067−12073", "KldB-342") not in found.rests
    rests = rest_figures(found, employees)
    assert min(value for values in rests.values() for value in values.values()) > 0


def forecasts_of(figures, horizon: int, draws: int) -> dict[tuple[str, str], np.ndarray]:
    histories = [
        History("|".join(key), np.array(list(values)), np.array(list(values.values())))
        for key, values in figures.items()
    ]
    found = forecast_series(histories, horizon, draws=draws, seed=1, non_negative=True)
    return {key: item.draws for key, item in zip(figures, found, strict=True)}


def test_bundled_employees_are_coherent_in_every_draw(employees, inputs: Inputs) -> None:
    keep = {
        key: values for key, values in employees.items() if key[1] in ("KldB-342", "KldB-263", "KldB-541")
    }
    now = {key: values for key, values in keep.items() if max(values) == 2025}
    hierarchy = build_hierarchy(now, inputs.definitions.codes, 2025, figures=now)
    base = forecasts_of(now | rest_figures(hierarchy, now), 5, 100)
    found = reconcile_forecasts(base, hierarchy)
    assert worst_gap(base, hierarchy) > 0.01
    assert worst_gap(found, hierarchy) <= 1e-8
    district = found["HWK-FF", "KldB-342"]
    assert np.allclose(district, sum(found[kreis, "KldB-342"] for kreis in KREISE), rtol=1e-8)
    assert (found["BB", "KldB-342"] >= district).all()


@pytest.mark.slow
def test_reconciling_does_not_cost_accuracy_or_coverage_at_past_origins(employees, inputs: Inputs) -> None:
    """The comparison of docs/methods/reconcile.md: printed employees, origins 2017 to 2024, h = 1, 3, 5."""
    codes = inputs.definitions.codes
    rows = []
    for origin in range(2017, 2025):
        cut = {key: {y: v for y, v in values.items() if y <= origin} for key, values in employees.items()}
        cut = {key: values for key, values in cut.items() if origin in values and len(values) >= 4}
        hierarchy = build_hierarchy(cut, codes, origin, figures=cut)
        base = forecasts_of(cut | rest_figures(hierarchy, cut), 5, 300)
        inside = set(hierarchy.aggregates).union(hierarchy.leaves)
        for name, told in (("base", base), ("reconciled", reconcile_forecasts(base, hierarchy))):
            for key in inside.intersection(cut):
                low, high = np.quantile(told[key], (0.1, 0.9), axis=0)
                mean = told[key].mean(axis=0)
                for h in range(5):
                    if (came := employees[key].get(origin + h + 1)) is not None:
                        level = "kreis" if key[0] in KREISE else key[0]
                        rows.append(
                            (name, level, h + 1, abs(mean[h] - came), came, low[h] <= came <= high[h])
                        )
    table = np.array([row[3:] for row in rows], dtype=float)
    labels = np.array([row[:3] for row in rows], dtype=object)
    for level in ("kreis", "HWK-FF", "BB", "DE"):
        for ahead in (1, 3, 5):
            here = (labels[:, 1] == level) & (labels[:, 2] == ahead)
            before, after = (table[here & (labels[:, 0] == name)] for name in ("base", "reconciled"))
            assert after[:, 0].sum() <= 1.03 * before[:, 0].sum(), (level, ahead)
            assert after[:, 2].mean() >= before[:, 2].mean() - 0.06, (level, ahead)


def test_regions_of_the_code_list_are_sets_of_kreise(inputs: Inputs) -> None:
    atoms = region_atoms(inputs.definitions.codes, 2025)
    assert atoms["HWK-FF"] == set(KREISE)
    assert atoms["BB"] == atoms["HWK-FF"] | atoms["HWK-CB"] | atoms["HWK-P"]
    assert atoms["NI"] == {"NI"}
    assert atoms["BB"] < atoms["DE"]
