"""What only the search reads travels with the release: post codes with districts, numbers of occupations."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from forecast.catalogue import region_entry, trade_entry
from forecast.domain.codes import CodeList, OccupationNumber, PostCode
from forecast.sources.codelists import read_codes, read_sources
from forecast.sources.documents import Complaints


@pytest.fixture(scope="module")
def codes(data_root: Path) -> CodeList:
    """The code lists of the product with three made-up post codes and one number."""
    complaints = Complaints()
    read = read_codes(data_root, read_sources(data_root, complaints), complaints)
    return replace(
        read,
        post_codes=(
            PostCode("11111", ("12060",), (), "source", "a"),
            PostCode("22222", ("12064", "12060"), ("BE",), "source", "b"),
            PostCode("33333", ("12067",), (), "source", "c"),
        ),
        numbers=(OccupationNumber("AO-shk", "34212010", "statistics", "source", "d"),),
    )


def test_a_district_holds_its_post_codes_and_where_else_they_lie(codes: CodeList) -> None:
    found = region_entry(codes.regions["12060"], codes)
    assert found["official_key"] == "12060"
    assert found["post_codes"] == [
        {"code": "11111", "districts": ["12060"], "outside": [], "kind": "source", "source": "a"},
        {
            "code": "22222",
            "districts": ["12064", "12060"],
            "outside": ["BE"],
            "kind": "source",
            "source": "b",
        },
    ]
    assert region_entry(codes.regions["BE"], codes)["post_codes"] == []


def test_an_occupation_holds_its_numbers_and_no_other_does(codes: CodeList) -> None:
    numbered = {
        occupation["code"]: [one["number"] for one in occupation["numbers"]]
        for trade in ("A-24", "A-23")
        for occupation in trade_entry(codes.trades[trade], codes)["training_occupations"]
    }
    assert numbered["AO-shk"] == ["34212010"]
    assert [code for code, numbers in numbered.items() if numbers] == ["AO-shk"]
