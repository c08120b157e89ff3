# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 00 Die Matrix lesen
#
# *In English: open a published release with numpy alone, read a cell, its explanation and the largest
# gaps.*
#
# Ein veröffentlichter Stand ist ein Ordner mit einfachen Dateien. Dieses Notizbuch öffnet ihn so, wie es
# auch der Webdienst tut, und liest eine Zelle, ihre Herleitung und die größten Lücken eines Jahres. Es
# läuft als Notizbuch und als gewöhnliches Programm: `make notebooks`.

# %%
import os
from pathlib import Path

import numpy as np

from forecast.snapshot import GRADES, STATISTICS, STATUSES, open_snapshot

root = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd().parent
snapshot = open_snapshot(Path(os.environ.get("FACHKRAEFTEMATRIX_SNAPSHOTS", root / "data/snapshots")))
catalogue = snapshot.documents["catalogue"]
print(f"Stand {snapshot.id}, Datenstand {catalogue['as_of']}, Basisjahr {catalogue['base_year']}")
print(
    "Achsen:",
    dict(zip(("region", "trade", "measure", "year", "statistic"), snapshot.cube.shape, strict=True)),
)

# %% [markdown]
# ## Eine Zelle
#
# Eine Zelle ist Region × Gewerk × Größe × Jahr. `value` ist der Mittelwert der Ziehungen, die übrigen
# Statistiken sind Quantile. Wo kein Wert steht, sagt der Status, warum.


# %%
def cell(region: str, trade: str, measure: str, year: int) -> dict[str, object]:
    where = (
        snapshot.index("region", region),
        snapshot.index("trade", trade),
        snapshot.index("measure", measure),
        snapshot.index("year", year),
    )
    values = dict(zip(STATISTICS, map(float, snapshot.cube[where]), strict=True))
    return {**values, "status": STATUSES[snapshot.status[where]], "grade": GRADES[snapshot.grade[where]]}


region = catalogue["default_region"]
year = 2030
trade = "A-24"
for measure in ("demand", "supply", "gap"):
    found = cell(region, trade, measure, year)
    span = f"[{found['lower_80']:.0f}, {found['upper_80']:.0f}]"
    print(f"{measure:>8}: {found['value']:8.0f}  {span}  {found['status']} {found['grade']}")

# %% [markdown]
# ## Die Herleitung geht auf
#
# Die Posten sind mit Vorzeichen versehen und ergeben zusammen genau die Lücke.

# %%
items = {item["label_de"]: cell(region, trade, item["code"], year)["value"] for item in catalogue["items"]}
for label, value in items.items():
    print(f"{value:+8.0f}  {label}")
gap = cell(region, trade, "gap", year)["value"]
print(f"{sum(items.values()):+8.0f}  Summe")
assert sum(items.values()) == gap, "die Herleitung muss die Lücke ergeben"

# %% [markdown]
# Wer von anderswo kommt, ist nur in der Summe gemessen: als Rest der Bestandsrechnung der Vergangenheit. Wie
# viele zurückkehren und wie viele zuziehen, ist angenommen; der dritte Teil ist, was beides übrig lässt.
# Auch die Zahlen eines Jahres gehen auf.

# %%
coming = {
    part: cell(region, trade, part, year)["value"] for part in ("returners", "migration", "residual_inflow")
}
print(", ".join(f"{part} {value:+.0f}" for part, value in coming.items()))
assert sum(coming.values()) == cell(region, trade, "net_inflow", year)["value"]

# %% [markdown]
# ## Wo fehlen die meisten?
#
# Der Würfel ist ein gewöhnliches Feld: ein Schnitt genügt. Spannen werden nur gezeigt, nie addiert, und
# Zeilen, die Summen mehrerer Gewerke sind, bleiben hier weg.

# %%
gaps = snapshot.cube[
    snapshot.index("region", region), :, snapshot.index("measure", "gap"), snapshot.index("year", year), :
]
names = {entry["code"]: entry["name_de"] for entry in catalogue["trades"]}
# a row that is no trade of the catalogue is a sum of several
single = np.array([code in names for code in snapshot.axes.trades])
known = np.flatnonzero(~np.isnan(gaps[:, 0]) & single)
for position in known[np.argsort(-gaps[known, 0])][:5]:
    values = dict(zip(STATISTICS, gaps[position], strict=True))
    name = names[snapshot.axes.trades[position]]
    print(f"{name:<50} {values['value']:+6.0f}  [{values['lower_80']:+.0f}, {values['upper_80']:+.0f}]")
