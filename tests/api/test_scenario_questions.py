"""Questions «what if» over HTTP: without levers the release, with levers closed accounts, ids that stay."""

from __future__ import annotations

import asyncio
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from api.app import create_app
from api.service import Settings
from api.what_if_lanes import Lane
from tests.api.conftest import Client
from tests.toy_accounts import TRADES, write_toy_with_accounts

ADDRESS = "/api/v1/scenarios"
CONTRACTS = {"kind": "contracts", "from_year": 2027, "change": {"value": 0.2, "low": 0.1, "high": 0.3}}
EXITS = {"kind": "craft_leaving", "from_year": 2027, "ramp_years": 2, "change": -0.5}
DEMAND = {"kind": "demand_step", "from_year": 2027, "trades": ["A-24"], "change": 0.5}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, data_root: Path) -> Path:
    folder = tmp_path_factory.mktemp("accounts") / "snapshots"
    write_toy_with_accounts(folder, data_root)
    return folder


@pytest.fixture(scope="module")
def asked(root: Path) -> Iterator[Client]:
    client = Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))
    yield client
    for end in client.service.at_end:
        end()


def post(client: Client, body: Any, address: str = ADDRESS, **headers: str) -> httpx.Response:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    return client.request(
        "POST", address, content=data, headers={"content-type": "application/json", **headers}
    )


def answered(client: Client, body: Any, address: str = ADDRESS) -> dict[str, Any]:
    answer = post(client, body, address)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def records(answer: dict[str, Any], scenario: str) -> list[dict[str, Any]]:
    return [record for record in answer["data"] if record["scenario"] == scenario]


def numbers(record: dict[str, Any]) -> list[Any]:
    return [record[name] for name in record if name == "value" or name.startswith(("lower", "upper"))]


def test_without_levers_base_and_variant_are_the_release(asked: Client) -> None:
    measures = ["demand", "supply", "gap", "training_need", "retirements"]
    body = {"measures": measures, "years": [2027, 2030, 2035], "regions": ["HWK-FF"]}
    found = answered(asked, body)
    base = records(found, "base")
    query = f"region=HWK-FF&year=2027,2030,2035&measure={','.join(measures)}&trade={','.join(TRADES)}"
    published = asked.data(f"/api/v1/matrix?{query}")["data"]
    key = ("trade_code", "measure", "year")
    by_key = {tuple(row[name] for name in key): row for row in published}
    assert len(base) == len(by_key) == 4 * 5 * 3
    for row in base:
        assert row == by_key[tuple(row[name] for name in key)]
    for row, other in zip(base, records(found, "what-if"), strict=True):
        assert numbers(row) == numbers(other)
    assert {row["value"] for row in records(found, "difference")} <= {0, None}
    assert found["contributions"] == []


def test_levers_move_what_they_name_and_the_numbers_add(asked: Client) -> None:
    body = {"levers": [CONTRACTS, EXITS, DEMAND], "years": [2026, 2033, 2038]}
    found = answered(asked, body)
    rows = {
        (row["scenario"], row["trade_code"], row["measure"], row["year"]): row["value"]
        for row in found["data"]
    }
    for trade in TRADES:
        for year in (2026, 2033, 2038):
            for case in ("base", "what-if", "difference"):
                demand, supply, gap = (rows[case, trade, m, year] for m in ("demand", "supply", "gap"))
                assert demand - supply == gap
            before, after = rows["base", trade, "gap", year], rows["what-if", trade, "gap", year]
            assert after - before == rows["difference", trade, "gap", year]
        assert rows["difference", trade, "gap", 2026] == 0  # no lever acts yet
        assert rows["difference", trade, "supply", 2033] > 0
        assert (rows["difference", trade, "demand", 2033] > 0) == (trade == "A-24")
    for part in found["contributions"]:
        total = sum(lever["value"] for lever in part["levers"]) + part["interaction"]
        assert total == part["difference"] == rows["difference", part["trade_code"], "gap", part["year"]]
    assert {part["trade_code"] for part in found["contributions"]} == set(TRADES)


def test_every_range_holds_its_point_and_the_wider_ones(asked: Client) -> None:
    found = answered(asked, {"levers": [CONTRACTS, EXITS], "years": list(range(2026, 2041))})
    for row in found["data"]:
        if row["value"] is None:
            assert set(numbers(row)) == {None}
            continue
        low = [row[f"lower_{level}"] for level in (95, 80, 50)]
        high = [row[f"upper_{level}"] for level in (50, 80, 95)]
        ordered = [*low, row["value"], *high]
        assert ordered == sorted(ordered)
        assert all(isinstance(value, int) for value in ordered)


def test_the_same_question_has_the_same_id_in_any_spelling(asked: Client) -> None:
    one = post(asked, {"levers": [{**CONTRACTS, "trades": ["A-24", "A-13"]}], "years": [2030, 2028]})
    other = post(
        asked,
        {
            "years": [2028, 2030, 2028], "regions": ["HWK-FF"], "contributions": True,
            "levers": [{"trades": ["A-13", "A-24"], "from_year": 2027, "kind": "contracts",
                        "cause": "contracts", "ramp_years": 1,
                        "change": {"high": 0.3, "low": 0.1, "value": 0.2}}],
        },
    )  # fmt: skip
    assert one.status_code == other.status_code == 200
    assert one.headers["content-location"] == other.headers["content-location"]
    assert one.headers["etag"] == other.headers["etag"]
    assert one.content == other.content
    changed = post(asked, {"levers": [{**CONTRACTS, "trades": ["A-24"]}], "years": [2030, 2028]})
    assert changed.headers["content-location"] != one.headers["content-location"]


def test_an_answer_can_be_shared_with_every_worker(asked: Client, root: Path) -> None:
    first = post(asked, {"levers": [EXITS], "measures": ["gap"]})
    address = first.headers["content-location"]
    again = asked.get(address)
    assert again.content == first.content
    assert "immutable" in again.headers["cache-control"]
    assert asked.get(address, headers={"if-none-match": again.headers["etag"]}).status_code == 304
    conditional = post(
        asked, {"levers": [EXITS], "measures": ["gap"]}, **{"if-none-match": again.headers["etag"]}
    )
    assert conditional.status_code == 200
    worker = Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))
    try:
        shared = worker.get(address)
        assert (shared.status_code, shared.content) == (200, first.content)
        assert shared.headers["etag"] == first.headers["etag"]
        repeated = post(worker, shared.json()["meta"]["what_if"]["question"])
        assert repeated.headers["content-location"] == address
    finally:
        for end in worker.service.at_end:
            end()


def test_the_question_does_not_stand_in_for_the_list_of_scenarios(asked: Client) -> None:
    post(asked, {"measures": ["gap"]})
    listed = asked.data(ADDRESS)
    assert [entry["name"] for entry in listed["data"]] == ["base", "retention", "fewer_orders", "new_run"]
    assert asked.data(f"{ADDRESS}/retention")["data"]["name"] == "retention"


def test_a_shipped_scenario_has_a_result(asked: Client) -> None:
    found = asked.data(f"{ADDRESS}/retention/result?year=2030,2035&measure=gap&trade=A-24&region=BB")
    assert [row["scenario"] for row in found["data"]] == ["base", "retention", "difference"] * 2
    assert {row["region_code"] for row in found["data"]} == {"BB"}
    assert [lever["from_scenario"] for lever in found["meta"]["what_if"]["levers"]] == [True, True]
    posted = answered(
        asked,
        {"scenarios": ["retention"], "years": [2030, 2035], "measures": ["gap"], "trades": ["A-24"],
         "regions": ["BB"]},
    )  # fmt: skip
    assert posted["data"] == found["data"]
    assert posted["contributions"] == found["contributions"]


def test_the_answer_says_what_it_contains_in_both_languages(asked: Client) -> None:
    german = answered(asked, {"levers": [CONTRACTS], "measures": ["gap"], "trades": ["A-24"]})["meta"]
    english = answered(
        asked, {"levers": [CONTRACTS], "measures": ["gap"], "trades": ["A-24"]}, f"{ADDRESS}?lang=en"
    )
    shown = german["what_if"]["levers"][0]
    assert shown["text"] == "Neuabschlüsse +20,0 % ab 2027"
    assert english["meta"]["what_if"]["levers"][0]["text"] == "New contracts: change 0.2 from 2027"
    assert english["meta"]["what_if"]["id"] == german["what_if"]["id"]
    assert german["units"] == {"gap": "persons"}
    assert german["snapshot_id"] == asked.service.release_id
    assert "Ziehungen" in german["ranges"]
    assert german["what_if"]["published_to"] == 2035


OVERRIDES = [{"name": "exam_retry", "value": 0.95}, {"name": "productivity_growth", "value": 0.01}]


def test_overridden_assumptions_stand_beside_levers_and_their_parts_add(asked: Client) -> None:
    body = {"levers": [CONTRACTS], "overrides": OVERRIDES, "years": [2033], "measures": ["gap", "supply"]}
    found = answered(asked, body)
    head = found["meta"]["what_if"]
    assert [one["name"] for one in head["overrides"]] == ["exam_retry", "productivity_growth"]
    assert not any(one["from_scenario"] for one in head["overrides"])
    assert "exam_retry" in head["overrides"][0]["text"]
    assert any("Vergangenheit" in sentence for sentence in head["contains"])
    assert head["question"]["overrides"] == OVERRIDES
    moved = {
        row["trade_code"]: row["value"] for row in records(found, "difference") if row["measure"] == "gap"
    }
    assert all(moved.values())
    for part in found["contributions"]:
        total = sum(one["value"] for one in (*part["levers"], *part["overrides"])) + part["interaction"]
        assert [one["override"] for one in part["overrides"]] == [0, 1]
        assert total == part["difference"] == moved[part["trade_code"]]
    again = answered(asked, head["question"])
    assert again["meta"]["what_if"]["id"] == head["id"]
    assert again["data"] == found["data"]


def test_overrides_make_another_question_and_none_the_old_one(asked: Client) -> None:
    plain, empty, other = (
        answered(asked, {"levers": [CONTRACTS], "measures": ["gap"], **more})["meta"]["what_if"]
        for more in ({}, {"overrides": []}, {"overrides": OVERRIDES[:1]})
    )
    assert plain["id"] == empty["id"] != other["id"]
    assert "overrides" not in plain["question"], "addresses shared before stay valid"
    assert "overrides" not in plain
    english = post(asked, {"overrides": OVERRIDES[:1], "measures": ["gap"]}, f"{ADDRESS}?lang=en").json()
    assert english["meta"]["what_if"]["overrides"][0]["text"] != other["overrides"][0]["text"]


def test_heads_full_time_equivalents_and_hours_of_a_shorter_week_side_by_side(asked: Client) -> None:
    week = {"kind": "working_time", "from_year": 2027, "hours_before": 40, "hours_after": 32, "offset": 0.5}
    measures = [f"{side}{unit}" for unit in ("", "_fte", "_hours") for side in ("demand", "supply", "gap")]
    known = [code for code in measures if code in asked.service.release.measures]
    found = answered(asked, {"levers": [week], "measures": known, "years": [2030], "trades": ["A-24"]})
    rows = {(row["scenario"], row["measure"]): row["value"] for row in found["data"]}
    for case in ("base", "what-if", "difference"):
        for unit in ("", "_fte", "_hours"):
            if f"gap{unit}" in known:
                assert rows[case, f"demand{unit}"] - rows[case, f"supply{unit}"] == rows[case, f"gap{unit}"]
    assert rows["difference", "demand"] > 0
    assert rows["difference", "supply"] == 0
    if "supply_fte" in known:
        assert rows["difference", "supply_fte"] < 0


WRONG: dict[str, tuple[Any, str, str]] = {
    "unknown lever": ({"levers": [{"kind": "contract", "from_year": 2027}]}, "/levers/0/kind", "contracts"),
    "no number": ({"levers": [{**CONTRACTS, "change": "viel"}]}, "/levers/0/change", "low"),
    "true is no number": ({"levers": [{**CONTRACTS, "change": True}]}, "/levers/0/change", "low"),
    "outside": ({"levers": [{**CONTRACTS, "change": 9}]}, "/levers/0/change", "2"),
    "range upside down": (
        {"levers": [{**CONTRACTS, "change": {"value": 0.2, "low": 0.3, "high": 0.4}}]},
        "/levers/0/change", "low",
    ),
    "unknown part": ({"levers": [{**CONTRACTS, "change": {"valu": 1}}]}, "/levers/0/change/valu", "value"),
    "missing number": ({"levers": [{"kind": "contracts", "from_year": 2027}]}, "/levers/0/change", "low"),
    "missing year": ({"levers": [{"kind": "contracts", "change": 0.1}]}, "/levers/0/from_year", "2026"),
    "year as text": ({"levers": [{**CONTRACTS, "from_year": "2027"}]}, "/levers/0/from_year", "2026"),
    "before the accounts": ({"levers": [{**CONTRACTS, "from_year": 2020}]}, "/levers/0/from_year", "2040"),
    "unknown trade": ({"levers": [{**CONTRACTS, "trades": ["A-25", "A-2"]}]}, "/levers/0/trades/1", "A-2"),
    "free text": ({"levers": [{**CONTRACTS, "reason": "<b>"}]}, "/levers/0/reason", "regions"),
    "text as a cause": ({"levers": [{**CONTRACTS, "cause": "zu viel Text"}]}, "/levers/0/cause", "32"),
    "lever is a number": ({"levers": [1]}, "/levers/0", "kind"),
    "levers is an object": ({"levers": {}}, "/levers", "24"),
    "too many levers": ({"levers": [CONTRACTS] * 25}, "/levers", "24"),
    "contradiction": ({"levers": [CONTRACTS, {**CONTRACTS, "change": 0.1}]}, "/levers", "cause"),
    "unknown field": ({"region": "HWK-FF"}, "/region", "regions"),
    "unknown scenario": ({"scenarios": ["retentio"]}, "/scenarios/0", "retention"),
    "acts in a run only": ({"scenarios": ["new_run"]}, "/scenarios", "exam_retry"),
    "unknown assumption": (
        {"overrides": [{"name": "exam_retri", "value": 0.5}]}, "/overrides/0/name", "exam_retry",
    ),
    "not on demand": (
        {"overrides": [{"name": "due_rate", "value": 0.03}]}, "/overrides/0/name", "exam_retry",
    ),
    "assumption outside": ({"overrides": [{"name": "exam_retry", "value": 2}]}, "/overrides/0/value", "1"),
    "assumption no number": (
        {"overrides": [{"name": "exam_retry", "value": "viel"}]}, "/overrides/0/value", "Zahl",
    ),
    "assumption without value": ({"overrides": [{"name": "exam_retry"}]}, "/overrides/0/value", "Zahl"),
    "assumption unknown field": (
        {"overrides": [{"name": "exam_retry", "valu": 0.5}]}, "/overrides/0/valu", "value",
    ),
    "assumption unknown key": (
        {"overrides": [{"name": "health_factor", "value": 1.2, "key": {"group": "skh"}}]}, "/overrides/0/key",
        "shk",
    ),
    "assumption twice": (
        {"overrides": [{"name": "exam_retry", "value": 0.5}, {"name": "exam_retry", "value": 0.6}]},
        "/overrides/1/value", "Wert",
    ),
    "assumption and lever": (
        {"levers": [EXITS], "overrides": [{"name": "craft_leaving_rate", "value": 0.01}]},
        "/overrides/0/name", "beiden",
    ),
    "assumption and scenario": (
        {"scenarios": ["retention"], "overrides": [{"name": "craft_leaving_rate", "value": 0.01}]},
        "/overrides/0/name", "beiden",
    ),
    "overrides is an object": ({"overrides": {}}, "/overrides", "24"),
    "override is a number": ({"overrides": [1]}, "/overrides/0", "value"),
    "region without accounts": ({"regions": ["DE"]}, "/regions/0", "HWK-FF"),
    "unknown region": ({"regions": ["HWK-FG"]}, "/regions/0", "HWK-FF"),
    "trade without accounts": ({"trades": ["A-27"]}, "/trades/0", "A-2"),
    "year without accounts": ({"years": [2030, 2041]}, "/years/1", "2040"),
    "unknown measure": ({"measures": ["gab"]}, "/measures/0", "gap"),
    "no boolean": ({"contributions": 1}, "/contributions", "true"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_named_with_its_place(asked: Client, name: str) -> None:
    body, pointer, expected = WRONG[name]
    answer = post(asked, body)
    assert answer.status_code == 422, answer.text
    document = answer.json()
    fault = next(one for one in document["errors"] if one["pointer"] == f"/body{pointer}")
    assert expected in fault["expected"]
    english = post(asked, body, f"{ADDRESS}?lang=en").json()
    other = next(one for one in english["errors"] if one["pointer"] == f"/body{pointer}")
    assert other["detail"] != fault["detail"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b'{"levers": NaN}', b'{"years": [1e999]}', b'{"a": 1, "a": 2}', b"[" * 100_000, b'"\xff"',
     b'{"levers": ' + b'{"a":' * 40 + b"1" + b"}" * 41, b'{"years": [' + b"9" * 5000 + b"]}"],
    ids=range(9),
)  # fmt: skip
def test_bodies_two_readers_could_understand_differently_are_refused(asked: Client, body: bytes) -> None:
    answer = post(asked, body)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_other_media_types_methods_and_ids_are_refused(asked: Client) -> None:
    form = asked.request("POST", ADDRESS, content=b"{}", headers={"content-type": "text/plain"})
    assert form.status_code == 415
    assert asked.request("DELETE", ADDRESS).status_code == 405
    assert asked.request("PUT", ADDRESS).headers["allow"] == "GET, HEAD, POST, OPTIONS"
    assert asked.get(f"{ADDRESS}/00000000-0000-8000-8000-000000000000").status_code == 404
    assert asked.get(f"{ADDRESS}/retentio").json()["near"] == ["retention"]
    assert asked.get(f"{ADDRESS}/retention/result?year=1999").json()["errors"][0]["pointer"] == "/query/year"
    assert asked.get(f"{ADDRESS}/retention/result?yer=1999").status_code == 422
    assert post(asked, {"snapshot_id": "0" * 16}).status_code == 404


def test_a_tampered_question_is_not_answered(asked: Client, root: Path) -> None:
    address = post(asked, {"levers": [EXITS], "years": [2031]}).headers["content-location"]
    identity = address.rpartition("/")[2]
    path = root / "questions" / f"{identity}.json"
    path.write_bytes(path.read_bytes().replace(b"2031", b"2032"))
    other = Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))
    assert other.get(address).status_code == 404


def test_a_release_without_accounts_says_so(client: Client) -> None:
    answer = post(client, {})
    assert answer.status_code == 404
    assert "keine Konten" in answer.json()["detail"]


def test_what_the_release_hides_no_scenario_shows(asked: Client) -> None:
    years = list(range(2026, 2036))
    found = answered(
        asked, {"levers": [EXITS], "measures": ["gap", "training_need"], "years": years, "regions": ["BB"]}
    )
    query = f"region=BB&year=2026..2035&measure=gap,training_need&trade={','.join(TRADES)}"
    hidden = {
        (row["trade_code"], row["measure"], row["year"])
        for row in asked.data(f"/api/v1/matrix?{query}")["data"]
        if row["value"] is None
    }
    for row in found["data"]:
        key = (row["trade_code"], row["measure"], row["year"])
        if key in hidden and row["status"] != "not_reachable":
            assert row["value"] is None


def test_two_questions_at_once_get_their_own_answers(root: Path) -> None:
    client = Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))
    bodies = [
        {"levers": [{**CONTRACTS, "change": 0.01 * step}], "measures": ["gap"]} for step in range(1, 13)
    ]

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app=client.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as session:
            return await asyncio.gather(*(session.post(ADDRESS, json=body) for body in bodies))

    try:
        answers = asyncio.run(ask())
        shown = [
            answer.json()["meta"]["what_if"]["question"]["levers"][0]["change"]["value"] for answer in answers
        ]
        assert shown == [pytest.approx(0.01 * step) for step in range(1, 13)]
        assert len({answer.headers["etag"] for answer in answers}) == 12
    finally:
        for end in client.service.at_end:
            end()


def test_a_full_lane_refuses_and_says_when_to_come_again() -> None:
    lane = Lane("probe", waiting=1, seconds=30)
    nothing = {"root": "/nowhere", "snapshot": "0" * 16, "question": {}, "lang": "de", "address": "/"}

    async def ask() -> list[Any]:
        return await asyncio.gather(*(lane.ask(nothing, 3.2) for _ in range(3)), return_exceptions=True)

    try:
        refused = asyncio.run(ask())
        assert [problem.kind.status for problem in refused] == [500, 503, 503]
        assert refused[1].headers == {"Retry-After": "3"}
        assert lane.in_flight == 0
    finally:
        lane.close()


def test_a_question_that_takes_too_long_is_ended() -> None:
    lane = Lane("probe", waiting=1, seconds=0.01)

    async def ask() -> Any:
        return await asyncio.gather(lane.ask({}, 1.0), return_exceptions=True)

    try:
        (problem,) = asyncio.run(ask())
        assert problem.kind.status == 503
        assert "Retry-After" in problem.headers
    finally:
        lane.close()


@pytest.fixture(scope="module")
def live(root: Path, repo_root: Path) -> Iterator[str]:
    """The service as a process with two workers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = subprocess.Popen(
        [sys.executable, "-m", "api", "--port", str(port), "--snapshots", str(root), "--workers", "2"],
        cwd=repo_root, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                if httpx.get(f"{address}/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=120)


def handbook(repo_root: Path, language: str, address: str) -> str:
    """The example in a language, asking this service."""
    text = (repo_root / "docs/handbook/szenarien.md").read_text(encoding="utf-8")
    (found,) = re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert "http://127.0.0.1:8000" in found
    return found.replace("http://127.0.0.1:8000", address)


def test_the_python_example_of_the_handbook_runs(live: str, repo_root: Path) -> None:
    program = handbook(repo_root, "python", live)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    *rows, link = done.stdout.splitlines()
    assert [row.split()[1] for row in rows] == ["base", "retention", "difference"] * 4
    assert httpx.get(link, timeout=60).status_code == 200


def test_the_curl_example_of_the_handbook_runs(live: str, repo_root: Path) -> None:
    command = shlex.split(handbook(repo_root, "sh", live))
    assert command[0] == "curl"
    if shutil.which("curl"):
        done = subprocess.run(command, capture_output=True, check=True, timeout=60)
        answer = orjson.loads(done.stdout)
    else:
        data = command[command.index("--data") + 1]
        headers = {"content-type": "application/json"}
        answer = httpx.post(command[2], content=data, headers=headers, timeout=60).json()
    assert len(answer["data"]) == 6
    (part,) = [one for one in answer["contributions"] if one["year"] == 2035]
    assert len(part["levers"]) == 3


def test_every_worker_answers_a_shared_address(live: str) -> None:
    asked = httpx.post(f"{live}{ADDRESS}", json={"levers": [CONTRACTS], "measures": ["gap"]}, timeout=60)
    address = live + asked.headers["content-location"]
    answers = [
        httpx.get(address, timeout=60) for _ in range(12)
    ]  # a connection each: both workers have a turn
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.content for answer in answers} == {asked.content}


def test_the_process_for_scenarios_loads_no_training_library(repo_root: Path) -> None:
    program = "import sys, api.what_if_worker; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=repo_root, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "forecast.what_if" in loaded
    forbidden = (
        "pandas",
        "pandera",
        "pyarrow",
        "scipy",
        "sklearn",
        "yaml",
        "forecast.sources",
        "forecast.estimators",
    )
    assert not [name for name in loaded if name.startswith(forbidden)]


def test_a_region_without_accounts_is_said_to_be_one_and_no_trade_is_blamed(asked: Client) -> None:
    answer = post(asked, {"regions": ["DE"], "trades": ["A-24"], "scenarios": ["retention"]})
    (fault,) = answer.json()["errors"]
    assert fault["pointer"] == "/body/regions/0"
    assert fault["detail"] == "Für «DE» gibt es keine Konten."
    lever = {"kind": "contracts", "change": 0.1, "from_year": 2027, "regions": ["DE"]}
    (fault,) = post(asked, {"levers": [lever]}).json()["errors"]
    assert fault["detail"] == "Für diese Region gibt es keine Konten."
    assert "HWK-FF" in fault["expected"]
    (fault,) = post(asked, {"levers": [{**lever, "regions": ["BB"], "change": -5}]}).json()["errors"]
    assert fault["detail"].endswith("Spanne: -5.")


def test_an_answer_and_a_shipped_result_name_their_other_forms(asked: Client) -> None:
    posted = post(asked, {"levers": [CONTRACTS], "measures": ["gap"], "years": [2030]})
    shipped = asked.get(f"{ADDRESS}/retention/result?region=HWK-FF&year=2030&measure=gap")
    for answer in (posted, shipped):
        assert answer.status_code == 200, answer.text
        others = re.findall(r'<([^>]*)>; rel="alternate"; type="([^"]*)"', answer.headers["link"])
        assert len(others) == 4
        for other, kind in others:
            found = asked.get(other)
            assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (200, kind), other
