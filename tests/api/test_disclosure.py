"""An attacker who asks for everything and solves all sums together: a secret count keeps its room.

The attacker is written apart from the protection: it sees answers of the service only, knows how trades,
regions and accounts add up, and works with exact fractions and with linear programmes.
"""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from api import delivery
from api.app import create_app
from api.service import Settings
from forecast.disclosure import SUPPRESSED, protect
from forecast.errors import ModelError
from forecast.publish import export_files
from forecast.snapshot import SnapshotContent, open_snapshot, write_snapshot
from tests.api.conftest import Client
from tests.secret_toy import (
    DISTRICTS,
    GROUP,
    MEASURES,
    REGIONS,
    SECRET,
    SECRET_GAP,
    STATE,
    TRADES,
    TRUTH,
    YEARS,
    secret_content,
)
from tests.toy_accounts import write_toy_with_accounts
from tests.toy_snapshot import toy_content

LEAST = 3.0
Key = tuple[str, str, str, int]
Known = dict[Key, float | None]
ACCOUNTS = (
    {"gap": 1, "demand": -1, "supply": 1},
    {"gap": 1, "item_vacancies": -1, "item_job_seekers": -1},
)


def published(root: Path, content: SnapshotContent) -> str:
    """Write a release with its export files, as the pipeline does after the protection."""
    return write_snapshot(root, replace(content, files=export_files(content)))


def seen(client, base: str = "/api/v1") -> Known:
    """Every number of the cells anybody can ask for: matrix, group rows, CSV, tables, printed figures."""
    trades = ",".join((*TRADES, GROUP))
    address = f"{base}/matrix?region=*&year=*&trade={trades}&measure={','.join(MEASURES)}"
    found: Known = {}
    for row in client.data(address)["data"]:
        found[row["region_code"], row["trade_code"], row["measure"], row["year"]] = row["value"]
        if row["value"] is None:
            assert all(row[name] is None for name in row if name.startswith(("lower_", "upper_")))
    for row in client.data(f"{base}/observations?indicator=new_contracts")["data"]:
        _add(found, (row["region"], row["trade"], row["indicator"], row["year"]), row["value"])
    frame = pd.read_csv(io.BytesIO(client.get(f"{base}/downloads/fachkraeftematrix.csv").content))
    for row in frame.to_dict("records"):
        key = (row["region_code"], row["trade_code"], row["measure"], row["year"])
        _add(found, key, None if pd.isna(row["value"]) else row["value"])
    for region in REGIONS:
        for trade in TRADES:
            for year in (SECRET[3], SECRET_GAP[3]):
                _explained(client, base, found, region, trade, year)
    return found


def _add(found: Known, key: Key, value: float | None) -> None:
    """What one answer withholds another may show: the attacker takes what there is."""
    if value is not None:
        assert found.get(key) in (None, value)
        found[key] = value


def _explained(client, base: str, found: Known, region: str, trade: str, year: int) -> None:
    body = client.data(f"{base}/explain?region={region}&trade={trade}&year={year}")
    for item in (*body["items"], *body["related"]):
        for one in item["inputs"]:
            _add(found, (one["region"], one["trade"], one["indicator"], one["year"]), one["value"])


def equations() -> list[dict[Key, int]]:
    """What adds up, whoever publishes it."""
    found: list[dict[Key, int]] = []
    for year in YEARS:
        for measure in MEASURES:
            for trade in (*TRADES, GROUP):
                total = {(STATE, trade, measure, year): 1}
                found.append(total | {(one, trade, measure, year): -1 for one in DISTRICTS})
            for region in REGIONS:
                total = {(region, GROUP, measure, year): 1}
                found.append(total | {(region, one, measure, year): -1 for one in TRADES})
        for region in REGIONS:
            for trade in (*TRADES, GROUP):
                found += [
                    {(region, trade, measure, year): sign for measure, sign in account.items()}
                    for account in ACCOUNTS
                ]
    return found


def shared(key: Key) -> bool:
    """Whether a figure is the same in all releases: of the past, and of the trade nobody revised."""
    return key[3] <= SECRET[3] and key[1] == SECRET[1]


def open_equations(known: list[Known], secret: Key) -> tuple[list[dict[object, int]], list[float]]:
    """The equations of all releases together that lead to a secret, with what is withheld in them."""
    rows: list[dict[object, int]] = []
    sides: list[float] = []
    for number, release in enumerate(known):
        for equation in equations():
            unknown = {key: sign for key, sign in equation.items() if release.get(key) is None}
            if unknown:
                rows.append({key if shared(key) else (number, key): sign for key, sign in unknown.items()})
                shown = equation.keys() - unknown.keys()
                sides.append(-sum(equation[key] * release[key] for key in shown))
    for key in {key for release in known for key in release if shared(key)}:
        values = {release[key] for release in known if release.get(key) is not None}
        if values and any(release.get(key) is None for release in known):
            rows.append({key: 1})  # what one release withholds another shows
            sides.append(values.pop())
    reached, kept = {secret if shared(secret) else (0, secret)}, set[int]()
    while new := [at for at, row in enumerate(rows) if at not in kept and reached & row.keys()]:
        kept |= set(new)
        reached |= {name for at in new for name in rows[at]}
    return [rows[at] for at in sorted(kept)], [sides[at] for at in sorted(kept)]


def room(known: list[Known], secret: Key) -> tuple[float, float]:
    """Lowest and highest value of a secret that all sums allow, counts being at least nought."""
    rows, sides = open_equations(known, secret)
    names = sorted({name for row in rows for name in row}, key=repr)
    wanted = secret if shared(secret) else (0, secret)
    if wanted not in names:
        return -np.inf, np.inf
    matrix = np.zeros((len(rows), len(names)))
    for at, row in enumerate(rows):
        for name, sign in row.items():
            matrix[at, names.index(name)] = sign
    keys = [name if isinstance(name[0], str) else name[1] for name in names]
    signed = [key[2] in {"gap", "item_job_seekers"} for key in keys]
    bounds = [(None, None) if one else (0, None) for one in signed]
    ends = []
    for sign in (1, -1):
        weights = np.zeros(len(names))
        weights[names.index(wanted)] = sign
        solved = linprog(weights, A_eq=matrix, b_eq=np.array(sides), bounds=bounds, method="highs")
        assert solved.status in (0, 3), solved.message
        ends.append(sign * solved.fun if solved.success else -sign * np.inf)
    return ends[0], ends[1]


def determined(known: list[Known], secret: Key) -> Fraction | None:
    """The value the equations alone fix, in exact arithmetic; None if they leave it open."""
    rows, sides = open_equations(known, secret)
    names = sorted({name for row in rows for name in row}, key=lambda name: (name == secret, repr(name)))
    if secret not in names:
        return None
    places = {name: at for at, name in enumerate(names)}
    matrix = [[Fraction(0)] * len(names) + [Fraction(side).limit_denominator()] for side in sides]
    for at, row in enumerate(rows):
        for name, sign in row.items():
            matrix[at][places[name]] = Fraction(sign)
    done = 0
    for column in range(len(names)):
        pivot = next((at for at in range(done, len(matrix)) if matrix[at][column]), None)
        if pivot is None:
            continue
        matrix[done], matrix[pivot] = matrix[pivot], matrix[done]
        head = matrix[done][column]
        matrix[done] = [value / head for value in matrix[done]]
        for at, line in enumerate(matrix):
            if at != done and line[column]:
                factor = line[column]
                matrix[at] = [a - factor * b for a, b in zip(line, matrix[done], strict=True)]
        done += 1
    last = places[secret]
    for line in matrix:
        if line[last] == 1 and not any(line[at] for at in range(len(names)) if at != last):
            return line[-1]
    return None


@pytest.fixture(scope="module")
def protected() -> SnapshotContent:
    return protect(secret_content(), LEAST)


def test_without_protection_the_attacker_reads_the_secret(tmp_path: Path, serve) -> None:
    """The attack works: a test that could not find the leak would prove nothing."""
    published(tmp_path, secret_content(hide=(SECRET,)))
    known = seen(serve(tmp_path))
    assert known[SECRET] is None
    low, high = room([known], SECRET)
    assert (round(low), round(high)) == (TRUTH, TRUTH)
    assert determined([known], SECRET) == TRUTH


def test_with_protection_every_secret_keeps_its_room(protected, tmp_path: Path, serve) -> None:
    published(tmp_path, protected)
    known = seen(serve(tmp_path))
    assert determined([known], SECRET) is None
    for secret in (SECRET, SECRET_GAP):
        assert known[secret] is None
        low, high = room([known], secret)
        assert high - low >= LEAST, secret
    assert low <= high
    assert room([known], SECRET)[0] <= TRUTH <= room([known], SECRET)[1]


def test_no_more_is_withheld_than_a_few_cells(protected) -> None:
    """Withholding everything would be safe as well."""
    before, after = secret_content(), protected
    changed = after.status != before.status
    added = int(changed.sum())
    contracts = MEASURES.index("new_contracts")
    assert 3 <= changed[:, :, contracts].sum() <= 9
    assert added < changed.size // 6
    assert protected.documents["catalogue"]["disclosure"]["secondary"] == added
    shown = np.isfinite(after.cube[..., 0])
    assert (after.cube[shown] == before.cube[shown])[:, 0].all()


def test_sums_over_years_and_figures_of_an_occupation_are_withheld_with_the_trade() -> None:
    """Either would give the withheld number of the trade, or narrow it down to the years beside it."""
    content = secret_content()
    region, trade, measure, year = SECRET
    catalogue = dict(content.documents["catalogue"])
    catalogue["trades"] = [
        {**one, "training_occupations": [{"code": "AO-own"}] if one["code"] == trade else []}
        for one in catalogue["trades"]
    ]
    columns = [
        "indicator", "trade", "region", "year", "age", "value", "unit", "status", "published", "source",
        "note",
    ]  # fmt: skip
    printed = [measure, "AO-own", region, year, "", TRUTH, "contracts", "observed", "2025-08-31", "hwo", ""]
    windows = [(year - 2, year + 2), (year + 1, year + 5)]
    sums = {
        "columns": ["region", "trade", "measure", "first_year", "last_year", "value", "lower_80", "status",
                    "grade", "note"],
        "rows": [[region, trade, measure, *window, 41, 40, "forecast", "B", 0] for window in windows],
        "notes": [{"de": "", "en": ""}],
    }  # fmt: skip
    documents = {**content.documents, "catalogue": catalogue, "year_sums": sums,
                 "observations": {"columns": columns, "rows": [printed]}}  # fmt: skip
    found = protect(replace(content, documents=documents), LEAST).documents
    assert found["observations"]["rows"][0][5:8] == [None, "contracts", "suppressed"]
    assert [row[5:9] for row in found["year_sums"]["rows"]] == [
        [None, None, "suppressed", ""], [41, 40, "forecast", "B"],
    ]  # fmt: skip


def test_an_account_is_withheld_as_a_whole(protected, tmp_path: Path, serve) -> None:
    """A gap without its sides would be a subtraction."""
    published(tmp_path, protected)
    client = serve(tmp_path)
    region, trade, _, year = SECRET_GAP
    place = f"region={region}&trade={trade}&year={year}"
    rows = client.data(f"/api/v1/matrix?{place}&measure=demand,supply,gap,item_*")["data"]
    assert {row["value"] for row in rows} == {None}
    body = client.data(f"/api/v1/explain?{place}")
    assert body["items"] == []
    assert body["reason"]


def test_two_releases_do_not_give_away_what_one_keeps(protected, tmp_path: Path, serve) -> None:
    """The second release has other numbers; what one withholds for protection must not stand in the other."""
    first = published(tmp_path, protected)
    kept = open_snapshot(tmp_path, first)
    second = published(tmp_path, protect(secret_content(revised=5), LEAST, lambda: [kept]))
    assert first != second
    client = serve(tmp_path)
    known = [seen(client), seen(client, f"/api/v1/snapshots/{first}")]
    for release in known:
        assert release[SECRET] is None
    asked = "region=*&year=2024&measure=new_contracts&trade=A-13"
    assert client.data(f"/api/v1/snapshots/{first}/difference?{asked}")["data"] == []
    assert determined(known, SECRET) is None
    low, high = room(known, SECRET)
    assert high - low >= LEAST
    for release in known:
        assert determined([release], SECRET) is None
        low, high = room([release], SECRET)
        assert high - low >= LEAST
    same = {key for key in known[0] if key[2] == "new_contracts" and key[3] == SECRET[3] and key[1] == "A-13"}
    assert {key for key in same if known[0][key] is None} == {key for key in same if known[1][key] is None}


def test_a_choice_that_forgot_the_release_before_would_leak(protected, tmp_path: Path, serve) -> None:
    """Two different sets of withheld cells, put together, may hold nothing back: so the first one is kept."""
    first = open_snapshot(tmp_path, published(tmp_path, protected))
    other = secret_content()
    withheld = {tuple(one) for one in np.argwhere(protected.status != other.status)}
    again = protect(other, LEAST, lambda: [first])
    assert {tuple(one) for one in np.argwhere(again.status != other.status)} >= withheld
    assert withheld


def test_a_release_that_shows_what_is_secret_now_is_withdrawn(tmp_path: Path, serve) -> None:
    open_release = secret_content(hide=())
    first = published(tmp_path, open_release)
    client = serve(tmp_path)
    question = "matrix?region=HWK-CB&year=2024&trade=A-13&measure=new_contracts"
    assert client.data(f"/api/v1/snapshots/{first}/{question}")["data"][0]["value"] == TRUTH
    kept = open_snapshot(tmp_path, first)
    second = published(tmp_path, protect(secret_content(hide=(SECRET,)), LEAST, lambda: [kept]))
    assert client.service.look(force=True)
    for address in (
        question,
        "observations",
        "difference",
        "downloads/fachkraeftematrix.csv",
        "tables/matrix/data",
    ):
        refused = client.get(f"/api/v1/snapshots/{first}/{address}")
        assert refused.status_code == 404, address
        assert "geheim" in refused.json()["detail"]
    difference = client.get(f"/api/v1/snapshots/{second}/difference?to={first}&year=2024")
    assert difference.status_code == 404
    assert client.data(f"/api/v1/{question}")["data"][0]["value"] is None


def test_an_answer_finished_after_the_change_is_not_kept_for_others(
    tmp_path: Path, serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release was checked against the one in force, which changed while its answer was being built."""
    first = published(tmp_path, secret_content(hide=()))
    kept = open_snapshot(tmp_path, first)
    client = serve(tmp_path)
    published(tmp_path, protect(secret_content(hide=(SECRET,)), LEAST, lambda: [kept]))
    address = f"/api/v1/snapshots/{first}/matrix?region=HWK-CB&year=2024&trade=A-13&measure=new_contracts"
    build, changed = delivery.body_of, []

    def slow(*asked: Any) -> bytes:
        if not changed:
            changed.append(client.service.look(force=True))
        return build(*asked)

    monkeypatch.setattr(delivery, "body_of", slow)
    assert client.data(address)["data"][0]["value"] == TRUTH  # asked before the change
    assert changed == [True]
    for _ in range(2):
        refused = client.get(address)
        assert refused.status_code == 404
        assert "geheim" in refused.json()["detail"]


def test_what_cannot_be_protected_any_more_is_not_published(tmp_path: Path) -> None:
    """A release that is still kept shows every other part of the sums: nothing is left to withhold."""
    content = secret_content(hide=(SECRET,))
    kept = open_snapshot(tmp_path, published(tmp_path, content))
    with pytest.raises(ModelError, match="geheime Zahl") as refused:
        protect(content, LEAST, lambda: [kept])
    assert "HWK-CB|A-13 new_contracts 2024" in str(refused.value)
    assert str(TRUTH) not in str(refused.value).replace("2024", "")


def test_without_a_secret_nothing_changes() -> None:
    content = secret_content(hide=())
    assert protect(content, LEAST) is content


@pytest.mark.parametrize("seed", range(10))
def test_any_release_protects_its_secrets(seed: int) -> None:
    """Other numbers, other cells to withhold; the attacker is given the content itself."""
    content = protect(secret_content(seed), LEAST)
    axes = (content.axes.regions, content.axes.trades, content.axes.measures, content.axes.years)
    known: Known = {}
    for at in np.ndindex(content.status.shape):
        key = tuple(axis[place] for axis, place in zip(axes, at, strict=True))
        value = float(content.cube[(*at, 0)])
        known[key] = value if np.isfinite(value) else None  # type: ignore[index]
    for secret in (SECRET, SECRET_GAP):
        low, high = room([known], secret)
        assert high - low >= LEAST


def test_the_plan_of_training_centres_keeps_the_secret_too(protected) -> None:
    plan = protected.documents["training_plan"]
    first, second = (dict(zip(plan["columns"], row, strict=True)) for row in plan["rows"])
    assert (first["value"], first["lower_80"], first["status"]) == (None, None, "suppressed")
    withheld = {
        (REGIONS[r], YEARS[y])
        for r, t, _, y in np.argwhere(protected.status == SUPPRESSED)
        if (*TRADES, GROUP)[t] == SECRET[1]
    }
    assert (second["value"] is None) == ((second["region"], second["year"]) in withheld)


def test_stocks_and_flows_do_not_give_a_year_away() -> None:
    """A year follows from the next one and its flows: more than the year has to be withheld."""
    toy = toy_content()
    axes = toy.axes
    r, t, y = axes.regions.index("BB"), axes.trades.index("A-24"), axes.years.index(2030)
    cube, status = toy.cube.copy(), toy.status.copy()
    supply = axes.measures.index("supply")
    truth = float(cube[r, t, supply, y, 0])
    cube[r, t, supply, y], status[r, t, supply, y] = np.nan, SUPPRESSED
    secret = replace(toy, cube=cube, status=status)
    after = protect(secret, LEAST)

    def by_flows(content: SnapshotContent) -> float:
        value = {name: content.cube[r, t, at, :, 0] for at, name in enumerate(axes.measures)}
        out = sum(value[name][y + 1] for name in ("retirements", "deaths", "health_exits", "craft_leavers"))
        return float(value["supply"][y + 1] - value["entrants"][y + 1] - value["net_inflow"][y + 1] + out)

    assert by_flows(secret) == truth
    assert np.isnan(by_flows(after))


@pytest.mark.parametrize("beside", ["gap_rate", "gap_craft", "demand_fte"])
def test_what_is_made_of_a_secret_gap_goes_with_it(beside: str) -> None:
    """A rate and a known demand give the gap, and so does its part in craft firms with a known share."""
    toy = toy_content()
    axes, catalogue = toy.axes, toy.documents["catalogue"]
    gap = axes.measures.index("gap")
    r, t, y = axes.regions.index("BB"), axes.trades.index("A-24"), axes.years.index(2030)
    entry = next(one for one in catalogue["measures"] if one["code"] == "gap")

    def doubled(values: np.ndarray) -> np.ndarray:
        return np.concatenate([values, values[:, :, [gap]]], axis=2)

    secret = replace(
        toy,
        axes=replace(axes, measures=(*axes.measures, beside)),
        cube=doubled(toy.cube), status=doubled(toy.status), grade=doubled(toy.grade), note=doubled(toy.note),
        documents={
            **toy.documents,
            "catalogue": {**catalogue, "measures": [*catalogue["measures"], {**entry, "code": beside}]},
        },
    )  # fmt: skip
    secret.cube[r, t, gap, y], secret.status[r, t, gap, y] = np.nan, SUPPRESSED
    after = protect(secret, LEAST)
    assert after.status[r, t, -1, y] == SUPPRESSED
    assert np.isnan(after.cube[r, t, -1, y]).all()
    assert after.status[r, t, -1, axes.years.index(2015)] != SUPPRESSED, "another year says nothing about it"


def test_no_question_what_if_shows_what_is_withheld(tmp_path: Path, data_root: Path) -> None:
    """Neither base nor variant nor difference; a lever that hardly moves anything would show the base."""
    write_toy_with_accounts(tmp_path, data_root)
    content = open_snapshot(tmp_path).content()
    cube, status = content.cube.copy(), content.status.copy()
    axes = content.axes
    at = (axes.regions.index("HWK-FF"), axes.trades.index("A-24"), axes.measures.index("demand"),
          axes.years.index(2030))  # fmt: skip
    cube[at], status[at] = np.nan, SUPPRESSED
    guarded = protect(replace(content, cube=cube, status=status), LEAST)
    write_snapshot(tmp_path, guarded)
    withheld = {
        (axes.trades[t], axes.measures[m], axes.years[y])
        for r, t, m, y in np.argwhere(guarded.status == SUPPRESSED)
        if axes.regions[r] == "HWK-FF"
    }
    assert ("A-24", "gap", 2030) in withheld
    client = Client(create_app(Settings(tmp_path, refresh_seconds=0, requests_per_minute=0)))
    measures = ["demand", "supply", "gap", "training_need"]
    levers = [{"kind": "contracts", "from_year": 2027, "change": change} for change in (0.0001, 0.5)]
    for lever in levers:
        body = {"levers": [lever], "regions": ["HWK-FF"], "trades": ["A-24"], "years": [2029, 2030, 2031],
                "measures": measures}  # fmt: skip
        answer = client.request("POST", "/api/v1/scenarios", json=body)
        assert answer.status_code == 200, answer.text
        for row in answer.json()["data"]:
            if (row["trade_code"], row["measure"], row["year"]) in withheld:
                assert {row[name] for name in row if name == "value" or "er_" in name} == {None}, row
        assert not [one for one in answer.json()["contributions"] if one["year"] == 2030]
        lines = client.request("POST", "/api/v1/scenarios?format=csv", json=body).text.splitlines()
        shown = [line for line in lines if ",2030," in line and ",gap," in line]
        assert shown
        assert all(",,,,,,," in line for line in shown)
    for end in client.service.at_end:
        end()
