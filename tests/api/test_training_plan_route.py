"""GET /training-plan: rows of the plan, filtered, paged and named in both languages."""

from __future__ import annotations

import pytest

from tests.toy_snapshot import training_plan

URL = "/api/v1/training-plan"


def test_rows_come_as_they_stand_in_the_release(client) -> None:
    document = training_plan()
    answer = client.data(URL)
    assert [list(row.values())[:11] for row in answer["data"]] == [row[:11] for row in document["rows"]]
    assert answer["meta"]["total"] == len(document["rows"])
    assert list(answer["data"][0]) == [*document["columns"], "label"]


def test_filters_hold_together(client) -> None:
    rows = client.data(f"{URL}?trade=A-24&region=HWK-FF&year=2030&kind=training_year")["data"]
    assert [(row["measure"], row["value"]) for row in rows] == [("apprentices", 47), ("course_weeks", 141)]
    assert client.data(f"{URL}?region=BB")["data"] == []


def test_notes_and_names_follow_the_language(client) -> None:
    german, english = (client.data(f"{URL}?kind=outlook&lang={lang}")["data"][0] for lang in ("de", "en"))
    assert (german["note"], english["note"]) == ("Abschluss 2030", "Examination 2030")
    assert german["lower_80"] is None
    module, _ = (client.data(f"{URL}?kind=module&lang={lang}")["data"][0] for lang in ("de", "en"))
    assert (module["note"], module["label"]) == (None, "Wärmepumpe")
    assert client.data(f"{URL}?kind=module&lang=en")["data"][0]["label"] == "Heat pump"


def test_pages_are_linked(client) -> None:
    url, seen = f"{URL}?limit=2", []
    while url:
        page = client.data(url)
        seen += page["data"]
        url = page["links"].get("next")
    assert seen == client.data(URL)["data"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("trade=A-99", 404), ("region=HWK-XX", 404), ("kind=modul", 422), ("year=30", 422), ("limit=5001", 422)],
)
def test_what_does_not_exist_is_refused(client, query, status) -> None:
    assert client.get(f"{URL}?{query}").status_code == status
