"""GET /explain: the items close to the gap, in whole persons, and lead back to figures and assumptions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from forecast.snapshot import write_snapshot
from tests.toy_snapshot import EMPTY_TRADE, ITEMS, REGIONS, TRADE_NUMBERS, toy_content


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("trade", TRADE_NUMBERS)
@pytest.mark.parametrize("year", [2025, 2026, 2029, 2035])
def test_items_sum_exactly_to_the_gap(client, region: str, trade: str, year: int) -> None:
    answer = client.data(f"/api/v1/explain?trade={trade}&region={region}&year={year}")
    values = [item["value"] for item in answer["items"]]
    assert all(isinstance(value, int) for value in values)
    assert sum(values) == answer["sum"] == answer["gap"]["value"]
    assert answer["demand"]["value"] - answer["supply"]["value"] == answer["sum"]
    assert (answer["status"], answer["reason"]) == (answer["gap"]["status"], None)


def test_items_come_in_order_with_ranges_inputs_and_sources(client) -> None:
    answer = client.data("/api/v1/explain?trade=A-24&region=HWK-FF&year=2030")
    assert [item["item"] for item in answer["items"]] == list(ITEMS)
    first = answer["items"][0]
    assert (first["label"], first["unit"], first["value"]) == ("Offene Stellen", "persons", 53)
    assert first["lower_95"] <= first["lower_80"] <= first["value"] <= first["upper_80"] <= first["upper_95"]
    assert first["formula"] == "Summe der Jahre seit 2025"
    assert first["inputs"][0]["label"] == "Wert im ersten Jahr"
    assert first["inputs"][0]["value"] == 53
    assert first["parameters"][0]["label"] == "Abwanderung je Jahr"
    assert first["sources"] == ["bibb-dazubi", "own"]


def test_english_explanations_have_english_words_and_the_same_numbers(client) -> None:
    url = "/api/v1/explain?trade=A-24&region=HWK-FF&year=2030"
    german, english = client.data(url), client.data(f"{url}&lang=en")
    assert [i["value"] for i in german["items"]] == [i["value"] for i in english["items"]]
    assert english["items"][0]["label"] == "Vacancies"
    assert english["items"][0]["formula"] == "Sum of the years since 2025"
    assert english["items"][0]["inputs"][0]["label"] == "Value in the first year"


@pytest.mark.parametrize(("trade", "year"), [(EMPTY_TRADE, 2030), ("A-24", 2012)])
def test_without_a_gap_there_is_a_reason_and_no_item(client, trade: str, year: int) -> None:
    answer = client.data(f"/api/v1/explain?trade={trade}&region=BB&year={year}")
    assert (answer["items"], answer["sum"], answer["status"]) == ([], None, "no_data")
    assert answer["reason"] == "Zu diesem Gewerk liegen keine Angaben vor."


def test_a_sum_that_does_not_close_is_never_shown(serve, tmp_path) -> None:
    content = toy_content()
    cube = content.cube.copy()
    axes = content.axes
    at = (axes.regions.index("BB"), axes.trades.index("A-24"), axes.measures.index("item_deaths"),
          axes.years.index(2030), 0)  # fmt: skip
    cube[at] += 1
    write_snapshot(tmp_path, replace(content, cube=cube))
    client = serve(tmp_path)
    refused = client.get("/api/v1/explain?trade=A-24&region=BB&year=2030")
    assert refused.status_code == 500
    assert refused.headers["content-type"] == "application/problem+json"
    assert client.get("/api/v1/explain?trade=A-24&region=BB&year=2031").status_code == 200
