"""Snapshots that are not published yet, for whoever holds a key with the role `drafts`.

``/api/v1/drafts/<id>/<rest>`` answers like ``/api/v1/<rest>``, but from the draft: every address of the
interface works for a draft without knowing of drafts. Nothing of it is kept in the cache of answers.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

from starlette.types import Scope

from api.caching import HEAD_KEY, QUESTION
from api.problems import NOT_FOUND, Problem
from api.release import Release
from api.security import Guard
from api.settings import Settings
from forecast.errors import OperationError
from forecast.snapshot import DOCUMENTS, list_snapshots, open_snapshot

PREFIX: Final = "/api/v1/drafts"
KEPT: Final = 2
_ADDRESS = re.compile(r"/api/v1/drafts/([0-9a-f]{16})/(.+)\Z")


class Drafts:
    """Opens drafts on demand and keeps the last few.

    Args:
        settings: Where drafts lie.
        guard: Who may see them.
    """

    def __init__(self, settings: Settings, guard: Guard) -> None:
        self._root = settings.drafts
        self._guard = guard
        self._kept: OrderedDict[str, Release] = OrderedDict()

    async def enter(self, scope: Scope) -> Release | None:
        """Return the draft an address names and shorten the address to the part behind it; else None.

        Raises:
            Problem: 401 or 403 without the right key, 404 if there is no such draft.
        """
        found = _ADDRESS.match(scope["path"])
        if found is None:
            return None
        await self._guard.require("drafts", scope[HEAD_KEY], (scope.get("client") or ("",))[0])
        release = await self._open(found[1])
        scope["path"] = f"/api/v1/{found[2]}"
        scope["raw_path"] = scope["path"].encode("utf-8", "surrogatepass")
        scope[QUESTION] = None
        return release

    async def _open(self, identity: str) -> Release:
        kept = self._kept.get(identity)
        if kept is not None:
            self._kept.move_to_end(identity)
            return kept
        if self._root is None:
            raise Problem(NOT_FOUND)
        try:
            release = await asyncio.to_thread(_opened, self._root, identity)
        except (OperationError, KeyError, TypeError, ValueError):
            raise Problem(NOT_FOUND) from None
        self._kept[identity] = release
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return release

    async def listed(self) -> list[dict[str, Any]]:
        """Return id and facts of every draft."""
        if self._root is None:
            return []
        found = await asyncio.to_thread(list_snapshots, self._root)
        return [{"id": one.id, **one.meta, "links": {"matrix": f"{PREFIX}/{one.id}/matrix"}} for one in found]


def _opened(root: Path, identity: str) -> Release:
    snapshot = open_snapshot(root, identity)
    for name in DOCUMENTS:
        snapshot.documents[name]  # parse here, not in the event loop
    release = Release(snapshot)
    release.check()
    return release
