"""Excel workbook: data with frozen header and filters, sums, native charts, notes with sources.

Codes are text cells, numbers are numbers, missing numbers are empty. Same release, same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from api import language
from api.columns import INFO
from api.formats.xlsx_sums import ABOUT, SHEET, sums
from api.language import Lang, Text
from api.records import meta
from api.table import Table

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

    from api.formats.xlsx_rows import RowsSheet

DATA: Final = Text("Daten", "Data")
NOTES: Final = Text("Hinweise", "Notes")
_WIDTHS: Final = {"text": 22, "integer": 8, "boolean": 11, "number": 11, "time": 21}


def xlsx(table: Table, title: str, address: str) -> bytes:
    """Return a selection as a workbook.

    Args:
        table: A whole selection.
        title: Name of the table.
        address: Where the same numbers come from, for the notes.
    """
    return workbook([table], title, address)


def workbook(tables: Sequence[Table], title: str, address: str) -> bytes:
    """Return pages of one selection as one workbook, one below the other.

    Args:
        tables: Pages with the same columns; at least one.
        title: Name of the table.
        address: Where the same numbers come from.
    """
    from xlsxwriter.workbook import Workbook  # loaded on the first workbook, not with the service

    from api.formats.xlsx_chart import add_charts
    from api.formats.xlsx_rows import RowsSheet

    target = io.BytesIO()
    table = tables[0]
    lang = table.lang
    about = meta(table.release, lang)
    book = Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                             "strings_to_numbers": False})  # fmt: skip
    made = datetime.fromisoformat(f"{about['as_of']}T00:00:00")  # not the clock: same release, same bytes
    book.set_properties({"title": title, "subject": about["snapshot_id"], "created": made,
                         "comments": "; ".join(about["attribution"])})  # fmt: skip
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    _rows(book.add_worksheet(DATA.of(lang), worksheet_class=RowsSheet), tables, bold)
    added = sums(table) if len(tables) == 1 else None
    if added is not None:
        _rows(book.add_worksheet(SHEET.of(lang), worksheet_class=RowsSheet), [added], bold)
    add_charts(book, table, bold)
    more = [] if added is None else [(SHEET.of(lang), ABOUT.of(lang))]
    _notes(book, notes(table, title, address, more), lang, bold)
    book.close()
    return target.getvalue()


def _rows(sheet: RowsSheet, tables: Sequence[Table], bold: Format) -> None:
    """Fill a sheet with pages of one selection below a header."""
    _head(sheet, tables[0], bold)
    first = 1
    for page in tables:
        sheet.add_rows(page, first)
        first += page.rows
    sheet.autofilter(0, 0, max(first - 1, 1), len(tables[0].names) - 1)


def _head(sheet: Worksheet, table: Table, bold: Format) -> None:
    """Write the header; it stays in sight and filters all rows."""
    for at, name in enumerate(table.names):
        sheet.write_string(0, at, name, bold)
        sheet.set_column(at, at, _WIDTHS[INFO[name].kind])
    sheet.freeze_panes(1, 0)


def _notes(book: Workbook, lines: Sequence[tuple[str, str]], lang: Lang, bold: Format) -> None:
    """Say what a reader needs who got only this file."""
    sheet = book.add_worksheet(NOTES.of(lang))
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 110)
    for row, (head, text) in enumerate(lines):
        sheet.write_string(row, 0, head, bold if not text else None)
        sheet.write_string(row, 1, text)


def notes(
    table: Table, title: str, address: str, more: Sequence[tuple[str, str]] = ()
) -> list[tuple[str, str]]:
    """Return the lines of the notes: what, which release, further sheets, sources, definitions, columns."""
    lang, release = table.lang, table.release
    about = meta(release, lang)

    def word(de: str, en: str) -> str:
        return Text(de, en).of(lang)

    lines = [
        (word("Tabelle", "Table"), title),
        (word("Stand (snapshot_id)", "Release (snapshot_id)"), about["snapshot_id"]),
        (word("Datenstand", "As of"), about["as_of"]),
        (word("Szenario", "Scenario"), release.label("scenarios", about["scenario"], lang)),
        (word("Abruf", "Address"), address),
        (word("Vorzeichen", "Sign"), about["sign_convention"]),
        (word("Bandbreite", "Ranges"), about["ranges"]),
        (word("Fehlende Zahlen", "Missing numbers"),
         word("Leere Zelle; der Grund steht in «status», niemals 0.",
              "Empty cell; the reason is in “status”, never 0.")),
        *more,
        (word("Quellen", "Sources"), ""),
        *((entry["id"], _source(entry)) for entry in release.used_sources()),
        (word("Messgrößen", "Measures"), ""),
        *(_definition(table, code) for code in table.selection.measures),
        (word("Spalten", "Columns"), ""),
        *((name, INFO[name].meaning.of(lang)) for name in table.names),
    ]  # fmt: skip
    return [(str(head), str(text)) for head, text in lines]


def _source(entry: Any) -> str:  # noqa: ANN401  (an entry of the catalogue)
    parts = (entry.get(key) for key in ("attribution", "publisher", "title", "terms", "url"))
    return " – ".join(dict.fromkeys(str(part) for part in parts if part))


def _definition(table: Table, code: str) -> tuple[str, str]:
    entry = table.release.entries["measures"][code]
    lang = table.lang
    text = entry.get("definition_en") if lang == "en" else entry.get("definition")
    return code, f"{language.label(entry, lang)} ({entry['unit']}): {text or ''}"
