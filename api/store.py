"""The release in force, exchanged for a newer one without a failed request.

A request takes `store.current` once and never twice. A new release is verified beside the old one and put in
place by one assignment; if it cannot be verified, the old one stays and `last_error` says why.

Every release is hashed in full before it is served, once: the last few stay mapped, and as long as the system
says that their files are the same (inode, size, times), going back to one costs nothing. Files of the release
in force that have been written to are hashed again at the next look; if they are not what they were, the
release is withdrawn, because a map shows what is written into its file.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

from forecast.errors import OperationError
from forecast.snapshot import POINTER, Snapshot, open_snapshot, read_pointer

Stamp = tuple[int, ...]
Stamps = dict[str, Stamp | None]
KEPT = 3


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
        self._kept: OrderedDict[str, tuple[Snapshot, Stamps]] = OrderedDict()
        self._current: Snapshot | None = self._open(read_pointer(root))
        self._last_error: OperationError | None = None
        self._checked = clock()
        self._refused: tuple[str, Stamp | None] | None = None
        self._retry_at = self._checked
        self._swaps = 0
        self._failures = 0

    @property
    def current(self) -> Snapshot:
        """The snapshot to answer from; take it once a request.

        Raises:
            OperationError: If the release in force had to be withdrawn and none has taken its place.
        """
        if self._current is None:
            raise self._last_error or _withdrawn(self._root)
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
            if self._current is not None and identity == self._current.id:
                self._require_directory(self._current)
                self._require_unchanged(self._current)
                swap = False
            elif (identity, stamp) == self._refused and self._checked < self._retry_at and not force:
                return False
            else:
                self._refused = (identity, stamp)
                self._retry_at = self._checked + self._retry_after
                self._current = self._open(identity)
                self._swaps += 1
                swap = True
        except OperationError as error:
            self._last_error = error
            self._failures += 1
            return False
        self._last_error = None
        return swap

    def _open(self, identity: str) -> Snapshot:
        """Return a verified release: a kept one whose files are the same, else one hashed now."""
        found = self._kept.pop(identity, None)
        if found is None or found[1] != _stamps(found[0]):
            # Stamps are taken before hashing: a file written to meanwhile has another one at the next look.
            before = _all_stamps(self._root / identity)
            snapshot = open_snapshot(self._root, identity)
            found = (snapshot, {name: before.get(name) for name in _names(snapshot)})
        self._kept[identity] = found
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found[0]

    def _require_directory(self, current: Snapshot) -> None:
        if not os.path.isdir(current.path):
            raise OperationError(
                "Das Verzeichnis des ausgelieferten Standes ist verschwunden.",
                where=str(current.path),
                expected="das Verzeichnis, aus dem ausgeliefert wird",
                remedy="Neu veröffentlichen; bis dahin wird aus dem Speicher weiter ausgeliefert.",
            )

    def _require_unchanged(self, current: Snapshot) -> None:
        """Hash again what has been written to since; withdraw the release if its map shows other bytes.

        A file that was removed or replaced does not concern the map: it keeps the old file.
        """
        _, known = self._kept[current.id]
        now = _stamps(current)
        if now == known:
            return
        written = [name for name in current.manifest["files"] if _rewritten(now[name], known[name])]
        try:
            verified = open_snapshot(self._root, current.id)
        except OperationError:
            if written:
                self._kept.pop(current.id)
                self._current = None
                raise _withdrawn(current.path) from None
            raise
        self._kept[current.id] = (verified, now)
        self._current = verified

    def _look(self) -> Stamp | None:
        """Return what changes when the pointer is replaced, even by the same id."""
        try:
            found = os.lstat(self._root / POINTER)
        except OSError:
            return None
        return (found.st_ino, found.st_mtime_ns, found.st_size)


def _names(snapshot: Snapshot) -> tuple[str, ...]:
    return ("manifest.json", *snapshot.manifest["files"])


def _stamps(snapshot: Snapshot) -> Stamps:
    """Return what changes when a file of a release is written to, replaced or removed."""
    return {name: _stamp(str(snapshot.path / name)) for name in _names(snapshot)}


def _all_stamps(directory: Path) -> Stamps:
    found = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            path = os.path.join(folder, name)
            found[os.path.relpath(path, directory).replace(os.sep, "/")] = _stamp(path)
    return found


def _stamp(path: str) -> Stamp | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def _rewritten(now: Stamp | None, before: Stamp | None) -> bool:
    """Whether the very file that is mapped was written to; a mapped file keeps its inode for itself."""
    return now is not None and before is not None and now != before and now[0] == before[0]


def _withdrawn(where: Path) -> OperationError:
    return OperationError(
        "Der ausgelieferte Stand wurde verändert und ist zurückgezogen.",
        where=str(where),
        expected="Dateien, die seit der Veröffentlichung niemand verändert hat",
        remedy="Einen früheren Stand einsetzen oder neu veröffentlichen.",
    )
