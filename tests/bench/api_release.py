"""A synthetic release of any size, for tempo and memory only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from forecast.snapshot import STATISTICS, STATUSES, Axes, SnapshotContent, write_snapshot

LAST_YEAR: Final = 2035
BASE_YEAR: Final = 2025
GROUPS: Final = ("metal", "electro", "shk", "vehicle", "other")
_CORE: Final = ("demand", "supply", "gap")
_SPREAD: Final = (0.0, -0.5, 0.5, -1.0, 1.0, -1.5, 1.5)  # statistics around the value, in tenths of it


@dataclass(frozen=True, slots=True)
class Size:
    """How large a synthetic release is."""

    regions: int
    trades: int
    measures: int
    years: int

    @property
    def values(self) -> int:
        """Number of figures, ranges counted."""
        return self.regions * self.trades * self.measures * self.years * len(STATISTICS)


FIFTY_MILLION: Final = Size(400, 330, 4, 14)
HUNDRED_MILLION: Final = Size(400, 330, 8, 14)
SMALL: Final = Size(12, 330, 4, 14)
LESS: Final = Size(4, 12, 3, 12)


def write_synthetic(root: Path, size: Size, shift: int = 0) -> str:
    """Publish a synthetic release below a root and return its id."""
    axes = Axes(
        tuple(f"R-{number:03d}" for number in range(size.regions)),
        tuple(f"S-{number:03d}" for number in range(size.trades)),
        (*_CORE, *(f"extra_{number}" for number in range(len(_CORE), size.measures))),
        tuple(range(LAST_YEAR - size.years + 1, LAST_YEAR + 1)),
    )
    shape = axes.shape[:-1]
    base = np.arange(np.prod(shape), dtype=np.uint32).reshape(shape) % 997 + 10 + shift
    cube = np.empty(axes.shape, dtype=np.float32)
    for at, tenths in enumerate(_SPREAD):
        cube[..., at] = np.rint(base * (1 + tenths / 10))
    cube[:, :, 2] = cube[:, :, 0] - cube[:, :, 1]
    order = np.argsort(np.asarray(_SPREAD), kind="stable")
    cube[:, :, 2] = np.sort(cube[:, :, 2], axis=-1)[..., np.argsort(order, kind="stable")]
    status = np.where(
        np.asarray(axes.years) > BASE_YEAR, STATUSES.index("forecast"), STATUSES.index("estimated")
    )
    codes = np.broadcast_to(status.astype(np.uint8), shape)
    zeros = np.zeros(shape, dtype=np.uint8)
    content = SnapshotContent(
        axes, cube, np.ascontiguousarray(codes), zeros + 2, zeros.astype(np.uint16),
        {"catalogue": _catalogue(axes), "derivations": {}, "observations": _NO_ROWS, "training_plan": {}}, {},
        {"as_of": "2025-10-31", "title": "synthetisch", "scenario": "base", "shift": shift},
    )  # fmt: skip
    return write_snapshot(root, content)


_NO_ROWS: Final = {
    "columns": ["indicator", "trade", "region", "year", "age", "value", "unit", "status", "published",
                "source", "note"],
    "rows": [],
}  # fmt: skip


def _catalogue(axes: Axes) -> dict[str, Any]:
    dates = {"valid_from": "1998-01-01", "valid_to": None, "kind": "judgement", "source": "own", "note": ""}
    trades = [
        {"code": code, "name_de": f"Synthetisches Gewerk {code}", "name_en": f"Synthetic trade {code}",
         "group": GROUPS[at % len(GROUPS)], "sector": "craft", "hwo_annex": "A", "hwo_number": code[2:],
         "training_years": 3.0, "training_occupations": [], "occupation_groups": [], **dates}
        for at, code in enumerate(axes.trades)
    ]  # fmt: skip
    regions = [
        {"code": code, "name_de": f"Region {code}", "name_en": f"Region {code}", "level": "kreis",
         "parents": [], "official_key": code[2:], **dates}
        for code in axes.regions
    ]  # fmt: skip
    measures = [
        {"code": code, "name_de": code, "name_en": code, "unit": "persons", "kind": "stock",
         "role": "model", "definition": code, "definition_en": code}
        for code in axes.measures
    ]  # fmt: skip
    return {
        "as_of": "2025-10-31", "base_year": BASE_YEAR, "scenario": "base", "default_region": axes.regions[0],
        "default_year": LAST_YEAR, "horizon": LAST_YEAR,
        "groups": [{"code": code, "name_de": code, "name_en": code} for code in GROUPS],
        "trades": trades, "regions": regions, "measures": measures, "indicators": [], "parameters": [],
        "sources": [{"id": "own", "publisher": "synthetisch", "title": "synthetisch", "url": "", "terms": "",
                     "attribution": "synthetisch", "retrieved": "2025-10-31"}],
        "events": [], "scenarios": [{"name": "base", "name_de": "Basis", "name_en": "Base", "reason": "",
                                     "overrides": []}],
        "notes": [{"de": "", "en": ""}], "items": [], "cards": [],
    }  # fmt: skip
