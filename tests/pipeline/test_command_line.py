"""What a user meets on the command line: help, good runs, and every wrong input with its way out."""

from __future__ import annotations

import hashlib
import shutil
import socket
import sys
from pathlib import Path

import pytest
import yaml

from forecast import __main__ as command_line

FIGURES = Path("raw/bibb/dazubi-2023")


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["fachkraeftematrix", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        command_line.main()
    return int(end.value.code or 0)


@pytest.fixture
def copied(data_root: Path, tmp_path: Path) -> Path:
    """The bundled data, to be damaged."""
    target = tmp_path / "data"
    shutil.copytree(data_root, target, ignore=shutil.ignore_patterns("snapshots"))
    return target


def a_raw_file(data: Path) -> Path:
    return sorted((data / FIGURES).glob("*.csv"))[0]


def resign(path: Path) -> None:
    """Give a changed raw file the checksum it has now, as somebody would who edits both."""
    sidecar = path.with_name(path.name + ".meta.yaml")
    meta = yaml.safe_load(sidecar.read_text(encoding="utf-8"))
    meta["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    sidecar.write_text(yaml.safe_dump(meta, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize(
    "command", ["run", "import", "check", "train", "backtest", "publish", "predict", "scenario", "serve"]
)
def test_every_command_has_help(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert call(monkeypatch, command, "--help") == 0
    assert "--help" in capsys.readouterr().out


def test_check_accepts_the_bundled_data(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data_root: Path
) -> None:
    assert call(monkeypatch, "check", "--data", data_root) == 0
    out = capsys.readouterr().out
    assert "7.546 Zahlen" in out
    assert "Alle Daten sind in Ordnung." in out


def test_a_changed_raw_file_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copied: Path
) -> None:
    path = a_raw_file(copied)
    path.write_bytes(path.read_bytes().replace(b"2023", b"2024", 1))
    assert call(monkeypatch, "check", "--data", copied) == 2
    said = capsys.readouterr().err
    assert path.name in said
    assert "Abhilfe" in said


def test_a_missing_raw_file_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copied: Path
) -> None:
    path = a_raw_file(copied)
    path.unlink()
    assert call(monkeypatch, "check", "--data", copied) == 2
    assert path.name in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("AO-", "AO-x", "AO-x"),
        (",rounded,", ",gerundet,", "gerundet"),
        (",BB,", ",BRB,", "BRB"),
        (",bibb-dazubi,", ",bibb,", "bibb"),
    ],
    ids=["code", "status", "region", "source"],
)
def test_a_wrong_word_names_line_and_column(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    copied: Path,
    old: str,
    new: str,
    words: str,
) -> None:
    path = a_raw_file(copied)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    hit = next(number for number, line in enumerate(lines) if number and old in line)
    lines[hit] = lines[hit].replace(old, new, 1)
    path.write_text("".join(lines), encoding="utf-8")
    resign(path)
    assert call(monkeypatch, "check", "--data", copied) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert f"Zeile {hit + 1}" in said
    assert words in said
    assert "rwartet" in said


def test_a_repeated_row_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copied: Path
) -> None:
    path = a_raw_file(copied)
    text = path.read_text(encoding="utf-8")
    path.write_text(text + text.splitlines()[1] + "\n", encoding="utf-8")
    resign(path)
    assert call(monkeypatch, "check", "--data", copied) == 2
    assert "Zeile" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("SHK", "Kälte").encode("latin-1", "replace") + b"\xe4",
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",303,", ',"1.234,5",').encode(),
    ],
    ids=["utf-16", "latin-1", "semicolon", "decimal comma"],
)
def test_other_encodings_and_separators_are_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copied: Path, change: object
) -> None:
    path = next(
        p for p in sorted((copied / FIGURES).glob("*.csv")) if ",303," in p.read_text(encoding="utf-8")
    )
    path.write_bytes(change(path.read_text(encoding="utf-8")))  # type: ignore[operator]
    resign(path)
    assert call(monkeypatch, "check", "--data", copied) == 2
    said = capsys.readouterr().err
    assert path.name in said
    assert "Traceback" not in said


def test_a_parameter_without_source_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copied: Path
) -> None:
    path = copied / "parameters" / "demand" / "reporting_rate.yaml"
    text = path.read_text(encoding="utf-8")
    head, entries = text.split("entries:")
    path.write_text(head + "entries:\n  - {value: 0.5, low: 0.4, high: 0.6}\n", encoding="utf-8")
    assert "source" in entries
    assert call(monkeypatch, "check", "--data", copied) == 3
    said = capsys.readouterr().err
    assert "reporting_rate.yaml" in said
    assert "source" in said


def test_no_data_folder(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "check", "--data", tmp_path / "nichts") in (2, 3)
    assert "nichts" in capsys.readouterr().err


def test_a_wrong_date_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data_root: Path
) -> None:
    assert call(monkeypatch, "check", "--data", data_root, "--as-of", "31.12.2023") == 2
    assert "JJJJ-MM-TT" in capsys.readouterr().err


def test_publish_without_models_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], data_root: Path, tmp_path: Path
) -> None:
    snapshots = tmp_path / "snapshots"
    code = call(
        monkeypatch, "publish", "--data", data_root, "--models", tmp_path / "models", "--snapshots", snapshots
    )
    assert code == 2
    assert "train" in capsys.readouterr().err
    assert not snapshots.exists()


def test_serving_nothing_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "serve", "--snapshots", tmp_path) == 5
    assert "Abhilfe" in capsys.readouterr().err


def test_a_busy_port_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], release: object, settings: object
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        root = settings.snapshot_root  # type: ignore[attr-defined]
        assert call(monkeypatch, "serve", "--snapshots", root, "--port", port) == 5
    said = capsys.readouterr().err
    assert f"Port {port} ist schon belegt." in said
    assert "PORT=" in said


def test_predict_from_file_to_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    panel, out = tmp_path / "panel.csv", tmp_path / "out.csv"
    rows = [f"a,{year},{100 + 3 * (year - 2010)}" for year in range(2010, 2024)]
    rows += [f"b,{year},{7 + year % 3}" for year in range(2012, 2021)]
    panel.write_text("series_id,year,value\n" + "\n".join(rows) + "\n", encoding="utf-8")
    assert call(monkeypatch, "predict", "--input", panel, "--horizon", 5, "--output", out) == 0
    lines = out.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "series_id,year,horizon,mean,p02_5,p10,p25,p50,p75,p90,p97_5"
    assert [line.split(",")[:3] for line in lines[1:]] == [
        *[["a", str(2023 + ahead), str(ahead)] for ahead in range(1, 6)],
        *[["b", str(2020 + ahead), str(ahead)] for ahead in range(1, 6)],
    ]
    assert "2 von 2 Reihen" in capsys.readouterr().out


def test_predict_refuses_a_folder_as_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    panel = tmp_path / "panel.csv"
    panel.write_text("series_id,year,value\na,2020,1\n", encoding="utf-8")
    assert call(monkeypatch, "predict", "--input", panel, "--output", tmp_path) == 2
    assert "Traceback" not in capsys.readouterr().err


HEADER = "indicator,trade,region,year,age,value,unit,status,as_of,source,note"
META = (
    "--publisher", "Handwerkskammer", "--title", "Lehrlingsrolle", "--edition", "lehrlingsrolle-2026",
    "--published", "2026-11-01", "--retrieved", "2026-11-02", "--url", "eigenes Register",
    "--licence", "eigene Zahlen", "--attribution", "Quelle: Handwerkskammer, Lehrlingsrolle",
)  # fmt: skip


def test_own_figures_are_taken_over_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copied: Path, tmp_path: Path
) -> None:
    own = tmp_path / "rolle.csv"
    own.write_text(
        f"{HEADER}\nnew_contracts,AO-shk,HWK-FF,2024,,101,contracts,observed,2024-12-31,bibb-dazubi,eigene\n",
        encoding="utf-8",
    )
    for _ in range(2):
        assert call(monkeypatch, "import", own, *META, "--data", copied) == 0
        assert "1 Zahlen" in capsys.readouterr().out
    stored = copied / "raw" / "handwerkskammer" / "lehrlingsrolle-2026" / "rolle.csv"
    assert stored.read_bytes() == own.read_bytes()
    assert call(monkeypatch, "check", "--data", copied) == 0
    assert "7.547 Zahlen" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("new_contracts,AO-shkk,HWK-FF,2024,,101,contracts,observed,2024-12-31,bibb-dazubi,", "AO-shk"),
        ('new_contracts,AO-shk,HWK-FF,2024,,"10,5",contracts,observed,2024-12-31,bibb-dazubi,', "10,5"),
        ("new_contracts,AO-shk,BB,2023,,303,contracts,rounded,2023-12-31,bibb-dazubi,", "Zeile"),
    ],
    ids=["code", "decimal comma", "there already"],
)
def test_a_refused_file_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], copied: Path, tmp_path: Path,
    row: str, words: str,
) -> None:  # fmt: skip
    before = {path: path.read_bytes() for path in (copied / "raw").rglob("*") if path.is_file()}
    own = tmp_path / "rolle.csv"
    own.write_text(f"{HEADER}\n{row}\n", encoding="utf-8")
    assert call(monkeypatch, "import", own, *META, "--data", copied) == 2
    assert words in capsys.readouterr().err
    assert {path: path.read_bytes() for path in (copied / "raw").rglob("*") if path.is_file()} == before
