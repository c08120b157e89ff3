"""Golden sentences: what the ranges covered, where we lose, and the headline, in both languages."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from forecast.backtest_charts import pit_reading
from forecast.backtest_page import report_page
from forecast.scoring import (
    NAIVE,
    PRODUCTION,
    RANGES,
    BacktestResult,
    BacktestSettings,
    judge,
    score_table,
)
from forecast.statements import (
    ahead_text,
    coverage_statements,
    headline_sentence,
    in_ten,
    loss_sentences,
)

NAMES = {"contracts": ("Neue Verträge", "New contracts"), "jobs": ("Stellen", "Vacancies")}
HALF = {"50": 2.0, "80": 4.0, "95": 8.0}


def rows(
    indicator: str, level: str, horizon: int, misses: dict[int, list[float]], last_error: float
) -> list[dict]:
    """Forecasts of 100 missed by the given amounts, by origin; the last value always errs alike."""
    found = []
    for origin, errors in misses.items():
        for place, error in enumerate(errors):
            for method, said in ((PRODUCTION, 100.0), (NAIVE, 100.0 + error + last_error)):
                ours = method == PRODUCTION
                found.append({
                    "indicator": indicator, "level": level, "method": method, "horizon": horizon,
                    "series": f"s{place}", "size": "100–999", "origin": origin, "forecast": said,
                    "truth": 100.0 + error, "scale": 1.0, "median": said, "crps": 1.0,
                    "pit": 0.5 if ours else np.nan,
                    **{f"lower_{name}": said - HALF[name] for name in RANGES},
                    **{f"upper_{name}": said + HALF[name] for name in RANGES},
                })  # fmt: skip
    return found


def result_of(table: list[dict]) -> BacktestResult:
    errors = pd.DataFrame(table)
    scores = score_table(errors)
    settings = BacktestSettings(indicators=tuple(errors["indicator"].unique()), horizon=2, minimum_origins=3)
    return BacktestResult(
        scores=scores, errors=errors, verdicts=judge(scores, 3), refused=(), settings=settings, vintage=None,
        series={"contracts": 5}, origins={"contracts": (2015, 2016, 2017)}, names=NAMES,
    )  # fmt: skip


def spread(inside: int, outside: int, origins: int, *, far: float = 6.0) -> dict[int, list[float]]:
    """The same hits and misses at every origin."""
    return {2015 + place: [1.0] * inside + [far] * outside for place in range(origins)}


def test_a_kept_promise_in_both_languages() -> None:
    pooled, ahead = coverage_statements(result_of(rows("contracts", "land", 1, spread(4, 1, 3), 3.0)))
    assert ahead.text_de == (
        "Neue Verträge, Land, 1 Jahr voraus: In 8 von 10 Jahren lag die Zahl im 80-%-Band (80,0 % von 15 "
        "Fällen aus 3 Jahrgängen), im 95-%-Band in 100,0 %. Das Band hielt, was es versprach."
    )
    assert ahead.text_en == (
        "New contracts, Land, 1 year ahead: In 8 of 10 years the figure lay in the 80 % band (80.0 % of 15 "
        "cases, 3 origin years), in the 95 % band in 100.0 %. The band kept its promise."
    )
    assert pooled.text_de.startswith("Neue Verträge, Land, alle Horizonte: In 8 von 10 Jahren")
    assert (pooled.promise, pooled.n, pooled.origins, pooled.share_80) == ("kept", 15, 3, 0.8)


@pytest.mark.parametrize(
    ("misses", "promise", "said"),
    [
        (spread(3, 2, 4), "narrow", "In 6 von 10 Jahren lag die Zahl im 80-%-Band (60,0 % von 20 Fällen"),
        (spread(5, 0, 4), "wide", "In jedem Jahr lag die Zahl im 80-%-Band (100,0 % von 20 Fällen"),
        ({2015: [1.0] * 5, 2016: [1.0] * 5, 2017: [6.0] * 5}, "chance", "In 7 von 10 Jahren"),
        (spread(1, 4, 2), "unknown", "In 2 von 10 Jahren lag die Zahl im 80-%-Band (20,0 % von 10 Fällen"),
        (
            spread(0, 1, 1),
            "unknown",
            "In kaum einem Jahr lag die Zahl im 80-%-Band (0,0 % von 1 Fällen aus 1 J",
        ),
        (spread(30, 1, 3), "wide", "In fast jedem Jahr lag die Zahl"),
    ],
)
def test_what_the_band_was_worth(misses: dict[int, list[float]], promise: str, said: str) -> None:
    statement = coverage_statements(result_of(rows("contracts", "kreis", 2, misses, 3.0)))[1]
    assert statement.promise == promise
    assert statement.text_de.startswith("Neue Verträge, Kreis, 2 Jahre voraus: ")
    assert said in statement.text_de
    verdicts = {
        "narrow": "zu schmal", "wide": "breiter als nötig", "chance": "kann die Abweichung",
        "unknown": "zu wenige",
    }  # fmt: skip
    assert verdicts[promise] in statement.text_de


def test_a_bound_belongs_to_its_band() -> None:
    statement = coverage_statements(result_of(rows("contracts", "land", 1, spread(0, 2, 3, far=4.0), 3.0)))[1]
    assert statement.share_80 == 1.0


def test_where_we_lose_in_both_languages() -> None:
    """Contracts: we err by 1 and 6, the last value always by 1. Jobs: the last value errs by 9."""
    table = rows("contracts", "land", 1, spread(4, 1, 3), 1.0) + rows(
        "contracts", "land", 2, spread(4, 1, 3), 1.0
    )
    found = result_of([*table, *rows("jobs", "country", 1, spread(4, 1, 3), 9.0)])
    assert loss_sentences(found, german=True) == (
        "Neue Verträge, Land: 1 und 2 Jahre voraus lag der letzte Wert näher an der Zahl (unser Fehler bis "
        "100,0 % größer); 1 und 2 Jahre voraus war der letzte Wert mit eigenem Fehlerband die bessere Spanne "
        "(relatives WIS bis 1,63).",
    )
    assert loss_sentences(found, german=False) == (
        "New contracts, Land: 1 and 2 years ahead the last value was nearer to the figure (our error up to "
        "100.0 % larger); 1 and 2 years ahead the last value with its own error band was the better range "
        "(relative WIS up to 1.63).",
    )


def test_relative_wis_of_these_sentences_by_hand() -> None:
    """Widths 4, 8, 16: 0.25·4 + 0.1·8 + 0.025·16 = 2.2. Four of five miss by 1, one by 6."""
    scores = score_table(pd.DataFrame(rows("contracts", "land", 1, spread(4, 1, 3), 1.0))).set_index("method")
    ours = (4 * (0.5 + 2.2) + (3 + 2.2 + (6 - 2) + (6 - 4))) / 5
    assert scores.loc[PRODUCTION, "wis"] == pytest.approx(ours / 3.5)
    assert scores.loc[PRODUCTION, "relative_wis"] == pytest.approx(ours / 2.7)


def test_an_exact_last_value_is_a_loss_without_a_number() -> None:
    table = rows("contracts", "land", 1, spread(4, 1, 3), 0.0)
    for row in table:
        if row["method"] == NAIVE:
            row |= {f"{side}_{name}": row["forecast"] for side in ("lower", "upper") for name in RANGES}
    (sentence,) = loss_sentences(result_of(table), german=True)
    assert sentence == (
        "Neue Verträge, Land: 1 Jahr voraus traf der letzte Wert genau; 1 Jahr voraus war der letzte Wert "
        "mit eigenem Fehlerband die bessere Spanne."
    )


def test_too_few_origins_are_no_loss() -> None:
    assert loss_sentences(result_of(rows("contracts", "land", 1, spread(4, 1, 2), 0.5)), german=True) == ()


@pytest.mark.parametrize(
    ("ratio", "german", "english"),
    [
        (0.9, "im Mittel 10 % besser (relatives WIS 0,90;", "on average 10 % better (relative WIS 0.90;"),
        (1.25, "im Mittel 25 % schlechter (relatives WIS 1,25;", "on average 25 % worse (relative WIS 1.25;"),
        (1.004, "im Mittel gleich gut (relatives WIS 1,00;", "on average equally good (relative WIS 1.00;"),
    ],
)
def test_headline_in_words(ratio: float, german: str, english: str) -> None:
    found = result_of(rows("contracts", "land", 1, spread(4, 1, 3), 1.0))
    verdicts = tuple(dataclasses.replace(verdict, relative_wis=ratio) for verdict in found.verdicts)
    changed = dataclasses.replace(found, verdicts=verdicts)
    assert german in headline_sentence(changed, german=True)
    assert english in headline_sentence(changed, german=False)
    assert headline_sentence(dataclasses.replace(found, verdicts=()), german=True) == ""


@pytest.mark.parametrize(
    ("share", "german"),
    [
        (0.0, "In kaum einem Jahr"), (0.05, "In 1 von 10 Jahren"), (0.749, "In 7 von 10 Jahren"),
        (0.75, "In 8 von 10 Jahren"), (0.95, "In fast jedem Jahr"), (1.0, "In jedem Jahr"),
    ],
)  # fmt: skip
def test_shares_as_a_planner_says_them(share: float, german: str) -> None:
    assert in_ten(share, german=True) == german


@pytest.mark.parametrize(
    ("horizons", "german"),
    [
        ((1, 2), "1 und 2 Jahre voraus"), ((1, 2, 3), "1 bis 3 Jahre voraus"),
        ((1, 3, 5), "1, 3 und 5 Jahre voraus"), ((4,), "4 Jahre voraus"),
    ],
)  # fmt: skip
def test_horizons_in_words(horizons: tuple[int, ...], german: str) -> None:
    assert ahead_text(horizons, german=True) == german


@pytest.mark.parametrize(
    ("outer", "mean", "reading"),
    [
        (0.1, 0.5, "gleichmäßig"), (0.2, 0.5, "zu schmal"), (0.02, 0.5, "zu breit"),
        (0.1, 0.4, "tiefer als gesagt"), (0.2, 0.6, "höher als gesagt"),
    ],
)  # fmt: skip
def test_histograms_in_words(outer: float, mean: float, reading: str) -> None:
    shares = {f"bin_{place}": (1 - 2 * outer) / 8 for place in range(2, 10)}
    assert reading in pit_reading(shares | {"bin_1": outer, "bin_10": outer, "mean": mean})


def test_the_page_starts_with_words_and_shows_every_chart_as_a_table() -> None:
    table = rows("contracts", "land", 1, spread(4, 1, 3), 1.0) + rows(
        "jobs", "country", 1, spread(3, 2, 4), 9.0
    )
    page = report_page(result_of(table))
    body = page[page.index("<body>") :]
    assert body.index("In 7 von 10 Jahren lag die Zahl im 80-%-Band") < body.index("<table>")
    assert body.count('class="chart"') == body.count("Zahlen zum Bild") == 7
    assert "Neue Verträge, Land: 1 Jahr voraus lag der letzte Wert näher an der Zahl" in body
    assert '<section lang="en">' in body
    assert "&lt;" not in body


def test_names_from_outside_are_text_and_no_markup() -> None:
    table = rows("<b>x</b>", "land", 1, spread(4, 1, 3), 1.0)
    page = report_page(result_of(table))
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>x</b>" not in page.replace("\\u003cb\\u003ex\\u003c\\u002fb\\u003e", "")
