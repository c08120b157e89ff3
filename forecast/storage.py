"""Files that are either complete or absent: durable writes, verified reads, failures in plain words.

Nothing here knows what a snapshot is. Every change on disk is one *step* with a name; a callback sees each
step before and after it happens, so that tests can kill the process or let the disk fail at any of them.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from forecast.errors import OperationError

StepHook = Callable[[str], None]
Part = bytes | memoryview

TEMPORARY_PREFIX = "tmp-"
CHUNK_BYTES = 1 << 17  # stays in the processor's cache between reading and hashing
AGAIN = "Danach den Befehl wiederholen; der letzte vollständige Stand bleibt unverändert in Kraft."

# What a read answers when the thing itself is missing or of the wrong kind, as opposed to a passing refusal.
WRONG_KIND = frozenset({errno.ENOENT, errno.ELOOP, errno.ENOTDIR, errno.EINVAL, errno.EISDIR})

_FAILURES: dict[int, tuple[str, str, str]] = {
    errno.ENOSPC: ("Der Datenträger ist voll.", "genügend freier Platz", "Platz schaffen."),
    errno.EDQUOT: ("Das Speicherkontingent ist erschöpft.", "genügend freier Platz", "Platz schaffen."),
    errno.EFBIG: ("Die Datei überschreitet die erlaubte Größe.", "keine Größengrenze", "Grenze anheben."),
    errno.EACCES: ("Die Berechtigung fehlt.", "Lese- und Schreibrecht", "Rechte des Verzeichnisses prüfen."),
    errno.EPERM: ("Die Berechtigung fehlt.", "Lese- und Schreibrecht", "Rechte des Verzeichnisses prüfen."),
    errno.EROFS: ("Der Datenträger ist schreibgeschützt.", "ein beschreibbarer Ort", "Anderen Ort wählen."),
    errno.EIO: (
        "Der Datenträger meldet einen Ein-/Ausgabefehler.",
        "ein heiler Datenträger",
        "Prüfen lassen.",
    ),
    errno.EMFILE: ("Zu viele Dateien sind offen.", "freie Dateideskriptoren", "Grenze (ulimit -n) anheben."),
    errno.ENFILE: ("Zu viele Dateien sind offen.", "freie Dateideskriptoren", "Andere Programme beenden."),
    errno.ENOENT: ("Datei oder Verzeichnis fehlt.", "ein vorhandener Pfad", "Pfad prüfen."),
    errno.ELOOP: ("Der Pfad ist ein symbolischer Verweis.", "eine gewöhnliche Datei", "Verweis entfernen."),
    errno.ENOTDIR: ("Ein Teil des Pfades ist kein Verzeichnis.", "ein Verzeichnis", "Pfad prüfen."),
}


def no_hook(step: str) -> None:
    """Watch a step and do nothing: the hook used outside tests."""


def disk_error(path: Path, error: OSError) -> OperationError:
    """Say in German what the disk refused.

    Args:
        path: The file or directory that was touched.
        error: What the operating system answered.

    Example:
        >>> print(disk_error(Path("current"), OSError(errno.EROFS, "read-only")).what)
        Der Datenträger ist schreibgeschützt.
    """
    unknown = (f"Das Dateisystem meldet: {error.strerror or error}.", "ein lesbarer Pfad", "Pfad prüfen.")
    what, expected, remedy = _FAILURES.get(error.errno or 0, unknown)
    return OperationError(what, where=str(path), expected=expected, remedy=f"{remedy} {AGAIN}")


@contextmanager
def step(name: str, path: Path, on_step: StepHook) -> Iterator[None]:
    """Announce a step before and after it and turn a refusal of the disk into an OperationError.

    Args:
        name: Name of the step as the hook sees it, for example ``write cube.npy``.
        path: The file or directory the step touches.
        on_step: Called with ``before <name>`` and ``after <name>``; its OSError counts as the disk's.

    Raises:
        OperationError: If the body or the hook raises an OSError.
    """
    try:
        on_step(f"before {name}")
        yield
        on_step(f"after {name}")
    except OSError as error:
        raise disk_error(path, error) from error


def temporary_name(suffix: str = "") -> str:
    """Return a name no other process uses; `sweep` recognises it by its prefix."""
    return f"{TEMPORARY_PREFIX}{os.getpid()}-{secrets.token_hex(8)}{suffix}"


def write_file(path: Path, parts: Sequence[Part], on_step: StepHook, *, name: str) -> None:
    """Write a new read-only file and push it through to the disk.

    Args:
        path: Must not exist yet.
        parts: Buffers written one after the other.
        on_step: Hook for the steps ``write <name>`` and ``sync <name>``.
        name: What the steps are called.

    Raises:
        OperationError: If the disk refuses.
    """
    with step(f"write {name}", path, on_step):
        # Read-only from birth: a published file that is truncated under a running server would kill it.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o444)
        with os.fdopen(descriptor, "wb") as file:
            for part in parts:
                file.write(part)
            file.flush()
            with step(f"sync {name}", path, on_step):
                os.fsync(file.fileno())


def make_directory(path: Path, on_step: StepHook, *, name: str) -> None:
    """Create one new directory; raise OperationError if the disk refuses."""
    with step(f"make {name}", path, on_step):
        path.mkdir()


def sync_directory(path: Path, on_step: StepHook, *, name: str) -> None:
    """Push the entries of a directory through to the disk; raise OperationError if it refuses."""
    with step(f"sync {name}", path, on_step):
        if os.name == "nt":
            return
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def replace_text(path: Path, text: str, on_step: StepHook, *, name: str) -> None:
    """Replace a small text file in one atomic move: readers see the old text or the new one.

    Raises:
        OperationError: If the disk refuses; the old text then still stands and no temporary file is left.
    """
    temporary = path.with_name(temporary_name(f"-{path.name}"))
    try:
        write_file(temporary, [text.encode("ascii")], on_step, name=name)
        with step(f"replace {name}", path, on_step):
            os.replace(temporary, path)
    finally:
        discard(temporary)
    sync_directory(path.parent, on_step, name=f"directory of {name}")


def discard(path: Path) -> None:
    """Remove a directory tree, a file or a link as far as the disk allows, and never complain."""
    with suppress(OSError):
        path.unlink()
        return
    shutil.rmtree(path, ignore_errors=True)


def sweep(root: Path, now: float, max_age_seconds: float) -> tuple[str, ...]:
    """Remove what killed publishers left behind.

    A leftover is renamed before it is deleted: a publisher that is merely slow then fails at its own rename
    instead of publishing a directory that is being emptied.

    Args:
        root: Directory of the snapshots.
        now: Seconds since the epoch, from the caller's clock.
        max_age_seconds: Younger leftovers stay, they may belong to a running publisher.

    Returns:
        The names removed, sorted.
    """
    removed = []
    for entry in sorted(root.glob(f"{TEMPORARY_PREFIX}*")):
        doomed = root / temporary_name("-swept")
        try:
            if now - entry.lstat().st_mtime < max_age_seconds:
                continue
            os.rename(entry, doomed)
        except OSError:  # another sweep or the publisher itself was faster
            continue
        discard(doomed)
        removed.append(entry.name)
    return tuple(removed)


def _open_plain(path: Path) -> int:
    """Open a regular file without following a link; a pipe must not hang the reader."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "keine gewöhnliche Datei")
    return descriptor


def read_small(path: Path, limit: int) -> bytes:
    """Read a regular file of at most `limit` bytes; one byte more is returned if it is longer.

    Raises:
        OperationError: If it is missing, a link, no regular file or unreadable.
    """
    with step("read", path, no_hook):
        descriptor = _open_plain(path)
        with os.fdopen(descriptor, "rb") as file:
            return file.read(limit + 1)


def map_verified(path: Path, size: int, sha256: str) -> mmap.mmap | bytes:
    """Map a file read-only after its size and hash have been checked on the very same open file.

    The map stays readable when the file is deleted and is shared by all processes that map it.

    Raises:
        OperationError: If the file is missing, a link, unreadable, or not the bytes promised.
    """
    with step("read", path, no_hook):
        descriptor = _open_plain(path)
        try:
            digest = hashlib.sha256()
            if os.fstat(descriptor).st_size == size:
                while chunk := os.read(descriptor, CHUNK_BYTES):
                    digest.update(chunk)
                if digest.hexdigest() == sha256:
                    return mmap.mmap(descriptor, size, access=mmap.ACCESS_READ) if size else b""
        finally:
            os.close(descriptor)
    raise OperationError(
        "Eine Datei des Standes ist beschädigt oder unvollständig.",
        where=str(path),
        expected=f"{size} Bytes mit SHA-256 {sha256[:16]}…",
        remedy="Einen früheren Stand einsetzen oder neu veröffentlichen.",
    )
