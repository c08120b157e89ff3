"""The error record: forecasts of a release beside later figures; appended once, never changed."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from forecast.error_record import (
    COLUMNS,
    Compared,
    Printed,
    Said,
    append_record,
    compare,
    forecasts_in,
    printed_in,
    read_record,
    record_release,
)
from forecast.errors import InputError, OperationError
from forecast.record_card import publish_record, record_card, record_document
from forecast.record_file import FOLDER, read_record_file, record_in_force
from forecast.snapshot import STATUSES, SnapshotContent, open_snapshot, write_snapshot
from tests.toy_snapshot import TRADES, toy_content

CELL = ("BB", "A-24", "apprentices", 2024)
ONE = Said("s1", "2024-09-30", *CELL, 90.0, 80.0, 100.0, 70.0, 120.0, 2023, 85.0)


def came(value: float, as_of: str = "2025-09-30") -> dict[tuple[str, str, str, int], Printed]:
    return {CELL: Printed(value, "rounded", as_of)}


@pytest.mark.parametrize(
    ("value", "inside_80", "inside_95"),
    [
        (100.0, True, True),
        (80.0, True, True),
        (101.0, False, True),
        (120.0, False, True),
        (69.0, False, False),
    ],
)
def test_bounds_belong_to_their_range(value: float, inside_80: bool, inside_95: bool) -> None:
    (row,) = compare([ONE], came(value))
    assert (row.inside_80, row.inside_95) == (inside_80, inside_95)
    assert (row.error, row.error_last) == (90 - value, 85 - value)


def test_a_figure_the_release_could_know_is_no_test_of_it() -> None:
    assert compare([ONE], came(95.0, "2024-09-30")) == ()
    assert compare([ONE], came(95.0, "2023-09-30")) == ()
    assert len(compare([ONE], came(95.0, "2024-10-01"))) == 1
    assert compare([dataclasses.replace(ONE, year=2025)], came(95.0)) == ()


def test_the_same_rows_twice_change_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "error_record"
    rows = compare([ONE, dataclasses.replace(ONE, snapshot="s2", last_year=0, last_value=np.nan)], came(93.0))
    assert append_record(folder, rows) == 2
    first = (folder / "record.csv").read_bytes()
    assert append_record(folder, [*rows, rows[0]]) == 0
    assert (folder / "record.csv").read_bytes() == first
    assert read_record(folder)[0] == rows[0]
    assert np.isnan(read_record(folder)[1].error_last)
    assert first.decode().splitlines() == [
        ",".join(COLUMNS),
        "s1,2024-09-30,BB,A-24,apprentices,2024,90,80,100,70,120,2023,85,93,rounded,2025-09-30,yes,yes,-3,-8",
        "s2,2024-09-30,BB,A-24,apprentices,2024,90,80,100,70,120,0,,93,rounded,2025-09-30,yes,yes,-3,",
    ]


def test_a_later_look_at_the_same_figure_adds_nothing_and_a_revised_one_does(tmp_path: Path) -> None:
    append_record(tmp_path, compare([ONE], came(93.0)))
    assert append_record(tmp_path, compare([ONE], came(93.0, "2026-09-30"))) == 0
    assert append_record(tmp_path, compare([ONE], came(96.0, "2026-09-30"))) == 1
    assert [row.printed.value for row in read_record(tmp_path)] == [93.0, 96.0]
    assert [entry.name for entry in tmp_path.iterdir()] == ["record.csv"]


def test_without_a_comparison_no_file_appears(tmp_path: Path) -> None:
    assert append_record(tmp_path / "new", ()) == 0
    assert not (tmp_path / "new").exists()
    assert read_record(tmp_path / "new") == ()


@pytest.mark.parametrize(
    "content",
    [
        b"", b"a,b\n1,2\n", b"\xff\xfe", ",".join(COLUMNS).encode() + b"\nx\n",
        ",".join(COLUMNS).encode()
        + b"\ns1,2024,BB,A-24,apprentices,zwanzig,90,80,100,70,120,2023,85,93,rounded,2025,yes,yes,-3,-8\n",
    ],
)  # fmt: skip
def test_a_damaged_record_is_named_and_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "record.csv").write_bytes(content)
    with pytest.raises(InputError, match="Fehlerprotokoll"):
        append_record(tmp_path, compare([ONE], came(93.0)))
    assert (tmp_path / "record.csv").read_bytes() == content


def test_a_disk_that_refuses_leaves_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append_record(tmp_path, compare([ONE], came(93.0)))
    before = (tmp_path / "record.csv").read_bytes()

    def refuse(*arguments: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("forecast.storage.os.replace", refuse)
    with pytest.raises(OperationError, match="voll"):
        append_record(tmp_path, compare([ONE], came(99.0, "2027-09-30")))
    monkeypatch.undo()
    assert (tmp_path / "record.csv").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["record.csv"]


def content_of(shift: int, as_of: str, printed_to: int) -> SnapshotContent:
    """The toy release with contracts and apprentices printed up to a year and forecast after it."""
    toy = toy_content(shift)
    status, cube = toy.status.copy(), toy.cube.copy()
    for measure in ("new_contracts", "apprentices"):
        place = toy.axes.measures.index(measure)
        known = np.isfinite(toy.cube[:, :, place, :, 0])
        years = np.asarray(toy.axes.years)
        wanted = np.where(years <= printed_to, STATUSES.index("rounded"), STATUSES.index("forecast"))
        status[:, :, place] = np.where(known, wanted, status[:, :, place])
        for name, off in (("50", 1), ("80", 2), ("95", 4)):
            for side, sign in (("lower", -1), ("upper", 1)):
                at = toy.axes.statistics.index(f"{side}_{name}")
                cube[:, :, place, :, at] = np.maximum(cube[:, :, place, :, 0] + sign * off, 0)
    documents = {**toy.documents, "catalogue": {**toy.documents["catalogue"], "as_of": as_of}}
    return dataclasses.replace(
        toy, cube=cube, status=status, documents=documents, meta={**toy.meta, "as_of": as_of}
    )


def test_a_release_compares_all_kept_ones_with_its_figures(tmp_path: Path) -> None:
    root, folder = tmp_path / "snapshots", tmp_path / "record"
    old = write_snapshot(root, content_of(0, "2024-09-30", 2023))
    new = open_snapshot(root, write_snapshot(root, content_of(1, "2026-09-30", 2025)))
    said = forecasts_in(open_snapshot(root, old))
    assert {item.year for item in said} == set(range(2024, 2036))
    assert {item.measure for item in said} == {"new_contracts", "apprentices"}
    printed = printed_in(new)
    expected = sum(item.key in printed for item in said)
    assert expected == 3 * 4 * 2 * 2  # regions, trades with figures, measures, years 2024 and 2025
    assert record_release(root, new, folder) == expected
    assert record_release(root, new, folder) == 0
    row = next(r for r in read_record(folder) if r.said.key == ("BB", TRADES[1], "apprentices", 2025))
    first = open_snapshot(root, old)
    at = [
        first.index(axis, code)
        for axis, code in zip(("region", "trade", "measure"), row.said.key, strict=False)
    ]
    cube = first.cube[tuple(at)]
    assert row.said.value == cube[first.index("year", 2025), 0]
    assert row.said.upper_80 == row.said.value + 2
    assert row.said.upper_80 == cube[first.index("year", 2025), first.index("statistic", "upper_80")]
    assert (row.said.last_year, row.said.last_value) == (2023, cube[first.index("year", 2023), 0])
    assert row.printed.value == new.cube[(*at, new.index("year", 2025), 0)]
    assert row.printed.as_of == "2026-09-30"


def test_a_release_that_cannot_be_opened_is_left_out(tmp_path: Path) -> None:
    root = tmp_path / "snapshots"
    old = write_snapshot(root, content_of(0, "2024-09-30", 2023))
    new = open_snapshot(root, write_snapshot(root, content_of(1, "2026-09-30", 2025)))
    damaged = root / old / "cube.npy"
    damaged.chmod(0o644)
    damaged.write_bytes(b"")
    assert record_release(root, new, tmp_path / "record") == 0


def test_the_card_of_an_empty_record_says_so() -> None:
    card = record_card(())
    assert card["quantity"] == "error_record"
    assert card["summary_de"].startswith("Noch ist keine veröffentlichte Vorausschätzung fällig gewesen.")
    assert card["scores"] == []


def test_the_card_in_words() -> None:
    contracts = dataclasses.replace(ONE, measure="new_contracts", last_value=97.0)
    rows: list[Compared] = [
        *compare([ONE], came(95.0)),  # inside, errors −5 and −10
        *compare([dataclasses.replace(ONE, snapshot="s2")], came(104.0)),  # outside, −14 and −19
        *compare([contracts], {contracts.key: Printed(96.0, "observed", "2025-09-30")}),  # inside, −6 and +1
    ]
    card = record_card(rows)
    assert card["summary_de"] == (
        "3 Vorausschätzungen aus 2 Ständen sind mit gedruckten Zahlen verglichen. In 2 von 3 Fällen lag die "
        "Zahl im 80-%-Band. Mittlerer Fehler 8,3, mit dem letzten Wert wären es 10,0 gewesen."
    )
    assert "2 of 3 cases" in card["summary_en"]
    assert card["loses_de"] == "Der letzte Wert war besser bei: new_contracts."
    assert [score["n"] for score in card["scores"]] == [2, 1]
    assert card["scores"][0]["error_last"] == 14.5
    nothing = record_card(compare([dataclasses.replace(ONE, last_value=np.nan)], came(95.0)))
    assert nothing["scores"][0]["error_last"] is None
    assert nothing["summary_de"].endswith("mit dem letzten Wert wären es – gewesen.")


def test_a_forecast_without_ranges_promised_nothing(tmp_path: Path) -> None:
    bare = content_of(0, "2024-09-30", 2023)
    bare.cube[:, :, bare.axes.measures.index("apprentices"), :, 1:] = np.nan
    snapshot = open_snapshot(tmp_path, write_snapshot(tmp_path, bare))
    assert {item.measure for item in forecasts_in(snapshot)} == {"new_contracts"}
    assert forecasts_in(snapshot, ("apprentices", "no such measure")) == ()


def test_the_record_stands_beside_the_releases_as_the_service_shows_it(tmp_path: Path) -> None:
    """No NaN, no year nought, whole numbers whole; the same record twice has the same name."""
    rows = compare([ONE, dataclasses.replace(ONE, snapshot="s2", last_year=0, last_value=np.nan)], came(95.5))
    append_record(tmp_path / "models", rows)
    identity = publish_record(tmp_path / "snapshots", tmp_path / "models")
    assert identity == record_in_force(tmp_path / "snapshots")
    assert publish_record(tmp_path / "snapshots", tmp_path / "models") == identity
    document = read_record_file(tmp_path / "snapshots", identity)
    first, second = (dict(zip(document["columns"], row, strict=True)) for row in document["rows"])
    assert (first["said"], first["came"], first["error"], first["error_last"]) == (90, 95.5, -5.5, -10.5)
    assert (second["last_year"], second["last_value"], second["error_last"]) == (None, None, None)
    assert first["inside_80"] is True
    assert document["card"] == record_card(rows)


def test_nothing_due_yet_is_said_in_the_published_record(tmp_path: Path) -> None:
    identity = publish_record(tmp_path, tmp_path / "models")
    document = read_record_file(tmp_path, identity)
    assert document == record_document(())
    assert document["rows"] == []
    assert "fällig" in document["card"]["summary_de"]


def test_a_record_that_was_changed_is_not_read(tmp_path: Path) -> None:
    identity = publish_record(tmp_path, tmp_path / "models")
    path = tmp_path / FOLDER / f"{identity}.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"rows", b"rowz"))
    with pytest.raises(OperationError, match="beschädigt"):
        read_record_file(tmp_path, identity)
    (tmp_path / FOLDER / "current").chmod(0o644)
    (tmp_path / FOLDER / "current").write_text("../../etc/passwd\n")
    with pytest.raises(OperationError, match="beschädigt"):
        record_in_force(tmp_path)
