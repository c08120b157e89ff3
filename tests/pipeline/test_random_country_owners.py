"""Small countries of any owners, masters and journeymen: accounts hold, and regions add to the whole."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecast.domain.masters import entry_ages, lag_kernel, master_examinations, project_masters
from forecast.domain.matrix import round_coherently
from forecast.domain.staying import PLACES, Staying, entering_share, stay_curve
from forecast.domain.succession import Survival, project_owners
from forecast.domain.workforce import EXITS
from forecast.group_training import together
from forecast.stay_cells import place_series
from forecast.trained import Stretch

AGES, DRAWS = 9, 3
seeds = st.integers(0, 2**32)


def below_the_last_age(rng):
    return np.append(rng.dirichlet(np.ones(AGES - 1)), 0.0)


def owners_of(rng, years, size):
    """Owners of one trade in one region, with every option that the account knows."""
    survival = Survival(rng.uniform(0.3, 1, DRAWS), int(rng.integers(1, 4))) if rng.random() < 0.7 else None
    return project_owners(
        rng.integers(0, size + 1, (DRAWS, AGES)),
        rng.random((DRAWS, AGES)) * rng.choice([0.05, 0.3, 1.0]),
        rng.random(DRAWS),
        rng.random(DRAWS),
        below_the_last_age(rng),
        rng.uniform(0, 0.2, DRAWS),
        below_the_last_age(rng),
        years,
        rng,
        takers=rng.uniform(0, 2, (DRAWS, years)) if rng.random() < 0.7 else None,
        survival=survival,
        put_off=rng.random(DRAWS) if rng.random() < 0.7 else None,
    )


def masters_of(rng, years, size):
    """Masters of one trade in one region, from its journeymen."""
    kernel = lag_kernel(rng.uniform(1, 4, DRAWS), rng.uniform(0.5, 2, DRAWS), 5)
    journeymen = rng.gamma(2, size / 2, (DRAWS, years + 5))
    examinations = master_examinations(journeymen, rng.random(DRAWS), kernel)[:, 5:]
    hazards = tuple({cause: rng.random(AGES) * 0.4 for cause in EXITS} for _ in range(years))
    opening = rng.integers(0, size + 1, (DRAWS, AGES))
    profile = entry_ages(np.append(np.ones(3) / 3, np.zeros(AGES - 3)), kernel)
    return opening, project_masters(opening, hazards, examinations, rng.random(DRAWS), profile, rng)


@given(seed=seeds, years=st.integers(1, 6), regions=st.integers(1, 4), size=st.sampled_from([1, 6, 80]))
def test_businesses_of_a_country_are_all_accounted_for(seed, years, regions, size):
    rng = np.random.default_rng(seed)
    found = [owners_of(rng, years, size) for _ in range(regions)]
    whole = {one.name: sum(getattr(paths, one.name) for paths in found) for one in fields(found[0])}
    parts = [{one.name: getattr(paths, one.name) for one in fields(paths)} for paths in found]
    for flows in (*parts, whole):  # what holds in every region holds for the sum, draw by draw
        left = flows["owners_leaving"] - flows["handovers"]
        np.testing.assert_array_equal(left, flows["closures"] - flows["young_closures"])
        after = flows["owners_before"] + flows["foundings"] - flows["closures"]
        np.testing.assert_array_equal(flows["owners"], after)
        np.testing.assert_array_equal(flows["owners"][:, :-1], flows["owners_before"][:, 1:])
        assert np.all(flows["handovers"] <= flows["successions_due"])
        assert np.all(flows["postponed"] <= flows["successions_due"] - flows["handovers"])
        assert all(values.min() >= 0 for values in flows.values())


@given(seed=seeds, years=st.integers(1, 6), regions=st.integers(1, 4), size=st.sampled_from([1, 6, 80]))
def test_masters_of_a_country_close_and_add_up(seed, years, regions, size):
    rng = np.random.default_rng(seed)
    total, change = 0, 0
    for _ in range(regions):
        opening, paths = masters_of(rng, years, size)
        before = np.concatenate([opening.sum(axis=1)[:, None], paths.masters[:, :-1]], axis=1)
        np.testing.assert_array_equal(paths.masters, before + paths.entrants - paths.exits)
        np.testing.assert_array_equal(paths.by_age.sum(axis=2), paths.masters)
        assert paths.by_age.min() >= 0
        assert np.all(paths.exits <= before + paths.entrants)
        assert np.all(paths.entrants < paths.examinations + 1)  # in whole persons never one more
        total = total + paths.masters[:, -1] - opening.sum(axis=1)
        change = change + paths.entrants.sum(axis=1) - paths.exits.sum(axis=1)
    np.testing.assert_array_equal(total, change)


@given(seed=seeds, regions=st.integers(1, 4), years=st.integers(1, 5))
def test_graduates_of_a_country_are_all_somewhere_a_year_later(seed, regions, years):
    """Four places add up to the graduates in every draw and in print, in each region and in the sum."""
    rng = np.random.default_rng(seed)
    firm = np.sort(rng.random((DRAWS, 2)), axis=1)[:, ::-1]
    staying = Staying(firm, *rng.random((3, DRAWS)))
    curve = stay_curve(staying, rng.random((DRAWS, 3)))
    enter = entering_share(firm[:, 1], staying.changers_in_craft, staying.changers_away)
    axis, known = 2026 + np.arange(years), np.zeros(years, dtype=bool)
    everybody, places = [], []
    for _ in range(regions):
        passed = rng.gamma(2, rng.choice([0.2, 3, 40]), (DRAWS, years))
        shared = {place: passed * curve.at(place, 1.0)[:, None] for place in PLACES}
        np.testing.assert_allclose(sum(shared.values()), passed)
        np.testing.assert_allclose(shared["stayed_in_firm"] + shared["changed_firm"], passed * enter[:, None])
        everybody.append(Stretch(axis, passed, known))
        places.append({place: Stretch(axis, draws, known) for place, draws in shared.items()})
    whole = {place: together([one[place] for one in places]) for place in PLACES}
    for total, parts in (*zip(everybody, places, strict=True), (together(everybody), whole)):
        printed = [one.statistics[:, 0] for one in place_series(("BB", "A-24"), total, parts, "C", 0)]
        np.testing.assert_array_equal(np.sum(printed, axis=0), np.rint(total.draws.mean(axis=0)))
        for shown, place in zip(printed, PLACES, strict=True):
            assert np.abs(shown - parts[place].draws.mean(axis=0)).max() < 1


@given(parts=st.lists(st.floats(0, 50), min_size=2, max_size=5))
def test_parts_that_add_to_a_whole_number_are_printed_adding_to_it(parts):
    total = round(sum(parts))
    exact = np.array(parts) * (total / sum(parts)) if sum(parts) else np.array(parts)
    assert round_coherently(exact, total).sum() == total
