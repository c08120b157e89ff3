"""The sums a page shows below its trades, for a sheet of their own: among the data they would count twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from api.language import Text
from api.listed import beside
from api.table import Table

SHEET: Final = Text("Summen", "Sums")
ABOUT: Final = Text(
    "Gruppen von Gewerken und alle Gewerke zusammen. Ihre Gewerke stehen im Blatt «Daten» und sind hier "
    "schon gezählt. Jede Summe hat ihre eigene Bandbreite: Bandbreiten lassen sich nicht addieren.",
    "Groups of trades and all trades together. Their trades are in the sheet “Data” and already counted "
    "here. Every sum has a range of its own: ranges must not be added.",
)


def sums(table: Table) -> Table | None:
    """Return the rows of the release that are sums of the trades of a table; None where there are none.

    A sum belongs to a table that holds every one of its trades that exists in those years, and more than one.

    Args:
        table: A whole selection.
    """
    chosen, release = table.selection, table.release
    if chosen.kept is not None or table.cells != chosen.total:
        return None
    shown, valid = set(chosen.trades), set(release.trades_valid_in(*chosen.years))
    rows = []
    for code, entry in beside(release.entries["trades"]).items():
        members = valid.intersection(entry.get("members", ()))
        if not entry.get("sector") and len(members) > 1 and members <= shown:
            rows.append(code)
    found = Table(release, replace(chosen, trades=tuple(rows)).whole())
    return found if np.isfinite(found.statistics()[:, 0]).any() else None
