"""Flat files of GENESIS-Online and the Regionaldatenbank, as they are delivered, as tidy rows.

Both layouts: one value per row with columns in English (since 2025), one column per measure with columns in
German (until 2024). A series is a measure in a unit together with the attributes of all variables.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Final

from forecast.errors import InputError
from forecast.storage import disk_error
from forecast.tables.blocks import UNIT, Block, BlockBuilder
from forecast.tables.states import STATUS

NOUN: Final = "Zeile"
_NEW, _OLD, _TABLE = "statistics_code;", "Statistik_Code;", "GENESIS-Tabelle"
_MARK: Final = b"\xef\xbb\xbf"
_ROWS: Final = 200_000
_FIRST: Final = ("value", "value_unit", "value_variable_code", "value_variable_label")
_NUMBER: Final = re.compile(r"-?\d+(?:[.,]\d+)?")
#: 2024, 2024-06-30, 2023-10P6M, 2023/24 and 31.12.2022: the year, and what stands beside it.
_TIMES: Final = (
    re.compile(r"(?P<year>\d{4})(?P<rest>-\d\d(?:-\d\d)?)?(?:P\d+[YM])?"),
    re.compile(r"(?P<year>\d{4})/(?:\d{4}|\d\d)(?P<rest>)"),
    re.compile(r"(?P<rest>\d\d\.\d\d\.)(?P<year>\d{4})"),
)
#: Signs instead of a number → value and status. Nothing there is a zero; what is kept secret is suppressed.
_SIGNS: Final = {
    "-": ("0", ""), ".": ("", "suppressed"), "*": ("", "suppressed"), "": ("", ""), "x": ("", ""),
    "X": ("", ""), "/": ("", ""), "...": ("", ""), "…": ("", ""),
}  # fmt: skip

Cell = tuple[str, str, str]  # series, unit, text of the value
Reader = Callable[[Sequence[str]], Iterator[Cell]]


def is_genesis(path: Path) -> bool:
    """Tell whether a file begins like a flat file.

    Raises:
        InputError: It is the table of the download button, which is made for reading, not for computing.
        OperationError: The disk refuses.
    """
    try:
        with path.open("rb") as file:
            begins = file.read(64).removeprefix(_MARK).decode("latin-1")
    except OSError as error:
        raise disk_error(path, error) from error
    if begins.lstrip('"').startswith(_TABLE):
        raise InputError(
            "Die Datei ist eine Tabelle von GENESIS zum Ansehen.",
            where=f"{path}, Zeile 1",
            expected="eine Flat-Datei (ffcsv) oder series_id,year,value",
            remedy="In GENESIS-Online oder der Regionaldatenbank «Flat» als Format wählen.",
        )
    return begins.startswith((_NEW, _OLD))


def genesis_blocks(path: Path) -> Generator[Block, None, None]:
    """Read a flat file.

    Args:
        path: UTF-8 or ISO-8859-1, semicolons, decimal comma or point.

    Yields:
        Blocks in the order of the file; faulty rows are in them, not raised.

    Raises:
        InputError: A column is missing, the file is no CSV, or it holds several dates of a year.
        OperationError: The disk refuses.
    """
    rows = csv.reader(io.StringIO(_text(path), newline=""), delimiter=";")
    builder = BlockBuilder(with_unit=True, with_status=True)
    dates: dict[str, int] = {}
    try:
        names = [name.strip() for name in next(rows)]
        read = _new_layout(names) if names[0] == _NEW[:-1] else _old_layout(names)
        time = _place(path, names, "time" if names[0] == _NEW[:-1] else "Zeit")
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < len(names):
                builder.fault(rows.line_num, f"nur {len(cells)} von {len(names)} Spalten")
                continue
            year, rest = _year(cells[time].strip())
            dates.setdefault(rest, rows.line_num)
            for series, unit, text in read(cells):
                _enter(builder, rows.line_num, (series, unit, text), year)
            if len(builder) >= _ROWS:
                yield builder.block()
    except csv.Error as error:
        raise InputError(
            "Die Datei ist kein lesbares CSV.", where=f"{path}, Zeile {rows.line_num}", expected="Semikolons"
        ) from error
    if len(dates) > 1:
        raise _several_dates(path, dates)
    yield builder.block()


def _text(path: Path) -> str:
    try:
        content = path.read_bytes().removeprefix(_MARK)
    except OSError as error:
        raise disk_error(path, error) from error
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")  # the other encoding the offices use


def _year(text: str) -> tuple[str, str]:
    """Return the year of a time and what stands beside it; a time of another form as it stands."""
    for pattern in _TIMES:
        found = pattern.fullmatch(text)
        if found:
            return found["year"], found["rest"] or ""
    return text, ""


def _enter(builder: BlockBuilder, line: int, cell: Cell, year: str) -> None:
    """Enter one value, or note what is wrong with it."""
    series, unit, text = cell
    if text in _SIGNS:
        value, status = _SIGNS[text]
    else:
        value, status = (text.replace(",", ".") if _NUMBER.fullmatch(text) else text), ""
    builder.add(line, (series, year, value), {UNIT: unit, STATUS: status})


def _new_layout(names: Sequence[str]) -> Reader:
    """Return what reads a row with one value."""
    value, unit, code, label = (_place(None, names, name) for name in _FIRST)
    attributes = _attributes(names, "variable", "variable_attribute")

    def read(cells: Sequence[str]) -> Iterator[Cell]:
        kind = cells[unit].strip()
        measure = f"{cells[code].strip()} {cells[label].strip()} [{kind}]"
        yield " | ".join([measure, *_named(cells, attributes)]), kind, cells[value].strip()

    return read


def _old_layout(names: Sequence[str]) -> Reader:
    """Return what reads a row with one column per measure, ``code__name__unit``."""
    attributes = _attributes(names, "Merkmal", "Auspraegung")
    measures = [(place, name.split("__")) for place, name in enumerate(names) if name.count("__") > 1]

    def read(cells: Sequence[str]) -> Iterator[Cell]:
        named = _named(cells, attributes)
        for place, (code, *label, unit) in measures:
            text = " ".join(part.strip("_ ") for part in label)
            kind = unit.strip()
            yield " | ".join([f"{code} {text} [{kind}]", *named]), kind, cells[place].strip()

    return read


def _attributes(names: Sequence[str], variable: str, attribute: str) -> list[tuple[int, int, int]]:
    """Return where the code of every variable stands, and code and label of its attribute."""
    code, label = ("code", "label") if attribute.islower() else ("Code", "Label")
    found = []
    for number in range(1, len(names)):
        columns = [
            f"{number}_{variable}_{code}",
            f"{number}_{attribute}_{code}",
            f"{number}_{attribute}_{label}",
        ]
        if all(column in names for column in columns):
            first, second, third = (names.index(column) for column in columns)
            found.append((first, second, third))
    return found


def _named(cells: Sequence[str], attributes: Sequence[tuple[int, int, int]]) -> list[str]:
    """Return variable and attribute as a text each; a variable that does not apply is left out."""
    said = (" ".join(filter(None, (cells[place].strip() for place in places))) for places in attributes)
    return [text for text in said if text]


def _place(path: Path | None, names: Sequence[str], name: str) -> int:
    if name not in names:
        raise InputError(
            f"Der Flat-Datei fehlt die Spalte {name}.",
            where=str(path) if path else "Zeile 1",
            remedy="Die Datei unverändert übergeben, wie GENESIS sie liefert.",
        )
    return names.index(name)


def _several_dates(path: Path, dates: dict[str, int]) -> InputError:
    shown = [f"{NOUN} {line}: {rest.lstrip('-') or 'das ganze Jahr'}" for rest, line in dates.items()]
    return InputError(
        "Die Datei hält mehrere Zeitpunkte eines Jahres.",
        where=str(path),
        expected="jedes Jahr zum selben Zeitpunkt, zum Beispiel zum 30.06.",
        remedy="In GENESIS nur einen Stichtag je Jahr abrufen oder die übrigen Zeilen löschen.",
        rows=shown,
    )
