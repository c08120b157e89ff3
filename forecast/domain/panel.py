"""The panel: observed numbers on keys, with status and the day each became public."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa

from forecast.domain.codes import CodeList
from forecast.domain.indicators import Indicator
from forecast.errors import InputError

COLUMNS = ("indicator", "trade", "region", "year", "age", "value", "status", "published", "source")
KEY = ("indicator", "trade", "region", "year", "age")
UNIQUE = (*KEY, "published", "source")
STATUSES = ("observed", "rounded", "provisional", "estimated", "suppressed")
"""Statuses of a printed figure, the best first: any number is better than a withheld one."""

_TEXT = ("indicator", "trade", "region", "age", "status", "source")
_DAY = "datetime64[s]"


@dataclass(frozen=True, slots=True)
class Figure:
    """One printed number; `value` is None where it is withheld."""

    value: float | None
    status: str
    published: date
    source: str


@dataclass(frozen=True, slots=True)
class Series1D:
    """The preferred figures of one series, by year; `values` holds NaN where a figure is withheld."""

    years: npt.NDArray[np.int64]
    values: npt.NDArray[np.float64]
    statuses: tuple[str, ...]
    sources: tuple[str, ...]


_SERIES = ("indicator", "trade", "region", "age")
_NOTHING = Series1D(np.array([], dtype=np.int64), np.array([], dtype=np.float64), (), ())


@dataclass(frozen=True, slots=True)
class Panel:
    """One frame of figures. Made by `Panel.of`, which checks it; trusted afterwards and never changed.

    Args:
        frame: The fixed columns, sorted by key, publication day and source.
    """

    frame: pd.DataFrame
    _known: dict[tuple[str, str, str, str], Series1D] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _figures: dict[tuple[str, str, str, int, str], Figure] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __reduce__(self) -> tuple[type[Panel], tuple[pd.DataFrame]]:
        """Only the frame travels to other processes; what was looked up is found again there."""
        return Panel, (self.frame,)

    @classmethod
    def of(cls, frame: pd.DataFrame, codes: CodeList, indicators: Mapping[str, Indicator]) -> Panel:
        """Check a frame and make a panel of it.

        Args:
            frame: At least the columns of `COLUMNS`; others are dropped.
            codes: Codes that may stand in `trade` and `region`.
            indicators: Indicators that may stand in `indicator`.

        Raises:
            InputError: A column is missing or a row breaks a rule; the rows are named in German.
        """
        missing = [name for name in COLUMNS if name not in frame.columns]
        if missing:
            raise InputError(
                f"Der Tabelle fehlen Spalten: {', '.join(missing)}.",
                expected=", ".join(COLUMNS),
                remedy="Spalten ergänzen.",
            )
        typed = _typed(frame.loc[:, list(COLUMNS)])
        try:
            checked = _schema(codes, indicators).validate(typed, lazy=True)
        except pa.errors.SchemaErrors as errors:
            raise _rejected(typed, errors.failure_cases) from None
        return cls(_sorted(checked))

    @classmethod
    def empty(cls) -> Panel:
        """Return a panel without rows."""
        return cls(_typed(pd.DataFrame({name: [] for name in COLUMNS})))

    def __len__(self) -> int:
        return len(self.frame)

    def as_of(self, day: date) -> Panel:
        """Return only what was public on that day: the one way to drop vintages."""
        return Panel(self.frame[self.frame["published"] <= pd.Timestamp(day)].reset_index(drop=True))

    def select(
        self,
        *,
        indicator: str | Collection[str] | None = None,
        trade: str | Collection[str] | None = None,
        region: str | Collection[str] | None = None,
        age: str | None = "",
    ) -> Panel:
        """Return the rows of these codes, each one code, several, or None for all.

        Args:
            indicator: Indicator code or codes.
            trade: Subject code or codes.
            region: Region code or codes.
            age: Age group as printed; "" for all ages together, None for every age group.
        """
        keep = np.ones(len(self.frame), dtype=bool)
        for name, wanted in (("indicator", indicator), ("trade", trade), ("region", region), ("age", age)):
            if isinstance(wanted, str):
                keep &= (self.frame[name] == wanted).to_numpy(dtype=bool)
            elif wanted is not None:
                keep &= self.frame[name].isin(list(wanted)).to_numpy(dtype=bool)
        return Panel(self.frame[keep].reset_index(drop=True))

    def preferred(self) -> Panel:
        """Return one row for each key: best status, then latest published, then source id."""
        ranked = self.frame.assign(_rank=self.frame["status"].map(STATUSES.index))
        order = ranked.sort_values(
            [*KEY, "_rank", "published", "source"],
            ascending=[True] * len(KEY) + [True, False, True],
            kind="stable",
        )
        best = order.drop_duplicates(subset=list(KEY), keep="first").drop(columns="_rank")
        return Panel(best.reset_index(drop=True))  # one row a key, sorted by key: in the order of every panel

    def series(self, indicator: str, trade: str, region: str, age: str = "") -> Series1D:
        """Return the preferred figures of one series by year; empty arrays if there are none."""
        if not self._known and len(self.frame):
            self._known.update(_all_series(self.preferred().frame))
        return self._known.get((indicator, trade, region, age), _NOTHING)

    def value(self, indicator: str, trade: str, region: str, year: int, age: str = "") -> Figure | None:
        """Return the preferred figure of one key, or None if nothing is known."""
        if not self._figures and len(self.frame):
            self._figures.update(_all_figures(self.preferred().frame))
        return self._figures.get((indicator, trade, region, int(year), age))

    def latest_publication(self) -> date:
        """Return the day on which the newest figure became public.

        Raises:
            InputError: The panel is empty.
        """
        if self.frame.empty:
            raise InputError("Die Tabelle der Zahlen ist leer.", remedy="Rohdaten unter data/raw prüfen.")
        newest: pd.Timestamp = self.frame["published"].max()
        return newest.date()

    def plus(self, other: Panel) -> Panel:
        """Return both panels together.

        Raises:
            InputError: A key stands in both.
        """
        both = _sorted(pd.concat([self.frame, other.frame], ignore_index=True))
        twice = both[both.duplicated(subset=list(UNIQUE), keep="first")]
        if len(twice):
            raise InputError(
                f"{len(twice)} Zahlen stehen doppelt in der Tabelle.",
                expected="jeder Schlüssel einmal je Quelle und Veröffentlichung",
                rows=[_shown(row) for row in twice.to_dict("records")],
            )
        return Panel(both)


def _all_series(rows: pd.DataFrame) -> dict[tuple[str, str, str, str], Series1D]:
    """Cut preferred figures into series; their arrays cannot be written to."""
    rows = rows.sort_values([*_SERIES, "year"], kind="stable")
    keys = rows[list(_SERIES)]
    starts = np.flatnonzero((keys != keys.shift()).any(axis=1).to_numpy(dtype=bool))
    years, values = rows["year"].to_numpy(dtype=np.int64), rows["value"].to_numpy(dtype=np.float64)
    statuses, sources = rows["status"].tolist(), rows["source"].tolist()
    columns = [keys[name].tolist() for name in _SERIES]
    found = {}
    for first, last in pairwise([*starts.tolist(), len(rows)]):
        part = slice(first, last)
        arrays = years[part].copy(), values[part].copy()
        for array in arrays:
            array.flags.writeable = False
        indicator, trade, region, age = (column[first] for column in columns)
        found[indicator, trade, region, age] = Series1D(*arrays, tuple(statuses[part]), tuple(sources[part]))
    return found


def _all_figures(rows: pd.DataFrame) -> dict[tuple[str, str, str, int, str], Figure]:
    """Preferred figures by key."""
    keys = zip(*(rows[name].tolist() for name in KEY), strict=True)
    days = [day.date() for day in rows["published"]]
    columns = (rows["value"].tolist(), rows["status"].tolist(), days, rows["source"].tolist())
    return {
        key: Figure(None if np.isnan(value) else value, status, day, source)
        for key, value, status, day, source in zip(keys, *columns, strict=True)
    }


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    typed = frame.reset_index(drop=True)
    try:
        columns: dict[str, pd.Series[Any]] = {name: typed[name].astype("str") for name in _TEXT}
        columns["year"] = typed["year"].astype("int64")
        columns["value"] = typed["value"].astype("float64")
        columns["published"] = pd.to_datetime(typed["published"]).dt.as_unit("s")
    except (ValueError, TypeError) as error:
        raise InputError(
            "Eine Spalte der Tabelle hat den falschen Typ.",
            where=str(error),
            expected="year ganze Zahl, value Zahl, published Datum",
            remedy="Tabelle berichtigen.",
        ) from error
    return pd.DataFrame({name: columns[name] for name in COLUMNS})


def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values([*UNIQUE, "status", "value"], kind="stable").reset_index(drop=True)


def _schema(codes: CodeList, indicators: Mapping[str, Indicator]) -> pa.DataFrameSchema:
    non_negative = [code for code, indicator in indicators.items() if indicator.non_negative]

    def among(allowed: Iterable[str], expected: str) -> pa.Check:
        return pa.Check.isin(list(allowed), error=expected)

    def withheld(frame: pd.DataFrame) -> pd.Series[bool]:
        return frame["value"].isna() == (frame["status"] == "suppressed")

    def sign(frame: pd.DataFrame) -> pd.Series[bool]:
        return ~((frame["value"] < 0) & frame["indicator"].isin(non_negative))

    def once(frame: pd.DataFrame) -> pd.Series[bool]:
        return ~frame.duplicated(subset=list(UNIQUE), keep="first")

    return pa.DataFrameSchema(
        {
            "indicator": pa.Column("str", among(indicators, "ein Indikator aus data/indicators")),
            "trade": pa.Column("str", among(codes.subject_names(), "ein Code aus data/codes")),
            "region": pa.Column("str", among(codes.regions, "ein Code aus data/codes/regions.csv")),
            "year": pa.Column("int64"),
            "age": pa.Column("str"),
            "value": pa.Column("float64", nullable=True),
            "status": pa.Column("str", among(STATUSES, " | ".join(STATUSES))),
            "published": pa.Column(_DAY),
            "source": pa.Column("str", pa.Check.str_length(min_value=1, error="die id einer Quelle")),
        },
        checks=[
            pa.Check(withheld, error="kein Wert genau dann, wenn status = suppressed"),
            pa.Check(sign, error="ein Wert ≥ 0"),
            pa.Check(once, error="jeder Schlüssel einmal je Quelle und Veröffentlichung"),
        ],
        strict=True,
        name="Panel",
    )


def _rejected(frame: pd.DataFrame, failures: pd.DataFrame) -> InputError:
    """Put pandera's failure cases into one line per faulty row."""
    rows: dict[tuple[int, str], str] = {}
    for case in failures.to_dict("records"):
        if pd.isna(case["index"]):
            rows.setdefault((-1, str(case["check"])), f"{case['column']}: {case['check']}")
            continue
        at = int(case["index"])
        column = case["column"] if case["schema_context"] == "Column" else "value"
        found = frame.iloc[at]
        text = f"Zeile {at + 1} ({_shown(found.to_dict())}): {column} = {found[column]!s}"
        rows.setdefault((at, str(case["check"])), f"{text}, erwartet {case['check']}")
    return InputError(
        f"{len({at for at, _ in rows})} Zeilen der Tabelle verletzen die Regeln.",
        expected="die Regeln der Spalten, siehe Zeilen",
        remedy="Zeilen berichtigen oder Codes ergänzen.",
        rows=[rows[key] for key in sorted(rows)],
    )


def _shown(row: Mapping[Any, Any]) -> str:
    return ", ".join(str(row[name]) for name in KEY if str(row[name]) != "")
