"""How numbers were made, every part written once: the same document comes back, and never a wrong part."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.errors import OperationError
from forecast.shared_parts import MissingPartError, packed, unpacked
from forecast.snapshot import list_snapshots, open_snapshot, write_snapshot
from forecast.snapshot_format import canonical_json

LEAVES = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, -0.0, 1.0, 1e-7, 2.5]) | st.text()
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
)
NAMES = st.text(max_size=4)
DOCUMENTS = st.dictionaries(
    NAMES, st.dictionaries(NAMES, st.dictionaries(NAMES, VALUES, max_size=4), max_size=3)
)


def spelled(content: object) -> str:
    """Spelling tells 1, 1.0 and true apart; equality in Python does not."""
    return json.dumps(content, sort_keys=True)


@given(DOCUMENTS)
def test_a_document_comes_back_as_it_was(content: dict[str, Any]) -> None:
    kept = json.loads(spelled(packed(content)))
    assert spelled(unpacked(kept)) == spelled(content)


@given(DOCUMENTS)
def test_packing_what_was_unpacked_gives_the_same_bytes(content: dict[str, Any]) -> None:
    once = packed(content)
    assert canonical_json(packed(unpacked(once))) == canonical_json(once)


def test_the_order_of_keys_does_not_matter() -> None:
    first, second = {"year": 2025, "value": 7}, {"year": 2024, "value": 5}
    forth = {"A|1": {"gap": {"inputs": [first], "formula": "x"}, "all": {"inputs": [second]}}, "A|2": {}}
    turned = [dict(reversed(one.items())) for one in (first, second)]
    back = {"A|2": {}, "A|1": {"all": {"inputs": turned[1:]}, "gap": {"formula": "x", "inputs": turned[:1]}}}
    assert canonical_json(packed(forth)) == canonical_json(packed(back))


def test_what_is_said_a_hundred_times_is_written_once() -> None:
    content = {
        f"BB|A-{trade:02d}": {
            item: {"formula": "a − b", "inputs": [{"year": 2025, "value": 7}, {"year": 2024, "value": 5}]}
            for item in ("gap", "demand")
        }
        for trade in range(50)
    }
    parts = packed(content)["parts"]
    assert parts == ["a − b", {"year": 2025, "value": 7}, {"year": 2024, "value": 5}, [1, 2]]
    told = unpacked(packed(content))
    assert told["BB|A-00"]["gap"]["inputs"][0] is told["BB|A-49"]["demand"]["inputs"][0]


class Fresh(Mapping[str, Any]):
    """A document whose cells are made when asked for, and lost again."""

    def __iter__(self) -> Iterator[str]:
        return (f"BB|A-{trade:03d}" for trade in range(300))

    def __len__(self) -> int:
        return 300

    def __getitem__(self, name: str) -> Any:
        return {"gap": {"inputs": [{"cell": name}], "formula": name + "!"}}


def test_cells_that_are_lost_while_packing_are_not_taken_for_one_another() -> None:
    assert unpacked(packed(Fresh())) == dict(Fresh())


@pytest.mark.parametrize("number", [3, -1, True, 1.0, "1", None, [0], 10**30])
def test_a_number_that_leads_nowhere_is_refused(number: object) -> None:
    good = {"cells": {"BB|A-24": {"gap": {"inputs": 2}}}, "parts": ["x", {"y": 1}, [0, 1]]}
    assert unpacked(good)["BB|A-24"]["gap"]["inputs"] == ["x", {"y": 1}]
    with pytest.raises(MissingPartError):
        unpacked({**good, "cells": {"BB|A-24": {"gap": {"inputs": number}}}})
    with pytest.raises(MissingPartError):
        unpacked({**good, "parts": ["x", {"y": 1}, [0, number]]})


@pytest.mark.parametrize("numbers", [[0], [1]])
def test_an_array_refers_to_earlier_parts_only(numbers: list[int]) -> None:
    with pytest.raises(MissingPartError):
        unpacked({"cells": {}, "parts": [numbers, "later"]})


@pytest.mark.parametrize(
    "content",
    [
        {}, [], None, {"cells": {}}, {"cells": {}, "parts": {}}, {"cells": [], "parts": []},
        {"cells": {"a": 1}, "parts": ["x"]}, {"cells": {"a": {"b": 0}}, "parts": ["x"]},
        {"cells": {}, "parts": [], "more": 1}, {"BB|A-24": {"gap": {"formula": "x"}}},
    ],
)  # fmt: skip
def test_what_is_no_packed_document_is_refused(content: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(content)


@pytest.mark.parametrize(
    "content", [{1: {}}, {"a": 1}, {"a": {"b": 1}}, {"a": {"b": {1: 2}}}, {"a": {"b": {"c": {1}}}}]
)
def test_what_is_no_document_by_cell_is_not_packed(content: Any) -> None:
    with pytest.raises(TypeError):
        packed(content)


# --- in a release -------------------------------------------------------------------------------------------


def rewrite(directory, content: object) -> None:
    path = directory / "derivations.json"
    path.chmod(0o644)
    path.write_bytes(canonical_json(content))


def test_a_release_writes_every_part_once(root, ids, contents) -> None:
    data = (root / ids[0] / "derivations.json").read_bytes()
    assert data.count(b"Summe der Jahre seit 2025") == data.count(b"craft_leaver_rate") == 1
    assert len(data) < len(canonical_json(contents[0].documents["derivations"]))
    assert open_snapshot(root).documents["derivations"] == contents[0].documents["derivations"]


def test_a_release_that_refers_to_a_missing_part_is_refused(root, ids, forge) -> None:
    def shorten(directory, manifest) -> None:
        kept = json.loads((directory / "derivations.json").read_bytes())
        rewrite(directory, {**kept, "parts": kept["parts"][:-1]})

    forge(root, ids[0], shorten)
    with pytest.raises(OperationError, match=r"verweist auf einen Teil, den es nicht gibt"):
        open_snapshot(root).documents["derivations"]


def test_a_release_of_today_that_spells_everything_out_is_refused(root, ids, contents, forge) -> None:
    forge(root, ids[0], lambda directory, _: rewrite(directory, contents[0].documents["derivations"]))
    with pytest.raises(OperationError, match="vorgesehenen Form"):
        open_snapshot(root).documents["derivations"]


def test_a_kept_release_of_the_format_before_says_the_same(root, ids, contents, forge, tmp_path) -> None:
    def spell_out(directory, manifest) -> None:
        rewrite(directory, contents[0].documents["derivations"])
        manifest["format_version"] = 2

    before = forge(root, ids[0], spell_out)
    assert [info.id for info in list_snapshots(root)] == [before]
    old = open_snapshot(root)
    assert dict(old.documents["derivations"]) == contents[0].documents["derivations"]
    assert write_snapshot(tmp_path / "again", old.content()) == ids[0]  # written anew it has today's format
