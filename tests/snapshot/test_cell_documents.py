"""Documents by cell: the same members as the whole document, parsed one by one, and never a wrong one."""

from __future__ import annotations

import json
from mmap import ACCESS_READ, mmap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.cell_documents import KEPT, SPELLED_OUT, Members, members_of, parsed

CODES = st.text("ABHWK-0123", min_size=1, max_size=6)
VALUES = st.dictionaries(st.text(max_size=5), st.text(max_size=8) | st.integers() | st.lists(st.none()))


def spelled(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


@given(st.dictionaries(st.builds("{}|{}".format, CODES, CODES), VALUES, min_size=1))
def test_members_are_those_of_the_whole_document(content: dict[str, object]) -> None:
    found = members_of(spelled(content))
    assert found is not None
    assert list(found) == sorted(content)
    assert dict(found) == content


@pytest.mark.parametrize("content", [{}, {"x": {}}, {"a|b": 1}, {"": {}}, ["BB|A-24"]])
def test_other_documents_are_parsed_whole(content: object) -> None:
    assert members_of(spelled(content)) is None
    assert parsed("derivations", spelled(content), SPELLED_OUT) == content


def test_text_that_looks_like_a_name_is_text() -> None:
    content = {"BB|A-13": {"told": 'see {"BB|A-24":{', "key": {"x|y": [1]}}, "BB|A-24": {"told": ',"A|B":'}}
    found = members_of(spelled(content))
    assert found is not None
    assert dict(found) == content


def test_a_name_of_a_cell_within_a_member_is_refused_and_never_read_as_one() -> None:
    content = {"BB|A-13": {"a": 1, "BB|A-24": {"gap": 2}}}
    with pytest.raises(ValueError, match=r"begins|Expecting|delimiter|Extra"):
        dict(members_of(spelled(content)) or {})


def test_members_are_read_from_a_mapped_file_and_few_are_kept(tmp_path: Path) -> None:
    content = {f"BB|A-{number:02d}": {"number": number} for number in range(KEPT + 3)}
    (tmp_path / "document.json").write_bytes(spelled(content))
    with (tmp_path / "document.json").open("rb") as file:
        found = members_of(mmap(file.fileno(), 0, access=ACCESS_READ))
    assert isinstance(found, Members)
    assert dict(found) == content
    last = f"BB|A-{KEPT + 2:02d}"
    assert found[last] is found[last]  # parsed once
    with pytest.raises(KeyError):
        found["BB|A-99"]
