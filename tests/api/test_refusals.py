"""What is refused, and how: every error is a problem document that helps and repeats nothing dangerous."""

from __future__ import annotations

from urllib.parse import quote

import orjson
import pytest

from api.problems import KINDS
from api.schemas import ProblemDetails

MATRIX = "/api/v1/matrix"
GOOD = "region=HWK-FF&year=2030"
ARABIC_2030 = "".join(chr(0x660 + int(digit)) for digit in "2030")
FULLWIDTH_2030 = "".join(chr(0xFF10 + int(digit)) for digit in "2030")


def problem(answer) -> dict:
    """The problem document of an answer, checked against its shape."""
    headers = answer.headers
    assert headers["content-type"] == "application/problem+json"
    assert headers["cache-control"] == "no-store"
    body = answer.json()
    ProblemDetails.model_validate(body)
    return body


@pytest.mark.parametrize(
    "year",
    ["2030.0", "1_990", "2_030", "+2030", "-2030", "%202030", "2030%20", "2030%0A", "2030%00", "20300", "203",
     "", "NaN", "Infinity", "1e999", "0x7EE", "9" * 5000, quote(ARABIC_2030), quote(FULLWIDTH_2030),
     "2030,", "2030..x", "..", "2030...2031", "2030..2031..2032", "20*",
     "2%300%2E0", "%EF%BB%BF2030", "%E2%80%AE2030"],
)  # fmt: skip
def test_only_four_plain_digits_are_a_year(client, year: str) -> None:
    answer = client.raw(MATRIX, f"region=HWK-FF&year={year}".encode())
    body = problem(answer)
    assert body["status"] == answer.status == 422
    assert [fault["parameter"] for fault in body["errors"]] == ["year"]
    assert "vier Ziffern" in body["errors"][0]["expected"]
    assert body["errors"][0]["pointer"] == "/query/year"


@pytest.mark.parametrize("year", ["2009", "2036", "9999", "0000"])
def test_a_year_outside_the_axis_names_the_range(client, year: str) -> None:
    body = problem(client.raw(MATRIX, f"region=HWK-FF&year={year}".encode()))
    assert body["status"] == 422
    assert body["errors"][0]["expected"] == "ein Jahr von 2010 bis 2035"


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("year=2030", "region"),
        ("region=HWK-FF", "year"),
        (f"{GOOD}&lang=de&lang=en", "lang"),
        (f"{GOOD}&lang=fr", "lang"),
        (f"{GOOD}&lang=", "lang"),
        (f"{GOOD}&regoin=BB", "regoin"),
        (f"{GOOD}&Year=2031", "Year"),
        (f"{GOOD}&trade[]=A-24", "?"),
        (f"{GOOD}&trade=", "trade"),
        (f"{GOOD}&trade=A-24,", "trade"),
        (f"{GOOD}&trade=A-24%0A", "trade"),
        (f"{GOOD}&trade=../../etc", "trade"),
        (f"{GOOD}&trade=A-24%00", "trade"),
        (f"{GOOD}&trade=M%C3%BCller", "trade"),
        (f"{GOOD}&trade=Mu%CC%88ller", "trade"),
        (f"{GOOD}&trade={'A' * 65}", "trade"),
        (f"{GOOD}&=1", "?"),
        (f"{GOOD}&{'x' * 500}=1", "?"),
        (f"{GOOD}&%3Cscript%3E=1", "?"),
    ],
)
def test_wrong_parameters_are_named(client, query: str, parameter: str) -> None:
    body = problem(client.raw(MATRIX, query.encode()))
    assert body["status"] == 422
    assert [fault["parameter"] for fault in body["errors"]] == [parameter]
    assert body["errors"][0]["expected"]


@pytest.mark.parametrize(
    "query",
    [b"region=%ED%A0%80&year=2030", b"region=%FF&year=2030", b"%ED%BF%BF=1&" + GOOD.encode(),
     b"region=HWK\xc3\xbc&year=2030", b"region=HWK-FF&year=2030&trade=%C0%AE"],
)  # fmt: skip
def test_what_is_not_utf8_is_refused_without_being_repeated(client, query: bytes) -> None:
    answer = client.raw(MATRIX, query)
    assert problem(answer)["status"] == 422
    orjson.loads(answer.body)
    assert b"\\u" not in answer.body


def test_all_faults_are_named_at_once_in_both_languages(client) -> None:
    german = problem(client.get(f"{MATRIX}?year=20300&foo=1"))
    assert [fault["parameter"] for fault in german["errors"]] == ["year", "foo", "region"]
    english = problem(client.get(f"{MATRIX}?year=20300&foo=1&lang=en"))
    assert (german["title"], english["title"]) == ("Ungültige Anfrage", "Invalid request")
    assert english["errors"][2]["detail"] == "“region” is missing."
    assert english["type"] == german["type"] == "/hilfe/fehler/ungueltige-anfrage"


def test_very_long_questions_are_refused_early(client) -> None:
    for query in (b"trade=" + b"A" * 9_000, b"&".join([b"trade=A-24"] * 1_000), b"&" * 7_999):
        body = problem(client.raw(MATRIX, query))
        assert (body["status"], body["title"]) == (414, "Anfrage zu lang")


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("/api/v1/matrix?region=HWK-FX&year=2030", "HWK-FF"),
        ("/api/v1/matrix?region=hwk-ff&year=2030", "HWK-FF"),
        ("/api/v1/matrix?region=Brandenburg&year=2030", "BB"),
        ("/api/v1/matrix?region=HWK-FF&year=2030&trade=a-24", "A-24"),
        ("/api/v1/matrix?region=HWK-FF&year=2030&trade=Tischler", "A-27"),
        ("/api/v1/matrix?region=HWK-FF&year=2030&measure=gaps", "gap"),
        ("/api/v1/matrix?region=HWK-FF&year=2030&group=metall", "metal"),
        ("/api/v1/series?trade=A-29&region=HWK-FF&measure=gap", "A-27"),
        ("/api/v1/explain?trade=A24&region=HWK-FF&year=2030", "A-24"),
        ("/api/v1/trades/A-023", "A-20"),
        ("/api/v1/parameters/retirement", "retirement_age"),
        ("/api/v1/sources/bibb", "bibb-dazubi"),
        ("/api/v1/observations?indicator=new_contract", "new_contracts"),
    ],
)
def test_unknown_codes_name_similar_ones(client, url: str, near: str) -> None:
    answer = client.get(url)
    body = problem(answer)
    assert (answer.status_code, body["type"]) == (404, "/hilfe/fehler/unbekannter-code")
    assert near in body["near"]
    assert near in body["detail"]
    assert body["instance"] == url.split("?")[0]


def test_an_unknown_code_like_nothing_has_an_empty_list(client) -> None:
    body = problem(client.get(f"{MATRIX}?region=9999999&year=2030"))
    assert (body["status"], body["near"]) == (404, [])


@pytest.mark.parametrize(
    "path",
    ["/api", "/api/", "/api/v2", "/api/v1/matrices", "/api/v1/matrix/", "/api/v1/trades/A-24/x",
     "/api/v1/docs", "/api/v1//matrix", "/api/v1/trades/%2e%2e", "/api/v1/trades/..%2f..", "/health",
     "/api/v1/trades/ü\u202e", "/api/v1/trades/A-24\n"],
)  # fmt: skip
def test_unknown_addresses_are_problems(client, path: str) -> None:
    body = problem(client.raw(path))
    assert (body["status"], body["type"]) == (404, "/hilfe/fehler/nicht-gefunden")
    assert body["instance"].isascii()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "QUERY"])
@pytest.mark.parametrize("path", [MATRIX, "/api/v1", "/api/v1/trades/A-24", "/health/live"])
def test_other_methods_are_refused_with_the_allowed_ones(client, method: str, path: str) -> None:
    answer = client.raw(path, method=method)
    assert problem(answer)["status"] == answer.status == 405
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


def test_every_type_leads_to_a_help_page_in_both_languages(client) -> None:
    for slug, kind in KINDS.items():
        german, english = client.get(kind.uri), client.get(f"{kind.uri}?lang=en")
        assert german.status_code == english.status_code == 200, slug
        assert kind.title.de in german.text
        assert kind.title.en in english.text
        assert 'lang="en"' in english.text
    assert client.get("/hilfe/fehler/gibt-es-nicht").status_code == 404


def test_request_ids_are_taken_over_only_if_they_are_plain_words(client) -> None:
    asked = client.get("/api/v1/nothing", headers={"X-Request-ID": "lauf-7.b_2"})
    assert asked.headers["x-request-id"] == problem(asked)["request_id"] == "lauf-7.b_2"
    for strange in (b"a b", b"x" * 65, b"\xff", b"id\n", b""):
        answer = client.raw("/api/v1/nothing", headers=[(b"x-request-id", strange)])
        assert len(problem(answer)["request_id"]) == 16
        assert answer.headers["x-request-id"] == problem(answer)["request_id"]


def test_a_crash_is_a_problem_without_details(client, monkeypatch, caplog) -> None:
    def burst(*_: object, **__: object) -> None:
        raise RuntimeError("secret path /srv/x")

    monkeypatch.setattr("api.delivery.Table", burst)
    answer = client.get(f"{MATRIX}?{GOOD}&measure=gap&lang=en&trade=A-13")
    body = problem(answer)
    assert (answer.status_code, body["type"]) == (500, "/hilfe/fehler/interner-fehler")
    assert "secret" not in answer.text
    assert body["request_id"] in caplog.text
    assert "secret" in caplog.text  # for the operators
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_errors_outside_the_interface_are_pages(client) -> None:
    for url, status in (("/nichts", 404), ("/?region=XX", 404), ("/?year=1.0", 422), ("/?regoin=BB", 422)):
        answer = client.get(url)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert f"Status {status}" in answer.text
    assert "HWK-FF" in client.get("/?region=HWK-FX").text
    assert "Not found" in client.get("/nichts?lang=en").text
    assert client.request("POST", "/").status_code == 405
