"""The short ways of hot questions lead to the same answers as the long ones."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import query
from api.formats.json_layouts import columns, records
from api.formats.tokens import json_numbers, json_rows
from api.problems import Problem
from api.query import Reader
from api.release import Release
from api.selection import Selection
from api.selection_fields import MATRIX_FIELDS, SERIES_FIELDS
from api.table import Table

MATRIX = "region=HWK-FF&year=2030&measure=gap"
PARTS = [
    "region=HWK-FF", "region=BB,DE", "region=", "region", "year=2030", "year=2026..2028", "year=20x0",
    "trade=A-2*", "trade=A-24%2CA-25", "trade=A-24+", "measure=gap", "lang=en", "lang=fr", "layout=columns",
    "limit=3", "x=1", "",
]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(PARTS), max_size=6), max_size=6))
def test_a_reader_with_a_memory_reads_like_one_without(questions) -> None:
    reader = Reader(MATRIX_FIELDS)
    for parts in questions:
        raw = "&".join(parts).encode()
        expected = outcome(lambda raw=raw: query.read(raw, MATRIX_FIELDS))
        assert outcome(lambda raw=raw: reader.read(raw)) == expected
        assert outcome(lambda raw=raw: reader.read(raw)) == expected


def outcome(read):
    """The values of a query, or what is wrong with it."""
    try:
        return read()
    except Problem as problem:
        return problem.faults


def test_a_reader_stays_small() -> None:
    reader = Reader(MATRIX_FIELDS)
    for number in range(10_000):
        reader.read(f"region=R-{number}&year=2030".encode())
    reader.read(f"region=HWK-FF&year=2030&trade={'A-24,' * 500}A-24".encode())
    assert len(reader._seen) <= 4_096
    assert max(map(len, reader._seen)) < 250


NUMBER = st.one_of(
    st.just(float("nan")),
    st.integers(-(10**6), 10**6).map(float),
    st.floats(width=32, allow_nan=False, allow_infinity=False),
)


@given(
    st.integers(1, 4).flatmap(
        lambda n: st.lists(st.lists(NUMBER, min_size=n, max_size=n), min_size=1, max_size=4)
    )
)
def test_rows_of_numbers_read_back_as_they_were(rows) -> None:
    table = np.array(rows, np.float32).reshape(len(rows), -1)
    found = [json.loads(text) for text in json_rows(table)]
    for texts, numbers, one in zip(found, table, json_rows(table), strict=True):
        assert np.array_equal(np.array(texts, np.float32), numbers, equal_nan=True)
        assert json.loads(json_numbers(numbers)) == json.loads(one)


def test_long_rows_keep_missing_numbers_missing() -> None:
    table = np.arange(200, dtype=np.float32).reshape(2, 100)
    table[1, 3] = np.nan
    first, second = (json.loads(text) for text in json_rows(table))
    assert first == list(range(100))
    assert second == [None if at == 3 else 100 + at for at in range(100)]
    assert b"." not in b"".join(json_rows(table))


def chosen(text: str, release: Release, *, series: bool = False) -> Selection:
    fields = SERIES_FIELDS if series else MATRIX_FIELDS
    return Selection.of(query.read(text.encode(), fields), release, series=series)


@pytest.mark.parametrize(
    ("text", "series"),
    [
        (MATRIX, False),
        ("region=BB&year=2030&trade=A-24,A-27&measure=demand", False),
        ("region=BB&year=2030&trade=A-24&measure=gap,demand", False),
        ("region=*&year=2030&trade=A-24&measure=gap", False),
        ("region=BB&year=2030&trade=A-24&measure=gap", False),
        ("region=BB&trade=A-24&measure=gap", True),
        ("region=BB&trade=A-27&measure=gap", True),
        ("region=BB&trade=A-24&measure=gap&year=2012,2020..2022", True),
    ],
)
@pytest.mark.parametrize("layout", ["columns&columns=*", "records", "long"])
def test_a_line_of_cells_is_what_its_cells_are_one_by_one(
    snapshot, text: str, series: bool, layout: str
) -> None:
    release = Release(snapshot)
    asked = chosen(f"{text}&layout={layout}", release, series=series)
    whole = Table(release, asked)
    single = Table(release, asked, np.arange(asked.total))  # rows named one by one take the long way
    write = columns if asked.layout == "columns" else records
    assert write(whole) == write(single)
    assert whole.rows == single.rows > 0


def test_what_a_kind_of_question_means_is_worked_out_once_and_not_for_a_cursor(snapshot) -> None:
    release = Release(snapshot)
    first = chosen(MATRIX, release)
    second = chosen("region=DE&year=2031&measure=gap", release)
    assert len(release.manners) == 1
    assert first.measures is second.measures
    assert (second.regions, second.years, second.text) == (
        ("DE",),
        (2031,),
        "region=DE&year=2031&measure=gap",
    )
    chosen(f"{MATRIX}&lang=en", release)
    page = chosen(f"{MATRIX}&limit=2", release)
    assert len(release.manners) == 3
    following = chosen(f"{MATRIX}&limit=2&cursor={page.next_cursor(release)}", release)
    assert (following.start, following.stop, len(release.manners)) == (2, 4, 3)
    for _ in range(2):  # a refusal is never remembered
        with pytest.raises(Problem):
            chosen(f"{MATRIX}&scenario=other", release)
    assert len(release.manners) == 3
