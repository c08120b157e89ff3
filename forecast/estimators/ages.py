"""Ages of skilled workers where a trade's age structure is not published."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from forecast.domain.codes import CodeList
from forecast.domain.panel import Panel
from forecast.domain.workforce import entry_ages
from forecast.errors import InputError
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.stats.bands import spread_bands, tilt_share

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
AGES = "employees_by_age"
ALL = "*"
LAND = "land"


def entry_profile(ages: IntArray, parameters: ParameterDraws) -> FloatArray:
    """Age profile of young journeymen (D, A): a bell around the mean entry age of each draw."""
    middle, width = (parameters.draw(name) for name in ("entry_age", "entry_age_spread"))
    first = parameters.parameters.value("first_skilled_age")
    return parameters.once(("entry_profile", *ages.tolist()), lambda: entry_ages(ages, middle, width, first))


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


def land_of(region: str, codes: CodeList) -> str:
    """Land in which a district lies; a Land, or a region in none, is its own."""
    home = codes.regions[region]
    parents = [parent for parent in home.parents if codes.regions[parent].level == LAND]
    return region if home.level == LAND or not parents else parents[0]


def moved_shapes(
    panel: Panel,
    codes: CodeList,
    region: str,
    ages: IntArray,
    staying: FloatArray,
    years: IntArray,
    parameters: ParameterDraws,
) -> list[FloatArray]:
    """Published ages of all employees of a region in every year (T, A), moved forward by cohorts.

    Newcomers enter as the younger employees are spread; years before the publication take its shape.

    Args:
        panel: Observed figures.
        codes: Code lists.
        region: Region.
        ages: Single years of age (A,).
        staying: Share of each age still there a year after each of the years, (T, A): the exits of that year.
        years: Consecutive years (T,).
        parameters: Parameter draws.
    """
    year, shape = single_ages(panel, codes, region, ages, parameters)
    older = int(parameters.parameters.value("older_from_age"))
    newcomers = np.where(ages < older, shape, 0.0)
    newcomers = newcomers / newcomers.sum()
    first = int(years[0])
    # published before the first year: its exits are the nearest known
    shape = moved_forward(shape, staying[0], newcomers, max(first - year, 0))
    shapes = [shape]
    for t in years[1:].tolist():
        moved = moved_forward(shapes[-1], staying[t - 1 - first], newcomers, 1) if t > year else shape
        shapes.append(moved)
    return shapes


def shifted(shape: FloatArray, by: int) -> FloatArray:
    """Age shape `by` years older; those whose place is left empty at either end are as many as at the end.

    Example:
        >>> shifted(np.array([5.0, 3.0, 1.0]), 1), shifted(np.array([5.0, 3.0, 1.0]), -1)
        (array([5., 5., 3.]), array([3., 1., 1.]))
    """
    at = np.arange(shape.size) - by
    return shape[np.clip(at, 0, shape.size - 1)]


def between_ages(values: FloatArray, shift: FloatArray, steps: IntArray) -> FloatArray:
    """Shapes shifted by whole years (T, K, A) mixed to the shift of every draw (T, D, A), linearly between.

    Args:
        values: Shapes at whole years (T, K, A).
        shift: Years of every draw (D,), within the whole years.
        steps: The whole years (K,), consecutive.
    """
    weight = np.maximum(0.0, 1.0 - np.abs(shift[:, None] - steps[None, :]))
    return np.asarray(np.einsum("dk,tka->tda", weight, values))


def age_profiles(
    panel: Panel,
    codes: CodeList,
    region: str,
    subject: tuple[str, str],
    ages: IntArray,
    hazards: Mapping[str, FloatArray],
    years: IntArray,
    parameters: ParameterDraws,
) -> FloatArray:
    """Age profiles of the skilled workers of a trade in a region by year (T, D, A), rows sum to 1.

    The published ages of all employees of the region give the shape of the cohorts; it is moved forward
    from the year of publication. The share aged 55 and over of the trade in the base year, that of its
    group where none is measured, then tilts it. It is a share of the Land: in a district it is taken times
    `(f[district]/f[Land])^k`, f = the share all employees of the base year have there by the moved shapes,
    k = how much of that difference holds for the trade. In earlier years it goes in proportion to what the
    moved shape says: `share[t] = share[base]·f[t]/f[base]`. Within the two sides the people of a trade may
    be some years older or younger than all employees: every draw shifts the shape before it is tilted.

    Args:
        panel: Observed figures.
        codes: Code lists.
        region: Region of the cell.
        subject: Group of the trade, and the trade.
        ages: Single years of age (A,).
        hazards: Exit probabilities by cause, (A,), (D, A) or, of the year after each past year, (D, T, A).
        years: Past years (T,), the last one is the base year; those before the publication take its shape.
        parameters: Parameter draws.
    """
    staying = np.ones((years.size, ages.size))
    for rate in hazards.values():
        staying *= 1 - typical(rate)
    older = int(parameters.parameters.value("older_from_age"))
    shapes = moved_shapes(panel, codes, region, ages, staying, years, parameters)
    part = np.array([moved[ages >= older].sum() / moved.sum() for moved in shapes])
    land = moved_shapes(panel, codes, land_of(region, codes), ages, staying, years, parameters)[-1]
    against = float(part[-1] / (land[ages >= older].sum() / land.sum()))
    group, trade = subject
    share = parameters.draw("share_55plus", group=group, trade=trade)
    share = share * against ** parameters.draw("district_age_kept")
    by_year = np.minimum(share[None, :] * (part / part[-1])[:, None], 1.0)[:, :, None]
    shift = parameters.draw("age_shape_shift")
    steps = np.arange(int(np.floor(shift.min())), int(np.ceil(shift.max())) + 1)
    sides = [
        between_ages(
            np.stack([
                [tilt_share(shifted(moved, int(k)), ages, older, side) for k in steps] for moved in shapes
            ]),
            shift, steps,
        )
        for side in (0.0, 1.0)
    ]  # fmt: skip
    profiles = (1 - by_year) * sides[0] + by_year * sides[1]
    return np.asarray(profiles / profiles.sum(axis=2, keepdims=True))


def typical(hazard: FloatArray) -> FloatArray:
    """Mean exit probability over draws by age, (A,), or by year and age, (Y, A), where it has years."""
    return np.asarray(hazard.mean(axis=0) if hazard.ndim > 1 else hazard)
