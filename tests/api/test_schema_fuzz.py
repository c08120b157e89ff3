"""Cases made from the published OpenAPI document: no server error, no answer that breaks its own description.

With real codes of the release, so that cases reach the data instead of ending at the first look-up. A few
hundred cases here; `make fuzz` runs ten thousand.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks

from api.app import create_app
from api.service import Settings
from tests.api.conftest import Client

CASES = int(os.environ.get("FUZZ_CASES", "300"))
GOOD_SHARE = 0.8

pytestmark = [
    pytest.mark.slow,
    # what the tool itself warns of when it is imported or starts its client is not about the service
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def fuzzed(toy_root) -> Client:
    return Client(create_app(Settings(toy_root, refresh_seconds=0, requests_per_minute=0)))


def real_codes(client: Client) -> dict[str, list[Any]]:
    """Parameter name → values that exist in the release."""
    release = client.service.release
    axes = release.snapshot.axes
    return {
        "region": list(axes.regions),
        "trade": list(axes.trades),
        "measure": list(axes.measures),
        "year": [str(year) for year in axes.years],
        "group": list(release.entries["groups"]),
        "region_level": sorted({entry["level"] for entry in release.entries["regions"].values()}),
        "indicator": list(release.observed()),
        "scenario": [release.catalogue["scenario"]],
        "snapshot_id": [release.id],
        "since": [release.id],
        "from": [release.id],
        "to": [release.id],
        "against": [release.id],
    }


def codes_of(path: str, client: Client) -> list[str]:
    """The codes behind an address that ends in one, asked of the address without it."""
    listed = client.get(path.partition("/{code}")[0])
    body = listed.json() if listed.status_code == 200 else {}
    rows = next((value for value in body.values() if isinstance(value, list)), [])
    return [str(next(row[key] for key in ("code", "id", "name", "quantity") if row.get(key))) for row in rows]


# Some parameters exclude each other; every way they do is in the tests of selections. Here one stays of each.
LEFT_OUT = {"cursor", "columns", "quantiles", "shape", "format"}
WITH_SUFFIX = {"layout", "labels", "limit"}


def with_real_codes(document: dict[str, Any], client: Client) -> dict[str, Any]:
    """Return the document with codes narrowed to what exists, without parameters that contradict others."""
    codes = real_codes(client)
    for path, methods in document["paths"].items():
        left_out = LEFT_OUT | (WITH_SUFFIX if "{suffix}" in path else set())
        for operation in methods.values():
            kept = [one for one in operation.get("parameters", ()) if one["name"] not in left_out]
            for parameter in kept:
                parameter.pop("example", None)
                name, schema = parameter["name"], parameter["schema"]
                values = codes_of(path, client) if name == "code" else codes.get(name, [])
                if name in {"region", "trade", "measure"} and ("/matrix" in path or "/series" in path):
                    parameter["required"] = True
                if values and schema.get("type") == "array":
                    schema |= {"items": {"type": "string", "enum": values}, "minItems": 1, "maxItems": 3}
                elif values:
                    parameter["schema"] = {"type": "string", "enum": values}
            operation["parameters"] = kept
    return document


def operations(client: Client, *, narrowed: bool) -> Iterator[Any]:
    """Every operation of the document, ready to make cases."""
    document = orjson.loads(client.raw_get("/api/v1/openapi.json").body)
    if narrowed:
        document = with_real_codes(document, client)
    schema = schemathesis.openapi.from_dict(document)
    schema.app = client.app
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.method.upper() == "GET":
            yield operation


def run(operation: Any, cases: int, mode: Any, check: Any) -> None:
    """Make so many cases of an operation and hand each to a check."""

    @settings(
        max_examples=max(1, cases),
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def one(case: Any) -> None:
        check(case)

    with contextlib.suppress(Unsatisfiable):  # an operation without parameters cannot be asked wrongly
        one()


def test_cases_with_real_codes_are_answered_as_described(fuzzed: Client) -> None:
    found: Counter[str] = Counter()
    faults: list[str] = []
    listed = list(operations(fuzzed, narrowed=True))

    def check(case: Any) -> None:
        answer = case.call()
        found[f"{answer.status_code // 100}xx"] += 1
        try:
            # that every allowed combination is accepted is no promise: some parameters exclude each other
            case.validate_response(answer, excluded_checks=[checks.positive_data_acceptance])
        except FailureGroup as group:
            told = "; ".join(str(one).replace("\n", " ") for one in group.exceptions)
            faults.append(f"{case.method} {case.formatted_path} {case.query}: {told}"[:900])

    for operation in listed:
        run(operation, CASES * 3 // 4 // len(listed), schemathesis.GenerationMode.POSITIVE, check)
    assert not faults, f"{len(faults)}: " + "\n\n".join(faults[:6])
    assert found["5xx"] == 0
    assert found["2xx"] / found.total() >= GOOD_SHARE, found


def test_any_case_gets_an_orderly_answer(fuzzed: Client) -> None:
    faults: list[str] = []
    listed = list(operations(fuzzed, narrowed=False))

    def check(case: Any) -> None:
        answer = case.call()
        kind = answer.headers["content-type"][0]
        if answer.status_code >= 500 or (answer.status_code >= 400 and kind != "application/problem+json"):
            faults.append(
                f"{case.method} {case.formatted_path} {case.query}: {answer.status_code} {kind}"[:600]
            )

    for operation in listed:
        for mode in (schemathesis.GenerationMode.NEGATIVE, schemathesis.GenerationMode.POSITIVE):
            run(operation, CASES // 8 // len(listed), mode, check)
    assert not faults, f"{len(faults)}: " + "\n".join(faults[:6])
