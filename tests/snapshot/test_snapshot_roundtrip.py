"""What is written is what is read, under an id that follows from the content alone."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from forecast.errors import ModelError, OperationError
from forecast.snapshot import (
    STATISTICS,
    Axes,
    SnapshotContent,
    list_snapshots,
    open_snapshot,
    read_pointer,
    write_snapshot,
)
from forecast.snapshot_format import canonical_json, npy_header
from tests.toy_snapshot import toy_content, write_toy


def files_of(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_arrays_documents_files_and_meta_come_back(root, ids, contents) -> None:
    content, snapshot = contents[0], open_snapshot(root)
    assert snapshot.id == ids[0] == read_pointer(root)
    assert snapshot.axes == content.axes
    for name in ("cube", "status", "grade", "note"):
        np.testing.assert_array_equal(getattr(snapshot, name), getattr(content, name))
        assert not getattr(snapshot, name).flags.writeable
    assert dict(snapshot.documents) == content.documents
    assert {name: snapshot.read_file(name) for name in snapshot.files} == content.files
    assert snapshot.meta == content.meta


def test_a_known_cell_is_found_by_its_codes(root) -> None:
    """A-24 is the third trade; 53 vacancies less 7 job seekers leave 46 persons short in 2025."""
    snapshot = open_snapshot(root)
    cell = tuple(
        snapshot.index(axis, code)
        for axis, code in (("region", "HWK-FF"), ("trade", "A-24"), ("measure", "gap"), ("year", 2025))
    )
    assert cell == (0, 2, 2, 15)
    assert snapshot.cube[(*cell, snapshot.index("statistic", "value"))] == 46
    assert snapshot.status[cell] == 4


@pytest.mark.parametrize(
    ("axis", "code"), [("trade", "A-99"), ("year", 2036), ("year", "2030"), ("nonsense", "A-24")]
)
def test_an_unknown_code_is_a_key_error(root, axis, code) -> None:
    with pytest.raises(KeyError):
        open_snapshot(root).index(axis, code)


def test_a_file_that_is_no_export_is_not_handed_out(root) -> None:
    with pytest.raises(KeyError):
        open_snapshot(root).read_file("catalogue.json")


def test_the_id_is_the_hash_of_the_manifest_which_lists_every_other_file(root, ids) -> None:
    files = files_of(root / ids[0])
    manifest = files.pop("manifest.json")
    assert hashlib.sha256(manifest).hexdigest()[:16] == ids[0]
    listed = json.loads(manifest)["files"]
    assert listed == {
        name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in files.items()
    }


def test_numpy_reads_the_arrays_without_us(root, ids) -> None:
    snapshot = open_snapshot(root)
    loaded = np.load(root / ids[0] / "cube.npy", mmap_mode="r", allow_pickle=False)
    assert loaded.dtype == np.dtype("<f4")
    assert loaded.flags.c_contiguous
    np.testing.assert_array_equal(loaded, snapshot.cube)


@pytest.mark.parametrize("shape", [(3, 5), (1, 1, 1, 1, 7), (10**6, 10**6, 10**6, 10**6), (41, 5, 33, 26, 7)])
def test_the_header_says_what_numpy_would_say(shape) -> None:
    header = npy_header("<f4", shape)
    assert len(header) % 64 == 0
    text = header[10:].decode("ascii")
    assert text.endswith("\n")
    assert eval(text) == {"descr": "<f4", "fortran_order": False, "shape": shape}  # noqa: S307


def test_publishing_what_was_loaded_gives_the_same_id(root, ids, tmp_path) -> None:
    again = write_snapshot(tmp_path / "elsewhere", open_snapshot(root).content())
    assert again == ids[0]
    assert files_of(tmp_path / "elsewhere" / again) == files_of(root / ids[0])


def test_the_same_content_is_not_written_twice(root, ids, contents) -> None:
    before = {path: path.stat() for path in (root / ids[0]).rglob("*")}
    steps: list[str] = []
    assert write_snapshot(root, contents[0], steps.append) == ids[0]
    assert not [step for step in steps if "cube" in step or "rename" in step]
    for path, stat in before.items():
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)


def test_how_an_array_lies_in_memory_does_not_change_the_id(ids, contents, tmp_path) -> None:
    content = contents[0]
    odd = content.cube.copy()
    odd[np.isnan(odd)] = np.frombuffer(b"\x01\x00\xc0\xff", dtype="<f4")[0]  # another NaN
    odd[odd == 0] = -0.0
    other = dataclasses.replace(
        content, cube=np.asfortranarray(odd.astype(">f4")), note=content.note.astype(">u2")
    )
    assert write_snapshot(tmp_path, other) == ids[0]


def test_any_change_of_content_changes_the_id(ids, contents, tmp_path) -> None:
    content = contents[0]
    cube, note = content.cube.copy(), content.note.copy()
    cube[0, 0, 0, 15, 1] -= 1
    note[0, 0, 0, 15] = 2
    changed = [
        dataclasses.replace(content, cube=cube),
        dataclasses.replace(content, note=note),
        dataclasses.replace(content, meta={**content.meta, "seed": 8}),
        dataclasses.replace(content, files={**content.files, "export/more.csv": b""}),
        dataclasses.replace(content, documents={**content.documents, "derivations": {}}),
    ]
    found = {write_snapshot(tmp_path, one) for one in changed}
    assert len(found | {ids[0]}) == 6


def test_older_releases_are_kept_and_listed(root, ids) -> None:
    write_toy(root, 1)
    (root / "notes.txt").write_text("kein Stand")
    (root / ("f" * 16)).mkdir()
    assert {info.id for info in list_snapshots(root)} == set(ids.values())
    assert all(info.meta["title"] == "Spielzeugmatrix" for info in list_snapshots(root))
    assert read_pointer(root) == ids[1]
    assert open_snapshot(root, ids[0]).id == ids[0]
    assert list_snapshots(root / "nowhere") == ()


def test_an_opened_release_outlives_its_directory(root) -> None:
    snapshot = open_snapshot(root)
    shutil.rmtree(root)
    assert np.nansum(snapshot.cube[..., 0]) == np.nansum(toy_content().cube[..., 0])
    assert snapshot.documents["catalogue"]["default_region"] == "HWK-FF"
    assert snapshot.read_file("export/matrix.csv").startswith(b"measure,")


def test_documents_are_parsed_once(root) -> None:
    documents = open_snapshot(root).documents
    assert documents["derivations"] is documents["derivations"]
    assert set(documents) == {"catalogue", "derivations", "observations", "training_plan"}
    assert len(documents) == 4


def test_before_anything_is_published_the_error_says_what_to_do(tmp_path) -> None:
    with pytest.raises(OperationError) as caught:
        open_snapshot(tmp_path / "snapshots")
    assert "noch kein Stand" in caught.value.what
    assert "run" in caught.value.remedy


def tiny(**changes) -> SnapshotContent:
    """One region, trade, measure; two years, of which the first has a value."""
    cube = np.full((1, 1, 1, 2, 7), np.nan, dtype="f4")
    cube[0, 0, 0, 0, 0] = 5
    cells = {name: np.zeros((1, 1, 1, 2), dtype="u1") for name in ("status", "grade")}
    cells["status"][0, 0, 0, 0] = 1
    fields = {
        "axes": Axes(("BB",), ("A-24",), ("gap",), (2025, 2026), STATISTICS),
        "cube": cube,
        **cells,
        "note": np.zeros((1, 1, 1, 2), dtype="u2"),
        "documents": {
            "catalogue": {"notes": [""]},
            "derivations": {},
            "observations": {},
            "training_plan": {},
        },
        "files": {},
        "meta": {},
    }
    return SnapshotContent(**(fields | changes))


def with_cell(name: str, value: float, at: int) -> dict[str, np.ndarray]:
    array = getattr(tiny(), name).copy()
    array.reshape(2, -1)[at, 0] = value
    return {name: array}


DOCUMENTS = {"catalogue": {"notes": [""]}, "derivations": {}, "observations": {}, "training_plan": {}}


@pytest.mark.parametrize(
    "changes",
    [
        {"axes": Axes((), ("A-24",), ("gap",), (2025, 2026))},
        {"axes": Axes(("BB",), ("A-24",), ("gap",), (2026, 2025))},
        {"axes": Axes(("BB",), ("A-24",), ("gap",), (2025, 2025))},
        {"axes": Axes(("BB",), ("",), ("gap",), (2025, 2026))},
        {"axes": Axes(("BB",), ("A-24",), ("gap",), ("2025", "2026"))},
        {"axes": Axes(("BB",), ("A-24",), ("gap",), (2025, 2026), STATISTICS[::-1])},
        {"cube": tiny().cube.astype("f8")},
        {"cube": tiny().cube[..., :6]},
        {"status": tiny().status.astype("i1")},
        {"note": tiny().note.astype("u1")},
        with_cell("cube", np.inf, 0),
        with_cell("cube", np.nan, 0),
        with_cell("cube", 3.0, 1),
        with_cell("status", 8, 1),
        with_cell("status", 6, 0),
        with_cell("grade", 5, 0),
        with_cell("note", 1, 0),
        {"documents": {"catalogue": {"notes": [""]}}},
        {"documents": {**DOCUMENTS, "derivations": {"x": float("nan")}}},
        {"documents": {**DOCUMENTS, "derivations": {1: "a", 10: "b", 9: "c"}}},
        {"documents": {**DOCUMENTS, "derivations": {"x": np.float32(1)}}},
        {"documents": {**DOCUMENTS, "derivations": {"x": "\ud800"}}},
        {"files": {"../escape.csv": b""}},
        {"files": {"cube.npy": b""}},
        {"files": {"export/../../x": b""}},
        {"files": {"/tmp/x": b""}},  # noqa: S108
        {"meta": {"when": object()}},
    ],
)
def test_content_that_contradicts_itself_is_never_written(tmp_path, changes) -> None:
    with pytest.raises(ModelError):
        write_snapshot(tmp_path / "root", tiny(**changes))
    assert not (tmp_path / "root").exists()


def test_the_smallest_content_is_fine(tmp_path) -> None:
    assert open_snapshot(tmp_path, write_snapshot(tmp_path, tiny())).axes.shape == (1, 1, 1, 2, 7)


def test_canonical_json_is_a_fixed_point() -> None:
    value = {"b": [1, 2.5, None, True], "a": "ü\n", "ä": {"z": 1e-7, "y": -0.0}}
    once = canonical_json(value)
    assert canonical_json(json.loads(once)) == once
    assert once.endswith(b"\n")
