# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 04 Nachfolge: Wer übernimmt den Betrieb?
#
# *In English: owners, successions due, handovers and closures; the account closes, and what it costs in
# jobs.*
#
# In den geführten Gewerken Ostbrandenburgs stehen jedes Jahr rund 150 Betriebe zur Übergabe an. Heute finden
# etwa zwei von drei jemanden, später weniger: es werden weniger Meister. Was das für Betriebe und
# Fachkräfte heißt, zeigt dieses Notizbuch am
# veröffentlichten Stand.

# %%
import os
import tempfile
from pathlib import Path

from api.records import records
from api.release import Release
from forecast.figure_files import save_figure
from forecast.figures import lines_figure, ranges_figure
from forecast.snapshot import open_snapshot

ROOT = Path(__file__).resolve().parent.parent if "__file__" in globals() else Path.cwd().parent
SNAPSHOTS = Path(os.environ.get("FACHKRAEFTEMATRIX_SNAPSHOTS", ROOT / "data/snapshots"))
PICTURES = Path(tempfile.mkdtemp(prefix="fachkraeftematrix-"))
REGION, YEAR = "HWK-FF", 2030

release = Release(open_snapshot(SNAPSHOTS))
trades = release.trades_valid_in(YEAR)


def numbers(measure: str, year: int = YEAR) -> dict[str, dict]:
    """Return the records of a measure by trade, those with a number only."""
    rows = records(release, REGION, trades, [measure], [year], "de")
    return {row["trade_code"]: row for row in rows if row["value"] is not None}


def total(measure: str) -> int:
    """Add over trades: points may be added, ranges may not."""
    return sum(row["value"] for row in numbers(measure).values())


# %% [markdown]
# ## Wie viele, und wie viele davon gelingen
#
# »Fällig« zählt wie die Kammer: ein Betrieb, dessen Inhaberin oder Inhaber aufhört und der sich zur
# Übergabe lohnt. Nicht jeder, der aufhört, hat einen solchen Betrieb; deshalb gehen mehr, als fällig sind.
# Was fällig ist, wird übergeben, schließt oder wird um ein Jahr verschoben.

# %%
leaving, due, found = total("owners_leaving"), total("successions_due"), total("craft_handovers")
owners = total("owners")
print(
    f"{YEAR}: {owners} Inhaber, {leaving} hören auf, {due} Nachfolgen fällig, {found} finden eine Nachfolge"
)
assert found < due < leaving < owners
assert 0.5 < found / due < 0.7
put_off = total("successions_postponed")
assert 0 < put_off < due - found
assert 130 < due < 170
rows = sorted(numbers("successions_due").values(), key=lambda row: -row["value"])[:10]
save_figure(
    ranges_figure(
        [(row["trade_label"], row["value"], row["lower_80"], row["upper_80"]) for row in rows],
        f"In diesen Gewerken stehen {YEAR} die meisten Nachfolgen an",
        "Betriebe im Jahr (Punkt und 80-%-Spanne)",
    ),
    PICTURES,
    "04-faellig",
)

# %% [markdown]
# ## Das Konto der Betriebe geht auf
#
# Inhaber am Anfang, plus Gründungen, minus Schließungen, gleich Inhaber am Ende. Eine Übergabe ändert die
# Zahl nicht: eine Person geht, eine kommt. Auf ganze Zahlen gerundet bleibt höchstens ein Rest von 2.
# Zuerst schließen mehr Betriebe, als gegründet werden: die starken Jahrgänge gehen. Sind sie gegangen, hören
# weniger auf, und die Zahl der Betriebe hält sich. Mögliche Nachfolgerinnen und Nachfolger bleiben es etwa
# gleich viele.

# %%
TRADE = "A-24"


def path(measure: str) -> dict[int, dict]:
    """Return the records of one trade by year, those with a number only."""
    rows = records(release, REGION, [TRADE], [measure], release.forecast_years, "de")
    return {row["year"]: row for row in rows if row["value"] is not None}


firms, founded, closed = path("owners"), path("foundings"), path("craft_closures")
for year in sorted(firms)[1:]:
    left = firms[year - 1]["value"] + founded[year]["value"] - closed[year]["value"] - firms[year]["value"]
    print(
        f"{year}: {firms[year - 1]['value']} + {founded[year]['value']} Gründungen − {closed[year]['value']} "
        f"Schließungen = {firms[year]['value']} (Rest durch Rundung {left})"
    )
    assert abs(left) <= 2
early, late = 2028, max(firms)
assert path("owners_leaving")[late]["value"] < path("owners_leaving")[early]["value"]
assert closed[early]["value"] > founded[early]["value"]
assert closed[late]["value"] < closed[early]["value"]
assert 0.95 < firms[late]["value"] / firms[early]["value"] < 1.05
successors = path("possible_successors")
assert abs(successors[late]["value"] - successors[early]["value"]) <= 5
save_figure(
    lines_figure(
        {
            "Schließungen": [(year, row["value"]) for year, row in closed.items()],
            "Gründungen": [(year, row["value"]) for year, row in founded.items()],
            "Übergaben": [(year, row["value"]) for year, row in path("craft_handovers").items()],
        },
        "SHK-Betriebe: Schließungen, Gründungen und Übergaben",
        "Betriebe im Jahr",
    ),
    PICTURES,
    "04-konto",
)

# %% [markdown]
# ## Was eine Schließung kostet
#
# Wenn ein Betrieb schließt, bleiben nach unserer Annahme etwa 85 von 100 seiner Leute im Gewerk; sie
# wechseln. Nur ein kleiner Teil geht verloren, und nur der steht als »Betriebsschließungen« in der Lücke.
# Der größere Posten ist das Alter der Belegschaften.

# %%
lost = total("jobs_lost_closures")
item = {
    row["trade_code"]: row["value"]
    for row in records(release, REGION, trades, ["item_closures"], [YEAR], "de")
}
retired = {
    row["trade_code"]: row["value"]
    for row in records(release, REGION, trades, ["item_retirements"], [YEAR], "de")
}
print(f"Durch Schließungen gehen {YEAR} etwa {lost} Fachkräfte verloren, alle Gewerke zusammen")
print(
    f"{TRADE}: {item[TRADE]} durch Schließungen, {retired[TRADE]} durch Rente, "
    f"zusammengezählt seit {release.base_year}"
)
assert 0 < item[TRADE] < retired[TRADE] / 5

# %% [markdown]
# ## Was ungewiss ist
#
# Bekannt sind die Zahl der Betriebe im Bezirk und der Anteil der Inhaber ab 55 und ab 60. Wie viele davon
# auf ein Gewerk entfallen, ist nach Anteilen aus Land und Bund geschätzt; deshalb sind die Spannen je
# Gewerk breit und die Noten niedrig.
# Planen Sie mit der Summe, wenn es um Beratungsstellen geht, und mit dem Gewerk nur, wenn es um die
# Reihenfolge geht.

# %%
row = numbers("owners")[TRADE]
print(
    f"{row['trade_label']}: {row['value']} Inhaber "
    f"[{row['lower_80']}, {row['upper_80']}], Note {row['grade']}"
)
assert row["upper_80"] > 1.3 * row["lower_80"]
assert row["grade"] in {"C", "D"}
print(f"Bilder: {PICTURES}")
