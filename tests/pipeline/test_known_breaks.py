"""Dated events reach the series: in the backtest those known on the day, in a release with a remark."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from forecast.estimators.protocol import KnownEvent
from forecast.fit import Fitted, SeriesDraws
from forecast.panel_origins import panel_tasks
from forecast.scoring import STANDARD
from forecast.sources.definitions import read_definitions
from forecast.sources.figures import read_panel


def test_a_cut_knows_the_events_of_its_day(data_root: Path) -> None:
    definitions = read_definitions(data_root)
    panel = read_panel(data_root, definitions).panel
    tasks = panel_tasks(panel, definitions.codes, "new_contracts", STANDARD, definitions.events)
    first, second = (KnownEvent(year, "definition_change") for year in (2007, 2021))
    for task in tasks:
        assert len(task.events) == len(task.keys)
        known = (first, second) if task.origin >= 2021 else (first,)
        # figures of 2020 became public after the day of the second change
        assert set(task.events) <= {known, (first, second)}
    assert set(tasks[0].events) == {(first,)}
    assert set(tasks[-1].events) == {(first, second)}
    plain = panel_tasks(panel, definitions.codes, "new_contracts", STANDARD)
    assert {event for task in plain for event in task.events} <= {()}


def test_remarks_are_counted_over_all_series() -> None:
    def series(*flags: str) -> SeriesDraws:
        return SeriesDraws(2024, (2025,), np.zeros((1, 1)), flags)

    contracts = {("BB", "A-24"): series("Bruch."), ("BB", "A-25"): series("Bruch.", "Sprung.")}
    fitted = Fitted(contracts, {("BB", "KldB-342"): series()}, {}, ())
    assert fitted.remarks() == (("Bruch.", 2), ("Sprung.", 1))
