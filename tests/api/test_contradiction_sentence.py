"""The page says a contradiction of today and forecast in words exactly where the cube has one."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from api.pages.sentences import verdict_sentence
from api.pages.texts import load
from forecast.domain.shortage import today_against_forecast

SHORTAGE, NONE = 2.0, 1.5
RANGES = ((3.0, 9.0), (-4.0, 5.0), (-9.0, -2.0), (0.0, 4.0), (-4.0, 0.0))


@pytest.mark.parametrize(("points", "ends"), tuple(product((0.5, 1.5, 1.9, 2.0, 3.0), RANGES)))
def test_words_and_number_say_the_same(points: float, ends: tuple[float, float]) -> None:
    lower, upper = (np.array([end]) for end in ends)
    number = today_against_forecast(points, (SHORTAGE, NONE), lower, upper)[0]
    today: Any = {"value": points, "year": 2025}
    gap: Any = {"value": sum(ends) / 2, "lower_80": ends[0], "upper_80": ends[1], "year": 2035}
    words = verdict_sentence(today, (NONE, SHORTAGE), gap, "en", load("en"))
    assert ("says the opposite" in words) == (number != 0)
    if number:
        assert ("no shortage today" in words) == (number > 0)
