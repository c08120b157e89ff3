"""Code lists: validity, near codes, crosswalks, order of display."""

from __future__ import annotations

from datetime import date

import pytest

from forecast.domain.codes import (
    Aggregate,
    CodeList,
    OccupationGroup,
    OccupationLink,
    Region,
    Trade,
    TrainingOccupation,
)
from forecast.errors import InputError


def trade(code, name, group="shk", start=None, end=None):
    return Trade(code, name, name, group, "craft", "A", "", 3.5, start, end, "source", "s", "")


def region(code, name, level, *parents):
    return Region(code, name, name, level, parents, "", "", None, None, "source", "s", "")


def occupation(code, name, of_trade, start=None, end=None):
    return TrainingOccupation(code, name, name, name, of_trade, 1.0, 3.5, "", start, end, "source", "s", "")


def link(of_trade, group, weight):
    return OccupationLink(of_trade, group, "main", weight, 0.0, 1.0, None, None, "source", "s", "", None)


@pytest.fixture(scope="module")
def codes():
    trades = [
        trade("A-24", "Installateur und Heizungsbauer", start=date(2004, 1, 1)),
        trade("A-13", "Metallbauer", "metal"),
        trade("A-10", "Maler und Lackierer", "other"),
    ]
    occupations = [
        occupation("AO-maler", "Maler/-in", "A-10"),
        occupation("AO-fahrzeuglackierer", "Fahrzeuglackierer/-in", "A-10"),
        occupation("AO-mat", "Elektroniker MAT", ""),
    ]
    regions = [
        region("DE", "Deutschland", "country"),
        region("BB", "Brandenburg", "land", "DE"),
        region("HWK-FF", "Handwerkskammerbezirk Frankfurt (Oder)", "chamber_district", "BB"),
        region("12060", "Barnim", "kreis", "HWK-FF", "BB"),
    ]
    groups = [OccupationGroup("KldB-342", "Klempnerei", "Plumbing", None, None, "source", "s")]
    return CodeList(
        {entry.code: entry for entry in trades},
        {entry.code: entry for entry in occupations},
        {entry.code: entry for entry in groups},
        {entry.code: entry for entry in regions},
        (link("A-24", "KldB-251", 0.08), link("A-24", "KldB-342", 0.92), link("A-13", "KldB-244", 1.0)),
        {"AGG-HOLZ": Aggregate("AGG-HOLZ", "Holzgewerbe", "Wood", (), "source", "s")},
    )


@pytest.mark.parametrize(
    ("start", "end", "year", "valid"),
    [
        (None, None, 1900, True),
        (date(2021, 8, 1), None, 2021, True),  # the year in which it begins counts
        (date(2021, 8, 1), None, 2020, False),
        (None, date(2021, 7, 31), 2021, True),  # and the one in which it ends
        (None, date(2021, 7, 31), 2022, False),
        (date(2003, 8, 1), date(2020, 2, 13), 2011, True),
    ],
)
def test_validity_counts_the_years_of_start_and_end(start, end, year, valid):
    assert trade("A-45", "x", start=start, end=end).valid_in(year) is valid
    assert occupation("AO-x", "x", "", start, end).valid_in(year) is valid


def test_subjects_are_trades_occupations_groups_aggregates_and_annexes(codes):
    for code in ("A-24", "AO-maler", "KldB-342", "AGG-HOLZ", "*", "HwO-A", "HwO-B1", "HwO-B2"):
        assert codes.subject(code)
        assert code in codes.subject_names()
    for code in ("A-99", "maler", "a-24", "DE", "", "HwO-C"):
        assert not codes.subject(code)


def test_unknown_trade_names_near_codes_by_code_or_by_name(codes):
    with pytest.raises(InputError) as by_code:
        codes.require_trade("a-42")
    assert "A-24" in by_code.value.remedy
    with pytest.raises(InputError) as by_name:
        codes.require_trade("metallbau")
    assert by_name.value.remedy == "Gemeint war vielleicht: A-13."
    assert "trades.csv" in by_name.value.expected


def test_unknown_region_names_near_codes(codes):
    with pytest.raises(InputError) as error:
        codes.require_region("HWK-F")
    assert "HWK-FF" in error.value.remedy
    assert codes.require_region("12060").parents == ("HWK-FF", "BB")
    assert codes.require_trade("A-13").group == "metal"


def test_near_is_empty_for_something_else_altogether(codes):
    assert codes.near("zzzzzzzz", codes.trades) == ()


def test_near_has_at_most_three_codes_and_only_from_those_asked(codes):
    assert codes.near("brandenburg", codes.trades) == ()
    assert codes.near("BRANDENBURG", codes.regions) == ("BB",)
    many = [f"1206{digit}" for digit in range(9)]
    assert len(codes.near("12069", many)) == 3


def test_children_follow_plural_parents(codes):
    assert codes.children("BB") == ("12060", "HWK-FF")
    assert codes.children("HWK-FF") == ("12060",)
    assert codes.children("12060") == ()


def test_occupations_and_links_of_a_trade(codes):
    assert [entry.code for entry in codes.occupations_of("A-10")] == ["AO-fahrzeuglackierer", "AO-maler"]
    assert codes.occupations_of("A-24") == ()
    assert [(entry.occupation_group, entry.weight) for entry in codes.links_of("A-24")] == [
        ("KldB-342", 0.92),
        ("KldB-251", 0.08),
    ]


def test_trades_are_shown_by_group_then_code(codes):
    assert [entry.code for entry in codes.ordered_trades()] == ["A-13", "A-24", "A-10"]
