"""The script that draws charts to explore: plotly.js as the installed package brings it, unchanged.

It is read and compressed when first asked for, and its address holds its hash. Nothing of plotly is imported.
"""

from __future__ import annotations

import gzip
import hashlib
import threading
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from forecast.errors import OperationError

PREFIX: Final = "/static/plotly"
MEDIA_TYPE: Final = "text/javascript; charset=utf-8"
_FILE: Final = ("package_data", "plotly.min.js")
_LEVEL: Final = 6


class Library:
    """The file and its address.

    Args:
        path: Instead of the installed one, for tests.

    Raises:
        OperationError: If the installed package has no such file.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or installed()
        self._lock = threading.Lock()

    @cached_property
    def address(self) -> str:
        """Path below which the script is served; another version, another address."""
        return f"{PREFIX}.{hashlib.sha256(self._path.read_bytes()).hexdigest()[:12]}.js"

    def read(self) -> bytes:
        """Return the script."""
        return self._path.read_bytes()

    def packed(self) -> bytes:
        """Return the script compressed; done once."""
        with self._lock:
            return self._packed

    @cached_property
    def _packed(self) -> bytes:
        return gzip.compress(self.read(), _LEVEL, mtime=0)


def installed() -> Path:
    """Return where the installed plotly keeps its script, without importing it.

    Raises:
        OperationError: If it is not there.
    """
    found = find_spec("plotly")
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder).joinpath(*_FILE)
        if path.is_file():
            return path
    raise OperationError(
        "Das Paket plotly ist nicht vollständig installiert.",
        where="plotly/package_data/plotly.min.js",
        expected="plotly, wie es in pyproject.toml steht",
        remedy="Die Umgebung neu einrichten: make setup.",
    )
