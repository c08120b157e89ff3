"""GET /matrix and /series: the same columns always, every valid trade, null with a status instead of zero."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.snapshot import GRADES, STATISTICS, STATUSES
from tests.toy_snapshot import BASE_YEAR, EMPTY_TRADE, REGIONS, TRADES, YEARS

COLUMNS = [
    "snapshot_id", "measure", "unit", "trade_code", "trade_label", "region_code", "region_label",
    "region_level", "year", "scenario", "is_forecast", "value", "lower_50", "upper_50", "lower_80",
    "upper_80", "lower_95", "upper_95", "status", "grade", "note",
]  # fmt: skip
DEFAULT = [
    "demand", "supply", "gap", "training_need", "retirements", "successions_due", "new_contracts",
    "apprentices", "graduates", "entrants",
]  # fmt: skip
HERE = "/api/v1/matrix?region=HWK-FF&year=2030"


def test_every_record_has_the_columns_in_order(client) -> None:
    found = client.data(HERE)["data"]
    assert all(list(record) == COLUMNS for record in found)
    assert [record["measure"] for record in found[: len(DEFAULT)]] == DEFAULT
    assert [record["trade_code"] for record in found[:: len(DEFAULT)]] == list(TRADES)


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("year", [2010, BASE_YEAR, 2026, 2035])
def test_records_repeat_the_cube_exactly(client, snapshot, region: str, year: int) -> None:
    every = ",".join(snapshot.axes.measures)
    found = client.data(f"/api/v1/matrix?region={region}&year={year}&measure={every}")["data"]
    assert len(found) == len(TRADES) * len(snapshot.axes.measures)
    for record in found:
        at = tuple(
            snapshot.index(axis, code)
            for axis, code in (("region", region), ("trade", record["trade_code"]),
                               ("measure", record["measure"]), ("year", year))
        )  # fmt: skip
        for position, name in enumerate(STATISTICS):
            cell = snapshot.cube[at][position]
            assert (record[name] is None) == np.isnan(cell)
            if record[name] is not None:
                assert isinstance(record[name], int)  # counts of persons, contracts, firms
                assert record[name] == cell
        assert record["status"] == STATUSES[snapshot.status[at]]
        assert (record["grade"] or "") == GRADES[snapshot.grade[at]]


def test_missing_is_null_with_a_status(client) -> None:
    found = client.data(f"{HERE}&trade={EMPTY_TRADE}")["data"]
    assert len(found) == len(DEFAULT)
    assert {record["status"] for record in found} == {"no_data"}
    assert all(record[name] is None for record in found for name in STATISTICS)
    assert all(record["is_forecast"] for record in found)


def test_withheld_figures_carry_their_note_in_the_language(client) -> None:
    url = "/api/v1/matrix?region=HWK-FF&year=2012&trade=A-25&measure=new_contracts"
    german, english = client.data(url)["data"][0], client.data(f"{url}&lang=en")["data"][0]
    assert (german["status"], german["value"], german["lower_80"]) == ("suppressed", None, None)
    assert german["note"] == "Weniger als drei Fälle, nicht veröffentlicht."
    assert english["note"] == "Fewer than three cases, withheld."


def test_language_changes_labels_and_notes_only(client) -> None:
    german, english = client.data(HERE), client.data(f"{HERE}&lang=en")
    labels = {"trade_label", "region_label", "note"}
    for one, other in zip(german["data"], english["data"], strict=True):
        assert {k: v for k, v in one.items() if k not in labels} == {
            k: v for k, v in other.items() if k not in labels
        }
    assert german["data"][0]["trade_label"] == "Metallbauer"
    assert english["data"][0]["trade_label"] == "Metal builders"
    assert english["links"]["self"].endswith("&lang=en")


def test_the_envelope_says_what_the_numbers_mean(client, snapshot) -> None:
    meta = client.data(HERE)["meta"]
    assert meta["snapshot_id"] == snapshot.id
    assert (meta["as_of"], meta["base_year"], meta["year"]) == ("2025-10-31", 2025, 2030)
    assert meta["region"] == {
        "code": "HWK-FF",
        "label": "Kammerbezirk Frankfurt (Oder)",
        "level": "chamber_district",
    }
    assert "Bedarf − Angebot" in meta["sign_convention"]
    assert "BIBB" in meta["attribution"]
    assert "demand − supply" in client.data(f"{HERE}&lang=en")["meta"]["sign_convention"]


@pytest.mark.parametrize(
    "query",
    ["trade=A-25&trade=A-13", "trade=A-13,A-25", "trade=A-25,A-13,A-25", "trade=A-13&trade=A-13,A-25"],
)
def test_lists_may_be_repeated_or_comma_separated(client, query: str) -> None:
    found = client.get(f"{HERE}&{query}&measure=gap")
    assert [record["trade_code"] for record in found.json()["data"]] == ["A-13", "A-25"]
    # one spelling of the query, so one answer and one validator
    assert found.json()["links"]["self"] == f"{HERE}&trade=A-13,A-25&measure=gap"
    assert found.content == client.get(f"{HERE}&trade=A-13,A-25&measure=gap").content


def test_groups_narrow_the_trades(client) -> None:
    codes = {r["trade_code"] for r in client.data(f"{HERE}&group=shk&group=electro")["data"]}
    assert codes == {"A-24", "A-25"}
    assert client.data(f"{HERE}&group=shk&trade=A-25")["data"] == []


def test_only_trades_that_exist_in_the_year_are_listed(serve, tmp_path) -> None:
    from dataclasses import replace

    from forecast.snapshot import write_snapshot
    from tests.toy_snapshot import toy_content

    content = toy_content()
    catalogue = dict(content.documents["catalogue"])
    changed = {"A-13": {"valid_to": "2026-12-31"}, "A-25": {"valid_from": "2031-01-01"}}
    catalogue["trades"] = [trade | changed.get(trade["code"], {}) for trade in catalogue["trades"]]
    write_snapshot(tmp_path, replace(content, documents={**content.documents, "catalogue": catalogue}))
    client = serve(tmp_path)

    def listed(year: int) -> set[str]:
        url = f"/api/v1/matrix?region=BB&year={year}&measure=gap"
        return {record["trade_code"] for record in client.data(url)["data"]}

    assert listed(2026) == {"A-13", "A-24", "A-20", "A-27"}
    assert listed(2030) == {"A-24", "A-20", "A-27"}
    assert listed(2031) == {"A-25", "A-24", "A-20", "A-27"}
    named = client.data("/api/v1/matrix?region=BB&year=2030&measure=gap&trade=A-13")["data"]
    assert [record["trade_code"] for record in named] == ["A-13"]  # asked for by name, it is shown


def test_series_show_history_and_forecast(client, snapshot) -> None:
    answer = client.data("/api/v1/series?trade=A-24&region=HWK-FF&measure=new_contracts")
    found = answer["data"]
    assert [record["year"] for record in found] == list(YEARS)
    assert all(list(record) == COLUMNS for record in found)
    assert {r["status"] for r in found if r["year"] <= BASE_YEAR} == {"estimated"}
    assert [r["is_forecast"] for r in found] == [year > BASE_YEAR for year in YEARS]
    assert answer["meta"]["trade"]["label"] == "Installateur und Heizungsbauer"
    # new contracts of A-24 in 2025: 47 + (2025 − 2018) mod 5 − 1, worked by hand
    assert next(r["value"] for r in found if r["year"] == 2025) == 48


def test_fractions_keep_their_shortest_spelling() -> None:
    from api.records import plain_numbers

    values = np.array([[0.1, 12.0, -0.0, np.nan], [3.5, 2.0, 1e-7, 16777216.0]], dtype=np.float32)
    shown = plain_numbers(values, np.array([True, True])).tolist()
    assert shown == [[0.1, 12, 0, None], [3.5, 2, 1e-7, 16777216]]
    assert [type(number) for number in shown[0][:3]] == [float, int, int]
    assert plain_numbers(values, np.array([False, True])).tolist()[0] == [None] * 4


@pytest.mark.parametrize(
    ("status", "year", "expected"),
    [
        ("no_data", BASE_YEAR, False),
        ("no_data", BASE_YEAR + 1, True),
        ("not_reachable", 2027, True),
        ("suppressed", 2012, False),
        ("estimated", BASE_YEAR + 1, False),  # a figure for a later year can be known already
        ("forecast", BASE_YEAR, True),
    ],
)
def test_what_counts_as_a_forecast(status: str, year: int, expected: bool) -> None:
    from api.records import is_forecast

    assert is_forecast(status, year, BASE_YEAR) is expected
