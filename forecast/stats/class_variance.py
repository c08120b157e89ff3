"""What a series of a given size usually errs by: σ² of every size class, drawn to that of the panel."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_LARGEST_RELATIVE: Final = 1e6  # a series that leaps away from zero must not spread over the panel


def relative_variance(first_errors: Array, size: Array, noise: Array) -> Array:
    """Return σ² of every series: ``(Σ squared one-step errors − n·noise) / Σ size``, bounded, NaN if unknown.

    Args:
        first_errors: (N, T) one-step errors by origin, NaN where there is none.
        size: (N, T) size of the series at the origin.
        noise: (N,) variance that does not depend on the size.
    """
    known = ~np.isnan(first_errors)
    counts = known.sum(axis=1)
    weight = np.where(known, size, 0.0).sum(axis=1)
    usable = (counts > 0) & (weight > 0)
    excess = (np.where(known, first_errors, 0.0) ** 2).sum(axis=1) - noise * counts
    # a denominator this small caps the ratio at the largest that is believed
    bounded = np.maximum(weight, np.abs(excess) / _LARGEST_RELATIVE)
    return np.where(usable, excess / np.where(usable, bounded, 1.0), np.nan)


def mean_size(errors: Array, size: Array) -> Array:
    """Return the mean size of every series where it has errors, (N,), 0 without any.

    Args:
        errors: (N, T) errors by origin, NaN where there is none.
        size: (N, T) size of the series at the origin.
    """
    known = ~np.isnan(errors)
    return np.asarray(np.where(known, size, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1))


def by_size(
    relative: Array,
    classes: NDArray[np.int_],
    edges: tuple[float, ...],
    weight: float,
    *,
    size: Array | None = None,
    small: float = 0.0,
) -> Array:
    """Return σ² of every size class, (len(edges) + 1,): the median of its series, drawn to that of the panel.

    ``σ²_c = (n_c·median_c + weight·median)/(n_c + weight)``, never negative; above the panel's median the
    same on the logarithmic scale. Large series are calmer relative to their size than small ones, which only
    enough of them can show. What a handful of cases strays beyond counting noise (rounding, entries one by
    one) does not grow with the size: a series of size s below ``small`` counts in the panel's median for a
    class of larger size S with ``σ²·s/min(S, small)``.

    Args:
        relative: (N,) σ² of the series, NaN where unknown; at least one is known.
        classes: (N,) their size classes.
        edges: Rising limits of the size classes.
        weight: Series that weigh as much as the panel.
        size: (N,) mean size of the series; needed where ``small`` is above 0.
        small: Size from which σ² holds for larger series as well.
    """
    known = ~np.isnan(relative)
    found = np.empty(len(edges) + 1)
    for group in range(len(edges) + 1):
        mine = known & (classes == group)
        lent = relative.copy()
        if small > 0 and size is not None:
            reach = float(np.median(size[mine])) if mine.any() else (0.0, *edges)[group]
            limit = min(reach, small)
            if limit > 0:
                lent = np.where(mine, relative, relative * np.minimum(size, limit) / limit)
        panel = max(0.0, float(np.median(lent[known])))
        own = relative[mine]
        middle = max(0.0, float(np.median(own))) if own.size else panel
        keep = own.size / (own.size + weight)
        # upwards on the logarithmic scale: one series that leaps must not be the measure of its class
        above = middle > panel > 0
        found[group] = panel * (middle / panel) ** keep if above else keep * middle + (1 - keep) * panel
    return found
