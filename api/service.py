"""What all routes share: the settings, the release in force, the byte cache. No global state."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from email.utils import formatdate
from pathlib import Path
from typing import Final

from api.answer_cache import AnswerCache
from api.caching import Headers
from api.metrics import Metrics
from api.problems import NOT_READY, Problem
from api.release import Release
from api.settings import Settings
from api.store import SnapshotStore
from forecast.errors import OperationError
from forecast.snapshot import DOCUMENTS, STATUSES

__all__ = ["Service", "Settings", "fingerprint"]

LOG = logging.getLogger("api")
MANIFEST: Final = "manifest.json"
ROUTES: Final = (
    "matrix", "series", "explain", "observations", "trades", "regions", "groups", "measures", "indicators",
    "parameters", "sources", "events", "scenarios", "cards", "snapshots", "tables", "codelists", "drafts",
    "outlook", "succession", "courses", "config", "page", "health", "metrics", "other",
)  # fmt: skip
RETRY_AFTER: Final = {"Retry-After": "30"}


class Service:
    """Keeps the release in force and follows the pointer of the snapshot directory.

    Args:
        settings: Where the snapshots are and how often to look.
        fingerprint: Version of code and templates, part of every ETag.
    """

    def __init__(self, settings: Settings, fingerprint: str) -> None:
        self.settings = settings
        self.fingerprint = fingerprint
        self.cache = AnswerCache(settings.cache_megabytes << 20)
        self.metrics = Metrics(ROUTES, settings.metrics_folder)
        self.fields: dict[tuple[object, ...], Headers] = {}
        self.at_end: list[Callable[[], None]] = []
        self.ahead: list[Callable[[], Awaitable[object]]] = []
        self._store: SnapshotStore | None = None
        self._release: Release | None = None
        self._error: str | None = None
        self._looking = threading.Lock()
        self._modified: dict[str, bytes] = {}
        self._draft: ContextVar[Release | None] = ContextVar("draft", default=None)

    @property
    def release(self) -> Release:
        """The release in force; a request takes it once and never twice.

        Raises:
            Problem: 503 as long as there is none.
        """
        release = self._draft.get() or self._release
        if release is None:
            raise Problem(NOT_READY, headers=RETRY_AFTER)
        return release

    @property
    def release_id(self) -> str:
        """The id of the published release in force; empty as long as there is none."""
        return self._release.id if self._release is not None else ""

    @property
    def draft(self) -> bool:
        """Whether the running request answers from a draft: nothing of it may be kept."""
        return self._draft.get() is not None

    @contextmanager
    def answering_from(self, draft: Release) -> Iterator[None]:
        """Let the running request, and no other, answer from a draft."""
        token = self._draft.set(draft)
        try:
            yield
        finally:
            self._draft.reset(token)

    def last_modified(self, release: Release) -> bytes:
        """Return when a release was written, as an HTTP date; informs only."""
        known = self._modified.get(release.id)
        if known is None:
            try:
                written = (release.snapshot.path / MANIFEST).stat().st_mtime
            except OSError:
                written = time.time()
            known = formatdate(written, usegmt=True).encode("ascii")
            self._modified = {release.id: known}
        return known

    @property
    def last_error(self) -> str | None:
        """Why a newer release was refused, in one German sentence without paths; None if all is well."""
        return self._error

    def look(self, *, force: bool = False) -> bool:
        """Look for a newer release and put it in force; a broken one leaves the old one in place.

        Args:
            force: Look again even at what was refused.

        Returns:
            Whether another release is in force now. Blocks on disk: call it outside the event loop.
        """
        with self._looking:
            return self._look(force)

    def _look(self, force: bool) -> bool:
        refused = None
        try:
            if self._store is None:
                self._store = SnapshotStore(self.settings.snapshot_root, clock=time.monotonic, interval=0.0)
            else:
                self._store.refresh(force=force)
            refused = self._store.last_error
            changed = self._take(self._store)
        except OperationError as error:
            if self._store is not None:
                self._release = None  # withdrawn: what is on disk is not what was published
            self._report(error.what, error)
            return False
        except (KeyError, TypeError, ValueError, IndexError) as error:
            self._report("Der Katalog des neuen Standes ist unvollständig.", error)
            return False
        if refused:
            self._report(refused.what, refused)
        elif (narrow := self._narrow(self._store)) is not None:
            self._report(narrow.what, narrow)
        else:
            self._clear()
        return changed

    def _narrow(self, store: SnapshotStore) -> OperationError | None:
        """Return what to tell operators if another release like this one would not fit on the disk."""
        needed = sum(int(entry["size"]) for entry in store.current.manifest["files"].values())
        try:
            free = shutil.disk_usage(self.settings.snapshot_root).free
        except OSError:
            return None  # the look at the pointer has said so already
        if free >= needed:
            return None
        return OperationError(
            "Auf dem Datenträger der Stände ist kein Platz für einen weiteren Stand.",
            where=str(self.settings.snapshot_root),
            expected=f"mindestens {needed} freie Bytes; es sind {free}",
            remedy="Platz schaffen, zum Beispiel alte Stände löschen; der jetzige wird weiter ausgeliefert.",
        )

    def _take(self, store: SnapshotStore) -> bool:
        """Build the indexes beside the old release, then change over in one assignment."""
        snapshot = store.current
        if self._release is not None and self._release.id == snapshot.id:
            return False
        for name in DOCUMENTS:
            snapshot.documents[name]  # parse now, not in the first request
        release = Release(snapshot)
        release.check()
        if self._release is not None:
            self.metrics.add("snapshot_swaps_total")
        self._release = release
        if (snapshot.status == STATUSES.index("suppressed")).any():
            # answers of earlier releases may show what this one withholds
            self.cache = AnswerCache(self.settings.cache_megabytes << 20)
        LOG.info("Stand %s ist in Kraft.", release.id)
        return True

    def _report(self, sentence: str, error: Exception) -> None:
        if self._error != sentence:
            self.metrics.add("snapshot_failures_total")
            LOG.warning("%s", error)
        self._error = sentence

    def _clear(self) -> None:
        self._error = None

    async def prepare(self) -> None:
        """Do what the first reader of a release would wait for; a failure is left to that reader."""
        for make in self.ahead:
            try:
                await make()
            except Exception as error:  # noqa: BLE001  (nobody waits for it: the page itself will say what is wrong)
                LOG.warning("Eine Vorbereitung ist gescheitert: %s: %s", type(error).__name__, error)

    async def follow(self) -> None:
        """Prepare the release in force, then look again and again until cancelled."""
        await self.prepare()
        while self.settings.refresh_seconds > 0:
            await asyncio.sleep(self.settings.refresh_seconds)
            try:
                if await asyncio.to_thread(self.look):
                    await self.prepare()
            except Exception:  # the old release must go on being served whatever a new one contains
                LOG.exception("Der Blick auf einen neueren Stand ist gescheitert.")


def fingerprint(package: Path) -> str:
    """Return a hash over the code, templates and catalogues of the service: another version, another ETag.

    Args:
        package: Directory of the package.
    """
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*")):
        if path.suffix in {".py", ".html", ".css", ".js", ".svg", ".po", ".typ"}:
            digest.update(path.relative_to(package).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
