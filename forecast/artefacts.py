"""Store what was fitted so that it can be trusted when it is loaded again.

An artefact is a folder ``<root>/<quantity>/<run id>`` with its files and ``manifest.json`` (name, size and
SHA-256 of each). Loading verifies the manifest before a single byte is unpickled. The run id is the hash of
the files' names and contents: the same content has the same id, and no clock is involved.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import joblib

from forecast.errors import OperationError

MANIFEST: Final = "manifest.json"
OBJECT: Final = "fitted.joblib"
ID_DIGITS: Final = 16
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


def run_id(files: Mapping[str, bytes]) -> str:
    """Return the content address of a set of files.

    Example:
        >>> run_id({"a": b"1"}) == run_id({"a": b"1"}) != run_id({"a": b"2"})
        True
    """
    return hashlib.sha256(_manifest(files)).hexdigest()[:ID_DIGITS]


def save_folder(root: Path, quantity: str, files: Mapping[str, bytes]) -> Path:
    """Write files and manifest as one folder; complete or not at all.

    Args:
        root: Usually ``models``.
        quantity: What was fitted or tested; names the folder.
        files: Relative name → content.

    Returns:
        ``<root>/<quantity>/<run id>``; an identical folder that is already there is verified and kept.

    Raises:
        OperationError: A name is unsafe or the disk refuses.
    """
    for name in (quantity, *files):
        if not _NAME.fullmatch(name) or name == MANIFEST:
            raise OperationError(
                "Ein Dateiname ist nicht erlaubt.", where=name, expected="Buchstaben, Ziffern, . _ -"
            )
    target = root / quantity / run_id(files)
    if target.exists():
        read_folder(target)
        return target
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".tmp-", dir=target.parent))
        temporary.chmod(0o755)
        for name, content in (*files.items(), (MANIFEST, _manifest(files))):
            _write(temporary / name, content)
        _sync(temporary)
        temporary.rename(target)
        _sync(target.parent)
    except OSError as error:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        if target.exists():  # another process was faster with the same content
            read_folder(target)
            return target
        raise OperationError(
            "Ein Modell konnte nicht abgelegt werden.",
            where=f"{target}: {error.strerror}",
            remedy="Freien Platz und Rechte prüfen.",
        ) from error
    return target


def read_folder(folder: Path) -> dict[str, bytes]:
    """Return the verified files of an artefact.

    Args:
        folder: ``<root>/<quantity>/<run id>``.

    Returns:
        Name → content.

    Raises:
        OperationError: A file is missing, added, a link, or not the bytes that were written.
    """
    try:
        raw = (folder / MANIFEST).read_bytes()
        listed = json.loads(raw)["files"]
        present = {entry.name for entry in folder.iterdir()} - {MANIFEST}
        if hashlib.sha256(raw).hexdigest()[:ID_DIGITS] != folder.name:
            raise _tampered(folder, "manifest.json passt nicht zur Kennung des Ordners")
        if present != set(listed):
            raise _tampered(folder, f"Dateien {', '.join(sorted(present ^ set(listed)))}")
        files = {}
        for name in sorted(listed):
            path = folder / name
            content = b"" if path.is_symlink() else path.read_bytes()
            if hashlib.sha256(content).hexdigest() != listed[name]["sha256"]:
                raise _tampered(folder, name)
            files[name] = content
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _tampered(folder, str(error)) from error
    return files


def save_object(root: Path, quantity: str, fitted: Any, card: Mapping[str, bytes]) -> Path:  # noqa: ANN401
    """Store a fitted object with its card.

    Args:
        root: Usually ``models``.
        quantity: Names the folder.
        fitted: Anything joblib can store.
        card: Further files, for example ``card.yaml`` and ``CARD.md``.

    Returns:
        The folder.
    """
    buffer = io.BytesIO()
    joblib.dump(fitted, buffer)
    return save_folder(root, quantity, {**card, OBJECT: buffer.getvalue()})


def load_object(folder: Path) -> Any:  # noqa: ANN401
    """Load a fitted object; nothing is unpickled before every file has been verified.

    Raises:
        OperationError: The folder was changed or holds no fitted object.
    """
    files = read_folder(folder)
    if OBJECT not in files:
        raise _tampered(folder, f"{OBJECT} fehlt")
    # exactly the bytes that were verified are unpickled, not the file read a second time
    return joblib.load(io.BytesIO(files[OBJECT]))


def _manifest(files: Mapping[str, bytes]) -> bytes:
    listed = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
        for name, content in files.items()
    }
    return (json.dumps({"files": listed}, sort_keys=True, separators=(",", ":")) + "\n").encode("utf-8")


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _tampered(folder: Path, what: str) -> OperationError:
    return OperationError(
        "Ein abgelegtes Modell ist beschädigt oder verändert und wird nicht geladen.",
        where=f"{folder}: {what}",
        expected="die Dateien, wie sie abgelegt wurden",
        remedy="Ordner löschen und neu schätzen (fachkraeftematrix train).",
    )
