"""Ages of skilled workers where a trade's age structure is not published."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.domain.codes import CodeList
from forecast.domain.panel import Panel
from forecast.errors import InputError
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.stats.bands import spread_bands, tilt_share

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
AGES = "employees_by_age"
ALL = "*"


def entry_profile(ages: IntArray, parameters: ParameterDraws) -> FloatArray:
    """Age profile of young journeymen (A,): a bell around the mean entry age."""
    middle, width = parameters.parameters.value("entry_age"), parameters.parameters.value("entry_age_spread")
    profile = np.exp(-(((ages - middle) / width) ** 2) / 2)
    profile[ages < parameters.parameters.value("first_skilled_age")] = 0
    return np.asarray(profile / profile.sum())


def published_bands(panel: Panel, codes: CodeList, region: str, bands: list[str]) -> tuple[int, FloatArray]:
    """Newest published employees by age band (B,) and their year; a district is the sum of its Kreise."""
    places = (
        [region] if panel.series(AGES, ALL, region, bands[0]).years.size else list(codes.children(region))
    )
    series = {(place, band): panel.series(AGES, ALL, place, band) for place in places for band in bands}
    missing = sorted({place for (place, _), one in series.items() if not one.years.size}) or (
        [] if series else [region]
    )
    if missing:
        raise InputError(
            f"Für die Region «{region}» sind keine Beschäftigten nach Altersgruppen veröffentlicht.",
            where=", ".join(missing),
            expected=f"Beschäftigte in den Altersgruppen {', '.join(bands)}",
            remedy="Die Zahlen der Region einlesen oder eine andere Region wählen.",
        )
    year = min(int(one.years[-1]) for one in series.values())
    counts = [
        sum(float(series[(place, band)].values[series[(place, band)].years == year][0]) for place in places)
        for band in bands
    ]
    return year, np.array(counts)


def single_ages(
    panel: Panel, codes: CodeList, region: str, ages: IntArray, parameters: ParameterDraws
) -> tuple[int, FloatArray]:
    """Employees of all sectors of a region by single age (A,), apprentices' ages left out, and their year.

    Published bands are spread by a monotone spline on the cumulated counts.
    """
    values = parameters.parameters
    rows = panel.frame[panel.frame["indicator"] == AGES]
    edge = {
        band: int(values.value("age_band_edge", band=band)) for band in {str(a) for a in rows["age"]} - {""}
    }
    bands = sorted(edge, key=lambda band: edge[band])
    year, counts = published_bands(panel, codes, region, bands)
    limits = np.array([*(edge[band] for band in bands), int(values.value("last_working_age"))])
    single, spread = spread_bands(limits, counts)
    shape = np.interp(ages, single, spread, left=0, right=0)
    shape[ages < values.value("first_skilled_age")] = 0
    return year, shape


def moved_forward(shape: FloatArray, staying: FloatArray, entry: FloatArray, years: int) -> FloatArray:
    """Age shape some years later (A,): everybody ages, some leave, and the young refill the same total.

    `shape'[x+1] = shape[x]·staying[x] + (total lost)·entry[x+1]`, repeated `years` times: large cohorts
    keep their place among the births instead of among the ages.

    Example:
        >>> staying, entry = np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])
        >>> moved_forward(np.array([10.0, 20.0, 10.0]), staying, entry, 1)
        array([10., 10., 20.])
    """
    total = shape.sum()
    for _ in range(years):
        stayed = np.zeros_like(shape)
        stayed[1:] = (shape * staying)[:-1]
        shape = stayed + (total - stayed.sum()) * entry
    return shape


def age_profiles(
    panel: Panel,
    codes: CodeList,
    region: str,
    group: str,
    ages: IntArray,
    hazards: Mapping[str, FloatArray],
    years: IntArray,
    parameters: ParameterDraws,
) -> FloatArray:
    """Age profiles of the skilled workers of a group of trades in a region by year (T, D, A), rows sum to 1.

    The published ages of all employees of the region give the shape of the cohorts; it is moved forward
    from the year of publication, newcomers entering like the younger employees are spread. The share aged
    55 and over of the group of trades in the base year then tilts it, in earlier years in proportion to
    what the moved shape says: `share[t] = share[base]·f[t]/f[base]`.

    Args:
        panel: Observed figures.
        codes: Code lists.
        region: Region of the cell.
        group: Group of the trade.
        ages: Single years of age (A,).
        hazards: Exit probabilities by cause, (A,), (D, A) or (D, Y, A).
        years: Past years (T,), the last one is the base year; those before the publication take its shape.
        parameters: Parameter draws.
    """
    year, shape = single_ages(panel, codes, region, ages, parameters)
    staying = np.prod([1 - typical(rate) for rate in hazards.values()], axis=0)
    older = int(parameters.parameters.value("older_from_age"))
    newcomers = np.where(ages < older, shape, 0.0)
    newcomers = newcomers / newcomers.sum()
    shapes = [moved_forward(shape, staying, newcomers, max(int(t) - year, 0)) for t in years]
    fraction = np.array([moved[ages >= older].sum() / moved.sum() for moved in shapes])
    share = parameters.draw("share_55plus", group=group)[None, :] * (fraction / fraction[-1])[:, None]
    young = np.stack([tilt_share(moved, ages, older, 0.0) for moved in shapes])[:, None, :]
    old = np.stack([tilt_share(moved, ages, older, 1.0) for moved in shapes])[:, None, :]
    profiles = (1 - share[:, :, None]) * young + share[:, :, None] * old
    return np.asarray(profiles / profiles.sum(axis=2, keepdims=True))


def typical(hazard: FloatArray) -> FloatArray:
    """Mean exit probability by age (A,) over draws, in the first forecast year."""
    first = hazard[:, 0, :] if hazard.ndim > 1 + 1 else hazard
    return np.asarray(first.mean(axis=0) if first.ndim > 1 else first)
