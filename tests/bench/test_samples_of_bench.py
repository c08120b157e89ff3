"""What the benchmark feeds: simulated counts with known moments, files that keep everything, the meter."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.bench.bundled_rows import last_value_bands, wape_ratios, wis_ratios
from tests.bench.samples import (
    Sample,
    read_samples,
    side_by_side,
    simulated_counts,
    spread_rows,
    timing_panel,
    write_samples,
)


def test_histories_lie_side_by_side_and_end_in_the_same_year() -> None:
    grid = side_by_side([np.array([4.0, 6.0, 5.0]), np.array([9.0])])
    none = np.empty(0)
    sample = Sample("two", grid, np.zeros((2, 2)), 2, none, none.astype(np.int_))
    assert [values.tolist() for values in sample.histories] == [[4.0, 6.0, 5.0], [9.0]]
    assert sample.last_value.tolist() == [[5.0, 5.0], [9.0, 9.0]]
    assert (sample.first_years + sample.lengths).tolist() == [2000, 2000]


def test_simulated_counts_have_the_moments_they_claim() -> None:
    sample = simulated_counts(8000, seed=3)
    assert sample.lengths.min() == 10
    assert sample.lengths.max() == 30
    assert sample.expected.min() >= 1
    assert sample.expected.max() <= 50
    assert np.array_equal(sample.truth, np.round(sample.truth))
    steady = sample.kind < 2
    for kind, size in ((0, np.inf), (1, 8.0)):
        rows = steady & (sample.kind == kind)
        mean = sample.expected[rows]
        standard = (sample.truth[rows, 0] - mean) / np.sqrt(mean + mean**2 / size)
        assert abs(standard.mean()) < 0.1
        assert standard.var() == pytest.approx(1, abs=0.12)
    buckets = [((low <= sample.expected) & (sample.expected < high)).sum() for low, high in ((0, 3), (3, 10))]
    assert min(buckets) > 1500


def test_a_file_gives_back_what_was_written(tmp_path: Path) -> None:
    counts, timed = simulated_counts(12, seed=1), timing_panel(5, seed=1, length=20)
    write_samples(tmp_path / "samples.npz", [counts, timed])
    found = read_samples(tmp_path / "samples.npz")
    assert list(found) == ["counts", "timing"]
    np.testing.assert_array_equal(found["counts"].grid, counts.grid)
    np.testing.assert_array_equal(found["counts"].truth, counts.truth)
    assert found["timing"].horizon == 6
    assert found["timing"].lengths.tolist() == [20] * 5


def test_rows_are_spread_over_the_whole_sample() -> None:
    assert spread_rows(10, 4).tolist() == [0, 3, 6, 9]
    assert spread_rows(3, 100).tolist() == [0, 1, 2]


def _errors(method: str, forecast: float, quantiles: list[float]) -> list[dict]:
    names = ["lower_95", "lower_80", "lower_50", "median", "upper_50", "upper_80", "upper_95"]
    return [
        {
            "indicator": "employees", "level": "land", "series": f"s{series}", "origin": origin, "horizon": 1,
            "method": method, "forecast": forecast, "truth": 110.0, "scale": 10.0,
            **dict(zip(names, quantiles, strict=True)),
        }
        for series in range(3) for origin in (2015, 2016)
    ]  # fmt: skip


def test_the_bundled_ratios_by_hand() -> None:
    ours = _errors("production", 108.0, [108.0] * 7)
    errors = pd.DataFrame([*ours, *_errors("last", 100.0, [np.nan] * 7)])
    assert wape_ratios(errors) == {("employees", "land"): pytest.approx(0.2)}
    # Too few past errors: both bands are the random walk. The unit is 10·√(π/2).
    walk, pooled = last_value_bands(errors[errors["method"] == "last"])
    unit = 10 * np.sqrt(np.pi / 2)
    normal = np.array([-1.96, -1.2816, -0.6745, 0, 0.6745, 1.2816, 1.96])
    np.testing.assert_allclose(walk[0], 100 + unit * normal, rtol=1e-5)
    np.testing.assert_array_equal(walk, pooled)
    # truth 110 lies outside the 50 % range only: 10/2 + Σ α/2·width, and 4·(10 − u) in the 50 % range
    u50, u80, u95 = 0.6745 * unit, 1.2816 * unit, 1.96 * unit
    naive = (5 + 0.25 * (2 * u50 + 4 * (10 - u50)) + 0.1 * 2 * u80 + 0.025 * 2 * u95) / 3.5
    own = (1 + 3 * 2) / 3.5  # a point: ½·2 and for each range α/2·2/α·2
    _, ratios, covers = wis_ratios(errors)
    assert ratios["Zufallsgang"][("employees", "land")] == pytest.approx(own / naive, rel=1e-4)
    assert covers["wir 95:"] == 0
    assert covers["letzter Wert 95:"] == 1


def test_a_band_of_the_product_takes_part_if_there_is_one() -> None:
    narrow = [105.0, 107.0, 109.0, 110.0, 111.0, 113.0, 115.0]
    errors = pd.DataFrame([*_errors("production", 108.0, [108.0] * 7), *_errors("last", 100.0, narrow)])
    hardest, ratios, _ = wis_ratios(errors)
    assert set(ratios) == {"Zufallsgang", "eigene Fehler", "der Rückrechnung"}
    assert hardest == "der Rückrechnung"


def test_past_errors_make_the_band_once_there_are_enough() -> None:
    """Errors of ±30 in a unit of about 12.5 widen the band; later errors must not be known earlier."""
    rows = [
        {"indicator": "i", "origin": origin, "horizon": 1, "forecast": 100.0,
         "truth": 130.0 if series % 2 else 70.0, "scale": 10.0}
        for origin in (2010, 2011) for series in range(50)
    ]  # fmt: skip
    walk, pooled = last_value_bands(pd.DataFrame(rows))
    np.testing.assert_array_equal(pooled[:50], walk[:50])
    np.testing.assert_allclose(pooled[50:, 0], 70.0)
    np.testing.assert_allclose(pooled[50:, -1], 130.0)


def test_the_meter_sees_the_memory_of_children_and_stops_what_takes_too_long(tmp_path: Path) -> None:
    meter = Path(__file__).with_name("child_meter.py")
    report = tmp_path / "report.json"
    # the memory is used by a grandchild
    work = "import time; block = bytearray(80_000_000); time.sleep(0.5)"
    outer = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {work!r}], check=True)"
    command = [sys.executable, str(meter), str(report), "30", sys.executable, "-c", outer]
    subprocess.run(command, check=True)
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["returncode"] == 0
    assert 80e6 < found["peak_bytes"] < 160e6
    command[3:] = ["0.3", sys.executable, "-c", "import time; print('begun', flush=True); time.sleep(60)"]
    subprocess.run(command, check=True)
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["stopped"]
    assert found["seconds"] < 20


def test_the_lock_of_the_peers_has_a_hash_for_every_line_and_names_no_host(repo_root: Path) -> None:
    text = (repo_root / "requirements/bench.lock").read_text(encoding="utf-8")
    for entry in re.split(r"\n(?=[A-Za-z0-9])", text.strip()):
        assert re.match(r"[A-Za-z0-9_.-]+==\S+", entry), entry[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), f"no hash: {entry[:80]}"
    assert "://" not in text
    wanted = re.findall(r"^([a-z]+)[>=]", (repo_root / "requirements/bench.in").read_text(), re.MULTILINE)
    assert len(wanted) == 2
    assert all(re.search(rf"^{name}==", text, re.MULTILINE) for name in wanted)
