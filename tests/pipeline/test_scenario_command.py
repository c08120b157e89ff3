"""`forecast scenario` in a real process: what it prints, what it writes, what it refuses."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from forecast import __main__ as command_line
from forecast.errors import InputError
from forecast.scenarios import model_of, read_question, regions_of
from forecast.snapshot import Snapshot


class Command:
    """Runs the command on the release of the tests."""

    def __init__(self, root: Path, data: Path, snapshots: Path, folder: Path) -> None:
        self.root, self.data, self.snapshots, self.folder = root, data, snapshots, folder

    def __call__(self, *arguments: object, snapshots: Path | None = None) -> subprocess.CompletedProcess[str]:
        places = ["--data", self.data, "--snapshots", snapshots or self.snapshots]
        return subprocess.run(
            [sys.executable, "-m", "forecast", "scenario", *map(str, [*arguments, *places])],
            cwd=self.root, capture_output=True, text=True, check=False, timeout=120,
            env={**os.environ, "COLUMNS": "200", "PYTHONPATH": str(self.root)},
        )  # fmt: skip

    def file(self, text: str, name: str = "frage.yaml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def command(repo_root: Path, data_root: Path, settings, release: Snapshot, tmp_path: Path) -> Command:
    return Command(repo_root, data_root, settings.snapshot_root, tmp_path)


MIXED = """
name: mein_fall
name_de: "Unser Fall [intern]"
reason: Probe
extends: [retention, heat_pump_pv_high]
levers:
  - kind: contracts
    cause: werbung
    trades: [A-24]
    from_year: 2027
    ramp_years: 2
    change: {value: 0.2, low: 0.1, high: 0.3}
"""


def numbers(line: str) -> list[int]:
    """Whole numbers of a line, with German separators and minus signs."""
    return [int(n.replace(".", "").replace("−", "-")) for n in re.findall(r"[−+]?\d[\d.]*", line)]


def test_a_trade_side_by_side_with_contributions(command: Command) -> None:
    done = command(command.file(MIXED), "--trade", "A-24", "--year", 2035)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "Szenario «Unser Fall [intern]»" in done.stdout
    assert "enthält «Bessere Bindung ans Gewerk» (retention)" in done.stdout
    row = {label: next(numbers(line[28:]) for line in lines if line.startswith(label))
           for label in ("Bedarf", "Angebot", "Fachkräftelücke", "Ausbildungsbedarf")}  # fmt: skip
    for place in (0, 3, 6):  # base, scenario, difference; each with two bounds
        assert row["Bedarf"][place] - row["Angebot"][place] == row["Fachkräftelücke"][place]
    assert row["Fachkräftelücke"][3] - row["Fachkräftelücke"][0] == row["Fachkräftelücke"][6]
    for values in row.values():
        for point, low, high in (values[0:3], values[3:6], values[6:9]):
            assert low <= point <= high
    parts = lines[lines.index(next(x for x in lines if x.startswith("Beitrag jedes Hebels"))) + 1 :]
    counts = [numbers(line)[0] for line in parts if re.match(r"\s+[−+]?\d", line)]
    assert sum(counts[:-1]) == counts[-1] == row["Fachkräftelücke"][6]
    assert "Zusammenwirken und Rundung" in done.stdout


def test_all_trades_of_a_region_and_a_file_with_all_years(command: Command) -> None:
    target = command.folder / "antwort.csv"
    done = command("four_day_week", "--region", "BB", "--year", 2040, "--output", target)
    assert done.returncode == 0, done.stderr
    assert "der Stand reicht bis 2035" in done.stdout
    assert str(target.name) in done.stdout
    with target.open(encoding="utf-8", newline="") as handle:
        found = list(csv.DictReader(handle))
    years = {int(row["year"]) for row in found}
    assert years == set(range(2026, 2041))
    assert {row["published"] for row in found if int(row["year"]) > 2035} == {"false"}
    one = {
        (row["measure"], row["case"]): row
        for row in found
        if row["trade"] == "A-24" and row["year"] == "2035"
    }
    for case in ("base", "variant", "difference"):
        value = {m: float(one[(m, case)]["value"]) for m in ("demand", "supply", "gap")}
        assert value["demand"] - value["supply"] == pytest.approx(value["gap"], abs=0.01)
    assert float(one[("demand", "variant")]["value"]) > float(one[("demand", "base")]["value"])
    assert float(one[("supply", "difference")]["value"]) == 0
    assert all(
        float(r["lower_95"]) <= float(r["value"]) <= float(r["upper_95"]) for r in one.values() if r["value"]
    )


OVERRIDDEN = """
reason: Probe
levers:
  - {kind: working_time, from_year: 2027, hours_before: 40, hours_after: 36, offset: 0.25, uptake: 0.5}
overrides:
  - {name: exam_pass_first, value: 0.9, key: {group: shk}}
  - {name: part_time_share, value: 0.2}
"""


def test_assumptions_are_overridden_and_heads_stand_beside_work(command: Command) -> None:
    done = command(command.file(OVERRIDDEN), "--trade", "A-24", "--year", 2035)
    assert done.returncode == 0, done.stderr
    assert "1 Hebel, 2 Annahmen" in done.stdout + done.stderr
    assert "Annahme: " in done.stdout
    assert "(exam_pass_first, group shk): 0,9" in done.stdout
    assert "ab dem ersten Vorausschätzungsjahr" in done.stdout
    lines = done.stdout.splitlines()
    row = {label: next(numbers(line[28:]) for line in lines if line.startswith(label))
           for label in ("Bedarf  ", "Angebot  ", "Bedarf, Vollzeit", "Angebot, Vollzeit", "Lücke, Vollzeit",
                         "Bedarf, Tsd. Stunden", "Angebot, Tsd. Stunden", "Lücke, Tsd. Stunden")}  # fmt: skip
    for unit in ("Vollzeit", "Tsd. Stunden"):
        for place in (0, 3, 6):
            demand, supply, gap = (row[f"{side}, {unit}"][place] for side in ("Bedarf", "Angebot", "Lücke"))
            assert demand - supply == gap
    assert row["Bedarf  "][6] > 0, "a shorter week needs more heads"
    assert row["Angebot, Vollzeit"][6] < 0, "and every head works less"
    parts = lines[lines.index(next(x for x in lines if x.startswith("Beitrag jedes Hebels"))) + 1 :]
    counts = [numbers(line)[0] for line in parts if re.match(r"\s+[−+]?\d", line)]
    assert len(counts) == 5
    assert sum(counts[:-1]) == counts[-1]


def test_the_base_scenario_changes_nothing(command: Command) -> None:
    done = command("base", "--trade", "A-24")
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("Fachkräftelücke"))
    values = numbers(line[28:])
    assert values[:3] == values[3:6]
    assert values[6:] == [0, 0, 0]
    assert "Kein Hebel wirkt" in done.stdout


WRONG = {
    "extends: [retentin]": ("Unbekanntes Szenario «retentin»", "retention"),
    "extends: [heat_pump_pv_low, heat_pump_pv_high]": (
        "«heat_pump_pv_low» und «heat_pump_pv_high» widersprechen sich", "heat_pumps",
    ),
    "levers: [{kind: contract, from_year: 2027, change: 0.1}]": ("Hebel «contract»", "contracts"),
    "levers: [{kind: contracts, from_year: 2027, change: 9}]": ("außerhalb der erlaubten", "-0.9 bis 2"),
    "levers: [{kind: contracts, from_year: 2027, change: 0.1, trades: [A-99]}]": ("Gewerk «A-99»", "A-"),
    "levers: [{kind: contracts, from_year: 2027, change: 0.1, regions: [DE]}]": ("Region «DE»", "BB"),
    "levers: [{kind: contracts, from_year: 2050, change: 0.1}]": ("from_year 2050", "2026 bis 2040"),
    "levers: viel": ("keine Liste", "Liste"),
    "lever: []": ("«lever» ist unbekannt", "levers"),
    "reason: nichts": ("ändert nichts", "extends"),
    "overrides: [{name: due_rate, value: 0.03}]": ("auf Abruf nicht überschreiben", "einer von"),
    "overrides: [{name: exam_retri, value: 0.5}]": ("Unbekannter Parameter «exam_retri»", "exam_retry"),
    "overrides: [{name: exam_retry, value: 1.5}]": ("außerhalb der erlaubten Spanne", "0 bis 1"),
    "overrides: [{name: exam_retry, value: 0.5, key: {group: shk}}]": ("Schlüssel «group»", "kein Schlüssel"),
    "overrides: [{name: dissolution_layer, value: 0.1, key: {trade: A-99}}]": ("«A-99»", "A-"),
    "overrides: [{name: exam_retry, value: 0.5}, {name: exam_retry, value: 0.6}]": (
        "widerspricht sich selbst", "nur ein Wert",
    ),
    "levers: [{kind: stay, from_year: 2027, points: 0}, {kind: stay, from_year: 2028, points: 0}]": (
        "Hebel 1 und 2 des Szenarios", "nur eine Angabe",
    ),
    "extends: [retention]\noverrides: [{name: craft_leaving_rate, value: 0.01}]": (
        "«craft_leaving_rate» und der Hebel «craft_leaving»", "eines von beiden",
    ),
    "overrides: [7]": ("Überschreibung", ""),
    "overrides: [{name: dissolution_layer, value: 0.3}]": ("zusammen 1,2: mehr als alle", "höchstens 1"),
    "overrides: [{name: dissolution_layer, key: {trade: A-24}, value: 0.26}]": ("zusammen 1,04", "1"),
    "overrides: [{name: exam_retry, wert: 0.5}]": ("das unbekannte Feld «wert»", "value"),
    "overrides: [{name: exam_retry, value: 0.5, low: 0.6}]": ("Spanne 0,6 bis 0,5", "low ≤ value"),
    "extends: [retention]\noverrides: [{name: exam_retry, value: 5}]": (
        "Spanne: 5", "Szenario «frage», overrides, 1. Eintrag",
    ),
    "levers: [{kind: contracts, from_year: 2027, change: 0.1, regions: ['12067']}]": (
        "Für die Region «12067» gibt es keine Konten", "HWK-FF",
    ),
    "name: retention\nlevers: [{kind: contracts, from_year: 2027, change: 0.1}]": ("heißt schon", "Name"),
    "extends: [frage]": ("im Kreis", "extends"),
    "levers: [": ("kein gültiges YAML", "YAML"),
    "a: 1\na: 2": ("steht doppelt", ""),
    "": ("keine Felder", ""),
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_file_is_refused(text: str, command: Command, inputs, release: Snapshot) -> None:
    what, expected = WRONG[text]
    path = command.file(text)
    with pytest.raises(InputError) as caught:
        read_question(str(path), inputs.definitions, model_of(release, "HWK-FF"), regions_of(release))
    said = str(caught.value)
    assert what in said
    assert expected in said


@pytest.mark.parametrize("text", ["extends: [heat_pump_pv_low, heat_pump_pv_high]", "levers: ["])
def test_after_a_wrong_file_nothing_is_written(command: Command, text: str) -> None:
    target = command.folder / "antwort.csv"
    done = command(command.file(text), "--output", target)
    assert done.returncode == 2, done.stdout + done.stderr
    assert WRONG[text][0] in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in command.folder.iterdir()] == ["frage.yaml"]


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["fehlt.yaml"], "gibt es nicht"),
        (["retention", "--region", "HWK-F"], "Unbekannte Region"),
        (["retention", "--region", "12053"], "keine Konten"),
        (["retention", "--trade", "A-42"], "keine Konten"),
        (["retention", "--year", "2051"], "2026 bis 2040"),
        (["retention", "--year", "bald"], "passt nicht"),
        (["retention", "--output", "antwort.xlsx"], ".csv"),
        (["retention", "--output", "gibt/es/nicht/antwort.csv"], "Ordner"),
        (["data"], "keine Szenariodatei"),
    ],
)
def test_wrong_arguments_are_refused(
    command: Command, arguments: list[str], what: str, monkeypatch, capsys
) -> None:
    places = ["--data", str(command.data), "--snapshots", str(command.snapshots)]
    monkeypatch.chdir(command.root)
    monkeypatch.setattr(sys, "argv", ["fachkraeftematrix", "scenario", *arguments, *places])
    with pytest.raises(SystemExit) as end:
        command_line.main()
    assert end.value.code == 2
    assert what in capsys.readouterr().err


def test_a_file_that_is_no_text_and_a_missing_release(command: Command) -> None:
    path = command.folder / "bild.yaml"
    path.write_bytes(b"\x89PNG\r\n\xff\xfe")
    done = command(path)
    assert done.returncode == 2
    assert "UTF-8" in done.stderr
    done = command("retention", snapshots=command.folder / "nichts")
    assert done.returncode == 5
    assert "Traceback" not in done.stderr
