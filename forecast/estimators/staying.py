"""The stay curve of the crafts from the parameters, as draws."""

from __future__ import annotations

import numpy as np

from forecast.domain.staying import MEASURED_MONTHS, StayCurve, Staying, stay_curve
from forecast.estimators.parameter_draws import ParameterDraws


def staying_of(parameters: ParameterDraws) -> Staying:
    """What is measured and assumed about the time after the examination.

    One uniform number moves both measured points: where more are with the firm after six months, more are
    after twelve.
    """
    return Staying(
        firm=parameters.profile("firm_stay", "months", np.array(MEASURED_MONTHS)),
        changers_in_craft=parameters.draw("changers_in_craft"),
        changers_away=parameters.draw("changers_away"),
        firm_leaving=parameters.draw("firm_leaving_rate"),
    )


def craft_stay(parameters: ParameterDraws, years: int = 0) -> StayCurve:
    """The curve from half a year to ``years + 1`` years after the examination.

    From the second year on leaving the craft is `craft_leaving_rate` at the age a journeyman has then, who
    entered at the mean age of entry: the hazards of the workforce account.

    Args:
        parameters: Parameter draws.
        years: Years after the first.
    """
    entry = int(parameters.parameters.value("entry_age"))
    leaving = np.zeros((parameters.draws, 0))
    if years:
        leaving = parameters.profile("craft_leaving_rate", "age", np.arange(entry + 1, entry + 1 + years))
    return stay_curve(staying_of(parameters), leaving)
