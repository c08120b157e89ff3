"""Requests a client sends by mistake or because a standard allows them: each gets the answer it should."""

from __future__ import annotations

import asyncio
import contextlib
import re
import select
import socket

import httpx
import orjson
import pytest

from api.app import create_app
from api.express import Express
from api.limits import MAX_HEAD_BYTES
from api.service import Settings
from forecast.snapshot import open_snapshot
from tests.api.conftest import Client
from tests.api.test_express import Line
from tests.api.test_faults import PATIENCE, process
from tests.toy_snapshot import write_toy

FILE = "/api/v1/downloads/fachkraeftematrix.csv"


# --- parts of files -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def whole(client: Client) -> httpx.Response:
    answer = client.get(FILE)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("value", ["lines=1-2", "bytes=9-3", "bytes=a-b", "bytes", "bytes=", "bytes=1-2;3"])
def test_a_range_that_means_nothing_is_ignored(client, whole, value: str) -> None:
    answer = client.get(FILE, headers={"Range": value})
    assert (answer.status_code, answer.content) == (200, whole.content)


@pytest.mark.parametrize("value", ["bytes=99999999999-", "bytes=-0", "bytes=99999999999-, -0"])
def test_a_range_outside_the_file_is_a_problem_that_names_its_size(client, whole, value: str) -> None:
    answer = client.get(FILE, headers={"Range": value})
    assert (answer.status_code, answer.headers["content-type"]) == (416, "application/problem+json")
    assert answer.headers["content-range"] == f"bytes */{len(whole.content)}"
    assert answer.json()["type"] == "/hilfe/fehler/bereich-ausserhalb"


def test_ranges_within_the_file_are_sent(client, whole) -> None:
    one = client.get(FILE, headers={"Range": "bytes=2-5, 99999999999-"})
    assert (one.status_code, one.content) == (206, whole.content[2:6])
    assert one.headers["content-range"] == f"bytes 2-5/{len(whole.content)}"
    assert client.get(FILE, headers={"Range": "Bytes=-3"}).content == whole.content[-3:]
    several = client.get(FILE, headers={"Range": "bytes=0-1,4-5"})
    assert several.headers["content-type"].startswith("multipart/byteranges")


def test_whoever_holds_part_of_another_file_gets_the_whole(client, whole) -> None:
    part = {"Range": "bytes=0-3", "If-Range": whole.headers["etag"]}
    assert client.get(FILE, headers=part).content == whole.content[:4]
    for other in ('"another"', f"W/{whole.headers['etag']}", "Mon, 23 Nov 2026 10:00:00 GMT"):
        for asked in ("bytes=0-3", "bytes=99999999999-"):
            answer = client.get(FILE, headers={"Range": asked, "If-Range": other})
            assert (answer.status_code, answer.content) == (200, whole.content)


# --- bodies -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["application/json; charset=iso-8859-1", "application/json;charset=utf-16"])
def test_json_in_another_encoding_is_refused(client, kind: str) -> None:
    answer = client.request("POST", "/api/v1/scenarios", content=b"{}", headers={"content-type": kind})
    assert (answer.status_code, answer.headers["accept-post"]) == (415, "application/json")


@pytest.mark.parametrize(
    "kind", ["application/json", 'Application/JSON; charset="UTF-8"', "application/json;x=y"]
)
def test_json_in_utf8_is_read(client, kind: str) -> None:
    answer = client.request("POST", "/api/v1/scenarios", content=b"[]", headers={"content-type": kind})
    assert answer.status_code == 422  # read, and no object


def test_a_compressed_body_is_refused_and_told_what_would_be_read(client) -> None:
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    answer = client.request("POST", "/api/v1/scenarios", content=b"\x1f\x8b", headers=headers)
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")


# --- what is no request -------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [
        b"FOO /api/v1/trades HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /api/v1/trades HTTP/9.9\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /api/v1/trades HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_what_is_no_request_is_a_problem_too(live_port, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", live_port), timeout=PATIENCE) as connection:
        connection.sendall(sent)
        data = b""
        while chunk := connection.recv(65_536):
            data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("ascii").split("\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    assert first == "HTTP/1.1 400 Bad Request"
    assert fields["content-type"] == "application/problem+json"
    assert int(fields["content-length"]) == len(body)
    problem = orjson.loads(body)
    assert (problem["status"], problem["type"]) == (400, "/hilfe/fehler/unlesbare-anfrage")
    assert problem["request_id"] == fields["x-request-id"]


@pytest.mark.slow
@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nCookie: ", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_without_end_is_refused(live_port, start: bytes) -> None:
    more = b"a" * 50_000 if b"Host" not in start else b"X-Y: z\r\n" * 5_000
    sent, data = 0, b""
    with socket.create_connection(("127.0.0.1", live_port), timeout=PATIENCE) as connection:
        connection.sendall(start)
        with contextlib.suppress(OSError):  # the server has ended the connection
            while sent < 40 * MAX_HEAD_BYTES and not select.select([connection], [], [], 0)[0]:
                connection.sendall(more)
                sent += len(more)
        with contextlib.suppress(OSError):
            while chunk := connection.recv(65_536):
                data += chunk
    assert sent < 40 * MAX_HEAD_BYTES
    assert not data or data.startswith(b"HTTP/1.1 431 ")  # lost if the server had closed before it was read
    small = b"GET /api/v1/groups HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Y: "
    with socket.create_connection(("127.0.0.1", live_port), timeout=PATIENCE) as connection:
        connection.sendall(small + b"b" * 100_000)
        connection.sendall(b"b" * 100_000 + b"\r\n\r\n")
        assert connection.recv(15) == b"HTTP/1.1 200 OK"


def test_a_head_that_grows_is_refused_with_a_problem(toy_root) -> None:
    async def check() -> bytes:
        line = Line(create_app(Settings(toy_root, refresh_seconds=0)), Express)
        line.protocol.data_received(b"GET / HTTP/1.1\r\nHost: x\r\nCookie: ")
        while not line.wire.is_closing():
            line.protocol.data_received(b"a" * 60_000)
        return b"".join(line.wire.written)

    head, _, body = asyncio.run(check()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert orjson.loads(body)["type"] == "/hilfe/fehler/kopf-zu-gross"


def test_a_failing_look_for_a_finished_answer_leaves_it_to_the_ordinary_way(toy_root, monkeypatch) -> None:
    async def check() -> bytes:
        app = create_app(Settings(toy_root, refresh_seconds=0))

        def burst(*_: object) -> None:
            raise RuntimeError("no memory")

        monkeypatch.setattr(type(app.boundary), "at_hand", burst)
        return await Line(app, Express).answers(b"GET /api/v1/groups HTTP/1.1\r\nHost: x\r\n\r\n")

    assert asyncio.run(check()).startswith(b"HTTP/1.1 200 OK")


@pytest.fixture(scope="module")
def live_port(toy_root, repo_root):
    with process(toy_root, repo_root) as (port, _):
        yield port


# --- what changes at any moment -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", ["downloads", "connections", "snapshots", "connections/fachkraeftematrix.pbids"]
)
def test_what_is_kept_nowhere_still_has_a_validator(client, path: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert "no-cache" in answer.headers["cache-control"]
    assert 'rel="license"' in answer.headers["link"]
    again = client.get(f"/api/v1/{path}", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == answer.headers["etag"]
    assert client.get(f"/api/v1/{path}", headers={"If-None-Match": '"x"'}).content == answer.content


def test_the_list_of_releases_and_the_start_lead_to_what_has_changed(own_root, serve) -> None:
    older = open_snapshot(own_root).id
    assert "difference" not in serve(own_root).data("/api/v1")["links"]
    newer = write_toy(own_root, shift=3)
    client = serve(own_root)
    by_id = {one["id"]: one for one in client.data("/api/v1/snapshots")["data"]}
    assert set(by_id[newer]["links"]) == {"self"}
    changed = by_id[older]["links"]["difference"]
    assert changed == f"/api/v1/snapshots/{older}/difference?to={newer}"
    assert client.data(by_id[older]["links"]["self"])["data"]["id"] == older
    assert client.data("/api/v1")["links"]["difference"] == changed
    found = client.data(changed)
    assert found["meta"]["changed"] == len(found["data"]) > 0
    reasons = client.data(found["links"]["reasons"])
    most = max((one for one in found["data"] if one["measure"] == "gap"), key=lambda one: abs(one["change"]))
    assert reasons["meta"]["gap_before"] == most["value_before"]
    assert reasons["meta"]["gap_after"] == most["value_after"]


# --- other formats ------------------------------------------------------------------------------------------


def alternates(answer: httpx.Response) -> dict[str, str]:
    """Address → media type of what the answer names as its other forms."""
    found = re.findall(r'<([^>]*)>; rel="alternate"; type="([^"]*)"', answer.headers["link"])
    return dict(found)


@pytest.mark.parametrize(
    "address",
    [
        "/api/v1/matrix?region=HWK-FF&year=2030&trade=A-24",
        "/api/v1/matrix.csv?region=HWK-FF&year=2030&trade=A-24&lang=en&labels=code",
        "/api/v1/series?region=HWK-FF&trade=A-24&measure=gap&format=xlsx",
        "/api/v1/matrix?region=HWK-FF&year=2030&trade=A-24&columns=trade_code,value",
        "/api/v1/observations?trade=A-24&limit=2",
        "/api/v1/backtests",
        "/api/v1/tables/matrix/data?valueCodes[trade]=A-24&outputFormat=json",
    ],
)
def test_an_answer_names_its_other_forms_and_each_is_there(client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    mine = answer.headers["content-type"].partition(";")[0]
    others = alternates(answer)
    assert {"application/json", "text/csv", "application/vnd.apache.parquet"} - {mine} <= set(others.values())
    assert mine not in others.values()
    for other, kind in others.items():
        found = client.get(other)
        assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (200, kind), other
        assert found.headers["content-language"] == answer.headers["content-language"]


@pytest.mark.parametrize("more", ["layout=columns", "shape=array", "limit=2"])
def test_a_form_that_only_json_has_and_a_page_name_no_others(client, more: str) -> None:
    answer = client.get(f"/api/v1/matrix?region=HWK-FF&year=2030&{more}")
    assert (answer.status_code, alternates(answer)) == (200, {})


# --- addresses and filters that miss ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/api/v1/matrix/", "/api/v1/matrix"), ("/api/v1/", "/api/v1"), ("/API/V1/Matrix", "/api/v1/matrix"),
        ("/api//v1/trades/A-24/", "/api/v1/trades/A-24"), ("/api/v1/matrx", "/api/v1/matrix"),
        ("/api/v1/region/HWK-FF", "/api/v1/regions/HWK-FF"),
    ],
)  # fmt: skip
def test_a_near_miss_names_the_address(client, path: str, meant: str) -> None:
    answer = client.raw(path)
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["near"] == [meant]
    assert meant in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/api/v1/zzzzzz", "/api/v1/trades/A/24", "/api/v1/trades/<b>/", "/api/v2/matrix"]
)
def test_what_is_like_no_address_names_none(client, path: str) -> None:
    answer = client.raw(path)
    assert (answer.status, "near" in answer.json()) == (404, False)
    assert b"<b>" not in answer.body


def test_an_unknown_suffix_names_those_there_are(client) -> None:
    answer = client.get("/api/v1/matrix.foo?region=HWK-FF&year=2030")
    assert (answer.status_code, answer.json()["near"][:3]) == (404, ["json", "ndjson", "csv"])


def test_a_period_that_runs_backwards_is_turned_round(client) -> None:
    answer = client.get("/api/v1/matrix?region=HWK-FF&year=2035..2026")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["parameter"], error["expected"]) == (422, "year", "year=2026..2035")
    assert client.get(f"/api/v1/matrix?region=HWK-FF&{error['expected']}").status_code == 200


@pytest.mark.parametrize(
    ("more", "names"),
    [("region=HWK-FF&region_level=land", "region_level"), ("region=BB&trade=A-24&group=metal", "group")],
)
def test_filters_with_nothing_in_common_say_so(client, more: str, names: str) -> None:
    meta = client.data(f"/api/v1/matrix?year=2030&{more}")["meta"]
    assert (meta["total"], f"({names})" in meta["reason"]) == (0, True)
    assert "asked for" in client.data(f"/api/v1/matrix?year=2030&{more}&lang=en")["meta"]["reason"]
    assert "reason" not in client.data("/api/v1/matrix?year=2030&region=HWK-FF")["meta"]


@pytest.mark.parametrize("path", ["*", ""])
def test_the_server_as_a_whole_names_its_methods(client, path: str) -> None:
    answer = client.raw(path, method="OPTIONS")
    assert (answer.status, answer.headers["allow"]) == (204, "GET, HEAD, POST, OPTIONS")


@pytest.mark.parametrize(
    ("address", "pointers"),
    [
        ("matrix?region=hwk-ff&year=2030", ["/query/region"]),
        ("matrix?region=HWK-FF&year=2030&measure=gap,gapp", ["/query/measure"]),
        ("series?region=HWK-FF&trade=Z-*&measure=gap", ["/query/trade"]),
        ("explain?trade=A-24&region=A-24&year=2030", ["/query/region"]),
        ("trades/A-99", ["/path/code"]), ("codelists/none", ["/path/code"]),
        ("tables/none/data", ["/path/code"]), ("downloads/none.csv", ["/path/name"]),
        ("snapshots/0000000000000000/matrix?region=HWK-FF&year=2030", ["/path/snapshot_id"]),
    ],
)  # fmt: skip
def test_an_unknown_code_is_pointed_at(client, address: str, pointers: list[str]) -> None:
    for lang, word in (("de", "Code"), ("en", "code")):
        said = "" if lang == "de" or "download" in address else f"{'&' if '?' in address else '?'}lang={lang}"
        body = client.get(f"/api/v1/{address}{said}").json()
        assert body["status"] == 404
        assert [error["pointer"] for error in body["errors"]] == pointers
        assert word in body["errors"][0]["expected"] or not said


def test_the_detail_of_a_refused_question_says_what_is_wrong(client) -> None:
    answer = client.get("/api/v1/trades?lang=fr")
    assert answer.json()["detail"] == answer.json()["errors"][0]["detail"]


def test_whoever_scrapes_without_a_key_gets_a_problem(client) -> None:
    answer = client.get("/metrics")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
