"""Strict reading of the files a person edits under data/: YAML and CSV, every complaint with its line."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeAlias

import yaml

from forecast.errors import DefinitionError

Place = tuple[str | int, ...]
Loader: TypeAlias = "yaml.SafeLoader | yaml.CSafeLoader"
#: libyaml reads the definitions in a seventh of the time; without it the loader written in Python does.
_QUICK: Final[type[Loader]] = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader

#: Part of the message of the library, and what it means; the first that fits is said.
YAML_FAULTS: Final = (
    ("'\\t'", "ein Tabulator steht am Zeilenanfang; eingerückt wird mit Leerzeichen"),
    (
        "mapping values are not allowed",
        "ein Doppelpunkt steht, wo keiner hingehört; Text mit «: » in Anführungszeichen",
    ),
    ("could not find expected ':'", "nach einem Feldnamen fehlt der Doppelpunkt"),
    ("<block end>", "die Einrückung passt nicht zur Zeile darüber"),
    ("expected ',' or ']'", "eine eckige Klammer wird nicht geschlossen, oder ein Komma fehlt"),
    ("expected ',' or '}'", "eine geschweifte Klammer wird nicht geschlossen, oder ein Komma fehlt"),
    ("end of stream", "die Datei endet mitten in einer Angabe; Klammer oder Anführungszeichen fehlt"),
    ("<stream end>", "die Datei endet mitten in einer Angabe; Klammer oder Anführungszeichen fehlt"),
    ("undefined alias", "«*» am Anfang eines Wertes gehört in Anführungszeichen"),
    ("expected alphabetic or numeric", "«*» oder «&» am Anfang eines Wertes gehört in Anführungszeichen"),
    ("special characters are not allowed", "die Datei enthält ein Steuerzeichen"),
    ("cannot start any token", "ein Zeichen wie @ oder ` am Anfang eines Wertes gehört in Anführungszeichen"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """The content of a YAML file and the line on which each part of it begins."""

    file: str
    data: dict[str, Any]
    lines: Mapping[Place, int]

    def where(self, *place: str | int) -> str:
        """Return file and line of a part, or of the nearest part around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.file}, Zeile {self.lines.get(place, 1)}"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a CSV file with the line on which it begins."""

    file: str
    line: int
    cells: Mapping[str, str]

    @property
    def where(self) -> str:
        """File and line for messages."""
        return f"{self.file}, Zeile {self.line}"


@dataclass(slots=True)
class Complaints:
    """Collects what is wrong in many files, so that a user sees all of it at once."""

    found: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, where: str, what: str, expected: str = "") -> None:
        """Note one fault with its place."""
        self.found.append((where, what, expected))

    def raise_any(self) -> None:
        """Raise one error for everything noted; do nothing if nothing was.

        Raises:
            DefinitionError: At least one fault was noted.
        """
        if not self.found:
            return
        where, what, expected = self.found[0]
        count = f" (und {len(self.found) - 1} weitere Fehler)" if len(self.found) > 1 else ""
        raise DefinitionError(
            f"Eine Definition unter data/ verletzt ihre Regeln: {what.removesuffix('.')}{count}.",
            where=where,
            expected=expected,
            remedy="Datei an der genannten Stelle berichtigen.",
            rows=[f"{place}: {text}" for place, text, _ in self.found] if len(self.found) > 1 else (),
        )


def read_text(path: Path, shown: str) -> str:
    """Return the text of a file.

    Raises:
        DefinitionError: The file is missing or not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DefinitionError(
            "Die Datei ist nicht in UTF-8 geschrieben.",
            where=f"{shown}, Byte {error.start}",
            expected="UTF-8",
            remedy="Datei als UTF-8 speichern.",
        ) from error
    except OSError as error:
        raise DefinitionError(
            "Eine Datei unter data/ fehlt oder ist nicht lesbar.",
            where=shown,
            remedy="Datei wiederherstellen.",
        ) from error


def read_yaml(path: Path, shown: str) -> Document:
    """Read one YAML mapping; a key that stands twice is an error.

    Args:
        path: The file.
        shown: Its name in messages.

    Raises:
        DefinitionError: The file is no valid YAML, no mapping, or repeats a key.
    """
    text = read_text(path, shown)
    try:
        data, lines = _loaded(text, _QUICK, shown)
    except yaml.YAMLError:
        data, lines = _explained(text, shown)
    if not isinstance(data, dict):
        raise DefinitionError(
            "Die Datei enthält keine Felder.", where=shown, expected="Zeilen der Form «feld: wert»"
        )
    return Document(shown, data, lines)


def _in_german(problem: str) -> str:
    """What the reader of YAML complains about, in the words of somebody who has to mend it."""
    return next(
        (words for part, words in YAML_FAULTS if part in problem), "die Schreibweise passt hier nicht"
    )


def _explained(text: str, shown: str) -> tuple[Any, dict[Place, int]]:
    """Read a text with the loader whose complaints are the same on every machine."""
    try:
        return _loaded(text, yaml.SafeLoader, shown)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise DefinitionError(
            f"Die Datei ist kein gültiges YAML: {_in_german(str(getattr(error, 'problem', None) or error))}.",
            where=f"{shown}, Zeile {mark.line + 1}" if mark else shown,
            expected="YAML",
            remedy="Schreibweise berichtigen (Einrückung, Anführungszeichen, Doppelpunkt).",
        ) from error


def _loaded(text: str, kind: type[Loader], shown: str) -> tuple[Any, dict[Place, int]]:
    """Return the content of a YAML text and the line of each of its parts."""
    loader = kind(text)
    lines: dict[Place, int] = {}
    try:
        node = loader.get_single_node()
        return None if node is None else _build(node, (), lines, loader, shown), lines
    finally:
        loader.dispose()


def _build(node: yaml.Node, place: Place, lines: dict[Place, int], loader: Loader, shown: str) -> Any:  # noqa: ANN401
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*place, at), lines, loader, shown) for at, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    result: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        if key in result:
            raise DefinitionError(
                f"Das Feld «{key}» steht doppelt.",
                where=f"{shown}, Zeile {key_node.start_mark.line + 1}",
                expected="jedes Feld höchstens einmal",
                remedy="Eine der beiden Angaben streichen.",
            )
        lines[(*place, key)] = key_node.start_mark.line + 1
        result[key] = _build(value_node, (*place, key), lines, loader, shown)
    return result


def read_table(
    path: Path, shown: str, columns: Sequence[str] | None = None, optional: Sequence[str] = ()
) -> list[Row]:
    """Read one CSV table (UTF-8, comma, header); every cell stays text, without spaces around it.

    Args:
        path: The file.
        shown: Its name in messages.
        columns: The columns it must have, in any order; None accepts any header.
        optional: Those of the columns that may be left out.

    Raises:
        DefinitionError: The header is not as expected or a line has too many or too few cells.
    """
    reader = csv.reader(io.StringIO(read_text(path, shown), newline=""), strict=True)
    complaints = Complaints()
    rows: list[Row] = []
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, f"{shown}, Zeile 1", columns, optional, complaints)
        complaints.raise_any()
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                complaints.add(f"{shown}, Zeile {line}", f"{len(cells)} Zellen", f"{len(header)} Zellen")
            elif cells:
                rows.append(
                    Row(shown, line, dict(zip(header, (cell.strip() for cell in cells), strict=True)))
                )
            line = reader.line_num + 1
    except csv.Error as error:
        complaints.add(f"{shown}, Zeile {reader.line_num}", f"die Zeile ist kein gültiges CSV: {error}")
    complaints.raise_any()
    return rows


def _check_header(
    header: list[str],
    where: str,
    columns: Sequence[str] | None,
    optional: Sequence[str],
    complaints: Complaints,
) -> None:
    expected = ",".join(columns or sorted(set(header)))
    for name in sorted(set(header)):
        if header.count(name) > 1:
            complaints.add(where, f"die Spalte «{name}» steht doppelt", expected)
        if columns is not None and name not in columns:
            complaints.add(where, f"die Spalte «{name}» ist unbekannt", expected)
    for name in columns or ():
        if name not in header and name not in optional:
            complaints.add(where, f"die Spalte «{name}» fehlt", expected)


def as_date(text: object) -> date | None:
    """Return an ISO date, None for an empty cell.

    Raises:
        ValueError: The text is not written YYYY-MM-DD.
    """
    if isinstance(text, date):
        return text
    return date.fromisoformat(str(text)) if text else None
