"""Groups of trades as rows of the matrix: which there are, and whom each of them holds.

Group rows stand on the axis of trades, behind the trades, with codes of their own, and in a list of the
catalogue of their own: no list of trades and no sum over trades counts anyone twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from forecast.catalogue import GROUPS
from forecast.domain.codes import Trade

PREFIX: Final = "GRP-"
#: What stands for a single trade where rows are told apart.
SINGLE: Final = ""
CRAFT: Final = "craft"
INDUSTRY: Final = "industry"


def group_code(name: str) -> str:
    """Code of a group row.

    Example:
        >>> group_code("metal")
        'GRP-METAL'
    """
    return f"{PREFIX}{name.upper()}"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group row.

    Args:
        code: Code on the axis of trades.
        name_de: German name.
        name_en: English name.
        group: Group of trades, empty for all.
        sector: Craft or industry, empty for both.
    """

    code: str
    name_de: str
    name_en: str
    group: str
    sector: str

    def holds(self, trade: Trade) -> bool:
        """Return whether a trade is one of the row's."""
        return self.group in ("", trade.group) and self.sector in ("", trade.sector)


#: Rows in the order of display.
GROUP_ROWS: Final = (
    *(GroupRow(group_code(code), f"Gruppe {de}", f"Group {en}", code, "") for code, de, en in GROUPS),
    GroupRow(
        group_code(CRAFT),
        "Handwerksberufe zusammen, mit ihrem Teil in der Industrie",
        "Craft occupations together, with their part in industry",
        "",
        CRAFT,
    ),
    GroupRow(
        group_code(INDUSTRY), "Industrieberufe zusammen", "Industrial occupations together", "", INDUSTRY
    ),
    GroupRow(
        group_code("all"), "Handwerk und Industrieberufe zusammen", "Crafts and industry together", "", ""
    ),
)
GROUP_CODES: Final = tuple(row.code for row in GROUP_ROWS)


def row_above(trade: Trade) -> GroupRow:
    """Row a reader of a trade is sent to: its group; from a group row, crafts and industry together."""
    known = {row.code: row for row in GROUP_ROWS}
    return known[group_code("all")] if trade.code in known else known[group_code(trade.group)]


def group_entries(trades: Iterable[Trade]) -> list[dict[str, Any]]:
    """Group rows for the catalogue: kind ``group``, with the trades on the axis that each holds.

    Args:
        trades: Trades on the axis.
    """
    known = list(trades)
    return [
        {
            "code": row.code, "name_de": row.name_de, "name_en": row.name_en, "kind": "group",
            "group": row.group, "sector": row.sector,
            "members": [trade.code for trade in known if row.holds(trade)],
        }
        for row in GROUP_ROWS
    ]  # fmt: skip
