"""The terms in which questions «what if» are put: levers and scenarios, for those who know no other module.

The web service asks through this module, `forecast.what_if_inputs` and `forecast.what_if_answer` alone.
"""

from __future__ import annotations

from forecast.domain.attribution import INTERACTION
from forecast.domain.levers import (
    ALL,
    GROUP_PREFIX,
    KINDS,
    RANGE_PARAMETER,
    Amount,
    Lever,
    LeverRules,
    combine,
    in_words,
)
from forecast.domain.scenario import Scenario, expanded

__all__ = [
    "ALL", "GROUP_PREFIX", "INTERACTION", "KINDS", "RANGE_PARAMETER", "Amount", "Lever", "LeverRules",
    "Scenario", "combine", "expanded", "in_words",
]  # fmt: skip
