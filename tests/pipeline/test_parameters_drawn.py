"""Every assumption with a range moves the draws of a release, or a reason says why only its value counts."""

from __future__ import annotations

from forecast.inputs import Inputs
from forecast.snapshot import Snapshot

PRIOR = "value and range are the mean and the width of a prior; what the figures make of it is drawn"
STRUCTURE = "prior of a structure the past estimates; the yearly shocks themselves are drawn with it"
ONLY_THE_VALUE = {
    "lever_range": "bounds against typing errors, not an assumption about the world",
    "driver_elasticity": PRIOR,
    "inflow_common_share": STRUCTURE,
    "inflow_persistence": STRUCTURE,
}


def drawn_by_levers(inputs: Inputs) -> set[str]:
    """Parameters a shipped scenario draws from: a number of one of its levers has their value and range."""
    parameters = inputs.definitions.parameters.parameters
    numbers = {
        (amount.low, amount.value, amount.high)
        for scenario in inputs.definitions.scenarios.values()
        for lever in scenario.levers
        for amount in lever.amounts.values()
        if amount.low < amount.high
    }
    ranges = {
        name: {(one.low, one.value, one.high) for one in parameter.entries if one.low < one.high}
        for name, parameter in parameters.items()
        if parameter.used_by == "forecast.domain.levers"
    }
    return {name for name, wanted in ranges.items() if wanted and wanted <= numbers}


def test_every_range_moves_a_draw_or_says_why_not(release: Snapshot, inputs: Inputs) -> None:
    assert release.id
    parameters = inputs.definitions.parameters
    with_range = {
        name
        for name, parameter in parameters.parameters.items()
        if parameter.in_use
        and parameter.distribution != "fixed"
        and any(entry.low < entry.high for entry in parameter.entries)
    }
    still = with_range - parameters.names_drawn - drawn_by_levers(inputs)
    assert still - set(ONLY_THE_VALUE) == set(), "has a range, but only its value is used"
    assert set(ONLY_THE_VALUE) - still == set(), "is drawn by now: take it off the list"


def test_the_base_knows_no_lever_and_its_scenario_draws_it(inputs: Inputs) -> None:
    assert drawn_by_levers(inputs) >= {
        "four_day_week_hours",
        "four_day_week_offset",
        "retirement_age_shift_share",
    }
