"""Columns as lists of encoded cells: every different text is encoded once, numbers in one go by numpy.

Text that a spreadsheet would run as a formula gets an apostrophe in front; numbers never do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import orjson
from numpy.typing import NDArray

from api.table import Coded, Column, Numbers

Whole = NDArray[np.int64]
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMPY: Final = orjson.OPT_SERIALIZE_NUMPY
_EXACT: Final = 2.0**53
_NOTHING: Final = -(2**60)  # stands for a missing number until it is spelled; no number here is that large
_NOTHING_SPELLED: Final = b"%d" % _NOTHING
_LONG: Final = 64  # rows worth a call of their own


def json_numbers(values: Numbers) -> bytes:
    """Return a JSON array: whole numbers without a decimal point, the shortest spelling, null for NaN.

    Example:
        >>> import numpy as np
        >>> json_numbers(np.array([12.0, 0.1, np.nan, 100.0], np.float32))
        b'[12,0.1,null,100]'
    """
    if (whole := _whole(values)) is not None:
        return _spelled(whole)
    text = orjson.dumps(values, option=_NUMPY).replace(b".0,", b",")
    return text[:-3] + b"]" if text.endswith(b".0]") else text


def json_rows(values: Numbers) -> list[bytes]:
    """Return every row of a table of numbers as `json_numbers` does, all at once if they are whole.

    Example:
        >>> import numpy as np
        >>> json_rows(np.array([[12.0, 5.0], [np.nan, 7.0]], np.float32))
        [b'[12,5]', b'[null,7]']
    """
    whole = _whole(values)
    if whole is None:
        return [json_numbers(row) for row in values]
    if values.shape[1] >= _LONG:
        return [_spelled(row) for row in whole]
    return [b"[%b]" % row for row in _spelled(whole)[2:-2].split(b"],[")]


def _whole(values: Numbers) -> Whole | None:
    """Return numbers that are all whole or missing as integers, None if there are others."""
    missing = None
    wide = values.ravel().astype(np.float64)
    if values.size and wide.dot(wide) < _EXACT:  # then no number is larger; a NaN is not below anything
        whole = values.astype(np.int64)
        if whole.astype(np.float32).tobytes() == values.tobytes():
            return whole
    if not (values.size and np.abs(values).max() < _EXACT):
        missing = np.isnan(values)
        values = np.where(missing, np.float32(0), values)
        if not values.size or np.abs(values).max() >= _EXACT:
            return None
    whole = values.astype(np.int64)
    if not (whole == values).all():
        return None
    if missing is not None:
        whole[missing] = _NOTHING
    return whole


def _spelled(whole: Whole) -> bytes:
    text = orjson.dumps(whole, option=_NUMPY)
    return text.replace(_NOTHING_SPELLED, b"null") if _NOTHING_SPELLED in text else text


def number_tokens(values: Numbers) -> list[bytes]:
    """Return the numbers one by one, ``null`` for NaN."""
    return json_numbers(values)[1:-1].split(b",") if values.size else []


def json_column(column: Column, rows: int) -> bytes:
    """Return a column as a JSON array."""
    if not isinstance(column, Coded):
        return json_numbers(column)
    if column.index is None:
        return b"[" + b",".join([orjson.dumps(column.choices[0])] * rows) + b"]"
    if column.straight:
        return orjson.dumps(column.choices)
    return orjson.dumps(column.values(rows))


def tokens(column: Column, rows: int, encode: Callable[[Any], bytes], missing: bytes) -> list[bytes]:
    """Return every cell of a column encoded.

    Args:
        column: Texts or numbers.
        rows: Length of the column.
        encode: Spells one text, boolean or integer.
        missing: Stands for a number that is not there.
    """
    if not isinstance(column, Coded):
        found = number_tokens(column)
        return found if missing == b"null" else [missing if one == b"null" else one for one in found]
    if column.index is None:
        return [encode(column.choices[0])] * rows
    places = column.index.tolist()
    spelled = {at: encode(column.choices[at]) for at in set(places)}
    return [spelled[at] for at in places]


def guarded(text: str) -> str:
    """Return a text no spreadsheet takes for a formula.

    Source: OWASP, "CSV Injection".

    Example:
        >>> guarded("=1+1"), guarded("Tischler"), guarded(" -x")
        ("'=1+1", 'Tischler', "' -x")
    """
    return f"'{text}" if text.lstrip(" \ufeff").startswith(FORMULA_STARTS) else text
