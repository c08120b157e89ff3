"""The held-out panels: what is held out is not known, and scores are those of worked cases."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bench.holdout import COMMAND, HORIZON, PAGE, SHORT, Untouched, panels, scored
from tests.bench.measurement import with_table


def test_panels_are_complete_and_end_where_they_should() -> None:
    found = {panel.name: panel for panel in panels()}
    assert len(found) == 5
    for panel in found.values():
        assert np.isfinite(panel.grid).all()
    whole, short = list(found.values())[:2]
    assert whole.first + whole.grid.shape[1] - 1 == short.first + short.grid.shape[1] - 1 == 2011
    assert short.grid.shape[1] == SHORT + HORIZON
    assert np.array_equal(short.grid[:, -HORIZON:], whole.grid[:, -HORIZON:])
    firms = found["firms: investment"]
    assert (len(firms.grid), firms.first, firms.grid.shape[1]) == (11, 1935, 20)


def test_drift_is_perfect_on_straight_lines_and_what_comes_is_not_seen() -> None:
    years = np.arange(20.0)
    rising = 50 + np.linspace(1, 5, 30)[:, None] * years
    found = scored(Untouched("lines", rising, 2000))
    assert found.owa["drift"] == pytest.approx(0, abs=1e-9)
    assert found.owa["ours"] < found.owa["damped drift"] < 1
    assert found.coverage[0] <= found.coverage[1] == 1.0
    later = rising.copy()
    later[:, -HORIZON:] = rising[:, -HORIZON - 1 :][:, :1]  # nothing more happens: the last value is right
    stopped = scored(Untouched("stopped", later + np.linspace(0, 1e-6, 20), 2000))
    assert stopped.owa["ours"] > 1


def test_the_page_has_a_place_for_the_table() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert with_table(page, COMMAND, "x") != page
