"""The release in force, exchanged for a newer one without a failed request.

A request takes `store.current` once and never twice. A new release is verified beside the old one and put in
place by one assignment; if it cannot be verified, the old one stays and `last_error` says why.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

from forecast.errors import OperationError
from forecast.snapshot import POINTER, Snapshot, open_snapshot, read_pointer

Stamp = tuple[int, int, int]


class SnapshotStore:
    """Holds one verified snapshot and follows the pointer of its directory.

    Args:
        root: Directory of the snapshots.
        clock: Returns seconds that never run backwards, for example ``time.monotonic``.
        interval: Seconds between two looks at the pointer.
        retry_after: Seconds until a release that was refused is looked at again without a new pointer.

    Raises:
        OperationError: If there is no readable release to start with.
    """

    def __init__(
        self, root: Path, *, clock: Callable[[], float], interval: float = 2.0, retry_after: float = 60.0
    ) -> None:
        self._root = root
        self._clock = clock
        self._interval = interval
        self._retry_after = retry_after
        self._lock = threading.Lock()
        self._current = open_snapshot(root)
        self._last_error: OperationError | None = None
        self._checked = clock()
        self._refused: tuple[str, Stamp | None] | None = None
        self._retry_at = self._checked
        self._swaps = 0
        self._failures = 0

    @property
    def current(self) -> Snapshot:
        """The snapshot to answer from; take it once a request."""
        return self._current

    @property
    def last_error(self) -> OperationError | None:
        """Why the last look did not lead to the release the pointer names; None if all is well."""
        return self._last_error

    @property
    def swaps(self) -> int:
        """How often a newer release has been put in place."""
        return self._swaps

    @property
    def failures(self) -> int:
        """How many looks did not lead to a release that can be served."""
        return self._failures

    def due(self) -> bool:
        """Whether the interval since the last look is over: cheap enough for every request."""
        return self._clock() - self._checked >= self._interval

    def refresh(self, *, force: bool = False) -> bool:
        """Look at the pointer if it is time to, and change to the release it names.

        Only a pointer to another release leads to hashing. While one thread verifies, the others return
        at once and answer from the release in force.

        Args:
            force: Look now, and verify again even what was refused.

        Returns:
            Whether another release is in force now.
        """
        if not force and not self.due():
            return False
        if not self._lock.acquire(blocking=force):
            return False
        try:
            self._checked = self._clock()
            return self._follow(force)
        finally:
            self._lock.release()

    def _follow(self, force: bool) -> bool:
        try:
            # The stamp is taken before the pointer is read: a pointer moved in between is seen next time.
            stamp = self._look()
            identity = read_pointer(self._root)
            if identity == self._current.id:
                self._require_directory()
                swap = False
            elif (identity, stamp) == self._refused and self._checked < self._retry_at and not force:
                return False
            else:
                self._refused = (identity, stamp)
                self._retry_at = self._checked + self._retry_after
                self._current = open_snapshot(self._root, identity)
                self._swaps += 1
                swap = True
        except OperationError as error:
            self._last_error = error
            self._failures += 1
            return False
        self._last_error = None
        return swap

    def _require_directory(self) -> None:
        if not os.path.isdir(self._current.path):
            raise OperationError(
                "Das Verzeichnis des ausgelieferten Standes ist verschwunden.",
                where=str(self._current.path),
                expected="das Verzeichnis, aus dem ausgeliefert wird",
                remedy="Neu veröffentlichen; bis dahin wird aus dem Speicher weiter ausgeliefert.",
            )

    def _look(self) -> Stamp | None:
        """Return what changes when the pointer is replaced, even by the same id."""
        try:
            found = os.lstat(self._root / POINTER)
        except OSError:
            return None
        return (found.st_ino, found.st_mtime_ns, found.st_size)
