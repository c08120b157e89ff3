"""Questions that were asked, by id, beside the snapshots: every worker can answer an address once shared.

Only what was asked is kept, codes and numbers of at most a few kilobytes, never the answer. A file appears
whole or not at all; when there are too many, the oldest go.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections import OrderedDict
from pathlib import Path
from typing import Any, Final

import orjson

from api.bodies import parsed
from api.problems import Problem

LOG = logging.getLogger("api")
FOLDER: Final = "questions"
MOST_FILES: Final = 10_000
LOOK_EVERY: Final = 200
REMEMBERED: Final = 500
MOST_BYTES: Final = 256 << 10


class QuestionStore:
    """Keeps questions on disk and the last ones in memory, should the disk refuse.

    Args:
        root: Directory of the snapshots.
        most: Most files to keep.
    """

    def __init__(self, root: Path, most: int = MOST_FILES) -> None:
        self._folder = root / FOLDER
        self._most = most
        self._memory: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._written = 0

    def put(self, identity: str, document: dict[str, Any]) -> None:
        """Keep a question. Blocks on disk: call it outside the event loop."""
        self._memory[identity] = document
        while len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)
        path = self._folder / f"{identity}.json"
        part = self._folder / f"tmp-{os.getpid()}-{identity}"
        try:
            if path.exists():
                os.utime(path)
                return
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(orjson.dumps(document))
            os.replace(part, path)
        except OSError as error:
            LOG.warning("Eine Frage ließ sich nicht aufbewahren: %s", error.strerror)
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            return
        if self._written % LOOK_EVERY == 0:
            self._sweep()
        self._written += 1

    def get(self, identity: str) -> dict[str, Any] | None:
        """Return a question, or None. Blocks on disk: call it outside the event loop.

        Args:
            identity: Checked by `api.questions.is_id`: it becomes a part of a path.
        """
        if identity in self._memory:
            return self._memory[identity]
        path = self._folder / f"{identity}.json"
        try:
            if path.is_symlink() or path.stat().st_size > MOST_BYTES:
                return None
            return parsed(path.read_bytes())
        except (OSError, Problem):
            return None

    def _sweep(self) -> None:
        try:
            files = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime)
            for path in files[: max(0, len(files) - self._most)]:
                path.unlink(missing_ok=True)
        except OSError:  # another worker tidies up as well
            return
