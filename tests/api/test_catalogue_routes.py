"""Codes, assumptions, sources and printed figures as resources; the landing document leads to all of them."""

from __future__ import annotations

import pytest

from api.routes.catalogue import COLLECTIONS
from tests.toy_snapshot import TRADES, catalogue, observations

TOY = catalogue()


@pytest.mark.parametrize("kind", [kind for kind, *_ in COLLECTIONS])
def test_lists_and_entries_repeat_the_catalogue(client, kind: str) -> None:
    listed = client.data(f"/api/v1/{kind}")
    assert [{k: v for k, v in entry.items() if k != "label"} for entry in listed["data"]] == TOY[kind]
    key = {"parameters": "name", "scenarios": "name", "sources": "id", "events": "id", "cards": "quantity"}
    for entry in listed["data"]:
        one = client.data(f"/api/v1/{kind}/{entry[key.get(kind, 'code')]}")
        assert one["data"] == entry
        assert one["links"]["collection"] == f"/api/v1/{kind}"


def test_labels_follow_the_language(client) -> None:
    assert client.data("/api/v1/trades/A-24")["data"]["label"] == "Installateur und Heizungsbauer"
    assert client.data("/api/v1/trades/A-24?lang=en")["data"]["label"] == "Plumbers and heating installers"
    assert client.data("/api/v1/cards?lang=en")["data"][0]["label"] == "New contracts"
    assert client.data("/api/v1/sources")["data"][0]["label"] == "Datensystem Auszubildende (DAZUBI)"


def test_parameters_show_value_span_source_and_reason(client) -> None:
    found = client.data("/api/v1/parameters/craft_leaver_rate")["data"]
    assert (found["kind"], found["unit"], found["review"]) == ("judgement", "share_per_year", "2027-06-30")
    assert found["entries"] == [{"value": 0.013, "low": 0.008, "high": 0.021, "source": "own"}]


def test_observations_are_filtered_like_the_table(client) -> None:
    rows = observations()["rows"]
    everything = client.data("/api/v1/observations")
    assert everything["meta"]["total"] == everything["meta"]["returned"] == len(rows)
    assert list(everything["data"][0]) == observations()["columns"]
    assert everything["meta"]["limit"] == 5_000
    found = client.data("/api/v1/observations?trade=A-24,A-25&region=BB&year=2020")
    assert [(r["trade"], r["region"], r["year"]) for r in found["data"]] == [
        ("A-25", "BB", 2020),
        ("A-24", "BB", 2020),
    ]
    withheld = client.data("/api/v1/observations?region=HWK-FF&indicator=new_contracts")["data"]
    assert [(r["status"], r["value"]) for r in withheld] == [("suppressed", None)]


def test_observations_are_paged_through_links(client) -> None:
    url, seen = "/api/v1/observations?region=DE&limit=25", []
    while url:
        page = client.data(url)
        seen += page["data"]
        assert page["meta"]["returned"] <= 25
        url = page["links"].get("next")
    assert seen == client.data("/api/v1/observations?region=DE")["data"]
    assert len(seen) == 64  # four trades, 2010 to 2025


@pytest.mark.parametrize(
    "query", ["limit=5001", "limit=-1", "limit=1.0", "limit=01", "offset=x", "limit=1&limit=2"]
)
def test_limits_are_whole_numbers_in_bounds(client, query: str) -> None:
    assert client.get(f"/api/v1/observations?{query}").status_code == 422


def test_nothing_matching_is_an_empty_list(client) -> None:
    empty = client.data("/api/v1/observations?year=1999")
    assert (empty["data"], empty["meta"]["total"]) == ([], 0)
    assert client.data("/api/v1/observations?limit=0")["data"] == []


def test_the_landing_document_leads_everywhere(client, snapshot) -> None:
    landing = client.data("/api/v1")
    assert landing["meta"]["snapshot_id"] == snapshot.id
    needs_parameters = {"matrix", "series", "explain"}
    for name, address in landing["links"].items():
        expected = 422 if name in needs_parameters else 200
        assert client.get(address).status_code == expected, name


def test_snapshots_name_the_one_in_force(client, snapshot) -> None:
    listed = client.data("/api/v1/snapshots")["data"]
    assert [(one["id"], one["is_current"]) for one in listed] == [(snapshot.id, True)]
    assert listed[0]["as_of"] == "2025-10-31"


def test_trades_carry_what_maps_to_them(client) -> None:
    found = client.data("/api/v1/trades")["data"]
    assert [trade["code"] for trade in found] == list(TRADES)
    assert all(trade["training_occupations"] and trade["occupation_groups"] for trade in found)
