"""Parameters: lookup, draws, overrides, rules. Cases are worked by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.domain.lookup import document_of, parameter_from, rule_breaks
from forecast.domain.parameters import Override, ParameterSet, triangular
from forecast.errors import DefinitionError


def document(name, keyed_by, entries, **changes):
    """A parameter document; entries are (key…, low, value, high)."""
    rows = [
        dict(zip(keyed_by, entry[:-3], strict=True))
        | {"low": entry[-3], "value": entry[-2], "high": entry[-1], "source": "s"}
        for entry in entries
    ]
    base = {
        "name": name, "name_de": name, "name_en": name, "unit": "ratio", "kind": "judgement",
        "keyed_by": keyed_by, "lookup": "exact", "covers": {}, "description": "d", "description_en": "d",
        "in_use": True, "used_by": "forecast.domain.demand", "reserved_for": "", "reason": "r",
        "review": date(2027, 6, 30), "distribution": "triangular", "entries": rows,
    }  # fmt: skip
    return base | changes


RETIREMENT = document(
    "retirement_age",
    ["birth_year"],
    [(1946, 65, 65, 65), (1958, 65.5, 66, 66.5), (1964, 66, 67, 68)],
    unit="years",
    lookup="step",
    covers={"birth_year": [1946, 1970]},
)
COVERAGE = document(
    "coverage",
    ["trade", "region"],
    [
        ("*", "*", 0.1, 0.5, 0.9),
        ("A-24", "*", 0.2, 0.6, 0.7),
        ("*", "BB", 0.3, 0.4, 0.5),
        ("A-24", "DE", 0.8, 0.8, 0.8),
    ],
)
MORTALITY = document(
    "mortality",
    ["sex", "age"],
    [("m", 60, 0.01, 0.011, 0.012), ("m", 70, 0.02, 0.022, 0.03), ("*", 50, 0, 0.004, 0.01)],
    lookup="step",
    covers={"age": [50, 80]},
)
FIXED = document("law", [], [(2, 2, 2)], distribution="fixed", kind="law")


@pytest.fixture
def values():
    documents = (RETIREMENT, COVERAGE, MORTALITY, FIXED)
    return ParameterSet({item["name"]: parameter_from(item) for item in documents})


@pytest.mark.parametrize(
    ("birth_year", "age"),
    [(1946, 65), (1957, 65), (1957.99, 65), (1958, 66), (1963, 66), (1964, 67), (1970, 67)],
)
def test_a_step_holds_from_its_start_until_the_next(values, birth_year, age):
    assert values.value("retirement_age", birth_year=birth_year) == age


@pytest.mark.parametrize("birth_year", [1945, 1970.5, 2000])
def test_outside_the_covered_span_is_an_error_that_names_it(values, birth_year):
    with pytest.raises(DefinitionError) as error:
        values.value("retirement_age", birth_year=birth_year)
    assert "retirement_age" in error.value.what
    assert f"birth_year={birth_year}" in error.value.what
    assert error.value.expected == "birth_year von 1946 bis 1970"


@pytest.mark.parametrize(
    ("trade", "region", "value"),
    [
        ("A-24", "DE", 0.8),  # both named
        ("A-24", "BB", 0.6),  # the first key goes before the second
        ("A-13", "BB", 0.4),
        ("A-13", "SN", 0.5),
    ],
)
def test_star_stands_for_every_value_not_listed(values, trade, region, value):
    assert values.value("coverage", trade=trade, region=region) == value


def test_step_and_star_together(values):
    assert values.value("mortality", sex="m", age=69) == 0.011
    assert values.value("mortality", sex="f", age=69) == 0.004
    # Men under 60 are covered by the entry for all: their own steps begin later.
    assert values.value("mortality", sex="m", age=55) == 0.004
    with pytest.raises(DefinitionError):
        values.value("mortality", sex="m", age="69")


@pytest.mark.parametrize("key", [{}, {"birth_year": 1960, "region": "BB"}, {"year": 1960}])
def test_wrong_key_names_are_errors(values, key):
    with pytest.raises(DefinitionError, match="gilt nicht für"):
        values.value("retirement_age", **key)


def test_a_key_without_star_lists_what_exists():
    parameter = parameter_from(document("p", ["trade"], [("A-24", 0, 1, 2), ("A-13", 0, 1, 2)]))
    with pytest.raises(DefinitionError) as error:
        ParameterSet({"p": parameter}).value("p", trade="A-20")
    assert error.value.expected == "trade: A-13, A-24"


def test_unknown_parameter_names_near_ones(values):
    with pytest.raises(DefinitionError) as error:
        values.value("retirement_ages", birth_year=1960)
    assert "retirement_age" in error.value.remedy


def test_vector_keeps_the_shape_and_takes_numpy_numbers(values):
    ages = np.array([[50, 60], [70, 80]])
    expected = [[0.004, 0.011], [0.022, 0.022]]
    assert values.vector("mortality", "age", ages, sex="m").tolist() == expected
    assert values.value("mortality", sex="m", age=np.int64(60)) == 0.011


def test_names_read_are_recorded_also_through_overrides(values):
    assert values.names_read == frozenset()
    values.value("law")
    changed = values.with_overrides([{"name": "coverage", "value": 0.5, "reason": "r"}])
    changed.value("coverage", trade="A-24", region="BB")
    assert values.names_read == {"law", "coverage"}


def test_triangular_by_hand():
    # low 0, mode 1, high 4: F(mode) = 1/4; the mean is 5/3.
    u = np.array([0.0, 1 / 16, 1 / 4, 0.73, 1.0])
    # F⁻¹(1/16) = √(1/16·4·1) = 1/2;  F⁻¹(0.73) = 4 − √(0.27·4·3) = 4 − 1.8
    assert triangular(u, 0.0, 1.0, 4.0) == pytest.approx([0.0, 0.5, 1.0, 2.2, 4.0])


def test_triangular_mean_of_many_even_uniforms():
    u = (np.arange(100_000) + 0.5) / 100_000
    assert triangular(u, 0.0, 1.0, 4.0).mean() == pytest.approx(5 / 3, abs=1e-6)
    assert triangular(u, -3.0, 1.0, 1.0).mean() == pytest.approx(-1 / 3, abs=1e-6)


@given(
    st.lists(st.floats(-50, 50), min_size=3, max_size=3).map(sorted),
    st.lists(st.floats(0, 1), min_size=2, max_size=20).map(sorted),
)
def test_triangular_is_increasing_and_stays_within_its_bounds(bounds, uniforms):
    low, mode, high = bounds
    drawn = triangular(np.array(uniforms), low, mode, high)
    assert np.all(np.diff(drawn) >= -1e-6)
    assert np.all((drawn >= low - 1e-6) & (drawn <= high + 1e-6))
    assert not np.isnan(drawn).any()


def test_draws_have_the_shape_of_the_uniforms(values):
    uniforms = np.full((3, 2), 0.5)
    assert values.draws("law", uniforms).tolist() == [[2.0, 2.0]] * 3
    assert values.draws("retirement_age", uniforms, birth_year=1950).tolist() == [[65.0, 65.0]] * 3
    assert values.draws("retirement_age", uniforms, birth_year=1965) == pytest.approx(np.full((3, 2), 67.0))


def test_override_of_every_entry_scales_the_range(values):
    changed = values.with_overrides(
        [{"name": "coverage", "value": 0.8, "key": {"trade": "A-24"}, "reason": "r"}]
    )
    entry = changed.entry("coverage", trade="A-24", region="BB")
    assert (entry.low, entry.value, entry.high) == pytest.approx((0.2 * 8 / 6, 0.8, 0.7 * 8 / 6))
    assert changed.value("coverage", trade="A-24", region="DE") == 0.8
    assert changed.value("coverage", trade="A-13", region="BB") == 0.4
    assert values.value("coverage", trade="A-24", region="BB") == 0.6  # the base set is untouched


def test_override_without_key_changes_all_entries(values):
    changed = values.with_overrides([{"name": "coverage", "value": 0.25, "low": 0.2, "high": 0.3}])
    for trade, region in (("A-24", "DE"), ("A-13", "SN")):
        entry = changed.entry("coverage", trade=trade, region=region)
        assert (entry.low, entry.value, entry.high) == (0.2, 0.25, 0.3)


def test_override_of_a_key_covered_by_star_adds_an_entry_of_its_own(values):
    changed = values.with_overrides(
        [{"name": "coverage", "value": 0.45, "key": {"trade": "A-13", "region": "BB"}}]
    )
    assert changed.value("coverage", trade="A-13", region="BB") == 0.45
    assert changed.value("coverage", trade="A-13", region="SN") == 0.5
    assert changed.value("coverage", trade="A-20", region="BB") == 0.4


def test_override_of_one_position_keeps_the_differences_in_the_other(values):
    changed = values.with_overrides([{"name": "coverage", "value": 0.3, "key": {"trade": "A-13"}}])
    assert changed.value("coverage", trade="A-13", region="BB") == 0.3
    assert changed.value("coverage", trade="A-13", region="SN") == 0.3
    assert changed.value("coverage", trade="A-20", region="BB") == 0.4


def test_override_within_a_step_begins_there(values):
    changed = values.with_overrides([{"name": "retirement_age", "value": 70, "key": {"birth_year": 1968}}])
    found = [changed.value("retirement_age", birth_year=year) for year in (1967, 1968, 1970)]
    assert found == [67, 70, 70]


def test_overrides_apply_in_order(values):
    changed = values.with_overrides(
        [
            {"name": "coverage", "value": 0.1},
            {"name": "coverage", "value": 0.2, "key": {"trade": "A-24", "region": "DE"}},
        ]
    )
    assert changed.value("coverage", trade="A-24", region="DE") == 0.2
    assert changed.value("coverage", trade="A-24", region="BB") == 0.1


def test_the_base_value_as_override_changes_nothing(values):
    for name, key in (
        ("coverage", {"trade": "A-24", "region": "*"}),
        ("retirement_age", {"birth_year": 1964}),
    ):
        base = values.entry(name, **(key | ({"region": "BB"} if "region" in key else {})))
        changed = values.with_overrides([{"name": name, "value": base.value, "key": key}])
        again = changed.entry(name, **(key | ({"region": "BB"} if "region" in key else {})))
        assert (again.low, again.value, again.high) == (base.low, base.value, base.high)


def test_a_share_does_not_grow_beyond_one():
    share = document("share", [], [(0.4, 0.6, 0.9)], unit="share")
    changed = ParameterSet({"share": parameter_from(share)}, [{"name": "share", "value": 0.9}])
    entry = changed.entry("share")
    assert (entry.low, entry.value, entry.high) == pytest.approx((0.6, 0.9, 1.0))


@pytest.mark.parametrize(
    "override",
    [
        {"name": "unknown", "value": 1},
        {"name": "coverage", "value": 1, "key": {"age": 60}},
        {"name": "retirement_age", "value": 70, "key": {"birth_year": 1900}},
        {"name": "coverage", "value": 0.5, "low": 0.6, "high": 0.7},
        {"name": "coverage", "value": "viel"},
        {"name": "coverage", "value": True},
        {"name": "coverage"},
        {"value": 1},
        {"name": "coverage", "value": 1, "code": "import os"},
    ],
)
def test_overrides_that_fit_nothing_are_refused(values, override):
    with pytest.raises(DefinitionError):
        values.with_overrides([override])


@pytest.mark.parametrize(
    ("item", "what", "expected"),
    [
        ({"parameter": "x", "value": 1}, "das unbekannte Feld «parameter»", "name, value, key"),
        ({"value": 1}, "fehlt «name»", "name"),
        ({"name": "x"}, "In der Überschreibung von «x» fehlt «value»", "als Zahl"),
        ({"name": "x", "value": "0,7"}, "«value» in der Überschreibung von «x» ist keine Zahl: «0,7»", "0.7"),
        ({"name": "x", "value": 1, "low": True}, "«low»", "Zahl"),
        ({"name": "x", "value": 1, "key": "A-24"}, "«key» in der Überschreibung von «x»", "{trade: A-24}"),
    ],
)
def test_what_is_wrong_with_an_override_is_named_by_its_field(item, what, expected):
    with pytest.raises(DefinitionError) as error:
        Override.of(item)
    assert what in error.value.what
    assert expected in error.value.expected


def test_override_objects_are_accepted_too(values):
    assert ParameterSet(values.parameters, [Override("law", 3.0)]).value("law") == 3.0
    assert values.with_overrides([Override("law", 3.0)]).entry("law").high == 3.0


def test_document_and_back(values):
    for parameter in values.parameters.values():
        assert parameter_from(document_of(parameter)) == parameter


def test_incomplete_documents_are_refused():
    broken = document("p", ["trade"], [("A-24", 0, 1, 2)])
    del broken["entries"][0]["source"]
    with pytest.raises(DefinitionError, match="source"):
        parameter_from(broken)


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"unit": "metres"}, "unit «metres»"),
        ({"kind": "guess"}, "kind «guess»"),
        ({"lookup": "nearest"}, "lookup «nearest»"),
        ({"distribution": "normal"}, "distribution «normal»"),
        ({"reason": ""}, "reason und review"),
        ({"review": None}, "reason und review"),
        ({"used_by": ""}, "used_by"),
        ({"in_use": False}, "reserved_for"),
        ({"lookup": "step"}, "covers nennt"),
        ({"covers": {"region": (0.0, 1.0)}}, "covers nennt"),
        ({"entries": ()}, "entries ist leer"),
        ({"distribution": "fixed"}, "low = value = high"),
        ({"unit": "share"}, "zwischen 0 und 1"),
    ],
)
def test_each_rule_of_a_parameter(changes, text):
    sound = parameter_from(document("p", ["trade"], [("A-24", 0, 1, 2)]))
    assert rule_breaks(sound) == []
    assert any(text in found for _, found in rule_breaks(replace(sound, **changes)))


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"low": 1.5}, "low ≤ value ≤ high"),
        ({"high": 0.5}, "low ≤ value ≤ high"),
        ({"kind": "guess"}, "kind «guess»"),
        ({"key": ("A-13",)}, "doppelt"),
    ],
)
def test_each_rule_of_an_entry(entry, text):
    sound = parameter_from(document("p", ["trade"], [("A-24", 0, 1, 2), ("A-13", 0, 1, 2)]))
    first, second = sound.entries
    broken = replace(sound, entries=(replace(first, **entry), second))
    assert any(text in found for _, found in rule_breaks(broken))


def test_a_judged_entry_in_a_measured_parameter_needs_reason_too():
    sound = parameter_from(document("p", [], [(0, 1, 2)], kind="measured", reason="", review=None))
    assert rule_breaks(sound) == []
    judged = replace(sound, entries=(replace(sound.entries[0], kind="judgement"),))
    assert any("reason und review" in found for _, found in rule_breaks(judged))


def test_a_step_key_is_a_number():
    text = parameter_from(document("p", ["age"], [("old", 0, 1, 2)], lookup="step", covers={"age": [0, 9]}))
    assert any("ist bei lookup: step eine Zahl" in found for _, found in rule_breaks(text))
