"""CSV, plain (comma, decimal point) and as German Excel opens it (semicolon, decimal comma, byte-order mark).

Column names, codes and null handling are the same in both. Source: RFC 4180.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.formats.tokens import guarded, tokens
from api.table import Coded, Table


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a CSV is spelled.

    Args:
        separator: Between cells.
        decimal: Decimal mark.
        head: Before the first line.
    """

    separator: bytes
    decimal: bytes
    head: bytes = b""


PLAIN: Final = Dialect(b",", b".")
GERMAN: Final = Dialect(b";", b",", b"\xef\xbb\xbf")
DIALECTS: Final = {"csv": PLAIN, "csv-de": GERMAN}


def cell(value: Any, separator: bytes = b",") -> bytes:  # noqa: ANN401  (a text, an integer or a boolean)
    """Return one text cell, guarded against formulas and quoted where needed; nothing for None.

    Example:
        >>> cell("Heizung, Klima"), cell("=1+1"), cell(True), cell(None), cell("12051")
        (b'"Heizung, Klima"', b"'=1+1", b'true', b'', b'12051')
    """
    if value is None:
        return b""
    if isinstance(value, bool):
        return b"true" if value else b"false"
    text = guarded(str(value)).encode()
    if separator in text or b'"' in text or b"\n" in text or b"\r" in text:
        return b'"' + text.replace(b'"', b'""') + b'"'
    return text


def csv(table: Table, dialect: Dialect = PLAIN, *, header: bool = True) -> bytes:
    """Return the rows of a table with a header line.

    Args:
        table: A page of cells.
        dialect: Plain or German.
        header: Whether the first line names the columns.
    """
    cells = []
    for column in table.columns().values():
        spelled = tokens(column, table.rows, lambda value: cell(value, dialect.separator), b"")
        if not isinstance(column, Coded) and dialect.decimal != b".":
            spelled = [number.replace(b".", dialect.decimal) for number in spelled]
        cells.append(spelled)
    lines = [dialect.separator.join(row) for row in zip(*cells, strict=True)]
    first = [dialect.separator.join(name.encode() for name in table.names)] if header else []
    return (dialect.head if header else b"") + b"".join(line + b"\r\n" for line in (*first, *lines))


def plain_rows(lines: Iterable[Sequence[Any]], dialect: Dialect = PLAIN) -> bytes:
    """Return rows of texts and numbers: numbers stay numbers, texts are guarded and quoted.

    Example:
        >>> plain_rows([["code", "value"], ["A-24", 2.5]], GERMAN).decode("utf-8-sig").split()
        ['code;value', 'A-24;2,5']
    """

    def spelled(value: Any) -> bytes:  # noqa: ANN401  (any JSON value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value).encode().replace(b".", dialect.decimal)
        return cell(value, dialect.separator)

    return dialect.head + b"".join(dialect.separator.join(map(spelled, line)) + b"\r\n" for line in lines)
