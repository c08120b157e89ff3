"""The terms of questions «what if»: levers, overrides and scenarios, for those who know no other module.

The web service asks through this module, `forecast.what_if_inputs` and `forecast.what_if_answer` alone.
"""

from __future__ import annotations

from forecast.assumption_rules import faults as override_faults
from forecast.assumption_rules import in_words as override_in_words
from forecast.assumptions import FIRM_OVERRIDES, Assumptions, assumptions_of
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
from forecast.domain.scenario import Change, Override, Scenario, combined_overrides, expanded
from forecast.what_if_firm_inputs import holds_firms
from forecast.what_if_firms import FIRM_MEASURES, FIRMS
from forecast.what_if_rows import rows_of

__all__ = [
    "ALL", "FIRMS", "FIRM_MEASURES", "FIRM_OVERRIDES", "GROUP_PREFIX", "INTERACTION", "KINDS",
    "RANGE_PARAMETER", "Amount", "Assumptions", "Change",
    "Lever", "LeverRules", "Override", "Scenario", "assumptions_of", "combine", "combined_overrides",
    "expanded", "holds_firms", "in_words", "override_faults", "override_in_words", "rows_of",
]  # fmt: skip
