"""Heads of table rows, tagged as what they are: `TH` with the scope «row», named by the cells they stand for.

Typst tags the heads of columns. For those of rows it has `pdf.header-cell`, behind a switch its Python
package does not offer; so the structure tree of the finished file is completed here. Only dictionaries of
structure elements change; pictures, fonts and what is seen stay as they were set.

Source: ISO 32000-1:2008, 7.5.4 (cross-reference table) and 14.8.5.7 (attributes of tables);
ISO 14289-1:2014, 7.5 (tables).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

_ENTRY: Final = re.compile(rb"(\d{10}) \d{5} n\r\n")
_XREF: Final = re.compile(rb"xref\n0 (\d+)\n0000000000 65535 f\r\n")
_START: Final = re.compile(rb"startxref\n(\d+)\n%%EOF\s*\Z")
_TYPE: Final = re.compile(rb"<</Type/StructElem/S/(\w+)")
_KIDS: Final = re.compile(rb"/K\[(.*)\]", re.DOTALL)
_LEAF: Final = re.compile(rb"<<.*?>>", re.DOTALL)
_REFERENCE: Final = re.compile(rb"(\d+) 0 R")
_HEADERS: Final = re.compile(rb"/Headers\[(.*?)\]")
_NAMES: Final = re.compile(rb"/IDTree<</Names\[(.*?)\]", re.DOTALL)


class StructureError(ValueError):
    """The file is not built as Typst builds it."""


class _File:
    """The objects of a file by number, in the order in which they stand."""

    def __init__(self, body: bytes) -> None:
        start = _START.search(body)
        table = _XREF.match(body, int(start[1])) if start else None
        if start is None or table is None:
            raise StructureError("no cross-reference table")
        places = [int(entry[1]) for entry in _ENTRY.finditer(body, table.end())]
        if len(places) != int(table[1]) - 1:
            raise StructureError("objects that are not in use")
        self._before = body[: min(places)]
        self._after = body[table.end() + len(places) * len("0000000000 00000 n\r\n") : start.start()]
        self._order = sorted(range(1, len(places) + 1), key=lambda number: places[number - 1])
        ends = sorted([*places, table.start()])[1:]
        self.objects = {
            number: body[places[number - 1] : end] for number, end in zip(self._order, ends, strict=True)
        }

    def kids(self, number: int) -> list[int]:
        """Return the structure elements right below an object."""
        found = _KIDS.search(self.objects[number])
        return [int(one) for one in _REFERENCE.findall(_LEAF.sub(b"", found[1]))] if found else []

    def kind(self, number: int) -> bytes:
        """Return the type of a structure element; nothing for another object."""
        found = _TYPE.search(self.objects[number])
        return found[1] if found else b""

    def below(self, number: int, kind: bytes) -> Iterator[int]:
        """Yield the structure elements of a type below one, in reading order, not those within each other."""
        for one in self.kids(number):
            if self.kind(one) == kind:
                yield one
            else:
                yield from self.below(one, kind)

    def written(self) -> bytes:
        """Return the file with its objects at the places they have now."""
        places: dict[int, int] = {}
        parts, size = [self._before], len(self._before)
        for number in self._order:
            places[number] = size
            parts.append(self.objects[number])
            size += len(self.objects[number])
        entries = [b"%010d 00000 n\r\n" % places[number] for number in sorted(places)]
        head = b"xref\n0 %d\n0000000000 65535 f\r\n" % (len(places) + 1)
        return b"".join([*parts, head, *entries, self._after, b"startxref\n%d\n%%%%EOF" % size])


def with_row_heads(body: bytes, blocks: list[dict[str, Any]]) -> bytes:
    """Return a file whose rows have heads where the rows of the page have them.

    Args:
        body: A tagged PDF as Typst writes it.
        blocks: The page it was set from; its tables stand in the file in the same order.

    Raises:
        StructureError: If tables or rows of the file are not those of the page.
    """
    file = _File(body)
    root = next((number for number, one in file.objects.items() if b"/Type/StructTreeRoot" in one), None)
    if root is None:
        raise StructureError("no structure tree")
    tables = [one for one in blocks if one["kind"] == "table" and one["columns"]]
    set_tables = list(file.below(root, b"Table"))
    if len(set_tables) != len(tables):
        raise StructureError(f"{len(set_tables)} tables set, {len(tables)} on the page")
    names: list[bytes] = []
    for number, table in zip(set_tables, tables, strict=True):
        rows = [row for row in table["rows"] if row["role"] != "group"]
        set_rows = [row for row in file.below(number, b"TR") if _is_body(file, row)]
        if len(set_rows) != len(rows):
            raise StructureError(f"{len(set_rows)} rows set, {len(rows)} on the page")
        for place, row in zip(set_rows, rows, strict=True):
            if row["cells"] and row["cells"][0]["head"]:
                names.append(_head_of(file, place, len(names)))
    file.objects[root] = _with_names(file.objects[root], names)
    return file.written()


def _is_body(file: _File, row: int) -> bool:
    """Tell a row with figures from one that is a head."""
    cells = file.kids(row)
    return bool(cells) and all(file.kind(cell) == b"TD" for cell in cells)


def _head_of(file: _File, row: int, count: int) -> bytes:
    """Make the first cell of a row its head, named by the others; return its entry among the names."""
    name = b"(r%06d)" % count  # sorts behind the names Typst gives to heads of columns
    head, *others = file.kids(row)
    changed = file.objects[head].replace(b"/S/TD/", b"/S/TH/ID" + name + b"/", 1)
    file.objects[head] = _attributed(changed, b"/Scope/Row", b"")
    for cell in others:
        file.objects[cell] = _attributed(file.objects[cell], b"", name)
    return name + b"%d 0 R" % head


def _attributed(one: bytes, scope: bytes, name: bytes) -> bytes:
    """Return a cell with a scope, and with one more head it belongs to."""
    found = _HEADERS.search(one)
    headers = b"/Headers[" + (found[1] if found else b"") + name + b"]"
    if found:
        return one[: found.start()] + scope + headers + one[found.end() :]
    if b"/O/Table" in one:
        return one.replace(b"/O/Table", b"/O/Table" + scope + headers, 1)
    return one.replace(b"/K[", b"/A[<</O/Table" + scope + headers + b">>]/K[", 1)


def _with_names(root: bytes, names: list[bytes]) -> bytes:
    """Return the root of the structure tree with the heads of rows among its names."""
    if not names:
        return root
    found = _NAMES.search(root)
    if found is None:
        return root.replace(b"/K[", b"/IDTree<</Names[" + b"".join(names) + b"]>>/K[", 1)
    return root[: found.end(1)] + b"".join(names) + root[found.end(1) :]
