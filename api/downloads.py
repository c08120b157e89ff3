"""Whole releases as files: made once, on the first request, beside the snapshots; then only sent.

A file is complete or absent: it is written under another name, synced and renamed. Its validator is the hash
of its bytes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import orjson

from api import year_sum_files
from api.columns import COLUMNS
from api.formats import csv_text, media, parquet, sqlite_file, xlsx
from api.language import Text
from api.packages import CODE_TABLES, datapackage
from api.release import Release
from api.selection import Selection
from api.table import Table
from forecast.snapshot import list_snapshots

FOLDER: Final = "downloads"
STEM: Final = "fachkraeftematrix"
SUMS: Final = f"{STEM}-year-sums"
XLSX_ROWS: Final = 1_048_575
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class File:
    """A whole download.

    Args:
        name: Last part of the address.
        media_type: Content-Type.
        title: For people.
        file_type: Code of the EU authority table of file types.
        build: Writes it.
    """

    name: str
    media_type: str
    title: Text
    file_type: str
    build: Callable[[Release, Path], None]


@dataclass(frozen=True, slots=True)
class Made:
    """A finished file: where, and the hash of its bytes."""

    path: Path
    sha256: str
    size: int


def selection(release: Release) -> Selection:
    """Return all cells of a release."""
    axes = release.snapshot.axes
    chosen = Selection(
        axes.regions,
        release.trades,
        release.measures,
        release.years,
        COLUMNS,
        "records",
        "envelope",
        "both",
        "de",
        0,
        0,
        "",
    )
    return chosen.whole()


def pages(release: Release) -> Iterator[Table]:
    """Return the listed cells of a release that say anything, one region at a time.

    Rows beside the list, such as groups of trades, stay outside: who sums the file would count them twice.
    """
    whole = selection(release)
    axes = release.snapshot.axes
    trades = [axes.trades.index(code) for code in release.trades]
    measures = [axes.measures.index(code) for code in release.measures]
    for place, region in enumerate(axes.regions):
        rows = np.flatnonzero(release.snapshot.status[place][np.ix_(trades, measures)] > 0)
        if rows.size or place == 0:
            yield Table(release, replace(whole, regions=(region,)).whole(), rows)


def _csv(release: Release, path: Path) -> None:
    with path.open("wb") as file:
        for number, page in enumerate(pages(release)):
            file.write(csv_text.csv(page, header=number == 0))


def _german_csv(release: Release, path: Path) -> None:
    with path.open("wb") as file:
        for number, page in enumerate(pages(release)):
            file.write(csv_text.csv(page, csv_text.GERMAN, header=number == 0))


def _parquet(release: Release, path: Path) -> None:
    path.write_bytes(parquet.parquet(pages(release), STEM))


def _xlsx(release: Release, path: Path) -> None:
    path.write_bytes(xlsx.workbook(list(pages(release)), STEM, f"/api/v1/{FOLDER}/{STEM}.xlsx"))


def _sqlite(release: Release, path: Path) -> None:
    sqlite_file.write(path, release, pages(release))


def code_table(release: Release, kind: str) -> bytes:
    """Return a code list as CSV."""
    names = CODE_TABLES[kind]
    lines = [b",".join(name.encode() for name in names)]
    lines += [
        b",".join(csv_text.cell(entry.get(name)) for name in names)
        for entry in release.entries[kind].values()
    ]
    return b"".join(line + b"\r\n" for line in lines)


def _zip(release: Release, path: Path) -> None:
    """CSV files beside their descriptor, the sources to be named, and what Datasette shows."""
    matrix = b"".join(csv_text.csv(page, header=number == 0) for number, page in enumerate(pages(release)))
    described = orjson.dumps(datapackage(release, "de", ""), option=orjson.OPT_INDENT_2)
    lines = "\n".join(release.attribution()) + "\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        members = [("datapackage.json", described), ("QUELLEN.txt", lines.encode()), ("matrix.csv", matrix)]
        if year_sum_files.has(release):
            members.append(("year_sums.csv", year_sum_files.file(release, "csv")))
        members += [(f"{kind}.csv", code_table(release, kind)) for kind in CODE_TABLES]
        for name, data in members:
            book.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)


def _codes(kind: str) -> Callable[[Release, Path], None]:
    def build(release: Release, path: Path) -> None:
        path.write_bytes(code_table(release, kind))

    return build


def _sums(form: str) -> Callable[[Release, Path], None]:
    def build(release: Release, path: Path) -> None:
        path.write_bytes(year_sum_files.file(release, form))

    return build


def offered(release: Release) -> dict[str, File]:
    """Return name → whole download of a release: without sums over years where it holds none."""
    if year_sum_files.has(release):
        return files()
    return {name: file for name, file in files().items() if not name.startswith(SUMS)}


def files() -> dict[str, File]:
    """Return name → whole download."""
    csv_type, found = "text/csv; charset=utf-8", []
    found += [
        File(f"{STEM}.csv", csv_type, Text("Alle Zellen als CSV", "All cells as CSV"), "CSV", _csv),
        File(
            f"{STEM}.de.csv",
            csv_type,
            Text("Alle Zellen als CSV für deutsches Excel", "All cells, German CSV"),
            "CSV",
            _german_csv,
        ),
        File(
            f"{STEM}.xlsx",
            media.XLSX_TYPE,
            Text("Alle Zellen als Arbeitsmappe", "All cells as a workbook"),
            "XLSX",
            _xlsx,
        ),
        File(
            f"{STEM}.parquet",
            media.FORMATS["parquet"].media_type,
            Text("Alle Zellen als Parquet", "All cells as Parquet"),
            "PARQUET",
            _parquet,
        ),
        File(
            f"{STEM}.sqlite",
            "application/vnd.sqlite3",
            Text("Datenbank mit Sichten", "Database with views"),
            "SQLITE",
            _sqlite,
        ),
        File(
            f"{STEM}.zip",
            "application/zip",
            Text("Datenpaket mit datapackage.json", "Data package"),
            "ZIP",
            _zip,
        ),
    ]
    sums = Text("Summen über mehrere Jahre", "Sums over several years")
    for form, file_type in (("csv", "CSV"), ("csv-de", "CSV"), ("xlsx", "XLSX"), ("parquet", "PARQUET")):
        found_form = media.FORMATS[form]
        title = Text(f"{sums.de}: {found_form.title.de}", f"{sums.en}: {found_form.title.en}")
        kind = csv_type if file_type == "CSV" else found_form.media_type
        found.append(File(f"{SUMS}.{found_form.suffix}", kind, title, file_type, _sums(form)))
    for kind in CODE_TABLES:
        title = Text(f"Codeliste {kind}", f"Code list {kind}")
        found.append(File(f"{kind}.csv", csv_type, title, "CSV", _codes(kind)))
    return {one.name: one for one in found}


class Downloads:
    """Makes files on demand and keeps them as long as their release.

    Args:
        root: Directory of the snapshots; if it cannot be written, a temporary one is used.
        fingerprint: Version of the code: another version makes its own files.
    """

    def __init__(self, root: Path, fingerprint: str) -> None:
        self._root = root
        self._fingerprint = fingerprint
        self._lock = threading.Lock()
        self._made: dict[tuple[str, str], Made] = {}
        self._fallback: Path | None = None

    def made(self, release: Release, file: File) -> Made | None:
        """Return a file if it is there already."""
        return self._made.get((release.id, file.name))

    def make(self, release: Release, file: File) -> Made:
        """Return a file, writing it first if need be. Blocks: call it outside the event loop."""
        with self._lock:
            found = self._made.get((release.id, file.name))
            if found is not None and found.path.exists():
                return found
            path = self._folder(release) / file.name
            if not path.exists():
                self._write(release, file, path)
            made = Made(path, _sha256(path), path.stat().st_size)
            self._made[release.id, file.name] = made
            return made

    def _folder(self, release: Release) -> Path:
        name = f"{release.id}-{self._fingerprint}"
        place = (self._fallback or self._root / FOLDER) / name
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError:
            self._fallback = self._fallback or Path(tempfile.mkdtemp(prefix=f"{STEM}-"))
            place = self._fallback / name
            place.mkdir(parents=True, exist_ok=True)
        self._sweep(place.parent, release.id)
        return place

    def _sweep(self, folder: Path, current: str) -> None:
        """Remove files of releases that are no longer kept; the current one may be a draft kept elsewhere."""
        kept = {current, *(info.id for info in list_snapshots(self._root))}
        for entry in folder.iterdir():
            if entry.name.split("-")[0] not in kept:
                shutil.rmtree(entry, ignore_errors=True)

    def _write(self, release: Release, file: File, path: Path) -> None:
        part = path.with_name(f"tmp-{os.getpid()}-{path.name}")
        part.unlink(missing_ok=True)
        try:
            file.build(release, part)
            with part.open("rb") as written:
                os.fsync(written.fileno())
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
