"""A release that is missing, half-written, foreign or changed is refused with an OperationError.

The forged releases have matching hashes, manifest and id: what refuses them is not the checksum.
"""

from __future__ import annotations

import json
import os
import random
import shutil

import numpy as np
import pytest

from forecast.errors import OperationError
from forecast.snapshot import list_snapshots, open_snapshot, read_pointer
from forecast.snapshot_format import identity_of, npy_header
from tests.toy_snapshot import write_toy

SHAPE = (3, 5, 33, 26, 7)
FLIPS = 220


def overwrite(path, data: bytes) -> None:
    path.chmod(0o644)
    path.write_bytes(data)


def refused(root, *words: str) -> None:
    """Assert that opening fails with a message that says what, where and what to do."""
    with pytest.raises(OperationError) as caught:
        open_snapshot(root)
    assert caught.value.what
    assert caught.value.where
    assert caught.value.remedy
    for word in words:
        assert word in str(caught.value)


# --- the pointer -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        b"", b"\n", b"nonsense", b"../../etc/passwd", b"ABCDEF0123456789\n",
        b"0123456789abcde\n", b"\xff" * 16,
        b"0123456789abcdef\n\n", b"0123456789abcdef0\n", b" 0123456789abcdef\n", b"\x00" * 16,
        "０１２３４５６７８９ａｂｃｄｅｆ".encode(), b"0123456789abcdef\r\n", b"a" * 10_000,
    ],
)  # fmt: skip
def test_a_pointer_that_holds_no_id(root, text) -> None:
    overwrite(root / "current", text)
    with pytest.raises(OperationError, match="Zeiger enthält keine Kennung"):
        read_pointer(root)
    refused(root)


def test_a_pointer_without_its_newline_is_read(root, ids) -> None:
    overwrite(root / "current", ids[0].encode())
    assert open_snapshot(root).id == ids[0]


def test_a_pointer_to_nothing(root) -> None:
    overwrite(root / "current", b"0123456789abcdef\n")
    refused(root, "fehlt")


def test_a_pointer_that_is_a_link_a_directory_or_a_pipe(fresh_root) -> None:
    for make in (lambda p: p.symlink_to(p.parent / "other"), lambda p: p.mkdir(), os.mkfifo):
        root = fresh_root()
        shutil.copy(root / "current", root / "other")
        (root / "current").unlink()
        make(root / "current")
        refused(root)


@pytest.mark.parametrize("name", ["", "..", ".", "current", "../x", "0123456789ABCDEF", "0123456789abcdef\n"])
def test_an_id_that_is_none(root, name) -> None:
    with pytest.raises(OperationError, match="keine Kennung"):
        open_snapshot(root, name)


def test_a_release_under_another_releases_name(root, ids) -> None:
    write_toy(root, 1)
    shutil.rmtree(root / ids[1])
    (root / ids[0]).rename(root / ids[1])
    refused(root, "passt nicht zur Kennung")


def test_a_directory_that_is_a_link(root, ids) -> None:
    (root / ids[0]).rename(root / "elsewhere")
    (root / ids[0]).symlink_to(root / "elsewhere")
    refused(root, "Verweis")
    assert list_snapshots(root) == ()


# --- half-written and changed ----------------------------------------------------------------------------


def test_any_file_missing_shortened_lengthened_emptied_or_exchanged_for_a_link(root, ids) -> None:
    directory = root / ids[0]
    names = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    assert len(names) == 13
    for path in names:
        whole = path.read_bytes()
        for damage in (whole[:-1], whole + b"\n", b"", whole[: len(whole) // 2]):
            overwrite(path, damage)
            refused(root)
        path.unlink()
        refused(root)
        (root / "copy").write_bytes(whole)
        path.symlink_to(root / "copy")
        refused(root)
        path.unlink()
        path.mkdir()
        refused(root)
        path.rmdir()
        path.write_bytes(whole)
    assert open_snapshot(root).id == ids[0]


def test_a_flipped_bit_anywhere_is_never_served(root, ids) -> None:
    chance = random.Random(20)
    directory = root / ids[0]
    paths = [path for path in sorted(directory.rglob("*")) if path.is_file()] + [root / "current"]
    for turn in range(FLIPS):
        path = paths[turn % len(paths)]  # every file, however small, has its share
        data = bytearray(path.read_bytes())
        at, bit = chance.randrange(len(data)), chance.randrange(8)
        data[at] ^= 1 << bit
        overwrite(path, bytes(data))
        with pytest.raises(OperationError):
            open_snapshot(root)
        data[at] ^= 1 << bit
        overwrite(path, bytes(data))
    assert open_snapshot(root).id == ids[0]


def test_an_export_folder_that_is_a_link(root, ids) -> None:
    (root / ids[0] / "export").rename(root / "export")
    (root / ids[0] / "export").symlink_to(root / "export")
    refused(root, "Verweis")


# --- forged, with matching hashes ------------------------------------------------------------------------


def rename_entry(old: str, new: str):
    def change(directory, manifest):
        manifest["files"][new] = manifest["files"].pop(old)

    return change


def set_manifest(**values):
    return lambda directory, manifest: manifest.update(values)


def set_entry(name: str, entry):
    return lambda directory, manifest: manifest["files"].update({name: entry})


def write(name: str, data: bytes):
    return lambda directory, manifest: overwrite(directory / name, data)


def edit_axes(edit):
    def change(directory, manifest):
        axes = json.loads((directory / "axes.json").read_bytes())
        edit(axes)
        overwrite(directory / "axes.json", json.dumps(axes).encode())

    return change


def reheaded(name: str, header: bytes):
    """Put another header, as long as the old one, before the data."""

    def change(directory, manifest):
        data = (directory / name).read_bytes()
        overwrite(directory / name, header + data[len(header) :])

    return change


def restyled(**style):
    text = {"descr": "<f4", "fortran_order": False, "shape": SHAPE} | style
    body = (str(text)[:-1] + ", }").ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(body).to_bytes(2, "little") + body.encode()


def set_cell(name: str, value, at=(0, 0, 0, 0)):
    def change(directory, manifest):
        array = np.load(directory / name)
        array[at] = value
        (directory / name).unlink()
        np.save(directory / name, array)

    return change


def drop(name: str):
    return lambda directory, manifest: manifest["files"].pop(name)


def shapes_for(*shape: int):
    """Claim a shape in manifest and header alike; the axes stay as they are."""

    def change(directory, manifest):
        manifest["arrays"]["cube.npy"]["shape"] = list(shape)
        reheaded("cube.npy", npy_header("<f4", shape))(directory, manifest)

    return change


def huge_axis(directory, manifest):
    """Axes, manifest and header agree on 10^8 years that the file does not hold."""
    codes = list(range(1, 20_001))
    edit_axes(lambda axes: axes.update(year=codes))(directory, manifest)
    for name, table in manifest["arrays"].items():
        table["shape"][3] = len(codes)
        reheaded(name, npy_header(table["dtype"], tuple(table["shape"])))(directory, manifest)


# reason → forgeries that must be refused for exactly that reason
FORGERIES = {
    "nicht erlaubt": {
        "parent folder": rename_entry("export/matrix.csv", "../matrix.csv"),
        "deeper parent": rename_entry("export/matrix.csv", "export/../../matrix.csv"),
        "absolute name": rename_entry("export/matrix.csv", "/matrix.csv"),
        "backslash": rename_entry("export/matrix.csv", "export\\matrix.csv"),
        "hidden file": rename_entry("export/matrix.csv", ".matrix.csv"),
        "line break": rename_entry("export/matrix.csv", "export/matrix.csv\n"),
        "NUL": rename_entry("export/matrix.csv", "export/matrix\x00.csv"),
        "stray file": rename_entry("export/matrix.csv", "matrix.csv"),
    },
    "Formatversion": {
        "newer format": set_manifest(format_version=4),
        "older format": set_manifest(format_version=1),
        "text as version": set_manifest(format_version="1"),
        "no version": set_manifest(format_version=None),
    },
    "Format ist fremd": {
        "foreign format": set_manifest(format="something-else"),
    },
    "Manifest ist unvollständig": {
        "files are a list": set_manifest(files=[]),
        "no meta": set_manifest(meta=None),
    },
    "es fehlt": {
        "no files": set_manifest(files={}),
        "cube not listed": drop("cube.npy"),
        "catalogue not listed": drop("catalogue.json"),
    },
    "Form, Typ oder Achsenfolge": {
        "no arrays": set_manifest(arrays=None),
        "axis too short": edit_axes(lambda axes: axes["trade"].pop()),
        "manifest of 10^18 cells": shapes_for(10**9, 10**9, 1, 1, 7),
    },
    "Eintrag zu cube.npy": {
        "boolean size": set_entry("cube.npy", {"size": True, "sha256": "0" * 64}),
        "size as text": set_entry("cube.npy", {"size": "1", "sha256": "0" * 64}),
        "no hash": set_entry("cube.npy", {"size": 1}),
        "entry is text": set_entry("cube.npy", "x"),
    },
    "beschädigt oder unvollständig": {
        "negative size": set_entry("cube.npy", {"size": -1, "sha256": "0" * 64}),
        "huge size": set_entry("cube.npy", {"size": 10**18, "sha256": "0" * 64}),
    },
    "Achsen sind nicht lesbar": {
        "axes are no JSON": write("axes.json", b"{"),
        "axes are a list": write("axes.json", b"[]"),
        "axes nest too deep": write("axes.json", b"[" * 100_000),
        "axis missing": edit_axes(lambda axes: axes.pop("trade")),
    },
    "falsch getippten": {
        "axis empty": edit_axes(lambda axes: axes.update(trade=[])),
        "code is a list": edit_axes(lambda axes: axes["trade"].__setitem__(0, ["A-24"])),
        "years as text": edit_axes(lambda axes: axes.update(year=[str(y) for y in axes["year"]])),
        "year is true": edit_axes(lambda axes: axes["year"].__setitem__(0, True)),
    },
    "nicht eindeutig oder nicht geordnet": {
        "code doubled": edit_axes(lambda axes: axes["trade"].__setitem__(0, "A-24")),
        "years exchanged": edit_axes(lambda axes: axes["year"].reverse()),
    },
    "Achse der Kennwerte": {
        "statistics exchanged": edit_axes(lambda axes: axes["statistic"].reverse()),
    },
    "Kopf oder Länge": {
        "array is empty": write("cube.npy", b""),
        "array is text": write("cube.npy", b"value\n"),
        "other byte order": reheaded("cube.npy", restyled(descr=">f4")),
        "object array": reheaded("cube.npy", restyled(descr="|O")),
        "Fortran order": reheaded("cube.npy", restyled(fortran_order=True)),
        "axes exchanged": reheaded("cube.npy", npy_header("<f4", (5, 3, 33, 26, 7))),
        "header of 10^18 cells": reheaded("cube.npy", npy_header("<f4", (10**9, 10**9, 1, 1, 7))),
        "axes of 20,000 years": huge_axis,
        "pickle": write("cube.npy", b"\x80\x04N."),
    },
    "außerhalb der Liste": {
        "unknown status": set_cell("status.npy", 8),
        "unknown grade": set_cell("grade.npy", 5),
    },
    "ohne passenden Status": {
        "status without value": set_cell("status.npy", 1),
        "value under no_data": set_cell("cube.npy", 1.0, (0, 0, 0, 0, 0)),
    },
    "Bandbreite steht ohne Wert": {
        "bound without value": set_cell("cube.npy", 1.0, (0, 0, 0, 0, 3)),
    },
    "unendlich": {
        "infinite bound": set_cell("cube.npy", np.inf, (0, 0, 0, 20, 3)),
    },
    "Anmerkung": {
        "unknown note": set_cell("note.npy", 4),
        "catalogue is a list": write("catalogue.json", b"[]"),
    },
    "kein JSON": {
        "catalogue is no JSON": write("catalogue.json", b"{"),
    },
}
CASES = [
    pytest.param(change, reason, id=name)
    for reason, group in FORGERIES.items()
    for name, change in group.items()
]


@pytest.mark.parametrize(("change", "reason"), CASES)
def test_a_forged_release_is_refused(root, ids, forge, change, reason) -> None:
    forge(root, ids[0], change)
    refused(root, reason)


def test_the_forger_can_make_a_release_that_opens(root, ids, forge) -> None:
    """Otherwise the test above would prove nothing: an honest change with the same tools is accepted."""
    forged = forge(root, ids[0], set_cell("cube.npy", 47.0, (0, 2, 2, 15, 0)))
    assert forged != ids[0]
    assert open_snapshot(root).cube[0, 2, 2, 15, 0] == 47
    assert restyled() == npy_header("<f4", SHAPE)


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b" " * (2 << 20)])
def test_a_manifest_that_is_none(root, ids, data) -> None:
    """The id fits even here."""
    overwrite(root / ids[0] / "manifest.json", data)
    (root / ids[0]).rename(root / identity_of(data))
    overwrite(root / "current", identity_of(data).encode())
    refused(root)
