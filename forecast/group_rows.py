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
CRAFT: Final = "craft"


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group row.

    Args:
        code: Code on the axis of trades.
        name_de: German name.
        name_en: English name.
        group: Group of trades, empty for all.
        crafts_only: Whether only trades of the crafts code count, no industrial occupations.
    """

    code: str
    name_de: str
    name_en: str
    group: str
    crafts_only: bool

    def holds(self, trade: Trade) -> bool:
        """Return whether a trade is one of the row's."""
        return self.group in ("", trade.group) and (not self.crafts_only or trade.sector == CRAFT)


#: Rows in the order of display.
GROUP_ROWS: Final = (
    *(
        GroupRow(f"{PREFIX}{code.upper()}", f"Gruppe {de}", f"Group {en}", code, crafts_only=False)
        for code, de, en in GROUPS
    ),
    GroupRow(f"{PREFIX}{CRAFT.upper()}", "Handwerk zusammen", "Crafts together", "", crafts_only=True),
)
GROUP_CODES: Final = tuple(row.code for row in GROUP_ROWS)


def group_entries(trades: Iterable[Trade]) -> list[dict[str, Any]]:
    """Group rows for the catalogue: kind ``group``, with the trades on the axis that each holds.

    Args:
        trades: Trades on the axis.
    """
    known = list(trades)
    return [
        {
            "code": row.code, "name_de": row.name_de, "name_en": row.name_en, "kind": "group",
            "group": row.group, "sector": CRAFT if row.crafts_only else "",
            "members": [trade.code for trade in known if row.holds(trade)],
        }
        for row in GROUP_ROWS
    ]  # fmt: skip
