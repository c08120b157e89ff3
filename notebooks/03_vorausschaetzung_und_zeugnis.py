# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 03 Die Vorausschätzung und ihr Zeugnis
#
# *In English: what we would have said in earlier years, what came, and where the last value is better than
# we are.*
#
# Eine Vorausschätzung ist so viel wert wie ihr Zeugnis. Dieses Notizbuch stellt es aus: Es geht in jedes
# frühere Jahr zurück, nimmt nur, was damals veröffentlicht war, schätzt voraus und vergleicht mit dem, was
# kam. Danach liest es das Zeugnis des veröffentlichten Standes.

# %%
import os
import tempfile
from pathlib import Path

from forecast.backtest import run_backtest
from forecast.figure_files import save_figure
from forecast.figures import fan_figure, lines_figure
from forecast.quantities import production_settings
from forecast.scoring import PRODUCTION, BacktestSettings, headline
from forecast.snapshot import open_snapshot
from forecast.sources.definitions import read_definitions
from forecast.sources.figures import read_panel
from forecast.statements import coverage_statements, headline_sentence

ROOT = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd().parent
SNAPSHOTS = Path(os.environ.get("FACHKRAEFTEMATRIX_SNAPSHOTS", ROOT / "data/snapshots"))
PICTURES = Path(tempfile.mkdtemp(prefix="fachkraeftematrix-"))

definitions = read_definitions(ROOT / "data")
panel = read_panel(ROOT / "data", definitions).panel
settings = BacktestSettings(
    indicators=("new_contracts",), horizon=3, series=production_settings(definitions.parameters)
)
names = {code: (one.name_de, one.name_en) for code, one in definitions.indicators.items()}
result = run_backtest(panel, definitions.codes, settings, names=names, events=definitions.events)
errors = result.errors[result.errors["method"] == PRODUCTION]
years = result.origins["new_contracts"]
print(f"{result.series['new_contracts']} Reihen neuer Verträge, gefragt {years[0]} bis {years[-1]}")
print(headline_sentence(result, german=True))
assert (result.series["new_contracts"], years[0], years[-1]) == (50, 2014, 2022)

# %% [markdown]
# ## Eine Reihe zum Ansehen
#
# SHK-Auszubildende in Brandenburg: für jedes Jahr, was ein Jahr zuvor gesagt worden wäre, mit Spanne, und
# was kam. Diese Reihe springt mehr als andere: In 5 von 9 Jahren lag die Zahl in der 80-%-Spanne,
# versprochen sind über alle Reihen acht von zehn. An einer einzigen Reihe lässt sich eine Spanne nicht
# prüfen; dafür ist der nächste Abschnitt da.

# %%
one = errors[(errors["series"] == "AO-shk|BB") & (errors["horizon"] == 1)].sort_values("origin")
inside = (one["lower_80"] <= one["truth"]) & (one["truth"] <= one["upper_80"])
for row, hit in zip(one.itertuples(), inside, strict=True):
    print(
        f"{row.origin + 1}: gesagt {row.forecast:.0f} [{row.lower_80:.0f}, {row.upper_80:.0f}], "
        f"gekommen {row.truth:.0f}{'' if hit else '   ← daneben'}"
    )
assert (int(inside.sum()), len(inside)) == (5, 9)
said = [
    {
        "year": row.origin + 1, "value": row.forecast, "is_forecast": True,
        "lower_50": row.lower_50, "upper_50": row.upper_50,
        "lower_80": row.lower_80, "upper_80": row.upper_80,
    }
    for row in one.itertuples()
]  # fmt: skip
came = [{"year": row.origin + 1, "value": row.truth, "is_forecast": False} for row in one.itertuples()]
save_figure(
    fan_figure(
        [*said, *came], "Ein Jahr voraus gesagt und was kam: SHK, Brandenburg", "neue Ausbildungsverträge"
    ),
    PICTURES,
    "03-eine-reihe",
)

# %% [markdown]
# ## Wie oft trifft die Spanne?
#
# Versprochen sind 80 von 100. Gezählt wird über alle Reihen und Ursprungsjahre.

# %%
errors = errors.assign(
    inside=(errors["lower_80"] <= errors["truth"]) & (errors["truth"] <= errors["upper_80"])
)
coverage = errors.groupby("horizon")["inside"].mean()
for ahead, share in coverage.items():
    print(f"{ahead} Jahr(e) voraus: {share:.0%} in der 80-%-Spanne")
for statement in coverage_statements(result)[:2]:
    print("·", statement.text_de)
assert coverage.between(0.74, 0.88).all(), "die Spannen halten ungefähr, was sie versprechen"

# %% [markdown]
# ## Gegen das einfachste Verfahren
#
# »Es bleibt, wie es ist« ist bei kurzen Reihen schwer zu schlagen. Das relative WIS vergleicht Spanne und
# Treffer zugleich mit dem letzten Wert und seinem eigenen Fehlerband; unter 1 sind wir besser. Für
# Deutschland gewinnt die Schätzung in jedem Jahr, und zwar mehr, je weiter sie sieht. Für Brandenburg
# gewinnt sie nur ein Jahr voraus, danach ist der letzte Wert als Spanne ebenso gut oder etwas besser. Das
# steht so auch auf der Seite.

# %%
relative = {
    level: {v.horizon: v.relative_wis for v in result.verdicts if v.level == level}
    for level in ("country", "land")
}
for level, row in relative.items():
    print(level, {ahead: round(value, 3) for ahead, value in row.items()})
assert relative["country"][1] > relative["country"][2] > relative["country"][3]
assert max(relative["country"].values()) < 1
assert relative["land"][1] < 1 < min(relative["land"][2], relative["land"][3]) < 1.05
assert not headline(result.verdicts).empty
save_figure(
    lines_figure(
        {
            "Deutschland": sorted(relative["country"].items()),
            "Brandenburg": sorted(relative["land"].items()),
            "gleich gut": [(1, 1.0), (3, 1.0)],
        },
        "Unter 1 sind unsere Spannen besser als der letzte Wert",
        "relatives WIS",
        x_title="Jahre voraus",
    ),
    PICTURES,
    "03-relatives-wis",
)

# %% [markdown]
# ## Das Zeugnis im Stand
#
# Jeder veröffentlichte Stand trägt seine Karte: alle Größen, Ebenen und Horizonte, mit den Stellen, an
# denen wir verlieren. Sie wird nie von Hand geschrieben. Dieselben Zahlen liefert `/api/v1/cards`.

# %%
cards = open_snapshot(SNAPSHOTS).documents["catalogue"]["cards"]
card = next(card for card in cards if card["quantity"] == "backtest")
print(card["summary_de"])
losses = card["loses_de"].split(". ")
print("Wo wir verlieren, zum Beispiel:", losses[0] + ".")
for score in card["scores"]:
    assert 0 <= score["coverage_50"] <= score["coverage_80"] <= score["coverage_95"] <= 1
assert card["loses_de"], "eine Karte ohne Niederlagen wäre verdächtig"

# %% [markdown]
# ## Selbst nachrechnen
#
#     python -m forecast backtest          # alle Größen, mit Bericht unter models/backtest/
#     python -m forecast report --model    # das Modell an veröffentlichten Zahlen und an früheren Jahren
#
# Der Bericht ist eine Seite, die nichts nachlädt: [Handbuch
# Modellbericht](../docs/handbook/modellbericht.md).

# %%
print(f"Bilder: {PICTURES}")
