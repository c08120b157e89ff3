"""The series of the benchmark: public competition data from a file, simulated counts, a panel for timing.

Only numpy, since the peers read the same files in an environment of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Public sets: name → number of yearly series and years held out, as published.
PUBLIC_SETS: Final = {"M1": (181, 6), "M3": (645, 6), "Tourism": (518, 4)}
#: Buckets of expected counts: below 3, 3 to 10, above 10.
COUNT_BUCKETS: Final = ((0.0, 3.0), (3.0, 10.0), (10.0, np.inf))
COUNT_HORIZON: Final = 5
_NEGATIVE_BINOMIAL_SIZE: Final = 8.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Histories of different lengths, side by side from their first year on.

    Args:
        name: For tables.
        grid: (N, T) yearly values, NaN after the end of a history.
        truth: (N, H) what came; H = 0 where only the time matters.
        horizon: H.
        expected: (N,) expected count in the last known year; empty for real data.
        kind: (N,) 0 Poisson, 1 negative binomial, plus 2 if the expectation moves; empty for real data.
    """

    name: str
    grid: Array
    truth: Array
    horizon: int
    expected: Array
    kind: NDArray[np.int_]

    @property
    def lengths(self) -> NDArray[np.int_]:
        """(N,) number of known years."""
        return (~np.isnan(self.grid)).sum(axis=1)

    @property
    def histories(self) -> list[Array]:
        """Every history without padding."""
        return [line[:length] for line, length in zip(self.grid, self.lengths, strict=True)]

    @property
    def last_value(self) -> Array:
        """(N, H) the last value of every history, the yardstick of all ratios."""
        last = self.grid[np.arange(len(self.grid)), self.lengths - 1]
        return np.repeat(last[:, None], self.horizon, axis=1)

    @property
    def first_years(self) -> NDArray[np.int_]:
        """(N,) year of column 0.

        The competitions publish no calendar, so all histories end in the same year: series may then share
        the shocks of their last years, the cautious assumption.
        """
        return 2000 - self.lengths

    def rows(self, pick: NDArray[np.int_]) -> Sample:
        """Return some of the series."""
        some = len(self.expected) > 0
        return Sample(
            self.name,
            self.grid[pick],
            self.truth[pick],
            self.horizon,
            self.expected[pick] if some else self.expected,
            self.kind[pick] if some else self.kind,
        )


def side_by_side(histories: list[Array]) -> Array:
    """Return (N, T) with NaN after the end of every history."""
    grid = np.full((len(histories), max(map(len, histories))), np.nan)
    for row, values in enumerate(histories):
        grid[row, : len(values)] = values
    return grid


def write_samples(path: Path, samples: list[Sample]) -> None:
    """Write samples for the peers."""
    arrays: dict[str, NDArray] = {"names": np.array([sample.name for sample in samples])}
    for sample in samples:
        for part in ("grid", "truth", "expected", "kind"):
            arrays[f"{sample.name}.{part}"] = getattr(sample, part)
        arrays[f"{sample.name}.horizon"] = np.array(sample.horizon)
    np.savez(path, **arrays)


def read_samples(path: Path) -> dict[str, Sample]:
    """Read what `write_samples` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        return {
            name: Sample(
                name,
                stored[f"{name}.grid"],
                stored[f"{name}.truth"],
                int(stored[f"{name}.horizon"]),
                stored[f"{name}.expected"],
                stored[f"{name}.kind"],
            )
            for name in stored["names"].tolist()
        }


def spread_rows(series: int, count: int) -> NDArray[np.int_]:
    """Return at most ``count`` of ``series`` rows, spread evenly."""
    return np.unique(np.linspace(0, series - 1, min(count, series)).astype(np.int_))


def simulated_counts(series: int, seed: int) -> Sample:
    """Return simulated trades: expectations 1–50, 10–30 years, five years held out.

    A quarter each: Poisson or negative binomial (k = 8, variance m + m²/8), with an expectation that stays or
    that moves as a random walk of its logarithm (4 % a year). The start is uniform on the log scale.
    """
    generator = np.random.default_rng(seed)
    kind = np.arange(series) % 4
    lengths = generator.integers(10, 31, series)
    years = 30 + COUNT_HORIZON
    steps = np.where(kind >= 2, 0.04, 0.0)[:, None] * generator.standard_normal((series, years))
    start = generator.uniform(0, np.log(50), series)
    size = _NEGATIVE_BINOMIAL_SIZE
    mean = np.clip(np.exp(start[:, None] + np.cumsum(steps, axis=1)), 1, 50)
    spread = np.where(kind % 2 == 1, size, np.inf)[:, None]
    rate = np.where(np.isinf(spread), mean, mean * generator.gamma(size, 1 / size, mean.shape))
    drawn = generator.poisson(rate).astype(np.float64)
    columns = np.arange(years)
    grid = np.where(columns < lengths[:, None], drawn, np.nan)[:, :30]
    ahead = lengths[:, None] + np.arange(COUNT_HORIZON)
    rows = np.arange(series)
    expected = mean[rows, lengths - 1]
    return Sample("counts", grid, np.take_along_axis(drawn, ahead, axis=1), COUNT_HORIZON, expected, kind)


def timing_panel(series: int, seed: int, length: int | None = None, horizon: int = 6) -> Sample:
    """Return positive series that drift and jump, 10–30 years long or all of one length."""
    generator = np.random.default_rng(seed)
    lengths = np.full(series, length) if length else generator.integers(10, 31, series)
    growth = generator.normal(0.01, 0.03, series)[:, None] + generator.normal(
        0, 0.08, (series, int(lengths.max()))
    )
    level = np.exp(generator.uniform(np.log(5), np.log(5000), series))[:, None]
    values = np.round(level * np.exp(np.cumsum(growth, axis=1)))
    grid = np.where(np.arange(values.shape[1]) < lengths[:, None], values, np.nan)
    return Sample("timing", grid, np.empty((series, 0)), horizon, np.empty(0), np.empty(0, dtype=np.int_))
