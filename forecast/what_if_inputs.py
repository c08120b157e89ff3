"""What a release keeps so that questions «what if» can be answered without the figures and the estimators.

One file a region, `what_if/<region>.bin`: a line of JSON with names, types and shapes, then the arrays one
after the other. Arrays are (trade, year, draw) or (trade, age, draw); trades of one group stand together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.domain.expected import FLOWS, Singles
from forecast.domain.retirement import WAYS
from forecast.errors import ModelError, OperationError
from forecast.what_if_firm_inputs import COUNTED as FIRMS_COUNTED
from forecast.what_if_firm_inputs import NAMES as FIRM_NAMES
from forecast.what_if_firm_inputs import PREFIX as FIRMS_PREFIX
from forecast.what_if_firm_inputs import FirmInputs, firms_from

FOLDER = "what_if"
FORMAT = "fachkraeftematrix-what-if-3"
ALIGNMENT = 64
NEWLINE = ord("\n")
TEXTS = ("region", "base_year", "seed", "first_start", "least_cohorts", "published_to", "trades", "groups")
COUNTED = ("opening", "flows", "months", *(FIRMS_PREFIX + name for name in FIRMS_COUNTED))
"""Arrays of whole numbers: stored as such, in the narrowest type that holds them."""


@dataclass(frozen=True, slots=True, eq=False)
class WhatIfInputs:
    """The accounts of one region: opening stocks, assumptions draw by draw, and the published draws.

    Args:
        region: Code of the region.
        base_year: Year of the opening stock.
        seed: Seed of the release; levers with a range draw from it.
        first_start: First start year that can still be influenced.
        least_cohorts: Start years that must be in time before a year has a training need.
        published_to: Last year of the release; later years are continued, see `docs/methods/scenarios.md`.
        trades: Codes of the trades (T).
        groups: Group of each trade (T).
        years: Workforce years (Y,).
        ages: Single years of age (A,).
        start_years: Start years of training (S,).
        opening: Persons by age at the base year (T, A, D).
        employed: Skilled employed at the base year (T, D).
        vacancies: Places to fill at the base year (T, D).
        growth: Demand relative to the base year (T, Y, D).
        deaths: Death rates of each trade, mean over the draws (T, A).
        strain: Factor on early exits at the ages marked in `strained` (T, D).
        strained: 1 at ages at which the factor applies (A,).
        retiring: Retirement rates of the reference cohort (A, D).
        months: Months by which the age limit of each way into retirement lies later (Y, 3, A).
        ways: Share of those who retire on each way (3, D).
        health_exits: Health exits before the factor (A, D).
        craft_leavers: Share leaving the craft (A, D).
        jobs_lost: Share lost with closing firms (T, Y, D).
        entrants_contracted: New journeymen from contracts already signed (T, Y, D).
        entrants_expected: New journeymen from contracts still to be signed (T, Y, D).
        entry_profile: Their ages (A,).
        inflow_rate: Net inflow per head (T, Y, D).
        inflow_profiles: Ages of a positive net inflow (T, A).
        returner_rate: Returners per head, part of the net inflow (T, D).
        migration_rate: Net migration per head, part of the net inflow (T, D).
        contracts: New contracts by start year (T, S, D).
        signed: 1 where the contracts of the start year have been counted (T, S).
        training_years: Length of training (T,).
        dissolution: Layers as shares of contracts begun (T, 4, D).
        pass_first: First attempts that pass (T, D).
        retry: Failed who try again (T, D).
        pass_retry: Repeats that pass (T, D).
        stay: Graduates who stay (T, D).
        part_time: Share in part time at the base year (T, D).
        part_time_drift: Yearly change of its logit (D,).
        part_timer_hours: Week of a part-timer relative to a full week at the base year (D,).
        part_timer_drift: Yearly change of its logit (D,).
        full_time_hours: Hours worked in a full-time year of the base year (D,).
        full_time_drift: Yearly change of their logarithm (D,).
        flows: The published random draws of the flows, in the order of `FLOWS`, whole persons (T, F, Y, D).
        need_apart: Training need of the parts of the region together less that of the region taken as a whole
            (T, Y, D); None where the region has no parts.
        firms: Owners and masters; None where the release keeps none.
    """

    region: str
    base_year: int
    seed: int
    first_start: int
    least_cohorts: int
    published_to: int
    trades: tuple[str, ...]
    groups: tuple[str, ...]
    years: npt.NDArray[np.int64]
    ages: npt.NDArray[np.int64]
    start_years: npt.NDArray[np.int64]
    opening: Singles
    employed: Singles
    vacancies: Singles
    growth: Singles
    deaths: Singles
    strain: Singles
    strained: Singles
    retiring: Singles
    months: Singles
    ways: Singles
    health_exits: Singles
    craft_leavers: Singles
    jobs_lost: Singles
    entrants_contracted: Singles
    entrants_expected: Singles
    entry_profile: Singles
    inflow_rate: Singles
    inflow_profiles: Singles
    returner_rate: Singles
    migration_rate: Singles
    contracts: Singles
    signed: Singles
    training_years: Singles
    dissolution: Singles
    pass_first: Singles
    retry: Singles
    pass_retry: Singles
    stay: Singles
    part_time: Singles
    part_time_drift: Singles
    part_timer_hours: Singles
    part_timer_drift: Singles
    full_time_hours: Singles
    full_time_drift: Singles
    flows: Singles
    need_apart: Singles | None = None
    firms: FirmInputs | None = None

    def __post_init__(self) -> None:
        trades, ages, draws = self.opening.shape
        years, starts = len(self.years), len(self.start_years)
        wanted = {
            **dict.fromkeys(("employed", "vacancies", "strain", "pass_first", "stay"), (trades, draws)),
            **dict.fromkeys(("retry", "pass_retry", "returner_rate", "migration_rate"), (trades, draws)),
            "part_time": (trades, draws),
            **dict.fromkeys(("part_time_drift", "part_timer_hours", "part_timer_drift"), (draws,)),
            **dict.fromkeys(("full_time_hours", "full_time_drift"), (draws,)),
            **dict.fromkeys(("growth", "jobs_lost", "inflow_rate"), (trades, years, draws)),
            **dict.fromkeys(("entrants_contracted", "entrants_expected"), (trades, years, draws)),
            **dict.fromkeys(("deaths", "inflow_profiles"), (trades, ages)),
            **dict.fromkeys(("retiring", "health_exits", "craft_leavers"), (ages, draws)),
            **dict.fromkeys(("strained", "entry_profile"), (ages,)),
            "months": (years, len(WAYS), ages),
            "ways": (len(WAYS), draws),
            "contracts": (trades, starts, draws),
            "signed": (trades, starts),
            "flows": (trades, len(FLOWS), years, draws),
            **({} if self.need_apart is None else {"need_apart": (trades, years, draws)}),
        }
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                found = f"{getattr(self, name).shape}"
                raise ModelError(
                    "Eine Eingangsgröße hat die falsche Form.", where=name, expected=f"{shape}", rows=(found,)
                )

    @property
    def draws(self) -> int:
        """Number of draws D."""
        return int(self.opening.shape[2])

    def need_together(self, at: int, need: Singles) -> Singles:
        """Training need of a trade (Y, D): that of the whole region, and by what its parts need more.

        Args:
            at: Position of the trade.
            need: Need of the region taken as a whole (Y, D).
        """
        if self.need_apart is None:
            return need
        return np.asarray(np.maximum(need + self.need_apart[at], 0), dtype=np.float32)


def file_name(region: str) -> str:
    """Name of a region's file in a release.

    Example:
        >>> file_name("HWK-FF")
        'what_if/hwk-ff.bin'
    """
    return f"{FOLDER}/{region.lower()}.bin"


def encode(inputs: WhatIfInputs) -> bytes:
    """Return the file of a region; equal inputs give equal bytes."""
    head: dict[str, Any] = {"format": FORMAT, "arrays": {}}
    parts: list[bytes] = []
    offset = 0
    values = {field.name: getattr(inputs, field.name) for field in fields(inputs) if field.name != "firms"}
    if inputs.firms is not None:
        values |= {FIRMS_PREFIX + name: getattr(inputs.firms, name) for name in FIRM_NAMES}
    for name, value in values.items():
        if name in TEXTS:
            head[name] = list(value) if isinstance(value, tuple) else value
            continue
        if value is None:
            continue
        array = np.ascontiguousarray(value, dtype=_stored_type(name, value))
        data = array.tobytes()
        padding = -len(data) % ALIGNMENT
        head["arrays"][name] = {"dtype": array.dtype.str, "shape": list(array.shape), "offset": offset}
        parts.append(data + b"\0" * padding)
        offset += len(data) + padding
    line = json.dumps(head, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    return line + b" " * (-(len(line) + 1) % ALIGNMENT) + b"\n" + b"".join(parts)


def _stored_type(name: str, value: npt.NDArray[Any]) -> str:
    if name not in COUNTED and value.dtype.kind == "f":
        return "<f4"
    narrow = np.iinfo(np.int16)
    small = not value.size or (value.min() >= narrow.min and value.max() <= narrow.max)
    return "<i2" if small else "<i4"


def read_head(data: bytes | memoryview, where: str = "") -> dict[str, Any]:
    """Return names, years and shapes of a region's file without reading its arrays.

    Raises:
        OperationError: The file is not what `encode` writes.
    """
    try:
        head: dict[str, Any] = json.loads(_line(data))
        if head["format"] != FORMAT:
            raise ValueError(head["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(where) from error
    return head


def in_this_form(data: bytes | memoryview) -> bool:
    """Say whether a region's file was written by a version that keeps the same things."""
    try:
        read_head(data)
    except OperationError:
        return False
    return True


def _line(data: bytes | memoryview) -> bytes:
    """Return the line of JSON a file begins with; its length is a multiple of the alignment."""
    end = ALIGNMENT
    while end < len(data) and data[end - 1] != NEWLINE:
        end += ALIGNMENT
    return bytes(data[:end])


def years_of(data: bytes | memoryview, where: str = "") -> tuple[int, ...]:
    """Return the workforce years of a region's file without reading the rest of it.

    Raises:
        OperationError: The file is not what `encode` writes.
    """
    try:
        head = read_head(data, where)
        body = memoryview(data)[len(_line(data)) :]
        return tuple(_array(body, head["arrays"]["years"]).astype(np.int64).tolist())
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(where) from error


def _unreadable(where: str) -> OperationError:
    return OperationError(
        "Die Datei für Szenarien im Stand ist nicht lesbar.",
        where=where,
        expected=FORMAT,
        remedy="Den Stand mit dieser Fassung neu veröffentlichen.",
    )


def decode(data: bytes | memoryview, where: str = "") -> WhatIfInputs:
    """Return the inputs of a region from its file; arrays of floats are views of a mapped one.

    Raises:
        OperationError: The file is not what `encode` writes.
    """
    try:
        head = read_head(data, where)
        body = memoryview(data)[len(_line(data)) :]
        arrays = {name: _array(body, entry) for name, entry in head["arrays"].items()}
        texts: Mapping[str, Any] = {
            name: tuple(head[name]) if isinstance(head[name], list) else head[name] for name in TEXTS
        }
        years = {name: arrays[name].astype(np.int64) for name in ("years", "ages", "start_years")}
        singles = {
            name: array.astype(np.float32, copy=False)
            for name, array in arrays.items()
            if name not in years and not name.startswith(FIRMS_PREFIX)
        }
        everything: dict[str, Any] = {**texts, **years, **singles, "firms": firms_from(arrays)}
        return WhatIfInputs(**everything)
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(where) from error


def _array(body: memoryview, entry: Mapping[str, Any]) -> npt.NDArray[Any]:
    dtype, shape = np.dtype(entry["dtype"]), tuple(entry["shape"])
    count = int(np.prod(shape, dtype=np.int64))
    return np.frombuffer(body, dtype=dtype, count=count, offset=entry["offset"]).reshape(shape)
