"""The published release: one directory of plain files, named by its content and never edited.

    <root>/current              text: the id of the release in force
    <root>/<id>/manifest.json   size and SHA-256 of every other file, shapes, dtypes, format version, meta
               /axes.json       codes of the five axes, in order
               /cube.npy        float32 [region, trade, measure, year, statistic], NaN where there is no value
               /status.npy      uint8   [region, trade, measure, year], position in STATUSES
               /grade.npy       uint8   same shape, position in GRADES
               /note.npy        uint16  same shape, position in the catalogue's list of notes
               /<document>.json, /export/…

The id is the first 16 hexadecimal digits of the SHA-256 of the manifest: equal content has an equal id, and a
file that differs by one bit is found before it is served. No clock and no random number enters a file.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from forecast import storage
from forecast.cell_documents import parsed
from forecast.errors import OperationError
from forecast.shared_parts import MissingPartError
from forecast.snapshot_format import (
    ARRAYS,
    AXIS_NAMES,
    DOCUMENTS,
    FILE_NAME,
    FORMAT,
    GRADES,
    LATER_DOCUMENTS,
    MANIFEST,
    READABLE_VERSIONS,
    STATISTICS,
    STATUSES,
    VALUE_STATUSES,
    Axes,
    SnapshotContent,
    array_table,
    axes_fault,
    cells_fault,
    encode,
    identity_of,
    npy_header,
)
from forecast.storage import sweep

__all__ = [
    "AXIS_NAMES",
    "DOCUMENTS",
    "GRADES",
    "NOTE_SEPARATOR",
    "POINTER",
    "STATISTICS",
    "STATUSES",
    "VALUE_STATUSES",
    "Axes",
    "Snapshot",
    "SnapshotContent",
    "SnapshotInfo",
    "list_snapshots",
    "open_snapshot",
    "put_in_force",
    "read_pointer",
    "sweep",
    "write_snapshot",
]

POINTER = "current"
NOTE_SEPARATOR = " · "
"""Stands between the parts of a note; a page may number the parts one by one."""
MANIFEST_LIMIT = 1 << 20

_ID = re.compile(r"[0-9a-f]{16}")
_POINTER = re.compile(rb"([0-9a-f]{16})\n?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_REMEDY = "Einen früheren Stand einsetzen oder neu veröffentlichen."


class _Documents(Mapping[str, Any]):
    """Documents parsed on first use; the bytes behind them are mapped and verified already."""

    def __init__(self, directory: Path, sources: Mapping[str, Any], version: int) -> None:
        self._directory = directory
        self._sources = sources
        self._version = version
        self._parsed: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401  (JSON has no narrower type)
        if name not in self._parsed:
            try:
                self._parsed.setdefault(name, parsed(name, self._sources[name], self._version))
            except (ValueError, RecursionError) as error:
                lost = "verweist auf einen Teil, den es nicht gibt"
                fault = lost if isinstance(error, MissingPartError) else "ist kein JSON der vorgesehenen Form"
                raise _broken(self._directory / f"{name}.json", f"das Dokument {fault}") from error
        return self._parsed[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """An opened release: verified, mapped read-only, readable even after its directory is deleted."""

    id: str
    path: Path
    manifest: dict[str, Any]
    axes: Axes
    cube: NDArray[np.float32]
    status: NDArray[np.uint8]
    grade: NDArray[np.uint8]
    note: NDArray[np.uint16]
    documents: Mapping[str, Any]
    _maps: Mapping[str, Any] = field(repr=False)
    _positions: Mapping[str, Mapping[str | int, int]] = field(repr=False)

    @property
    def meta(self) -> dict[str, Any]:
        """Which run this is."""
        meta: dict[str, Any] = self.manifest["meta"]
        return meta

    @property
    def files(self) -> tuple[str, ...]:
        """Relative names of the export files."""
        return tuple(name for name in self._maps if "/" in name)

    def index(self, axis: str, code: str | int) -> int:
        """Return the position of a code on an axis (``region``, ``trade``, …); KeyError if there is none."""
        return self._positions[axis][code]

    def read_file(self, name: str) -> bytes:
        """Return the verified bytes of an export file; KeyError if there is none of that name."""
        if name not in self.files:
            raise KeyError(name)
        return bytes(self._maps[name])

    def view_file(self, name: str) -> memoryview:
        """Return the verified bytes of an export file without copying them; KeyError if there is none."""
        if name not in self.files:
            raise KeyError(name)
        return memoryview(self._maps[name])

    def content(self) -> SnapshotContent:
        """Return what would have to be written to get this snapshot, with the same id, again."""
        files = {name: self.read_file(name) for name in self.files}
        cells = (self.cube, self.status, self.grade, self.note)
        return SnapshotContent(self.axes, *cells, dict(self.documents), files, self.meta)


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    """A release that is kept, without opening it."""

    id: str
    meta: Mapping[str, Any]


# --- reading ------------------------------------------------------------------------------------------------


def _broken(where: Path, fault: str, expected: str = "") -> OperationError:
    what = f"Der veröffentlichte Stand ist nicht lesbar: {fault}."
    return OperationError(what, where=str(where), expected=expected, remedy=_REMEDY)


def read_pointer(root: Path) -> str:
    """Return the id of the release in force.

    Raises:
        OperationError: If there is no pointer or it holds anything but an id.
    """
    path = root / POINTER
    if not os.path.lexists(path):
        raise OperationError(
            "Es ist noch kein Stand veröffentlicht.",
            where=str(path),
            expected="die Kennung eines Standes",
            remedy="Zuerst veröffentlichen: fachkraeftematrix run.",
        )
    found = _POINTER.fullmatch(storage.read_small(path, 64))
    if not found:
        raise _broken(path, "der Zeiger enthält keine Kennung", "16 Zeichen aus 0–9 und a–f")
    return found[1].decode("ascii")


def _plain_directory(path: Path) -> None:
    if os.path.islink(path) or not os.path.isdir(path):
        raise _broken(path, "das Verzeichnis fehlt oder ist ein Verweis", "ein gewöhnliches Verzeichnis")


def _read_manifest(directory: Path) -> dict[str, Any]:
    """Read a manifest whose hash is the name of its directory and whose format is ours."""
    _plain_directory(directory)
    path = directory / MANIFEST
    data = storage.read_small(path, MANIFEST_LIMIT)
    if len(data) > MANIFEST_LIMIT or identity_of(data) != directory.name:
        raise _broken(path, "das Manifest passt nicht zur Kennung", f"Kennung {directory.name}")
    try:
        manifest = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _broken(path, "das Manifest ist kein JSON") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise _broken(path, "das Format ist fremd", FORMAT)
    if type(found := manifest.get("format_version")) is not int or found not in READABLE_VERSIONS:
        known = " oder ".join(map(str, READABLE_VERSIONS))
        raise _broken(path, f"die Formatversion {found!r} ist unbekannt", f"Version {known}")
    if not isinstance(manifest.get("meta"), dict) or not isinstance(manifest.get("files"), dict):
        raise _broken(path, "das Manifest ist unvollständig")
    return manifest


def _map_files(directory: Path, table: dict[str, Any]) -> dict[str, Any]:
    """Map every file of the manifest after checking its name, kind, size and hash."""
    required = {*ARRAYS, "axes.json", *(f"{name}.json" for name in DOCUMENTS)}
    if missing := sorted(required - set(table)):
        raise _broken(directory / MANIFEST, f"es fehlt {missing[0]}")
    known = required | {f"{name}.json" for name in LATER_DOCUMENTS}
    maps = {}
    for name, entry in sorted(table.items()):
        if not FILE_NAME.fullmatch(name) or (name not in known and "/" not in name):
            raise _broken(directory / MANIFEST, f"der Dateiname {name!r} ist nicht erlaubt")
        size, sha256 = (entry.get("size"), entry.get("sha256")) if isinstance(entry, dict) else (None, None)
        if type(size) is not int or not isinstance(sha256, str) or not _SHA256.fullmatch(sha256):
            raise _broken(directory / MANIFEST, f"der Eintrag zu {name} ist unvollständig")
        path = directory / name
        if path.parent != directory:
            _plain_directory(path.parent)
        maps[name] = storage.map_verified(path, size, sha256)
    return maps


def _read_axes(directory: Path, maps: Mapping[str, Any], manifest: dict[str, Any]) -> Axes:
    try:
        codes = json.loads(bytes(maps["axes.json"]))
        axes = Axes(*(tuple(codes[name]) for name in AXIS_NAMES))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _broken(directory / "axes.json", "die Achsen sind nicht lesbar") from error
    if fault := axes_fault(axes):
        raise _broken(directory / "axes.json", fault)
    if manifest.get("arrays") != array_table(axes):
        raise _broken(
            directory / MANIFEST, "Form, Typ oder Achsenfolge der Felder passen nicht zu den Achsen"
        )
    return axes


def _view_array(directory: Path, name: str, mapped: Any, axes: Axes) -> NDArray[Any]:  # noqa: ANN401
    """Lay an array over a mapped file whose header is, byte for byte, the one its axes demand."""
    dtype, order = ARRAYS[name]
    shape = axes.shape[: len(order)]
    header = npy_header(dtype, shape)
    cells = math.prod(shape)  # Python integers: a boastful header cannot overflow
    if mapped[: len(header)] != header or len(mapped) != len(header) + cells * np.dtype(dtype).itemsize:
        raise _broken(directory / name, "Kopf oder Länge passen nicht zu den Achsen", f"{shape} {dtype}")
    return np.frombuffer(mapped, dtype=dtype, offset=len(header)).reshape(shape)


def open_snapshot(root: Path, snapshot_id: str | None = None) -> Snapshot:
    """Open a release after verifying all of it: names, sizes, hashes, shapes, dtypes, meaning of the cells.

    Args:
        root: Directory of the snapshots.
        snapshot_id: 16 hexadecimal digits; None = the release in force.

    Raises:
        OperationError: If anything is missing, half-written, foreign or changed.
    """
    identity = read_pointer(root) if snapshot_id is None else snapshot_id
    if not _ID.fullmatch(identity):
        raise _broken(root, f"{identity!r} ist keine Kennung", "16 Zeichen aus 0–9 und a–f")
    directory = root / identity
    manifest = _read_manifest(directory)
    maps = _map_files(directory, manifest["files"])
    axes = _read_axes(directory, maps, manifest)
    cube, status, grade, note = (_view_array(directory, name, maps[name], axes) for name in ARRAYS)
    held = {name: maps[f"{name}.json"] for name in (*DOCUMENTS, *LATER_DOCUMENTS) if f"{name}.json" in maps}
    documents = _Documents(directory, held, manifest["format_version"])
    if fault := cells_fault(cube, status, grade, note, documents["catalogue"]):
        raise _broken(directory, fault)
    positions = {axis: {code: at for at, code in enumerate(codes)} for axis, codes in axes}
    return Snapshot(
        identity, directory, manifest, axes, cube, status, grade, note, documents, maps, positions
    )


def list_snapshots(root: Path) -> tuple[SnapshotInfo, ...]:
    """Return the releases that are kept and have an intact manifest, ordered by as_of, then id."""
    found = []
    for entry in root.glob("?" * 16):
        if _ID.fullmatch(entry.name):
            try:
                found.append(SnapshotInfo(entry.name, _read_manifest(entry)["meta"]))
            except OperationError:  # a broken one cannot be chosen; opening it says why
                continue
    return tuple(sorted(found, key=lambda info: (str(info.meta.get("as_of", "")), info.id)))


# --- writing ------------------------------------------------------------------------------------------------


def write_snapshot(root: Path, content: SnapshotContent, on_step: storage.StepHook | None = None) -> str:
    """Write a release as `put_in_force` does; return its id."""
    return put_in_force(root, content, on_step).id


def put_in_force(root: Path, content: SnapshotContent, on_step: storage.StepHook | None = None) -> Snapshot:
    """Write a release beside the others and put it in force; a reader sees the old one or the new one.

    tmp-* → fsync files → fsync directories → rename to <id> → fsync root → read back → replace pointer.

    Args:
        root: Directory of the snapshots; created if missing.
        content: What the release says.
        on_step: Called before and after every step on disk, for crash tests.

    Returns:
        It as read back. Content already there is verified, not rewritten; only the pointer moves.

    Raises:
        ModelError: If the content contradicts itself.
        OperationError: If the disk refuses; the release in force then still is the old one.
    """
    hook = on_step or storage.no_hook
    parts, manifest = encode(content)
    identity = identity_of(manifest)
    with storage.step("make root", root, hook):
        root.mkdir(parents=True, exist_ok=True)
    opened = _intact(root, identity)
    if opened is None:
        _write_directory(root, identity, {**parts, MANIFEST: (manifest,)}, hook)
        storage.sync_directory(root, hook, name="root")
        with storage.step("read back", root / identity, hook):
            opened = open_snapshot(root, identity)  # the pointer never moves to what a reader would refuse
    storage.replace_text(root / POINTER, f"{identity}\n", hook, name="pointer")
    return opened


def _intact(root: Path, identity: str) -> Snapshot | None:
    """Return a release that is there and readable; a disk that only refuses for now is not a verdict."""
    try:
        return open_snapshot(root, identity)
    except OperationError as error:
        if isinstance(error.__cause__, OSError) and error.__cause__.errno not in storage.WRONG_KIND:
            raise
        return None


def _write_directory(
    root: Path, identity: str, parts: Mapping[str, tuple[storage.Part, ...]], hook: storage.StepHook
) -> None:
    """Write all files into a temporary directory and rename it; whatever happens, clean up behind."""
    temporary = root / storage.temporary_name()
    try:
        storage.make_directory(temporary, hook, name="directory")
        folders = sorted({Path(name).parent.name for name in parts} - {""})
        for folder in folders:
            storage.make_directory(temporary / folder, hook, name=folder)
        for name, buffers in parts.items():
            storage.write_file(temporary / name, buffers, hook, name=name)
        for folder in folders:
            storage.sync_directory(temporary / folder, hook, name=folder)
        storage.sync_directory(temporary, hook, name="directory")
        with storage.step("rename", root / identity, hook):
            _rename(temporary, root / identity)
    finally:
        storage.discard(temporary)


def _rename(temporary: Path, target: Path) -> None:
    """Give a finished directory its name, unless another publisher has just written the same content."""
    aside = None
    if os.path.lexists(target):
        if _intact(target.parent, target.name) is not None:
            return
        # Damaged on disk: moved aside, not overwritten, because a server may still have it mapped.
        aside = target.parent / storage.temporary_name("-damaged")
        os.rename(target, aside)
    try:
        os.rename(temporary, target)
    except OSError:
        if _intact(target.parent, target.name) is None:
            if aside is not None:
                os.rename(aside, target)
            raise
