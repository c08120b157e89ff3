"""What closures cost reaches contracts, entrants and the gap, in every draw and in the right direction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np
import pytest

from forecast.assemble import Assembled, assemble
from forecast.district_split import DISTRICTS
from forecast.domain.parameters import ParameterSet
from forecast.domain.succession import OwnerPaths
from forecast.domain.workforce import JOBS_LOST_CLOSURES
from forecast.estimators.cell import run_cell
from forecast.estimators.closures import capacity_factor
from forecast.fit import Fitted
from forecast.inputs import Inputs, Settings
from forecast.release import HORIZON
from forecast.scoring import BacktestResult

LAST = -1
Draws = np.ndarray
Accounts = Callable[[str | None, float], Assembled]


@pytest.fixture(scope="module")
def accounts(inputs: Inputs, trained: tuple[Fitted, BacktestResult], settings: Settings) -> Accounts:
    """Accounts of the bundled figures with one assumption multiplied by a factor."""
    draws, definitions = inputs.draws(settings), inputs.definitions

    def with_factor(name: str | None, factor: float) -> Assembled:
        changed = dict(draws.parameters.parameters)
        if name is not None:
            entries = tuple(
                replace(one, value=one.value * factor, low=one.low * factor, high=one.high * factor)
                for one in changed[name].entries
            )
            changed[name] = replace(changed[name], entries=entries)
        return assemble(
            trained[0], inputs.panel, definitions.codes, definitions.events,
            replace(draws, parameters=ParameterSet(changed)), HORIZON, inputs.as_of.year + 1,
        )  # fmt: skip

    return with_factor


@pytest.fixture(scope="module")
def usual(accounts: Accounts) -> Assembled:
    return accounts(None, 1)


@pytest.fixture(scope="module")
def fewer_masters(accounts: Accounts) -> Assembled:
    return accounts("master_share", 0.5)


def total(assembled: Assembled, measure: str) -> Draws:
    """Sum over the craft trades of the district (D, Y)."""
    cells = [run_cell(task) for task in assembled.tasks
             if task.region == "HWK-FF" and task.succession is not None]  # fmt: skip
    return np.sum([cell.draws[measure] for cell in cells], axis=0)


def test_jobs_and_places_of_closing_firms_are_in_the_accounts_of_every_draw(usual: Assembled) -> None:
    seen = 0
    for task in usual.tasks:
        if task.succession is None:
            assert JOBS_LOST_CLOSURES not in task.inputs.hazards
            continue
        seen += 1
        lost = task.inputs.hazards[JOBS_LOST_CLOSURES][:, :, 0]
        if (
            task.parts
        ):  # the Land is the sum of its districts: weighted by heads in one, by staff in the other
            np.testing.assert_allclose(lost, task.succession.jobs_lost, rtol=0.05)
        else:
            np.testing.assert_array_equal(lost, task.succession.jobs_lost)
        path = usual.states[(task.region, task.trade)].path
        ahead = np.isin(path.years, usual.horizon)
        np.testing.assert_array_equal(task.contracts, path.draws[:, ahead])
        factor = capacity_factor(path, task.succession.capacity, usual.horizon)
        assert np.all(factor[:, path.contracted] == 1)
        assert np.all(factor[:, ahead & ~path.contracted].std(axis=0) > 0)  # draw by draw, not one mean
    assert seen


def test_fewer_masters_hand_over_less_close_more_train_less_and_widen_the_gap(
    usual: Assembled, fewer_masters: Assembled
) -> None:
    after, before = (
        {
            name: total(assembled, name).mean(axis=0)
            for name in ("craft_handovers", "craft_closures", "training_places_lost", "jobs_lost_closures",
                         "entrants", "gap", "item_closures")
        }
        for assembled in (fewer_masters, usual)
    )  # fmt: skip
    for name in ("craft_closures", "jobs_lost_closures", "gap", "item_closures"):
        assert after[name][LAST] > before[name][LAST], name
    for name in ("craft_handovers", "entrants"):
        assert after[name][LAST] < before[name][LAST], name
    # places lost a year are counted in contracts there are, which become fewer: compared by rate
    lost = {
        name: np.mean([task.succession.training_lost[:, LAST].mean() for task in assembled.tasks
                       if task.succession is not None])
        for name, assembled in (("usual", usual), ("fewer", fewer_masters))
    }  # fmt: skip
    assert lost["fewer"] > lost["usual"]


def test_due_closes_with_handed_over_closed_and_put_off_in_every_cell(usual: Assembled) -> None:
    for task in usual.tasks:
        if task.succession is not None:
            paths = task.succession.paths
            np.testing.assert_array_equal(
                paths.successions_due, paths.handovers + paths.failed_successions + paths.postponed
            )
            assert paths.failed_successions.min() >= 0


def test_longer_survival_of_new_firms_keeps_more_of_them(accounts: Accounts, usual: Assembled) -> None:
    """Foundings are set so that those who last keep the trend: who survives longer founds less in vain."""
    longer = accounts("firm_survival_5_years", 1.2)
    founded, ended = (
        [np.sum([getattr(task.succession.paths, name).sum() for task in assembled.tasks
                 if task.succession is not None]) for assembled in (usual, longer)]
        for name in ("foundings", "young_closures")
    )  # fmt: skip
    assert founded[1] < founded[0]
    assert ended[1] < ended[0]


@pytest.fixture(scope="module")
def longer(inputs: Inputs, trained: tuple[Fitted, BacktestResult], settings: Settings) -> Assembled:
    """The same accounts with owners and masters to a later year."""
    definitions = inputs.definitions
    return assemble(
        trained[0], inputs.panel, definitions.codes, definitions.events, inputs.draws(settings), HORIZON,
        inputs.as_of.year + 1, owners_to=HORIZON + 5,
    )  # fmt: skip


def test_years_beyond_the_release_move_no_year_of_it(usual: Assembled, longer: Assembled) -> None:
    seen = 0
    for short, long in zip(usual.tasks, longer.tasks, strict=True):
        for cause, rate in short.inputs.hazards.items():
            np.testing.assert_array_equal(long.inputs.hazards[cause], rate)
        np.testing.assert_array_equal(long.contracts, short.contracts)
        if short.succession is None or long.succession is None:
            assert short.succession is long.succession
            continue
        assert short.succession.later is None
        for field in fields(OwnerPaths):
            np.testing.assert_array_equal(
                getattr(long.succession.paths, field.name), getattr(short.succession.paths, field.name)
            )
        before, after = short.succession.masters, long.succession.masters
        if before is not None and after is not None:
            seen += 1
            np.testing.assert_array_equal(after.paths.by_age, before.paths.by_age)
            np.testing.assert_array_equal(after.inputs.examinations, before.inputs.examinations)
            np.testing.assert_array_equal(after.successors, before.successors)
            assert len(after.paths.accounts) == len(before.paths.accounts) == usual.horizon.size
    assert seen > 10


def test_owners_and_masters_go_on_after_the_release_and_add_up(longer: Assembled) -> None:
    known = {(task.region, task.trade): task.succession for task in longer.tasks}
    years = longer.horizon.size
    for (region, trade), one in known.items():
        if one is None:
            continue
        assert one.later is not None, (region, trade)
        paths = one.later.paths
        assert paths.owners.shape[1] == years + 5
        np.testing.assert_array_equal(paths.owners[:, :years], one.paths.owners)
        np.testing.assert_array_equal(
            paths.owners, paths.owners_before + paths.foundings - paths.all_closures
        )
        np.testing.assert_array_equal(paths.owners_before[:, 1:], paths.owners[:, :-1])
        if one.later.masters is not None:
            masters = one.later.masters.paths
            stock = np.concatenate([one.later.masters.opening.sum(axis=1)[:, None], masters.masters], axis=1)
            np.testing.assert_array_equal(np.diff(stock, axis=1), masters.entrants - masters.exits)
    for trade in {trade for region, trade in known if region == "BB"}:
        land, parts = known[("BB", trade)], [known[(region, trade)] for region in DISTRICTS]
        if land is not None and all(part is not None for part in parts):
            together = np.sum([part.later.paths.owners for part in parts], axis=0)
            np.testing.assert_array_equal(land.later.paths.owners, together)
