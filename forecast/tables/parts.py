"""Finished chunks of a run, kept until the run is complete, so that an interrupted one goes on where it was.

The folder beside the output carries the hash of everything the numbers depend on: bytes of the input,
settings, code, what was learned. A part that is damaged or of another run is never used: its name, its place
and its checksum must fit.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from forecast.storage import disk_error, temporary_name

_HEADER_LIMIT: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """What became of one chunk of series.

    Args:
        payload: Rows for the output.
        report: Lines for the report.
        series: Series in the chunk.
        short: Of these forecast with a reservation.
        failed: Of these without numbers.
        flagged: Of these with a flag.
        refused: The first (series_id, reason) without numbers.
        noted: The first (series_id, reason) with a reservation.
    """

    payload: bytes
    report: bytes
    series: int
    short: int
    failed: int
    flagged: int
    refused: tuple[tuple[str, str], ...]
    noted: tuple[tuple[str, str], ...]


class PartStore:
    """A folder of finished parts.

    Args:
        output: The file that is being made.
        identity: Everything the numbers depend on, as hashes and settings.
        resume: Keep what an interrupted run has left.

    Raises:
        OperationError: The disk refuses.
    """

    def __init__(self, output: Path, identity: dict[str, str | int], *, resume: bool = True) -> None:
        self.identity = hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()
        self.folder = output.with_name(f"{output.name}.parts-{self.identity[:16]}")
        self._reused: set[int] = set()
        try:
            if not resume:
                shutil.rmtree(self.folder, ignore_errors=True)
            self.folder.mkdir(exist_ok=True)
            for stale in self.folder.glob("tmp-*"):
                stale.unlink()
        except OSError as error:
            raise disk_error(self.folder, error) from error

    def load(self, index: int) -> Part | None:
        """Return a finished part, None if there is none or it is not what was written."""
        try:
            with self._path(index).open("rb") as file:
                header = file.readline(_HEADER_LIMIT)
                body = file.read()
            found = json.loads(header)
            if found.pop("sum") != self._sum(index, found, body):
                return None
            sizes = found.pop("sizes")
            for name in ("refused", "noted"):
                found[name] = tuple((key, reason) for key, reason in found[name])
            part = Part(payload=body[: sizes[0]], report=body[sizes[0] :], **found)
        except (OSError, ValueError, KeyError, TypeError, IndexError):
            return None
        self._reused.add(index)
        return part

    def reused(self, index: int) -> bool:
        """Tell whether a part was taken over by `load`."""
        return index in self._reused

    def save(self, index: int, part: Part) -> None:
        """Keep a finished part; it appears whole or not at all.

        Raises:
            OperationError: The disk refuses.
        """
        body = part.payload + part.report
        header = {name: value for name, value in asdict(part).items() if name not in {"payload", "report"}}
        header["sizes"] = [len(part.payload), len(part.report)]
        header["sum"] = self._sum(index, header, body)
        temporary = self.folder / temporary_name()
        try:
            with temporary.open("wb") as file:
                file.write(json.dumps(header, ensure_ascii=False).encode() + b"\n")
                file.write(body)
            os.replace(temporary, self._path(index))  # no fsync: the checksum tells a torn part
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            raise disk_error(self.folder, error) from error

    def remove(self) -> None:
        """Delete the folder; the run is complete."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def leave(self) -> None:
        """Delete the folder if no part is in it."""
        with suppress(OSError):
            self.folder.rmdir()

    def _path(self, index: int) -> Path:
        return self.folder / f"part-{index:07d}"

    def _sum(self, index: int, header: dict[str, object], body: bytes) -> str:
        counts = json.dumps(header, sort_keys=True)
        found = hashlib.sha256(f"{self.identity}/{index}/{counts}/".encode())
        found.update(body)
        return found.hexdigest()


def leftovers(output: Path) -> tuple[Path, ...]:
    """Return folders that interrupted runs with other inputs or settings have left beside an output."""
    return tuple(
        sorted(path for path in output.parent.glob(f"{_escaped(output.name)}.parts-*") if path.is_dir())
    )


def _escaped(name: str) -> str:
    """Return a file name so that a glob takes it literally."""
    return "".join(f"[{mark}]" if mark in "*?[" else mark for mark in name)
