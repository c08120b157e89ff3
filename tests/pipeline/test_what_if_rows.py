"""Groups of trades, craft firms, owners and masters of a real release in questions «what if»."""

from __future__ import annotations

import json

import numpy as np
import pytest

from api.problems import Problem
from api.questions import read_question
from api.release import Release
from api.what_if_accounts import Accounts
from api.what_if_records import body
from forecast.scenarios import hidden_cells, model_of
from forecast.what_if import WhatIfModel
from forecast.what_if_answer import Answers
from forecast.what_if_firms import FIRM_MEASURES

CRAFT = ("demand_craft", "supply_craft", "gap_craft")
GROUP = "GRP-SHK"
POSITIONS = ("master_demand", "master_gap")


@pytest.fixture(scope="module", params=["HWK-FF", "BB"])
def model(request, release) -> WhatIfModel:
    return model_of(release, request.param)


@pytest.fixture(scope="module")
def accounts(release) -> Accounts:
    return Accounts(Release(release))


def test_without_levers_groups_crafts_owners_and_masters_are_the_release(model: WhatIfModel, release) -> None:
    run = model.run((), list(model.rows))
    region, seen = release.index("region", model.inputs.region), set()
    for measure in ("demand", "supply", "gap", "training_need", *CRAFT, *FIRM_MEASURES):
        place = release.index("measure", measure)
        for row, code in enumerate(run.trades):
            cells = release.cube[region, release.index("trade", code), place]
            for year in range(model.inputs.base_year + 1, model.inputs.published_to + 1):
                shown = cells[release.index("year", year)]
                draws = run.measures[measure][row, :, year - int(run.years[0])].astype(float)
                if np.isnan(shown[0]) or np.isnan(draws).any():
                    continue
                seen.add((measure, code[:4] == "GRP-"))
                # demand or supply follows the other and the gap in whole numbers; sums those of their parts
                land = model.inputs.region == "BB"
                parts = len(model.rows[code]) + 2 * land
                # places filled in the Land are a little more than those filled in its districts
                wanted = release.cube[
                    region, release.index("trade", code), release.index("measure", "master_demand")
                ]
                places = wanted[release.index("year", year), 0] if measure in POSITIONS and land else 0
                most = max(1.01 * min(parts, 4), 0.005 * places)
                assert abs(draws.mean() - shown[0]) < most, (measure, code, year)
                assert shown[3] - 0.01 <= np.quantile(draws, 0.1) + 1, (measure, code, year)
    expected = {(measure, group) for measure in ("gap", *CRAFT, *FIRM_MEASURES) for group in (True, False)}
    assert expected <= seen


def test_the_release_hides_a_group_as_it_hides_a_trade(model: WhatIfModel, release) -> None:
    hidden = hidden_cells(release, model)
    assert {code for code, _ in hidden} <= set(model.rows)


def test_expected_owners_and_masters_are_the_mean_of_the_published_draws(release) -> None:
    """A district has an account of its own; the owners of the Land are the sum of those of its districts."""
    model = model_of(release, "HWK-FF")
    found = model._firms._of(model.inputs.trades)
    assert found is not None
    region, firms = found[0], model.inputs.firms
    for place, name in ((0, "owners_leaving"), (3, "handovers"), (6, "owners")):
        published = firms.owner_draws[:, place].astype(float).mean(axis=(0, 2))
        expected = region.base.owners[name].astype(float).mean(axis=(0, 2))
        np.testing.assert_allclose(expected, published, rtol=0.04, err_msg=name)
    published = firms.master_draws.astype(float).mean(axis=(0, 3))
    for row, expected in zip(published, (region.base.masters, region.base.successors), strict=True):
        np.testing.assert_allclose(expected.astype(float).mean(axis=(0, 2)), row, rtol=0.02)


def ask(accounts: Accounts, **more) -> dict:
    question = read_question({"regions": ["HWK-FF"], "years": [2030, 2037], **more}, accounts)
    release = accounts.release
    return json.loads(
        body(release, question, "de", "/x", lambda region: Answers(model_of(release.snapshot, region)))
    )


def test_the_interface_answers_for_groups_crafts_and_masters(accounts: Accounts) -> None:
    measures = ["gap", "gap_craft", "masters", "craft_closures"]
    answer = ask(accounts, scenarios=["fewer_masters"], trades=[GROUP, "A-24"], measures=measures)
    found = {
        (record["trade_code"], record["measure"], record["year"], record["scenario"]): record
        for record in answer["data"]
    }
    assert len(found) == 2 * len(measures) * 2 * 3
    difference = found[GROUP, "masters", 2030, "difference"]
    assert difference["value"] < 0
    later = found[GROUP, "masters", 2037, "base"]
    assert later["status"] == "forecast"
    assert later["lower_80"] < later["value"] < later["upper_80"]
    assert "Nach dem letzten Jahr des Standes" in later["note"]
    assert found[GROUP, "masters", 2037, "difference"]["value"] < difference["value"], "fewer every year"
    assert found[GROUP, "gap", 2037, "fewer_masters"]["value"] is not None
    parts = [one for one in answer["contributions"] if one["trade_code"] == GROUP]
    assert [one["year"] for one in parts] == [2030, 2037]
    said = " ".join(answer["meta"]["what_if"]["contains"])
    assert "wirkt nicht auf Beschäftigte und Verträge zurück" in said
    assert "Nicht neu gerechnet" in said


def test_all_trades_are_trades_and_a_group_is_asked_for_by_name(accounts: Accounts) -> None:
    every = ask(accounts, measures=["gap"], years=[2030])
    codes = {record["trade_code"] for record in every["data"]}
    assert codes == set(accounts.trades("HWK-FF"))
    with pytest.raises(Problem) as caught:
        ask(accounts, trades=["GRP-SHX"])
    assert any(GROUP in str(fault.expected) for fault in caught.value.faults)


@pytest.mark.parametrize(
    ("asked", "pointer"),
    [
        ({"levers": [{"kind": "masters", "from_year": 2027, "change": -0.1}]}, "/body/levers"),
        ({"overrides": [{"name": "success_share", "value": 0.5}]}, "/body/overrides"),
        ({"scenarios": ["fewer_masters"]}, "/body/levers"),
        ({"measures": ["masters"]}, "/body/measures/0"),
    ],
    ids=["lever", "assumption", "scenario", "measure"],
)
def test_a_release_that_keeps_no_firms_says_so(release, asked: dict, pointer: str) -> None:
    older = Accounts(Release(release))
    older.trades("HWK-FF")
    older._firms["HWK-FF"] = False
    with pytest.raises(Problem) as caught:
        read_question({"regions": ["HWK-FF"], **asked}, older)
    (fault,) = caught.value.faults
    assert fault.pointer == pointer
