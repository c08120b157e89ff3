"""The OpenAPI document: nothing disappears within v1, and real answers have the shapes it promises."""

from __future__ import annotations

import pytest

from api import schemas
from api.query import EXPLAIN_FIELDS, MATRIX_FIELDS, SERIES_FIELDS

OPERATIONS = {
    "/api/v1": "getLanding",
    "/api/v1/cards": "listCards",
    "/api/v1/cards/{code}": "getCard",
    "/api/v1/events": "listEvents",
    "/api/v1/events/{code}": "getEvent",
    "/api/v1/explain": "getExplanation",
    "/api/v1/groups": "listGroups",
    "/api/v1/groups/{code}": "getGroup",
    "/api/v1/health/live": "getApiLiveness",
    "/api/v1/health/ready": "getApiReadiness",
    "/api/v1/indicators": "listIndicators",
    "/api/v1/indicators/{code}": "getIndicator",
    "/api/v1/matrix": "getMatrix",
    "/api/v1/measures": "listMeasures",
    "/api/v1/measures/{code}": "getMeasure",
    "/api/v1/observations": "listObservations",
    "/api/v1/training-plan": "listTrainingPlan",
    "/api/v1/parameters": "listParameters",
    "/api/v1/parameters/{code}": "getParameter",
    "/api/v1/regions": "listRegions",
    "/api/v1/regions/{code}": "getRegion",
    "/api/v1/scenarios": "listScenarios",
    "/api/v1/scenarios/{code}": "getScenario",
    "/api/v1/series": "getSeries",
    "/api/v1/snapshots": "listSnapshots",
    "/api/v1/sources": "listSources",
    "/api/v1/sources/{code}": "getSource",
    "/api/v1/trades": "listTrades",
    "/api/v1/trades/{code}": "getTrade",
    "/health/live": "getLiveness",
    "/health/ready": "getReadiness",
}

EXAMPLES = {
    "/api/v1": schemas.Landing,
    "/api/v1/matrix?region=HWK-FF&year=2030": schemas.Records,
    "/api/v1/matrix?region=BB&year=2012&lang=en": schemas.Records,
    "/api/v1/series?trade=A-25&region=HWK-FF&measure=new_contracts": schemas.Records,
    "/api/v1/explain?trade=A-24&region=HWK-FF&year=2030": schemas.Explanation,
    "/api/v1/explain?trade=A-27&region=HWK-FF&year=2030": schemas.Explanation,
    "/api/v1/trades": schemas.Entries,
    "/api/v1/trades/A-24": schemas.Entry,
    "/api/v1/observations?limit=5": schemas.Entries,
    "/api/v1/training-plan?limit=5": schemas.Entries,
    "/api/v1/snapshots": schemas.Snapshots,
    "/health/live": schemas.Health,
    "/health/ready": schemas.Health,
}


@pytest.fixture(scope="module")
def document(client) -> dict:
    return client.data("/api/v1/openapi.json")


def test_addresses_and_operations_are_the_published_ones(document) -> None:
    found = {path: methods["get"]["operationId"] for path, methods in document["paths"].items()}
    assert found == OPERATIONS
    assert all(set(methods) == {"get"} for methods in document["paths"].values())


@pytest.mark.parametrize(("url", "shape"), EXAMPLES.items())
def test_answers_have_the_promised_shape(client, url: str, shape) -> None:
    assert shape.model_validate(client.data(url), strict=True)


def test_parameters_are_the_ones_that_are_checked(document) -> None:
    for path, fields in (("matrix", MATRIX_FIELDS), ("series", SERIES_FIELDS), ("explain", EXPLAIN_FIELDS)):
        described = document["paths"][f"/api/v1/{path}"]["get"]["parameters"]
        assert [p["name"] for p in described] == [field.name for field in fields]
        assert [p["required"] for p in described] == [field.required for field in fields]
        assert all(p["description"] and "example" in p for p in described)
    assert [p["name"] for p in document["paths"]["/api/v1/trades/{code}"]["get"]["parameters"]] == [
        "code",
        "lang",
    ]


def test_documented_examples_work_and_have_the_promised_shape(client, document) -> None:
    for path in ("matrix", "series", "explain"):
        operation = document["paths"][f"/api/v1/{path}"]["get"]
        query = "&".join(f"{p['name']}={p['example']}" for p in operation["parameters"] if p["required"])
        assert client.get(f"/api/v1/{path}?{query}").status_code == 200
    for path, methods in document["paths"].items():
        content = methods["get"]["responses"]["200"]["content"]["application/json"]
        shape = getattr(schemas, content["schema"]["$ref"].rsplit("/", 1)[-1])
        if (
            path.startswith("/api/v1/")
            and path.count("/") > 2
            and "health" not in path
            and "snap" not in path
        ):
            assert shape.model_validate(content["example"], strict=True), path


def test_examples_close_like_the_real_numbers(document) -> None:
    shown = document["paths"]["/api/v1/explain"]["get"]["responses"]["200"]["content"]["application/json"][
        "example"
    ]
    assert sum(item["value"] for item in shown["items"]) == shown["sum"] == shown["gap"]["value"]
    assert shown["demand"]["value"] - shown["supply"]["value"] == shown["sum"]


def test_the_example_record_has_the_real_columns(client, document) -> None:
    (shown,) = document["components"]["schemas"]["Record"]["examples"]
    assert shown == schemas.RECORD_EXAMPLE
    real = client.data("/api/v1/matrix?region=HWK-FF&year=2030")["data"][0]
    assert list(schemas.RECORD_EXAMPLE) == list(schemas.Record.model_fields) == list(real)


def test_problems_are_described_once_and_everywhere(document) -> None:
    shape = document["components"]["schemas"]["ProblemDetails"]
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= set(shape["required"])
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for status, answer in methods["get"]["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


def test_nothing_is_loaded_from_elsewhere(client, document) -> None:
    for url in ("/docs", "/redoc", "/api/v1/docs"):
        assert client.get(url).status_code == 404
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/", "description": "dieser Server"}]
