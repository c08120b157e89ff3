"""Wrong calls end with a German message and exit code 2; brackets in a file name are text, not markup."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from forecast import __main__ as command_line


def call(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["fachkraeftematrix", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        command_line.main()
    return int(end.value.code or 0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["foo"], ["Der Aufruf ist falsch", "run, import, check"]),
        (["serve", "--port", "abc"], ["Der Wert für --port passt nicht", "von 1 bis 65535", "serve --help"]),
        (["serve", "--port", "99999"], ["--port", "von 1 bis 65535"]),
        (["predict"], ["Es fehlt: --input", "series_id,year,value"]),
        (["run", "--nix"], ["Die Option «--nix» gibt es hier nicht"]),
        (["serve", "zuviel"], ["Der Aufruf ist falsch", "serve --help"]),
    ],
)
def test_a_wrong_call_is_answered_in_german(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: list[str],
) -> None:
    assert call(monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("Fehler: ")
    assert all(word in error for word in words), error
    assert "Invalid" not in error


@pytest.mark.parametrize("name", ["a[rot]b.csv", "a[/b].csv"])
def test_brackets_in_a_file_name_are_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, name: str
) -> None:
    missing = tmp_path.joinpath(*name.split("/"))
    assert call(monkeypatch, "predict", "--input", missing, "--output", tmp_path / "aus.csv") == 2
    assert name.split("/")[-1] in capsys.readouterr().err


def test_without_a_command_the_overview_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch) == 2
    shown = capsys.readouterr()
    assert "predict" in shown.out + shown.err
    assert "Fehler" not in shown.err


def test_ctrl_c_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "app", interrupted)
    assert call(monkeypatch, "check") == 130
    assert "Abgebrochen" in capsys.readouterr().err
