"""Raw files: bytes as they were published, beside a sidecar that says what they are, bound by a checksum."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from forecast.domain.indicators import end_of_period
from forecast.errors import DefinitionError, InputError, OperationError
from forecast.sources.documents import Document, read_yaml

SIDECAR = ".meta.yaml"
_FOLDER = re.compile(r"[a-z0-9][a-z0-9._-]*")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(frozen=True, slots=True)
class RawMeta:
    """The sidecar: what the file is, where it came from, on which terms, and its checksum.

    Args:
        published: Day, month or year of publication as text; what was public when is decided by the
            publication lag of the indicator, so «unbekannt» is allowed here.
        retrieved: Day or month of retrieval as ISO text.
        sha256: Checksum of the bytes in hexadecimal.
        rows: Records without the header.
    """

    publisher: str
    title: str
    edition: str
    published: str
    retrieved: str
    url: str
    licence: str
    attribution: str
    sha256: str
    rows: int
    notes: str


@dataclass(frozen=True, slots=True)
class RawFile:
    """A verified file: its place, its bytes and its sidecar."""

    path: Path
    content: bytes
    meta: RawMeta


def read_raw(path: Path) -> RawFile:
    """Read a raw file and verify it against its sidecar.

    Raises:
        InputError: The file or its sidecar is missing, the sidecar is incomplete, or the checksum differs.
    """
    sidecar = path.with_name(path.name + SIDECAR)
    for needed in (path, sidecar):
        if not needed.is_file():
            raise InputError(
                "Eine Rohdatei oder ihre Begleitdatei fehlt.",
                where=_shown(needed),
                expected=f"{path.name} und {path.name}{SIDECAR} nebeneinander",
                remedy="Datei mit «fachkraeftematrix import» übernehmen.",
            )
    content = path.read_bytes()
    try:
        meta = meta_from(read_yaml(sidecar, _shown(sidecar)))
    except DefinitionError as error:
        raise InputError(
            error.what, where=error.where, expected=error.expected, remedy=error.remedy
        ) from error
    if hashlib.sha256(content).hexdigest() != meta.sha256:
        raise InputError(
            "Die Rohdatei wurde verändert: ihre Prüfsumme stimmt nicht mit der Begleitdatei überein.",
            where=_shown(path),
            expected=f"sha256 {meta.sha256}",
            remedy="Ursprüngliche Datei wiederherstellen; eine neue Fassung als eigene Ausgabe übernehmen.",
        )
    return RawFile(path, content, meta)


def list_raw(root: Path) -> tuple[Path, ...]:
    """Return all raw CSV files below a folder, sorted; an empty tuple if the folder does not exist.

    Raises:
        InputError: A sidecar stands alone: the file it describes is missing.
    """
    files = tuple(sorted(path for path in root.rglob("*.csv") if path.is_file()))
    described = {path.with_name(path.name.removesuffix(SIDECAR)) for path in root.rglob("*" + SIDECAR)}
    if lost := sorted(described - set(files)):
        raise InputError(
            f"Die Rohdatei «{lost[0].name}» fehlt, ihre Begleitdatei ist da.",
            where=str(lost[0]),
            expected="Datei und Begleitdatei nebeneinander",
            remedy="Die Datei aus der Sicherung oder der Versionsverwaltung zurückholen.",
            rows=[str(path) for path in lost],
        )
    return files


def import_raw(file: Path, meta: Mapping[str, Any], root: Path) -> Path:
    """Copy a file unchanged to <root>/<publisher>/<edition>/ and write its sidecar, each in one step.

    Args:
        file: The file as it was received.
        meta: Fields of the sidecar; `sha256` and `rows` are computed.
        root: The folder data/raw.

    Returns:
        Where the file now lies. The same content a second time changes nothing.

    Raises:
        InputError: A field is missing or unknown, or another content lies there already.
        OperationError: The disk refuses.
    """
    if not file.is_file():
        raise InputError("Die Datei zum Übernehmen fehlt.", where=str(file), remedy="Pfad prüfen.")
    content = file.read_bytes()
    computed = {"sha256": hashlib.sha256(content).hexdigest(), "rows": max(content.count(b"\n") - 1, 0)}
    complete = {"notes": ""} | dict(meta) | computed
    try:
        checked = meta_from(Document("Angaben zum Übernehmen", complete, {}))
    except DefinitionError as error:
        raise InputError(
            error.what, where=error.where, expected=error.expected, remedy=error.remedy
        ) from error
    target = root / _folder(checked.publisher) / _folder(checked.edition) / _file(file.name)
    sidecar = target.with_name(target.name + SIDECAR)
    if target.exists() and target.read_bytes() != content:
        raise InputError(
            "Unter diesem Namen liegt schon eine Datei mit anderem Inhalt.",
            where=_shown(target),
            expected="derselbe Inhalt oder ein neuer Name",
            remedy="Andere Ausgabe (edition) angeben oder die Datei umbenennen.",
        )
    if target.exists() and sidecar.exists():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # The sidecar first: after a crash in between there is no data file without its description.
        _write(sidecar, yaml.safe_dump(asdict(checked), allow_unicode=True, sort_keys=False).encode())
        _write(target, content)
    except OSError as error:
        raise OperationError(
            "Die Rohdatei konnte nicht geschrieben werden.",
            where=str(error),
            remedy="Platz und Rechte prüfen.",
        ) from error
    return target


def meta_from(document: Document) -> RawMeta:
    """Check the fields of a sidecar.

    Raises:
        DefinitionError: A field is missing, unknown or not readable.
    """
    names = [item.name for item in fields(RawMeta)]
    data = document.data
    faults = [(name, f"das Feld «{name}» ist unbekannt") for name in data if name not in names]
    faults += [(name, f"das Feld «{name}» fehlt") for name in names if name not in data]
    faults += [
        (name, f"das Feld «{name}» ist leer")
        for name in names
        if name != "notes" and data.get(name) in (None, "")
    ]
    try:
        end_of_period(str(data.get("retrieved")))
    except ValueError:
        faults.append(("retrieved", f"retrieved «{data.get('retrieved')}» ist kein Datum"))
    if not isinstance(data.get("rows"), int) or isinstance(data.get("rows"), bool):
        faults.append(("rows", "rows ist keine ganze Zahl"))
    if not re.fullmatch(r"[0-9a-f]{64}", str(data.get("sha256"))):
        faults.append(("sha256", "sha256 ist keine Prüfsumme"))
    if faults:
        raise DefinitionError(
            f"Die Begleitdatei verletzt ihre Regeln: {faults[0][1]}.",
            where=document.where(faults[0][0]),
            expected=", ".join(names),
            remedy="Begleitdatei berichtigen.",
            rows=[text for _, text in faults],
        )
    texts = {name: str(data[name] if data[name] is not None else "") for name in names if name != "rows"}
    return RawMeta(**texts, rows=data["rows"])


def _write(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        temporary.unlink(missing_ok=True)


def _folder(text: str) -> str:
    slug = re.sub(r"[^a-z0-9._-]+", "-", text.casefold().translate(_SPELLED)).strip("-.")
    if not _FOLDER.fullmatch(slug):
        raise InputError(f"«{text}» ergibt keinen Namen für einen Ordner.", expected="Buchstaben und Ziffern")
    return slug


def _file(name: str) -> str:
    if not _FILE.fullmatch(name):
        raise InputError(
            f"Der Dateiname «{name}» ist nicht erlaubt.",
            expected="Buchstaben ohne Umlaute, Ziffern, Punkt, Strich, Unterstrich",
            remedy="Datei umbenennen.",
        )
    return name


def _shown(path: Path) -> str:
    """Return the end of a path: publisher, edition and file, which is all a reader needs."""
    return "/".join(path.parts[-3:])
