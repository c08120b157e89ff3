"""A release in which everything adds up: three districts to a state, three trades to a group, gaps to items.

One count is secret. Sums and accounts would give it away to the last person.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from forecast.snapshot import STATISTICS, STATUSES, Axes, SnapshotContent
from tests.toy_snapshot import BASE_YEAR, YEARS, toy_content

STATE, DISTRICTS = "BB", ("HWK-FF", "HWK-CB", "HWK-P")
REGIONS = (STATE, *DISTRICTS)
TRADES, GROUP = ("A-13", "A-25", "A-24"), "GRP-SHK"
MEASURES = ("demand", "supply", "gap", "new_contracts", "item_vacancies", "item_job_seekers")
#: What has to be kept secret: region, trade, measure, year; and the number an attacker is after.
SECRET = ("HWK-CB", "A-13", "new_contracts", 2024)
SECRET_GAP = ("HWK-P", "A-25", "demand", 2028)
TRUTH = 2


def numbers(seed: int = 7) -> dict[str, np.ndarray]:
    """Measure → whole numbers [region, trade or group, year]; sums close over both."""
    random = np.random.default_rng(seed)
    shape = (len(DISTRICTS), len(TRADES), len(YEARS))
    found = {
        "new_contracts": random.integers(4, 60, shape),
        "item_vacancies": random.integers(5, 40, shape),
        "item_job_seekers": -random.integers(5, 40, shape),
    }
    place = (DISTRICTS.index(SECRET[0]), TRADES.index(SECRET[1]), YEARS.index(SECRET[3]))
    found["new_contracts"][place] = TRUTH
    workers = random.integers(200, 900, shape)
    found["demand"] = workers + found["item_vacancies"]
    found["supply"] = workers - found["item_job_seekers"]
    found["gap"] = found["demand"] - found["supply"]
    with_state = {name: np.concatenate([v.sum(axis=0, keepdims=True), v]) for name, v in found.items()}
    return {name: np.concatenate([v, v.sum(axis=1, keepdims=True)], axis=1) for name, v in with_state.items()}


def cells(values: np.ndarray, measure: str) -> tuple[np.ndarray, np.ndarray]:
    """Statistics and statuses of one measure: printed contracts have no range, everything else has one."""
    cube = np.full((*values.shape, len(STATISTICS)), np.nan, dtype=np.float32)
    years = np.asarray(YEARS)
    status = np.where(years > BASE_YEAR, STATUSES.index("forecast"), STATUSES.index("estimated"))
    if measure == "new_contracts":
        status = np.where(years > BASE_YEAR, STATUSES.index("forecast"), STATUSES.index("rounded"))
    steps = np.array([0, -1, 1, -2, 2, -3, 3])
    cube[:] = values[..., None] + steps * (1 + np.abs(values[..., None]) // 20)
    if measure not in {"gap", "item_job_seekers"}:
        cube = np.maximum(cube, 0)
    if measure == "new_contracts":
        cube[:, :, years <= BASE_YEAR, 1:] = np.nan
    return cube, np.broadcast_to(status, values.shape).astype(np.uint8)


def secret_content(
    seed: int = 7, *, revised: int = 0, hide: tuple[tuple[Any, ...], ...] = (SECRET, SECRET_GAP)
) -> SnapshotContent:
    """The release as the pipeline would hand it over: secret cells without a value, nothing else withheld.

    Args:
        seed: Of all numbers but the secret one.
        revised: Persons by which one count of another trade was revised, in the year of the secret.
        hide: Cells that are secret.
    """
    toy = toy_content()
    axes = Axes(REGIONS, (*TRADES, GROUP), MEASURES, YEARS, STATISTICS)
    known = numbers(seed)
    if revised:
        year = YEARS.index(SECRET[3])
        for region in (0, REGIONS.index("HWK-CB")):
            for trade in (TRADES.index("A-24"), len(TRADES)):
                known["new_contracts"][region, trade, year] += revised
    parts = [cells(known[name], name) for name in MEASURES]
    cube = np.stack([part[0] for part in parts], axis=2)
    status = np.stack([part[1] for part in parts], axis=2)
    for region, trade, measure, year in hide:
        at = (REGIONS.index(region), axes.trades.index(trade), MEASURES.index(measure), YEARS.index(year))
        cube[at], status[at] = np.nan, STATUSES.index("suppressed")
    grade, note = np.zeros_like(status), np.zeros(status.shape, dtype=np.uint16)
    documents = {
        "catalogue": _catalogue(toy.documents["catalogue"]),
        "derivations": _derivations(known),
        "observations": _observations(known, hide),
        "training_plan": _plan(),
    }
    meta = {**toy.meta, "base_year": BASE_YEAR, "as_of": "2025-12-31" if revised else "2025-10-31"}
    return SnapshotContent(axes, cube, status, grade, note, documents, {}, meta)


def _catalogue(toy: dict[str, Any]) -> dict[str, Any]:
    place = {
        "level": "chamber_district", "parents": [STATE], "official_key": "", "valid_from": "1994-01-01",
        "valid_to": None, "kind": "source", "source": "gv", "note": "",
    }  # fmt: skip
    regions = [next(one for one in toy["regions"] if one["code"] == STATE) | {"parents": []}]
    regions += [{"code": code, "name_de": code, "name_en": code, **place} for code in DISTRICTS]
    group = {
        "code": GROUP, "name_de": "Gruppe", "name_en": "Group", "kind": "group", "group": "shk", "sector": "",
        "members": list(TRADES),
    }  # fmt: skip
    return toy | {
        "regions": regions,
        "trades": [one for one in toy["trades"] if one["code"] in TRADES],
        "trade_groups": [group],
        "measures": sorted((one for one in toy["measures"] if one["code"] in MEASURES),
                           key=lambda one: MEASURES.index(one["code"])),
        "items": [one for one in toy["items"] if one["code"] in MEASURES],
        "default_region": "HWK-FF",
    }  # fmt: skip


def _observations(known: dict[str, np.ndarray], hide: tuple[tuple[Any, ...], ...]) -> dict[str, Any]:
    columns = [
        "indicator", "trade", "region", "year", "age", "value", "unit", "status", "published", "source",
        "note",
    ]  # fmt: skip
    rows = []
    for r, region in enumerate(REGIONS):
        for t, trade in enumerate(TRADES):
            for y, year in enumerate(YEARS):
                if year > BASE_YEAR:
                    continue
                secret = (region, trade, "new_contracts", year) in hide
                value = None if secret else int(known["new_contracts"][r, t, y])
                status = "suppressed" if secret else "rounded"
                rows.append(["new_contracts", trade, region, year, "", value, "contracts", status,
                             f"{year + 1}-08-31", "bibb-dazubi", ""])  # fmt: skip
    return {"columns": columns, "rows": rows}


def _plan() -> dict[str, Any]:
    """Places of a course in the secret cell and beside it."""
    columns = [
        "trade", "region", "year", "kind", "code", "measure", "value", "lower_80", "upper_80", "status",
        "marks", "note",
    ]  # fmt: skip
    rows = [
        [SECRET[1], region, SECRET[3], "course", "G-1", "course_places", 3, 2, 5, "estimated", "", 0]
        for region in ("HWK-CB", "HWK-FF")
    ]
    return {"columns": columns, "rows": rows, "notes": [{"de": "", "en": ""}]}


def _derivations(known: dict[str, np.ndarray]) -> dict[str, Any]:
    """What open places were made from; the contracts of a neighbour stand among the inputs."""
    year = YEARS.index(SECRET[3])
    found: dict[str, Any] = {}
    for r, region in enumerate(REGIONS):
        for t, trade in enumerate(TRADES):
            secret = (region, trade) == SECRET[:2]
            used = {
                "label_de": "Verträge", "label_en": "Contracts", "indicator": "new_contracts", "trade": trade,
                "region": region, "year": SECRET[3], "unit": "contracts", "status": "rounded",
                "value": None if secret else int(known["new_contracts"][r, t, year]), "source": "bibb-dazubi",
            }  # fmt: skip
            made = {"formula_de": "gemeldet", "formula_en": "as reported", "inputs": [used], "parameters": []}
            found[f"{region}|{trade}"] = {"item_vacancies": made, "item_job_seekers": made}
    return found
