"""Every assumption with a range moves the draws of a release, or a reason says why only its value counts."""

from __future__ import annotations

from forecast.inputs import Inputs
from forecast.snapshot import Snapshot

LEVER = "a number of a shipped scenario: the base does not know it, and a scenario states one value"
PRIOR = "value and range are the mean and the width of a prior; what the figures make of it is drawn"
ONLY_THE_VALUE = {
    "four_day_week_hours": LEVER,
    "four_day_week_offset": LEVER,
    "retirement_age_shift_share": LEVER,
    "lever_range": "bounds against typing errors, not an assumption about the world",
    "driver_elasticity": PRIOR,
    "inflow_common_share": PRIOR,
    "inflow_persistence": PRIOR,
    "leaver_forecast_error": "a standard deviation: the errors themselves are drawn with it",
    "staff_per_apprentice": "weighs the trades of an occupation group before there are draws",
}


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
    still = with_range - parameters.names_drawn
    assert still - set(ONLY_THE_VALUE) == set(), "has a range, but only its value is used"
    assert set(ONLY_THE_VALUE) - still == set(), "is drawn by now: take it off the list"
