"""The examples of the handbook work: commands, files, addresses, programs, and the numbers it quotes."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import typer.main

from api.settings import Settings, variable
from forecast.__main__ import app
from forecast.snapshot import open_snapshot, read_pointer

ROOT = Path(__file__).resolve().parents[2]
HANDBOOK = ROOT / "docs" / "handbook"
PAGES = sorted(HANDBOOK.glob("*.md"))
COMMAND = re.compile(
    r"^\s*(?:`|\| `)?(?:\.venv/bin/fachkraeftematrix|python -m forecast) ([^`\n#]+)", re.MULTILINE
)


def _blocks(page: str, language: str) -> list[str]:
    text = (HANDBOOK / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def _commands(path: Path) -> list[list[str]]:
    return [shlex.split(found) for found in COMMAND.findall(path.read_text(encoding="utf-8"))]


def test_the_index_names_every_page() -> None:
    index = (HANDBOOK / "README.md").read_text(encoding="utf-8")
    missing = [path.name for path in PAGES if path.name != "README.md" and f"]({path.name}" not in index]
    assert not missing


@pytest.mark.parametrize("path", [*PAGES, ROOT / "README.md"], ids=lambda path: path.name)
def test_every_command_and_option_exists(path: Path) -> None:
    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for name, *arguments in _commands(path):
        options = {
            option
            for parameter in known[name].params
            for option in (*parameter.opts, *parameter.secondary_opts)
        }
        used = {argument.split("=")[0] for argument in arguments if argument.startswith("--")}
        assert used <= options, f"{path.name}: {name} {used - options}"


def test_the_readme_lists_every_command() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    for path in (ROOT / "README.md", HANDBOOK / "entwicklung.md"):
        text = path.read_text(encoding="utf-8")
        missing = [name for name in known if not re.search(rf"`(?:python -m forecast )?{name}\b", text)]
        assert not missing, f"{path.name}: {missing}"


def test_terms_are_those_of_the_glossary() -> None:
    glossary = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    terms = re.findall(
        r"^\| [^|]+ \| ([^|]+) \|", (HANDBOOK / "begriffe.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    codes = [code for cell in terms for code in re.findall(r"`([a-z_0-9]+)`", cell)]
    assert len(codes) > 12
    assert not [code for code in codes if f"`{code}`" not in glossary]


def test_measures_and_scenarios_are_those_there_are(data_root: Path) -> None:
    indicators = {path.stem for path in (data_root / "indicators").glob("*.yaml")}
    table = re.search(
        r"^\| Frage \|.*?^$", (HANDBOOK / "bildungsstaette.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert table
    named = re.findall(r"`([a-z_]+)`", table[0])
    assert len(named) > 10
    assert set(named) - {"measure", "trend", "ageing"} <= indicators  # columns, not measures
    text = (HANDBOOK / "szenarien.md").read_text(encoding="utf-8")
    shipped = {path.stem for path in (data_root / "scenarios").glob("*.yaml")} - {"base"}
    assert not [name for name in shipped if f"`{name}`" not in text]


def test_the_settings_of_the_service_are_those_described() -> None:
    text = (HANDBOOK / "betrieb.md").read_text(encoding="utf-8")
    described = dict(re.findall(r"^\| `(FACHKRAEFTEMATRIX_\w+)` \| ([^|]+) \|", text, flags=re.MULTILINE))
    default = Settings()
    there = {variable(one.name): getattr(default, one.name) for one in fields(Settings)}
    assert set(described) == set(there) - {"FACHKRAEFTEMATRIX_METRICS_FOLDER"}  # set by the service itself
    for name, value in described.items():
        if found := re.fullmatch(r"`(.+)`", value.strip()):
            assert str(there[name]).removesuffix(".0") == found[1], name
        else:
            assert there[name] in (None, ()), f"{name}: {value}"


def test_keys_are_issued_listed_and_revoked(tmp_path: Path, run) -> None:
    text = (HANDBOOK / "betrieb.md").read_text(encoding="utf-8")
    commands = re.findall(r"^python -m api (keys .+)$", text, flags=re.MULTILINE)
    assert [shlex.split(command)[1] for command in commands] == ["add", "list", "revoke"]
    known = ""
    for command in commands:
        arguments = shlex.split(command.replace("0a1b2c3d", known or "0a1b2c3d"))
        done = run(["-m", "api", *arguments], FACHKRAEFTEMATRIX_KEYS=str(tmp_path / "keys.json"))
        assert done.returncode == 0, done.stderr
        if found := re.search(r"fkm_([0-9a-f]{8})_", done.stdout):
            known = found[1]
    assert known
    assert known in (tmp_path / "keys.json").read_text(encoding="utf-8")


@pytest.mark.slow
def test_going_back_to_an_earlier_release(tmp_path: Path, snapshots: Path) -> None:
    text = (HANDBOOK / "betrieb.md").read_text(encoding="utf-8")
    steps = re.findall(r"^(?:cat|printf|mv) .*$", text, flags=re.MULTILINE)
    assert len(steps) == 3
    shutil.copytree(snapshots, tmp_path / "data" / "snapshots")
    (tmp_path / "data" / "snapshots" / "current").write_text("0123456789abcdef\n", encoding="utf-8")
    script = "\n".join(steps).replace("0f3a9c1b7d24e865", read_pointer(snapshots))
    subprocess.run(["/bin/sh", "-euc", script], cwd=tmp_path, check=True, capture_output=True)
    assert open_snapshot(tmp_path / "data" / "snapshots").id == read_pointer(snapshots)


@pytest.mark.slow
def test_figures_are_taken_over_as_described(tmp_path: Path, data_root: Path, run) -> None:
    data = tmp_path / "data"
    shutil.copytree(data_root, data, ignore=shutil.ignore_patterns("snapshots"))
    source, figures = _blocks("zahlen.md", "csv")
    (data / "sources" / "eigene.csv").write_text(source, encoding="utf-8")
    (tmp_path / "rolle.csv").write_text(figures, encoding="utf-8")
    commands = [one for one in _commands(HANDBOOK / "zahlen.md") if one[0] in {"import", "check"}]
    assert [one[0] for one in commands] == ["import", "check"]
    said = []
    for command in commands:
        done = run(["-m", "forecast", *command, "--data", data], folder=tmp_path)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    stored = data / "raw" / "handwerkskammer" / "rolle-2024" / "rolle.csv"
    assert stored.read_text(encoding="utf-8") == figures
    assert "7.548 Zahlen" in said[1]


@pytest.mark.slow
def test_scenarios_are_answered_as_described(tmp_path: Path, snapshots: Path, data_root: Path, run) -> None:
    text = (HANDBOOK / "szenarien.md").read_text(encoding="utf-8")
    written = re.search(r"^    name: unser_plan\n(?:(?:    .*)?\n)*?(?=\S)", text, flags=re.MULTILINE)
    assert written
    (tmp_path / "meine-frage.yaml").write_text(
        re.sub(r"^    ", "", written[0], flags=re.MULTILINE), encoding="utf-8"
    )
    places = ["--data", data_root, "--snapshots", snapshots]
    commands = [one for one in _commands(HANDBOOK / "szenarien.md") if one[0] == "scenario"]
    assert len(commands) == 3
    for command in commands:
        done = run(["-m", "forecast", *command, *places], folder=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "Unterschied" in done.stdout
    assert (tmp_path / "antwort.csv").exists()


@pytest.mark.slow
def test_own_series_are_forecast_as_described(tmp_path: Path, run) -> None:
    lines = [
        f"{name},{year},{base + year % 5}"
        for name, base in (("a", 90), ("b", 7))
        for year in range(2005, 2025)
    ]
    (tmp_path / "reihen.csv").write_text("\n".join(["series_id,year,value", *lines, ""]), encoding="utf-8")
    command = next(one for one in _commands(HANDBOOK / "vorausschaetzen.md") if one[0] == "predict")
    done = run(["-m", "forecast", *command], folder=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (HANDBOOK / "vorausschaetzen.md").read_text(encoding="utf-8")
    for name in ("voraus.csv", "voraus.csv.report.csv"):
        head = (tmp_path / name).read_text(encoding="utf-8").splitlines()[0]
        assert ", ".join(head.split(",")) in text


@pytest.fixture(scope="module")
def address(snapshots: Path, repo_root: Path) -> Iterator[str]:
    """The service in a process of its own; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "api", "--port", str(port), "--snapshots", str(snapshots)]
    service = subprocess.Popen(command, cwd=repo_root, env={**os.environ, "PYTHONPATH": str(repo_root)})
    try:
        for _ in range(1_500):
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready"),
            ):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        service.terminate()
        service.wait(timeout=120)


@pytest.mark.slow
@pytest.mark.parametrize("page", ["planer.md", "bildungsstaette.md", "dashboards.md"])
def test_addresses_answer(page: str, address: str) -> None:
    paths = re.findall(r"^GET (\S+)$", (HANDBOOK / page).read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert paths
    for path in paths:
        with urllib.request.urlopen(address + path) as answer:  # noqa: S310
            assert answer.status == 200
            found = json.load(answer)
        if "region=" in path or "trade=" in path:
            assert found.get("data") or found.get("items") or found.get("rows"), (
                f"{path} answers with nothing"
            )


@pytest.mark.slow
def test_programs_run(address: str) -> None:
    programs = _blocks("dashboards.md", "python")
    assert len(programs) == 3
    for program in programs:
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(program.replace("http://127.0.0.1:8000", address), "dashboards.md", "exec"), {})  # noqa: S102
        assert said.getvalue().strip()


@pytest.mark.slow
def test_the_quoted_cell_is_that_of_the_release(snapshots: Path) -> None:
    text = (HANDBOOK / "planer.md").read_text(encoding="utf-8")
    quoted = re.search(
        r"Bedarf ([\d.]+), Angebot ([\d.]+), Lücke (\d+), mit 80 % Sicherheit zwischen (\S+) und (\d+)", text
    )
    assert quoted
    demand, supply, gap, low, high = (
        int(part.replace(".", "").replace("−", "-")) for part in quoted.groups()
    )
    assert demand - supply == gap
    snapshot = open_snapshot(snapshots)
    where = [snapshot.index(axis, code) for axis, code in (("region", "HWK-FF"), ("trade", "A-24"))]
    cells = snapshot.cube[where[0], where[1], :, snapshot.index("year", 2030)]
    value = {name: cells[snapshot.index("measure", name), 0] for name in ("demand", "supply", "gap")}
    sampling = 0.04 * demand  # the release of this test has few draws
    assert abs(value["demand"] - demand) < sampling
    assert abs(value["supply"] - supply) < sampling
    lower, upper = cells[snapshot.index("measure", "gap"), 3:5]
    assert abs(lower - low) < sampling
    assert abs(upper - high) < sampling
    with (snapshot.path / "export" / "matrix.csv").open(encoding="utf-8", newline="") as file:
        assert "gap" in {row["measure"] for row in csv.DictReader(file)}
