"""`predict` for large panels: bytes that depend on nothing but the series, runs that resume, flat memory."""

from __future__ import annotations

import csv
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast import predict, predict_chunk
from forecast.errors import InputError, OperationError
from forecast.predict import predict_file, read_series, report_path
from forecast.tables import csv_input, memory, panel_rows
from forecast.tables.blocks import Block
from forecast.tables.csv_input import csv_blocks
from forecast.tables.panel_rows import ROW, Drawer, PackedNames, PanelRows
from forecast.tables.results import csv_bytes, result_table, significant
from forecast.tables.states import PARTIAL, STEP, SUPPRESSED

Row = tuple[str, int, str]


@pytest.fixture
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of five series, so that a small panel has many."""
    monkeypatch.setattr(predict, "UNIT", 5)
    monkeypatch.setattr(predict_chunk, "BATCH", 5)


def write(path: Path, rows: Sequence[Row]) -> Path:
    path.write_text(
        "series_id,year,value\n" + "".join(f"{key},{year},{value}\n" for key, year, value in rows),
        encoding="utf-8",
    )
    return path


def panel(count: int = 23, seed: int = 3) -> list[Row]:
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        length = int(rng.integers(1, 16))
        values = rng.poisson(rng.gamma(2, 20), length)
        rows += [(f"s{number}", 2024 - length + i, str(v)) for i, v in enumerate(values)]
    return [*rows, ("leer", 2020, ""), ("minus", 2020, "-4"), ("minus", 2021, "-2.5")]


def by_series(content: bytes) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for cells in list(csv.reader(io.StringIO(content.decode())))[1:]:
        found.setdefault(cells[0], []).append(cells[1:])
    return found


@st.composite
def shuffled(draw: st.DrawFn) -> list[Row]:
    return draw(st.permutations(panel()))


@given(rows=shuffled(), chunk=st.integers(1, 40), block=st.integers(20, 500), workers=st.integers(1, 3))
@settings(max_examples=12)
def test_shuffled_rows_and_chunks_change_no_number(
    rows: list[Row], chunk: int, block: int, workers: int
) -> None:
    real = csv_input.csv_blocks

    def in_blocks(path: Path, *, workers: int) -> Iterator[Block]:
        return real(path, workers=workers, block_bytes=block)

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        predict_file(write(folder / "in.csv", panel()), folder / "plain.csv", 3)
        patch.setattr(predict, "UNIT", 5)
        patch.setattr(predict_chunk, "BATCH", 5)
        patch.setattr(csv_input, "csv_blocks", in_blocks)
        patch.setattr(panel_rows, "_MEMORY_BYTES", 500)
        report = predict_file(
            write(folder / "in.csv", rows), folder / "out.csv", 3, chunk=chunk, workers=workers
        )
        expected = by_series((folder / "plain.csv").read_bytes())
        found = by_series((folder / "out.csv").read_bytes())
        assert found == expected
        assert list(found) == list(dict.fromkeys(key for key, _, _ in rows))
        assert (report.series, report.failed) == (25, 1)
        # the order of the rows of a series does not matter at all
        order = list(found)
        sorted_rows = sorted(rows, key=lambda row: order.index(row[0]))
        predict_file(write(folder / "in.csv", sorted_rows), folder / "sorted.csv", 3, chunk=7)
        assert (folder / "sorted.csv").read_bytes() == (folder / "out.csv").read_bytes()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.usefixtures("small_batches")
def test_workers_chunks_and_backends_change_no_byte(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / "in.csv", panel(60))
    contents = set()
    for number, (chunk, workers, backend) in enumerate(
        [(1000, 1, "sequential"), (5, 1, "threading"), (12, 3, "threading"), (20, 2, "loky")]
    ):
        out = tmp_path / f"{number}.{suffix}"
        predict_file(path, out, 4, chunk=chunk, workers=workers, backend=backend)
        contents.add((out.read_bytes(), report_path(out).read_bytes()))
    assert len(contents) == 1
    assert not list(tmp_path.glob("*.parts-*"))


def test_learning_depends_on_names_not_on_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With more series than are learned from, each forecast is still the same wherever its rows stand."""
    monkeypatch.setattr(predict_chunk, "SAMPLE", 8)
    rows = panel(40)
    for name, given_rows in (("a", rows), ("b", rows[::-1])):
        predict_file(write(tmp_path / f"{name}.csv", given_rows), tmp_path / f"{name}_out.csv", 2)
    first, second = ((tmp_path / f"{name}_out.csv").read_bytes() for name in "ab")
    assert by_series(first) == by_series(second)
    monkeypatch.setattr(predict_chunk, "SAMPLE", 40)
    predict_file(tmp_path / "a.csv", tmp_path / "all.csv", 2)
    assert (tmp_path / "all.csv").read_bytes() != first, (
        "the sample must matter for this test to say something"
    )


def test_the_last_years_of_a_long_series_are_laid_out() -> None:
    rows = np.array(
        [(7, 1900, 1.0, 2, 0, 0), (7, 2018, 2.0, 3, 0, 0), (7, 2020, 3.0, 4, 0, 0),
         (7, 2021, np.nan, 5, 0, 0), (9, 2001, 8.0, 6, 0, 0)],
        dtype=ROW,
    )  # fmt: skip
    laid = Drawer(7, ["a", "b", "c"], rows).grid(60)
    assert np.array_equal(
        laid.values, [[2, np.nan, 3], [np.nan, np.nan, np.nan], [8, np.nan, np.nan]], equal_nan=True
    )
    assert laid.first.tolist() == [2018, 0, 2001]
    assert laid.last.tolist() == [2020, -1, 2001]
    assert laid.states is None


def test_states_are_laid_out_and_an_unfinished_year_is_not() -> None:
    hidden, unfinished, step = SUPPRESSED, PARTIAL, STEP
    rows = np.array(
        [(0, 2018, 9.0, 2, 0, 0), (0, 2019, 1.0, 3, hidden, 2.0), (0, 2020, 7.0, 4, step, 0),
         (0, 2021, 3.0, 5, unfinished, 0), (1, 2019, np.nan, 6, hidden, 0), (1, 2020, 5.0, 7, 0, 0)],
        dtype=ROW,
    )  # fmt: skip
    laid = Drawer(0, ["a", "b"], rows).grid(60)
    assert np.array_equal(laid.values, [[9, 1, 7], [5, np.nan, np.nan]], equal_nan=True)
    assert (laid.first.tolist(), laid.last.tolist()) == ([2018, 2020], [2020, 2020])
    assert laid.states is not None
    assert laid.widths is not None
    assert laid.partial is not None
    assert laid.unbounded is not None
    assert laid.states.tolist() == [[0, hidden, step], [0, 0, 0]]
    assert laid.widths.tolist() == [[0, 2, 0], [0, 0, 0]]
    assert laid.partial.tolist() == [2021, 0]
    assert laid.unbounded.tolist() == [False, True]


# --- reading ------------------------------------------------------------------------------------------------

CELL = st.sampled_from(
    ["1", "2.5", "-3", "+7", "1e3", ".5", "5.", " 4 ", "", "NA", "nan", "x", "inf", "1,5", '"6"']
)
YEAR = st.sampled_from(["2020", "2021", "2022.0", " 2019", "'20", "", "2020.5", '"2018"', "99999"])
NAME = st.sampled_from(["a", " a", "b ", "", "ä", '"c,d"', '"e""f"', 'g"h', '"i\nj"', '"k', "NA"])
LINE = st.one_of(
    st.tuples(NAME, YEAR, CELL).map(",".join),
    st.sampled_from(["", ",,", "a,2020", "a,2020,1,", "a,2020,1,2"]),
)


def rows_of(path: Path, block_bytes: int) -> tuple[list[tuple[object, ...]], list[tuple[int, str]]]:
    found, faults = [], []
    for block in csv_blocks(path, workers=2, block_bytes=block_bytes):
        for code, *rest in zip(block.codes, block.years, block.values, block.lines, strict=True):
            found.append((block.keys[code], *(repr(cell) for cell in rest)))
        faults += block.faults
    return found, faults


@given(
    lines=st.lists(LINE, min_size=1, max_size=12),
    block=st.integers(1, 80),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_arrow_and_python_read_the_same_rows(lines: list[str], block: int, end: str) -> None:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "in.csv"
        path.write_bytes(("series_id,year,value" + end + end.join(lines) + end).encode())
        answers = []
        for by_column in (True, False):
            if not by_column:
                patch.setattr(csv_input, "_by_column", lambda raw, head: None)
            for size in (block, 10_000):
                try:
                    answers.append(rows_of(path, size))
                except InputError as error:
                    answers.append(error.what)
        assert all(answer == answers[0] for answer in answers), answers


def test_rows_beyond_memory_are_gathered_in_a_file_without_a_name(tmp_path: Path) -> None:
    rows = PanelRows(tmp_path / "x.csv", "Zeile", 4, tmp_path, memory_bytes=100)
    keys = [f"k{i}" for i in range(10)]
    codes = np.tile(np.arange(10), 6)
    years = np.repeat(np.arange(2025, 2019, -1), 10).astype(np.int16)
    values = np.arange(60.0)
    for part in np.array_split(np.arange(60), 7):
        rows.gather([Block(keys, codes[part], years[part], values[part], part + 2)])
    assert not list(tmp_path.iterdir())
    drawers = list(rows.drawers())
    assert [drawer.keys for drawer in drawers] == [keys[:4], keys[4:8], keys[8:]]
    assert drawers[1].part(6, 7).rows["value"].tolist() == [56, 46, 36, 26, 16, 6]
    with pytest.raises(
        InputError, match="das Jahr 2022 der Reihe «k9» steht mehrfach da, zuerst in Zeile 41"
    ):
        rows.gather([Block(["k9"], np.array([0]), years[30:31], values[:1], np.array([77]))])
    rows.close()


@given(names=st.lists(st.text(), max_size=12), start=st.integers(0, 13), stop=st.integers(0, 13))
def test_packed_names_are_the_names(names: list[str], start: int, stop: int) -> None:
    packed = PackedNames(names)
    assert len(packed) == len(names)
    assert packed[start:stop] == names[start:stop]


def test_without_the_c_library_of_linux_memory_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = tmp_path / "in.csv"
    table.write_text("series_id,year,value\n" + "".join(f"a,{2000 + t},{5 + t % 3}\n" for t in range(9)))
    predict_file(table, tmp_path / "with.csv", 2)
    monkeypatch.setattr(memory.ctypes, "CDLL", lambda _: object())
    memory._trim.cache_clear()
    predict_file(table, tmp_path / "without.csv", 2)
    assert memory._trim() is None
    memory._trim.cache_clear()
    assert (tmp_path / "without.csv").read_bytes() == (tmp_path / "with.csv").read_bytes()


def test_a_disk_too_full_to_gather_rows_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = os.fdopen(os.open("/dev/full", os.O_WRONLY), "wb", buffering=0)
    monkeypatch.setattr(panel_rows.tempfile, "TemporaryFile", lambda dir: full)
    rows = PanelRows(tmp_path / "x.csv", "Zeile", 4, tmp_path, memory_bytes=10)
    with pytest.raises(OperationError, match="Datenträger ist voll"):
        rows.gather([Block(["a"], np.array([0]), np.array([2020], np.int16), np.array([1.0]), np.array([2]))])
    rows.close()


def test_unit_conflicts_are_found_across_blocks(tmp_path: Path) -> None:
    rows = PanelRows(tmp_path / "x.csv", "Zeile", 4, tmp_path)

    def block(year: int, unit: str) -> Block:
        one = np.array([0])
        return Block(["a"], one, np.array([year], np.int16), np.array([1.0]), one + year, [unit], one)

    with pytest.raises(InputError, match="Zeile 2021: Einheit «km» der Reihe «a», in Zeile 2020 steht «m»"):
        rows.gather([block(2019, ""), block(2020, "m"), block(2021, "km"), block(2022, "m")])


# --- writing ------------------------------------------------------------------------------------------------


@given(st.floats(1e-12, 1e15), st.integers(3, 12))
def test_rounding_keeps_as_many_digits_as_a_text_of_that_length(value: float, digits: int) -> None:
    (found,) = significant(np.array([value]), digits)
    assert found == pytest.approx(float(f"{value:.{digits}g}"), rel=10 ** (1 - digits))
    assert float(f"{found:.{digits}g}") == found


def test_numbers_and_names_as_they_are_written() -> None:
    mean = np.array([[1 / 3, 1e9 / 7], [np.nan, np.nan]])
    content = csv_bytes(result_table(['x,"y"', "leer"], np.array([2020, -1]), mean, np.zeros((2, 2, 7))))
    assert content.decode().splitlines() == [
        '"x,""y""",2021,1,0.3333333333,0,0,0,0,0,0,0',
        '"x,""y""",2022,2,142857142.9,0,0,0,0,0,0,0',
        "leer,,1,,0,0,0,0,0,0,0",
        "leer,,2,,0,0,0,0,0,0,0",
    ]


# --- interruptions ------------------------------------------------------------------------------------------


class StopError(Exception):
    """What interrupts a run in these tests."""


def interrupt(path: Path, out: Path, after: int, **options: object) -> None:
    def progress(done: int, total: int) -> None:
        if done >= after:
            raise StopError

    with pytest.raises(StopError):
        predict_file(path, out, 3, chunk=5, workers=1, on_progress=progress, **options)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Numbers of series the engine was asked for."""
    seen: list[int] = []
    real = predict_chunk.known_quantiles

    def counted(learning, known, *rest, **settings):
        seen.append(len(known.grid))
        return real(learning, known, *rest, **settings)

    monkeypatch.setattr(predict_chunk, "known_quantiles", counted)
    return seen


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.usefixtures("small_batches")
def test_an_interrupted_run_goes_on_and_gives_the_same_bytes(
    tmp_path: Path, calls: list[int], suffix: str
) -> None:
    path = write(tmp_path / "in.csv", panel(48))
    predict_file(path, tmp_path / f"whole.{suffix}", 3, chunk=5)
    out = tmp_path / f"out.{suffix}"
    out.write_text("alt", encoding="utf-8")
    interrupt(path, out, 20)
    assert out.read_text(encoding="utf-8") == "alt"
    (folder,) = tmp_path.glob("*.parts-*")
    assert len(list(folder.glob("part-*"))) == 4
    calls.clear()
    report = predict_file(path, out, 3, chunk=5, workers=2)
    assert (report.reused, report.series, report.failed) == (20, 50, 1)
    assert sum(calls) == 30
    assert out.read_bytes() == (tmp_path / f"whole.{suffix}").read_bytes()
    assert report_path(out).read_bytes() == report_path(tmp_path / f"whole.{suffix}").read_bytes()
    assert not folder.exists()


@pytest.mark.usefixtures("small_batches")
def test_only_sound_parts_of_the_same_run_are_reused(tmp_path: Path, calls: list[int]) -> None:
    path, out = write(tmp_path / "in.csv", panel(48)), tmp_path / "out.csv"
    predict_file(path, tmp_path / "whole.csv", 3)
    interrupt(path, out, 20)
    (folder,) = tmp_path.glob("*.parts-*")
    first, second, third, _ = sorted(folder.glob("part-*"))
    first.write_bytes(first.read_bytes().replace(b"s1,", b"s9,", 1))  # a changed row
    second.write_bytes(second.read_bytes()[:-3])  # torn
    shutil.copy(sorted(folder.glob("part-*"))[3], third)  # of another place
    calls.clear()
    assert predict_file(path, out, 3, chunk=5).reused == 5
    assert sum(calls) == 45
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.usefixtures("small_batches")
def test_other_inputs_settings_or_the_wish_to_start_anew_reuse_nothing(tmp_path: Path) -> None:
    path, out = write(tmp_path / "in.csv", panel(48)), tmp_path / "out.csv"
    interrupt(path, out, 20)
    assert predict_file(path, out, 3, chunk=5, resume=False).reused == 0
    interrupt(path, out, 20)
    (left,) = tmp_path.glob("*.parts-*")
    report = predict_file(path, out, 3, chunk=10)
    assert (report.reused, report.leftovers) == (0, (left,))
    assert predict_file(path, out, 2, chunk=5).reused == 0
    write(path, panel(48, seed=4))
    assert predict_file(path, out, 3, chunk=5).reused == 0
    write(path, panel(48))
    assert predict_file(path, out, 3, chunk=5).reused == 20


@pytest.mark.usefixtures("small_batches")
def test_a_disk_that_fills_up_between_parts_can_be_emptied_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, out = write(tmp_path / "in.csv", panel(48)), tmp_path / "out.csv"
    real = os.replace

    def filling(source: Path, target: Path) -> None:
        if str(target).endswith("part-0000003"):
            raise OSError(28, "No space left on device")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", filling)
        with pytest.raises(OperationError, match="Datenträger ist voll"):
            predict_file(path, out, 3, chunk=5, workers=1)
    assert not out.exists()
    (folder,) = tmp_path.glob("*.parts-*")
    assert sorted(entry.name for entry in folder.iterdir()) == [f"part-{i:07d}" for i in range(3)]
    assert predict_file(path, out, 3, chunk=5).reused == 15


KILLED = """
import os, signal, sys
from pathlib import Path
from forecast.predict import predict_file

def progress(done, total):
    if done >= 2048:
        os.kill(os.getpid(), signal.SIGKILL)

predict_file(Path(sys.argv[1]), Path(sys.argv[2]), 2, chunk=1024, workers=2, on_progress=progress)
"""


@pytest.mark.slow
def test_a_killed_process_leaves_parts_that_the_next_one_uses(tmp_path: Path, repo_root: Path) -> None:
    path, out = write(tmp_path / "in.csv", panel(4000)), tmp_path / "out.csv"
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, path, out], cwd=repo_root, check=False, capture_output=True
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert not out.exists()
    predict_file(path, tmp_path / "whole.csv", 2)
    report = predict_file(path, out, 2, chunk=1024)
    assert report.reused == 2048
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not list(tmp_path.glob("*.parts-*"))


# --- scale --------------------------------------------------------------------------------------------------

MEASURED = """
import resource, sys
from pathlib import Path
from forecast.predict import predict_file
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
report = predict_file(Path(sys.argv[1]), Path(sys.argv[2]), 6)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(report.series, report.rows, before // 1024, after // 1024)
"""


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_twenty_thousand_series_in_bounded_memory(tmp_path: Path, repo_root: Path, suffix: str) -> None:
    rng = np.random.default_rng(5)
    count, years = 20_000, 20
    table = pa.table(
        {
            "series_id": np.repeat([f"r{i:05d}" for i in range(count)], years),
            "year": np.tile(np.arange(2004, 2024), count),
            "value": rng.poisson(np.repeat(rng.gamma(2, 20, count), years)),
        }
    )
    path = tmp_path / f"in.{suffix}"
    if suffix == "parquet":
        pq.write_table(table, path)
    else:
        table.to_pandas().to_csv(path, index=False)
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, path, tmp_path / f"out.{suffix}"],
        cwd=repo_root,
        check=True,
        capture_output=True,
        text=True,
    )
    series, rows, before, after = map(int, done.stdout.split())
    assert (series, rows, done.stderr) == (20_000, 120_000, "")
    assert after - before < 450, "MB on top of the libraries"


def test_read_series_reads_parquet_too(tmp_path: Path) -> None:
    pq.write_table(
        pa.table({"series_id": ["b", "a", "b"], "year": ["2021", "2020", "2019"], "value": [1, 2, None]}),
        tmp_path / "in.parquet",
    )
    first, second = read_series(tmp_path / "in.parquet")
    assert (first.key, first.years.tolist(), second.values.tolist()) == ("b", [2019, 2021], [2])


def test_long_series_are_learned_from_fewer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest of 25 series has 15 years: at 4 years ahead, 700 cells are 11 series."""
    seen: list[tuple[int, ...]] = []
    real = predict_chunk.learn_panel

    def watched(panel, horizon, **settings):
        seen.append(panel.grid.shape)
        return real(panel, horizon, **settings)

    monkeypatch.setattr(predict_chunk, "learn_panel", watched)
    monkeypatch.setattr(predict_chunk, "LEAST_SAMPLE", 3)
    for cells in (700, 10_000, 1):
        monkeypatch.setattr(predict_chunk, "CELLS", cells)
        predict_file(write(tmp_path / "in.csv", panel()), tmp_path / "out.csv", 4)
    assert seen == [(11, 15), (25, 15), (3, 15)]
