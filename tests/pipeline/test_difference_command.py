"""`forecast difference`: two releases side by side, in words that add up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from forecast import __main__ as command_line
from forecast import difference_report
from forecast.difference_report import found_id, print_difference
from forecast.errors import InputError
from forecast.snapshot import Snapshot, SnapshotInfo, write_snapshot
from forecast.what_if_inputs import decode, encode, file_name


class Lines:
    """Keeps what is printed."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def line(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture(scope="module")
def two(release: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The release, and one in which 40 more places are open in the district's SHK trade."""
    root = tmp_path_factory.mktemp("zwei")
    content = release.content()
    first = write_snapshot(root, content)
    name = file_name("HWK-FF")
    inputs = decode(content.files[name])
    vacancies = inputs.vacancies.copy()
    vacancies[inputs.trades.index("A-24")] += 40
    cube = content.cube.copy()
    place = (release.index("region", "HWK-FF"), release.index("trade", "A-24"))
    for measure in ("demand", "gap", "item_vacancies"):
        cube[(*place, release.index("measure", measure), release.index("year", 2030))] += 40
    files = {**content.files, name: encode(replace(inputs, vacancies=vacancies))}
    return root, first, write_snapshot(root, replace(content, cube=cube, files=files))


def changes(lines: Sequence[str]) -> list[int]:
    """Numbers at the beginning of the lines of one list, the sum last."""
    found = [re.match(r" +([+−]?\d+)  ", line) for line in lines]
    return [int(match[1].replace("−", "-")) for match in found if match]


def test_items_and_components_add_to_the_change(two: tuple[Path, str, str]) -> None:
    root, first, second = two
    lines = Lines()
    print_difference(root, first[:6], "", "HWK-FF", "A-24", 2030, lines)
    said = lines.said
    assert said[0] == f"Stand {first} → {second}"
    assert any(re.fullmatch(r"Lücke -?\d+ → -?\d+ \(\+40\)", line) for line in said)
    cut = next(place for place, line in enumerate(said) if "Bestandteilen" in line)
    for part in (said[:cut], said[cut:]):
        *single, together = changes(part)
        assert sum(single) == together
        assert together == pytest.approx(40, abs=2)  # open places grow with demand in the accounts
    assert changes(said[:cut])[0] == 40
    assert "Offene Stellen" in next(line for line in said if line.startswith("      +40"))


def test_without_a_trade_the_largest_changes_come_first(two: tuple[Path, str, str]) -> None:
    root, first, second = two
    lines = Lines()
    print_difference(root, second, first, "HWK-FF", "", 2030, lines)
    assert "(A-24)" in lines.said[2]
    assert changes(lines.said)[0] == -40
    assert set(changes(lines.said)[1:]) == {0}
    assert "weitere Zeilen" in lines.said[-2]


def test_what_cannot_be_compared_is_said(
    two: tuple[Path, str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, first, second = two
    with pytest.raises(InputError, match="keinen der aufbewahrten"):
        found_id(root, "zzz")
    with pytest.raises(InputError, match="keinen der aufbewahrten") as refused:
        found_id(tmp_path, "")
    assert "keiner vorhanden" in str(refused.value)
    alike = [SnapshotInfo(f"abc{last}", {}) for last in "12"]
    monkeypatch.setattr(difference_report, "list_snapshots", lambda _: alike)
    with pytest.raises(InputError, match="mehrere der aufbewahrten"):
        found_id(root, "ABC")
    assert found_id(root, "abc2") == "abc2"
    monkeypatch.undo()
    with pytest.raises(InputError, match="Keines der Gewerke"):
        print_difference(root, first, second, "12053", "", 2030, Lines())
    with pytest.raises(InputError, match="kennt"):
        print_difference(root, first, second, "HWK-FF", "A-24", 2099, Lines())


def test_the_command_prints_it(two: tuple[Path, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    root, first, _ = two
    command_line.difference(first, region="HWK-FF", trade="A-24", year=2030, snapshots=root)
    assert "Nach Posten der Erklärung" in capsys.readouterr().out
