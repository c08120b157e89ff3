"""The page of a trade says that the row counts craft and industry, and what of it is craft."""

from __future__ import annotations

from typing import Any

import pytest

from api.language import LANGUAGES, Lang
from api.pages.place import PARTS
from api.pages.sentences import craft_sentence
from api.pages.texts import load


def record(value: float | None, lower: float | None = None, upper: float | None = None) -> dict[str, Any]:
    status = "no_data" if value is None else "forecast"
    return {"value": value, "lower_80": lower, "upper_80": upper, "status": status}


@pytest.mark.parametrize(
    ("lang", "parts"),
    [
        ("de", ["in Handwerk und Industrie zusammen", "2.072", "1.348 (969 bis 1.716)", "+279", "+181",
                "gesetzt, nicht gezählt"]),
        ("en", ["in craft and industry together", "2,072", "1,348 (969 to 1,716)", "+279", "+181",
                "a judgement, not counted"]),
    ],
)  # fmt: skip
def test_the_sentence_names_both_and_the_judgement(lang: Lang, parts: list[str]) -> None:
    text = craft_sentence(
        record(2072), record(279), record(1348, 969, 1716), record(181), lang, load(lang)
    ).replace("\u00a0", " ")
    for part in parts:
        assert part in text, part


def test_without_one_of_the_numbers_nothing_is_said() -> None:
    known = record(10, 5, 15)
    for missing in range(4):
        four = [known] * 4
        four[missing] = record(None)
        for lang in LANGUAGES:
            assert craft_sentence(*four, lang, load(lang)) == ""


def test_the_three_measures_stand_beside_the_whole() -> None:
    assert PARTS["balance"][:3] == ("gap", "demand", "supply")  # the first is drawn
    assert set(PARTS["balance"][3:]) == {"gap_rate", "gap_craft", "demand_craft", "supply_craft"}
