"""Rows on reconciliation: 50,000 leaves under 526 aggregates, every weighting, means four years ahead."""

from __future__ import annotations

import statistics
import time
from typing import Final

import numpy as np
from scipy.sparse import csr_array, eye_array, kron, vstack
from threadpoolctl import threadpool_limits

from tests.bench import goals
from tests.bench.table import Row, Section, whole, written

_TRADES, _REGIONS = 400, 125
_HORIZON: Final = 4
_PAST_YEARS: Final = 16
_TITLE: Final = "Hierarchie: 400 Gewerke × 125 Regionen"


def reconcile_section(runs: int) -> Section:
    """Reconcile forecasts of all rows with every weighting the product offers; non-negative."""
    quantity = f"abstimmen, {whole(_TRADES * _REGIONS)} Blätter, 526 Summen, h = {_HORIZON}"
    try:
        from forecast.stats import reconcile as product
    except ImportError:
        return Section(
            _TITLE, [Row(quantity, (), "seconds", goals.RECONCILE_SECONDS, note="noch nicht vorhanden")]
        )
    aggregation = two_way_sums()
    base, errors = _forecasts(aggregation)
    weights = {
        "OLS": lambda: product.ols_weight(aggregation),
        "Struktur": lambda: product.structural_weight(aggregation),
        "Varianz": lambda: product.variance_weight(np.square(errors).mean(axis=1)),
        "MinT": lambda: product.shrink_weight(errors),
        "MinT, λ = ½": lambda: product.shrink_weight(errors, 0.5),
    }
    seconds: dict[str, float] = {}
    gaps: list[float] = []
    lowest: list[float] = []
    with threadpool_limits(limits=1):
        for name, weight in weights.items():
            times = []
            for _ in range(runs):
                started = time.process_time()
                plan = product.projection(aggregation, weight())
                found = product.reconcile(base, plan, non_negative=True)
                times.append(time.process_time() - started)
            seconds[name] = statistics.median(times)
            gaps.append(_incoherence(found, aggregation))
            lowest.append(float(found.min()))
    slowest = max(seconds.values())
    each = " · ".join(f"{name} {written(value, 'seconds')} s" for name, value in seconds.items())
    note = f"langsamste Gewichtung, mit Zerlegung und ohne negative Zellen, CPU-Sekunden;  {each}"
    return Section(
        _TITLE,
        [
            Row(quantity, (slowest,), "seconds", goals.RECONCILE_SECONDS, note=note, details=seconds),
            Row("  größte Lücke, relativ", (max(gaps),), "exponent", goals.RECONCILE_COHERENCE),
            Row("  kleinste Zelle", (min(lowest),), "number"),
        ],
    )


def two_way_sums() -> csr_array:
    """Return which of the leaves (trade by region) add up to each trade, each region and the total."""
    by_trade = kron(eye_array(_TRADES), np.ones((1, _REGIONS)))
    by_region = kron(np.ones((1, _TRADES)), eye_array(_REGIONS))
    return csr_array(vstack([by_trade, by_region, np.ones((1, _TRADES * _REGIONS))]))


def _forecasts(aggregation: csr_array) -> tuple[np.ndarray, np.ndarray]:
    """Return forecasts of all rows that do not add up, (n, H), and past errors, (n, T).

    Leaves are small, as real ones: many are zero or constant and have no past error at all.
    """
    generator = np.random.default_rng(1)
    leaves = generator.gamma(0.5, 20, aggregation.shape[1])
    leaves[generator.uniform(size=leaves.size) < 0.2] = 0
    truth = np.concatenate([aggregation @ leaves, leaves])[:, None]
    spread = np.sqrt(truth)
    base = truth + spread * generator.standard_normal((len(truth), _HORIZON))
    shared = generator.standard_normal((1, _PAST_YEARS))
    errors = spread * (generator.standard_normal((len(truth), _PAST_YEARS)) + 0.5 * shared)
    return np.maximum(base, 0), errors


def _incoherence(values: np.ndarray, aggregation: csr_array) -> float:
    """Return the largest gap between an aggregate and the sum of its leaves, relative to the aggregate."""
    sums = aggregation @ values[aggregation.shape[0] :]
    gap = np.abs(values[: aggregation.shape[0]] - sums)
    return float((gap / np.maximum(np.abs(sums), 1)).max())
