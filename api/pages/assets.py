"""Style sheets, icon and our own scripts, under names with their hash: they never expire."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent / "static"
PREFIX: Final = "/static"
_HASHED = re.compile(r"[0-9a-f]{12}\.[a-z]+")
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".js": "text/javascript; charset=utf-8",
}


class Assets:
    """All files of the folder in memory.

    Args:
        folder: Where they lie; only the suffixes in TYPES are served.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self._addresses: dict[str, str] = {}
        self._files: dict[str, tuple[bytes, str]] = {}
        for path in sorted(folder.iterdir()):
            if path.suffix in TYPES:
                body = path.read_bytes()
                name = f"{path.stem}.{hashlib.sha256(body).hexdigest()[:12]}{path.suffix}"
                self._addresses[path.name] = f"{PREFIX}/{name}"
                self._files[name] = (body, TYPES[path.suffix])

    def address(self, name: str) -> str:
        """Return the address of a file of the folder; KeyError if it is not there."""
        return self._addresses[name]

    def read(self, hashed: str) -> tuple[bytes, str, bool] | None:
        """Return body, media type and whether the hash is today's; None for a file that does not exist.

        A page from a cache may still name an older hash: it gets today's file rather than none.
        """
        if hashed in self._files:
            return (*self._files[hashed], True)
        stem, _, rest = hashed.partition(".")
        _, _, suffix = rest.rpartition(".")
        current = self._addresses.get(f"{stem}.{suffix}")
        if current is None or _HASHED.fullmatch(rest) is None:
            return None
        return (*self._files[current.removeprefix(f"{PREFIX}/")], False)
