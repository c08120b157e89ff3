"""Do the draws mean what they say? Simulated panels whose future is known, from single years to sums.

Levels are stated with every test. All panels are seeded, so a test either holds or it does not; sizes are
such that ranges a third too narrow or too wide fail.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from forecast.estimators.known import as_grid
from forecast.estimators.panels import learn_panel, panel_quantiles
from forecast.estimators.protocol import History
from forecast.estimators.series import forecast_series
from forecast.stats.scores import coverage, pit_shares, randomised_pit, uniformity

HORIZON = 5
DRAWS = 400
LAST = 2019
SIGNIFICANCE = 0.01
#: Limits of the expected count in the last known year.
BUCKETS = ((0.0, 3.0), (3.0, 10.0), (10.0, np.inf))
BAND_95, BAND_80 = (0.93, 0.97), (0.77, 0.84)  # the goals of the benchmark


@dataclass(frozen=True)
class Panel:
    """Histories and what came after them."""

    histories: list[History]
    truth: np.ndarray
    expected: np.ndarray

    def draws(self, count: int = DRAWS, **options: bool) -> np.ndarray:
        """(N, D, H) draws of the product."""
        found = forecast_series(self.histories, self.truth.shape[1], draws=count, seed=1, **options)
        return np.stack([one.draws for one in found])


def counts(seed: int, series: int, kinds: tuple[str, ...]) -> Panel:
    """Counts with an expectation of 1 to 50 in the last known year that stays or moves by 4 % a year.

    Poisson, or negative binomial with variance m + m²/8 where the kind is ``lumpy``.
    """
    generator = np.random.default_rng(seed)
    histories, truth, expected = [], [], []
    for row in range(series):
        kind = kinds[row % len(kinds)]
        known = int(generator.integers(10, 31))
        steps = generator.normal(0, 0.04 if "moving" in kind else 0.0, known + HORIZON)
        path = np.exp(np.cumsum(steps))
        level = np.exp(generator.uniform(0, np.log(50)))
        lumps = generator.gamma(8, 1 / 8, path.size) if "lumpy" in kind else 1.0
        values = generator.poisson(level * path / path[known - 1] * lumps).astype(float)
        years = np.arange(LAST + 1 - known, LAST + 1)
        histories.append(History(f"trade-{row}", years, values[:known]))
        truth.append(values[known:])
        expected.append(level)
    return Panel(histories, np.array(truth), np.array(expected))


def walks(seed: int, series: int, known: int, horizon: int, common: float) -> Panel:
    """Large random walks of 8 % a year; the variance of a year is shared by all to the part ``common``."""
    generator = np.random.default_rng(seed)
    years = known + horizon
    shocks = np.sqrt(common) * generator.standard_normal(years)
    shocks = shocks + np.sqrt(1 - common) * generator.standard_normal((series, years))
    level = 2000 * np.exp(generator.normal(0, 0.5, (series, 1)))
    values = np.rint(level * np.exp(np.cumsum(0.08 * shocks, axis=1)))
    columns = np.arange(LAST + 1 - known, LAST + 1)
    histories = [History(f"trade-{row}", columns, line[:known]) for row, line in enumerate(values)]
    return Panel(histories, values[:, known:], values[:, known - 1])


@pytest.fixture(scope="module")
def mixed() -> tuple[Panel, np.ndarray]:
    """All kinds of counts, 2,400 series, with their draws."""
    panel = counts(11, 2400, ("steady", "lumpy", "moving", "moving lumpy"))
    return panel, panel.draws(counts=True)


def inside(truth: np.ndarray, draws: np.ndarray, share: float) -> np.ndarray:
    """Whether each value lies in the central range of its draws."""
    low, high = np.quantile(draws, [(1 - share) / 2, (1 + share) / 2], axis=1)
    return (low <= truth) & (truth <= high)


def transforms(truth: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(N, H) randomised transforms of counts; draws are rounded as a count would be."""
    uniform = np.random.default_rng(5).random(truth.shape)
    columns = [
        randomised_pit(truth[:, ahead], np.rint(draws[:, :, ahead]), uniform[:, ahead])
        for ahead in range(truth.shape[1])
    ]
    return np.stack(columns, axis=1)


def one_year_each(pit: np.ndarray) -> np.ndarray:
    """One of the years ahead of every series, drawn: years of a series are not independent."""
    ahead = np.random.default_rng(6).integers(0, pit.shape[1], len(pit))
    return pit[np.arange(len(pit)), ahead]


@pytest.mark.parametrize("kind", ["steady", "lumpy", "moving", "moving lumpy"])
def test_randomised_transforms_of_counts_are_uniform(kind: str) -> None:
    """Kolmogorov-Smirnov and chi-square in ten bins, both at the 1 % level, 200 independent series."""
    panel = counts(4, 200, (kind,))
    pit = one_year_each(transforms(panel.truth, panel.draws(counts=True)))
    assert kstest(pit, "uniform").pvalue > SIGNIFICANCE
    assert chisquare(pit_shares(pit, 10) * pit.size).pvalue > SIGNIFICANCE


@pytest.mark.parametrize("factor", [0.65, 1.5])
def test_these_tests_see_ranges_that_are_a_third_off(factor: float) -> None:
    panel = counts(4, 200, ("steady",))
    draws = panel.draws(counts=True)
    middle = np.median(draws, axis=1, keepdims=True)
    pit = one_year_each(transforms(panel.truth, np.maximum(middle + factor * (draws - middle), 0)))
    assert chisquare(pit_shares(pit, 10) * pit.size).pvalue < SIGNIFICANCE


def test_transforms_of_many_counts_stay_close_to_uniform(mixed: tuple[Panel, np.ndarray]) -> None:
    """With 2,400 series no distribution is exact; the distance says how far it is off: 8 points of 100.

    It is not zero because the median stands below the mean on purpose: means have to add up.
    """
    panel, draws = mixed
    pit = transforms(panel.truth, draws)
    for ahead in range(HORIZON):
        assert uniformity(pit[:, ahead]) < 0.08
    assert pit.mean() == pytest.approx(0.5, abs=0.045)
    assert pit.std() * np.sqrt(12) == pytest.approx(1, abs=0.04)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_ranges_of_counts_cover_what_they_say(bucket: tuple[float, float], mixed) -> None:
    panel, draws = mixed
    rows = (bucket[0] <= panel.expected) & (panel.expected < bucket[1])
    assert rows.sum() > 500
    for share, (low, high) in ((0.95, BAND_95), (0.80, BAND_80)):
        assert low <= inside(panel.truth, draws, share)[rows].mean() <= high


def test_means_of_counts_add_up_although_medians_do_not(mixed: tuple[Panel, np.ndarray]) -> None:
    panel, draws = mixed
    assert draws.mean(axis=1).sum() == pytest.approx(panel.truth.sum(), rel=0.03)
    assert np.median(draws, axis=1).sum() < panel.truth.sum()


def test_no_draw_and_no_bound_of_a_count_is_negative(mixed: tuple[Panel, np.ndarray]) -> None:
    panel, draws = mixed
    assert draws.min() >= 0
    grid, first = as_grid(panel.histories)
    found = panel_quantiles(learn_panel((grid, first), HORIZON), grid, first, HORIZON)
    assert found.quantiles.min() >= 0
    assert (np.diff(found.quantiles, axis=2) >= 0).all()


def test_quantiles_without_draws_cover_what_they_say(mixed: tuple[Panel, np.ndarray]) -> None:
    panel, _ = mixed
    grid, first = as_grid(panel.histories)
    learning = learn_panel((grid, first), HORIZON, counts=True)
    found = panel_quantiles(learning, grid, first, HORIZON, counts=True).quantiles
    assert BAND_95[0] <= coverage(panel.truth, found[:, :, 0], found[:, :, -1]) <= BAND_95[1]
    assert BAND_80[0] <= coverage(panel.truth, found[:, :, 1], found[:, :, -2]) <= BAND_80[1]


def test_years_of_a_path_hang_together_as_those_of_a_random_walk() -> None:
    panel = walks(1, 300, 20, 6, common=0.0)
    z = np.sqrt(panel.draws(300))
    scores = (z - z.mean(axis=1, keepdims=True)) / z.std(axis=1, keepdims=True)
    found = np.einsum("ndj,ndk->jk", scores, scores) / (scores.shape[0] * scores.shape[1])
    years = np.arange(1, 7)
    walk = np.sqrt(np.minimum.outer(years, years) / np.maximum.outer(years, years))
    assert found == pytest.approx(walk, abs=0.06)
    # so that a change from one year to the next is as large as it will be, not as large as two levels
    coming = np.diff(np.sqrt(panel.truth), axis=1).std(axis=0)
    assert np.diff(z, axis=2).std(axis=(0, 1)) == pytest.approx(coming, rel=0.25)


@pytest.mark.parametrize("common", [0.0, 0.5])
def test_series_share_shocks_in_the_draws_as_they_did_in_the_past(common: float) -> None:
    """Mean over ten panels: a single one has seen only some twenty common shocks."""
    found = []
    for seed in range(10):
        draws = walks(seed, 20, 24, 3, common).draws(200)
        found.append(np.corrcoef(draws[:, :, 0])[np.triu_indices(20, 1)].mean())
    assert np.mean(found) == pytest.approx(common, abs=0.12)


def test_sums_over_series_with_common_shocks_are_covered_too() -> None:
    """50 panels of 30 series and 14 years; 250 hits of which five each share a future, so a wide band."""
    hits = {0.95: [], 0.80: []}
    unrelated = []
    for seed in range(50):
        panel = walks(100 + seed, 30, 14, HORIZON, common=0.5)
        draws = panel.draws(200)
        total = panel.truth.sum(axis=0)[None, :]
        for share, found in hits.items():
            found.append(inside(total, draws.sum(axis=0)[None, :], share).mean())
        dice = np.random.default_rng(seed)
        shuffled = np.stack([dice.permutation(one) for one in draws])
        unrelated.append(inside(total, shuffled.sum(axis=0)[None, :], 0.95).mean())
    assert 0.87 <= np.mean(hits[0.95]) <= 1.0
    assert 0.70 <= np.mean(hits[0.80]) <= 0.92
    assert np.mean(unrelated) < 0.75  # the same draws in any order: the sum of errors cancels
