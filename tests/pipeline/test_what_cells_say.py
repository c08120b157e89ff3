"""What stands beside a cell: small trades, where a gap comes from, cohorts of a training need, shares."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from forecast.assemble import staff_per_apprentice
from forecast.derivations import RECIPES
from forecast.estimators.contracts_path import ContractPath, is_small
from forecast.estimators.occupations import trade_shares
from forecast.grading import estimate_grade, gap_notes
from forecast.notes import NOTES, NoteBook
from forecast.release import group_estimates
from forecast.snapshot import NOTE_SEPARATOR, Snapshot
from forecast.sources.definitions import Definitions, read_definitions

LIMIT = 20.0


@pytest.fixture(scope="module")
def definitions(data_root: Path) -> Definitions:
    return read_definitions(data_root)


def path_of(*draws: list[float]) -> ContractPath:
    return ContractPath(np.array([2024, 2025, 2026, 2027]), np.array(draws), 2024)


def test_a_trade_is_small_by_the_contracts_to_come() -> None:
    past, ahead = 90.0, LIMIT
    assert is_small(path_of([past, past, ahead - 1, ahead - 1]), 2025, LIMIT)
    assert not is_small(path_of([1.0, 1.0, ahead, ahead]), 2025, LIMIT)
    assert not is_small(path_of([1.0, 1.0, ahead - 6, ahead], [1.0, 1.0, ahead, ahead + 6]), 2025, LIMIT)


@pytest.mark.parametrize(("region", "plain"), [("HWK-FF", "C"), ("BB", "C"), ("HWK-P", "D")])
@pytest.mark.parametrize("adjusted", [True, False])
def test_a_small_trade_is_only_a_clue_and_says_so(adjusted: bool, region: str, plain: str) -> None:
    state: Any = SimpleNamespace(adjusted=adjusted, region=region)
    grade, words = estimate_grade(state, small=True)
    assert (grade, words[0]) == ("D", "small")
    assert ("divided" in words) == (region == "HWK-P")  # its stocks were never counted
    assert estimate_grade(state, small=False) == (plain, words[1:])
    notes = NoteBook()
    place = notes.named(*words)
    text = notes.documents()[place]
    assert text["de"].split(NOTE_SEPARATOR) == [NOTES[word][0] for word in words]
    assert text["en"].split(NOTE_SEPARATOR) == [NOTES[word][1] for word in words]


def test_a_shortage_beside_many_unemployed_is_explained() -> None:
    def state(vacancies: float, seekers: float) -> Any:
        return SimpleNamespace(vacancies=np.array([[9.0, vacancies]]), job_seekers=np.array([[1.0, seekers]]))

    notes = NoteBook()
    plain, opens = notes.named("groups"), notes.named("groups", "later")
    eases = notes.named("groups", "eases")
    gap = np.array([-3.0, 0.0, 4.0])
    assert gap_notes(gap, state(5, 8), (("groups",),) * 3, notes).tolist() == [plain, plain, opens]
    assert gap_notes(gap, state(8, 5), (("groups",),) * 3, notes).tolist() == [eases, plain, plain]
    assert gap_notes(gap, state(5, 5), (("groups",),) * 3, notes).tolist() == [plain, plain, plain]


def test_a_training_need_names_the_cohorts_it_falls_on() -> None:
    notes = NoteBook()
    one, several = notes.closed_by(2027, 2027, 2030), notes.closed_by(2027, 2031, 2030, "small")
    texts = notes.documents()
    assert "der eine Jahrgang mit Beginn 2027" in texts[one]["de"]
    assert "die 5 Jahrgänge mit Beginn 2027 bis 2031" in texts[several]["de"]
    assert "5 cohorts beginning in 2027 to 2031" in texts[several]["en"]
    assert texts[several]["de"].startswith(NOTES["small"][0] + NOTE_SEPARATOR)
    assert all("wirken frühestens 2030" in texts[number]["de"] for number in (one, several))


def test_a_year_with_too_few_cohorts_says_how_many_and_from_when_on() -> None:
    notes = NoteBook()
    single, two = notes.too_few_cohorts(1, 2030, 2032), notes.too_few_cohorts(2, 2030, 2032)
    texts = notes.documents()
    assert (
        "kann nur 1 neuer Jahrgang auslernen, der die ganze Lücke allein schließen müsste;"
        in texts[single]["de"]
    )
    assert "können nur 2 neue Jahrgänge auslernen, die die ganze Lücke allein" in texts[two]["de"]
    assert "only 2 new cohorts can finish" in texts[two]["en"]
    assert all("frühestens 2030" in texts[n]["de"] and "ab 2032" in texts[n]["de"] for n in (single, two))


def test_no_part_of_a_note_holds_the_separator() -> None:
    assert not [name for name, pair in NOTES.items() if any(NOTE_SEPARATOR in text for text in pair)]


def test_shares_in_a_group_can_be_redone_from_what_is_told(definitions: Definitions) -> None:
    codes = definitions.codes
    stocks = {
        "A-24": {2021: 900.0, 2022: 300.0, 2023: 330.0},
        "A-18": {2022: 60.0, 2023: 64.0},
        "A-23": {2023: 20.0},
    }
    recent = 2
    mean = {trade: float(np.mean(list(years.values())[-recent:])) for trade, years in stocks.items()}
    share = trade_shares(codes.links, mean, "KldB-342")
    told = group_estimates({"KldB-342": share["A-24"]}, codes, stocks, recent, dict.fromkeys(stocks, 1.0))
    assert [one["key"] for one in told] == ["KldB-342", "KldB-342|A-18", "KldB-342|A-23", "KldB-342|A-24"]
    parts = {one["key"].rpartition("|")[2]: one["value"] for one in told[1:]}
    assert parts["A-24"] == pytest.approx(315 * 0.92)
    assert told[0]["value"] == pytest.approx(parts["A-24"] / sum(parts.values()), abs=1e-4)


def test_a_trade_that_trains_more_gets_less_of_its_group(definitions: Definitions) -> None:
    codes, stocks = definitions.codes, {"A-01": {2023: 200.0}, "A-04": {2023: 200.0}}
    staff = staff_per_apprentice(stocks, definitions.parameters)
    assert staff["A-01"] == 1
    assert staff["A-04"] < 1
    told = group_estimates({"KldB-321": 0.5}, codes, stocks, 1, staff)
    parts = {one["key"].rpartition("|")[2]: one["value"] for one in told[1:]}
    assert parts == {"A-01": 200.0, "A-04": pytest.approx(200.0 * staff["A-04"])}


def test_a_recipe_names_only_what_exists(definitions: Definitions) -> None:
    for item, recipe in RECIPES.items():
        assert not set(recipe.parameters) - set(definitions.parameters.parameters), item
        assert not set(recipe.indicators) - set(definitions.indicators), item


def test_a_district_without_accounts_names_the_row_that_holds_it(release: Snapshot) -> None:
    notes, seen = release.documents["catalogue"]["notes"], 0
    for region in release.documents["catalogue"]["regions"]:
        if region["level"] != "kreis" or region["code"] not in release.axes.regions:
            continue
        (chamber,) = [parent for parent in region["parents"] if parent.startswith("HWK-")]
        for trade in ("A-24", "GRP-SHK"):
            place = release.index("region", region["code"]), release.index("trade", trade)
            note = notes[release.note[(*place, release.index("measure", "gap"), release.index("year", 2030))]]
            assert f"«{chamber}»" in note["de"], region["code"]
            assert f"“{chamber}”" in note["en"], region["code"]
            seen += 1
    assert seen == 2 * 18
