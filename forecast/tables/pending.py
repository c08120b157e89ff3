"""A file that appears whole or not at all: written beside its place, synced, then renamed."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from forecast.storage import TEMPORARY_PREFIX, disk_error


class PendingFile:
    """A new version of a file that replaces the old one when told to; otherwise it vanishes.

    Args:
        path: The file to replace.
        folder: Where the new version is written; on the same disk as ``path``.

    Raises:
        OperationError: The disk refuses.
    """

    def __init__(self, path: Path, folder: Path) -> None:
        self._path = path
        try:
            descriptor, name = tempfile.mkstemp(prefix=f"{TEMPORARY_PREFIX}{path.name}-", dir=folder)
        except OSError as error:
            raise disk_error(path, error) from error
        self._temporary: Path | None = Path(name)
        self.file: IO[bytes] = os.fdopen(descriptor, "wb", buffering=1 << 20)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self.file.close()
        if self._temporary is not None:
            with suppress(OSError):
                self._temporary.unlink()

    def sync(self) -> None:
        """Push everything written through to the disk, with the rights of an ordinary new file."""
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
            self.file.close()
            mask = os.umask(0)
            os.umask(mask)
            if self._temporary is not None:
                self._temporary.chmod(0o666 & ~mask)
        except OSError as error:
            raise disk_error(self._path, error) from error

    def replace(self) -> None:
        """Put the synced file in its place."""
        if self._temporary is None:
            return
        try:
            os.replace(self._temporary, self._path)
            self._temporary = None
            directory = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)
        except OSError as error:
            raise disk_error(self._path, error) from error
