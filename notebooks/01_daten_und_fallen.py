# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 01 Die Daten und ihre Fallen
#
# *In English: what the bundled figures are, and seven traps that make a naive sum or trend wrong.*
#
# Mitgeliefert sind 7.546 veröffentlichte Zahlen aus 17 Dateien. Jede wurde gelesen, keine
# dazwischengerechnet. Wer sie selbst auswertet, sollte sieben Fallen kennen. Jede wird hier an den Zahlen
# gezeigt.

# %%
import tempfile
from datetime import date
from pathlib import Path

import numpy as np

from forecast.figure_files import save_figure
from forecast.figures import lines_figure
from forecast.sources.definitions import read_definitions
from forecast.sources.figures import read_panel

ROOT = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd().parent
PICTURES = Path(tempfile.mkdtemp(prefix="fachkraeftematrix-"))

definitions = read_definitions(ROOT / "data")
read = read_panel(ROOT / "data", definitions)
panel, figures = read.panel, read.panel.frame
print(f"{len(figures)} Zahlen, {figures['indicator'].nunique()} Kennzahlen, {len(read.files)} Dateien")
print(figures["status"].value_counts().to_string())
assert (len(figures), len(read.files)) == (7546, 17)

# %% [markdown]
# ## 1. Gerundet auf Vielfache von 3
#
# Die Berufsbildungsstatistik schützt einzelne Menschen: Jeder ihrer 2.007 Werte ist ein Vielfaches von 3.
# Eine veröffentlichte 6 kann 5, 6 oder 7 heißen. Für das Land sind es bei 3 von 25 Berufen weniger als 20
# neue Verträge: dort ist die Rundung so groß wie manche Veränderung. Die Rechnung behandelt die Rundung als
# Messfehler, sie glättet sie nicht weg.

# %%
rounded = figures[figures["source"] == "bibb-dazubi"]
latest = rounded[
    (rounded["indicator"] == "new_contracts") & (rounded["region"] == "BB") & (rounded["year"] == 2023)
]
small = latest[latest["value"] < 20]
print(f"{len(rounded)} Werte, Rest bei Teilung durch 3: {set((rounded['value'] % 3).tolist())}")
print(f"{len(small)} von {len(latest)} Berufen unter 20 neuen Verträgen:")
print(small[["trade", "value"]].to_string(index=False))
assert len(rounded) == 2007
assert (rounded["value"] % 3 == 0).all()
assert (len(small), len(latest)) == (3, 25)

# %% [markdown]
# ## 2. Ein Werk ist kein Trend
#
# In der Fahrzeugtechnik (KldB 252) wächst der Kammerbezirk von 3.466 Beschäftigten (2020) auf 12.285
# (2025). Fast alles davon kommt aus einem Kreis und aus einem Werk der Industrie. Wer daraus einen Trend
# des Handwerks zieht, bildet für ein Autowerk aus. Die Rechnung kennt das Ereignis (`data/events/`) und
# nimmt den Sprung heraus.

# %%
district = panel.series("employees", "KldB-252", "HWK-FF")
plant = panel.series("employees", "KldB-252", "12067")
jump = np.diff(district.values[[-6, -1]])[0]
from_plant = np.diff(plant.values[[-6, -1]])[0]
print(f"Zuwachs 2020–2025: Bezirk {jump:.0f}, davon Oder-Spree {from_plant:.0f} ({from_plant / jump:.0%})")
assert district.years[-6] == 2020
assert district.values[[-6, -1]].tolist() == [3466, 12285]
assert 0.98 < from_plant / jump < 1
assert "autowerk-oder-spree" in {event.id for event in definitions.events}
save_figure(
    lines_figure(
        {
            "Kammerbezirk": list(zip(district.years.tolist(), district.values.tolist(), strict=True)),
            "davon Oder-Spree": list(zip(plant.years.tolist(), plant.values.tolist(), strict=True)),
        },
        "Der Sprung der Fahrzeugtechnik kommt aus einem einzigen Kreis",
        "Beschäftigte",
    ),
    PICTURES,
    "01-autowerk",
)

# %% [markdown]
# ## 3. Zwei Stichtage, zwei Zahlen
#
# Neue Ausbildungsverträge werden zum 30. September gezählt (alle bis dahin geschlossenen) und zum 31.
# Dezember (die dann noch bestehen). Für Kfz-Mechatroniker in Deutschland waren es 2021 einmal 20.697,
# einmal 19.911. Beides stimmt. Es sind zwei Kennzahlen, `new_contracts_0930` und `new_contracts`; sie
# werden nie gemischt.

# %%
september = panel.value("new_contracts_0930", "AO-kfz", "DE", 2021)
december = panel.value("new_contracts", "AO-kfz", "DE", 2021)
print(f"30. September {september.value:.0f}, 31. Dezember {december.value:.0f}")
assert (september.value, december.value) == (20697, 19911)

# %% [markdown]
# ## 4. Was heute bekannt ist, war damals nicht bekannt
#
# Zahlen erscheinen mit Verzug. Ende Juni 2022 reichten die Neuabschlüsse bis 2020, erst im Herbst kam 2021
# dazu. Wer Vorausschätzungen an der Vergangenheit prüft und das vergisst, prüft sich zu gut. `as_of`
# schneidet ab.

# %%
for day in (date(2022, 6, 30), date(2022, 12, 31)):
    known = panel.as_of(day).select(indicator="new_contracts", trade="AO-shk", region="BB")
    print(
        f"Am {day:%d.%m.%Y} bekannt: {len(panel.as_of(day))} Zahlen, "
        f"Neuabschlüsse bis {known.frame['year'].max()}"
    )
    assert known.frame["year"].max() == (2020 if day.month == 6 else 2021)

# %% [markdown]
# ## 5. Dieselbe Zahl zweimal, aber verschieden
#
# Für 17 Schlüssel (Kennzahl, Gewerk, Region, Jahr) gibt es mehr als eine veröffentlichte Zahl; bei 16
# widersprechen sie sich, zum Beispiel bei Zwischenständen im Sommer. Keine wird gelöscht. `preferred` wählt
# nach fester Regel: der beste Status, dann die jüngste Veröffentlichung, dann die Kennung der Quelle.

# %%
key = ["indicator", "trade", "region", "year", "age"]
per_key = figures.groupby(key)["value"].agg(["size", "min", "max"])
double = per_key[per_key["size"] > 1]
print(f"{len(double)} mehrfach, {(double['min'] != double['max']).sum()} mit Widerspruch")
assert (len(double), int((double["min"] != double["max"]).sum())) == (17, 16)
assert not panel.preferred().frame.duplicated(subset=key).any()

# %% [markdown]
# ## 6. Null ist eine Zahl, leer ist keine
#
# Unter den Werten sind 21 Nullen: gezählt und nichts gefunden. Geheim gehaltene Werte wären leer mit dem
# Status `suppressed`; in den mitgelieferten Zahlen gibt es keine. Eine Summe über leere Werte ist keine
# Null, sondern unbekannt.

# %%
zeros = int((figures["value"] == 0).sum())
print(f"{zeros} Nullen, {int(figures['value'].isna().sum())} leere Werte")
assert (zeros, int(figures["value"].isna().sum())) == (21, 0)

# %% [markdown]
# ## 7. Beruf ist nicht Gewerk, und Bezirk ist nicht Gewerk
#
# Beschäftigte werden nach Berufsgruppe (`KldB-342`) gezählt, Verträge nach Ausbildungsberuf (`AO-shk`),
# Betriebe nach Handwerksordnung (`A-24`). Je Kreis und Gewerk zugleich wird nichts veröffentlicht. Brücken
# stehen mit Gewichten und Spannen unter `data/codes/`; was über eine Brücke ging, trägt den Status
# `estimated`.

# %%
kinds = figures.groupby("indicator")["trade"].agg(
    lambda codes: sorted({code.split("-")[0] for code in codes})
)
for name in ("employees", "new_contracts"):
    print(f"{name}: gezählt nach {', '.join(kinds[name])}")
links = definitions.codes.links_of("A-24")
print("A-24 verteilt sich auf:", ", ".join(f"{link.occupation_group} {link.weight:.0%}" for link in links))
assert "KldB" in kinds["employees"]
assert "A" not in {*kinds["employees"], *kinds["new_contracts"]}
assert abs(sum(link.weight for link in links) - 1) < 1e-9
district_trades = panel.select(indicator="employees", region="HWK-FF").frame["trade"]
assert not district_trades.str.startswith("A-").any()
print(f"Bilder: {PICTURES}")
