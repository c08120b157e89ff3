"""The error record beside the releases: what earlier ones said and what came, for whoever serves them.

    <root>/error_record/current       text: the hash of the record in force
                       /<hash>.json   columns, rows and card; named by the SHA-256 of its bytes

It cannot be part of a release: an id that depended on earlier releases would no longer be the same for the
same inputs. It is published like one all the same: complete or absent, and read back only if its bytes have
the hash they are named by.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from forecast.errors import OperationError
from forecast.storage import discard, no_hook, read_small, replace_text, step, temporary_name, write_file

FOLDER: Final = "error_record"
POINTER: Final = "current"
MOST_BYTES: Final = 1 << 28
_HASH = re.compile(r"[0-9a-f]{64}\Z")


def write_record_file(root: Path, document: Mapping[str, Any]) -> str:
    """Put a record beside the releases and return its hash; the same record twice changes nothing.

    Args:
        root: Directory of the snapshots.
        document: ``columns``, ``rows`` and ``card``; no NaN.

    Raises:
        OperationError: The disk refuses; the record in force is then as it was.
    """
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, allow_nan=False, separators=(",", ":"))
    data = text.encode() + b"\n"
    identity = hashlib.sha256(data).hexdigest()
    folder = root / FOLDER
    with step("make error record", folder, no_hook):
        folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{identity}.json"
    temporary = folder / temporary_name()
    try:
        write_file(temporary, [data], no_hook, name=path.name)
        with step("rename error record", path, no_hook):
            temporary.replace(path)
    finally:
        discard(temporary)
    replace_text(folder / POINTER, f"{identity}\n", no_hook, name=POINTER)
    return identity


def record_in_force(root: Path) -> str:
    """Return the hash of the record in force; empty as long as none was published.

    Raises:
        OperationError: The pointer is damaged or unreadable.
    """
    pointer = root / FOLDER / POINTER
    if not pointer.exists():
        return ""
    text = read_small(pointer, len("0" * 64) + 1).decode("ascii", "replace").removesuffix("\n")
    if _HASH.match(text) is None:
        raise _broken(pointer, "eine Prüfsumme aus 64 Zeichen 0–9 und a–f")
    return text


def read_record_file(root: Path, identity: str) -> dict[str, Any]:
    """Return a published record after its bytes have been checked.

    Args:
        root: Directory of the snapshots.
        identity: Its hash, from `record_in_force`.

    Raises:
        OperationError: The file is missing, or its bytes are not those it is named by.
    """
    path = root / FOLDER / f"{identity}.json"
    data = read_small(path, MOST_BYTES)
    if hashlib.sha256(data).hexdigest() != identity:
        raise _broken(path, f"die Bytes mit der Prüfsumme {identity[:16]}…")
    document = json.loads(data)
    if not isinstance(document, dict) or not {"columns", "rows", "card"} <= document.keys():
        raise _broken(path, "columns, rows und card")
    return document


def _broken(path: Path, expected: str) -> OperationError:
    return OperationError(
        "Das Fehlerprotokoll neben den Ständen ist beschädigt.",
        where=str(path),
        expected=expected,
        remedy="Neu veröffentlichen: es entsteht aus dem Protokoll neben den Modellen.",
    )
