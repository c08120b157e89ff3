"""What all routes share: the settings, the release in force, the byte cache. No global state."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.caching import ByteCache
from api.problems import NOT_READY, Problem
from api.release import Release
from api.store import SnapshotStore
from forecast.errors import OperationError
from forecast.snapshot import DOCUMENTS

LOG = logging.getLogger("api")
CACHE_BYTES: Final = 32 << 20
RETRY_AFTER: Final = {"Retry-After": "30"}
ENVIRONMENT: Final = ("FACHKRAEFTEMATRIX_SNAPSHOTS", "FACHKRAEFTEMATRIX_REFRESH_SECONDS")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service is told from outside.

    Args:
        snapshot_root: Directory of the published snapshots.
        refresh_seconds: Seconds between two looks for a newer snapshot; 0 = never look again.
    """

    snapshot_root: Path = Path("data/snapshots")
    refresh_seconds: float = 5.0

    @classmethod
    def from_environment(cls) -> Settings:
        """Read the two environment variables; the only place the service looks at its environment.

        Raises:
            OperationError: If the interval is not a number.
        """
        root, seconds = (os.environ.get(name) for name in ENVIRONMENT)
        default = cls()
        try:
            interval = float(seconds) if seconds else default.refresh_seconds
        except ValueError:
            raise OperationError(
                "Der Abstand zwischen zwei Blicken auf den Stand ist keine Zahl.",
                where=ENVIRONMENT[1],
                expected="Sekunden, zum Beispiel 5",
                remedy="Die Umgebungsvariable berichtigen oder weglassen.",
            ) from None
        return cls(Path(root) if root else default.snapshot_root, interval)


class Service:
    """Keeps the release in force and follows the pointer of the snapshot directory.

    Args:
        settings: Where the snapshots are and how often to look.
        fingerprint: Version of code and templates, part of every ETag.
    """

    def __init__(self, settings: Settings, fingerprint: str) -> None:
        self.settings = settings
        self.fingerprint = fingerprint
        self.cache = ByteCache(CACHE_BYTES)
        self._store: SnapshotStore | None = None
        self._release: Release | None = None
        self._error: str | None = None

    @property
    def release(self) -> Release:
        """The release in force; a request takes it once and never twice.

        Raises:
            Problem: 503 as long as there is none.
        """
        if self._release is None:
            raise Problem(NOT_READY, headers=RETRY_AFTER)
        return self._release

    @property
    def last_error(self) -> str | None:
        """Why a newer release was refused, in one German sentence without paths; None if all is well."""
        return self._error

    def look(self) -> bool:
        """Look for a newer release and put it in force; a broken one leaves the old one in place.

        Returns:
            Whether another release is in force now. Blocks on disk: call it outside the event loop.
        """
        try:
            if self._store is None:
                self._store = SnapshotStore(self.settings.snapshot_root, clock=time.monotonic, interval=0.0)
            else:
                self._store.refresh()
            refused = self._store.last_error
            changed = self._take(self._store)
        except OperationError as error:
            self._report(error.what, error)
            return False
        except (KeyError, TypeError, ValueError, IndexError) as error:
            self._report("Der Katalog des neuen Standes ist unvollständig.", error)
            return False
        self._report(refused.what, refused) if refused else self._clear()
        return changed

    def _take(self, store: SnapshotStore) -> bool:
        """Build the indexes beside the old release, then change over in one assignment."""
        snapshot = store.current
        if self._release is not None and self._release.id == snapshot.id:
            return False
        for name in DOCUMENTS:
            snapshot.documents[name]  # parse now, not in the first request
        release = Release(snapshot)
        release.check()
        self._release = release
        LOG.info("Stand %s ist in Kraft.", release.id)
        return True

    def _report(self, sentence: str, error: Exception) -> None:
        if self._error != sentence:
            LOG.warning("%s", error)
        self._error = sentence

    def _clear(self) -> None:
        self._error = None

    async def follow(self) -> None:
        """Look again and again until cancelled."""
        while self.settings.refresh_seconds > 0:
            await asyncio.sleep(self.settings.refresh_seconds)
            try:
                await asyncio.to_thread(self.look)
            except Exception:  # the old release must go on being served whatever a new one contains
                LOG.exception("Der Blick auf einen neueren Stand ist gescheitert.")


def fingerprint(package: Path) -> str:
    """Return a hash over the code, templates and catalogues of the service: another version, another ETag.

    Args:
        package: Directory of the package.
    """
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in {".py", ".html", ".css", ".svg", ".po"}:
            digest.update(path.relative_to(package).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
