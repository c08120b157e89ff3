"""Releases by address: the one in force, or a kept one that an address names and that never changes."""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from typing import Final

import numpy as np
from fastapi import Request

from api.caching import CHECKED
from api.language import Text
from api.problems import UNKNOWN_CODE, Problem, unknown_code
from api.release import Release
from api.schemas import API
from api.service import Service
from forecast.errors import OperationError
from forecast.snapshot import DOCUMENTS, STATUSES, Snapshot, list_snapshots, open_snapshot

KEPT: Final = 3
_AXES: Final = ("regions", "trades", "measures", "years")
_FIGURES: Final = [STATUSES.index(name) for name in ("observed", "rounded", "provisional", "estimated")]
WITHDRAWN: Final = Text(
    "Dieser Stand zeigt Zahlen, die inzwischen geheim zu halten sind; er wird nicht mehr herausgegeben.",
    "This release shows figures that have to be kept secret by now; it is no longer handed out.",
)
PINNED: Final = f"{API}/snapshots/{{snapshot_id}}"
_ID = re.compile(r"[0-9a-f]{16}\Z")
NOUN: Final = Text("Einen Stand", "release")


def base(request: Request) -> str:
    """Return the address below which a request asks: the interface, or one release of it."""
    identity = request.path_params.get("snapshot_id")
    return API if identity is None else f"{API}/snapshots/{identity}"


class Releases:
    """Opens kept releases on demand, verified like the one in force; the least recently used goes first.

    Args:
        service: The release in force and the directory.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        #: By id and by the release in force, against which a kept one is checked.
        self._opened: OrderedDict[tuple[str, str], Release] = OrderedDict()
        self._lock = asyncio.Lock()

    async def of(self, request: Request) -> Release:
        """Return the release an address names in `snapshot_id`, else the one in force.

        Raises:
            Problem: 404 for an id that is not kept or cannot be verified, 503 without any release.
        """
        identity = request.path_params.get("snapshot_id")
        if identity is None:
            return self._service.release
        request.scope[CHECKED] = self._service.release.id  # before, so that a swap meanwhile is noticed
        return await self.named(str(identity))

    async def named(self, identity: str) -> Release:
        """Return a release by its id.

        Raises:
            Problem: 404 naming similar ids, or for a release that shows what has to be kept secret by now.
        """
        current = self._service.release
        if identity == current.id:
            return current
        key = (identity, current.id)
        found = self._opened.get(key)
        if found is not None:
            self._opened.move_to_end(key)
            return found
        if _ID.match(identity) is None:
            raise unknown_code(NOUN, identity if identity.isalnum() else "?", {})
        async with self._lock:
            if key not in self._opened:
                self._opened[key] = await asyncio.to_thread(self._open, identity, current.snapshot)
            while len(self._opened) > KEPT:
                self._opened.popitem(last=False)
            return self._opened[key]

    def _open(self, identity: str, current: Snapshot) -> Release:
        root = self._service.settings.snapshot_root
        kept = {info.id: str(info.meta.get("as_of", "")) for info in list_snapshots(root)}
        if identity not in kept:
            raise unknown_code(NOUN, identity, kept)
        try:
            snapshot = open_snapshot(root, identity)
            for name in DOCUMENTS:
                snapshot.documents[name]
            release = Release(snapshot)
            release.check()
        except (OperationError, KeyError, TypeError, ValueError, IndexError):
            raise unknown_code(NOUN, identity, {}) from None
        if shows_what_is_withheld(snapshot, current):
            raise Problem(UNKNOWN_CODE, WITHDRAWN)
        return release


def shows_what_is_withheld(kept: Snapshot, current: Snapshot) -> bool:
    """Tell whether a release shows a figure that the release in force keeps secret.

    A forecast of then is no figure: nobody had counted it.

    Args:
        kept: An earlier release.
        current: The release in force.
    """
    figures = np.isin(kept.status, _FIGURES)
    axes = [(getattr(kept.axes, name), getattr(current.axes, name)) for name in _AXES]
    for at in np.argwhere(current.status == STATUSES.index("suppressed")):
        codes = [now[n] for (_, now), n in zip(axes, at, strict=True)]
        if all(code in then for code, (then, _) in zip(codes, axes, strict=True)):
            place = tuple(then.index(code) for code, (then, _) in zip(codes, axes, strict=True))
            if figures[place]:
                return True
    return False
