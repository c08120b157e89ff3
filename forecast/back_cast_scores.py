"""How the back-cast went: coverage and error by quantity, region and years ahead, and in plain sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from forecast.domain.codes import ALL_TRADES
from forecast.statements import percent

#: Years ahead that are shown together: label → first and last.
BANDS: Final = {"1": (1, 1), "2–3": (2, 3), "4–5": (4, 5), "6–8": (6, 8), "9–12": (9, 12)}
EVERY: Final = "alle"
CELLS, SUMS = "cells", "sums"
LEARNED, ALONE = "learned", "alone"
KEYS: Final = ("origins", "scope", "quantity", "region", "ahead")
NAMES: Final = {
    "supply": ("Fachkräfte", "skilled workers"),
    "demand": ("Bedarf", "demand"),
    "employed": ("Beschäftigte (die kleinere Seite)", "employed (the smaller side)"),
    "entrants": ("Eintritte aus Ausbildung", "entrants from training"),
    "gap": ("Lücke", "gap"),
}
#: From how far below 80 of 100 a range is called too narrow, and above which too wide.
_SLACK: Final = 0.05
#: From which mean error to one side a sentence says so.
_BIAS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence in both languages, and whether it is good news."""

    good: bool
    text_de: str
    text_en: str


def score_rows(rows: pd.DataFrame, alone: set[int]) -> pd.DataFrame:
    """Coverage and error of a back-cast.

    Args:
        rows: Rows of `back_cast`.
        alone: Origins that could not learn a net inflow; they are scored apart.

    Returns:
        One row per origins (`learned`, `alone`), scope (`cells`, `sums` over all trades), quantity, region
        and years ahead: n, in_50, in_80, in_95, wape and wape_naive (sum of errors by sum of values; not for
        the gap, which may be zero), mae and mae_naive in persons, bias (mean error by mean value).
    """
    frame = rows.assign(
        origins=np.where(rows["origin"].isin(alone), ALONE, LEARNED),
        scope=np.where(rows["trade"] == ALL_TRADES, SUMS, CELLS),
    )
    found: list[dict[str, Any]] = []
    for label, (first, last) in {**BANDS, EVERY: (1, int(frame["horizon"].max()))}.items():
        part = frame[frame["horizon"].between(first, last)]
        for key, group in part.groupby(list(KEYS[:-1]), sort=True):
            found.append(dict(zip(KEYS, (*key, label), strict=True)) | _score(group, str(key[2])))
    return pd.DataFrame(found)


def _score(group: pd.DataFrame, quantity: str) -> dict[str, Any]:
    both = group[group["naive"].notna()]
    ours, theirs = group["forecast"] - group["truth"], both["naive"] - both["truth"]
    size, paired = group["truth"].abs().sum(), both["truth"].abs().sum()
    relative = quantity != "gap" and size > 0
    fair = (both["forecast"] - both["truth"]).abs() if len(both) else ours.abs()
    base = paired if len(both) else size
    return {
        "n": len(group),
        **{f"in_{promised}": float(group[f"in_{promised}"].mean()) for promised in (50, 80, 95)},
        "wape": float(fair.sum() / base) if relative else np.nan,
        "wape_naive": float(theirs.abs().sum() / paired) if relative and len(both) else np.nan,
        "mae": float(fair.mean()),
        "mae_naive": float(theirs.abs().mean()) if len(both) else np.nan,
        "bias": float(ours.sum() / size) if relative else np.nan,
    }


def findings(scores: pd.DataFrame, regions: dict[str, tuple[str, str]]) -> tuple[Finding, ...]:
    """Say of every quantity, region and scope how the ranges and the errors were.

    Args:
        scores: Result of `score_rows`.
        regions: Region → German and English name.
    """
    chosen = scores[(scores["ahead"] == EVERY) & (scores["origins"] == LEARNED)]
    order = {name: place for place, name in enumerate(NAMES)}
    chosen = chosen.sort_values(
        ["scope", "quantity", "region"], key=lambda c: c.map(order) if c.name == "quantity" else c
    )
    return tuple(_finding(row, regions) for row in chosen.to_dict("records"))


def _finding(row: dict[Any, Any], regions: dict[str, tuple[str, str]]) -> Finding:
    share = float(row["in_80"])
    narrow, wide = share < 0.8 - _SLACK, share > 0.8 + _SLACK
    better = row["mae"] < row["mae_naive"] if np.isfinite(row["mae_naive"]) else None
    name, place = NAMES[row["quantity"]], regions.get(row["region"], (row["region"], row["region"]))
    scope = (
        ("Summe aller Gewerke", "sum of all trades") if row["scope"] == SUMS else ("je Gewerk", "by trade")
    )
    band = (
        "zu schmal" if narrow else "breiter als nötig" if wide else "wie versprochen",
        "too narrow" if narrow else "wider than needed" if wide else "as promised",
    )
    lean = row["bias"]
    leaning = ("", "")
    if np.isfinite(lean) and abs(lean) >= _BIAS:
        side = ("zu hoch", "too high") if lean > 0 else ("zu niedrig", "too low")
        size = percent(abs(lean)), percent(abs(lean), german=False)
        leaning = f" Im Mittel lag das Modell {size[0]} {side[0]}.", f" On average {size[1]} {side[1]}."
    error = _errors(row, better)
    return Finding(
        not narrow and better is not False and not leaning[0],
        f"{name[0]}, {place[0]}, {scope[0]}: in {round(100 * share)} von 100 Fällen im 80-%-Band "
        f"({band[0]}). {error[0]}{leaning[0]}",
        f"{name[1]}, {place[1]}, {scope[1]}: inside the 80 % range in {round(100 * share)} of 100 cases "
        f"({band[1]}). {error[1]}{leaning[1]}",
    )


def _errors(row: dict[Any, Any], better: bool | None) -> tuple[str, str]:
    relative = np.isfinite(row["wape"])
    ours, theirs = (row["wape"], row["wape_naive"]) if relative else (row["mae"], row["mae_naive"])
    shown = [percent(v) if relative else f"{v:.0f} Personen" for v in (ours, theirs)]
    shown_en = [percent(v, german=False) if relative else f"{v:.0f} persons" for v in (ours, theirs)]
    if better is None:
        return f"Mittlerer Fehler {shown[0]}.", f"Mean error {shown_en[0]}."
    word = ("besser", "better") if better else ("nicht besser", "not better")
    return (
        f"Mittlerer Fehler {shown[0]}, beim letzten Wert {shown[1]}: {word[0]}.",
        f"Mean error {shown_en[0]}, last value {shown_en[1]}: {word[1]}.",
    )
