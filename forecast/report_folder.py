"""A report in a folder the user named: all of its files or none, and nothing of anybody else overwritten."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path

from forecast.errors import InputError, OperationError
from forecast.storage import disk_error, no_hook, sync_directory, temporary_name


def require_report_folder(folder: Path, names: Collection[str]) -> None:
    """Refuse a folder a report cannot be written to, before anything is computed.

    Args:
        folder: Where the report is to go.
        names: Names of the files of a report; a folder may hold these and no others.

    Raises:
        InputError: It is a file, holds something else than a report, or its parent does not exist.
        OperationError: The parent cannot be written to.
    """
    where = str(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError("Die Ausgabe ist kein Ordner.", where=where, expected="ein Ordner")
    if folder.is_symlink():
        raise InputError("Die Ausgabe ist ein Verweis.", where=where, expected="ein gewöhnlicher Ordner")
    foreign = sorted({entry.name for entry in folder.iterdir()} - set(names)) if folder.is_dir() else []
    if foreign:
        raise InputError(
            "Im Ordner der Ausgabe liegt etwas anderes als ein Bericht.",
            where=where,
            expected="ein leerer oder neuer Ordner oder ein früherer Bericht",
            remedy="Einen anderen Ordner angeben.",
            rows=foreign,
        )
    if not folder.absolute().parent.is_dir():
        raise InputError(
            "Den Ordner, in dem der Bericht liegen soll, gibt es nicht.",
            where=str(folder.parent),
            remedy="Ordner anlegen oder einen anderen Pfad wählen.",
        )
    if not os.access(folder.absolute().parent, os.W_OK):
        raise OperationError(
            "In den Ordner der Ausgabe darf nicht geschrieben werden.",
            where=str(folder.parent),
            remedy="Rechte prüfen oder einen anderen Ordner wählen.",
        )


def write_report_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a report beside its place and move it there in one step.

    Args:
        folder: Where the report goes; an earlier report there is replaced.
        files: Relative name → content.

    Raises:
        InputError: See `require_report_folder`.
        OperationError: The disk refuses; an earlier report is then still there.
    """
    require_report_folder(folder, files)
    target = folder.absolute()
    temporary = target.parent / temporary_name("-report")
    aside = target.parent / temporary_name("-earlier")
    try:
        temporary.mkdir()
        for name, content in files.items():
            with (temporary / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        if target.is_dir():
            target.rename(aside)
        try:
            temporary.rename(target)
        except OSError:
            if aside.exists():
                aside.rename(target)
            raise
        sync_directory(target.parent, no_hook, name="report")
    except OSError as error:
        raise disk_error(target, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if target.is_dir():
            shutil.rmtree(aside, ignore_errors=True)
