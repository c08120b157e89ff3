"""A note of nearly all rows is said once and names the rows it leaves out; others stay where they are."""

from __future__ import annotations

from typing import Any

from api.pages.common_notes import common_notes
from api.pages.hyphens import SOFT_HYPHEN, breakable
from forecast.snapshot import NOTE_SEPARATOR

MEASURES = ("demand", "supply", "gap", "new_contracts")


def cell(trade: str, measure: str, *notes: str, value: int | None = 7) -> dict[str, Any]:
    return {
        "trade_code": trade, "measure": measure, "value": value, "note": NOTE_SEPARATOR.join(notes) or None,
    }  # fmt: skip


def table(*, apart: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Eight trades: «Überall.» in all stocks but one trade's, «Spalte.» with all contracts."""
    rows = {}
    for at in range(8):
        trade = f"A-0{at}"
        notes = ["Zeile."] if at == 2 else []
        if trade != apart:
            notes.append("Überall.")
        rows[trade] = {m: cell(trade, m, *notes) for m in MEASURES[:3]}
        rows[trade]["new_contracts"] = cell(trade, "new_contracts", "Spalte.")
    rows["A-99"] = {m: cell("A-99", m, value=None) for m in MEASURES[:3]}
    rows["A-99"]["new_contracts"] = cell("A-99", "new_contracts", "Spalte.", "Nur hier.")
    return rows


def test_one_row_apart_is_named_and_a_row_without_numbers_is_not() -> None:
    found = common_notes(table(apart="A-05"))
    assert found.table == {"Überall.": ("A-05",)}
    assert found.columns == {"new_contracts": ("Spalte.",)}


def test_what_is_said_once_is_not_repeated_and_the_rest_is() -> None:
    rows = table(apart="A-05")
    found = common_notes(rows)
    assert found.of_cell(rows["A-02"]["gap"]) == {"Überall."}
    assert found.of_cell(rows["A-05"]["gap"]) == frozenset()
    assert found.of_cell(rows["A-99"]["new_contracts"]) == {"Überall.", "Spalte."}


def test_a_note_of_half_the_rows_stays_with_them() -> None:
    rows = table(apart="")
    for trade in ("A-00", "A-01", "A-03", "A-04"):
        for measure in MEASURES[:3]:
            rows[trade][measure] = cell(trade, measure)
    assert common_notes(rows).table == {}


def test_few_rows_keep_their_notes() -> None:
    rows = {trade: cells for trade, cells in table(apart="").items() if trade in ("A-00", "A-01", "A-02")}
    assert common_notes(rows).table == {}
    assert common_notes(rows).columns == {}


def test_long_names_break_at_their_joints_only() -> None:
    shown = breakable("Zerspanungsmechaniker und Fleischer").replace(SOFT_HYPHEN, "|")
    assert shown == "Zerspanungs|mechaniker und Fleischer"
    assert breakable("Elektroniker") == "Elektroniker"
    assert breakable("<b>") == "<b>", "escaping is left to the template"
