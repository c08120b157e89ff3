"""Owners and masters of a region as a release keeps them for questions «what if»."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from forecast.domain.expected_firms import OWNER_FLOWS
from forecast.domain.masters import MasterPaths, lag_kernel
from forecast.estimators.cell import CellTask
from forecast.estimators.handover import OwnerInputs, owner_inputs
from forecast.estimators.master_account import MasterAccount
from forecast.estimators.parameter_draws import ParameterDraws
from forecast.what_if_firm_inputs import FirmInputs

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def firm_inputs(
    tasks: Sequence[CellTask], every: Sequence[CellTask], ages: IntArray, parameters: ParameterDraws
) -> FirmInputs | None:
    """Return owners and masters of the trades with businesses of their own; None where there are none.

    Args:
        tasks: Cells of a region in the order of its trades.
        every: Cells of all regions, among them the parts of a region that is made of some.
        ages: Single years of age (A,).
        parameters: Parameter draws.
    """
    known = {(task.region, task.trade): task for task in every}
    kept = [
        (place, task, (task.succession.later or task.succession).paths, masters)
        for place, task in enumerate(tasks)
        if task.succession is not None and (masters := masters_of(task, known)) is not None
    ]
    if not kept:
        return None
    owners = [
        owner_inputs(paths.owners_before[:, 0].astype(np.float64), ages, parameters, task.trade, task.region)
        for _, task, paths, _ in kept
    ]
    accounts = [masters for *_, masters in kept]
    return FirmInputs(
        places=np.array([place for place, *_ in kept]),
        owner_draws=_singles(
            [np.stack([getattr(paths, name).T for name in OWNER_FLOWS]) for _, _, paths, _ in kept]
        ),
        owner_hours=_singles([kept[0][1].owner_hours[0]]),
        owner_loss=_singles(kept[0][1].owner_hours[1]),
        **_of_owners(owners),
        **_of_masters(accounts, ages, parameters),
    )


def masters_of(task: CellTask, known: Mapping[tuple[str, str], CellTask]) -> MasterAccount | None:
    """Return the masters of a cell, or those of its parts together; None where one has no businesses.

    Args:
        task: The cell.
        known: Cells by region and trade.
    """
    cells = [known[(part, task.trade)] for part in task.parts] or [task]
    accounts = [
        masters
        for cell in cells
        if cell.succession is not None
        and (masters := (cell.succession.later or cell.succession).masters) is not None
    ]
    if len(accounts) < len(cells):
        return None
    return accounts[0] if len(accounts) == 1 else joined_masters(accounts)


def joined_masters(parts: Sequence[MasterAccount]) -> MasterAccount:
    """Masters of several regions as one account: people added, ages and ownership weighted by people.

    The closed accounts of the years stay with the parts.
    """
    opening = np.sum([part.opening for part in parts], axis=0)
    leading = np.sum([part.opening * part.owning for part in parts], axis=0)
    examinations = np.stack([part.inputs.examinations for part in parts])
    paths = {
        name: np.sum([getattr(part.paths, name) for part in parts], axis=0)
        for name in ("masters", "examinations", "entrants", "exits", "by_age")
    }
    return MasterAccount(
        inputs=replace(
            parts[0].inputs,
            examinations=examinations.sum(axis=0),
            ages_of_new=np.average(
                [part.inputs.ages_of_new for part in parts], axis=0, weights=examinations.sum(axis=(1, 2))
            ),
        ),
        paths=MasterPaths(**paths, accounts=()),
        successors_before=np.sum([part.successors_before for part in parts], axis=0),
        successors=np.sum([part.successors for part in parts], axis=0),
        opening=opening,
        owning=np.divide(leading, opening, out=np.zeros(leading.shape), where=opening > 0),
    )


def _of_owners(owners: Sequence[OwnerInputs]) -> dict[str, NDArray[np.float32]]:
    """Owners by trade, and the rates all trades of a region share."""
    one = owners[0]
    shared: dict[str, FloatArray] = {
        "owner_exits": one.exit_rates.T, "due": one.due_ratio, "success": one.success, "put_off": one.put_off,
        "foundings": one.foundings_rate, "starters": one.successor_profile.T,
        "survival": one.survival.share, "training": one.closing.training,
        "new_training": one.closing.new_training, "usual_training": one.usual_training,
    }  # fmt: skip
    return {
        **{name: _singles(values) for name, values in shared.items()},
        "survival_years": _singles([one.survival.years]),
        "owners": _singles([each.owners.T for each in owners]),
        "jobs": _singles([each.closing.jobs for each in owners]),
    }


def _of_masters(
    accounts: Sequence[MasterAccount], ages: IntArray, parameters: ParameterDraws
) -> dict[str, NDArray[np.float32]]:
    """Masters by trade, and the shares all trades share."""
    p, one = parameters, accounts[0].inputs
    longest = int(p.parameters.value("master_lag_longest"))
    kernel = lag_kernel(p.draw("master_lag"), p.draw("master_lag_spread"), longest)
    share = p.draw("master_share")

    def each(made: Callable[[MasterAccount], object]) -> NDArray[np.float32]:
        return _singles([made(account) for account in accounts])

    return {
        "masters": each(lambda account: account.opening.T),
        "examinations": each(lambda account: account.inputs.examinations.T),
        "master_draws": each(lambda account: np.stack([account.paths.masters.T, account.successors.T])),
        "successors_before": each(lambda account: account.successors_before),
        "owning": each(lambda account: np.broadcast_to(account.owning, account.opening.shape).T),
        "ages_of_new": each(lambda account: account.inputs.ages_of_new),
        "window": _singles(np.searchsorted(ages, one.takeover_ages)),
        "interest": _singles(one.interest), "master_stay": _singles(one.stay),
        "course_success": _singles(one.success), "per_firm": _singles(one.per_firm),
        "staff_share": _singles(one.staff_share), "later": _singles((kernel * share[:, None]).T),
    }  # fmt: skip


def _singles(values: object) -> NDArray[np.float32]:
    return np.ascontiguousarray(np.asarray(values), dtype=np.float32)
