"""Which parameters of a selection may stand together, and which columns they mean, in any release."""

from __future__ import annotations

from typing import Final

from api.columns import ALL_COLUMNS, LONG_COLUMNS, RANGE_LEVELS, columns_of
from api.language import Text
from api.problems import Fault
from api.query import Values, invalid
from api.selection_fields import LABELS, LAYOUTS, PAGED, SHAPES

_EXCLUDING: Final = frozenset({"layout", "shape", "columns", "labels", "quantiles", "limit", "cursor"})


def refuse_contradictions(values: Values, form: str) -> None:
    """Refuse parameters that exclude each other or mean nothing in a format.

    Raises:
        Problem: 422 naming each of them.
    """
    if not _EXCLUDING & values.keys():
        return
    layout, shape = values.get("layout", LAYOUTS)[0], values.get("shape", SHAPES)[0]
    fixed = form in {"json-stat", "sdmx-csv", "plotly"}
    rules = (
        ("shape", shape == "array" and form != "json", "gilt nur für JSON", "applies to JSON only"),
        ("layout", layout == "columns" and form != "json", "gilt nur für JSON", "applies to JSON only"),
        ("shape", shape == "array" and layout == "columns", "array verlangt Zeilen", "array needs rows"),
        ("layout", layout != "records" and fixed, f"{form} hat eine feste Form", f"{form} has a fixed form"),
        ("columns", "columns" in values and fixed, f"{form} hat eine feste Form", f"{form} has a fixed form"),
        (
            "labels",
            "labels" in values and "columns" in values,
            "columns nennt schon die Spalten",
            "columns names the columns already",
        ),
        (
            "quantiles",
            "quantiles" in values and "columns" in values and layout != "long",
            "columns nennt schon die Spalten",
            "columns names the columns already",
        ),
        (
            "quantiles",
            "none" in values.get("quantiles", ()) and len(values["quantiles"]) > 1,
            "none steht allein",
            "none stands alone",
        ),
        (
            "limit",
            "limit" in values and form not in PAGED,
            f"{form} kommt in einem Stück",
            f"{form} comes in one piece",
        ),
        (
            "cursor",
            "cursor" in values and form not in PAGED,
            f"{form} kommt in einem Stück",
            f"{form} comes in one piece",
        ),
    )
    faults = [
        Fault(
            name, Text(f"Widerspruch bei «{name}»: {de}.", f"Contradiction at “{name}”: {en}."), Text(de, en)
        )
        for name, wrong, de, en in rules
        if wrong
    ]
    if faults:
        raise invalid(faults)


def columns_asked(values: Values, more: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the columns a query means.

    Args:
        values: Checked values of the query string.
        more: Columns of this resource alone.

    Raises:
        Problem: 422 naming one that does not exist.
    """
    long = values.get("layout", LAYOUTS)[0] == "long"
    if "columns" not in values:
        levels = values.get("quantiles", RANGE_LEVELS)
        return columns_of(values.get("labels", LABELS)[0], levels, long=long, more=more)
    known = (*(LONG_COLUMNS if long else ALL_COLUMNS), *more)
    unknown = [name for name in values["columns"] if name != "*" and name not in known]
    if unknown:
        listed = ", ".join(known)
        detail = Text(f"Die Spalte «{unknown[0]}» gibt es nicht.", f"There is no column “{unknown[0]}”.")
        raise invalid([Fault("columns", detail, Text(f"aus: {listed}", f"of: {listed}"))])
    return known if "*" in values["columns"] else values["columns"]
