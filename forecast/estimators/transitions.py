"""From contract to skilled worker: dissolution by layer, exam and stay of a trade, as draws."""

from __future__ import annotations

import numpy as np

from forecast.domain.apprentices import TrainingPipeline
from forecast.domain.codes import Trade
from forecast.domain.staying import entering_share
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.estimators.staying import staying_of

LAYERS = (0, 1, 2, 3)


def training_pipeline(trade: Trade, parameters: ParameterDraws) -> TrainingPipeline | None:
    """Transition rates of a trade's training as draws.

    Dissolution follows the official layer model (share of contracts begun that end in layer k); trades
    without published layers take those of all occupations, with their wider range. The pass rate of
    the first attempt, the share that tries again and the pass rate of a repeat come from the parameters;
    `stay` is the share of graduates who work in the craft and the region a year after the exam
    (`forecast.domain.staying`).

    Args:
        trade: Trade with its training length in years.
        parameters: Parameter draws (D,).

    Returns:
        The pipeline, or None where the training length of the trade is not known.

    Source: layer model of BIBB (methods.md, section 3).
    """
    if trade.training_years is None:
        return None
    staying = staying_of(parameters)
    layers = [parameters.draw("dissolution_layer", trade=trade.code, layer=layer) for layer in LAYERS]
    return TrainingPipeline(
        training_years=trade.training_years,
        dissolution=np.stack(layers, axis=1),
        pass_first=parameters.draw("exam_pass_first", group=trade.group),
        retry=parameters.draw("exam_retry"),
        pass_retry=parameters.draw("exam_pass_retry"),
        stay=entering_share(staying.firm[:, -1], staying.changers_in_craft, staying.changers_away),
    )
