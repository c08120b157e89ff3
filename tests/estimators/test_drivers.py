"""Models with drivers find the truth they were simulated from; the proof switches on only what helps."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.statespace.structural import UnobservedComponents

from forecast.domain.codes import CodeList, OccupationLink, Region, Trade
from forecast.domain.panel import COLUMNS, Panel
from forecast.domain.parameters import ParameterSet
from forecast.errors import ModelError
from forecast.estimators.driven import Driven
from forecast.estimators.driver_counts import count_draws, fit_counts
from forecast.estimators.driver_level import Elasticity, fit_level, level_draws, log_filter
from forecast.estimators.driver_origin import Run, blended, figures_table, known_on, origin_day
from forecast.estimators.driver_paths import LeaverPoints, joined, leaver_path, leaver_points
from forecast.estimators.driver_verdicts import TRIAL, DriverRules, earned_by_rule, judged, verdicts
from forecast.estimators.drivers import ProofSettings, choose, evidence_table, with_drivers
from forecast.estimators.protocol import History
from forecast.estimators.series import forecast_series
from forecast.sources.definitions import read_definitions

TRADES = [f"A-{number:02}" for number in range(1, 15)]
PROOF = ProofSettings(horizon=3, draws=80)
NEW = "new_contracts"
ENOUGH = {"least_rows": 5, "least_series": 5}


@pytest.fixture(scope="module")
def parameters(data_root) -> ParameterSet:
    return read_definitions(data_root).parameters


# ---- the level with a pooled elasticity ---------------------------------------------------------


def driven(
    seed: int = 1, *, series: int = 40, years: int = 14, beta: float = 0.7, spread: float = 0.0
) -> Driven:
    generator = np.random.default_rng(seed)
    log_x = 6 + np.cumsum(generator.normal(0, 0.2, (series, years + 2)), axis=1)
    slopes = beta + spread * generator.standard_normal(series)
    walk = np.cumsum(generator.normal(0, 0.05, (series, years)), axis=1)
    log_mean = generator.normal(1, 0.5, (series, 1)) + slopes[:, None] * (log_x[:, :years] - 6) + 3 + walk
    ahead = np.repeat(np.exp(log_x[:, None, years:]), 50, axis=1)
    values = generator.poisson(np.exp(log_mean)).astype(float)
    return Driven(tuple(f"s{i:02}" for i in range(series)), values, np.exp(log_x[:, :years]), ahead)


def test_likelihood_is_that_of_statsmodels() -> None:
    """Differences of the log-likelihood at fixed parameters agree; constants of the diffuse start cancel."""
    generator = np.random.default_rng(4)
    x, y = generator.normal(0, 1, (1, 15)), np.cumsum(generator.normal(5, 1, (1, 15)), axis=1)
    y[0, 6] = np.nan
    oracle = UnobservedComponents(y[0], "llevel", exog=x[0], use_exact_diffuse=True)

    def ours(noise: float, drift: float, beta: float) -> float:
        found = log_filter(y, x, np.array([1.0]), np.array([drift]), np.array([noise]))
        squares = found.squares - 2 * beta * found.score + beta**2 * found.precision
        return float(-(found.log_variance + squares)[0, 0] / 2)

    points = [(0.5, 0.3, 0.7), (2.0, 0.1, -0.4), (0.01, 1.0, 0.0)]
    theirs = [float(oracle.loglike([noise, drift**2, beta])) for noise, drift, beta in points]
    mine = [ours(*point) for point in points]
    assert np.diff(mine) == pytest.approx(np.diff(theirs), abs=1e-8)


def test_level_at_the_origin_is_that_of_statsmodels() -> None:
    generator = np.random.default_rng(5)
    y = np.cumsum(generator.normal(0, 1, (1, 12)), axis=1)
    found = log_filter(y, np.zeros((1, 12)), np.array([1.0]), np.array([0.4]), np.array([0.8]))
    smoothed = UnobservedComponents(y[0], "llevel", use_exact_diffuse=True).smooth([0.8, 0.16])
    assert found.level[0, 0] == pytest.approx(smoothed.filtered_state[0, -1], abs=1e-8)
    assert found.variance[0, 0] == pytest.approx(smoothed.filtered_state_cov[0, 0, -1], abs=1e-8)


def test_known_elasticity_is_recovered() -> None:
    fitted = fit_level(driven(), Elasticity(0.0, 0.5), **ENOUGH)
    assert fitted.elasticity == pytest.approx(0.7, abs=3 * fitted.elasticity_sd)
    assert fitted.elasticity_sd < 0.05
    assert fitted.spread <= 0.125
    assert fitted.drift == pytest.approx(0.05, rel=0.5)
    assert fitted.dispersion == pytest.approx(1.0, rel=0.5)
    assert fitted.summary()["series"] == 40


def test_elasticities_of_single_series_are_told_apart() -> None:
    fitted = fit_level(driven(2, spread=0.5), Elasticity(0.0, 0.5), **ENOUGH)
    assert 0.25 <= fitted.spread <= 0.5
    assert fitted.elasticity == pytest.approx(0.7, abs=0.25)


def test_without_evidence_the_prior_stands() -> None:
    """A driver that moves in one series by a hair says nothing: b stays at its centre with its deviation."""
    data = driven(3)
    still = np.full_like(data.driver, 50.0)
    still[0, 3] = 50.0001
    fitted = fit_level(dataclasses.replace(data, driver=still), Elasticity(0.3, 0.2), **ENOUGH)
    assert fitted.elasticity == pytest.approx(0.3, abs=1e-3)
    assert fitted.elasticity_sd == pytest.approx(0.2, rel=1e-3)


def test_draws_follow_the_driver_and_carry_its_uncertainty() -> None:
    data = driven()
    fitted = fit_level(data, Elasticity(1.0, 0.25), **ENOUGH)
    many = np.repeat(data.driver[:, None, -1:], 400, axis=1).repeat(2, axis=2)
    certain = level_draws(dataclasses.replace(data, ahead=many), fitted, 7)
    doubled = level_draws(dataclasses.replace(data, ahead=2 * many), fitted, 7)
    ratio = np.median(doubled, axis=1).mean() / np.median(certain, axis=1).mean()
    assert ratio == pytest.approx(2**fitted.elasticity, rel=0.02)
    noise = np.exp(0.5 * np.random.default_rng(8).standard_normal(many.shape))
    wide = level_draws(dataclasses.replace(data, ahead=many * noise), fitted, 7)
    assert np.log1p(wide).std(axis=1).mean() > 1.5 * np.log1p(certain).std(axis=1).mean()
    assert (wide >= 0).all()


def test_ranges_of_simulated_series_cover_what_comes() -> None:
    hits = []
    for seed in range(4):
        whole = driven(seed, years=16)
        data = dataclasses.replace(
            whole,
            figures=whole.figures[:, :14],
            driver=whole.driver[:, :14],
            ahead=np.repeat(whole.driver[:, None, 14:], 200, axis=1),
        )
        draws = level_draws(data, fit_level(data, Elasticity(0.0, 0.5), **ENOUGH), 1)
        low, high = np.quantile(draws, [0.1, 0.9], axis=1)
        hits.append((low <= whole.figures[:, 14:]) & (whole.figures[:, 14:] <= high))
    assert 0.74 < np.mean(hits) < 0.88


# ---- the pooled count regression -----------------------------------------------------------------


def counted(seed: int = 1, *, slope: float = 0.4, alpha: float = 0.02, series: int = 25) -> Driven:
    generator = np.random.default_rng(seed)
    years = 14
    leavers = np.exp(10 + 0.03 * np.arange(years)) * np.ones((series, 1))
    vacancies = np.exp(4 + np.cumsum(generator.normal(0, 0.25, (series, years)), axis=1))
    mean = leavers * np.exp(generator.normal(-6, 0.5, (series, 1)) + slope * (np.log(vacancies + 0.5) - 4))
    values = generator.poisson(mean * generator.gamma(1 / alpha, alpha, mean.shape)).astype(float)
    ahead = np.full((series, 60, 2), leavers[0, -1])
    second_ahead = np.repeat(vacancies[:, None, -1:], 60, axis=1).repeat(2, axis=2)
    names = tuple(f"c{i:02}" for i in range(series))
    return Driven(names, values, leavers, ahead, vacancies, second_ahead)


def test_count_regression_recovers_slope_and_dispersion() -> None:
    fitted = fit_counts(counted(), **ENOUGH)
    assert fitted.slope == pytest.approx(0.4, abs=3 * fitted.slope_sd)
    assert fitted.slope_sd < 0.05
    assert fitted.dispersion == pytest.approx(0.02, rel=0.5)
    assert fitted.slope_spread < 0.1
    assert fitted.persistence < 0.3
    assert set(fitted.summary()) >= {"elasticity", "dispersion", "persistence"}


def test_twice_the_leavers_are_twice_the_contracts() -> None:
    data = counted()
    fitted = fit_counts(data, **ENOUGH)
    once, twice = (
        count_draws(dataclasses.replace(data, ahead=factor * data.ahead), fitted, 3).mean(axis=1)
        for factor in (1, 2)
    )
    assert twice.sum() / once.sum() == pytest.approx(2, rel=0.01)


# ---- refusals ------------------------------------------------------------------------------------


def test_too_little_is_refused() -> None:
    data = driven(series=4)
    with pytest.raises(ModelError, match="Zu wenige"):
        fit_level(data, Elasticity(0, 1), **ENOUGH)
    short = driven(years=4)
    with pytest.raises(ModelError, match="Zu wenige"):
        fit_level(short, Elasticity(0, 1), **ENOUGH)
    with pytest.raises(ModelError, match="Zu wenige"):
        fit_counts(dataclasses.replace(counted(), figures=np.zeros((25, 14))), **ENOUGH)


def test_a_driver_that_never_moves_is_refused() -> None:
    still = driven()
    with pytest.raises(ModelError, match="ändert sich nie"):
        fit_level(dataclasses.replace(still, driver=np.ones_like(still.driver)), Elasticity(0, 1), **ENOUGH)
    data = counted()
    with pytest.raises(ModelError, match="ändern sich nie"):
        fit_counts(dataclasses.replace(data, second=np.ones_like(data.driver)), **ENOUGH)
    with pytest.raises(ModelError, match="zweiten Treiber"):
        fit_counts(dataclasses.replace(data, second=None), **ENOUGH)


def test_without_driver_nothing_of_it_is_left() -> None:
    data = driven()
    bare = fit_level(data, None, **ENOUGH)
    moved = dataclasses.replace(data, ahead=data.ahead * 9)
    assert np.array_equal(level_draws(data, bare, 1), level_draws(moved, bare, 1))


# ---- paths of drivers ----------------------------------------------------------------------------


def test_gaps_are_joined_on_the_log_scale() -> None:
    first, values, filled = joined(np.array([2016, 2013, 2014]), np.array([15.5, 1.5, np.nan]))
    assert first == 2013
    assert values == pytest.approx([1.5, 3.5, 7.5, 15.5])
    assert filled.tolist() == [False, True, True, False]


def test_leavers_by_hand() -> None:
    """2015 and 2017 printed, a fifth more projected for 2021: the line rises, its spread grows, it stays."""
    points = LeaverPoints({2014: 90.0, 2015: 100.0, 2017: 121.0}, {2021: 145.2})
    path = leaver_path(points, 2023, yearly_sd=np.full(20_000, 0.05), draws=20_000, seed=1, region="BB")
    assert path is not None
    logs = np.log(path.at(np.arange(2014, 2024)))
    assert np.exp(logs.mean(axis=0)) == pytest.approx(
        [90, 100, 110, 121, *(121 * 1.2 ** (k / 4) for k in (1, 2, 3, 4)), 145.2, 145.2], rel=0.01
    )
    one_change = 0.05  # only 2014 to 2015 is a change from year to year: it has no spread of its own
    steps = np.sqrt([1, 2, 3, 4, 5, 6]) * one_change
    assert logs.std(axis=0) == pytest.approx([0, 0, 0.05 / np.sqrt(2), 0, *steps], abs=0.003)
    assert path.estimated.tolist() == [False, False, True, False, *[True] * 6]
    assert np.isnan(path.at(np.array([2013]))).all()


def test_a_projection_is_as_wrong_as_the_draw_of_its_error() -> None:
    """Half the draws hold projections for exact, half for wrong by a tenth a year."""
    sd = np.repeat([0.0, 0.1], 10_000)
    path = leaver_path(
        LeaverPoints({2015: 100.0}, {2019: 100.0}), 2019, yearly_sd=sd, draws=20_000, seed=1, region="BB"
    )
    assert path is not None
    exact, wrong = np.log(path.at(np.array([2019]))[:, 0]).reshape(2, -1)
    assert np.ptp(exact) == 0
    assert wrong.std() == pytest.approx(0.2, abs=0.006)


def test_leavers_known_on_a_day(parameters: ParameterSet) -> None:
    frame = pd.DataFrame(
        [
            ("leavers_total", "*", "BB", 2015, "", 20754.0, "observed", "2016-12-31", "s"),
            ("school_leavers", "*", "BB", 2015, "", 19000.0, "rounded", "2015-12-31", "s"),
            ("school_leavers_forecast", "*", "BB", 2030, "", 24000.0, "estimated", "2021-11-30", "s"),
        ],
        columns=list(COLUMNS),
    )
    panel = Panel(frame.assign(published=pd.to_datetime(frame["published"])))
    early = leaver_points(panel, parameters, "BB", date(2016, 9, 30))
    assert (dict(early.printed), dict(early.projected)) == ({2015: 19000.0}, {})
    later = leaver_points(panel, parameters, "BB", date(2019, 9, 30))
    assert later.printed[2015] == 20754.0  # the official count stands
    assert later.printed[2017] == 21300.0  # a single printed point of the parameters, public after 2018
    assert later.projected == {}
    now = leaver_points(panel, parameters, "BB", date(2026, 1, 1))
    assert now.projected == {2030: 24000.0}
    nation = [
        leaver_points(panel, parameters, "DE", date(year, 6, 1)).projected for year in (2022, 2023, 2025)
    ]
    assert nation == [{2035: 861000.0}, {2035: 863000.0}, {2035: 896000.0}]
    assert (
        leaver_path(
            leaver_points(panel, parameters, "BE", date(2010, 1, 1)),
            2020,
            yearly_sd=np.full(2, 0.1),
            draws=2,
            seed=1,
            region="BE",
        )
        is None
    )


# ---- the proof -----------------------------------------------------------------------------------


def code_list() -> CodeList:
    def trade(code: str) -> Trade:
        known = {"code": code, "name_de": code, "name_en": code, "group": "metal", "sector": "craft"}
        return Trade(**{field.name: known.get(field.name) for field in dataclasses.fields(Trade)})

    regions = {
        code: Region(code, code, code, level, (), "", "", None, None, "source", "s", "")
        for code, level in (("DE", "country"), ("BB", "land"))
    }
    links = tuple(
        OccupationLink(
            code, f"KldB-{3 + place % 7}00", "main", 1.0, 1.0, 1.0, None, None, "source", "s", "", None
        )
        for place, code in enumerate(TRADES)
    )
    return CodeList({code: trade(code) for code in TRADES}, {}, {}, regions, links, {})


def toy_panel(*, shared: bool, seed: int = 1, first: int = 2005, last: int = 2023) -> Panel:
    """Contracts of a nation and a Land: small counts on the path of the nation's, or only noise."""
    generator = np.random.default_rng(seed)
    years = np.arange(first, last + 1)
    rows: list[tuple[object, ...]] = []

    def add(indicator: str, subject: str, region: str, values: np.ndarray, lag: str) -> None:
        for year, value in zip(years, values, strict=True):
            published = pd.Timestamp(f"{year + 1}-{lag}")
            rows.append((indicator, subject, region, int(year), "", float(value), "observed", published, "s"))

    for code in TRADES:
        growth = generator.normal(0, 0.03) + generator.normal(0, 0.05, years.size)
        walk = np.cumsum(growth) if shared else np.zeros(years.size)
        add("new_contracts", code, "DE", generator.poisson(4000 * np.exp(walk)), "09-30")
        add("new_contracts", code, "BB", generator.poisson(25 * np.exp(walk)), "09-30")
    for group in range(3, 10):
        for region in ("DE", "BB"):
            places = 200 * np.exp(np.cumsum(generator.normal(0, 0.2, years.size)))
            add("vacancies_avg", f"KldB-{group}00", region, places.round(), "02-28")
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return Panel(frame.sort_values([*COLUMNS[:4], "published"]).reset_index(drop=True))


@pytest.fixture(scope="module")
def helpful(parameters: ParameterSet):
    return choose(
        toy_panel(shared=True), code_list(), parameters, indicators=("new_contracts",), settings=PROOF
    )


def test_a_real_driver_is_switched_on(helpful) -> None:
    assert helpful.form("new_contracts", "land") == "national"
    assert helpful.form("new_contracts", "country") is None
    (on,) = [verdict for verdict in helpful.verdicts if verdict.on]
    assert on.wis_ratio < 0.95
    assert on.without_ratio < 0.985
    assert on.reason_de.startswith("WIS ")
    assert "kleiner, in" in on.reason_de


def test_the_rule_earned_its_gain_without_hindsight(helpful) -> None:
    land = helpful.earned[helpful.earned["level"] == "land"]
    assert (land["origins_on"] >= 3).all()
    assert (land["wis_ratio"] < 1).all()


def unrelated(seed: int) -> Panel:
    """Nation and Land walk at random, each for itself."""
    generator = np.random.default_rng(100 + seed)
    frame = toy_panel(shared=False, seed=seed).frame.copy()
    for (_, region), rows in frame[frame["indicator"] == NEW].groupby(["trade", "region"]).groups.items():
        walk = np.exp(np.cumsum(generator.normal(0, 0.12, len(rows))))
        frame.loc[rows, "value"] = generator.poisson((4000 if region == "DE" else 60) * walk).astype(float)
    return Panel(frame)


@pytest.mark.parametrize("panel", [toy_panel(shared=False), unrelated(1)], ids=["noise", "walks"])
def test_drivers_without_relation_stay_off(parameters: ParameterSet, panel: Panel) -> None:
    """Beside the engine the pooled level may well help, but then it does so without the driver as well."""
    choice = choose(panel, code_list(), parameters, indicators=(NEW,), settings=PROOF)
    assert {verdict.form for verdict in choice.verdicts} >= {"national", "vacancies"}
    assert not [verdict for verdict in choice.verdicts if verdict.on]
    tested = [verdict for verdict in choice.verdicts if verdict.origins >= choice.rules.least_origins]
    assert min(verdict.without_ratio for verdict in tested) > 0.99


def test_the_table_for_the_card(helpful) -> None:
    table = evidence_table(helpful)
    assert len(table) == 3 * len(helpful.verdicts)
    assert table["coverage_80"].between(0.6, 1).all()
    on = table[table["on"]]
    assert set(zip(on["level"], on["form"], strict=True)) == {("land", "national")}
    assert table["reason_de"].ne("").all()


@settings(max_examples=8, deadline=None)
@given(factor=st.floats(0.1, 9.0), origin=st.integers(2012, 2021))
def test_what_was_published_later_changes_nothing(
    parameters: ParameterSet, factor: float, origin: int
) -> None:
    panel = toy_panel(shared=True)
    day = origin_day(panel, "new_contracts", origin)
    assert day == date(origin + 1, 9, 30)
    late = panel.frame["published"] > pd.Timestamp(day)
    changed = Panel(
        panel.frame.assign(value=panel.frame["value"].where(~late, panel.frame["value"] * factor))
    )
    for form in ("national", "vacancies"):
        draws = []
        for known_panel in (panel, changed, panel.as_of(day)):
            run = Run(horizon=3, draws=20, seed=1)
            known = known_on(known_panel, code_list(), parameters, "new_contracts", day, origin, run)
            _, data = known.driven(form, [pair for pair in known.histories if pair[1] == "BB"])
            draws.append(known.draws(data, known.fit(form, data)))
        assert np.array_equal(draws[0], draws[1])
        assert np.array_equal(draws[0], draws[2])


def test_an_occupation_gives_way_to_its_trade_and_totals_are_left_out() -> None:
    panel = toy_panel(shared=False)
    total = panel.frame.iloc[:3].assign(trade="*")
    table = figures_table(Panel(pd.concat([panel.frame, total])), code_list(), "new_contracts")
    assert set(table.index.get_level_values("trade")) == set(TRADES)


# ---- replacing forecasts -------------------------------------------------------------------------


def test_only_series_with_a_driver_that_is_on_are_replaced(helpful, parameters: ParameterSet) -> None:
    panel = toy_panel(shared=True)
    table = figures_table(panel, code_list(), "new_contracts")
    years = table.columns.to_numpy(dtype=int)
    histories = [
        History(f"{r}|{t}|new_contracts", years, row)
        for (t, r), row in zip(table.index, table.to_numpy(), strict=True)
    ]
    found = forecast_series(histories, 4, draws=60, seed=1, non_negative=True)
    result = with_drivers(found, histories, NEW, helpful, panel, code_list(), parameters, seed=1)
    assert [item.key for item in result] == [item.key for item in found]
    for before, after in zip(found, result, strict=True):
        if before.key.startswith("DE|"):
            assert after is before
        else:
            assert not np.array_equal(after.draws, before.draws)
            assert after.draws.shape == before.draws.shape
            assert after.mean == pytest.approx(after.draws.mean(axis=0))
            assert np.array_equal(after.draws.argsort(axis=0)[0], before.draws.argsort(axis=0)[0])
    nothing = dataclasses.replace(helpful, verdicts=())
    assert with_drivers(found, histories, NEW, nothing, panel, code_list(), parameters, seed=1) == found


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_blending_averages_quantiles_in_the_engines_order(seed: int, weight: float) -> None:
    generator = np.random.default_rng(seed)
    engine, model = generator.gamma(3, 5, (30, 2)), generator.gamma(2, 9, (30, 2))
    mixed = blended(engine, model, weight)
    expected = (1 - weight) * np.sort(engine, axis=0) + weight * np.sort(model, axis=0)
    assert np.sort(mixed, axis=0) == pytest.approx(expected)
    assert mixed.mean(axis=0) == pytest.approx(
        (1 - weight) * engine.mean(axis=0) + weight * model.mean(axis=0)
    )
    assert np.array_equal(blended(engine, model, 0.0), engine)


# ---- verdicts by hand ----------------------------------------------------------------------------

RULES = DriverRules(margin=0.04, least_origins=3, least_wins=0.6, weight=0.5)


def trials(wis: list[float], *, error: float = 9.0, without: float = 10.0, form: str = "x") -> pd.DataFrame:
    """One horizon, one row per origin year, the engine at 10 everywhere."""
    rows = [
        ("i", "land", form, 2010 + place, 1, 4, value, 10.0, without, error, 10.0, 10.0, 3, 3)
        for place, value in enumerate(wis)
    ]
    return pd.DataFrame(rows, columns=list(TRIAL))


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (trials([9.0, 9.0]), "Erst 2 von 3 nötigen Ausgangsjahren."),
        (trials([9.0, 10.5, 9.6]), "WIS 3,0 % kleiner als ohne Treiber, das ist kein ausreichender Vorteil."),
        (trials([9.0, 12.0, 11.4]), "WIS 8,0 % größer als ohne Treiber, das ist kein ausreichender Vorteil."),
        (trials([9.0, 9.0, 9.0], error=10.7), "Die Punktschätzung ist 7,0 % schlechter."),
        (trials([3.0, 10.1, 10.2]), "Nur in 1 von 3 Ausgangsjahren besser."),
        (
            trials([9.0, 9.0, 9.0], without=9.18),
            "WIS 10,0 % kleiner, aber dasselbe Modell ohne Treiber ist so gut: er hilft nicht.",
        ),
        (trials([9.0, 9.0, 9.0], without=9.19), "WIS 10,0 % kleiner, in 3 von 3 Ausgangsjahren besser."),
    ],
)
def test_every_reason(rows: pd.DataFrame, reason: str) -> None:
    verdict = judged(rows, RULES)
    assert verdict.reason_de == reason
    assert verdict.on is reason.startswith("WIS 10,0 % kleiner, in")
    assert verdict.reason_en


def test_ratios_average_over_horizons_not_over_sizes() -> None:
    near, far = trials([8.0, 8.0, 8.0]), trials([99.0, 99.0, 99.0])
    far = far.assign(horizon=2, wis_engine=90.0, wis_without=110.0, error=50.0, error_engine=100.0)
    verdict = judged(pd.concat([near, far]), RULES)
    assert verdict.wis_ratio == pytest.approx((0.8 + 1.1) / 2)
    assert verdict.error_ratio == pytest.approx((0.9 + 0.5) / 2)
    assert verdict.without_ratio == pytest.approx((0.8 + 0.9) / 2)
    assert (verdict.origins, verdict.wins) == (3, 1.0)


def test_of_two_that_pass_the_better_one_is_on() -> None:
    first, second = verdicts(pd.concat([trials([9.0] * 3, form="a"), trials([8.0] * 3, form="b")]), RULES)
    assert (first.on, second.on) == (False, True)
    assert first.reason_de == "Hilft auch, aber weniger als b."


def test_the_rule_at_each_origin_uses_only_what_was_known() -> None:
    """Three origins are needed and their truth comes a year later: only the fourth of five may use it."""
    earned = earned_by_rule(trials([8.0, 8.0, 8.0, 6.0, 7.0]), RULES)
    (row,) = earned.to_dict("records")
    assert (row["origins"], row["origins_on"]) == (5, 2)
    assert row["wis_ratio"] == pytest.approx((10 + 10 + 10 + 6 + 7) / 50)
    assert row["error_ratio"] == pytest.approx((10 + 10 + 10 + 9 + 9) / 50)


def test_the_nations_path_is_forecast_where_only_the_land_is_asked_for(
    helpful, parameters: ParameterSet
) -> None:
    panel = toy_panel(shared=True)
    table = figures_table(panel, code_list(), NEW)
    land = table[table.index.get_level_values("region") == "BB"]
    years = land.columns.to_numpy(dtype=int)
    histories = [
        History(f"{r}|{t}|x", years, row) for (t, r), row in zip(land.index, land.to_numpy(), strict=True)
    ]
    rest = History("rest of BB|A-01|x", years, land.to_numpy()[0] / 2)
    found = forecast_series([*histories, rest], 4, draws=60, seed=1, non_negative=True)
    result = with_drivers(found, [*histories, rest], NEW, helpful, panel, code_list(), parameters, seed=1)
    assert len(result) == len(found)
    assert result[-1] is found[-1]
    moved = [not np.array_equal(a.draws, b.draws) for a, b in zip(result[:-1], found[:-1], strict=True)]
    assert sum(moved) >= 10  # the rest are below the least size
