"""A worksheet whose rows are spelled in one go: writing cell by cell costs four times as much.

Loaded with the first workbook only. `_write_rows` is the one place where the writer turns its cells into XML;
a test reads what comes out with another library.

Source: ECMA-376, part 1, section 18.3.1.4 (c) and 18.3.1.73 (row).
"""

from __future__ import annotations

from typing import Any, Final

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

from api.columns import INFO
from api.formats.tokens import number_tokens
from api.table import Coded, Column, Table

_ROW: Final = b"~"  # stands for the number of the row: no cell holds anything but digits
_EMPTY: Final = b"/>"
_TEXT: Final = b' t="s'
_LONGEST: Final = 32_767


class RowsSheet(Worksheet):  # type: ignore[misc]  # the library carries no types
    """A worksheet to which whole tables can be added below the cells written one by one."""

    def __init__(self) -> None:
        super().__init__()
        self._spelled: list[bytes] = []

    def add_rows(self, table: Table, first: int) -> None:
        """Add the rows of a table.

        Args:
            table: A page of cells.
            first: Row of the first record, counted from 0; rows are added from above to below.
        """
        if not table.rows:
            return
        template, cells = [b'<row r="~">'], []
        for at, (name, column) in enumerate(table.columns().items()):
            template.append(b'<c r="%b~"' % xl_col_to_name(at).encode())
            if isinstance(column, Coded) and column.index is None:
                template.append(self._cell(INFO[name].kind, column.choices[0], table.rows))
            else:
                template.append(b"%b")
                cells.append(self._cells(INFO[name].kind, column))
        line = b"".join((*template, b"</row>"))
        rows = zip(*cells, strict=True) if cells else [()] * table.rows
        self._spelled += [
            (line % row).replace(_ROW, b"%d" % number) for number, row in enumerate(rows, start=first + 1)
        ]
        self._check_dimensions(first + table.rows - 1, len(table.names) - 1)

    def _cells(self, kind: str, column: Column) -> list[bytes]:
        """Return what follows the address of every cell of a column."""
        if not isinstance(column, Coded):
            return [_EMPTY if one == b"null" else b"><v>%b</v></c>" % one for one in number_tokens(column)]
        places = [] if column.index is None else column.index.tolist()
        spelled = {at: self._cell(kind, column.choices[at]) for at in set(places)}
        texts = {at for at, cell in spelled.items() if cell.startswith(_TEXT)}
        self.str_table.count += sum(at in texts for at in places) - len(texts)
        return [spelled[at] for at in places]

    def _cell(self, kind: str, value: Any, times: int = 1) -> bytes:  # noqa: ANN401  (a choice of a column)
        """Return what follows the address of a cell: number, truth value, or place in the table of texts."""
        if value is None or value == "":
            return _EMPTY
        if kind == "boolean":
            return b' t="b"><v>%d</v></c>' % value
        if kind == "integer":
            return b"><v>%d</v></c>" % value
        index = self.str_table._get_shared_string_index(str(value)[:_LONGEST])
        self.str_table.count += times - 1
        return _TEXT + b'"><v>%d</v></c>' % index

    def _write_rows(self) -> None:
        super()._write_rows()
        for row in self._spelled:
            self.fh.write(row.decode("ascii"))
