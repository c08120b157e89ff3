# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 06 Eigene Daten
#
# *In English: take over figures of your own, forecast any table of yearly series, and test the forecasts
# before trusting them.*
#
# Drei Wege, je nachdem, was Sie haben:
#
# | Was Sie haben | Befehl | Was dabei herauskommt |
# |---|---|---|
# | Zahlen zu Gewerken und Regionen der Matrix | `import` | sie gehen in den nächsten Stand ein |
# | irgendeine Tabelle jährlicher Reihen | `predict` | Vorausschätzung mit Spannen |
# | dieselbe Tabelle, und Zweifel | `backtest --input` | wie gut es bisher gewesen wäre |
#
# Alles in diesem Notizbuch geschieht in einem Ordner auf Zeit; die Daten der Matrix bleiben unberührt.
# **Die Zahlen der Beispiele sind erfunden** und heißen auch so.

# %%
import csv
import shutil
import tempfile
from pathlib import Path

import numpy as np

from forecast.backtest import backtest_file
from forecast.errors import InputError
from forecast.figure_files import save_figure
from forecast.figures import fan_figure, lines_figure
from forecast.intake import take_over
from forecast.predict import predict_file, report_path
from forecast.scoring import NAIVE, PRODUCTION
from forecast.sources.definitions import read_definitions
from forecast.sources.figures import read_panel

ROOT = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd().parent
PICTURES = Path(tempfile.mkdtemp(prefix="fachkraeftematrix-"))
WORK = Path(tempfile.mkdtemp(prefix="fachkraeftematrix-daten-"))

# %% [markdown]
# ## Zahlen der Lehrlingsrolle übernehmen
#
# Eine Zeile je Zahl, Codes als Text, Komma und Dezimalpunkt. Auf der Befehlszeile:
#
#     python -m forecast import rolle.csv --publisher "Handwerkskammer" --title Lehrlingsrolle \
#       --edition rolle-2024 --published 2025-02-01 --retrieved 2025-02-03 \
#       --url "eigenes Register" --licence "eigene Zahlen" \
#       --attribution "Quelle: Handwerkskammer, Lehrlingsrolle"

# %%
data = WORK / "data"
shutil.copytree(ROOT / "data", data, ignore=shutil.ignore_patterns("snapshots"))
HEAD = "indicator,trade,region,year,age,value,unit,status,as_of,source,note"
META = {
    "publisher": "Handwerkskammer", "title": "Lehrlingsrolle", "edition": "rolle-2024",
    "published": "2025-02-01", "retrieved": "2025-02-03", "url": "eigenes Register",
    "licence": "eigene Zahlen",
    "attribution": "Quelle: Handwerkskammer, Lehrlingsrolle",
}  # fmt: skip


def written(name: str, *rows: str) -> Path:
    """Write a file in our own form."""
    path = WORK / name
    path.write_text("\n".join((HEAD, *rows)) + "\n", encoding="utf-8")
    return path


good = written(
    "rolle.csv",
    "new_contracts,AO-shk,HWK-FF,2024,,101,contracts,observed,2024-12-31,eigene-annahme,erfunden",
    "new_contracts,AO-kfz,HWK-FF,2024,,88,contracts,observed,2024-12-31,eigene-annahme,erfunden",
)
target, count = take_over(good, META, data)
print(f"{count} Zahlen liegen jetzt unter {target.relative_to(WORK)}")
panel = read_panel(data, read_definitions(data)).panel
assert (count, len(panel)) == (2, 7548)
assert panel.value("new_contracts", "AO-shk", "HWK-FF", 2024).value == 101

# %% [markdown]
# ## Eine Datei mit Fehlern ändert nichts
#
# Jede Zeile wird geprüft, bevor irgendetwas geschieht. Die Meldung nennt Zeile, Spalte, was da steht und
# was erwartet war.

# %%
bad = written(
    "fehler.csv", "new_contracts,AO-shkk,HWK-FF,2024,,101,contracts,observed,2024-12-31,eigene-annahme,"
)
try:
    take_over(bad, META | {"edition": "rolle-2024b"}, data)
except InputError as error:
    print(error.what)
    for row in error.rows:
        print(" ", row)
    refused = " ".join(error.rows)
assert "AO-shkk" in refused
assert "AO-shk" in refused.replace("AO-shkk", "")
assert not list(data.glob("raw/**/fehler.csv"))

# %% [markdown]
# Danach wie immer: `python -m forecast check`, dann `make run`. Frühere Dateien bleiben liegen: Was wann
# bekannt war, gehört zur Prüfung.
#
# ## Irgendeine Tabelle vorausschätzen
#
# Teilnahmen an zwölf Kursen, 2008 bis 2024 (erfunden). Es genügen drei Spalten: Name, Jahr, Wert. Ein
# leerer Wert heißt Lücke.
#
#     python -m forecast predict --input kurse.csv --horizon 5 --output voraus.csv

# %%
rng = np.random.default_rng(6)
table = WORK / "kurse.csv"
with table.open("w", encoding="utf-8", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["series_id", "year", "value"])
    for course in range(1, 13):
        level, slope = rng.uniform(40, 200), rng.uniform(-3, 6)
        for year in range(2008, 2025):
            value = max(0.0, level + slope * (year - 2008) + rng.normal(0, 0.06 * level))
            writer.writerow([f"Kurs {course:02d}", year, "" if (course, year) == (3, 2020) else round(value)])
forecast_file = WORK / "voraus.csv"
done = predict_file(table, forecast_file, 5, workers=1)
with forecast_file.open(encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
print(f"{done.forecast} von {done.series} Reihen, {len(rows)} Zeilen")
for row in rows[:5]:
    p10, p90 = float(row["p10"]), float(row["p90"])
    print(f"{row['series_id']} {row['year']}: {float(row['mean']):.0f} [{p10:.0f}, {p90:.0f}]")
assert (done.series, len(rows)) == (12, 60)
assert all(
    float(row["p02_5"]) <= float(row["p10"]) <= float(row["p50"]) <= float(row["p97_5"]) for row in rows
)
assert report_path(forecast_file).exists(), "daneben liegt, was an einzelnen Reihen auffiel"
ahead = [
    {
        "year": int(row["year"]), "value": float(row["mean"]), "is_forecast": True,
        "lower_80": float(row["p10"]), "upper_80": float(row["p90"]),
        "lower_50": float(row["p25"]), "upper_50": float(row["p75"]),
    }
    for row in rows[:5]
]  # fmt: skip
with table.open(encoding="utf-8", newline="") as file:
    past = [
        {"year": int(row["year"]), "value": float(row["value"]), "is_forecast": False}
        for row in csv.DictReader(file)
        if row["series_id"] == rows[0]["series_id"]
    ]
save_figure(
    fan_figure([*past, *ahead], "Kurs 01 (erfunden): Vergangenheit und fünf Jahre voraus", "Teilnahmen"),
    PICTURES,
    "06-kurs",
)

# %% [markdown]
# ## Erst prüfen, dann glauben
#
# Der Backtest geht in jedes frühere Jahr zurück und schätzt nur mit dem, was davor lag.
#
#     python -m forecast backtest --input kurse.csv --horizon 3 --output bericht
#
# Im Ordner liegen danach Tabellen und `report.html`, eine Seite, die nichts nachlädt.

# %%
folder = WORK / "bericht"
result = backtest_file(table, folder, 3, draws=100)
print("Dateien:", ", ".join(sorted(path.name for path in folder.iterdir())))
scores = result.scores[result.scores["method"].isin([PRODUCTION, NAIVE])]
error = {
    method: scores[scores["method"] == method].set_index("horizon")["wape"].to_dict()
    for method in (PRODUCTION, NAIVE)
}
covered = scores[scores["method"] == PRODUCTION].set_index("horizon")["coverage_80"].to_dict()
for ahead_years in sorted(covered):
    print(
        f"{ahead_years} Jahr(e) voraus: Fehler {error[PRODUCTION][ahead_years]:.1%}, letzter Wert "
        f"{error[NAIVE][ahead_years]:.1%}, in der 80-%-Spanne {covered[ahead_years]:.0%}"
    )
assert (folder / "report.html").exists()
assert sorted(covered) == [1, 2, 3]
assert all(error[PRODUCTION][k] < error[NAIVE][k] for k in (1, 2, 3)), "bei einem Trend hilft Schätzen"
save_figure(
    lines_figure(
        {
            "unsere Schätzung": [(k, 100 * v) for k, v in sorted(error[PRODUCTION].items())],
            "letzter Wert": [(k, 100 * v) for k, v in sorted(error[NAIVE].items())],
        },
        "Bei diesen Reihen ist die Schätzung besser als der letzte Wert",
        "mittlerer Fehler in Prozent",
        x_title="Jahre voraus",
    ),
    PICTURES,
    "06-backtest",
)

# %% [markdown]
# Alles über die Tabelle, das Ergebnis, große Läufe und Abbrüche: [Eigene Reihen
# vorausschätzen](../docs/handbook/vorausschaetzen.md).

# %%
shutil.rmtree(WORK)
print(f"Bilder: {PICTURES}")
