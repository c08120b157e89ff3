"""The OpenAPI document: nothing disappears within v1, and real answers have the shapes it promises."""

from __future__ import annotations

import copy
import re

import orjson
import pytest

from api import schemas, table_schemas
from api.routes.explain import FIELDS as EXPLAIN_FIELDS
from api.selection_fields import MATRIX_FIELDS, SERIES_FIELDS
from tests.api.golden_openapi import GOLDEN, lost

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
    "/api/v1/matrix?region=*&year=2026..2028&measure=*&limit=7": schemas.Records,
    "/api/v1/courses": schemas.Records,
    "/api/v1/backtests": schemas.Entries,
    "/api/v1/downloads": schemas.Entries,
    "/api/v1/connections": schemas.Entries,
    "/api/v1/config": table_schemas.Config,
    "/api/v1/tables": table_schemas.TableList,
    "/api/v1/tables/matrix": table_schemas.TableEntry,
    "/api/v1/tables/matrix/metadata": table_schemas.JsonStat,
    "/api/v1/codelists": table_schemas.Codelists,
    "/api/v1/codelists/groups": table_schemas.Codelist,
    "/health/live": schemas.Health,
    "/health/ready": schemas.Health,
}


@pytest.fixture(scope="module")
def document(client) -> dict:
    return client.data("/api/v1/openapi.json")


@pytest.fixture(scope="module")
def golden() -> dict:
    return orjson.loads(GOLDEN.read_bytes())


def operations(document) -> list[tuple[str, str, dict]]:
    return [
        (p, m, o) for p, methods in document["paths"].items() for m, o in methods.items() if m != "parameters"
    ]


def test_nothing_of_the_published_interface_is_lost(document, golden) -> None:
    assert not lost(golden, document)


def test_the_published_interface_is_the_one_on_file(document, golden) -> None:
    """What was added is meant: renew the file with `python -m tests.api.golden_openapi`."""
    assert lost(document, golden) == []
    assert document["paths"].keys() == golden["paths"].keys()


def _without_path(old: dict) -> None:
    del old["paths"]["/api/v1/matrix"]


def _without_parameter(old: dict) -> None:
    old["paths"]["/api/v1/matrix"]["get"]["parameters"].pop(0)


def _newly_required(old: dict) -> None:
    old["paths"]["/api/v1/matrix"]["get"]["parameters"][2]["required"] = True


def _without_word(old: dict) -> None:
    parameters = old["paths"]["/api/v1/matrix"]["get"]["parameters"]
    next(p for p in parameters if p["name"] == "format")["schema"]["enum"].remove("xlsx")


def _without_member(old: dict) -> None:
    del old["components"]["schemas"]["Record"]["properties"]["lower_80"]


def _no_longer_always(old: dict) -> None:
    old["components"]["schemas"]["Record"]["required"].remove("value")


def _without_media_type(old: dict) -> None:
    del old["paths"]["/api/v1/matrix"]["get"]["responses"]["200"]["content"]["text/csv"]


def _renamed(old: dict) -> None:
    old["paths"]["/api/v1/matrix"]["get"]["operationId"] = "readMatrix"


@pytest.mark.parametrize(
    "breaking",
    [_without_path, _without_parameter, _newly_required, _without_word, _without_member, _no_longer_always,
     _without_media_type, _renamed],
)  # fmt: skip
def test_every_kind_of_break_is_seen(golden, breaking) -> None:
    changed = copy.deepcopy(golden)
    breaking(changed)
    assert len(lost(golden, changed)) == 1
    assert not lost(golden, golden)


def test_every_operation_has_a_real_example_and_a_name(document) -> None:
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(names)) == len(names)
    known = {tag["name"] for tag in document["tags"]}
    for path, method, operation in operations(document):
        assert set(operation["tags"]) <= known, path
        answers = [a for status, a in operation["responses"].items() if status.startswith("2")]
        kinds = [kind for answer in answers for kind in answer.get("content", {}).values()]
        binary = any(str(kind.get("schema", {}).get("contentEncoding")) == "binary" for kind in kinds)
        assert binary or any("example" in kind for kind in kinds) or not kinds, (method, path)


@pytest.mark.parametrize(("url", "shape"), EXAMPLES.items())
def test_answers_have_the_promised_shape(client, url: str, shape) -> None:
    assert shape.model_validate(client.data(url), strict=True)


def test_parameters_are_the_ones_that_are_checked(document) -> None:
    for path, fields in (("matrix", MATRIX_FIELDS), ("series", SERIES_FIELDS), ("explain", EXPLAIN_FIELDS)):
        described = document["paths"][f"/api/v1/{path}"]["get"]["parameters"]
        assert [p["name"] for p in described] == [field.name for field in fields]
        assert [p["required"] for p in described] == [field.required and not field.unless for field in fields]
        assert all(p["description"] for p in described)
    assert [p["name"] for p in document["paths"]["/api/v1/trades/{code}"]["get"]["parameters"]] == [
        "code",
        "lang",
    ]


ASKED = {"trade", "region", "year", "layout", "labels", "quantiles"}


def _question(path: str, operation: dict, release: str) -> str:
    """An address made of nothing but documented examples."""
    query, known = [], {"snapshot_id": release}
    for parameter in operation["parameters"]:
        shown = parameter.get("example")
        if parameter["in"] == "path" and shown is not None:
            known.setdefault(parameter["name"], shown)
        elif shown is not None and (parameter["required"] or parameter["name"] in ASKED):
            words = shown if isinstance(shown, list) else [shown]
            query.append(f"{parameter['name']}={','.join(map(str, words))}")
    filled = re.sub(r"{(\w+)}", lambda found: known.get(found[1], found[0]), path)
    return f"{filled}?{'&'.join(query)}"


# names of the bundled definitions, which the toy release does not hold
BUNDLED = tuple(f"/api/v1/{kind}/{{code}}" for kind in ("parameters", "events", "cards"))


def test_every_code_in_an_address_has_an_example_of_its_list(document, data_root) -> None:
    shown = {
        path: parameter.get("example")
        for path, _, operation in operations(document)
        for parameter in operation["parameters"]
        if (parameter["in"], parameter["name"]) == ("path", "code") and not path.endswith("/result")
    }
    assert None not in shown.values()
    assert list(data_root.glob(f"parameters/*/{shown[BUNDLED[0]]}.yaml"))
    assert (data_root / "events" / f"{shown[BUNDLED[1]]}.yaml").exists()


def test_documented_examples_work(client, document) -> None:
    asked = 0
    for path, method, operation in operations(document):
        question = _question(path, operation, client.service.release.id)
        if path in BUNDLED:
            continue
        if method == "get" and "{" not in question and operation["tags"] != ["Betrieb"]:
            answer = client.get(question)
            assert answer.status_code == 200, (question, answer.text)
            asked += 1
    assert asked > 40


def test_documented_answers_have_the_promised_shape(document) -> None:
    for path, _, operation in operations(document):
        for status, answer in operation["responses"].items():
            shown = answer.get("content", {}).get("application/json", {})
            if status.startswith("2") and "example" in shown and "$ref" in shown.get("schema", {}):
                name = shown["schema"]["$ref"].rsplit("/", 1)[-1]
                shape = getattr(schemas, name, None) or getattr(table_schemas, name, None)
                if shape is not None:
                    assert shape.model_validate(shown["example"], strict=True), path


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
    assert client.get("/redoc").status_code == 404
    loaded = re.findall(r'<(?:script|link|img)[^>]* (?:src|href)="([^"]*)"', client.get("/docs").text)
    assert loaded
    assert all(address.startswith(("/", "#")) and not address.startswith("//") for address in loaded)
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": "/", "description": "dieser Server"}]
