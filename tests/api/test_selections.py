"""Selections: lists, ranges, wildcards, groups, levels; layouts, labels, pages; contradictions refused."""

from __future__ import annotations

import math
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.columns import ALL_COLUMNS, COLUMNS
from tests.toy_snapshot import BASE_YEAR, MEASURES, REGIONS, TOPICS, TRADES, YEARS

HERE = "/api/v1/matrix?region=HWK-FF&year=2030"


def codes(found: list[dict], column: str) -> list:
    return list(dict.fromkeys(record[column] for record in found))


@pytest.mark.parametrize(
    ("years", "expected"),
    [
        ("2026..2028", [2026, 2027, 2028]),
        ("2034..", [2034, 2035]),
        ("..2011", [2010, 2011]),
        ("2030,2012,2030", [2012, 2030]),
        ("2030&year=2033..2034", [2030, 2033, 2034]),
        ("*", list(YEARS)),
    ],
)
def test_years_may_be_lists_and_ranges(client, years: str, expected: list[int]) -> None:
    found = client.data(f"/api/v1/matrix?region=BB&trade=A-24&measure=gap&year={years}")["data"]
    assert [record["year"] for record in found] == expected


@pytest.mark.parametrize("years", ["2036..2040", "2030..2036", "2009..2030", "2031..2009", "9999.."])
def test_ranges_off_the_axis_name_the_axis(client, years: str) -> None:
    answer = client.get(f"/api/v1/matrix?region=BB&year={years}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["expected"] == "ein Jahr von 2010 bis 2035"


def test_rows_run_through_regions_trades_measures_years(client) -> None:
    url = "/api/v1/matrix?region=BB,HWK-FF&trade=A-24,A-13&measure=gap,demand&year=2030,2026"
    found = client.data(url)["data"]
    rows = [(r["region_code"], r["trade_code"], r["measure"], r["year"]) for r in found]
    assert rows == [
        (region, trade, measure, year)
        for region in ("HWK-FF", "BB")
        for trade in ("A-13", "A-24")
        for measure in ("demand", "gap")
        for year in (2026, 2030)
    ]  # catalogue order, whatever the order of the question
    one = client.data("/api/v1/matrix?region=BB&trade=A-24&measure=gap&year=2030")["data"]
    assert one == [found[rows.index(("BB", "A-24", "gap", 2030))]]


def test_wildcards_groups_and_levels(client) -> None:
    assert codes(client.data(f"{HERE}&trade=A-2*")["data"], "trade_code") == ["A-25", "A-24", "A-20", "A-27"]
    items = codes(client.data(f"{HERE}&measure=item_*")["data"], "measure")
    assert items == [code for code, *_ in MEASURES if code.startswith("item_")]
    for asked, expected in (
        ("region_level=chamber_district", ["HWK-FF"]),
        ("region_level=land,country", ["BB", "DE"]),
        ("region=*", list(REGIONS)),
        ("region=*&region_level=land", ["BB"]),
    ):
        found = client.data(f"/api/v1/matrix?{asked}&year=2030&measure=gap")["data"]
        assert codes(found, "region_code") == expected, asked
    missing = client.get(f"{HERE}&trade=Z-*")
    assert (missing.status_code, missing.json()["type"]) == (404, "/hilfe/fehler/unbekannter-code")


def test_an_empty_overlap_keeps_its_columns(client) -> None:
    url = f"{HERE}&group=shk&trade=A-25"
    assert client.data(url)["data"] == []
    assert client.get(f"{url}&format=csv").text == ",".join(COLUMNS) + "\r\n"
    assert set(client.data(f"{url}&layout=columns")["data"]) == set(COLUMNS)


def test_layouts_say_the_same(client) -> None:
    url = "/api/v1/matrix?region=BB,HWK-FF&year=2024..2031&measure=new_contracts,gap"
    rows = client.data(url)["data"]
    columns = client.data(f"{url}&layout=columns")["data"]
    assert list(columns) == list(COLUMNS)
    assert [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)] == rows
    assert client.data(f"{url}&shape=array") == rows
    long = client.data(f"{url}&layout=long&quantiles=80")["data"]
    assert len(long) == 3 * len(rows)
    for at, row in enumerate(rows):
        mean, low, high = long[3 * at : 3 * at + 3]
        assert [part["value"] for part in (mean, low, high)] == [
            row["value"],
            row["lower_80"],
            row["upper_80"],
        ]
        assert [part["output_type"] for part in (mean, low, high)] == ["mean", "quantile", "quantile"]
        assert [part["output_type_id"] for part in (mean, low, high)] == ["", "0.1", "0.9"]
        assert mean["status"] == row["status"]


def test_quantiles_and_labels_choose_columns(client) -> None:
    shown = list(client.data(f"{HERE}&quantiles=80")["data"][0])
    assert [name for name in shown if "_" in name and name[-2:].isdigit()] == ["lower_80", "upper_80"]
    assert "lower_50" not in client.data(f"{HERE}&quantiles=none")["data"][0]
    assert not [n for n in client.data(f"{HERE}&labels=code")["data"][0] if n.endswith("_label")]
    only = client.data(f"{HERE}&labels=label")["data"][0]
    assert {"measure_label", "trade_label", "region_label"} <= set(only)
    assert not {"measure", "trade_code", "region_code"} & set(only)


def test_columns_are_chosen_in_any_order(client) -> None:
    found = client.data(f"{HERE}&columns=value,time,trade_code,obs_status&measure=gap&trade=A-24")["data"]
    (record,) = found
    assert list(record) == ["value", "time", "trade_code", "obs_status"]
    assert (record["time"], record["obs_status"]) == ("2030-12-31T00:00:00Z", "F")
    every = client.data(f"{HERE}&columns=*")["data"][0]
    assert tuple(every) == ALL_COLUMNS
    assert "8 von 10" in every["range_definition"]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("shape=array&layout=columns", "shape"),
        ("shape=array&format=csv", "shape"),
        ("layout=columns&format=ndjson", "layout"),
        ("layout=long&format=json-stat", "layout"),
        ("columns=value&format=sdmx-csv", "columns"),
        ("columns=value&labels=code", "labels"),
        ("columns=value&quantiles=80", "quantiles"),
        ("columns=values", "columns"),
        ("quantiles=none,80", "quantiles"),
        ("quantiles=90", "quantiles"),
        ("limit=5&format=xlsx", "limit"),
        ("format=xls", "format"),
        ("region_level=county", "region_level"),
        ("cursor=abc", "cursor"),
    ],
)
def test_contradictions_and_unknown_words_are_refused(client, query: str, parameter: str) -> None:
    answer = client.get(f"{HERE}&{query}")
    assert answer.status_code == 422
    assert parameter in [fault["parameter"] for fault in answer.json()["errors"]]
    assert answer.json()["errors"][0]["expected"]


def test_a_mistyped_parameter_is_recognised(client) -> None:
    (fault,) = client.get(f"{HERE}&mesure=gap").json()["errors"]
    assert "«measure»" in fault["detail"]
    (fault,) = client.get(f"{HERE}&qqqqq=gap&lang=en").json()["errors"]
    assert "Perhaps" not in fault["detail"]


def test_a_suffix_must_agree_with_the_format(client) -> None:
    here = "region=HWK-FF&year=2030"
    assert client.get(f"/api/v1/matrix.csv?{here}").content == client.get(f"{HERE}&format=csv").content
    assert client.get(f"/api/v1/matrix.csv?{here}&format=csv").status_code == 200
    assert client.get(f"/api/v1/matrix.csv?{here}&format=xlsx").status_code == 422
    assert client.get(f"/api/v1/matrix.xls?{here}").status_code == 404


def test_another_scenario_than_the_release_holds_is_refused(client) -> None:
    assert client.get(f"{HERE}&scenario=base").status_code == 200
    assert client.get(f"{HERE}&scenario=bse").json()["near"] == ["base"]


def test_pages_join_to_the_whole(client) -> None:
    url = "/api/v1/series?trade=*&region=*&measure=gap,demand"
    whole = client.data(url)
    assert "next" not in whole["links"]
    assert whole["meta"]["total"] == whole["meta"]["returned"] == len(whole["data"]) == 5 * 3 * 2 * len(YEARS)
    for form in ("json", "ndjson", "csv"):
        joined, following, pages = [], f"{url}&limit=97&format={form}", 0
        while following:
            answer = client.get(following)
            pages += 1
            if form == "json":
                joined += answer.json()["data"]
                assert answer.json()["links"].get("next") == answer.links.get("next", {}).get("url")
            else:
                joined += answer.text.splitlines()[form == "csv" :]
            following = answer.links.get("next", {}).get("url")
        assert len(joined) == len(whole["data"])
        assert pages == math.ceil(len(joined) / 97)
        if form == "json":
            assert joined == whole["data"]


def test_a_cursor_fits_only_its_question(client) -> None:
    first = client.data(f"{HERE}&limit=3")
    word = dict(parse_qsl(urlsplit(first["links"]["next"]).query))["cursor"]
    assert client.get(f"{HERE}&limit=3&cursor={word}").status_code == 200
    other = client.get(f"{HERE.replace('2030', '2031')}&limit=3&cursor={word}")
    assert other.status_code == 422
    assert other.json()["errors"][0]["parameter"] == "cursor"


def test_regions_keep_their_leading_zeros_and_trades_their_order(client) -> None:
    from dataclasses import replace

    from api.release import Release
    from forecast.snapshot import Snapshot

    release = client.service.release
    assert isinstance(release.snapshot, Snapshot)
    regions = {
        "01001": {"code": "01001", "name_de": "Flensburg", "level": "kreis"},
        **release.entries["regions"],
    }
    zeros = object.__new__(Release)
    zeros.__dict__.update(
        release.__dict__ | {"entries": {**release.entries, "regions": regions}, "_labels": {}, "_order": {}}
    )
    from api.formats.csv_text import csv
    from api.query import read
    from api.selection import Selection
    from api.selection_fields import MATRIX_FIELDS
    from api.table import Table

    chosen = Selection.of(read(b"region=01*&year=2030&measure=gap&trade=A-24", MATRIX_FIELDS), zeros)
    assert chosen.regions == ("01001",)
    line = csv(Table(zeros, replace(chosen, columns=("region_code", "status")))).decode()
    assert line == "region_code,status\r\n01001,no_data\r\n"


def test_topics_show_what_the_release_has_and_say_what_it_lacks(client) -> None:
    need = client.data("/api/v1/training-need")
    assert codes(need["data"], "measure") == [
        code for code, *_ in MEASURES if code in TOPICS["training-need"]
    ]
    assert codes(need["data"], "region_code") == ["HWK-FF"]
    assert codes(need["data"], "year") == [year for year in YEARS if year >= BASE_YEAR]
    assert "reason" not in need["meta"]
    due = client.data("/api/v1/succession?region=BB&year=2030&trade=A-24")["data"]
    assert codes(due, "measure") == ["successions_due", "owners", "owners_leaving", "handovers", "closures"]
    assert set(codes(due, "measure")) == set(TOPICS["succession"])
    for name in ("courses", "outlook", "further-training"):
        empty = client.data(f"/api/v1/{name}")
        assert empty["data"] == []
        assert "keine Messgrößen" in empty["meta"]["reason"]
        assert "no measures" in client.data(f"/api/v1/{name}?lang=en")["meta"]["reason"]


def test_answers_say_where_the_numbers_come_from(client) -> None:
    meta = client.data("/api/v1/matrix?region=*&year=2030&measure=gap,new_contracts")["meta"]
    assert meta["units"] == {"gap": "persons", "new_contracts": "contracts"}
    assert meta["sources"] == ["bibb-dazubi", "hwo"]
    assert meta["as_of"] == "2025-10-31"
    assert "ranges" in meta


@settings(max_examples=60, deadline=None)
@given(
    regions=st.sets(st.sampled_from(REGIONS), min_size=1),
    trades=st.sets(st.sampled_from(TRADES), min_size=1),
    years=st.sets(st.sampled_from(YEARS), min_size=1, max_size=4),
    measures=st.sets(st.sampled_from([code for code, *_ in MEASURES]), min_size=1, max_size=4),
)
def test_any_selection_is_the_union_of_its_parts(client, regions, trades, years, measures) -> None:
    def ask(r, t, m, y) -> list[dict]:
        query = f"region={','.join(r)}&trade={','.join(t)}&measure={','.join(m)}&year={','.join(map(str, y))}"
        return client.raw("/api/v1/matrix", query.encode()).json()["data"]

    whole = ask(regions, trades, measures, years)
    parts = [
        record for region in regions for year in years for record in ask([region], trades, measures, [year])
    ]

    def key(record: dict) -> tuple:
        return record["region_code"], record["trade_code"], record["measure"], record["year"]

    assert sorted(whole, key=key) == sorted(parts, key=key)
