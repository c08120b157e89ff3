# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 02 Vom Vertrag zur Gesellin, zum Gesellen
#
# *In English: one hundred contracts followed to the journeyman's certificate, then the same arithmetic in
# the release.*
#
# Gewerk: Installateur und Heizungsbauer (`A-24`). Von 100 begonnenen Verträgen werden etwa 39 vorzeitig
# gelöst, etwa 55 enden mit bestandener Prüfung, und etwa 38 arbeiten ein Jahr später in Gewerk und Region.
# Hier wird nachgerechnet, warum.

# %%
import os
import tempfile
from pathlib import Path

import numpy as np

from api.records import records
from api.release import Release
from forecast.domain.apprentices import TrainingPipeline, cohort_fates, graduation_kernel, training_lag
from forecast.domain.staying import entering_share
from forecast.figure_files import save_figure
from forecast.figures import bars_figure, fan_figure, waterfall_figure
from forecast.snapshot import open_snapshot
from forecast.sources.definitions import read_definitions

ROOT = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd().parent
SNAPSHOTS = Path(os.environ.get("FACHKRAEFTEMATRIX_SNAPSHOTS", ROOT / "data/snapshots"))
PICTURES = Path(tempfile.mkdtemp(prefix="fachkraeftematrix-"))
TRADE = "A-24"

definitions = read_definitions(ROOT / "data")
trade = definitions.codes.trades[TRADE]
values = definitions.parameters

# %% [markdown]
# ## Die Annahmen, jede mit Quelle
#
# Lösungen werden in Schichten gezählt: im Kalenderjahr des Beginns, im ersten Jahr danach, im zweiten, im
# dritten. Die mittleren Werte stehen unter `data/parameters/`, mit Unter- und Obergrenze. Drei davon
# (Wiederholung, Bestehen der Wiederholung, Bleiben im Gewerk nach einem Wechsel des Betriebs) sind
# Einschätzungen und als solche gekennzeichnet. Gemessen ist, wer ein Jahr nach der Prüfung noch im
# Ausbildungsbetrieb arbeitet.

# %%
layers = [values.value("dissolution_layer", trade=TRADE, layer=layer) for layer in range(4)]
names = ("exam_retry", "exam_pass_retry", "changers_in_craft", "changers_away")
retry, pass_retry, in_craft, away = (values.value(name) for name in names)
firm = values.value("firm_stay", months=12)
pass_first = values.value("exam_pass_first", group=trade.group)
for name in ("exam_pass_first", *names):
    entry = values.entry(name, group=trade.group) if name == "exam_pass_first" else values.entry(name)
    print(f"{name:<26} {entry.value:.3f}  [{entry.low:.3f}, {entry.high:.3f}]  Quelle: {entry.source}")
one = np.ones(1)
stay = float(entering_share(firm * one, in_craft * one, away * one)[0])
print(f"ein Jahr danach im Betrieb {firm:.0%}, im Gewerk und in der Region {stay:.0%}")
pipeline = TrainingPipeline(
    trade.training_years, np.array([layers]), pass_first * one, retry * one, pass_retry * one, stay * one
)

# %% [markdown]
# ## Hundert Verträge
#
# Die Ausbildung dauert dreieinhalb Jahre, die Prüfung liegt im vierten Jahr nach dem Beginn. Niemand geht
# verloren: In jedem Jahr ergeben »in Ausbildung«, »gelöst«, »bestanden« und »endgültig nicht bestanden«
# zusammen 100.

# %%
fates = cohort_fates(100 * np.ones((1, 1)), pipeline)
parts = {
    "in Ausbildung": fates.in_training,
    "gelöst": fates.dissolved,
    "bestanden": fates.passed,
    "nicht bestanden": fates.failed,
}
for since in range(training_lag(trade.training_years) + 2):
    row = {name: float(part[0, 0, since]) for name, part in parts.items()}
    print(f"Jahr {since}: " + ", ".join(f"{name} {count:.1f}" for name, count in row.items()))
    assert abs(sum(row.values()) - 100) < 1e-9
dissolved, passed = float(fates.dissolved[0, 0, -1]), float(fates.passed[0, 0, -1])
print(
    f"gelöst {dissolved:.0f}, bestanden {passed:.0f}, "
    f"nach einem Jahr in Gewerk und Region {passed * stay:.0f}"
)
assert training_lag(3.5) == 4
assert [round(x) for x in (dissolved, passed, passed * stay)] == [39, 55, 38]
save_figure(
    bars_figure(
        {name: {f"Jahr {k}": float(x) for k, x in enumerate(part[0, 0])} for name, part in parts.items()},
        "Von 100 begonnenen Verträgen enden etwa 55 mit bestandener Prüfung",
        "Verträge",
    ),
    PICTURES,
    "02-hundert-vertraege",
)

# %% [markdown]
# **Eine gelöste Ausbildung ist kein verlorener Mensch.** Etwa die Hälfte schließt einen neuen Vertrag und
# steht dann noch einmal unter den Neuabschlüssen. Deshalb rechnet die Matrix mit Verträgen und zählt die
# zweiten mit, statt die Lösungen herauszurechnen.
#
# ## Dieselbe Rechnung im veröffentlichten Stand
#
# Im Stand ist jede Annahme eine Spanne und jeder Wert das Mittel vieler Ziehungen. Die Prüfungen von 2027
# müssen trotzdem ungefähr die Verträge von 2023 und 2022 mal den Anteilen von oben sein.

# %%
release = Release(open_snapshot(SNAPSHOTS))


def series(region: str, measure: str) -> dict[int, dict]:
    """Return the records of one series, as `/api/v1/series` sends them, by year."""
    rows = records(release, region, [TRADE], [measure], release.years, "de")
    return {row["year"]: row for row in rows}


begun, graduates = series("BB", "contracts_begun"), series("BB", "graduates")
kernel = graduation_kernel(pipeline)[0]
by_hand = sum(begun[2027 - since]["value"] * kernel[since] for since in (4, 5))
print(f"Prüfungen 2027 in Brandenburg: von Hand {by_hand:.0f}, im Stand {graduates[2027]['value']}")
assert abs(by_hand / graduates[2027]["value"] - 1) < 0.05
save_figure(
    fan_figure(
        list(graduates.values()),
        "Die Prüfungen der nächsten drei Jahre stehen fast fest, danach wird es ungewiss",
        "bestandene Prüfungen",
    ),
    PICTURES,
    "02-pruefungen",
)


def width(row: dict) -> float:
    """Return the width of the 80 % range in parts of the number."""
    return (row["upper_80"] - row["lower_80"]) / row["value"]


assert width(graduates[2027]) < 0.2 < width(graduates[2033])

# %% [markdown]
# Wer 2027 zur Prüfung geht, hat 2023 begonnen: Diese Verträge sind gezählt. Deshalb ist die Spanne für 2027
# schmal und für 2033 breit.
#
# ## Was der Nachwuchs an der Lücke ändert
#
# In der Herleitung der Lücke steht der Nachwuchs zweimal: aus Verträgen, die schon laufen, und aus
# Verträgen, die erst erwartet werden. Beide Posten verkleinern die Lücke.

# %%
items = {
    item["label_de"]: records(release, "HWK-FF", [TRADE], [item["code"]], [2030], "de")[0]["value"]
    for item in release.catalogue["items"]
}
gap = series("HWK-FF", "gap")[2030]
for label, value in items.items():
    print(f"{value:+6d}  {label}")
print(f"{sum(items.values()):+6d}  Lücke 2030 [{gap['lower_80']}, {gap['upper_80']}]")
assert sum(items.values()) == gap["value"]
codes = [entry["code"] for entry in release.catalogue["items"]]
by_code = dict(zip(codes, items.values(), strict=True))
assert (
    max(by_code["item_entrants_contracted"], by_code["item_entrants_expected"])
    < 0
    < by_code["item_retirements"]
)
save_figure(
    waterfall_figure(
        list(items.items()), "Lücke", "Woraus sich die Lücke 2030 in Ostbrandenburg ergibt", "Fachkräfte"
    ),
    PICTURES,
    "02-herleitung",
)

# %% [markdown]
# ## Wann ein neuer Vertrag hilft
#
# Wer im Herbst 2027 beginnt, legt die Prüfung 2031 ab. Für die Lücke 2030 kommt jeder Vertrag von morgen zu
# spät. 2031 und 2032 müssten ein oder zwei Jahrgänge die ganze Lücke schließen, auch das ist kein Planziel.
# Ausgewiesen wird der Ausbildungsbedarf deshalb erst ab 2033; vorher steht statt einer Zahl der Grund.

# %%
need, first = series("HWK-FF", "training_need"), series("HWK-FF", "first_effective_year")
shown = [year for year, row in need.items() if row["value"] is not None]
print(f"2030: {need[2030]['status']} – {need[2030]['note']}")
print(f"2035: {need[2035]['value']} Verträge je Jahr [{need[2035]['lower_80']}, {need[2035]['upper_80']}]")
assert need[2030]["status"] == need[2032]["status"] == "not_reachable"
assert (first[2030]["value"], min(shown)) == (2031, 2033)
print(f"Bilder: {PICTURES}")
