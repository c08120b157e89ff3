"""Two releases: the changes of the items add to the change of the gap, and so do those of the components."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from forecast.domain.attribution import INTERACTION
from forecast.errors import InputError
from forecast.release_difference import release_difference
from forecast.snapshot import Snapshot, open_snapshot, write_snapshot
from forecast.what_if_inputs import decode, encode, file_name

CELL = ("HWK-FF", "A-24", 2030)


@pytest.fixture(scope="module")
def later(release: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The release with 40 more vacancies and 25 more leaving: a gap of 65 more, in cube and accounts."""
    content = release.content()
    name = file_name("HWK-FF")
    inputs = decode(content.files[name])
    trade = inputs.trades.index("A-24")
    vacancies, leavers = inputs.vacancies.copy(), inputs.craft_leavers * 1.2
    vacancies[trade] += 40
    changed = replace(inputs, vacancies=vacancies, craft_leavers=leavers)
    cube = content.cube.copy()
    region, place, year = (
        release.index(*pair) for pair in zip(("region", "trade", "year"), CELL, strict=True)
    )
    for measure, more in {
        "demand": 40,
        "supply": -25,
        "gap": 65,
        "item_vacancies": 40,
        "item_craft_leavers": 25,
    }.items():
        cube[region, place, release.index("measure", measure), year] += more
    root = tmp_path_factory.mktemp("later")
    files = {**content.files, name: encode(changed)}
    return open_snapshot(root, write_snapshot(root, replace(content, cube=cube, files=files)))


def test_items_add_to_the_change(release: Snapshot, later: Snapshot) -> None:
    found = release_difference(release, later, *CELL)
    assert found.after - found.before == 65 == sum(found.items.values())
    assert {name: change for name, change in found.items.items() if change} == {
        "item_vacancies": 40, "item_craft_leavers": 25,
    }  # fmt: skip


def test_components_add_to_the_change_and_the_other_way_round(release: Snapshot, later: Snapshot) -> None:
    there = release_difference(release, later, *CELL).components
    back = release_difference(later, release, *CELL).components
    assert there is not None
    assert back is not None
    for one in (there, back):
        assert sum(one.contributions.values()) == one.after - one.before
    assert there.contributions["demand"] > 20
    assert there.contributions["exits"] > 5
    assert there.contributions["inflow"] == 0 == there.contributions["stock"]
    # the published draws do not know of the higher leaving: the account does, chance takes it back
    assert np.isclose(there.contributions[INTERACTION], -there.contributions["exits"], atol=2)


def test_the_same_release_differs_in_nothing(release: Snapshot) -> None:
    found = release_difference(release, release, *CELL)
    assert set(found.items.values()) == {0}
    assert found.components is not None
    assert set(found.components.contributions.values()) == {0}


def test_a_release_that_tells_less_apart_is_compared_by_the_sum(release: Snapshot, tmp_path: Path) -> None:
    """One item instead of three, and accounts in another form, as before the net inflow was told apart."""
    content = release.content()
    parts = [release.index("measure", f"item_{part}") for part in ("returners", "migration", "residual")]
    cube = content.cube.copy()
    cube[:, :, parts[2]] = cube[:, :, parts].sum(axis=2)
    left = [at for at in range(len(content.axes.measures)) if at not in parts[:2]]
    measures = tuple("item_net_inflow" if at == parts[2] else content.axes.measures[at] for at in left)
    older = replace(
        content,
        axes=replace(content.axes, measures=measures),
        cube=cube[:, :, left],
        status=content.status[:, :, left],
        grade=content.grade[:, :, left],
        note=content.note[:, :, left],
        files={
            name: data.replace(b"what-if-3", b"what-if-2") if name == file_name("HWK-FF") else data
            for name, data in content.files.items()
        },
    )
    before = open_snapshot(tmp_path, write_snapshot(tmp_path, older))
    for found in (release_difference(before, release, *CELL), release_difference(release, before, *CELL)):
        assert found.items["item_net_inflow"] == 0
        assert not {"item_returners", "item_migration", "item_residual"} & set(found.items)
        assert set(found.items.values()) == {0}
        assert found.components is None


def test_a_cell_that_one_release_lacks_is_refused(release: Snapshot) -> None:
    with pytest.raises(InputError, match="kennt"):
        release_difference(release, release, "HWK-FF", "A-24", 2099)
    with pytest.raises(InputError, match="keine Lücke"):
        release_difference(release, release, "12053", "A-24", 2030)
