# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 05 Szenarien: Was wäre, wenn?
#
# *In English: shipped scenarios and one of your own beside the base, with what each lever contributes.*
#
# Ein Szenario ändert Annahmen und rechnet die Konten noch einmal, mit denselben Zufallszahlen. Darum ist
# der Unterschied viel genauer bekannt als die Lücke selbst. Auf der Befehlszeile ist es ein Aufruf:
#
#     python -m forecast scenario four_day_week --trade A-24 --year 2030

# %%
import os
import tempfile
from pathlib import Path

import numpy as np

from forecast.domain.matrix import ITEMS
from forecast.figure_files import save_figure
from forecast.figures import ranges_figure, waterfall_figure
from forecast.scenario_table import BASE, DIFFERENCE, VARIANT, Comparison, compare, contributions, trade_lines
from forecast.scenarios import Question, hidden_cells, model_of, read_question, regions_of
from forecast.snapshot import open_snapshot
from forecast.sources.definitions import read_definitions

ROOT = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd().parent
SNAPSHOTS = Path(os.environ.get("FACHKRAEFTEMATRIX_SNAPSHOTS", ROOT / "data/snapshots"))
PICTURES = Path(tempfile.mkdtemp(prefix="fachkraeftematrix-"))
REGION, TRADE, YEAR = "HWK-FF", "A-24", 2030

definitions = read_definitions(ROOT / "data")
snapshot = open_snapshot(SNAPSHOTS)
model = model_of(snapshot, REGION)


def ask(given: str) -> tuple[Question, Comparison]:
    """Read a scenario by name or from a file and run the accounts without and with it."""
    question = read_question(given, definitions, model, regions_of(snapshot))
    years = model.inputs.years.tolist()
    return question, compare(
        model, question.scenario.name, question.levers, [TRADE], years, hidden_cells(snapshot, model)
    )


LOW, HIGH = 3, 4  # bounds of the 80 % range among the statistics: value, 50, 80, 95

# %% [markdown]
# ## Ohne Hebel ist es der veröffentlichte Stand
#
# Die Rechnung auf Abruf beginnt dort, wo der Stand aufhört: Bedarf, Angebot und Lücke sind dieselben ganzen
# Zahlen.

# %%
question, week = ask("four_day_week")
place = [snapshot.index(axis, code) for axis, code in (("region", REGION), ("trade", TRADE))]
at = snapshot.index("year", YEAR)
published = {
    name: int(snapshot.cube[place[0], place[1], snapshot.index("measure", name), at, 0])
    for name in ("demand", "supply", "gap")
}
print("Stand:", published)
computed = week.whole(TRADE, YEAR, BASE)
assert {name: computed[name] for name in published} == published

# %% [markdown]
# ## Vier Tage Arbeit
#
# Alle Betriebe gehen in fünf Schritten von 40 auf 36 Stunden; ein Viertel der fehlenden Stunden wird
# aufgefangen. Die Lücke wird größer, sicher in der Richtung, ungefähr im Ausmaß.

# %%
for line in trade_lines(week, TRADE, YEAR):
    print(line)
gap, change = week.statistics("gap", TRADE, YEAR, BASE), week.statistics("gap", TRADE, YEAR, DIFFERENCE)
print(
    f"Spanne der Lücke {gap[HIGH] - gap[LOW]:.0f} breit, "
    f"Spanne des Unterschieds {change[HIGH] - change[LOW]:.0f}"
)
assert change[LOW] > 0
assert change[HIGH] - change[LOW] < 0.5 * (gap[HIGH] - gap[LOW])
assert week.statistics("gap", TRADE, YEAR, VARIANT)[0] > gap[0]

# %% [markdown]
# ## Mehrere Hebel zusammen
#
# `tight_market` nimmt vieles zugleich an. Jeder Hebel wird einzeln gerechnet; was sie miteinander bewirken,
# ist eine eigene Zeile. Die Summe ist genau der Unterschied.

# %%
question, tight = ask("tight_market")
whole = contributions(model, question.levers, TRADE, YEAR)
for label, count in whole.contributions.items():
    print(f"{count:+6d}  {label}")
print(f"{whole.after - whole.before:+6d}  zusammen: von {whole.before} auf {whole.after}")
assert sum(whole.contributions.values()) == whole.after - whole.before
save_figure(
    waterfall_figure(
        [
            (label.split(" ab ")[0].split(". ")[-1] if label != "interaction" else "Zusammenwirken", count)
            for label, count in whole.contributions.items()
        ],
        "Unterschied",
        f"Was jeder Hebel im engen Arbeitsmarkt {YEAR} zur Lücke beiträgt",
        "Fachkräfte",
    ),
    PICTURES,
    "05-hebel",
)

# %% [markdown]
# ## Welcher Hebel hilft am meisten?
#
# Die mitgelieferten Szenarien nebeneinander, nach ihrer Wirkung auf die Lücke 2030. Minus heißt, die Lücke
# wird kleiner.

# %%
names = (
    "retention",
    "immigration_up",
    "dissolution_minus_5",
    "exit_later",
    "digital_productivity",
    "four_day_week",
)
rows = []
for name in names:
    found, comparison = ask(name)
    numbers = comparison.statistics("gap", TRADE, YEAR, DIFFERENCE)
    rows.append((found.scenario.name_de, *(float(numbers[k]) for k in (0, LOW, HIGH))))
rows.sort(key=lambda row: row[1])
for label, value, low, high in rows:
    print(f"{value:+7.0f}  [{low:+.0f}, {high:+.0f}]  {label}")
assert rows[-1][0] == definitions.scenarios["four_day_week"].name_de
assert all(row[1] <= 0 for row in rows[:-1])
save_figure(
    ranges_figure(rows, f"Unterschied zur Basis {YEAR}", "Fachkräfte (Punkt und 80-%-Spanne)"),
    PICTURES,
    "05-vergleich",
)

# %% [markdown]
# ## Ein eigenes Szenario
#
# Eine Textdatei genügt; alle Hebel stehen im [Handbuch Szenarien](../docs/handbook/szenarien.md). Hier:
# Werbung bringt 15 Prozent mehr Verträge ab 2027, dazu die mitgelieferte Bindung. Bis 2030 lernt davon
# niemand aus, bis 2035 schon.

# %%
own = PICTURES / "unser_plan.yaml"
own.write_text(
    """
name: unser_plan
name_de: "Werbung und Bindung"
reason: Beispiel
extends: [retention]
levers:
  - kind: contracts
    cause: werbung
    trades: [A-24]
    from_year: 2027
    ramp_years: 3
    change: {value: 0.15, low: 0.05, high: 0.25}
""",
    encoding="utf-8",
)
question, plan = ask(str(own))
for year in (2030, 2035):
    parts = contributions(model, question.levers, TRADE, year).contributions
    print(year, {label.split(". ", 1)[-1][:40]: count for label, count in parts.items()})
early, late = (contributions(model, question.levers, TRADE, year) for year in (2030, 2035))
adverts = next(label for label in early.contributions if "Neuabschlüsse" in label)
assert early.contributions[adverts] == 0
assert late.contributions[adverts] < 0
assert late.after < late.before

# %% [markdown]
# ## Was ein Szenario nicht kann
#
# Löhne und Preise bewegen sich nicht, niemand wählt deshalb einen anderen Beruf. Die Wirkung auf die Lücke
# ist darum eher zu groß als zu klein. Die Lücke selbst bleibt in jeder Ziehung die Summe ihrer Posten.

# %%
draws = sum(plan.variant.of(name, TRADE, YEAR).astype(np.float64) for name in ITEMS)
assert np.allclose(draws, plan.variant.of("gap", TRADE, YEAR), atol=0.01)
print(f"Bilder: {PICTURES}")
