"""Whether the gap of past years beat the last value: single trades pooled, group rows by their own sums."""

from __future__ import annotations

import pandas as pd

from forecast.domain.codes import Trade
from forecast.gap_skill import past_files, rows_in, verdicts
from forecast.group_rows import SINGLE
from forecast.inputs import Inputs, Settings


def row(
    trade: str, horizon: int, forecast: float, truth: float, naive: float, quantity: str = "gap"
) -> dict[str, object]:
    return {
        "origin": 2020, "year": 2020 + horizon, "region": "BB", "trade": trade, "quantity": quantity,
        "horizon": horizon, "forecast": forecast, "truth": truth, "naive": naive,
    }  # fmt: skip


def trades() -> list[Trade]:
    def trade(code: str, group: str, sector: str) -> Trade:
        return Trade(
            code=code, name_de=code, name_en=code, group=group, sector=sector, hwo_annex="A", hwo_number="1",
            training_years=3.0, valid_from=None, valid_to=None, kind="source", source="x", note="",
        )  # fmt: skip

    return [trade("A-13", "metal", "craft"), trade("A-25", "electro", "craft")]


def test_errors_that_cancel_in_a_sum_lose_by_trade_and_win_in_the_group() -> None:
    rows = pd.DataFrame([
        row("A-13", 1, 40, 0, 30), row("A-25", 1, -40, 0, 30),  # off by 40 each way; the last value by 30 up
        row("A-13", 4, 5, 0, 9), row("A-25", 4, 5, 0, 9),
        row("*", 1, 0, 0, 60),  # the sum over all trades is made anew, not read
        row("A-13", 1, 0, 0, 99, quantity="supply"),
    ])  # fmt: skip
    found = verdicts(rows, trades())["BB"]
    assert found[SINGLE] == {1: True, 4: False, 5: False}
    assert found["GRP-CRAFT"] == {1: False, 4: False, 5: False}
    assert found["GRP-METAL"][1]
    assert 2 not in found[SINGLE]  # nobody looked two years ahead
    assert "GRP-INDUSTRY" not in found


def test_years_without_a_last_value_give_no_verdict() -> None:
    rows = pd.DataFrame([row("A-13", 1, 40, 0, float("nan"))])
    assert verdicts(rows, trades()) == {}


def test_past_years_are_read_back_as_they_were_stored(inputs: Inputs, settings: Settings) -> None:
    lost = {"HWK-FF": {"": {1: True, 3: False}, "GRP-CRAFT": {1: False}}, "BB": {}}
    rows = pd.DataFrame([row("A-13", 1, 40.1, 1 / 3, float("nan")), row("*", 2, 5, 0, 9)])
    files = past_files(rows, lost, inputs, settings)
    pd.testing.assert_frame_equal(rows_in(files), rows, check_exact=True)
    assert inputs.run_key(settings) in files["card.yaml"].decode()
    assert "| HWK-FF | GRP-CRAFT | 1 | nein |" in files["CARD.md"].decode()
