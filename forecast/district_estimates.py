"""How a district was divided from the rest of the Land, as a reader can follow it."""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.district_split import OTHERS, STAFF, DistrictSplit, expit


def split_estimates(split: DistrictSplit | None, region: str, trade: str) -> list[dict[str, Any]]:
    """Shares of a divided district and what they rest on; nothing for a region that was not divided.

    Args:
        split: The division, None where there is none.
        region: Code of the region.
        trade: Code of the trade.
    """
    if split is None or region not in OTHERS or trade not in split.contracts:
        return []
    first = region == OTHERS[0]
    staff = float(expit(np.array(split.log_odds)))
    contract = split.contracts[trade]
    spread = split.spreads[STAFF]
    found = [
        (
            "Anteil an den Fachkräften des Landes ohne den veröffentlichten Bezirk",
            "Share in the skilled workers of the Land without the published district",
            "staff", staff if first else 1 - staff,
            "Beschäftigte des Handwerks (Anlage A), Handwerkszählung 2014",
            "Employees in the crafts (annex A), craft census 2014",
        ),
        (
            "Streuung dieses Anteils (logarithmierte Chance)",
            "Spread of this share (log odds)",
            "staff_sd", float(np.hypot(spread.shared, spread.own)),
            "Wie weit im veröffentlichten Bezirk die Berufsgruppen von der Handwerkszählung abweichen",
            "How far occupation groups deviate from the craft census in the published district",
        ),
        (
            "Anteil der Kammer Cottbus an den Neuabschlüssen des Landes",
            "Share of the chamber of Cottbus in the new contracts of the Land",
            "contracts", float(np.exp(contract.log_mean)),
            "Handwerkszählung, berichtigt um Zahlen der Kammer nach Beruf; Potsdam erhält den Rest",
            "Craft census, corrected by what the chamber printed by occupation; Potsdam takes what is left",
        ),
    ]  # fmt: skip
    keys = ("label_de", "label_en", "key", "value", "how_de", "how_en")
    return [dict(zip(keys, (*one[:3], round(one[3], 4), *one[4:]), strict=True)) for one in found]
